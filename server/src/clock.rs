//! The wall clock as a port: the system's in production, one that a test moves by hand.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Says what time it is.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Nanoseconds since 1970, UTC. May jump either way: the system's clock is set by others.
    fn now_ns(&self) -> i64;
}

/// The system's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ns(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock at a time.
    pub fn at(now_ns: i64) -> Self {
        ManualClock(AtomicI64::new(now_ns))
    }

    /// Moves the clock, also backwards.
    pub fn set(&self, now_ns: i64) {
        self.0.store(now_ns, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ns(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Nanoseconds in a millisecond.
pub const NS_PER_MS: i64 = 1_000_000;

/// A time as ISO 8601 with milliseconds, UTC: `2026-11-25T21:59:59.123Z`.
pub fn iso8601(ns: i64) -> String {
    let ms = ns.div_euclid(NS_PER_MS);
    let (days, of_day) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    let date = allocator_core::units::UnixNanos::from_days(days).map_or((1970, 1, 1), allocator_core::units::UnixNanos::date);
    let (hour, minute, second, milli) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1000 % 60, of_day % 1000);
    format!("{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z", date.0, date.1, date.2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_iso_8601() {
        // 1,764,107,999 s = 2025-11-25 21:59:59 (date -u -d @1764107999).
        assert_eq!(iso8601(1_764_107_999_123_000_000), "2025-11-25T21:59:59.123Z");
        assert_eq!(iso8601(-1), "1969-12-31T23:59:59.999Z");
        assert_eq!(iso8601(0), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_manual_clock_goes_where_it_is_put() {
        let clock = ManualClock::at(5);
        clock.set(3);
        assert_eq!(clock.now_ns(), 3);
        assert!(SystemClock.now_ns() > 1_700_000_000_000_000_000);
    }
}

//! How far something long has come: amount, rate, time left. Time comes from outside; nothing here reads a clock.

use super::number::{counted, fixed};

/// Weight of the newest rate in the shown one: it follows within a few messages and does not jump.
const SMOOTHING: f64 = 0.3;
/// Before so many milliseconds nothing is said about the rate: the first chunk says little.
const SETTLE_MS: f64 = 300.0;

/// Most bytes of a file that a tab reads: the default of the engine's readers (`codec::Limits` of the core is behind a feature
/// that the page itself does not need; a test compares the two).
pub const FILE_BYTES_READ_MAX: u64 = 512 << 20;

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Bytes are read from disk or network.
    Reading,
    /// The engine turns bytes into tables; how far it is, it cannot say meanwhile.
    Parsing,
}

/// A meter.
#[derive(Clone, Debug, PartialEq)]
pub struct Meter {
    /// What is being done.
    pub stage: Stage,
    done: u64,
    total: Option<u64>,
    began_ms: f64,
    last_ms: f64,
    /// Bytes per millisecond.
    rate: Option<f64>,
}

impl Meter {
    /// Begins; `total` is `None` where nobody knows it.
    pub fn new(total: Option<u64>, now_ms: f64) -> Self {
        Meter { stage: Stage::Reading, done: 0, total, began_ms: now_ms, last_ms: now_ms, rate: None }
    }

    /// So many bytes are done by now. Messages that come late or out of order change nothing.
    pub fn advance(&mut self, done: u64, now_ms: f64) {
        let elapsed = now_ms - self.last_ms;
        if done < self.done || !elapsed.is_finite() || elapsed <= 0.0 {
            return;
        }
        let newest = (done - self.done) as f64 / elapsed;
        self.rate = Some(self.rate.map_or(newest, |rate| rate + SMOOTHING * (newest - rate)));
        self.done = done;
        self.last_ms = now_ms;
        if self.total.is_some_and(|total| done >= total) {
            self.stage = Stage::Parsing;
        }
    }

    /// Share done, 0 to 1; `None` where the total is unknown, or while the engine works.
    pub fn share(&self) -> Option<f64> {
        match (self.stage, self.total) {
            (Stage::Reading, Some(total)) if total > 0 => Some((self.done as f64 / total as f64).min(1.0)),
            _ => None,
        }
    }

    /// Milliseconds that are left at the present rate.
    pub fn left_ms(&self) -> Option<f64> {
        let total = self.total?;
        let settled = self.last_ms - self.began_ms >= SETTLE_MS;
        let rate = self.rate.filter(|rate| *rate > 0.0 && settled)?;
        (self.stage == Stage::Reading).then(|| total.saturating_sub(self.done) as f64 / rate)
    }

    /// `120 of 200 MB, 85 MB/s, 1 s left`.
    pub fn sentence(&self) -> String {
        if self.stage == Stage::Parsing {
            return format!("{} read; the engine makes tables of it", size(self.done));
        }
        let mut parts = vec![match self.total {
            Some(total) => format!("{} of {}", size(self.done), size(total)),
            None => size(self.done),
        }];
        if let Some(rate) = self.rate.filter(|_| self.last_ms - self.began_ms >= SETTLE_MS) {
            parts.push(format!("{}/s", size((rate * 1000.0) as u64)));
        }
        if let Some(left) = self.left_ms() {
            parts.push(format!("{} left", duration(left)));
        }
        parts.join(", ")
    }
}

/// Bytes as people read them: `0 B`, `812 KB`, `1.5 MB`, `2.00 GB`.
pub fn size(bytes: u64) -> String {
    let value = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} KB", fixed(value / 1e3, 0)),
        1_000_000..1_000_000_000 => format!("{} MB", fixed(value / 1e6, 1)),
        _ => format!("{} GB", fixed(value / 1e9, 2)),
    }
}

/// A time as people read it: `under 1 s`, `12 s`, `3 min`.
pub fn duration(milliseconds: f64) -> String {
    let seconds = milliseconds / 1000.0;
    if seconds < 1.0 {
        String::from("under 1 s")
    } else if seconds < 90.0 {
        format!("{} s", fixed(seconds, 0))
    } else if seconds < 5400.0 {
        format!("{} min", fixed(seconds / 60.0, 0))
    } else {
        format!("{} h", fixed(seconds / 3600.0, 0))
    }
}

/// Why files cannot be read at all, before a byte of them is: too large for a tab, or no files.
///
/// `limit` is the reader's, in bytes.
pub fn refusal(name: &str, bytes: u64, is_folder: bool, limit: u64) -> Option<String> {
    if is_folder {
        return Some(format!("{name} is a folder. Open it and drop the files in it."));
    }
    (bytes > limit).then(|| {
        format!(
            "{name} has {}; a browser tab reads at most {}. Split it by date or strategy, or read it on the command line: \
             allocator blend --signals FILE.",
            size(bytes),
            size(limit)
        )
    })
}

/// What a list of refusals says together.
pub fn refused(list: &[String]) -> String {
    match list {
        [] => String::new(),
        [one] => one.clone(),
        many => format!("{} were not taken. {}", counted(many.len() as u64, "thing", "things"), many.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_rate_and_time_left() {
        let mut meter = Meter::new(Some(200_000_000), 0.0);
        assert_eq!(meter.sentence(), "0 B of 200.0 MB");
        for step in 1..=10_u32 {
            meter.advance(u64::from(step) * 10_000_000, f64::from(step) * 100.0);
        }
        // 10 MB each 100 ms: 100 MB/s, and 100 MB are left.
        assert_eq!(meter.sentence(), "100.0 MB of 200.0 MB, 100.0 MB/s, 1 s left");
        assert_eq!(meter.share(), Some(0.5));
        meter.advance(200_000_000, 2000.0);
        assert_eq!((meter.stage, meter.share(), meter.left_ms()), (Stage::Parsing, None, None));
        assert!(meter.sentence().contains("makes tables"));
    }

    #[test]
    fn late_and_odd_messages_change_nothing() {
        let mut meter = Meter::new(None, 0.0);
        meter.advance(500, 400.0);
        let before = meter.clone();
        meter.advance(400, 500.0);
        meter.advance(600, 400.0);
        meter.advance(600, f64::NAN);
        assert_eq!(meter, before);
        assert_eq!(meter.sentence(), "500 B, 1 KB/s", "without a total there is no end");
    }

    #[test]
    fn what_cannot_be_read_is_said_in_plain_words() {
        let limit = 512 << 20;
        assert_eq!(refusal("a.csv", 10, false, limit), None);
        assert!(refusal("data", 0, true, limit).unwrap().contains("is a folder"));
        let huge = refusal("huge.csv", 2_147_483_648, false, limit).unwrap();
        assert!(huge.starts_with("huge.csv has 2.15 GB; a browser tab reads at most 536.9 MB."), "{huge}");
        assert!(refused(&["a".into(), "b".into()]).starts_with("2 things"));
    }

    #[test]
    fn the_limit_is_that_of_the_readers() {
        assert_eq!(FILE_BYTES_READ_MAX, allocator_core::codec::Limits::default().bytes);
    }

    #[test]
    fn times_are_round() {
        assert_eq!(
            [400.0, 12_400.0, 180_000.0, 7_200_000.0].map(duration),
            ["under 1 s", "12 s", "3 min", "2 h"].map(String::from)
        );
    }
}

//! How often one token may ask.
//!
//! Each token has a time at which its next request is due, one `1 / rate` after the last. A request may come up to a second before it
//! is due, so that as many as make up a second may come at once, and from then on one at a time. Only known tokens have an entry.

use super::gate;
use allocator_core::{Code, Problem};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What may come at once, as time.
const AHEAD: Duration = Duration::from_secs(1);

/// Entries beyond which those of tokens that have been quiet are dropped.
const ENTRIES_MAX: usize = 1_024;

/// The due times of all tokens.
#[derive(Debug)]
pub(crate) struct Rate {
    per_second: u32,
    due: Mutex<BTreeMap<String, Instant>>,
}

impl Rate {
    /// So many requests a second for each token; 0 is no limit.
    pub(crate) fn new(per_second: u32) -> Self {
        Rate { per_second, due: Mutex::default() }
    }

    /// Counts a request of a token.
    ///
    /// # Errors
    /// `rate_limited`, and then it is not counted.
    pub(crate) fn admit(&self, token: &str, now: Instant) -> Result<(), Problem> {
        if self.per_second == 0 {
            return Ok(());
        }
        let interval = Duration::from_secs(1) / self.per_second;
        let mut all = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= ENTRIES_MAX && !all.contains_key(token) {
            // Due already: as if it had never asked.
            all.retain(|_, due| *due > now);
        }
        let due = all.get(token).copied().map_or(now, |due| due.max(now));
        if due + interval > now + AHEAD.max(interval) {
            return Err(Problem::new(
                Code::RateLimited,
                "authorization",
                format!("This token has sent its {} requests of a second.", self.per_second),
                format!("{} The limit is server.token_requests_per_second.", gate::LATER),
            ));
        }
        all.insert(token.to_owned(), due + interval);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_requests_may_come_at_once_and_then_one_at_a_time() {
        let (rate, start) = (Rate::new(10), Instant::now());
        let at = |ms: u64| start + Duration::from_millis(ms);
        assert_eq!((0..12).filter(|_| rate.admit("a", at(0)).is_ok()).count(), 10);
        assert!(rate.admit("b", at(0)).is_ok(), "another token has its own");
        // One more is due every 100 ms.
        assert_eq!(rate.admit("a", at(99)).unwrap_err().code, Code::RateLimited);
        assert!(rate.admit("a", at(100)).is_ok() && rate.admit("a", at(101)).is_err() && rate.admit("a", at(200)).is_ok());
        // What was refused did not count, and a quiet second gives all of it back.
        assert_eq!((0..12).filter(|_| rate.admit("a", at(2_000)).is_ok()).count(), 10);
        assert!((0..1_000).all(|_| Rate::new(0).admit("a", start).is_ok()), "0 is no limit");
        assert_eq!((0..3).filter(|_| rate.admit("c", at(0)).is_ok()).count(), 3);
    }

    #[test]
    fn one_a_second_lets_one_through() {
        let (rate, start) = (Rate::new(1), Instant::now());
        assert!(rate.admit("a", start).is_ok() && rate.admit("a", start + Duration::from_millis(999)).is_err());
        assert!(rate.admit("a", start + Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn quiet_tokens_are_forgotten() {
        let (rate, start) = (Rate::new(10), Instant::now());
        for i in 0..ENTRIES_MAX {
            rate.admit(&i.to_string(), start).unwrap();
        }
        rate.admit("late", start + Duration::from_secs(5)).unwrap();
        assert_eq!(rate.due.lock().unwrap().len(), 1);
    }
}

//! A cache of scores with a time to live; the time is an input (A4).
//!
//! One entry for each alpha, set of symbols and range of time. An entry older than the time to live is computed anew, and so is one from the
//! future, after a clock was set back. When the cache is full, the oldest entry goes.

use crate::stats::Figure;
use crate::units::UnixNanos;
use std::collections::BTreeMap;

/// Sixty minutes, in nanoseconds.
pub const TTL_DEFAULT: i64 = 60 * 60 * 1_000_000_000;

/// What scores are kept under.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CacheKey {
    /// The alpha: a built-in name or the text of a formula.
    pub alpha: String,
    /// The symbols, in the order of the scores.
    pub symbols: Vec<String>,
    /// The oldest price that was looked at.
    pub from: UnixNanos,
    /// The newest.
    pub to: UnixNanos,
}

/// How the cache served so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStatistics {
    /// Scores that were there.
    pub hits: u64,
    /// Scores that were computed, for want of an entry or because it was too old.
    pub misses: u64,
    /// Entries that went for want of room.
    pub evicted: u64,
}

/// A cache of scores.
#[derive(Clone, Debug)]
pub struct AlphaCache {
    ttl: i64,
    entries_max: usize,
    entries: BTreeMap<CacheKey, (UnixNanos, Vec<Figure>)>,
    statistics: CacheStatistics,
}

impl AlphaCache {
    /// A cache of at most `entries_max` entries (one at least) that live for `ttl` nanoseconds.
    pub fn new(ttl: i64, entries_max: usize) -> Self {
        AlphaCache { ttl, entries_max: entries_max.max(1), entries: BTreeMap::new(), statistics: CacheStatistics::default() }
    }

    /// The scores under a key at a time, computed if they are not there or too old.
    pub fn get(&mut self, key: &CacheKey, now: UnixNanos, compute: impl FnOnce() -> Vec<Figure>) -> &[Figure] {
        let lives = |stored: UnixNanos| stored <= now && now.0.saturating_sub(stored.0) < self.ttl;
        if self.entries.get(key).is_some_and(|(stored, _)| lives(*stored)) {
            self.statistics.hits += 1;
        } else {
            self.statistics.misses += 1;
            if !self.entries.contains_key(key) && self.entries.len() >= self.entries_max {
                let oldest = self.entries.iter().min_by_key(|(_, (stored, _))| *stored).map(|(key, _)| key.clone());
                if let Some(oldest) = oldest {
                    self.entries.remove(&oldest);
                    self.statistics.evicted += 1;
                }
            }
            self.entries.insert(key.clone(), (now, compute()));
        }
        self.entries.get(key).map_or(&[], |(_, scores)| scores)
    }

    /// How it served so far.
    pub fn statistics(&self) -> CacheStatistics {
        self.statistics
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets every entry; the statistics go on.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(alpha: &str) -> CacheKey {
        CacheKey { alpha: alpha.into(), symbols: vec!["a".into()], from: UnixNanos(0), to: UnixNanos(9) }
    }

    #[test]
    fn entries_live_as_long_as_they_may() {
        let mut cache = AlphaCache::new(100, 8);
        let mut ask = |now: i64, value: f64| cache.get(&key("m"), UnixNanos(now), || vec![Ok(value)])[0];
        assert_eq!(ask(1_000, 1.0), Ok(1.0));
        assert_eq!(ask(1_099, 2.0), Ok(1.0));
        assert_eq!(ask(1_100, 3.0), Ok(3.0));
        // The clock was set back: an entry of the future is not believed.
        assert_eq!(ask(500, 4.0), Ok(4.0));
        assert_eq!(cache.statistics(), CacheStatistics { hits: 1, misses: 3, evicted: 0 });
    }

    #[test]
    fn the_oldest_goes_when_there_is_no_room() {
        let mut cache = AlphaCache::new(TTL_DEFAULT, 2);
        for (now, alpha) in [(1, "a"), (2, "b"), (3, "c"), (4, "b"), (5, "a")] {
            cache.get(&key(alpha), UnixNanos(now), Vec::new);
        }
        // a went for c, b was there, then b, the oldest, went for a.
        assert_eq!((cache.len(), cache.statistics()), (2, CacheStatistics { hits: 1, misses: 4, evicted: 2 }));
    }
}

//! Stationary bootstrap: histories resampled in blocks of random length, so that what follows each other stays together.
//!
//! Each next row is the one after the last with probability 1 − 1/b, and a row drawn anew with probability 1/b; after the last row comes
//! the first. Block lengths are geometric with mean b. Source: Politis and Romano (1994), "The Stationary Bootstrap", JASA 89, section 2.
//!
//! **Conventions.** A resample is as long as the history. Intervals are percentile intervals: the (1 − c)/2 and (1 + c)/2 quantiles of
//! the resampled figures, linear between neighbours.

use super::random::SplitMix64;

/// Draws rows of resamples.
#[derive(Clone, Debug)]
pub struct StationaryBootstrap {
    random: SplitMix64,
    rows: usize,
    anew: f64,
}

impl StationaryBootstrap {
    /// Resamples of a history of so many rows in blocks of a mean length of at least 1.
    pub fn new(rows: usize, mean_block: f64, seed: u64) -> Self {
        StationaryBootstrap { random: SplitMix64::new(seed), rows, anew: 1.0 / mean_block.max(1.0) }
    }

    /// The rows of the next resample.
    pub fn draw(&mut self, out: &mut Vec<usize>) {
        out.clear();
        let mut row = 0;
        for i in 0..self.rows {
            row = if i == 0 || self.random.unit() < self.anew { self.random.below(self.rows) } else { (row + 1) % self.rows };
            out.push(row);
        }
    }
}

/// The interval that covers a share `confidence` of some ascending figures; `None` without any.
pub fn percentile_interval(sorted: &[f64], confidence: f64) -> Option<(f64, f64)> {
    let tail = 0.5 * (1.0 - confidence);
    Some((quantile(sorted, tail)?, quantile(sorted, 1.0 - tail)?))
}

/// The quantile of ascending values, linear between neighbours at (n − 1)·p. Source: Hyndman and Fan (1996), type 7.
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = last as f64 * p.clamp(0.0, 1.0);
    let below = place.floor();
    let (low, high) = (sorted[(below as usize).min(last)], sorted[(below as usize + 1).min(last)]);
    Some(low + (place - below) * (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_the_mean_length_asked_for() {
        let mut bootstrap = StationaryBootstrap::new(1000, 20.0, 3);
        let (mut rows, mut blocks) = (Vec::new(), 0);
        for _ in 0..100 {
            bootstrap.draw(&mut rows);
            assert_eq!(rows.len(), 1000);
            blocks += 1 + rows.windows(2).filter(|pair| pair[1] != (pair[0] + 1) % 1000).count();
        }
        // 100 000 rows in blocks of 20: 5 000 blocks, ± a few per cent.
        assert!((4_700..5_300).contains(&blocks), "{blocks}");
    }

    #[test]
    fn a_seed_gives_the_same_resamples_and_blocks_of_one_are_draws_with_replacement() {
        let mut one = (StationaryBootstrap::new(50, 1.0, 9), Vec::new());
        let mut other = (StationaryBootstrap::new(50, 1.0, 9), Vec::new());
        one.0.draw(&mut one.1);
        other.0.draw(&mut other.1);
        assert_eq!(one.1, other.1);
        assert!(one.1.iter().any(|row| one.1.iter().filter(|other| *other == row).count() > 1));
        StationaryBootstrap::new(0, 5.0, 1).draw(&mut one.1);
        assert!(one.1.is_empty());
    }

    #[test]
    fn quantiles_and_intervals_by_hand() {
        // 0 … 10: the 5 % quantile lies at 0.5, the 95 % quantile at 9.5.
        let sorted: Vec<f64> = (0..=10).map(f64::from).collect();
        let (low, high) = percentile_interval(&sorted, 0.9).unwrap();
        assert!((low - 0.5).abs() < 1e-12 && (high - 9.5).abs() < 1e-12);
        assert_eq!(percentile_interval(&[], 0.9), None);
    }
}

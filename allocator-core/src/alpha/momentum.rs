//! Momentum: what rose goes on rising. Score p(t)/p(t − k) − 1, or p(t − s)/p(t − k) − 1 where the last s periods are skipped.
//!
//! Unit: fraction. Source: Jegadeesh and Titman (1993), "Returns to Buying Winners and Selling Losers"; the month that is skipped is
//! Jegadeesh's (1990) short-term reversal.

use crate::stats::figure::finite;
use crate::stats::{Figure, Unknown};

/// Return over the last `periods`.
///
/// # Errors
/// Fewer than `periods` + 1 prices.
pub fn momentum(prices: &[f64], periods: usize) -> Figure {
    momentum_skipping(prices, periods, 0)
}

/// Return from `periods` ago to `skip` ago.
///
/// # Errors
/// Fewer than `periods` + 1 prices, or nothing between the two.
pub fn momentum_skipping(prices: &[f64], periods: usize, skip: usize) -> Figure {
    if skip >= periods || prices.len() <= periods {
        return Err(Unknown::InsufficientHistory);
    }
    let last = prices.len() - 1;
    finite(prices[last - skip] / prices[last - periods] - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 100, 110, 121, 60.5: over three periods −39.5 %, without the last +21 %.
        let prices = [100.0, 110.0, 121.0, 60.5];
        assert!((momentum(&prices, 3).unwrap() + 0.395).abs() < 1e-15);
        assert!((momentum_skipping(&prices, 3, 1).unwrap() - 0.21).abs() < 1e-15);
        assert_eq!(momentum(&prices, 4), Err(Unknown::InsufficientHistory));
        assert_eq!(momentum(&prices, 0), Err(Unknown::InsufficientHistory));
    }
}

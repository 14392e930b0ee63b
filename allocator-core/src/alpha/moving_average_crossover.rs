//! Moving-average crossover: a trend is up while the short average lies above the long one. Score m(k)/m(l) − 1 of the means of the last k
//! and l prices.
//!
//! Unit: fraction. Source: Brock, Lakonishok and `LeBaron` (1992), "Simple Technical Trading Rules and the Stochastic Properties of Stock
//! Returns".

use crate::stats::figure::finite;
use crate::stats::{Figure, Unknown, mean};

/// Mean of the last `short` prices over that of the last `long`, less 1.
///
/// # Errors
/// Fewer than `long` prices.
pub fn moving_average_crossover(prices: &[f64], short: usize, long: usize) -> Figure {
    if prices.len() < long.max(short) {
        return Err(Unknown::InsufficientHistory);
    }
    let last = |periods: usize| mean(&prices[prices.len() - periods..]);
    finite(last(short)? / last(long)? - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 9 does not count; 1, 2, 3, 6: mean 3; 3, 6: 4.5: half above.
        assert!((moving_average_crossover(&[9.0, 1.0, 2.0, 3.0, 6.0], 2, 4).unwrap() - 0.5).abs() < 1e-15);
        assert_eq!(moving_average_crossover(&[1.0, 2.0], 1, 3), Err(Unknown::InsufficientHistory));
    }
}

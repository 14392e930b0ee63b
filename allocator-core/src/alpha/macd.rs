//! Moving-average convergence and divergence: momentum gathers while the gap of two exponential averages widens. Score (g − s)/p with the
//! gap g = EMA(k) − EMA(l) of prices, its own exponential average s, and the price p.
//!
//! Unit: fraction of the price. Source: Appel (1979), The Moving Average Convergence-Divergence Method.
//!
//! **Conventions.** EMA(k) weighs the newest with 2/(k + 1) and begins with the oldest of the prices given; callers hand over a bounded number
//! of them.

use crate::stats::figure::finite;
use crate::stats::{Figure, Unknown};

/// The histogram over the price, with averages over `short`, `long` and `signal` periods.
///
/// # Errors
/// Fewer than `long` + `signal` prices.
pub fn macd(prices: &[f64], short: usize, long: usize, signal: usize) -> Figure {
    if prices.len() < long + signal {
        return Err(Unknown::InsufficientHistory);
    }
    let rate = |periods: usize| 2.0 / (periods as f64 + 1.0);
    let (a, b, c) = (rate(short), rate(long), rate(signal));
    let first = prices.first().copied().ok_or(Unknown::InsufficientHistory)?;
    let (mut fast, mut slow, mut line, mut last) = (first, first, 0.0, first);
    for price in prices {
        fast += a * (price - fast);
        slow += b * (price - slow);
        line += c * (fast - slow - line);
        last = *price;
    }
    finite((fast - slow - line) / last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // EMA(1) is the price, EMA(3) moves by half: 4, 8: gap 8 − 6 = 2, its EMA(1) is itself: 0. With EMA(3): 1, so (2 − 1)/8.
        assert_eq!(macd(&[4.0, 4.0, 4.0, 8.0], 1, 3, 1), Ok(0.0));
        assert_eq!(macd(&[4.0, 4.0, 4.0, 4.0, 4.0, 8.0], 1, 3, 3), Ok(0.125));
        assert_eq!(macd(&[4.0, 8.0], 1, 3, 1), Err(Unknown::InsufficientHistory));
    }
}

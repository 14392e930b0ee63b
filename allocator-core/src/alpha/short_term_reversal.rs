//! Short-term reversal: what fell in the last days recovers. Score −(p(t)/p(t − k) − 1).
//!
//! Unit: fraction. Source: Jegadeesh (1990), "Evidence of Predictable Behavior of Security Returns".

use super::momentum::momentum;
use crate::stats::Figure;
use crate::stats::figure::finite;

/// Minus the return over the last `periods`.
///
/// # Errors
/// Fewer than `periods` + 1 prices.
pub fn short_term_reversal(prices: &[f64], periods: usize) -> Figure {
    finite(-momentum(prices, periods)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 100 to 90 in two periods: +10 %.
        assert!((short_term_reversal(&[100.0, 80.0, 90.0], 2).unwrap() - 0.1).abs() < 1e-15);
    }
}

//! Mean reversion: what strayed from its mean comes back. Score −(p(t) − m)/s with mean m and standard deviation s of the last k prices,
//! today's among them.
//!
//! No unit (standard deviations). Source: Poterba and Summers (1988), "Mean Reversion in Stock Prices", for the effect; the z-score
//! is that of Bollinger (2001).
//!
//! **Conventions.** Sample deviation (ddof 1). Prices that do not vary have no score.

use crate::stats::figure::finite;
use crate::stats::{Centred, Figure, Unknown};

/// Minus the z-score of the last price against the mean of the last `periods`.
///
/// # Errors
/// Fewer than `periods` prices, or prices that do not vary.
pub fn mean_reversion(prices: &[f64], periods: usize) -> Figure {
    let from = prices.len().checked_sub(periods).ok_or(Unknown::InsufficientHistory)?;
    let window = Centred::new(&prices[from..])?;
    let last = window.deviations.last().copied().ok_or(Unknown::InsufficientHistory)?;
    finite(-last / window.standard_deviation(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 1, 2, 6: mean 3, deviations −2 −1 3, s² = 14/2 = 7: −3/√7. The 100 before does not count.
        assert!((mean_reversion(&[100.0, 1.0, 2.0, 6.0], 3).unwrap() + 3.0 / 7.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!(mean_reversion(&[1.0, 1.0, 1.0], 3), Err(Unknown::FlatSeries));
        assert_eq!(mean_reversion(&[1.0, 2.0], 3), Err(Unknown::InsufficientHistory));
    }
}

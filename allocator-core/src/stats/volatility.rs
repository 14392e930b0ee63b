//! Annualised volatility: σ = s·√p, s the standard deviation of the returns per period, p the periods in a year.
//!
//! Unit: fraction per square root of a year (0.15 is 15 %). Source: the square-root rule for independent returns; see
//! Lo (2002), "The Statistics of Sharpe Ratios", eq. 13, for when it fails.
//!
//! **Conventions.** `ddof` 1 by default; two returns at least; a flat series has no volatility (unknown, not zero).

use super::figure::{Figure, finite};
use super::moments::standard_deviation;

/// Annualised volatility of simple returns.
///
/// # Errors
/// Fewer than two returns, or returns that do not vary.
pub fn volatility(returns: &[f64], ddof: u32, periods_per_year: f64) -> Figure {
    finite(standard_deviation(returns, ddof)? * periods_per_year.sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::Unknown;
    use super::*;

    #[test]
    fn by_hand() {
        // Returns 1 % and -1 %: mean 0, Σ = 2e-4; ddof 1: s = √2e-4; a year of four periods doubles it.
        assert_eq!(volatility(&[0.01, -0.01], 1, 4.0), Ok(2e-4_f64.sqrt() * 2.0));
        assert_eq!(volatility(&[0.01, -0.01], 0, 4.0), Ok(1e-4_f64.sqrt() * 2.0));
    }

    #[test]
    fn a_flat_series_is_unknown() {
        assert_eq!(volatility(&[0.007; 60], 1, 252.0), Err(Unknown::FlatSeries));
    }
}

//! Low volatility: what moves little earns more per unit of risk than it should. Score −σ, the annualised volatility of the last k returns.
//!
//! Unit: minus a fraction per square root of a year. Source: Ang, Hodrick, Xing and Zhang (2006), "The Cross-Section of Volatility and
//! Expected Returns"; Blitz and van Vliet (2007), "The Volatility Effect".
//!
//! **Conventions.** Simple returns, sample deviation (ddof 1). A flat series is not the safest one but an unknown one.

use crate::stats::figure::finite;
use crate::stats::{Figure, Unknown, volatility};

/// Minus the annualised volatility of the last `periods` returns.
///
/// # Errors
/// Fewer than `periods` + 1 prices, or returns that do not vary.
pub fn low_volatility(prices: &[f64], periods: usize, periods_per_year: f64) -> Figure {
    if prices.len() <= periods {
        return Err(Unknown::InsufficientHistory);
    }
    let returns: Vec<f64> = prices[prices.len() - periods - 1..].windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    finite(-volatility(&returns, 1, periods_per_year)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // +10 %, −10 %: s = √(0.02/1); four periods a year double it.
        assert!((low_volatility(&[5.0, 100.0, 110.0, 99.0], 2, 4.0).unwrap() + 2.0 * 0.02_f64.sqrt()).abs() < 1e-14);
        assert_eq!(low_volatility(&[100.0, 100.0, 100.0], 2, 4.0), Err(Unknown::FlatSeries));
    }
}

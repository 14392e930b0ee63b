//! Sharpe ratio: (x̄ − f)/s·√p with f = risk-free rate a year ÷ p, s the standard deviation per period, p periods in a year.
//!
//! Unit: return per unit of risk, a year. Source: Sharpe (1994), "The Sharpe Ratio", ex-post form with a constant benchmark.
//!
//! **Conventions.** `ddof` 1 by default; the risk-free rate is divided by p, not compounded; a flat series has no ratio.

use super::figure::{Figure, finite};
use super::moments::Centred;

/// Annualised Sharpe ratio of simple returns.
///
/// # Errors
/// Fewer than two returns, or returns that do not vary.
pub fn sharpe(returns: &[f64], ddof: u32, periods_per_year: f64, risk_free: f64) -> Figure {
    let centred = Centred::new(returns)?;
    let excess = centred.mean - risk_free / periods_per_year;
    finite(excess / centred.standard_deviation(ddof)? * periods_per_year.sqrt())
}

#[cfg(test)]
mod tests {
    use super::super::Unknown;
    use super::*;

    #[test]
    fn by_hand() {
        // 1 %, 3 %: mean 2 %, s = √2e-4 (ddof 1) = √2 %, so 2/√2 = √2; four periods a year double it.
        let got = sharpe(&[0.01, 0.03], 1, 4.0, 0.0).unwrap();
        assert!((got - 8.0_f64.sqrt()).abs() < 1e-14, "{got}");
        // A risk-free rate of 4 % a year is 1 % per period: (2 − 1)/√2·2 = √2.
        let got = sharpe(&[0.01, 0.03], 1, 4.0, 0.04).unwrap();
        assert!((got - 2.0_f64.sqrt()).abs() < 1e-14, "{got}");
    }

    #[test]
    fn a_steady_gain_has_no_ratio() {
        assert_eq!(sharpe(&[0.007; 60], 1, 252.0, 0.0), Err(Unknown::FlatSeries));
        assert_eq!(sharpe(&[0.007], 1, 252.0, 0.0), Err(Unknown::InsufficientHistory));
    }
}

//! Probabilistic and deflated Sharpe ratios: how sure a Sharpe ratio is, and how sure it is after many were tried.
//!
//! - PSR(b) = Φ((s − b)·√(n − 1) / √(1 − S·s + (κ − 1)/4·s²)): the probability that the true ratio is above b. s is the ratio per period, S the
//!   skewness, κ the kurtosis (3 for a normal distribution). Source: Bailey and López de Prado (2012), "The Sharpe Ratio Efficient
//!   Frontier", Journal of Risk 15, eq. 9 and 10.
//! - The largest of N ratios without any skill is expected to be √V·((1 − γ)·Φ⁻¹(1 − 1/N) + γ·Φ⁻¹(1 − 1/(N·e))), V the variance of
//!   the ratios tried and γ Euler's constant; the deflated ratio is PSR at that. Source: Bailey and López de Prado (2014), "The Deflated
//!   Sharpe Ratio", Journal of Portfolio Management 40(5), eq. 1 and 2.
//!
//! **Conventions.** Ratios per period, not a year; moments of the population. One trial is expected to reach 0.

use super::figure::{Figure, Unknown, finite};
use super::shape::{excess_kurtosis, skewness};
use super::sharpe::sharpe;
use crate::math;

/// Euler's constant.
const EULER: f64 = 0.577_215_664_901_532_9;

/// What is known of a Sharpe ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SharpeSample {
    /// The ratio per period.
    pub sharpe: f64,
    /// How many returns it was computed from.
    pub n: usize,
    /// Their skewness.
    pub skewness: f64,
    /// Their kurtosis, 3 for a normal distribution.
    pub kurtosis: f64,
}

impl SharpeSample {
    /// Of returns, in excess of a risk-free rate per period.
    ///
    /// # Errors
    /// Fewer than two returns, or returns that do not vary.
    pub fn of(returns: &[f64], ddof: u32, risk_free: f64) -> Result<Self, Unknown> {
        Ok(SharpeSample {
            sharpe: sharpe(returns, ddof, 1.0, risk_free)?,
            n: returns.len(),
            skewness: skewness(returns)?,
            kurtosis: excess_kurtosis(returns)? + 3.0,
        })
    }

    /// The probability that the true ratio is above `benchmark`.
    ///
    /// # Errors
    /// Fewer than two returns; moments under which the ratio has no standard error.
    pub fn probability_above(&self, benchmark: f64) -> Figure {
        if self.n < 2 {
            return Err(Unknown::InsufficientHistory);
        }
        let spread = 1.0 - self.skewness * self.sharpe + 0.25 * (self.kurtosis - 1.0) * self.sharpe * self.sharpe;
        // Kurtosis is at least 1 + skewness², so that this is never negative but by rounding, and zero for two values alone.
        if spread <= 1e-12 {
            return Err(Unknown::Undefined);
        }
        finite(math::normal_cdf((self.sharpe - benchmark) * ((self.n - 1) as f64).sqrt() / spread.sqrt()))
    }
}

/// The Sharpe ratio that the best of `trials` without skill is expected to reach; `variance` is that of the ratios tried, per period.
pub fn expected_largest(trials: u32, variance: f64) -> f64 {
    if trials < 2 {
        return 0.0;
    }
    let n = f64::from(trials);
    let at = |p: f64| math::normal_quantile(1.0 - p);
    variance.max(0.0).sqrt() * ((1.0 - EULER) * at(1.0 / n) + EULER * at(1.0 / (n * std::f64::consts::E)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hedge_fund_of_the_first_paper() {
        // Two years of months with a ratio of 0.458, skewness −2.448 and kurtosis 10.164: 98.2 % if returns were normal, 91.3 % as they are.
        let normal = SharpeSample { sharpe: 0.458, n: 24, skewness: 0.0, kurtosis: 3.0 };
        assert!((normal.probability_above(0.0).unwrap() - 0.982).abs() < 5e-4);
        let told = SharpeSample { skewness: -2.448, kurtosis: 10.164, ..normal };
        assert!((told.probability_above(0.0).unwrap() - 0.913).abs() < 5e-4);
    }

    #[test]
    fn the_example_of_the_second_paper() {
        // 1,250 days, a ratio of 2.5 a year (250 days), a variance of ½ a year over the trials, skewness −3, kurtosis 10. Of 100 trials
        // the best is expected at 0.1132 a day, and 90.04 % is left of the ratio.
        let variance = 0.5 / 250.0;
        assert!((expected_largest(100, variance) - 0.1132).abs() < 5e-5);
        let found = SharpeSample { sharpe: 2.5 / 250.0_f64.sqrt(), n: 1250, skewness: -3.0, kurtosis: 10.0 };
        let left = |trials| found.probability_above(expected_largest(trials, variance)).unwrap();
        assert!((left(100) - 0.9004).abs() < 1e-4, "{}", left(100));
        // With 46 trials it is 95.05 %.
        assert!((left(46) - 0.9505).abs() < 1e-4, "{}", left(46));
        assert_eq!(expected_largest(1, variance), 0.0);
    }

    #[test]
    fn what_has_no_ratio_has_no_probability() {
        assert_eq!(SharpeSample::of(&[0.01; 30], 1, 0.0), Err(Unknown::FlatSeries));
        let two = SharpeSample::of(&[0.01, 0.03], 0, 0.0).unwrap();
        // Two values: skewness 0 and kurtosis 1; mean 2 %, deviation 1 %: the spread is 1.
        assert!((two.sharpe - 2.0).abs() < 1e-12 && two.probability_above(2.0).is_ok_and(|p| (p - 0.5).abs() < 1e-12));
    }
}

//! A strategy against a benchmark, on the dates that both have: beta, alpha, capture, tracking error, information ratio.
//!
//! - β = Σ(xᵢ − x̄)(bᵢ − b̄)/Σ(bᵢ − b̄)². α = ((x̄ − f) − β(b̄ − f))·p, Jensen (1968), eq. 8, a year, f risk-free per period.
//! - Up capture = (geometric mean return of the strategy)/(that of the benchmark) over the periods in which the benchmark rose; down
//!   capture likewise where it fell. Source: Morningstar (2011), "Upside/Downside Capture Ratios", per period, not annualised.
//! - Tracking error = s(x − b)·√p. Information ratio = mean(x − b)/s(x − b)·√p, Grinold and Kahn (2000), eq. 5.1.
//!
//! **Conventions.** `ddof` as for volatility (β does not depend on it). A flat benchmark has no beta; a benchmark that never rose, no up capture.

use super::figure::{Figure, Unknown, finite, ratio};
use super::moments::{Centred, mean, standard_deviation};
use crate::math;

/// Slope of the strategy's returns on the benchmark's.
///
/// # Errors
/// Fewer than two returns, or a benchmark that does not vary.
pub fn beta(returns: &[f64], benchmark: &[f64]) -> Figure {
    let (x, b) = (Centred::new(returns)?, Centred::new(benchmark)?);
    if b.flat {
        return Err(Unknown::FlatBenchmark);
    }
    finite(math::dot(&x.deviations, &b.deviations) / b.sum_of_squares)
}

/// Jensen's alpha, a year.
///
/// # Errors
/// As [`beta`].
pub fn alpha(returns: &[f64], benchmark: &[f64], periods_per_year: f64, risk_free: f64) -> Figure {
    let rate = risk_free / periods_per_year;
    let slope = beta(returns, benchmark)?;
    finite(((mean(returns)? - rate) - slope * (mean(benchmark)? - rate)) * periods_per_year)
}

/// Which periods of the benchmark a capture ratio looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Those in which it rose.
    Up,
    /// Those in which it fell.
    Down,
}

/// Up or down capture ratio.
///
/// # Errors
/// The benchmark has no such period.
pub fn capture(returns: &[f64], benchmark: &[f64], side: Side) -> Figure {
    let (mut own, mut other, mut count) = (1.0, 1.0, 0_u32);
    for (x, b) in returns.iter().zip(benchmark) {
        if (side == Side::Up && *b > 0.0) || (side == Side::Down && *b < 0.0) {
            own *= 1.0 + x;
            other *= 1.0 + b;
            count += 1;
        }
    }
    let none = if side == Side::Up { Unknown::NoUpPeriods } else { Unknown::NoDownPeriods };
    if count == 0 {
        return Err(none);
    }
    let root = 1.0 / f64::from(count);
    let geometric = |growth: f64| finite(math::pow(growth, root) - 1.0);
    ratio(geometric(own)?, geometric(other)?, none)
}

fn differences(returns: &[f64], benchmark: &[f64]) -> Vec<f64> {
    returns.iter().zip(benchmark).map(|(x, b)| x - b).collect()
}

/// Annualised volatility of the difference to the benchmark.
///
/// # Errors
/// Fewer than two returns, or a difference that does not vary.
pub fn tracking_error(returns: &[f64], benchmark: &[f64], ddof: u32, periods_per_year: f64) -> Figure {
    finite(standard_deviation(&differences(returns, benchmark), ddof)? * periods_per_year.sqrt())
}

/// Annualised mean difference to the benchmark per unit of tracking error.
///
/// # Errors
/// As [`tracking_error`].
pub fn information_ratio(returns: &[f64], benchmark: &[f64], ddof: u32, periods_per_year: f64) -> Figure {
    super::sharpe(&differences(returns, benchmark), ddof, periods_per_year, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_the_benchmark() {
        // x = 2b: β = 2, α = 0. Benchmark up 10 % twice: strategy 20 %, captures 2; down 5 %: strategy 10 %, 2.
        let benchmark = [0.1, -0.05, 0.1];
        let returns = [0.2, -0.1, 0.2];
        assert!((beta(&returns, &benchmark).unwrap() - 2.0).abs() < 1e-14);
        assert!(alpha(&returns, &benchmark, 252.0, 0.0).unwrap().abs() < 1e-12);
        assert!((capture(&returns, &benchmark, Side::Up).unwrap() - 2.0).abs() < 1e-12);
        assert!((capture(&returns, &benchmark, Side::Down).unwrap() - 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_benchmark_itself() {
        // No difference: tracking error and information ratio are unknown, not zero and infinity.
        let benchmark = [0.1, -0.05, 0.1];
        assert_eq!(tracking_error(&benchmark, &benchmark, 1, 252.0), Err(Unknown::FlatSeries));
        // 1 %, 3 % above: mean 2 %, s = √2 %: √2 a period, doubled by four periods a year.
        let ahead = information_ratio(&[0.02, 0.04], &[0.01, 0.01], 1, 4.0).unwrap();
        assert!((ahead - 8.0_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn undefined_is_said() {
        assert_eq!(beta(&[0.1, 0.2], &[0.0, 0.0]), Err(Unknown::FlatBenchmark));
        assert_eq!(beta(&[0.1], &[0.1]), Err(Unknown::InsufficientHistory));
        assert_eq!(capture(&[0.1], &[-0.1], Side::Up), Err(Unknown::NoUpPeriods));
        assert_eq!(capture(&[0.1], &[0.1], Side::Down), Err(Unknown::NoDownPeriods));
    }
}

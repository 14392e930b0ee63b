//! Total return and compound annual growth rate.
//!
//! Total return R = Π(1 + rᵢ) − 1. CAGR g = (1 + R)^(1/y) − 1 with y years. Units: fractions.
//!
//! **Conventions.** Years are n/p (`periods`: n returns, p periods in a year) or days/365.25 (`calendar`). A return is
//! dated by the end of its period, so a return series shows n − 1 gaps for n periods; on the calendar basis its first period
//! is taken to be as long as the others on average: y = days·n/(n − 1)/365.25. Account values date their own start, and nothing is
//! assumed. Growth over less than a year is raised to a year like any other, which is why both figures stand side by side.

use super::figure::{Figure, Unknown, finite};
use crate::math;

/// Days of a year on the calendar basis.
pub const DAYS_PER_YEAR: f64 = 365.25;

/// Growth of one unit of money: Π(1 + rᵢ), from the oldest return to the newest; 1 without returns.
pub fn growth(returns: &[f64]) -> f64 {
    returns.iter().fold(1.0, |wealth, r| wealth * (1.0 + r))
}

/// Π(1 + rᵢ) − 1.
///
/// # Errors
/// No returns, or growth beyond what a number can hold.
pub fn total_return(returns: &[f64]) -> Figure {
    if returns.is_empty() {
        return Err(Unknown::InsufficientHistory);
    }
    finite(growth(returns) - 1.0)
}

/// Compound annual growth rate of money that grew by the factor `growth` in so many years.
///
/// # Errors
/// No time passed, or growth beyond what a number can hold.
pub fn cagr(growth: f64, years: f64) -> Figure {
    if years <= 0.0 || !years.is_finite() {
        return Err(Unknown::NoTimeSpan);
    }
    if growth < 0.0 {
        return Err(Unknown::NotRepresentable);
    }
    finite(math::pow(growth, 1.0 / years) - 1.0)
}

/// Years that n returns span, on the calendar basis, from the days between the dates of the first and the last return.
///
/// # Errors
/// Fewer than two returns, whose length in time nothing tells.
pub fn calendar_years(days: f64, n: usize) -> Figure {
    if n < 2 {
        return Err(Unknown::InsufficientHistory);
    }
    finite(days * n as f64 / (n - 1) as f64 / DAYS_PER_YEAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // +50 %, -50 %: 1.5 × 0.5 = 0.75.
        assert_eq!(total_return(&[0.5, -0.5]), Ok(-0.25));
        // 1.21 in two years is 10 % a year.
        assert!((cagr(1.21, 2.0).unwrap() - 0.1).abs() < 1e-15);
        // Everything lost stays lost.
        assert_eq!(cagr(growth(&[0.1, -1.0, 0.5]), 3.0), Ok(-1.0));
    }

    #[test]
    fn years_of_returns_count_their_first_period() {
        // Five returns show four gaps; 1461 days are four years of 365.25, and the fifth period makes five.
        assert_eq!(calendar_years(1461.0, 5), Ok(5.0));
        assert_eq!(calendar_years(0.0, 1), Err(Unknown::InsufficientHistory));
    }

    #[test]
    fn no_time_and_no_number() {
        assert_eq!(cagr(1.1, 0.0), Err(Unknown::NoTimeSpan));
        assert_eq!(cagr(1e300, 0.01), Err(Unknown::NotRepresentable));
        assert_eq!(total_return(&[]), Err(Unknown::InsufficientHistory));
    }
}

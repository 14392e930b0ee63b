//! Downside volatility and Sortino ratio: what falls below a target, and the excess over it per unit of that.
//!
//! δ = √(Σ min(rᵢ − τ, 0)²/n)·√p, Sortino = (x̄ − τ)/√(Σ min(rᵢ − τ, 0)²/n)·√p, τ the minimum acceptable return per
//! period, p periods in a year. Source: Sortino and Price (1994), "Performance Measurement in a Downside Risk Framework".
//!
//! **Conventions.** The divisor is n, all periods, not the losing ones alone, and no degree of freedom is taken off: τ is given,
//! not estimated. Without a period below τ the downside volatility is zero and the ratio unknown.

use super::figure::{Figure, Unknown, finite};
use super::moments::mean;
use crate::math;

/// Root mean square shortfall below `target`, per period.
fn shortfall(returns: &[f64], target: f64) -> Figure {
    if returns.is_empty() {
        return Err(Unknown::InsufficientHistory);
    }
    let squares = returns.iter().map(|r| {
        let below = (r - target).min(0.0);
        below * below
    });
    finite((math::sum(squares) / returns.len() as f64).sqrt())
}

/// Annualised downside volatility of simple returns; `target` is the minimum acceptable return a year.
///
/// # Errors
/// No returns.
pub fn downside_volatility(returns: &[f64], periods_per_year: f64, target: f64) -> Figure {
    finite(shortfall(returns, target / periods_per_year)? * periods_per_year.sqrt())
}

/// Annualised Sortino ratio of simple returns; `target` is the minimum acceptable return a year.
///
/// # Errors
/// Fewer than two returns, or none below the target.
pub fn sortino(returns: &[f64], periods_per_year: f64, target: f64) -> Figure {
    if returns.len() < 2 {
        return Err(Unknown::InsufficientHistory);
    }
    let target = target / periods_per_year;
    let below = shortfall(returns, target)?;
    if below == 0.0 {
        return Err(Unknown::NoLosses);
    }
    finite((mean(returns)? - target) / below * periods_per_year.sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 3 %, -1 %: below zero only -1 %; √(1e-4/2) = 0.01/√2; mean 1 %, ratio √2; four periods a year: 2√2.
        let returns = [0.03, -0.01];
        assert!((downside_volatility(&returns, 4.0, 0.0).unwrap() - 0.02 / 2.0_f64.sqrt()).abs() < 1e-16);
        assert!((sortino(&returns, 4.0, 0.0).unwrap() - 8.0_f64.sqrt()).abs() < 1e-14);
        // A target of 4 % a year is 1 % per period: below by 2 % once; √(4e-4/2) = 0.02/√2; the excess is zero.
        assert!((downside_volatility(&returns, 4.0, 0.04).unwrap() - 0.04 / 2.0_f64.sqrt()).abs() < 1e-16);
        assert!(sortino(&returns, 4.0, 0.04).unwrap().abs() < 1e-15);
    }

    #[test]
    fn without_losses_the_ratio_is_unknown_and_the_volatility_zero() {
        assert_eq!(sortino(&[0.01, 0.02], 252.0, 0.0), Err(Unknown::NoLosses));
        assert_eq!(downside_volatility(&[0.01, 0.02], 252.0, 0.0), Ok(0.0));
    }
}

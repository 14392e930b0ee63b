//! Omega ratio: Ω(τ) = Σ max(rᵢ − τ, 0)/Σ max(τ − rᵢ, 0), gains over the target per unit of shortfall below it.
//!
//! No unit. Source: Keating and Shadwick (2002), "A Universal Performance Measure", in its sum form.
//!
//! **Conventions.** τ is the minimum acceptable return per period; at τ = 0 Omega is the profit factor. Unknown without shortfall.

use super::figure::{Figure, Unknown, ratio};
use crate::math;

/// Omega ratio of simple returns; `target` is the minimum acceptable return a year.
///
/// # Errors
/// No returns, or none below the target.
pub fn omega(returns: &[f64], periods_per_year: f64, target: f64) -> Figure {
    if returns.is_empty() {
        return Err(Unknown::InsufficientHistory);
    }
    let target = target / periods_per_year;
    let above = math::sum(returns.iter().map(|r| (r - target).max(0.0)));
    let below = math::sum(returns.iter().map(|r| (target - r).max(0.0)));
    ratio(above, below, Unknown::NoLosses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 3 %, -1 %, 1 % against zero: 4/1. Against 1 % per period: 2/2.
        assert!((omega(&[0.03, -0.01, 0.01], 4.0, 0.0).unwrap() - 4.0).abs() < 1e-14);
        assert!((omega(&[0.03, -0.01, 0.01], 4.0, 0.04).unwrap() - 1.0).abs() < 1e-14);
    }

    #[test]
    fn nothing_below_the_target() {
        assert_eq!(omega(&[0.03, 0.0], 252.0, 0.0), Err(Unknown::NoLosses));
    }
}

//! Semi-covariance: Sᵢⱼ = Σₜ min(xᵢₜ − τ, 0)·min(xⱼₜ − τ, 0)/T. Unit: return² per period.
//!
//! Only common shortfalls below the target τ (a return per period) count. Source: Estrada (2008), "Mean-semivariance optimization: a
//! heuristic approach", Journal of Applied Finance 18, equation 8.
//!
//! **Conventions.** Divisor T: all dates, not the losing ones. A strategy that never fell short has variance zero, and an
//! allocator must not take it for riskless. The matrix is positive semi-definite by construction.

use super::{Covariance, finite, observations, sample};
use crate::stats::Unknown;

/// The semi-covariance.
///
/// # Errors
/// Fewer than two observations.
pub fn covariance(columns: &[Vec<f64>], target: f64) -> Result<Covariance, Unknown> {
    let count = observations(columns);
    if count < 2 {
        return Err(Unknown::InsufficientHistory);
    }
    let short: Vec<Vec<f64>> = columns.iter().map(|column| column.iter().map(|x| (x - target).min(0.0)).collect()).collect();
    Ok(Covariance::plain(finite(sample::products(&short, 1.0 / count as f64))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Shortfalls -2, 0 and -1, 0 (per cent): variances 4/2, 1/2, common 2/2.
        let matrix = covariance(&[vec![-0.02, 0.05], vec![-0.01, 0.02]], 0.0).unwrap().matrix;
        for (got, wanted) in matrix.as_slice().iter().zip([2e-4, 1e-4, 1e-4, 0.5e-4]) {
            assert!((got - wanted).abs() < 1e-18);
        }
    }
}

//! Oracle approximating shrinkage: Σ̂ = ρ(tr S/N)·I + (1 − ρ)S.
//!
//! ρ = min(1, (ā + μ²)/((T + 1)(ā − μ²/N))) with ā the mean of S's squared elements and μ = tr S/N. Unit: return² per period.
//! Source: Chen, Wiesel, Eldar and Hero (2010), "Shrinkage algorithms for MMSE covariance estimation", equation 23, in the form of
//! scikit-learn, which keeps the terms of order 1/N that the paper drops.
//!
//! **Conventions.** S with divisor T (ddof 0). Made for normal returns: with fat tails it shrinks less than it should, and
//! Ledoit-Wolf is the safer one.

use super::sample::{deviations, products};
use super::{Covariance, finite, observations};
use crate::linalg::Symmetric;
use crate::math;
use crate::stats::Unknown;

/// The shrunk covariance.
///
/// # Errors
/// Fewer than two observations.
pub fn covariance(columns: &[Vec<f64>]) -> Result<Covariance, Unknown> {
    let (count, order) = (observations(columns) as f64, columns.len() as f64);
    let sample = finite(products(&deviations(columns)?, 1.0 / count))?;
    let spread = math::dot(sample.as_slice(), sample.as_slice()) / (order * order);
    let average = sample.trace() / order;
    let below = (count + 1.0) * (spread - average * average / order);
    let shrinkage = if below <= 0.0 { 1.0 } else { ((spread + average * average) / below).min(1.0) };
    let target = Symmetric::diagonal_of(&vec![average; columns.len()]);
    Ok(Covariance { matrix: finite(sample.combined(1.0 - shrinkage, &target, shrinkage))?, shrinkage: Some(shrinkage) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // S = diag(1, 3)·1e-4 of T = 4: ā = (1 + 9)/4 = 2.5, μ = 2; ρ = (2.5 + 4)/(5·(2.5 − 2)) = 2.6, so 1: all is the target.
        let columns = [vec![0.01, -0.01, 0.01, -0.01], [0.01, 0.01, -0.01, -0.01].iter().map(|x| x * 3.0_f64.sqrt()).collect()];
        let estimate = covariance(&columns).unwrap();
        assert_eq!(estimate.shrinkage, Some(1.0));
        assert!((estimate.matrix.get(0, 0) - 2e-4).abs() < 1e-18 && estimate.matrix.get(0, 1) == 0.0);
    }
}

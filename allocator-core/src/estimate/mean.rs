//! Expected returns: the sample mean and two ways to distrust it.
//!
//! - **James-Stein**: μ̂ᵢ = (1 − α)x̄ᵢ + α·x̿ with x̿ the mean of the means and α = (N·λ̄ − 2λ₁)/(T·Σ(x̄ᵢ − x̿)²), clamped to [0, 1], where λ̄ and
//!   λ₁ are the average and the largest eigenvalue of the covariance. Source: James and Stein (1961), in the form of Meucci (2005),
//!   "Risk and Asset Allocation", equation 4.138.
//! - **Shrink to zero**: μ̂ = (1 − α)x̄ with α given.
//!
//! **Conventions.** Per period. A mean has the error σ/√T: two years of a strategy with volatility 15 % know its yearly mean to ± 10 %,
//! which is why means deserve less trust than covariances.

use crate::linalg::{Eigen, Symmetric};
use crate::math;
use crate::stats::{Unknown, mean};

/// Arithmetic means.
///
/// # Errors
/// No observations.
pub fn sample(columns: &[Vec<f64>]) -> Result<Vec<f64>, Unknown> {
    columns.iter().map(|column| mean(column)).collect()
}

/// Means shrunk toward their common mean; `covariance` is per period, of the same columns. Answers α too.
///
/// # Errors
/// A covariance that is not finite.
pub fn james_stein(means: &[f64], covariance: &Symmetric, observations: usize) -> Result<(Vec<f64>, f64), Unknown> {
    let n = means.len() as f64;
    let centre = math::sum(means.iter().copied()) / n;
    let apart = math::sum(means.iter().map(|m| (m - centre) * (m - centre)));
    let values = Eigen::new(covariance).map_err(|_| Unknown::NotRepresentable)?.values;
    let largest = values.last().copied().unwrap_or_default();
    let share = (covariance.trace() - 2.0 * largest) / (observations as f64 * apart);
    // One mean, or equal ones, have nothing to be shrunk.
    let share = if apart > 0.0 && share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    Ok((means.iter().map(|m| (1.0 - share) * m + share * centre).collect(), share))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn james_stein_by_hand() {
        // Means 1, 2, 3, 4; Σ = I: N·λ̄ − 2λ₁ = 4 − 2 = 2; Σ(x̄ − 2.5)² = 5; T = 4: α = 2/20 = 0.1; 1 becomes 0.9 + 0.25.
        let (shrunk, share) = james_stein(&[1.0, 2.0, 3.0, 4.0], &Symmetric::identity(4), 4).unwrap();
        assert!((share - 0.1).abs() < 1e-15 && (shrunk[0] - 1.15).abs() < 1e-15);
        // Two strategies leave nothing to gain.
        assert_eq!(james_stein(&[1.0, 3.0], &Symmetric::identity(2), 4).unwrap().1, 0.0);
    }
}

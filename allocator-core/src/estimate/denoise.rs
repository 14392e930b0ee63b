//! Denoised covariance: eigenvalues of the correlation matrix that pure noise would give are replaced by their average.
//!
//! Of T observations of N unrelated series the eigenvalues of the sample correlation lie below λ₊ = σ²(1 + √(N/T))². Those of ours
//! below it are noise; each becomes their mean, the vectors stay, the diagonal is brought back to one, and the volatilities are those of
//! the sample. Sources: Marchenko and Pastur (1967); Laloux, Cizeau, Bouchaud and Potters (1999); López de Prado (2020), "Machine
//! Learning for Asset Managers", section 2.5.1 (constant residual eigenvalue).
//!
//! **Conventions.** σ² is the mean of the eigenvalues counted as noise, found by counting until the set stands still: it starts with all
//! (σ² = 1), only shrinks, and so ends after at most N rounds. ddof as given. A flat strategy has no correlation: its row stays zero.

use super::{Covariance, finite, observations, sample};
use crate::linalg::{Eigen, Symmetric};
use crate::math;
use crate::stats::Unknown;

/// The denoised covariance.
///
/// # Errors
/// Fewer than two observations.
pub fn covariance(columns: &[Vec<f64>], ddof: u32) -> Result<Covariance, Unknown> {
    let matrix = sample::covariance(columns, ddof)?.matrix;
    let deviation: Vec<f64> = matrix.diagonal().iter().map(|variance| variance.sqrt()).collect();
    let moving: Vec<usize> = (0..columns.len()).filter(|&i| deviation[i] > 0.0).collect();
    let correlation = Symmetric::from_lower(moving.len(), |i, j| {
        let (a, b) = (moving[i], moving[j]);
        if i == j { 1.0 } else { matrix.get(a, b) / (deviation[a] * deviation[b]) }
    });
    let clean = correlation_without_noise(&correlation, observations(columns))?;
    let mut made = Symmetric::zeros(columns.len());
    for (i, &a) in moving.iter().enumerate() {
        for (j, &b) in moving.iter().enumerate().take(i + 1) {
            made.set(a, b, if i == j { matrix.get(a, a) } else { clean.get(i, j) * (deviation[a] * deviation[b]) });
        }
    }
    Ok(Covariance::plain(finite(made)?))
}

/// A correlation matrix without its noise.
///
/// # Errors
/// Elements that are not finite.
pub fn correlation_without_noise(correlation: &Symmetric, observations: usize) -> Result<Symmetric, Unknown> {
    let n = correlation.order();
    let eigen = Eigen::new(correlation).map_err(|_| Unknown::NotRepresentable)?;
    let edge = 1.0 + (n as f64 / observations as f64).sqrt();
    let mut noisy = n;
    for _ in 0..n {
        let variance = math::sum(eigen.values[..noisy].iter().copied()) / noisy as f64;
        let below = eigen.values.partition_point(|value| *value <= variance * edge * edge);
        if below >= noisy || below == 0 {
            break;
        }
        noisy = below;
    }
    let level = math::sum(eigen.values[..noisy].iter().copied()) / noisy.max(1) as f64;
    let clean = eigen.rebuilt(|k, value| if k < noisy { level } else { value });
    let root: Vec<f64> = clean.diagonal().iter().map(|value| value.sqrt()).collect();
    Ok(Symmetric::from_lower(n, |i, j| if i == j { 1.0 } else { clean.get(i, j) / (root[i] * root[j]) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Three strategies, ρ = 0.8 between the first two: eigenvalues 0.2, 1, 1.8. T = 300: the edge is σ²·1.1² = 1.21σ².
        // Round one, σ² = 1: 0.2 and 1 are below. Round two, σ² = 0.6: 0.726, so 0.2 alone; it stays 0.2 and nothing changes.
        let mut correlation = Symmetric::identity(3);
        correlation.set(0, 1, 0.8);
        let clean = correlation_without_noise(&correlation, 300).unwrap();
        assert!((clean.get(0, 1) - 0.8).abs() < 1e-14 && clean.get(0, 2).abs() < 1e-14);
        // With T = 3 everything up to 4σ² is noise, and all that is left is no correlation.
        assert!(correlation_without_noise(&correlation, 3).unwrap().get(0, 1).abs() < 1e-15);
    }
}

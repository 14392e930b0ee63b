//! Ledoit-Wolf shrinkage: Σ̂ = δF + (1 − δ)S, the sample pulled toward a target F by as much as its own noise warrants.
//!
//! S is the covariance of the sample. δ minimises the expected squared Frobenius distance to the truth; it is estimated from
//! the data, in [0, 1]. Three targets:
//! - **constant variance**: F = (tr S/N)·I. Ledoit and Wolf (2004), "A well-conditioned estimator for large-dimensional covariance
//!   matrices", Journal of Multivariate Analysis 88, lemma 3.2 and section 3.2;
//! - **single factor**: F = ββᵀs²ₘ off the diagonal, S on it, the market being the mean of all strategies. Ledoit and Wolf (2003),
//!   "Improved estimation of the covariance matrix of stock returns", Journal of Empirical Finance 10, section 3;
//! - **constant correlation**: Fᵢⱼ = r̄·√(SᵢᵢSⱼⱼ). Ledoit and Wolf (2004), "Honey, I shrunk the sample covariance matrix", appendix B.
//!
//! **Conventions.** S has the divisor T (ddof 0) for the first two targets and T − 1 for constant correlation, whose moments keep the
//! divisor T: that is what the widespread implementations do, and their figures are reproduced to the last digits. One strategy alone is not shrunk (δ = 0). A flat strategy has no correlation, and constant correlation is unknown with one.

use super::sample::{deviations, products};
use super::{Covariance, finite, observations};
use crate::linalg::Symmetric;
use crate::math;
use crate::stats::Unknown;

/// Toward equal variances.
///
/// # Errors
/// Fewer than two observations.
pub fn constant_variance(columns: &[Vec<f64>]) -> Result<Covariance, Unknown> {
    let Parts { count, order, centred, sample } = parts(columns)?;
    let average = sample.trace() / order;
    // Σₜ‖xₜ‖⁴/T² is what the elements of S vary by; ‖S‖² is taken off.
    let squares = row_squares(&centred);
    let norm = math::dot(sample.as_slice(), sample.as_slice());
    let noise = (math::dot(&squares, &squares) / count - norm) / (order * count);
    let distance = (norm - order * average * average) / order;
    let noise = noise.min(distance);
    let shrinkage = if noise <= 0.0 || distance <= 0.0 { 0.0 } else { noise / distance };
    let target = Symmetric::diagonal_of(&vec![average; columns.len()]);
    shrunk(&sample, &target, shrinkage)
}

/// Toward one common factor, the mean of all strategies.
///
/// # Errors
/// Fewer than two observations.
pub fn single_factor(columns: &[Vec<f64>]) -> Result<Covariance, Unknown> {
    let Parts { count, order, centred, sample } = parts(columns)?;
    let n = columns.len();
    let dates = observations(columns);
    let market: Vec<f64> = (0..dates).map(|t| math::sum(centred.iter().map(|column| column[t])) / order).collect();
    let variance = math::dot(&market, &market) / count;
    if variance <= 0.0 {
        return shrunk(&sample, &sample, 0.0);
    }
    let beta: Vec<f64> = centred.iter().map(|column| math::dot(column, &market) / count).collect();
    let target = Symmetric::from_lower(n, |i, j| if i == j { sample.get(i, i) } else { beta[i] * beta[j] / variance });
    let squared: Vec<Vec<f64>> = centred.iter().map(|column| column.iter().map(|x| x * x).collect()).collect();
    let by_market: Vec<Vec<f64>> =
        centred.iter().map(|column| column.iter().zip(&market).map(|(x, m)| x * m).collect()).collect();
    let (mut sampling, mut common) = (Vec::with_capacity(n * n), Vec::with_capacity(n * n));
    for i in 0..n {
        for j in 0..n {
            let s = sample.get(i, j);
            sampling.push(math::dot(&squared[i], &squared[j]) / count - s * s);
            if i == j {
                common.push(math::dot(&squared[i], &squared[i]) / count - s * s);
                continue;
            }
            // Asymptotic covariances of S with the target's β and market variance.
            let with_beta = (math::dot(&squared[i], &by_market[j]) / count - beta[i] * s) * beta[j] / variance;
            let with_beta_too = (math::dot(&squared[j], &by_market[i]) / count - beta[j] * s) * beta[i] / variance;
            let with_market =
                (math::dot(&by_market[i], &by_market[j]) / count - variance * s) * beta[i] * beta[j] / (variance * variance);
            common.push(with_beta + with_beta_too - with_market);
        }
    }
    let noise = math::sum(sampling) - math::sum(common);
    shrunk(&sample, &target, intensity(noise, &sample, &target, count))
}

/// Toward one correlation for all pairs.
///
/// # Errors
/// Fewer than two observations, or a strategy that is flat.
pub fn constant_correlation(columns: &[Vec<f64>]) -> Result<Covariance, Unknown> {
    let Parts { count, order, centred, sample: population } = parts(columns)?;
    let n = columns.len();
    let sample = population.scaled(count / (count - 1.0));
    let deviation: Vec<f64> = sample.diagonal().iter().map(|variance| variance.sqrt()).collect();
    if deviation.contains(&0.0) {
        return Err(Unknown::FlatSeries);
    }
    if n < 2 {
        return shrunk(&sample, &sample, 0.0);
    }
    let pairs = (0..n).flat_map(|i| (0..i).map(move |j| (i, j)));
    let correlation =
        math::sum(pairs.map(|(i, j)| sample.get(i, j) / (deviation[i] * deviation[j]))) / (order * (order - 1.0) / 2.0);
    let target =
        Symmetric::from_lower(n, |i, j| if i == j { sample.get(i, i) } else { correlation * deviation[i] * deviation[j] });
    let squared: Vec<Vec<f64>> = centred.iter().map(|column| column.iter().map(|x| x * x).collect()).collect();
    let cubed: Vec<Vec<f64>> = centred.iter().map(|column| column.iter().map(|x| x * x * x).collect()).collect();
    let (mut sampling, mut common) = (Vec::with_capacity(n * n), Vec::with_capacity(n * n));
    for i in 0..n {
        for j in 0..n {
            let (s, p) = (sample.get(i, j), population.get(i, j));
            let own = math::dot(&squared[i], &squared[j]) / count - 2.0 * p * s + s * s;
            sampling.push(own);
            if i == j {
                common.push(own);
                continue;
            }
            // Asymptotic covariance of the variance of i with the covariance of i and j.
            let theta = math::dot(&cubed[i], &centred[j]) / count - population.get(i, i) * s + sample.get(i, i) * (s - p);
            common.push(correlation * theta * deviation[j] / deviation[i]);
        }
    }
    let noise = math::sum(sampling) - math::sum(common);
    shrunk(&sample, &target, intensity(noise, &sample, &target, count))
}

/// δ = max(0, min(1, noise/(T·‖S − F‖²))).
fn intensity(noise: f64, sample: &Symmetric, target: &Symmetric, count: f64) -> f64 {
    let apart = sample.combined(1.0, target, -1.0);
    let distance = math::dot(apart.as_slice(), apart.as_slice());
    if distance <= 0.0 { 0.0 } else { (noise / distance / count).clamp(0.0, 1.0) }
}

fn shrunk(sample: &Symmetric, target: &Symmetric, shrinkage: f64) -> Result<Covariance, Unknown> {
    let matrix = finite(sample.combined(1.0 - shrinkage, target, shrinkage))?;
    Ok(Covariance { matrix, shrinkage: Some(shrinkage) })
}

struct Parts {
    count: f64,
    order: f64,
    centred: Vec<Vec<f64>>,
    sample: Symmetric,
}

fn parts(columns: &[Vec<f64>]) -> Result<Parts, Unknown> {
    let count = observations(columns) as f64;
    let centred = deviations(columns)?;
    let sample = products(&centred, 1.0 / count);
    Ok(Parts { count, order: columns.len() as f64, centred, sample: finite(sample)? })
}

/// ‖xₜ‖² of every date.
fn row_squares(centred: &[Vec<f64>]) -> Vec<f64> {
    (0..observations(centred)).map(|t| math::sum(centred.iter().map(|column| column[t] * column[t]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_noise_to_tell_apart_all_is_target() {
        // Two strategies that are mirror images with equal variance and no common movement are already the target: nothing to do.
        let columns = [vec![0.01, -0.01, 0.01, -0.01], vec![0.01, 0.01, -0.01, -0.01]];
        let estimate = constant_variance(&columns).unwrap();
        assert!((estimate.matrix.get(0, 0) - 1e-4).abs() < 1e-18 && estimate.matrix.get(0, 1).abs() < 1e-18);
    }

    #[test]
    fn twins_become_invertible() {
        // Two identical strategies: the sample is singular, and shrinkage of any amount makes it positive definite.
        let column = vec![0.01, -0.02, 0.015, 0.001, -0.007];
        let estimate = constant_variance(&[column.clone(), column]).unwrap();
        assert!(estimate.shrinkage.unwrap() > 0.0);
        assert!(crate::linalg::Cholesky::new(&estimate.matrix, 1e-13).is_ok());
    }

    #[test]
    fn flat_and_short_are_unknown() {
        assert_eq!(constant_correlation(&[vec![0.0; 9], vec![0.1; 9]]), Err(Unknown::FlatSeries));
        assert_eq!(constant_variance(&[vec![0.1]]), Err(Unknown::InsufficientHistory));
        assert_eq!(single_factor(&[vec![0.0; 3]]).unwrap().matrix.get(0, 0), 0.0);
        assert_eq!(constant_correlation(&[vec![0.1, 0.2]]).unwrap().shrinkage, Some(0.0));
    }
}

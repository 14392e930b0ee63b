//! Covariance of histories with gaps: each pair over the dates both have, then the nearest matrix that is a covariance.
//!
//! Correlations come pair by pair ([`crate::stats::pearson`] on common dates), volatilities from each whole history, and
//! [`super::nearest_psd`] mends what the pairs contradict each other in. Unit: return² per period.
//!
//! **Conventions.** ddof for the volatilities; correlations have none. A pair with fewer common dates than the minimum is unknown, and so
//! is the matrix: a correlation of zero would be an invention. A flat history has row zero.

use super::nearest_psd::nearest_correlation;
use super::{Covariance, finite};
use crate::frame::Series;
use crate::linalg::Symmetric;
use crate::stats::{Centred, Joined, Unknown, pearson};

/// The covariance, and whether pairs had to give way to each other.
///
/// # Errors
/// A history of fewer than two values, a pair with fewer than `min_common` dates in common.
pub fn covariance(series: &[&Series], ddof: u32, min_common: usize) -> Result<(Covariance, bool), Unknown> {
    let mut deviation = Vec::with_capacity(series.len());
    for one in series {
        deviation.push(match Centred::new(&one.values)?.standard_deviation(ddof) {
            Err(Unknown::FlatSeries) => 0.0,
            other => other?,
        });
    }
    let moving: Vec<usize> = (0..series.len()).filter(|&i| deviation[i] > 0.0).collect();
    let mut correlation = Symmetric::identity(moving.len());
    let mut joined = Joined::default();
    for (i, &a) in moving.iter().enumerate() {
        for (j, &b) in moving.iter().enumerate().take(i) {
            joined.refill(series[a], series[b]);
            if joined.times.len() < min_common.max(2) {
                return Err(Unknown::InsufficientHistory);
            }
            correlation.set(i, j, pearson(&joined.x, &joined.y)?);
        }
    }
    let (near, changed) = nearest_correlation(&correlation)?;
    let mut matrix = Symmetric::zeros(series.len());
    for (i, &a) in moving.iter().enumerate() {
        for (j, &b) in moving.iter().enumerate().take(i + 1) {
            matrix.set(a, b, near.get(i, j) * (deviation[a] * deviation[b]));
        }
    }
    Ok((Covariance::plain(finite(matrix)?), changed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::UnixNanos;

    fn series(name: &str, points: &[(i64, f64)]) -> Series {
        Series {
            name: name.to_owned(),
            times: points.iter().map(|(day, _)| UnixNanos::from_days(*day).unwrap()).collect(),
            values: points.iter().map(|(_, value)| *value).collect(),
        }
    }

    #[test]
    fn gaps_cost_only_their_pairs() {
        // On days 2, 3, 4 both have values, 1 2 3 and 2 4 6: ρ = 1. Volatilities are those of each whole history.
        let a = series("a", &[(1, 9.0), (2, 1.0), (3, 2.0), (4, 3.0)]);
        let b = series("b", &[(2, 2.0), (3, 4.0), (4, 6.0), (9, 0.0)]);
        let (estimate, changed) = covariance(&[&a, &b], 1, 3).unwrap();
        assert!(!changed);
        let matrix = estimate.matrix;
        let bound = (matrix.get(0, 0) * matrix.get(1, 1)).sqrt();
        assert!((matrix.get(0, 1) - bound).abs() < 1e-12);
        assert_eq!(covariance(&[&a, &b], 1, 4), Err(Unknown::InsufficientHistory));
    }
}

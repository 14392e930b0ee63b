//! The nearest correlation matrix: what a matrix of pairwise correlations must give way to be possible.
//!
//! X = argmin ‖A − X‖ (Frobenius) over positive semi-definite X with unit diagonal, by alternating projections with Dykstra's correction.
//! Source: Higham (2002), "Computing the nearest correlation matrix: a problem from finance", IMA Journal of Numerical Analysis 22,
//! algorithm 3.3.
//!
//! **Conventions.** Stops when a round changes less than 1e-10 of the norm, or after [`ROUNDS_MAX`] rounds; the last step is a projection
//! onto the positive semi-definite matrices and a scaling to unit diagonal, so that the answer is a correlation matrix whatever the
//! number of rounds. A matrix that is one already comes back as it is, to the last bit.

use crate::linalg::{Eigen, Symmetric};
use crate::stats::Unknown;

/// Most rounds of projection.
pub const ROUNDS_MAX: usize = 200;

/// The nearest correlation matrix, and whether anything had to be changed.
///
/// # Errors
/// Elements that are not finite.
pub fn nearest_correlation(a: &Symmetric) -> Result<(Symmetric, bool), Unknown> {
    let n = a.order();
    let eigen = decomposed(a)?;
    // Rounding of the decomposition is not a negative eigenvalue.
    let noise = f64::EPSILON * n as f64 * eigen.values.last().copied().unwrap_or_default().abs();
    if eigen.values.first().is_none_or(|least| *least >= -noise) && a.diagonal().iter().all(|value| *value == 1.0) {
        return Ok((a.clone(), false));
    }
    let mut current = a.clone();
    let mut correction = Symmetric::zeros(n);
    for _ in 0..ROUNDS_MAX {
        let shifted = current.combined(1.0, &correction, -1.0);
        let projected = decomposed(&shifted)?.rebuilt(|_, value| value.max(0.0));
        correction = projected.combined(1.0, &shifted, -1.0);
        let next = Symmetric::from_lower(n, |i, j| if i == j { 1.0 } else { projected.get(i, j) });
        let moved = next.combined(1.0, &current, -1.0).norm();
        current = next;
        if moved <= 1e-10 * current.norm() {
            break;
        }
    }
    let last = decomposed(&current)?.rebuilt(|_, value| value.max(0.0));
    let root: Vec<f64> = last.diagonal().iter().map(|value| value.sqrt()).collect();
    if root.iter().any(|value| *value <= 0.0) {
        return Err(Unknown::NotRepresentable);
    }
    let scaled = Symmetric::from_lower(n, |i, j| if i == j { 1.0 } else { last.get(i, j) / (root[i] * root[j]) });
    Ok((scaled, true))
}

fn decomposed(a: &Symmetric) -> Result<Eigen, Unknown> {
    Eigen::new(a).map_err(|_| Unknown::NotRepresentable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_paper() {
        // Higham (2002), section 4: 1 1 0 / 1 1 1 / 0 1 1 goes to 0.7607 beside the diagonal and 0.1573 in the corner.
        let a = Symmetric::from_rows(&[vec![1.0, 1.0, 0.0], vec![1.0, 1.0, 1.0], vec![0.0, 1.0, 1.0]]).unwrap();
        let (near, changed) = nearest_correlation(&a).unwrap();
        assert!(changed);
        assert!((near.get(0, 1) - 0.7607).abs() < 5e-5 && (near.get(0, 2) - 0.1573).abs() < 5e-5, "{near:?}");
        assert!(Eigen::new(&near).unwrap().values[0] > -1e-12);
    }

    #[test]
    fn what_is_possible_stays() {
        let a = Symmetric::from_rows(&[vec![1.0, -0.3], vec![-0.3, 1.0]]).unwrap();
        assert_eq!(nearest_correlation(&a).unwrap(), (a, false));
    }
}

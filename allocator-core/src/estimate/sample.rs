//! Sample covariance: Sᵢⱼ = Σₜ (xᵢₜ − x̄ᵢ)(xⱼₜ − x̄ⱼ)/(T − ddof). Unit: return² per period.
//!
//! **Conventions.** Two passes: compensated means first, then products of deviations. `ddof` 1 is the sample covariance (numpy `cov`,
//! pandas), 0 that of the population (the base of most shrinkage). T ≤ ddof or T < 2 is unknown. A flat series has row and column zero
//! to the last bit, where naive code leaves 1e-35.
//!
//! **Fails** where there are fewer dates than strategies (singular: some portfolio looks free of risk), and where a few extreme days
//! decide every element. Shrinkage is the remedy for the first.

use super::{Covariance, finite, observations};
use crate::linalg::Symmetric;
use crate::stats::{Centred, Unknown};

/// Deviations of every column from its mean; a flat column's are exactly zero.
///
/// # Errors
/// Fewer than two observations, or values too large to square.
pub(super) fn deviations(columns: &[Vec<f64>]) -> Result<Vec<Vec<f64>>, Unknown> {
    let mut centred = Vec::with_capacity(columns.len());
    for column in columns {
        let mut one = Centred::new(column)?;
        if one.flat {
            one.deviations.fill(0.0);
        }
        centred.push(one.deviations);
    }
    Ok(centred)
}

/// Σₜ xᵢₜ·xⱼₜ × `factor` for all pairs of columns.
pub(super) fn products(columns: &[Vec<f64>], factor: f64) -> Symmetric {
    Symmetric::of_products(columns, |product| product * factor)
}

/// The covariance of the sample.
///
/// # Errors
/// Fewer than two observations, no more than `ddof`, or values too large to square.
pub fn covariance(columns: &[Vec<f64>], ddof: u32) -> Result<Covariance, Unknown> {
    let count = observations(columns) as f64 - f64::from(ddof);
    if count <= 0.0 {
        return Err(Unknown::InsufficientHistory);
    }
    let centred = deviations(columns)?;
    Ok(Covariance::plain(finite(Symmetric::of_products(&centred, |product| product / count))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 1, 2, 3 and 2, 4, 9: deviations -1 0 1 and -3 -1 4; products 2, 7, 26 over 2 or over 3.
        let columns = [vec![1.0, 2.0, 3.0], vec![2.0, 4.0, 9.0]];
        assert_eq!(covariance(&columns, 1).unwrap().matrix.as_slice(), [1.0, 3.5, 3.5, 13.0]);
        assert_eq!(covariance(&columns, 0).unwrap().matrix.get(0, 1), 7.0 / 3.0);
        assert_eq!(covariance(&[vec![1.0]], 0), Err(Unknown::InsufficientHistory));
    }

    #[test]
    fn a_flat_series_has_no_variance_at_all() {
        let wave: Vec<f64> = (0..60).map(|t| if t % 2 == 0 { 0.01 } else { -0.01 }).collect();
        let matrix = covariance(&[vec![0.007; 60], wave], 1).unwrap().matrix;
        assert_eq!((matrix.get(0, 0), matrix.get(0, 1)), (0.0, 0.0));
        assert!(matrix.get(1, 1) > 0.0);
    }
}

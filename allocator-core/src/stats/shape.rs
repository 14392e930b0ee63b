//! Skewness and kurtosis: how lopsided and how fat-tailed returns are.
//!
//! S = m₃/m₂^(3/2), K = m₄/m₂² − 3 with mₖ = Σ(xᵢ − x̄)ᵏ/n. No unit; both are zero for a normal distribution.
//!
//! **Conventions.** Moments of the population (divisor n, no correction for bias), excess kurtosis. Unknown for a flat series.

use super::figure::{Figure, Unknown, finite};
use super::moments::Centred;
use crate::math;

fn standardised(returns: &[f64]) -> Result<(Centred, f64), Unknown> {
    let centred = Centred::new(returns)?;
    let deviation = centred.standard_deviation(0)?;
    Ok((centred, deviation))
}

/// Skewness S.
///
/// # Errors
/// Fewer than two values, or values that do not vary.
pub fn skewness(returns: &[f64]) -> Figure {
    let (centred, deviation) = standardised(returns)?;
    let cubes = centred.deviations.iter().map(|d| {
        let z = d / deviation;
        z * z * z
    });
    finite(math::sum(cubes) / returns.len() as f64)
}

/// Excess kurtosis K.
///
/// # Errors
/// Fewer than two values, or values that do not vary.
pub fn excess_kurtosis(returns: &[f64]) -> Figure {
    let (centred, deviation) = standardised(returns)?;
    let fourths = centred.deviations.iter().map(|d| {
        let square = (d / deviation) * (d / deviation);
        square * square
    });
    finite(math::sum(fourths) / returns.len() as f64 - 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // −1, 0, 0, 1 is symmetric: S = 0. m₂ = 0.5, m₄ = 0.5: K = 0.5/0.25 − 3 = −1.
        assert_eq!(skewness(&[-1.0, 0.0, 0.0, 1.0]), Ok(0.0));
        assert!((excess_kurtosis(&[-1.0, 0.0, 0.0, 1.0]).unwrap() + 1.0).abs() < 1e-14);
        // 0, 0, 0, 4: mean 1; m₂ = (3 + 9)/4 = 3, m₃ = (−3 + 27)/4 = 6: S = 6/3^1.5 = 2/√3.
        assert!((skewness(&[0.0, 0.0, 0.0, 4.0]).unwrap() - 2.0 / 3.0_f64.sqrt()).abs() < 1e-14);
    }

    #[test]
    fn flat_is_unknown() {
        assert_eq!(skewness(&[0.007; 60]), Err(Unknown::FlatSeries));
        assert_eq!(excess_kurtosis(&[0.007]), Err(Unknown::InsufficientHistory));
    }
}

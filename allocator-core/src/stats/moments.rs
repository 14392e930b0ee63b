//! Mean, variance and the centred series that other statistics share.
//!
//! Two passes: mean x̄ = Σxᵢ/n first, then Σ(xᵢ − x̄)². A running (Welford) update loses digits that the second pass keeps.
//!
//! **Conventions.** Sums are compensated (Neumaier) from the oldest value to the newest, or four fixed chains ([`crate::math::dot`])
//! over centred values, so that bits do not depend on the machine. `ddof` is what is taken from n in the divisor: 1 is the
//! sample variance, 0 that of the population. Fewer than two values have no spread. A series whose deviation is at most
//! 1e-12 of its largest magnitude is flat: its spread is rounding, not risk.

use super::figure::{Figure, Unknown, finite};
use crate::math;

/// x̄ = Σxᵢ/n.
///
/// # Errors
/// No values.
pub fn mean(values: &[f64]) -> Figure {
    if values.is_empty() {
        return Err(Unknown::InsufficientHistory);
    }
    finite(math::sum(values.iter().copied()) / values.len() as f64)
}

/// A series less its mean, with what is needed to judge and scale it.
#[derive(Clone, Debug)]
pub struct Centred {
    /// x̄.
    pub mean: f64,
    /// xᵢ − x̄.
    pub deviations: Vec<f64>,
    /// Σ(xᵢ − x̄)².
    pub sum_of_squares: f64,
    /// Whether the deviations are nothing but rounding.
    pub flat: bool,
}

impl Centred {
    /// Centres a series; unknown with fewer than two values.
    ///
    /// # Errors
    /// [`Unknown::InsufficientHistory`], or values too large to square.
    pub fn new(values: &[f64]) -> Result<Self, Unknown> {
        let mut centred = Centred { mean: 0.0, deviations: Vec::new(), sum_of_squares: 0.0, flat: true };
        centred.refill(values)?;
        Ok(centred)
    }

    /// Centres another series in the memory of this one.
    ///
    /// # Errors
    /// As [`Centred::new`].
    pub fn refill(&mut self, values: &[f64]) -> Result<(), Unknown> {
        if values.len() < 2 {
            return Err(Unknown::InsufficientHistory);
        }
        let mean = mean(values)?;
        self.mean = mean;
        self.deviations.clear();
        self.deviations.extend(values.iter().map(|x| x - mean));
        self.sum_of_squares = finite(math::dot(&self.deviations, &self.deviations))?;
        let largest = values.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        self.flat = math::negligible((self.sum_of_squares / values.len() as f64).sqrt(), largest);
        Ok(())
    }

    /// s = √(Σ(xᵢ − x̄)²/(n − ddof)).
    ///
    /// # Errors
    /// [`Unknown::FlatSeries`]; [`Unknown::InsufficientHistory`] with n ≤ ddof.
    pub fn standard_deviation(&self, ddof: u32) -> Figure {
        let degrees = self.deviations.len() as f64 - f64::from(ddof);
        if degrees <= 0.0 {
            return Err(Unknown::InsufficientHistory);
        }
        if self.flat {
            return Err(Unknown::FlatSeries);
        }
        finite((self.sum_of_squares / degrees).sqrt())
    }
}

/// Standard deviation s = √(Σ(xᵢ − x̄)²/(n − ddof)) of values in any unit.
///
/// # Errors
/// [`Unknown::InsufficientHistory`] with fewer than two values, [`Unknown::FlatSeries`] where they do not vary.
pub fn standard_deviation(values: &[f64], ddof: u32) -> Figure {
    Centred::new(values)?.standard_deviation(ddof)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 1, 2, 3, 4: mean 2.5; squares 2.25 + 0.25 + 0.25 + 2.25 = 5; 5/3 and 5/4.
        let values = [1.0, 2.0, 3.0, 4.0];
        assert_eq!(mean(&values), Ok(2.5));
        assert_eq!(standard_deviation(&values, 1), Ok((5.0_f64 / 3.0).sqrt()));
        assert_eq!(standard_deviation(&values, 0), Ok(1.25_f64.sqrt()));
    }

    #[test]
    fn too_short_and_flat_are_unknown() {
        assert_eq!(mean(&[]), Err(Unknown::InsufficientHistory));
        assert_eq!(standard_deviation(&[0.01], 0), Err(Unknown::InsufficientHistory));
        assert_eq!(standard_deviation(&[0.01, 0.02], 2), Err(Unknown::InsufficientHistory));
        // Sixty times 0.007: the sum is not 60 × 0.007 to the last bit, and naive code finds σ = 5e-18.
        assert_eq!(standard_deviation(&[0.007; 60], 1), Err(Unknown::FlatSeries));
        assert_eq!(standard_deviation(&[0.0; 5], 1), Err(Unknown::FlatSeries));
    }

    #[test]
    fn a_large_level_does_not_hide_a_small_spread() {
        // 1 + k·1e-6 for k = 1, 2, 3: σ = 1e-6, a millionth of the level and no rounding.
        let spread = standard_deviation(&[1.000001, 1.000002, 1.000003], 1).unwrap();
        assert!((spread - 1e-6).abs() < 1e-15);
    }

    #[test]
    fn values_too_large_to_square_are_unknown() {
        assert_eq!(standard_deviation(&[1e200, -1e200], 1), Err(Unknown::NotRepresentable));
    }
}

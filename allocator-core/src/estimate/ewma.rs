//! Exponentially weighted mean and covariance: recent observations count more, by a factor λ a period.
//!
//! With weights of age a = T − 1 − t: wₜ ∝ λᵃ. λ comes from a half-life h (λ = ½^(1/h)), a span s (λ = 1 − 2/(s + 1)), or directly.
//! Unit of the covariance: return² per period. Source: J.P. Morgan/Reuters (1996), "`RiskMetrics` Technical Document", section 5.2.
//!
//! **Conventions.** Libraries mean six different things by the name; each is here under a name of its own ([`EwmaConvention`]), because
//! their figures differ by up to a tenth for the same λ and data:
//!
//! | convention | weights | centred on |
//! |---|---|---|
//! | `uncentred` | (1 − λ)λᵃ/(1 − λᵀ) | zero |
//! | `previous_mean` | the same | the weighted mean up to the day before, itself not normalised and zero at the start |
//! | `riskmetrics` | (1 − λ)λᵃ, the oldest λᵀ⁻¹ | zero |
//! | `unbiased` | λᵃ/Σλᵃ | the weighted mean; × 1/(1 − Σw²) |
//! | `unbiased_recursive` | (1 − λ)λᵃ, the oldest λᵀ⁻¹ | the weighted mean; × 1/(1 − Σw²) |
//! | `sample_mean` | λᵃ/Σλᵃ | the plain mean of the sample |

use super::{Covariance, finite, observations, sample};
use crate::math;
use crate::stats::Unknown;
use crate::wire::choice;

choice! {
    /// What exactly the exponentially weighted covariance is.
    pub enum EwmaConvention {
        /// Weights sum to one, returns are not centred.
        Uncentred = "uncentred",
        /// Weights sum to one, each return is centred on the weighted mean of the days before it.
        PreviousMean = "previous_mean",
        /// The recursion Sₜ = λSₜ₋₁ + (1 − λ)rₜrₜᵀ from S₀ = r₀r₀ᵀ.
        RiskMetrics = "riskmetrics",
        /// Weights sum to one, returns are centred on their weighted mean, and the bias of that is taken out.
        Unbiased = "unbiased",
        /// The weights of the recursion, centred and without bias.
        UnbiasedRecursive = "unbiased_recursive",
        /// Weights sum to one, returns are centred on their plain mean.
        SampleMean = "sample_mean",
    }
}

/// Weights that sum to one, oldest first: λᵃ/Σλᵃ, or with `recursive` those of a recursion that starts from the oldest value.
pub fn weights(count: usize, lambda: f64, recursive: bool) -> Vec<f64> {
    let mut all = vec![0.0; count];
    let mut power = 1.0;
    for weight in all.iter_mut().rev() {
        *weight = power;
        power *= lambda;
    }
    if recursive {
        for weight in all.iter_mut().skip(1) {
            *weight *= 1.0 - lambda;
        }
    } else {
        let total = math::sum(all.iter().copied());
        for weight in &mut all {
            *weight /= total;
        }
    }
    all
}

/// The weighted mean Σ wₜxₜ with weights λᵃ/Σλᵃ.
///
/// # Errors
/// No observations.
pub fn mean(values: &[f64], lambda: f64) -> Result<f64, Unknown> {
    if values.is_empty() {
        return Err(Unknown::InsufficientHistory);
    }
    let weights = weights(values.len(), lambda, false);
    Ok(math::sum(values.iter().zip(&weights).map(|(x, w)| x * w)))
}

/// The covariance under a convention; `lambda` above 0 and below 1.
///
/// # Errors
/// Fewer than two observations, or values too large to square.
pub fn covariance(columns: &[Vec<f64>], lambda: f64, convention: EwmaConvention) -> Result<Covariance, Unknown> {
    let count = observations(columns);
    if count < 2 {
        return Err(Unknown::InsufficientHistory);
    }
    let recursive = matches!(convention, EwmaConvention::RiskMetrics | EwmaConvention::UnbiasedRecursive);
    let weights = weights(count, lambda, recursive);
    let unbiased = matches!(convention, EwmaConvention::Unbiased | EwmaConvention::UnbiasedRecursive);
    let centred: Vec<Vec<f64>> = match convention {
        EwmaConvention::Uncentred | EwmaConvention::RiskMetrics => columns.to_vec(),
        EwmaConvention::PreviousMean => columns.iter().map(|column| from_previous_mean(column, lambda)).collect(),
        EwmaConvention::SampleMean => sample::deviations(columns)?,
        EwmaConvention::Unbiased | EwmaConvention::UnbiasedRecursive => columns
            .iter()
            .map(|column| {
                let mean = math::sum(column.iter().zip(&weights).map(|(x, w)| x * w));
                column.iter().map(|x| x - mean).collect()
            })
            .collect(),
    };
    // The factor of Bessel's correction for weights: 1/(1 − Σw²), which is T/(T − 1) for equal ones.
    let factor = if unbiased { 1.0 / (1.0 - math::dot(&weights, &weights)) } else { 1.0 };
    // Deviations times the root of their weight, so that products are plain.
    let roots: Vec<f64> = weights.iter().map(|w| w.sqrt()).collect();
    let scaled: Vec<Vec<f64>> =
        centred.iter().map(|column| column.iter().zip(&roots).map(|(x, root)| x * root).collect()).collect();
    Ok(Covariance::plain(finite(sample::products(&scaled, factor))?))
}

/// Each value less the weighted mean of the values before it, mₜ = λmₜ₋₁ + (1 − λ)xₜ from m = 0.
fn from_previous_mean(column: &[f64], lambda: f64) -> Vec<f64> {
    let mut mean = 0.0;
    column
        .iter()
        .map(|x| {
            let deviation = x - mean;
            mean = lambda * mean + (1.0 - lambda) * x;
            deviation
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_by_hand() {
        // λ = ½, three values: 1/4, 1/2, 1 over 7/4; recursive: 1/4, 1/4, 1/2.
        assert_eq!(weights(3, 0.5, true), [0.25, 0.25, 0.5]);
        for (got, wanted) in weights(3, 0.5, false).iter().zip([1.0 / 7.0, 2.0 / 7.0, 4.0 / 7.0]) {
            assert!((got - wanted).abs() < 1e-16);
        }
        assert!((mean(&[7.0, 0.0, 0.0], 0.5).unwrap() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn conventions_by_hand() {
        // 2 then 4 with λ = ½: weights 1/3, 2/3 or ½, ½.
        let of = |convention| covariance(&[vec![2.0, 4.0]], 0.5, convention).unwrap().matrix.get(0, 0);
        let near = |got: f64, wanted: f64| assert!((got - wanted).abs() < 1e-14, "{got} {wanted}");
        // (4 + 2·16)/3.
        near(of(EwmaConvention::Uncentred), 12.0);
        // Deviations 2 − 0 and 4 − 1: (4 + 2·9)/3.
        near(of(EwmaConvention::PreviousMean), 22.0 / 3.0);
        // 4, then ½·4 + ½·16.
        near(of(EwmaConvention::RiskMetrics), 10.0);
        // Mean 10/3; (16/9 + 2·4/9)/3 = 8/9; × 1/(1 − 5/9) = 2.
        near(of(EwmaConvention::Unbiased), 2.0);
        // Mean 3; 1 × 1/(1 − ½) = 2.
        near(of(EwmaConvention::UnbiasedRecursive), 2.0);
        // Mean 3: 1.
        near(of(EwmaConvention::SampleMean), 1.0);
    }
}

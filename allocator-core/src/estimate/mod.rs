//! Means and covariances of return histories (K2), one estimator a file.
//!
//! Every estimator works on aligned columns: one history a strategy, all of the same dates, oldest first, finite. Results are per
//! period, never annualised. What cannot be estimated is [`Unknown`], not zero; a flat history has a variance of zero here, and it is
//! for the allocator to say that zero means unknown.

pub mod denoise;
pub mod ewma;
pub mod ledoit_wolf;
pub mod mean;
pub mod nearest_psd;
pub mod oas;
pub mod pairwise;
pub mod sample;
pub mod semi;

use crate::linalg::Symmetric;
use crate::stats::Unknown;
use crate::wire::choice;

choice! {
    /// How expected returns are estimated.
    pub enum MeanEstimator {
        /// The arithmetic mean.
        Sample = "sample",
        /// Exponentially weighted, newest first.
        Ewma = "ewma",
        /// Shrunk toward the mean of all strategies by as much as their noise warrants (James and Stein).
        JamesStein = "james_stein",
        /// Shrunk toward zero by a fixed share.
        ShrinkToZero = "shrink_to_zero",
    }
}

choice! {
    /// How the covariance is estimated.
    pub enum CovarianceEstimator {
        /// The sample covariance.
        Sample = "sample",
        /// Exponentially weighted; `ewma.convention` says which of six.
        Ewma = "ewma",
        /// Ledoit and Wolf (2004), toward equal variances and no correlation.
        LedoitWolf = "ledoit_wolf" | "ledoit_wolf_constant_variance",
        /// Ledoit and Wolf (2003), toward one common factor.
        LedoitWolfSingleFactor = "ledoit_wolf_single_factor",
        /// Ledoit and Wolf (2004), toward one correlation for all pairs.
        LedoitWolfConstantCorrelation = "ledoit_wolf_constant_correlation",
        /// Chen and others (2010), the oracle approximating shrinkage.
        Oas = "oas",
        /// Sample correlation without the eigenvalues that noise alone would give (Marchenko and Pastur).
        Denoised = "denoised",
        /// Of shortfalls below the target only (Estrada).
        Semi = "semi",
        /// Each pair over its own common dates, then the nearest matrix that is a covariance (Higham).
        Pairwise = "pairwise",
    }
}

/// A covariance with how far it was shrunk, where its estimator shrinks.
#[derive(Clone, Debug, PartialEq)]
pub struct Covariance {
    /// Per period.
    pub matrix: Symmetric,
    /// Share of the target in the estimate, 0 to 1; `None` where nothing is shrunk.
    pub shrinkage: Option<f64>,
}

impl Covariance {
    fn plain(matrix: Symmetric) -> Self {
        Covariance { matrix, shrinkage: None }
    }
}

/// Observations of aligned columns: the length of the first; 0 without columns.
fn observations(columns: &[Vec<f64>]) -> usize {
    columns.first().map_or(0, Vec::len)
}

/// The matrix, if every element is a number.
fn finite(matrix: Symmetric) -> Result<Symmetric, Unknown> {
    if matrix.is_finite() { Ok(matrix) } else { Err(Unknown::NotRepresentable) }
}

//! How means and covariances are estimated (K2).

use crate::config::blend::{Range, check_range};
use crate::error::{Code, Fault, Faults};
use crate::estimate::ewma::EwmaConvention;
use crate::estimate::{CovarianceEstimator, MeanEstimator};
use crate::math;
use crate::wire::{At, record};

record! {
    /// Exponential weighting: how fast the past is forgotten, and which of six definitions of the covariance.
    pub struct EwmaConfig {
        /// What exactly the covariance is.
        pub convention: EwmaConvention = EwmaConvention::Uncentred,
        /// Periods after which a weight has halved.
        pub half_life: f64 = 40.0,
        /// λ itself, the weight of a day beside the next; goes before `span` and `half_life`.
        pub lambda: Option<f64> = None,
        /// Span s, λ = 1 − 2/(s + 1); goes before `half_life`.
        pub span: Option<f64> = None,
    }
}

impl EwmaConfig {
    /// λ.
    pub fn lambda(&self) -> f64 {
        match (self.lambda, self.span) {
            (Some(lambda), _) => lambda,
            (None, Some(span)) => 1.0 - 2.0 / (span + 1.0),
            (None, None) => math::pow(0.5, 1.0 / self.half_life),
        }
    }
}

record! {
    /// How means and covariances are estimated from returns.
    pub struct EstimatorConfig {
        /// The covariance.
        pub covariance: CovarianceEstimator = CovarianceEstimator::Sample,
        /// Degrees of freedom taken off in variances: 1 for a sample, 0 for a population.
        pub ddof: u32 = 1,
        /// Exponential weighting, where it is used.
        pub ewma: EwmaConfig = EwmaConfig::default(),
        /// Whether flat series stay in the estimates that are shown; they never get a weight for their calm.
        pub keep_flat: bool = false,
        /// The mean.
        pub mean: MeanEstimator = MeanEstimator::Sample,
        /// Share that is taken off means by `shrink_to_zero`, 0 to 1.
        pub mean_shrinkage: f64 = 0.5,
        /// Return a year below which a period counts for the semi-covariance.
        pub semi_target: f64 = 0.0,
    }
}

impl EstimatorConfig {
    /// Checks every number; pushes all faults found.
    pub fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        if self.ddof > 1 {
            let message = format!("ddof is {}.", self.ddof);
            faults.push(Fault::new(Code::OutOfRange, at.key("ddof"), message, "Give 1 (sample) or 0 (population)."));
        }
        check_range(&at.key("mean_shrinkage"), "mean_shrinkage", self.mean_shrinkage, Range::Fraction, faults);
        check_range(&at.key("semi_target"), "semi_target", self.semi_target, Range::Within(10.0), faults);
        let ewma = at.key("ewma");
        check_range(&ewma.key("half_life"), "half_life", self.ewma.half_life, Range::AboveTo(1e9), faults);
        if let Some(lambda) = self.ewma.lambda
            && !(lambda > 0.0 && lambda < 1.0)
        {
            let message = format!("lambda is {lambda}.");
            faults.push(Fault::new(
                Code::OutOfRange,
                ewma.key("lambda"),
                message,
                "Give a number above 0 and below 1, such as 0.94.",
            ));
        }
        if let Some(span) = self.ewma.span
            && !(span > 1.0 && span <= 1e9)
        {
            faults.push(Fault::new(Code::OutOfRange, ewma.key("span"), format!("span is {span}."), "Give a number above 1."));
        }
    }
}

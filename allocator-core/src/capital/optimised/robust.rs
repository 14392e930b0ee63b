//! Robust mean-variance: the best utility under the worst means that the history does not exclude; see
//! [`crate::optimise::robust_mean_variance`].
//!
//! The uncertainty of the means is Σ/n, n the observations, and `robust_radius` counts standard errors. **Fails** where the means are wrong
//! for another reason than their sampling error.

use super::super::{Algorithm, Input, Proposal};
use super::solve;
use crate::optimise::robust_mean_variance;

/// Greatest worst-case utility.
pub struct RobustMeanVariance;

impl Algorithm for RobustMeanVariance {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let settings = &input.config.optimizer;
        solve(input, false, |task| {
            let count = task.joint.dates.len().max(1) as f64;
            let doubt: Vec<f64> = task.covariance().iter().map(|s| s / count).collect();
            let (radius, aversion) = (settings.robust_radius, settings.risk_aversion);
            robust_mean_variance(&task.joint.mean, task.covariance(), &doubt, radius, aversion, &task.costs, &task.limits)
        })
    }

    fn sentence(&self) -> &'static str {
        "Strategies are weighted so that return less risk is greatest in the worst case of the expected returns."
    }
}

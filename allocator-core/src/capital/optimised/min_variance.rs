//! Minimum variance: the calmest portfolio within the limits; see [`crate::optimise::min_variance`].
//!
//! **Fails** by concentration: without a cap a handful of calm strategies gets everything, and the error of the covariance with it.

use super::super::{Algorithm, Input, Proposal};
use super::solve;
use crate::optimise::min_variance;

/// Least variance.
pub struct MinVariance;

impl Algorithm for MinVariance {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let aversion = input.config.optimizer.risk_aversion;
        solve(input, true, |task| min_variance(task.covariance(), aversion, &task.costs, &task.limits))
    }

    fn sentence(&self) -> &'static str {
        "Strategies are weighted so that the variance of the whole is the least that the limits allow."
    }
}

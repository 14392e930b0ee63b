//! Mean-variance in its three forms: utility, target return, target risk; see [`crate::optimise::utility`].
//!
//! **Fails** by the error of the means, which the optimiser seeks out: what looks best is most likely overestimated (Michaud 1989).

use super::super::{Algorithm, Input, Proposal};
use super::solve;
use crate::optimise::{target_return, target_risk, utility};

/// Greatest return less λ times variance.
pub struct MeanVariance;

/// Least variance with a return that is asked for.
pub struct TargetReturn;

/// Greatest return with a volatility that is allowed.
pub struct TargetRisk;

impl Algorithm for MeanVariance {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let aversion = input.config.optimizer.risk_aversion;
        solve(input, true, |task| utility(&task.joint.mean, task.covariance(), aversion, &task.costs, &task.limits))
    }

    fn sentence(&self) -> &'static str {
        "Strategies are weighted so that expected return less risk aversion times variance is greatest."
    }
}

impl Algorithm for TargetReturn {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let settings = &input.config.optimizer;
        let target = settings.target_return / input.config.periods_per_year;
        let run = |task: &super::Task<'_>| {
            target_return(&task.joint.mean, task.covariance(), target, settings.risk_aversion, &task.costs, &task.limits)
        };
        solve(input, true, run)
    }

    fn sentence(&self) -> &'static str {
        "Strategies are weighted so that the target return is expected with the least variance."
    }
}

impl Algorithm for TargetRisk {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let target = input.config.optimizer.target_risk / input.config.periods_per_year.sqrt();
        solve(input, false, |task| target_risk(&task.joint.mean, task.covariance(), target, &task.costs, &task.limits))
    }

    fn sentence(&self) -> &'static str {
        "Strategies are weighted so that the expected return is greatest with at most the target volatility."
    }
}

//! Kelly by log growth over the history; see [`crate::optimise::log_growth`].
//!
//! `kelly.fraction` of the growth-optimal weights is deployed, the rest is cash; where everything is to be invested it does not enter.
//! **Fails** by taking the past for the distribution: the best strategy of the sample gets all of it. No edge deploys nothing.

use super::super::{Algorithm, Input, Proposal};
use super::solve;
use crate::optimise::{Limit, Limits, log_growth};

/// Greatest mean of log returns.
pub struct LogGrowth;

impl Algorithm for LogGrowth {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let fraction = input.config.kelly.fraction;
        solve(input, false, |task| {
            let mut solution = log_growth(&task.scenarios(), &task.costs, &task.limits);
            let invested = task.limits.total_low >= task.limits.total_high;
            if solution.is_answer() && !invested && fraction < 1.0 {
                deploy(&mut solution.weights, fraction, &task.limits);
                // What binds at the full size does not at a fraction of it.
                let still = |weights: &[f64], limit: Limit| match limit {
                    Limit::Minimum(i) => weights[i] <= task.limits.low[i],
                    Limit::Maximum(i) => weights[i] >= task.limits.high[i],
                    Limit::GroupMinimum(_) => true,
                    _ => false,
                };
                let weights = &solution.weights;
                solution.binding.retain(|priced| still(weights, priced.limit));
            }
            solution
        })
    }

    fn sentence(&self) -> &'static str {
        "Strategies are weighted so that the mean of log returns over the history is greatest, and Kelly's fraction of that is deployed."
    }
}

/// A fraction of each weight, never below its least; groups' minimums stay met because the fraction stops where one would break.
fn deploy(weights: &mut [f64], fraction: f64, limits: &Limits) {
    let mut factor = fraction;
    for group in &limits.groups {
        let sum: f64 = group.members.iter().map(|i| weights[*i]).sum();
        if group.low > 0.0 && sum > 0.0 {
            factor = factor.max((group.low / sum).min(1.0));
        }
    }
    for (i, weight) in weights.iter_mut().enumerate() {
        *weight = (*weight * factor).max(limits.low[i]);
    }
}

//! Minimum `CVaR` and minimum `CDaR` over the history; see [`crate::optimise::min_cvar`] and [`crate::optimise::min_cdar`].
//!
//! **Fails** by small tails: 5 % of 250 days are twelve days, and the weights are theirs.

use super::super::{Algorithm, Input, Proposal};
use super::solve;
use crate::optimise::{min_cdar, min_cvar};

/// Least mean of the worst periods.
pub struct MinCvar;

/// Least mean of the worst drawdowns.
pub struct MinCdar;

impl Algorithm for MinCvar {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let tail = input.config.optimizer.tail;
        solve(input, true, |task| min_cvar(&task.scenarios(), tail, &task.costs, &task.limits))
    }

    fn sentence(&self) -> &'static str {
        "Strategies are weighted so that the mean loss of the worst periods is the least that the limits allow."
    }
}

impl Algorithm for MinCdar {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let tail = input.config.optimizer.tail;
        solve(input, true, |task| min_cdar(&task.scenarios(), tail, &task.costs, &task.limits))
    }

    fn sentence(&self) -> &'static str {
        "Strategies are weighted so that the mean of the worst drawdowns is the least that the limits allow."
    }
}

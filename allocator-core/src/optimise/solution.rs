//! What an optimiser answers: weights, status, what binds and at which price, and how far the optimum can be.

use super::limits::{Limit, Priced};

/// Why nothing is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// No allowed portfolio has an expected return above the risk-free rate.
    NoEdge,
    /// A portfolio without risk earns more than the risk-free rate: the ratio has no maximum.
    NoRisk,
    /// Every allowed portfolio loses everything in some scenario.
    Ruin,
    /// There is nothing to choose from.
    Empty,
}

/// How it went.
#[derive(Clone, Debug, PartialEq)]
pub enum Status {
    /// The optimum, proven by the signs of the multipliers.
    Optimal,
    /// The optimum under the hard limits, which do not let everything be invested; the rest is cash.
    Capped {
        /// What stands in the way.
        causes: Vec<Limit>,
    },
    /// The hard limits contradict each other; the weights are zeros.
    Infeasible {
        /// Those that do.
        conflicts: Vec<Limit>,
        /// The least sum of relaxations under which all hold.
        relaxation: Vec<Priced>,
    },
    /// The question has no answer; the weights are zeros.
    Undefined(Nothing),
    /// The steps were used up: the weights meet the limits, but may be off the optimum by the gap.
    Stalled,
    /// The covariance is not positive semi-definite; the weights are zeros.
    NotConvex,
}

/// The answer of an optimiser.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// One weight a strategy; zeros where there is no answer.
    pub weights: Vec<f64>,
    /// How it went.
    pub status: Status,
    /// The figure that was optimised, in its own unit and sign (a Sharpe ratio is large where it is good).
    pub objective: f64,
    /// Limits that bind, with their shadow prices: what the objective gains by one unit more room.
    pub binding: Vec<Priced>,
    /// How much better the minimised objective could be, at most.
    pub gap: f64,
    /// Steps of the active set.
    pub steps: usize,
}

impl Solution {
    /// No weights, for a reason.
    pub(super) fn nothing(n: usize, status: Status) -> Solution {
        Solution { weights: vec![0.0; n], status, objective: f64::NAN, binding: Vec::new(), gap: f64::NAN, steps: 0 }
    }

    /// Whether the weights are an answer to act on.
    pub fn is_answer(&self) -> bool {
        matches!(self.status, Status::Optimal | Status::Capped { .. } | Status::Stalled)
    }
}

//! Maximum Sharpe ratio, the tangency portfolio; see [`crate::optimise::max_sharpe`].
//!
//! **Fails** as mean-variance does, and has no answer where nothing is expected to earn more than the risk-free rate: then nothing is
//! deployed.

use super::super::{Algorithm, Input, Proposal};
use super::solve;
use crate::optimise::max_sharpe;

/// Greatest Sharpe ratio.
pub struct MaxSharpe;

impl Algorithm for MaxSharpe {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        solve(input, true, |task| max_sharpe(&task.joint.mean, task.covariance(), task.risk_free, &task.limits))
    }

    fn sentence(&self) -> &'static str {
        "Strategies are weighted so that expected return above the risk-free rate per unit of volatility is greatest."
    }
}

//! Maximum diversification; see [`crate::optimise::max_diversification`].
//!
//! **Fails** where correlations are noise: two strategies that look unrelated by chance are taken for a hedge.

use super::super::{Algorithm, Input, Proposal};
use super::solve;
use crate::optimise::max_diversification;

/// Greatest ratio of the mean of volatilities to the volatility of the whole.
pub struct MaxDiversification;

impl Algorithm for MaxDiversification {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        solve(input, true, |task| max_diversification(task.covariance(), &task.limits))
    }

    fn sentence(&self) -> &'static str {
        "Strategies are weighted so that the mean of their volatilities over the volatility of the whole is greatest."
    }
}

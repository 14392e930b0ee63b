//! Equal weight: 1/n of the target for each of the n strategies that take positions (B3).
//!
//! Source: `DeMiguel`, Garlappi and Uppal (2009), "Optimal Versus Naive Diversification", *Review of Financial Studies* 22(5).

use super::{StrategyScore, StrategyWeighting, Weighing, WeighingContext, weigh_each};
use crate::error::Problem;

pub(super) struct Equal;

impl StrategyWeighting for Equal {
    fn weigh(&self, context: &WeighingContext<'_>) -> Result<Weighing, Problem> {
        weigh_each(context, |_, _| Ok(StrategyScore::Weighs(1.0)))
    }
}

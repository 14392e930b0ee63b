//! Fixed weights: what the plan says, wᵢ as given; what the plan leaves out is cash.
//!
//! **Conventions.** The sum is at most 1 (more is refused before work begins). A strategy that the plan does not name gets nothing, a
//! name that is no strategy is left out with a warning. Weight above a cap is handed to strategies with headroom, never above the
//! sum of the plan: a plan of 80 % stays 80 %.

use super::{Algorithm, Deploy, Input, Proposal, Score};
use crate::math;

/// Weights as given.
pub struct Fixed;

impl Algorithm for Fixed {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let plan: Vec<f64> =
            input.market.names().iter().map(|name| input.config.fixed.get(name).copied().unwrap_or_default()).collect();
        let total = math::sum(plan.iter().copied());
        let scores = plan.iter().map(|&weight| Score::measured(weight, "planned_weight", weight, None)).collect();
        Proposal { deploy: Deploy::UpTo(total.min(1.0)), ..Proposal::proportions(scores) }
    }

    fn sentence(&self) -> &'static str {
        "Every strategy gets what the plan says; what the plan leaves out stays cash."
    }
}

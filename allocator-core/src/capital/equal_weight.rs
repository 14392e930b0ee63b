//! Equal weight: wᵢ = 1/N.
//!
//! Needs no estimate, so no strategy can be unknown; hard to beat out of sample when means are uncertain.
//! Source: `DeMiguel`, Garlappi and Uppal (2009), "Optimal versus naive diversification", Review of Financial Studies 22.

use super::{Algorithm, Input, Proposal, Score};

/// The same to each.
pub struct EqualWeight;

impl Algorithm for EqualWeight {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        Proposal::proportions(vec![Score::weighs(1.0); input.count()])
    }

    fn sentence(&self) -> &'static str {
        "Every strategy gets the same."
    }
}

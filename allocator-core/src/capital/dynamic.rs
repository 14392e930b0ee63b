//! Dynamic allocation to recent winners: score sᵢ = (Rᵢ − min R)/(max R − min R), wᵢ = sᵢ/Σsⱼ with a floor.
//!
//! Rᵢ is the return over the lookback (60), compounded; no unit. Source: recorded system 002, whose reading (summed returns, floor
//! added to the score) is `dynamic.compounding: summed` and `dynamic.floor_rule: added_to_score`.
//!
//! **Conventions.** `min_allocation` is a least weight that really holds: it is water-filled, where adding 0.05 to a score of 0 beside 1.05
//! and 0.55 gives 3 %, not 5. Equal returns: equal scores. A strategy with fewer than `min_observations` returns is unknown, or with
//! `short_history: stand_in` counts what it has (nothing is a return of 0).
//!
//! **Fails** where returns revert: it buys what has risen. The worst of the lookback always scores zero, however small the differences.

use super::{Algorithm, Input, Proposal, Score};
use crate::config::capital::{Compounding, FloorRule, ShortHistory};
use crate::math;
use crate::stats::Unknown;
use crate::stats::growth::growth;

/// Recent winners get more.
pub struct RecentWinners;

impl Algorithm for RecentWinners {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let settings = &input.config.dynamic;
        let returns: Vec<Result<f64, Unknown>> = (0..input.count())
            .map(|i| {
                let window = input.window(i);
                let short = window.len() < input.config.min_observations as usize;
                if short && input.config.short_history == ShortHistory::Unknown {
                    return Err(Unknown::InsufficientHistory);
                }
                let total = match settings.compounding {
                    Compounding::Compounded => growth(window) - 1.0,
                    Compounding::Summed => math::sum(window.iter().copied()),
                };
                if total.is_finite() { Ok(total) } else { Err(Unknown::NotRepresentable) }
            })
            .collect();
        let known = || returns.iter().filter_map(|value| value.ok());
        let (low, high) = known().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
        let added = if settings.floor_rule == FloorRule::AddedToScore { settings.min_allocation } else { 0.0 };
        let scores = returns
            .iter()
            .enumerate()
            .map(|(i, value)| match value {
                Ok(value) => {
                    let base = if high > low { (value - low) / (high - low) + added } else { 1.0 };
                    Score::measured(base, "return", *value, Some(input.window(i).len() as u32))
                }
                Err(why) => Score::unknown(*why),
            })
            .collect();
        let floor = if settings.floor_rule == FloorRule::Waterfilled { settings.min_allocation } else { 0.0 };
        Proposal { floor, ..Proposal::proportions(scores) }
    }

    fn sentence(&self) -> &'static str {
        "Strategies that did better over the lookback get more: the worst of them its floor, the best the most."
    }
}

//! Score-weighted: a strategy weighs as much as it is convinced of what it holds,
//! `max(Σᵢ |wᵢ| cᵢ / Σᵢ |wᵢ|, 0)` with cᵢ the score times the sign of the weight.
//!
//! Scores of different strategies must share a scale for this to mean anything; the other methods do not need that.

use super::{Statistic, StrategyScore, StrategyWeighting, Weighing, WeighingContext, weigh_each};
use crate::blend::share::ranked_value;
use crate::config::blend::RankBy;
use crate::error::Problem;
use crate::math;

pub(super) struct Score;

impl StrategyWeighting for Score {
    fn weigh(&self, context: &WeighingContext<'_>) -> Result<Weighing, Problem> {
        weigh_each(context, |strategy, _| {
            let rows = context.book.rows(strategy);
            // Divided by the largest weight, so that huge ones cannot overflow the sum.
            let largest = rows.weights.iter().fold(0.0_f64, |largest, weight| largest.max(weight.abs()));
            let gross = math::sum(rows.weights.iter().map(|weight| weight.abs() / largest));
            let conviction = rows
                .scores
                .iter()
                .zip(rows.weights)
                .map(|(&score, &weight)| weight.abs() / largest / gross * ranked_value(RankBy::Conviction, score, weight));
            let mean = math::sum(conviction);
            Ok(if mean.is_finite() {
                StrategyScore::Measured(
                    mean.max(0.0),
                    Statistic { n: Some(rows.weights.len() as u32), ..Statistic::given("conviction", mean) },
                )
            } else {
                StrategyScore::Unknown(String::from("conviction is not finite"))
            })
        })
    }
}

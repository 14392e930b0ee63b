//! Sharpe-proportional: wᵢ = max(Sᵢ, 0) / Σⱼ max(Sⱼ, 0).
//!
//! S is `stats.sharpe`, or mean/σ × √`periods_per_year` of the newest `lookback` returns (ddof 1, risk-free 0), known from
//! `min_observations` on. Source: Sharpe (1994), "The Sharpe Ratio", *Journal of Portfolio Management* 21(1).

use super::{Statistic, StrategyScore, StrategyWeighting, Weighing, WeighingContext, mean_and_deviation, weigh_each};
use crate::error::{Code, Problem};

pub(super) struct Sharpe;

impl StrategyWeighting for Sharpe {
    fn weigh(&self, context: &WeighingContext<'_>) -> Result<Weighing, Problem> {
        let config = context.config;
        weigh_each(context, |_, id| {
            if let Some(sharpe) = context.inputs.stats.get(id).and_then(|stats| stats.sharpe) {
                return Ok(StrategyScore::Measured(sharpe.max(0.0), Statistic::given("sharpe", sharpe)));
            }
            let Some(series) = context.inputs.returns.and_then(|returns| returns.get(id)) else {
                return Err(Problem::new(
                    Code::MissingStatistics,
                    "/stats",
                    format!(
                        "The method sharpe needs the Sharpe ratio of {id}, and there is neither a figure nor a return history."
                    ),
                    format!("Give stats.{id}.sharpe, or its returns."),
                ));
            };
            Ok(match mean_and_deviation(series, config.lookback, config.min_observations) {
                Ok((mean, deviation, n)) => {
                    let value = mean / deviation * config.periods_per_year.sqrt();
                    StrategyScore::Measured(value.max(0.0), Statistic { n: Some(n), ..Statistic::given("sharpe", value) })
                }
                Err(why) => StrategyScore::Unknown(format!("Sharpe ratio unknown: {why}")),
            })
        })
    }
}

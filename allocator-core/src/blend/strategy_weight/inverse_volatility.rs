//! Inverse volatility: wᵢ = (1/σᵢ) / Σⱼ (1/σⱼ), σ annualised (B2).
//!
//! σ is, first found wins, `vol_override`, `stats.vol`, or realised from the newest `lookback` returns: sample standard deviation
//! (ddof 1) × √`periods_per_year`, known from `min_observations` on. A flat history is unknown, not infinitely safe.
//! Source: Leote de Carvalho, Lu and Moulin (2012), "Demystifying Equity Risk-Based Strategies", *Journal of Portfolio Management* 38(3).

use super::{Statistic, StrategyScore, StrategyWeighting, Weighing, WeighingContext, mean_and_deviation, weigh_each};
use crate::error::{Code, Problem};

pub(super) struct InverseVolatility;

impl StrategyWeighting for InverseVolatility {
    fn weigh(&self, context: &WeighingContext<'_>) -> Result<Weighing, Problem> {
        let config = context.config;
        weigh_each(context, |_, id| {
            let given = config.vol_override.get(id).copied().or_else(|| context.inputs.stats.get(id).and_then(|stats| stats.vol));
            if let Some(volatility) = given {
                return Ok(StrategyScore::Measured(1.0 / volatility, Statistic::given("volatility", volatility)));
            }
            let Some(series) = context.inputs.returns.and_then(|returns| returns.get(id)) else {
                return Err(Problem::new(
                    Code::MissingStatistics,
                    "/stats",
                    format!(
                        "The method inverse_vol needs the volatility of {id}, and there is neither a figure nor a return history."
                    ),
                    format!("Give stats.{id}.vol, its returns, or config.vol_override.{id}."),
                ));
            };
            Ok(match mean_and_deviation(series, config.lookback, config.min_observations) {
                Ok((_, deviation, n)) => {
                    let value = deviation * config.periods_per_year.sqrt();
                    StrategyScore::Measured(1.0 / value, Statistic { n: Some(n), ..Statistic::given("volatility", value) })
                }
                Err(why) => StrategyScore::Unknown(format!("volatility unknown: {why}")),
            })
        })
    }
}

//! Information coefficient: the skill of a strategy's scores.
//!
//! `ICₜ` is Spearman's rank correlation across symbols of the scores known at t with the returns of the next period; the mean over the newest
//! `ic_lookback` cross-sections is shrunk toward no skill, IC × n/(n + `ic_shrinkage`), and floored at zero. Its t-statistic,
//! mean/(s/√n) with s the sample deviation, stands in the response. `stats.ic` takes the place of a computed one.
//!
//! Conventions: a cross-section counts from three symbols on, with average ranks of ties; "next" is the first return of that symbol
//! strictly after t. Source: Grinold and Kahn (2000), *Active Portfolio Management*, chapter 6.

use super::{Statistic, StrategyScore, StrategyWeighting, Weighing, WeighingContext, weigh_each};
use crate::error::{Code, Problem};
use crate::frame::{ReturnBook, ScoreBook};
use crate::math;
use crate::units::UnixNanos;

/// Fewest symbols of a cross-section from which a rank correlation means anything.
const SYMBOLS_MIN: usize = 3;

pub(super) struct InformationCoefficient;

impl StrategyWeighting for InformationCoefficient {
    fn weigh(&self, context: &WeighingContext<'_>) -> Result<Weighing, Problem> {
        let config = context.config;
        weigh_each(context, |_, id| {
            if let Some(coefficient) = context.inputs.stats.get(id).and_then(|stats| stats.ic) {
                return Ok(StrategyScore::Measured(
                    coefficient.max(0.0),
                    Statistic::given("information_coefficient", coefficient),
                ));
            }
            let history = context.inputs.score_history.and_then(|history| history.get(id));
            let (Some(scores), Some(returns)) = (history, context.inputs.asset_returns) else {
                return Err(Problem::new(
                    Code::MissingStatistics,
                    "/score_history",
                    format!("The method ic needs the past scores of {id} and the returns of the symbols."),
                    format!("Give score_history.{id} and asset_returns, or stats.{id}.ic."),
                ));
            };
            let coefficients = rolling(scores, returns, config.ic_lookback as usize);
            let n = coefficients.len();
            if n < config.ic_min_observations as usize {
                let why = format!("information coefficient unknown: {n} cross-sections, {} needed", config.ic_min_observations);
                return Ok(StrategyScore::Unknown(why));
            }
            let mean = math::sum(coefficients.iter().copied()) / n as f64;
            let squares = math::sum(coefficients.iter().map(|value| (value - mean) * (value - mean)));
            let error = (squares / (n as f64 - 1.0) / n as f64).sqrt();
            let t_statistic = (!math::negligible(error, 1.0)).then(|| mean / error);
            let statistic = Statistic { n: Some(n as u32), name: "information_coefficient", t_statistic, value: mean };
            Ok(StrategyScore::Measured((mean * n as f64 / (n as f64 + config.ic_shrinkage)).max(0.0), statistic))
        })
    }
}

/// The information coefficients of the newest `lookback` cross-sections, oldest first.
pub(in crate::blend) fn rolling(scores: &ScoreBook, returns: &ReturnBook, lookback: usize) -> Vec<f64> {
    let mut times: Vec<UnixNanos> = scores.series().iter().flat_map(|series| series.times.iter().copied()).collect();
    times.sort_unstable();
    times.dedup();
    let mut newest = Vec::new();
    for &time in times.iter().rev() {
        if newest.len() == lookback {
            break;
        }
        let (mut now, mut next) = (Vec::new(), Vec::new());
        for series in scores.series() {
            let Ok(i) = series.times.binary_search(&time) else { continue };
            let Some(earned) = returns.get(&series.name) else { continue };
            let after = earned.times.partition_point(|&at| at <= time);
            if let Some(&value) = earned.values.get(after) {
                now.push(series.values[i]);
                next.push(value);
            }
        }
        if now.len() >= SYMBOLS_MIN
            && let Some(coefficient) = rank_correlation(&now, &next)
        {
            newest.push(coefficient);
        }
    }
    newest.reverse();
    newest
}

/// Spearman's rank correlation with average ranks; `None` where one side is flat.
fn rank_correlation(x: &[f64], y: &[f64]) -> Option<f64> {
    let (x, y) = (average_ranks(x), average_ranks(y));
    let middle = (x.len() + 1) as f64 / 2.0;
    let product = |a: &[f64], b: &[f64]| math::sum(a.iter().zip(b).map(|(a, b)| (a - middle) * (b - middle)));
    let (xx, yy, xy) = (product(&x, &x), product(&y, &y), product(&x, &y));
    (xx > 0.0 && yy > 0.0).then(|| (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0))
}

fn average_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| (values[a] + 0.0).total_cmp(&(values[b] + 0.0)).then(a.cmp(&b)));
    let mut ranks = vec![0.0; values.len()];
    let mut start = 0;
    while start < order.len() {
        let end = start + order[start..].iter().take_while(|&&i| values[i] == values[order[start]]).count();
        for &i in &order[start..end] {
            ranks[i] = (start + 1 + end) as f64 / 2.0;
        }
        start = end;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skill_is_measured_shrunk_and_has_a_t_statistic() {
        use crate::op::{Request, blend::BlendRequest};
        // Four symbols over 30 days; scores say the order of the next day's returns on two days of three, the opposite on the third.
        let series = |value: &dyn Fn(usize, usize) -> f64| {
            let one =
                |j: usize| (0..30).map(|t| format!("[\"2024-01-{:02}\",{}]", t + 1, value(j, t))).collect::<Vec<_>>().join(",");
            (0..4).map(|j| format!("\"S{j}\":[{}]", one(j))).collect::<Vec<_>>().join(",")
        };
        let returns = series(&|j, _| j as f64 / 100.0);
        let scores = series(&|j, t| if t % 3 == 2 { -(j as f64) } else { j as f64 });
        let text = format!(
            r#"{{"version":1,"signals":{{"a":[["S0",1,1]],"b":[["S1",1,1]]}},"asset_returns":{{{returns}}},
            "score_history":{{"a":{{{scores}}},"b":{{{scores}}}}},"config":{{"method":"ic","per_strategy_max":1}}}}"#
        );
        let result = BlendRequest::from_json(text.as_bytes()).unwrap().run().unwrap();
        let statistic = result.strategies[0].statistic.clone().unwrap();
        // 29 cross-sections have a next return (day 30 has none): 20 of +1 and 9 of -1, mean 11/29.
        assert_eq!(statistic.n, Some(29));
        assert!((statistic.value - 11.0 / 29.0).abs() < 1e-15);
        // s² = (29 - 121/29)/28, t = mean/√(s²/29) = 2.170...
        let t = (11.0 / 29.0) / ((29.0 - 121.0 / 29.0) / 28.0 / 29.0_f64).sqrt();
        assert!((statistic.t_statistic.unwrap() - t).abs() < 1e-12);
        assert_eq!(result.strategy_weights["a"], 0.5);
    }

    #[test]
    fn perfect_and_inverse_order() {
        assert_eq!(rank_correlation(&[1.0, 2.0, 9.0], &[0.1, 0.2, 0.3]), Some(1.0));
        assert_eq!(rank_correlation(&[1.0, 2.0, 9.0], &[0.3, 0.2, 0.1]), Some(-1.0));
        assert_eq!(rank_correlation(&[1.0, 1.0, 1.0], &[0.3, 0.2, 0.1]), None);
    }
}

//! Shares of the strategies before caps: the rule of the method, unknown statistics, no edge, correlation.

use super::BlendInputs;
use super::strategy_weight::{Statistic, StrategyScore, WeighingContext, rule};
use crate::config::blend::{BlendConfig, BlendMethod, CorrelationAction, NoEdge, UnknownWeight};
use crate::error::{Code, Fault, Problem};
use crate::frame::SignalBook;
use crate::math;
use crate::monitor::CorrelationReport;
use crate::wire::At;

/// Shares of the strategies, and how much of the target they plan for.
pub(super) struct Weighed {
    /// One for each declared strategy, summing to 1 or all 0.
    pub(super) share: Vec<f64>,
    /// Part of the target that the plan places: 1, less for `fixed`, 0 where nothing has an edge.
    pub(super) planned: f64,
    pub(super) unknown: Vec<Option<String>>,
    pub(super) statistic: Vec<Option<Statistic>>,
    /// Why nothing is deployed, where nothing is.
    pub(super) nothing: Option<&'static str>,
}

pub(super) fn weigh(
    inputs: &BlendInputs<'_>,
    config: &BlendConfig,
    method: BlendMethod,
    effective: &[usize],
    correlation: Option<&CorrelationReport>,
    warnings: &mut Vec<Fault>,
) -> Result<Weighed, Problem> {
    let book = inputs.signals;
    let declared = book.strategies().len();
    let mut weighed = Weighed {
        share: vec![0.0; declared],
        planned: 1.0,
        unknown: vec![None; declared],
        statistic: vec![None; declared],
        nothing: None,
    };
    if effective.is_empty() {
        weighed.nothing = Some("no_signals");
        weighed.planned = 0.0;
        return Ok(weighed);
    }
    let weighing = rule(method).weigh(&WeighingContext { book, strategies: effective, inputs, config })?;
    let least = weighing
        .scores
        .iter()
        .filter_map(|score| match score {
            StrategyScore::Weighs(weight) | StrategyScore::Measured(weight, _) => Some(*weight),
            StrategyScore::Unknown(_) => None,
        })
        .fold(f64::INFINITY, f64::min);
    for (&s, score) in effective.iter().zip(&weighing.scores) {
        weighed.share[s] = match score {
            StrategyScore::Weighs(weight) => *weight,
            StrategyScore::Measured(weight, statistic) => {
                weighed.statistic[s] = Some(statistic.clone());
                *weight
            }
            StrategyScore::Unknown(why) => {
                let id = &book.strategies()[s];
                weighed.unknown[s] = Some(why.clone());
                let minimum = config.unknown_weight == UnknownWeight::Minimum && least.is_finite();
                let given = if minimum { "that of the least-weighted known strategy" } else { "none" };
                warnings.push(Fault::new(
                    Code::UnknownStatistic,
                    At::Root.key("signals").key(id),
                    format!("{id}: {why}; its weight is {given}."),
                    "Give more history, a figure in stats, or set unknown_weight.",
                ));
                if minimum { least } else { 0.0 }
            }
        };
    }
    if let Some(report) = correlation {
        apply_correlation(book, config, report, &mut weighed.share, warnings);
    }
    let largest = weighed.share.iter().fold(0.0_f64, |largest, share| largest.max(*share));
    if largest <= 0.0 {
        let all_unknown = weighing.scores.iter().all(|score| matches!(score, StrategyScore::Unknown(_)));
        if !all_unknown && config.no_edge == NoEdge::Equal && !weighing.absolute {
            for &s in effective {
                weighed.share[s] = 1.0 / effective.len() as f64;
            }
            return Ok(weighed);
        }
        weighed.nothing = Some(if all_unknown { "unknown" } else { "no_edge" });
        weighed.planned = 0.0;
        return Ok(weighed);
    }
    if weighing.absolute {
        weighed.planned = math::sum(weighed.share.iter().copied()).min(1.0);
    }
    // Divided by the largest first: volatilities of 1e-300 must not overflow the sum.
    let total = math::sum(weighed.share.iter().map(|share| share / largest));
    for share in &mut weighed.share {
        *share = *share / largest / total;
    }
    Ok(weighed)
}

/// Scales down or drops the weaker strategy of every alerted pair (B9).
fn apply_correlation(
    book: &SignalBook,
    config: &BlendConfig,
    report: &CorrelationReport,
    share: &mut [f64],
    warnings: &mut Vec<Fault>,
) {
    if config.correlation_action == CorrelationAction::None {
        return;
    }
    let index = |id: &str| book.strategies().binary_search_by(|known| known.as_str().cmp(id)).ok();
    for alert in &report.alerts {
        let (Some(a), Some(b)) = (index(&alert.pair[0]), index(&alert.pair[1])) else { continue };
        if share[a] == 0.0 || share[b] == 0.0 {
            continue;
        }
        // The later name of two equally strong ones is the weaker.
        let weaker = if share[a] < share[b] { a } else { b };
        let excess = ((alert.value.abs() - alert.threshold) / (1.0 - alert.threshold)).clamp(0.0, 1.0);
        let keep = if config.correlation_action == CorrelationAction::Drop { 0.0 } else { 1.0 - excess };
        share[weaker] *= keep;
        warnings.push(Fault::new(
            Code::LimitBinds,
            "/config/correlation_action",
            format!(
                "{} and {} correlate at {:.2}, above {:.2}: {} keeps {:.0} % of its share.",
                alert.pair[0],
                alert.pair[1],
                alert.value,
                alert.threshold,
                book.strategies()[weaker],
                keep * 100.0
            ),
            "Set correlation_action to none to leave shares as they are.",
        ));
    }
}

//! How far weights are luck of the history (K8): the method carried out on resampled histories.
//!
//! All strategies are resampled together, date by date, by the [`StationaryBootstrap`], so that what happened on one day stays on one day and
//! what follows each other stays together. The interval of a weight is the percentile interval of its resampled weights. Source: Politis
//! and Romano (1994), "The Stationary Bootstrap", JASA 89.
//!
//! **Conventions.** Only the newest dates that the method looks at are resampled. A resample is laid on the dates of the original; a
//! strategy without a return on a drawn date has none on the date it is laid on, so that a short history stays about as short as it is.
//! Figures that the owner gave are not resampled.

use super::outcome::Outcome;
use crate::config::audit::BootstrapConfig;
use crate::config::capital::CapitalConfig;
use crate::frame::{ReturnBook, Series};
use crate::math;
use crate::stats::Unknown;
use crate::stats::bootstrap::{StationaryBootstrap, percentile_interval};
use crate::units::UnixNanos;
use serde::Serialize;

/// The interval of one weight.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WeightInterval {
    /// Share of the resamples in which the strategy gets anything.
    pub held_share: f64,
    /// Upper end.
    pub high: f64,
    /// Lower end.
    pub low: f64,
    /// Mean of the resamples.
    pub mean: f64,
    /// The strategy; `cash` is beside this list.
    pub strategy: String,
}

/// Intervals of all weights.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WeightIntervals {
    /// Lower and upper end of the cash.
    pub cash: [f64; 2],
    /// Share of the resamples that an interval covers.
    pub confidence: f64,
    /// Mean of Σ|resampled weight − weight|: what the luck of the history moves about.
    pub dispersion: f64,
    /// How many resamples.
    pub resamples: u32,
    /// The strategies, by name.
    pub strategies: Vec<WeightInterval>,
}

/// The intervals; `split` carries the method out on a history.
///
/// # Errors
/// Fewer than two dates: there is nothing to resample.
pub fn weight_intervals(
    returns: &ReturnBook,
    names: &[String],
    config: &CapitalConfig,
    settings: &BootstrapConfig,
    split: impl Fn(&ReturnBook) -> Outcome,
) -> Result<WeightIntervals, Unknown> {
    let mut dates = returns.times();
    if let Some(lookback) = config.lookback_of(config.method) {
        dates.drain(..dates.len().saturating_sub(lookback as usize));
    }
    if dates.len() < 2 {
        return Err(Unknown::InsufficientHistory);
    }
    let grid = Grid::of(returns, dates);
    let weights_of = |outcome: &Outcome| outcome.allocations.iter().map(|row| row.weight).collect::<Vec<f64>>();
    let original = weights_of(&split(returns));
    let mut bootstrap = StationaryBootstrap::new(grid.dates.len(), settings.block, u64::from(settings.seed));
    let mut rows = Vec::with_capacity(grid.dates.len());
    let (mut drawn, mut cash, mut moved) = (vec![Vec::new(); names.len()], Vec::new(), Vec::new());
    for _ in 0..settings.resamples {
        bootstrap.draw(&mut rows);
        let outcome = split(&grid.laid_out(&rows));
        let weights = weights_of(&outcome);
        moved.push(math::sum(weights.iter().zip(&original).map(|(a, b)| (a - b).abs())));
        drawn.iter_mut().zip(weights).for_each(|(all, weight)| all.push(weight));
        cash.push(outcome.cash);
    }
    let ends = |values: &mut Vec<f64>| {
        values.sort_by(f64::total_cmp);
        percentile_interval(values, settings.confidence).unwrap_or((0.0, 0.0))
    };
    let count = f64::from(settings.resamples.max(1));
    let (low, high) = ends(&mut cash);
    let interval = |(name, mut weights): (&String, Vec<f64>)| {
        let mean = math::sum(weights.iter().copied()) / count;
        let held = weights.iter().filter(|weight| **weight > 0.0).count();
        let (low, high) = ends(&mut weights);
        WeightInterval { held_share: held as f64 / count, high, low, mean, strategy: name.clone() }
    };
    Ok(WeightIntervals {
        cash: [low + 0.0, high + 0.0],
        confidence: settings.confidence,
        dispersion: math::sum(moved) / count,
        resamples: settings.resamples,
        strategies: names.iter().zip(drawn).map(interval).collect(),
    })
}

/// Returns by date and strategy, with gaps.
struct Grid<'a> {
    dates: Vec<UnixNanos>,
    columns: Vec<(&'a Series, Vec<Option<f64>>)>,
}

impl<'a> Grid<'a> {
    fn of(returns: &'a ReturnBook, dates: Vec<UnixNanos>) -> Self {
        let on = |series: &'a Series, date: &UnixNanos| series.times.binary_search(date).ok().map(|at| series.values[at]);
        let columns =
            returns.series().iter().map(|series| (series, dates.iter().map(|date| on(series, date)).collect())).collect();
        Grid { dates, columns }
    }

    /// The history whose i-th date has what happened on row `rows[i]`.
    fn laid_out(&self, rows: &[usize]) -> ReturnBook {
        let column = |(series, values): &(&Series, Vec<Option<f64>>)| {
            let points = rows.iter().zip(&self.dates).filter_map(|(row, date)| values[*row].map(|value| (*date, value)));
            let (times, values) = points.unzip();
            Series { name: series.name.clone(), times, values }
        };
        ReturnBook::of_sound(self.columns.iter().map(column).collect())
    }
}

#[cfg(test)]
mod tests {
    use crate::op::Request;
    use crate::op::capital::{CapitalRequest, CapitalResult};
    use crate::stats::random::SplitMix64;
    use std::fmt::Write as _;

    /// Bell-shaped returns of two strategies, the second twice as wild as the first, and a third with five days.
    fn asked(config: &str) -> CapitalResult {
        let mut random = SplitMix64::new(5);
        let mut bell = |size: f64| size * ((0..12).map(|_| random.unit()).sum::<f64>() - 6.0);
        let mut text = String::from(r#"{"version":1,"returns":{"calm":["#);
        for (name, size, days) in [("calm", 0.01, 200), ("wild", 0.02, 200), ("young", 0.01, 5)] {
            if name != "calm" {
                write!(text, "],\"{name}\":[").unwrap();
            }
            for day in 0..days {
                let comma = if day > 0 { "," } else { "" };
                let date = crate::units::UnixNanos::from_days(19_000 + day).unwrap();
                write!(text, "{comma}[\"{date}\",{}]", bell(size)).unwrap();
            }
        }
        write!(text, "]}},\"config\":{config}}}").unwrap();
        CapitalRequest::from_json(text.as_bytes()).unwrap().answer().unwrap().result
    }

    #[test]
    fn the_interval_of_inverse_volatility_is_as_wide_as_theory_says() {
        let result = asked(r#"{"method":"inverse_volatility","bootstrap":{"resamples":400,"block":1}}"#);
        let intervals = result.intervals.unwrap();
        let calm = &intervals.strategies[0];
        // w = σ₂/(σ₁ + σ₂) at 2/3; ln(σ₂/σ₁) has a deviation of √(1/2n + 1/2n) = 1/√200 = 0.0707, and dw = w(1 − w)·0.0707 = 0.0157. 90 % of
        // a normal lies within ±1.645 of it: 0.0517 wide, known from 400 resamples to a tenth or so.
        let width = calm.high - calm.low;
        assert!((0.04..0.065).contains(&width), "{width}");
        assert!(calm.low < result.allocations[0].weight && result.allocations[0].weight < calm.high);
        assert_eq!((calm.held_share, intervals.resamples), (1.0, 400));
        // Five days stay too few in every resample but a freak.
        assert!(intervals.strategies[2].held_share < 0.05);
        assert_eq!(intervals.cash, [0.0, 0.0]);
    }

    #[test]
    fn a_plan_has_no_luck_in_it_and_a_seed_gives_the_same_interval() {
        let plan = asked(r#"{"method":"fixed","fixed":{"calm":0.5,"wild":0.3},"bootstrap":{"resamples":20}}"#).intervals.unwrap();
        assert_eq!((plan.strategies[0].low, plan.strategies[0].high, plan.dispersion), (0.5, 0.5, 0.0));
        let erc = |seed: u32| asked(&format!(r#"{{"bootstrap":{{"resamples":20,"seed":{seed}}}}}"#)).intervals;
        assert_eq!(erc(3), erc(3));
        assert_ne!(erc(3), erc(4));
        assert_eq!(asked("{}").intervals, None);
    }
}

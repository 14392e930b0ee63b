//! Methods tried on the past without looking ahead (K7): split on what was known, hold, split again.
//!
//! ```text
//! dates ── windows ──> folds (in sample, gap, out of sample) ── each candidate: allocate on the one, hold through the other ──> returns
//!                                                               returns ── Sharpe, its probability, its interval, deflated by the trials
//!                                                               returns of all candidates ── probability of overfitting
//! dates ── combinatorial ──> every choice of groups out of sample once ── paths ──> a distribution of Sharpe ratios
//! ```
//!
//! **Conventions.** Dates are all on which any strategy has a return. Between splits weights drift with the returns and cash earns nothing; a
//! strategy without a return on a date keeps its value, and that is counted (`gaps`). Each split costs `cost_linear` of what is traded, taken
//! off the first period after it. Forecasts and given figures do not enter: they are of today.

mod combinatorial;
mod hold;
mod windows;

pub use combinatorial::{CombinatorialReport, combinatorial};
pub use windows::{Fold, folds};

use super::{CapitalStatus, GivenStatistics, Market, allocate};
use crate::config::capital::CapitalConfig;
use crate::config::walk_forward::WalkForwardConfig;
use crate::frame::ReturnBook;
use crate::math;
use crate::stats::bootstrap::{StationaryBootstrap, percentile_interval};
use crate::stats::deflated_sharpe::SharpeSample;
use crate::stats::drawdown::{drawdowns, wealth_curve};
use crate::stats::growth::total_return;
use crate::stats::{Figure, Reasons, Unknown, UnknownFigure, mean, sharpe, volatility};
use crate::units::UnixNanos;
use hold::Held;
use serde::Serialize;
use std::collections::BTreeMap;

/// The history of all strategies on common rows, with gaps.
pub struct History<'a> {
    names: Vec<String>,
    returns: &'a ReturnBook,
    dates: Vec<UnixNanos>,
    /// One column a strategy; `None` where it has no return.
    columns: Vec<Vec<Option<f64>>>,
}

impl<'a> History<'a> {
    /// The history of a book.
    pub fn of(returns: &'a ReturnBook) -> Self {
        let dates = returns.times();
        let columns = returns.series().iter().map(|series| {
            let on = |date: &UnixNanos| series.times.binary_search(date).ok().map(|at| series.values[at]);
            dates.iter().map(on).collect()
        });
        History {
            names: returns.series().iter().map(|series| series.name.clone()).collect(),
            returns,
            columns: columns.collect(),
            dates,
        }
    }

    /// The dates.
    pub fn dates(&self) -> &[UnixNanos] {
        &self.dates
    }

    /// The split by some settings, as it would have been made with the rows of a sample alone; what is held counts for limits on trading.
    fn split(&self, config: &CapitalConfig, sample: &[bool], held: Option<&[f64]>) -> (Vec<f64>, CapitalStatus) {
        let row = |date: UnixNanos| self.dates.binary_search(&date).is_ok_and(|row| sample[row]);
        let known = self.returns.kept(row);
        let given = vec![GivenStatistics::default(); self.names.len()];
        let market = Market::new(&self.names, &known, given, vec![None; self.names.len()], config);
        let outcome = allocate(&market, config, config.method, held, None);
        (outcome.allocations.iter().map(|row| row.weight).collect(), outcome.status)
    }
}

/// A candidate by name.
pub struct Candidate<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its settings.
    pub config: &'a CapitalConfig,
}

/// Figures of returns in one kind of windows. Rates and ratios are a year.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WindowFigures {
    /// Deepest drawdown, zero or negative; out of sample alone, for windows in sample overlap.
    pub max_drawdown: Option<f64>,
    /// Mean return a year, not compounded.
    pub mean_return: Option<f64>,
    /// Periods; in sample the mean of the windows.
    pub n: f64,
    /// Sharpe ratio.
    pub sharpe: Option<f64>,
    /// Compounded return of the whole time; out of sample alone.
    pub total_return: Option<f64>,
    /// Why each null figure is null.
    pub unknown: Vec<UnknownFigure>,
    /// Volatility.
    pub volatility: Option<f64>,
}

/// One split of one candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CandidateFold {
    /// What stayed in cash.
    pub cash: f64,
    /// Cost of the trades, as a fraction of the capital.
    pub cost: f64,
    /// Sharpe ratio a year of these weights in sample; null where it is undefined.
    pub in_sample_sharpe: Option<f64>,
    /// Sharpe ratio a year out of sample; null where it is undefined.
    pub out_of_sample_sharpe: Option<f64>,
    /// How the split ended.
    pub status: CapitalStatus,
    /// Σ|change| against what was held.
    pub turnover: f64,
    /// Weights that are not zero, by strategy.
    pub weights: BTreeMap<String, f64>,
}

/// The interval of a Sharpe ratio.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SharpeInterval {
    /// Share of the resamples that it covers.
    pub confidence: f64,
    /// Upper end.
    pub high: f64,
    /// Lower end.
    pub low: f64,
    /// Resamples it rests on.
    pub resamples: u32,
}

/// One candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CandidateReport {
    /// Combinatorial purged cross-validation, if asked for.
    pub combinatorial: Option<CombinatorialReport>,
    /// Costs out of sample, added up.
    pub costs: f64,
    /// Probability that the Sharpe ratio is above what the best of so many trials reaches without skill.
    pub deflated_sharpe: Option<f64>,
    /// One for each fold, oldest first.
    pub folds: Vec<CandidateFold>,
    /// Dates out of sample on which a strategy that was held had no return.
    pub gaps: u32,
    /// Means of the figures of all windows in sample.
    pub in_sample: WindowFigures,
    /// The method.
    pub method: crate::config::capital::CapitalMethod,
    /// The candidate.
    pub name: String,
    /// Figures of the returns out of sample, after costs, one after the other.
    pub out_of_sample: WindowFigures,
    /// Probability that the true Sharpe ratio is above zero.
    pub probabilistic_sharpe: Option<f64>,
    /// Interval of the Sharpe ratio a year out of sample.
    pub sharpe_interval: Option<SharpeInterval>,
    /// Mean Σ|change| of a split.
    pub turnover: f64,
    /// Why each null figure is null.
    pub unknown: Vec<UnknownFigure>,
}

/// A candidate carried through all folds.
pub struct Walked {
    /// Its report, not yet deflated.
    pub report: CandidateReport,
    /// Its returns out of sample.
    pub returns: Vec<f64>,
    /// What is known of its Sharpe ratio out of sample.
    pub sample: Result<SharpeSample, Unknown>,
}

/// Carries a candidate through folds.
pub fn walk(history: &History<'_>, candidate: &Candidate<'_>, folds: &[Fold], config: &WalkForwardConfig) -> Walked {
    let mut returns = Vec::new();
    let (mut rows, mut inside) = (Vec::new(), Vec::new());
    let mut gaps = 0;
    let mut held: Option<Held> = None;
    for fold in folds {
        let mut sample = vec![false; history.dates.len()];
        sample[fold.train.clone()].fill(true);
        let before = held.as_ref().map(|held| held.weights.as_slice());
        let (weights, status) = history.split(candidate.config, &sample, before);
        let nothing = vec![0.0; weights.len()];
        let turnover = math::sum(weights.iter().zip(before.unwrap_or(&nothing)).map(|(now, then)| (now - then).abs()));
        let cost = config.cost_linear * turnover;
        let known: Vec<f64> = fold.train.clone().map(|row| hold::once(&weights, history, row)).collect();
        let mut now = Held::new(weights);
        let mut earned: Vec<f64> = fold.test.clone().map(|row| now.through(history, row)).collect();
        if let Some(first) = earned.first_mut() {
            *first = (1.0 + *first) * (1.0 - cost) - 1.0;
        }
        gaps += now.gaps;
        let ratio = |returns: &[f64]| sharpe(returns, config.ddof, config.periods_per_year, config.risk_free);
        rows.push(CandidateFold {
            cash: 1.0 - math::sum(now.start.iter().copied()),
            cost,
            in_sample_sharpe: ratio(&known).ok(),
            out_of_sample_sharpe: ratio(&earned).ok(),
            status,
            turnover,
            weights: history.names.iter().cloned().zip(now.start.iter().copied()).filter(|(_, weight)| *weight != 0.0).collect(),
        });
        inside.push(known);
        returns.extend(earned);
        held = Some(now);
    }
    let sample = SharpeSample::of(&returns, config.ddof, config.risk_free / config.periods_per_year);
    let mut reasons = Reasons::default();
    let sharpe_interval = match &config.bootstrap {
        Some(settings) if settings.resamples > 0 => {
            let mut bootstrap = StationaryBootstrap::new(returns.len(), settings.block, u64::from(settings.seed));
            reasons
                .take_any("sharpe_interval", interval(&returns, &mut bootstrap, settings.resamples, settings.confidence, config))
        }
        _ => None,
    };
    let count = rows.len().max(1) as f64;
    let report = CandidateReport {
        combinatorial: None,
        costs: math::sum(rows.iter().map(|row| row.cost)),
        deflated_sharpe: None,
        gaps,
        in_sample: in_sample(&inside, config),
        method: candidate.config.method,
        name: candidate.name.to_owned(),
        out_of_sample: out_of_sample(&returns, config),
        probabilistic_sharpe: reasons.take("probabilistic_sharpe", sample.and_then(|sample| sample.probability_above(0.0))),
        sharpe_interval,
        turnover: math::sum(rows.iter().map(|row| row.turnover)) / count,
        folds: rows,
        unknown: reasons.finish(),
    };
    Walked { report, returns, sample }
}

/// Means over windows, of those in which the figure is known.
fn in_sample(windows: &[Vec<f64>], config: &WalkForwardConfig) -> WindowFigures {
    let mut reasons = Reasons::default();
    let over = |figure: &dyn Fn(&[f64]) -> Figure| -> Figure {
        let known: Vec<f64> = windows.iter().filter_map(|window| figure(window).ok()).collect();
        match windows.first() {
            Some(first) if known.is_empty() => figure(first),
            _ => mean(&known),
        }
    };
    let year = config.periods_per_year;
    WindowFigures {
        max_drawdown: None,
        mean_return: reasons.take("mean_return", over(&|window| Ok(mean(window)? * year))),
        n: math::sum(windows.iter().map(|window| window.len() as f64)) / windows.len().max(1) as f64,
        sharpe: reasons.take("sharpe", over(&|window| sharpe(window, config.ddof, year, config.risk_free))),
        total_return: None,
        volatility: reasons.take("volatility", over(&|window| volatility(window, config.ddof, year))),
        unknown: reasons.finish(),
    }
}

fn out_of_sample(returns: &[f64], config: &WalkForwardConfig) -> WindowFigures {
    let mut reasons = Reasons::default();
    let year = config.periods_per_year;
    let deepest = drawdowns(&wealth_curve(returns)).map(|found| found.max).ok_or(Unknown::InsufficientHistory);
    WindowFigures {
        max_drawdown: reasons.take("max_drawdown", deepest),
        mean_return: reasons.take("mean_return", mean(returns).map(|mean| mean * year)),
        n: returns.len() as f64,
        sharpe: reasons.take("sharpe", sharpe(returns, config.ddof, year, config.risk_free)),
        total_return: reasons.take("total_return", total_return(returns)),
        volatility: reasons.take("volatility", volatility(returns, config.ddof, year)),
        unknown: reasons.finish(),
    }
}

/// The interval of the Sharpe ratio a year; resamples in which it is undefined are left out.
fn interval(
    returns: &[f64],
    bootstrap: &mut StationaryBootstrap,
    resamples: u32,
    confidence: f64,
    config: &WalkForwardConfig,
) -> Result<SharpeInterval, Unknown> {
    // Where the whole history has no ratio, none of its resamples has.
    sharpe(returns, config.ddof, 1.0, 0.0)?;
    let (mut rows, mut drawn) = (Vec::new(), Vec::new());
    let mut ratios = Vec::with_capacity(resamples as usize);
    for _ in 0..resamples {
        bootstrap.draw(&mut rows);
        drawn.clear();
        drawn.extend(rows.iter().map(|row| returns[*row]));
        ratios.extend(sharpe(&drawn, config.ddof, config.periods_per_year, config.risk_free));
    }
    ratios.sort_by(f64::total_cmp);
    let (low, high) = percentile_interval(&ratios, confidence).ok_or(Unknown::FlatSeries)?;
    Ok(SharpeInterval { confidence, high, low, resamples: ratios.len() as u32 })
}

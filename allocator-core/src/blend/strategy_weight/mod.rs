//! How much of the whole each strategy gets, before caps. One file per rule, all behind [`StrategyWeighting`].

mod equal;
mod fixed;
mod information_coefficient;
mod inverse_volatility;
mod score;
mod sharpe;

use super::BlendInputs;
use crate::config::blend::{BlendConfig, BlendMethod};
use crate::error::{Faults, Problem};
use crate::frame::{Series, SignalBook};
use crate::math;

/// What a rule says of one strategy.
#[derive(Clone, Debug, PartialEq)]
pub enum StrategyScore {
    /// The strategy weighs this much beside the others; 0 or above.
    Weighs(f64),
    /// As `Weighs`, because of a figure.
    Measured(f64, Statistic),
    /// The statistic is unknown, for this reason.
    Unknown(String),
}

/// The figure behind a strategy's weight.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Statistic {
    /// Observations that it was computed from; null for a figure that was given.
    pub n: Option<u32>,
    /// `volatility` (annualised), `sharpe` (annualised), `information_coefficient` (mean, before shrinking) or `conviction`.
    pub name: &'static str,
    /// Mean over standard error, where the figure is a mean of several.
    pub t_statistic: Option<f64>,
    /// The figure.
    pub value: f64,
}

impl Statistic {
    /// A figure that its owner gave.
    fn given(name: &'static str, value: f64) -> Self {
        Statistic { n: None, name, t_statistic: None, value }
    }
}

/// The opinion of a rule: one score per strategy of [`WeighingContext::strategies`].
pub struct Weighing {
    /// Parallel to the strategies asked about.
    pub scores: Vec<StrategyScore>,
    /// Whether the scores are shares of the target as they stand (`fixed`); otherwise only their proportions count.
    pub absolute: bool,
}

/// What a rule may look at.
pub struct WeighingContext<'a> {
    /// The signals of all declared strategies.
    pub book: &'a SignalBook,
    /// Indices of the strategies that take positions, ascending.
    pub strategies: &'a [usize],
    /// Statistics and histories.
    pub inputs: &'a BlendInputs<'a>,
    /// Settings.
    pub config: &'a BlendConfig,
}

impl WeighingContext<'_> {
    /// The id of the strategy with this index.
    pub fn id(&self, strategy: usize) -> &str {
        &self.book.strategies()[strategy]
    }
}

/// A rule that weighs strategies. A new rule is one file with this trait.
pub trait StrategyWeighting {
    /// Weighs the strategies of the context.
    ///
    /// # Errors
    /// Inputs that the rule needs and does not have, all together. Too little history is not an error but
    /// [`StrategyScore::Unknown`].
    fn weigh(&self, context: &WeighingContext<'_>) -> Result<Weighing, Problem>;
}

/// The rule of a method.
pub(super) fn rule(method: BlendMethod) -> &'static dyn StrategyWeighting {
    match method {
        BlendMethod::RankAggregation | BlendMethod::EqualWeight => &equal::Equal,
        BlendMethod::InverseVolatility => &inverse_volatility::InverseVolatility,
        BlendMethod::Fixed => &fixed::Fixed,
        BlendMethod::Sharpe => &sharpe::Sharpe,
        BlendMethod::InformationCoefficient => &information_coefficient::InformationCoefficient,
        BlendMethod::Score => &score::Score,
    }
}

/// Asks `score` about every strategy, reports all problems together.
fn weigh_each(
    context: &WeighingContext<'_>,
    mut score: impl FnMut(usize, &str) -> Result<StrategyScore, Problem>,
) -> Result<Weighing, Problem> {
    let mut faults = Faults::new();
    let mut scores = Vec::with_capacity(context.strategies.len());
    for &strategy in context.strategies {
        match score(strategy, context.id(strategy)) {
            Ok(one) => scores.push(one),
            Err(problem) => faults.extend(problem.into()),
        }
    }
    faults.finish(Some(Weighing { scores, absolute: false }))
}

/// Mean and sample standard deviation (ddof 1) of the newest `lookback` returns and their number, or why they are unknown.
fn mean_and_deviation(series: &Series, lookback: u32, min_observations: u32) -> Result<(f64, f64, u32), String> {
    let from = series.values.len().saturating_sub(lookback as usize);
    let window = &series.values[from..];
    if window.len() < min_observations as usize {
        return Err(format!("{} returns, {min_observations} needed", window.len()));
    }
    let n = window.len() as f64;
    let mean = math::sum(window.iter().copied()) / n;
    let squares = math::sum(window.iter().map(|value| (value - mean) * (value - mean)));
    let deviation = (squares / (n - 1.0)).sqrt();
    let scale = window.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if math::negligible(deviation, scale) {
        Err(String::from("its returns are flat"))
    } else {
        Ok((mean, deviation, window.len() as u32))
    }
}

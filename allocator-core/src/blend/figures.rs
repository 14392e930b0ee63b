//! How diversified a blend is (B10).
//!
//! With wₛ the gross share of strategy s of what is placed:
//! - effective strategies 1/Σwₛ² (Herfindahl, inverse) and exp(-Σ wₛ ln wₛ) (Shannon entropy, exponentiated);
//! - diversification ratio Σwₛσₛ / √(w'Σw), from the sample covariance (ddof 1) over the dates that all strategies share; 1 for perfectly
//!   correlated ones. Source: Choueifaty and Coignard (2008), "Toward Maximum Diversification", *Journal of Portfolio Management* 35(1);
//! - overlap of two strategies' holdings: `overlap.rs`.

use super::Blend;
pub use super::overlap::Overlap;
use super::overlap::overlaps;
use crate::frame::{ReturnBook, SignalBook};
use crate::math;
use crate::units::UnixNanos;
use serde::Serialize;

/// A figure that is not known, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NotKnown {
    /// The field that is null.
    pub figure: String,
    /// Why.
    pub reason: String,
}

/// Figures of diversification; a figure that cannot be computed is null, with its reason in `unknown`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Diversification {
    /// Mean correlation of all pairs that are known.
    pub average_correlation: Option<f64>,
    /// Σwσ / √(w'Σw).
    pub diversification_ratio: Option<f64>,
    /// 1/Σw².
    pub effective_strategies: Option<f64>,
    /// exp of the entropy of the weights.
    pub effective_strategies_entropy: Option<f64>,
    /// Overlap of every pair of strategies that take positions, for at most 50 strategies.
    pub overlap: Vec<Overlap>,
    /// Why a figure is null.
    pub unknown: Vec<NotKnown>,
}

/// Computes the figures of a blend.
pub fn diversification(
    book: &SignalBook,
    blend: &Blend,
    returns: Option<&ReturnBook>,
    min_observations: usize,
) -> Diversification {
    let gross = math::sum(blend.strategies.iter().map(|strategy| strategy.gross));
    let mut unknown = Vec::new();
    let mut known = |figure: &str, value: Result<f64, String>| match value {
        Ok(value) => Some(value),
        Err(reason) => {
            unknown.push(NotKnown { figure: figure.to_owned(), reason });
            None
        }
    };
    let shares: Vec<f64> =
        blend.strategies.iter().map(|strategy| if gross > 0.0 { strategy.gross / gross } else { 0.0 }).collect();
    let nothing = || Err(String::from("nothing is placed"));
    let effective = if gross > 0.0 { Ok(1.0 / math::sum(shares.iter().map(|w| w * w))) } else { nothing() };
    let entropy = if gross > 0.0 {
        Ok(math::exp(-math::sum(shares.iter().filter(|w| **w > 0.0).map(|w| w * math::ln(*w)))))
    } else {
        nothing()
    };
    let average = match &blend.correlation {
        None => Err(String::from("no returns were given")),
        Some(report) => report.average.ok_or_else(|| String::from("no pair has a known correlation")),
    };
    let ratio = match returns {
        None => Err(String::from("no returns were given")),
        Some(_) if gross <= 0.0 => nothing(),
        Some(returns) => ratio(book, &shares, returns, min_observations),
    };
    let active: Vec<usize> = (0..book.strategies().len()).filter(|&s| blend.strategies[s].active).collect();
    Diversification {
        average_correlation: known("average_correlation", average),
        diversification_ratio: known("diversification_ratio", ratio),
        effective_strategies: known("effective_strategies", effective),
        effective_strategies_entropy: known("effective_strategies_entropy", entropy),
        overlap: overlaps(book, &active),
        unknown,
    }
}

fn ratio(book: &SignalBook, shares: &[f64], returns: &ReturnBook, min_observations: usize) -> Result<f64, String> {
    let held: Vec<usize> = (0..shares.len()).filter(|&s| shares[s] > 0.0).collect();
    let mut series = Vec::with_capacity(held.len());
    for &s in &held {
        let id = &book.strategies()[s];
        series.push(returns.get(id).ok_or_else(|| format!("{id} has no returns"))?);
    }
    let Some((first, rest)) = series.split_first() else { return Err(String::from("nothing is placed")) };
    let shared: Vec<UnixNanos> =
        first.times.iter().copied().filter(|time| rest.iter().all(|series| series.times.binary_search(time).is_ok())).collect();
    let n = shared.len();
    if n < min_observations.max(2) {
        return Err(format!("{n} shared dates, {} needed", min_observations.max(2)));
    }
    let mut columns = Vec::with_capacity(series.len());
    for series in &series {
        let values: Vec<f64> =
            shared.iter().filter_map(|time| series.times.binary_search(time).ok().map(|i| series.values[i])).collect();
        let mean = math::sum(values.iter().copied()) / n as f64;
        columns.push(values.into_iter().map(|value| value - mean).collect::<Vec<f64>>());
    }
    let deviation = |column: &[f64]| (math::sum(column.iter().map(|x| x * x)) / (n as f64 - 1.0)).sqrt();
    let weighted = math::sum(held.iter().zip(&columns).map(|(&s, column)| shares[s] * deviation(column)));
    let portfolio: Vec<f64> =
        (0..n).map(|t| math::sum(held.iter().zip(&columns).map(|(&s, column)| shares[s] * column[t]))).collect();
    let together = deviation(&portfolio);
    if math::negligible(together, weighted) {
        return Err(String::from("the portfolio's returns are flat"));
    }
    Ok(weighted / together)
}

//! How diversified a blend is (B10).
//!
//! With wₛ the gross share of strategy s of what is placed:
//! - effective strategies 1/Σwₛ² (Herfindahl, inverse) and exp(-Σ wₛ ln wₛ) (Shannon entropy, exponentiated);
//! - diversification ratio Σwₛσₛ / √(w'Σw), from the sample covariance (ddof 1) over the dates that all strategies share; 1 for perfectly
//!   correlated ones. Source: Choueifaty and Coignard (2008), "Toward Maximum Diversification", *Journal of Portfolio Management* 35(1);
//! - overlap of two strategies' holdings: Jaccard |A∩B|/|A∪B| of the symbols held on the same side, and Σ min(|a|, |b|) of their
//!   shares on the same side.

use super::Blend;
use crate::frame::{ReturnBook, SignalBook};
use crate::math;
use crate::units::UnixNanos;
use serde::Serialize;

/// Overlap of the holdings of two strategies, before caps.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Overlap {
    /// The strategy earlier in the alphabet.
    pub a: String,
    /// The other one.
    pub b: String,
    /// Symbols that both hold on the same side, over symbols that either holds; 0 to 1.
    pub jaccard: f64,
    /// Weight that both hold on the same side; 0 to 1.
    pub weight: f64,
}

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

/// Most strategies for which overlaps are listed pair by pair.
const OVERLAP_STRATEGIES_MAX: usize = 50;

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
    Diversification {
        average_correlation: known("average_correlation", average),
        diversification_ratio: known("diversification_ratio", ratio),
        effective_strategies: known("effective_strategies", effective),
        effective_strategies_entropy: known("effective_strategies_entropy", entropy),
        overlap: overlaps(book, blend),
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

fn overlaps(book: &SignalBook, blend: &Blend) -> Vec<Overlap> {
    let active: Vec<usize> = (0..book.strategies().len()).filter(|&s| blend.strategies[s].active).collect();
    if active.len() > OVERLAP_STRATEGIES_MAX {
        return Vec::new();
    }
    // Share of a row in the gross of its own strategy, from its weights.
    let gross: Vec<f64> = active.iter().map(|&s| math::sum(book.rows(s).weights.iter().map(|weight| weight.abs()))).collect();
    let mut all = Vec::new();
    for (i, &a) in active.iter().enumerate() {
        for (k, &b) in active.iter().enumerate().skip(i + 1) {
            let (x, y) = (book.rows(a), book.rows(b));
            let (mut p, mut q, mut both, mut either, mut weight) = (0, 0, 0_u32, 0_u32, 0.0);
            while p < x.symbols.len() || q < y.symbols.len() {
                let order = match (x.symbols.get(p), y.symbols.get(q)) {
                    (Some(left), Some(right)) => left.cmp(right),
                    (Some(_), None) => std::cmp::Ordering::Less,
                    _ => std::cmp::Ordering::Greater,
                };
                let left = if order.is_le() { x.weights[p] } else { 0.0 };
                let right = if order.is_ge() { y.weights[q] } else { 0.0 };
                either += u32::from(left != 0.0 || right != 0.0);
                if left * right > 0.0 || (left != 0.0 && right != 0.0 && left.signum() == right.signum()) {
                    both += 1;
                    weight += (left.abs() / gross[i]).min(right.abs() / gross[k]);
                }
                p += usize::from(order.is_le());
                q += usize::from(order.is_ge());
            }
            let jaccard = if either == 0 { 0.0 } else { f64::from(both) / f64::from(either) };
            all.push(Overlap { a: book.strategies()[a].clone(), b: book.strategies()[b].clone(), jaccard, weight });
        }
    }
    all
}

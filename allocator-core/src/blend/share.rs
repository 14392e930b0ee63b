//! The share of every row inside its strategy: signed, and of gross one where the basis is normalised.

use super::rank::{Scratch, rank_worth};
use crate::config::blend::{BlendConfig, RankBy, RankTransform, RowBasis};
use crate::frame::SignalBook;

/// Shares of all rows, and which strategies take any position.
pub(super) struct Shares {
    /// Signed share of every row, strategy after strategy.
    pub(super) share: Vec<f64>,
    /// Whether a strategy has a row with a share.
    pub(super) active: Vec<bool>,
    /// Symbols that `min_score` left out, by index.
    pub(super) dropped: Vec<u32>,
}

/// What a row is ranked and filtered by.
pub(super) fn ranked_value(by: RankBy, score: f64, weight: f64) -> f64 {
    match by {
        RankBy::Absolute => score.abs(),
        RankBy::Conviction if weight < 0.0 => -score,
        RankBy::Conviction | RankBy::Score => score,
    }
}

/// Computes the shares (B1, B3) after leaving out what `min_score` refuses (B5).
///
/// A row of weight zero takes no position: it has no sign, no rank and no share.
pub(super) fn shares(book: &SignalBook, config: &BlendConfig, basis: RowBasis) -> Shares {
    let strategies = book.strategies().len();
    let dropped = config.min_score.map(|least| below_min_score(book, config.rank_by, least)).unwrap_or_default();
    let keeps = |symbol: u32| dropped.is_empty() || dropped.binary_search(&symbol).is_err();
    let mut all = Shares { share: vec![0.0; book.len()], active: vec![false; strategies], dropped: Vec::new() };
    let mut scratch = Scratch::default();
    let (mut values, mut worth, mut taken) = (Vec::new(), Vec::new(), Vec::new());
    for s in 0..strategies {
        let rows = book.rows(s);
        let share = &mut all.share[book.range(s)];
        match basis {
            RowBasis::Ranks if dropped.is_empty() && rows.weights.iter().all(|weight| *weight != 0.0) => {
                // The usual case: every row takes a position, and the worths go straight to their place.
                values.clear();
                values.extend(
                    rows.scores.iter().zip(rows.weights).map(|(&score, &weight)| ranked_value(config.rank_by, score, weight)),
                );
                rank_worth(&values, config.ties, config.rank_transform, &mut scratch, share);
                for (share, weight) in share.iter_mut().zip(rows.weights) {
                    *share = share.copysign(*weight);
                }
            }
            RowBasis::Ranks => {
                values.clear();
                taken.clear();
                for (i, ((&symbol, &score), &weight)) in rows.symbols.iter().zip(rows.scores).zip(rows.weights).enumerate() {
                    if weight != 0.0 && keeps(symbol) {
                        values.push(ranked_value(config.rank_by, score, weight));
                        taken.push(i);
                    }
                }
                worth.clear();
                worth.resize(values.len(), 0.0);
                rank_worth(&values, config.ties, config.rank_transform, &mut scratch, &mut worth);
                for (&i, &worth) in taken.iter().zip(&worth) {
                    share[i] = worth.copysign(rows.weights[i]);
                }
            }
            RowBasis::Weights | RowBasis::Method => {
                for (i, (&symbol, &weight)) in rows.symbols.iter().zip(rows.weights).enumerate() {
                    share[i] = if keeps(symbol) { weight } else { 0.0 };
                }
            }
        }
        let mut gross: f64 = share.iter().map(|share| share.abs()).sum();
        if !gross.is_normal() && gross != 0.0 {
            // Huge weights overflow the sum and tiny ones lose bits: divided by the largest first, neither does.
            let largest = share.iter().fold(0.0_f64, |largest, share| largest.max(share.abs()));
            for value in share.iter_mut() {
                *value /= largest;
            }
            gross = share.iter().map(|share| share.abs()).sum();
        }
        all.active[s] = gross > 0.0;
        let normalised =
            basis != RowBasis::Ranks || !matches!(config.rank_transform, RankTransform::Fraction | RankTransform::ZeroOne);
        if normalised && all.active[s] {
            for value in share.iter_mut() {
                *value /= gross;
            }
        }
    }
    all.dropped = dropped;
    all
}

/// Symbols for which no strategy has a value strictly above `least`, ascending.
fn below_min_score(book: &SignalBook, by: RankBy, least: f64) -> Vec<u32> {
    let mut kept = vec![false; book.symbols().len()];
    for s in 0..book.strategies().len() {
        let rows = book.rows(s);
        for ((&symbol, &score), &weight) in rows.symbols.iter().zip(rows.scores).zip(rows.weights) {
            if ranked_value(by, score, weight) > least {
                kept[symbol as usize] = true;
            }
        }
    }
    (0..kept.len() as u32).filter(|&symbol| !kept[symbol as usize]).collect()
}

//! Overlap of two strategies' holdings, before caps: Jaccard |A∩B|/|A∪B| of the symbols held on the same side, and Σ min(|a|, |b|) of
//! their shares on the same side.
//!
//! All pairs go over the symbols together, a block of symbols at a time: the shares of all strategies in one symbol lie side by
//! side, so one strategy is compared with all later ones without a branch, and symbols are counted as bits of a word. Fifty strategies of
//! five thousand symbols took a hundred times as long pair by pair. Sums run over symbols in their order, for every pair.

use crate::frame::SignalBook;
use crate::math;
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

/// Most strategies for which overlaps are listed pair by pair.
const STRATEGIES_MAX: usize = 50;

/// Symbols whose shares are laid out at a time: with fifty strategies they fit the first cache.
const BLOCK: usize = 64;

/// Overlap of every pair of `active` strategies; nothing for more than fifty.
pub(super) fn overlaps(book: &SignalBook, active: &[usize]) -> Vec<Overlap> {
    if active.len() > STRATEGIES_MAX {
        return Vec::new();
    }
    let weight = common_weight(book, active);
    let held = Held::new(book, active);
    let mut all = Vec::with_capacity(weight.len());
    for (i, &a) in active.iter().enumerate() {
        for (k, &b) in active.iter().enumerate().skip(i + 1) {
            let (both, either) = held.count(i, k);
            all.push(Overlap {
                a: book.strategies()[a].clone(),
                b: book.strategies()[b].clone(),
                jaccard: if either == 0 { 0.0 } else { f64::from(both) / f64::from(either) },
                weight: weight[all.len()],
            });
        }
    }
    all
}

/// Weight that both of a pair hold on the same side, pairs in the order (0, 1), (0, 2), …, (1, 2), ….
fn common_weight(book: &SignalBook, active: &[usize]) -> Vec<f64> {
    let n = active.len();
    let gross: Vec<f64> = active.iter().map(|&s| math::sum(book.rows(s).weights.iter().map(|weight| weight.abs()))).collect();
    let mut common = vec![0.0; n * n.saturating_sub(1) / 2];
    let mut next = vec![0; n];
    // Signed shares: those of all strategies in one symbol, then in the next.
    let mut block = vec![0.0_f64; BLOCK * n];
    for first in (0..book.symbols().len()).step_by(BLOCK) {
        block.fill(0.0);
        for (k, &s) in active.iter().enumerate() {
            let rows = book.rows(s);
            while let Some(&symbol) = rows.symbols.get(next[k]).filter(|&&symbol| (symbol as usize) < first + BLOCK) {
                block[(symbol as usize - first) * n + k] = rows.weights[next[k]] / gross[k];
                next[k] += 1;
            }
        }
        for shares in block.chunks_exact(n.max(1)) {
            let mut pairs = common.as_mut_slice();
            for (i, &share) in shares.iter().enumerate() {
                let (own, later) = pairs.split_at_mut(n - 1 - i);
                pairs = later;
                let others = own.iter_mut().zip(&shares[i + 1..]);
                if share > 0.0 {
                    others.for_each(|(common, &other)| *common += least(share, most(other, 0.0)));
                } else if share < 0.0 {
                    others.for_each(|(common, &other)| *common += least(-share, most(-other, 0.0)));
                }
            }
        }
    }
    common
}

/// As `f64::min` for numbers, in one instruction.
fn least(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// As `f64::max` for numbers, in one instruction.
fn most(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// One bit for each strategy and symbol.
struct Held {
    words: usize,
    long: Vec<u64>,
    short: Vec<u64>,
}

impl Held {
    fn new(book: &SignalBook, active: &[usize]) -> Self {
        let words = book.symbols().len().div_ceil(64);
        let mut held = Held { words, long: vec![0; words * active.len()], short: vec![0; words * active.len()] };
        for (k, &s) in active.iter().enumerate() {
            let rows = book.rows(s);
            for (&symbol, &weight) in rows.symbols.iter().zip(rows.weights) {
                let (word, bit) = (k * words + symbol as usize / 64, 1_u64 << (symbol % 64));
                held.long[word] |= if weight > 0.0 { bit } else { 0 };
                held.short[word] |= if weight < 0.0 { bit } else { 0 };
            }
        }
        held
    }

    /// Symbols that both hold on the same side, and symbols that either holds.
    fn count(&self, i: usize, k: usize) -> (u32, u32) {
        let (mut both, mut either) = (0, 0);
        for word in 0..self.words {
            let (i, k) = (i * self.words + word, k * self.words + word);
            both += (self.long[i] & self.long[k] | self.short[i] & self.short[k]).count_ones();
            either += (self.long[i] | self.long[k] | self.short[i] | self.short[k]).count_ones();
        }
        (both, either)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_side_counts_and_the_other_does_not() {
        // Shares of a: A 0.5, B -0.25, C 0.25; of b: A 0.25, B 0.25, D 0.5. Both hold A long; either holds A, B, C, D.
        let book =
            SignalBook::from_json(br#"{"a":[["A",1,2],["B",1,-1],["C",1,1]],"b":[["A",1,1],["B",1,1],["D",1,2]]}"#).unwrap();
        let all = overlaps(&book, &[0, 1]);
        assert_eq!((all.len(), all[0].jaccard, all[0].weight), (1, 0.25, 0.25));
    }

    #[test]
    fn beyond_one_block_and_beside_short_positions() {
        // 200 symbols each; b holds every second one short. Shares 1/200 each; 100 symbols on the same side.
        let rows =
            |sign: fn(u32) -> f64| -> Vec<(String, f64, f64)> { (0..200).map(|j| (format!("S{j:03}"), 1.0, sign(j))).collect() };
        let all = [("a".to_owned(), rows(|_| -2.0)), ("b".to_owned(), rows(|j| if j % 2 == 0 { -1.0 } else { 1.0 }))].into();
        let book = SignalBook::from_rows(&all, |_, _, _| String::new(), &mut crate::error::Faults::new()).unwrap();
        let all = overlaps(&book, &[0, 1]);
        assert!(all[0].jaccard == 0.5 && (all[0].weight - 0.5).abs() < 1e-12, "{all:?}");
    }

    #[test]
    fn none_and_one_have_no_pairs() {
        let book = SignalBook::from_json(br#"{"a":[["A",1,1]]}"#).unwrap();
        assert!(overlaps(&book, &[]).is_empty() && overlaps(&book, &[0]).is_empty());
    }
}

//! An allocation as columns. A page that draws thousands of weights reads numbers as they lie in memory; as JSON the same
//! numbers take ten times the memory and keep the page's thread busy for as long as they are parsed.

use allocator_core::error::Problem;
use allocator_core::op::Answer;
use allocator_core::op::blend::{BlendResult, SymbolWeight};
use allocator_core::wire::to_canonical_string;
use std::collections::BTreeMap;

/// Numbers of one contribution, in this order: place of its strategy in the answer's `strategies`, normalised, raw, capped,
/// redistributed, scaled, value.
const TERMS: usize = 7;

/// Numbers handed over at once: few calls, and little that is held twice.
const PIECE: usize = 1 << 13;

/// The answer of a blend, its weights in columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    /// The answer as canonical JSON, with an empty list in place of its weights; the digest is that of the whole answer.
    pub head: String,
    /// Symbols as a JSON array, in the order of the answer.
    pub symbols: String,
    /// Final weight of each symbol.
    pub weights: Vec<f64>,
    /// How many strategies contribute to each symbol.
    pub counts: Vec<u32>,
    /// The contributions themselves.
    pub terms: Terms,
}

/// Numbers of each contribution, symbol after symbol, to be taken away: seven at a time, the first of them the place of its strategy in
/// the answer's `strategies`.
#[derive(Clone, Debug, PartialEq)]
pub struct Terms {
    rows: Vec<SymbolWeight>,
    places: BTreeMap<String, u32>,
}

impl Columns {
    /// Takes an answer apart.
    ///
    /// # Errors
    /// More contributions than can be counted, or a number that JSON cannot hold: both would be defects.
    pub fn of(answer: Answer<BlendResult>) -> Result<Self, Problem> {
        let Answer { mut result, digest } = answer;
        let rows = std::mem::take(&mut result.weights);
        let places = result.strategies.iter().map(|line| line.strategy.clone()).zip(0..).collect();
        let count = |row: &SymbolWeight| u32::try_from(row.contributions.len()).ok();
        Ok(Columns {
            symbols: to_canonical_string(&rows.iter().map(|row| row.symbol.as_str()).collect::<Vec<_>>())?,
            weights: rows.iter().map(|row| row.final_weight).collect(),
            counts: rows.iter().map(count).collect::<Option<_>>().ok_or_else(|| Problem::internal("too many contributions"))?,
            head: to_canonical_string(&Answer { result, digest })?,
            terms: Terms { rows, places },
        })
    }
}

impl Terms {
    /// How many numbers there are.
    pub fn count(&self) -> usize {
        self.rows.iter().map(|row| row.contributions.len() * TERMS).sum()
    }

    /// Hands all of them over, piece by piece. What has been handed over is gone: a million contributions do not stand twice in memory.
    ///
    /// # Errors
    /// A contribution of a strategy that the answer does not list, which would be a defect.
    pub fn hand_over(self, mut take: impl FnMut(&[f64])) -> Result<(), Problem> {
        let mut piece = Vec::with_capacity(PIECE);
        for row in self.rows {
            for part in &row.contributions {
                let place =
                    self.places.get(part.strategy.as_str()).ok_or_else(|| Problem::internal("a strategy that is not listed"))?;
                if piece.len() + TERMS > PIECE {
                    take(&piece);
                    piece.clear();
                }
                piece.extend([
                    f64::from(*place),
                    part.normalised,
                    part.raw,
                    part.capped,
                    part.redistributed,
                    part.scaled,
                    part.value,
                ]);
            }
        }
        take(&piece);
        Ok(())
    }
}

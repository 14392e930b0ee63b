//! An allocation as columns. A page that draws thousands of weights reads numbers as they lie in memory; as JSON the same
//! numbers take ten times the memory and keep the page's thread busy for as long as they are parsed.

use allocator_core::error::Problem;
use allocator_core::op::Answer;
use allocator_core::op::blend::BlendResult;
use allocator_core::wire::to_canonical_string;
use std::collections::BTreeMap;

/// Numbers of one contribution, in this order: normalised, raw, capped, redistributed, scaled, value.
const TERMS: usize = 6;

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
    /// Strategy of each contribution, symbol after symbol: its place in the answer's `strategies`.
    pub strategies: Vec<u32>,
    /// Numbers of each contribution, six at a time.
    pub terms: Vec<f64>,
}

impl Columns {
    /// Takes an answer apart.
    ///
    /// # Errors
    /// A contribution of a strategy that the answer does not list, or a number that JSON cannot hold: both would be defects.
    pub fn of(answer: Answer<BlendResult>) -> Result<Self, Problem> {
        let Answer { mut result, digest } = answer;
        let rows = std::mem::take(&mut result.weights);
        let places: BTreeMap<&str, u32> = result.strategies.iter().map(|line| line.strategy.as_str()).zip(0..).collect();
        let contributions = rows.iter().map(|row| row.contributions.len()).sum();
        let mut columns = Columns {
            head: String::new(),
            symbols: to_canonical_string(&rows.iter().map(|row| row.symbol.as_str()).collect::<Vec<_>>())?,
            weights: rows.iter().map(|row| row.final_weight).collect(),
            counts: Vec::with_capacity(rows.len()),
            strategies: Vec::with_capacity(contributions),
            terms: Vec::with_capacity(contributions * TERMS),
        };
        for row in &rows {
            columns.counts.push(u32::try_from(row.contributions.len()).map_err(|_| Problem::internal("too many contributions"))?);
            for part in &row.contributions {
                let place =
                    places.get(part.strategy.as_str()).ok_or_else(|| Problem::internal("a strategy that is not listed"))?;
                columns.strategies.push(*place);
                columns.terms.extend([part.normalised, part.raw, part.capped, part.redistributed, part.scaled, part.value]);
            }
        }
        columns.head = to_canonical_string(&Answer { result, digest })?;
        Ok(columns)
    }
}

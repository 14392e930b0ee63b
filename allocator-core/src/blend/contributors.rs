//! Who stands behind a symbol: the rows that take a position in it, gathered by symbol.

use super::Blend;
use crate::frame::SignalBook;

/// The rows of a blend by symbol, strategies in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contributors {
    starts: Vec<u32>,
    rows: Vec<Contributor>,
}

/// A strategy that takes a position in a symbol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contributor {
    /// Number of the strategy in the book.
    pub strategy: u32,
    /// Number of its row among all rows.
    pub row: u32,
}

impl Contributors {
    /// Gathers them in two passes over the rows.
    pub fn new(book: &SignalBook, blend: &Blend) -> Self {
        let mut starts = vec![0_u32; book.symbols().len() + 1];
        for (&symbol, &share) in book.symbol_indices().iter().zip(&blend.normalised) {
            starts[symbol as usize + 1] += u32::from(share != 0.0);
        }
        for j in 1..starts.len() {
            starts[j] += starts[j - 1];
        }
        let mut next = starts.clone();
        let mut rows = vec![Contributor::default(); starts[starts.len() - 1] as usize];
        for strategy in 0..book.strategies().len() {
            let range = book.range(strategy);
            for ((row, &symbol), &share) in range.clone().zip(book.rows(strategy).symbols).zip(&blend.normalised[range]) {
                if share != 0.0 {
                    let next = &mut next[symbol as usize];
                    rows[*next as usize] = Contributor { strategy: strategy as u32, row: row as u32 };
                    *next += 1;
                }
            }
        }
        Contributors { starts, rows }
    }

    /// Those of symbol number `j`; none where no strategy takes a position.
    pub fn of(&self, j: usize) -> &[Contributor] {
        &self.rows[self.starts[j] as usize..self.starts[j + 1] as usize]
    }
}

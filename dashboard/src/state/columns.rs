//! Weights as the engine hands them over: columns of numbers rather than text, which ten thousand contributions would take long to parse.

use super::blend::{Contribution, Weight};
use allocator_core::wire::{Json, parse};

/// Numbers of one contribution.
const TERMS: usize = 6;

/// The weights of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// Symbols as a JSON array.
    pub symbols: String,
    /// Final weight of each symbol.
    pub weights: Vec<f64>,
    /// How many strategies contribute to each symbol.
    pub counts: Vec<u32>,
    /// Strategy of each contribution, by its place in the answer's list.
    pub strategies: Vec<u32>,
    /// Numbers of each contribution: normalised, raw, capped, redistributed, scaled, value.
    pub terms: Vec<f64>,
}

impl Columns {
    /// The rows. `None` if the columns do not belong together, which would be a defect.
    pub fn rows(&self) -> Option<Vec<Weight>> {
        let symbols = parse(self.symbols.as_bytes()).ok()?;
        let symbols = symbols.as_array()?;
        let contributions: usize = self.counts.iter().map(|&count| count as usize).sum();
        let fit = [self.weights.len(), self.counts.len()].iter().all(|&length| length == symbols.len());
        if !fit || self.strategies.len() != contributions || self.terms.len() != contributions * TERMS {
            return None;
        }
        let (terms, _) = self.terms.as_chunks::<TERMS>();
        let mut parts =
            self.strategies.iter().zip(terms).map(|(&strategy, &[normalised, raw, capped, redistributed, scaled, value])| {
                Contribution { strategy: strategy as usize, raw, normalised, capped, redistributed, scaled, value }
            });
        let rows = symbols.iter().map(Json::as_str).zip(&self.weights).zip(&self.counts);
        rows.map(|((symbol, &weight), &count)| {
            Some(Weight { symbol: symbol?.to_owned(), weight, parts: parts.by_ref().take(count as usize).collect() })
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        Columns {
            symbols: String::from(r#"["X","Y\n"]"#),
            weights: vec![0.3, -0.1],
            counts: vec![2, 0],
            strategies: vec![1, 0],
            terms: (1..=12).map(f64::from).collect(),
        }
    }

    #[test]
    fn rows_get_their_own_contributions() {
        let rows = columns().rows().unwrap();
        assert_eq!(
            rows.iter().map(|row| (row.symbol.as_str(), row.weight, row.parts.len())).collect::<Vec<_>>(),
            [("X", 0.3, 2), ("Y\n", -0.1, 0)]
        );
        let Contribution { strategy, raw, normalised, capped, redistributed, scaled, value } = rows[0].parts[1];
        assert_eq!((strategy, normalised, raw, capped, redistributed, scaled, value), (0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0));
    }

    #[test]
    fn columns_that_do_not_belong_together_are_no_rows() {
        for broken in [
            Columns { counts: vec![1, 0], ..columns() },
            Columns { terms: Vec::new(), ..columns() },
            Columns { weights: vec![0.3], ..columns() },
            Columns { symbols: String::from("[1,2]"), ..columns() },
            Columns { symbols: String::from("{"), ..columns() },
        ] {
            assert_eq!(broken.rows(), None, "{broken:?}");
        }
    }
}

//! Weights as the engine hands them over: columns of numbers rather than text, which ten thousand contributions would take long to parse.

use super::blend::Weight;
use super::parts::Parts;
use allocator_core::wire::{Json, parse};

/// The weights of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// Symbols as a JSON array.
    pub symbols: String,
    /// Final weight of each symbol.
    pub weights: Vec<f64>,
    /// How many strategies contribute to each symbol.
    pub counts: Vec<u32>,
    /// Numbers of each contribution, as [`Parts`] has them.
    pub terms: Vec<f64>,
}

impl Columns {
    /// The rows. `None` if the columns do not belong together, which would be a defect.
    pub fn rows(self) -> Option<Vec<Weight>> {
        let symbols = parse(self.symbols.as_bytes()).ok()?;
        let symbols = symbols.as_array()?;
        if self.weights.len() != symbols.len() || self.counts.len() != symbols.len() {
            return None;
        }
        let parts = Parts::runs(self.terms, &self.counts)?;
        let rows = symbols.iter().map(Json::as_str).zip(self.weights).zip(parts);
        rows.map(|((symbol, weight), parts)| Some(Weight { symbol: symbol?.to_owned(), weight, parts })).collect()
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
            terms: (1..=14).map(f64::from).collect(),
        }
    }

    #[test]
    fn rows_get_their_own_contributions() {
        let rows = columns().rows().unwrap();
        assert_eq!(
            rows.iter().map(|row| (row.symbol.as_str(), row.weight, row.parts.len())).collect::<Vec<_>>(),
            [("X", 0.3, 2), ("Y\n", -0.1, 0)]
        );
        assert_eq!(rows[0].parts.iter().map(|part| part.value).collect::<Vec<_>>(), [7.0, 14.0]);
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
            assert_eq!(broken.clone().rows(), None, "{broken:?}");
        }
    }
}

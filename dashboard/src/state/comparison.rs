//! What the last change moved: the answer before it beside the answer now.

use super::blend::Blend;
use std::collections::BTreeMap;

/// Final weights of an answer by symbol; a symbol that is not held is not in it.
fn by_symbol(blend: &Blend) -> BTreeMap<&str, f64> {
    blend.weights.iter().map(|row| (row.symbol.as_str(), row.weight)).collect()
}

/// What a change moved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The weight before, by symbol, of every symbol of either answer.
    before: BTreeMap<String, f64>,
    /// Half the sum of absolute changes: what is sold, which for an unchanged total is what is bought.
    pub turnover: f64,
    /// Sum of the changes.
    pub net: f64,
}

impl Comparison {
    /// Compares two answers.
    pub fn of(before: &Blend, now: &Blend) -> Self {
        let (old, new) = (by_symbol(before), by_symbol(now));
        let mut all: BTreeMap<String, f64> = old.iter().map(|(symbol, weight)| ((*symbol).to_owned(), *weight)).collect();
        for symbol in new.keys() {
            all.entry((*symbol).to_owned()).or_insert(0.0);
        }
        let change = |symbol: &str, weight: f64| new.get(symbol).copied().unwrap_or(0.0) - weight;
        let turnover = all.iter().map(|(symbol, weight)| change(symbol, *weight).abs()).sum::<f64>() / 2.0;
        let net = all.iter().map(|(symbol, weight)| change(symbol, *weight)).sum();
        Comparison { before: all, turnover, net }
    }

    /// The weight before the change; a symbol that was not held had 0.
    pub fn before(&self, symbol: &str) -> f64 {
        self.before.get(symbol).copied().unwrap_or(0.0)
    }

    /// Symbols that were held and are no more.
    pub fn gone<'a>(&'a self, now: &'a Blend) -> impl Iterator<Item = (&'a str, f64)> {
        self.before
            .iter()
            .filter(|(symbol, weight)| **weight != 0.0 && now.weight(symbol).is_none())
            .map(|(symbol, weight)| (symbol.as_str(), *weight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::blend::Weight;

    fn blend(weights: &[(&str, f64)]) -> Blend {
        let weights =
            weights.iter().map(|(symbol, weight)| Weight { symbol: (*symbol).into(), weight: *weight, parts: Vec::new() });
        Blend::of_weights(weights.collect())
    }

    #[test]
    fn turnover_is_half_of_what_moved() {
        // A falls by 0.1, B rises by 0.05, C comes with 0.05: (0.1 + 0.05 + 0.05) / 2 = 0.1.
        let (before, now) = (blend(&[("A", 0.5), ("B", 0.5)]), blend(&[("A", 0.4), ("B", 0.55), ("C", 0.05)]));
        let moved = Comparison::of(&before, &now);
        assert!((moved.turnover - 0.1).abs() < 1e-15 && moved.net.abs() < 1e-15, "{moved:?}");
        assert_eq!((moved.before("A"), moved.before("C"), moved.before("no such")), (0.5, 0.0, 0.0));
    }

    #[test]
    fn what_is_no_longer_held_is_named() {
        let (before, now) = (blend(&[("A", 0.5), ("B", 0.2)]), blend(&[("A", 0.5)]));
        let moved = Comparison::of(&before, &now);
        assert_eq!(moved.gone(&now).collect::<Vec<_>>(), [("B", 0.2)]);
        assert_eq!((moved.turnover, moved.net), (0.1, -0.2));
    }
}

//! What the last change moved: the answer before it beside the answer now.

use super::blend::{Blend, Weight};
use super::same::Same;

/// What a change moved.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The answer before.
    before: Same<Blend>,
    /// Half the sum of absolute changes: what is sold, which for an unchanged total is what is bought.
    pub turnover: f64,
    /// Sum of the changes.
    pub net: f64,
}

impl Comparison {
    /// Compares two answers.
    pub fn of(before: Same<Blend>, now: &Blend) -> Self {
        let held = |blend: &Blend, symbol: &str| blend.weight(symbol).map(|row| row.weight);
        let left = before.by_symbol().map(|row| held(now, &row.symbol).unwrap_or(0.0) - row.weight);
        let new = now.by_symbol().filter(|row| held(&before, &row.symbol).is_none()).map(|row| row.weight);
        let (mut moved, mut net) = (0.0, 0.0);
        for change in left.chain(new) {
            moved += change.abs();
            net += change;
        }
        Comparison { before, turnover: moved / 2.0, net }
    }

    /// The weight before the change; a symbol that was not held had 0.
    pub fn before(&self, symbol: &str) -> f64 {
        self.before.weight(symbol).map_or(0.0, |row| row.weight)
    }

    /// Symbols that were held and are no more.
    pub fn gone<'a>(&'a self, now: &'a Blend) -> impl Iterator<Item = (&'a str, f64)> {
        let gone = |row: &&Weight| row.weight != 0.0 && now.weight(&row.symbol).is_none();
        self.before.by_symbol().filter(gone).map(|row| (row.symbol.as_str(), row.weight))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::parts::Parts;

    fn blend(weights: &[(&str, f64)]) -> Same<Blend> {
        let weights =
            weights.iter().map(|(symbol, weight)| Weight { symbol: (*symbol).into(), weight: *weight, parts: Parts::default() });
        Same::new(Blend::of_weights(weights.collect()))
    }

    #[test]
    fn turnover_is_half_of_what_moved() {
        // A falls by 0.1, B rises by 0.05, C comes with 0.05: (0.1 + 0.05 + 0.05) / 2 = 0.1.
        let (before, now) = (blend(&[("A", 0.5), ("B", 0.5)]), blend(&[("A", 0.4), ("B", 0.55), ("C", 0.05)]));
        let moved = Comparison::of(before, &now);
        assert!((moved.turnover - 0.1).abs() < 1e-15 && moved.net.abs() < 1e-15, "{moved:?}");
        assert_eq!((moved.before("A"), moved.before("C"), moved.before("no such")), (0.5, 0.0, 0.0));
    }

    #[test]
    fn what_is_no_longer_held_is_named() {
        let (before, now) = (blend(&[("A", 0.5), ("B", 0.2)]), blend(&[("A", 0.5)]));
        let moved = Comparison::of(before, &now);
        assert_eq!(moved.gone(&now).collect::<Vec<_>>(), [("B", 0.2)]);
        assert_eq!((moved.turnover, moved.net), (0.1, -0.2));
    }
}

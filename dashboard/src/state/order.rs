//! In which order the rows of final weights stand, and which of them are shown.

use super::blend::{Blend, Weight};
use super::comparison::Comparison;

/// What rows are sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Key {
    /// Name.
    Symbol,
    /// Absolute final weight.
    #[default]
    Weight,
    /// What the last change did to it.
    Change,
    /// How many strategies hold it.
    HeldBy,
}

/// A key and its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub key: Key,
    /// Largest, or last in the alphabet, first.
    pub descending: bool,
}

impl Default for Order {
    fn default() -> Self {
        Order { key: Key::Weight, descending: true }
    }
}

impl Order {
    /// The order after a click on a column: the other way round on the same, the natural one on another.
    #[must_use]
    pub fn clicked(self, key: Key) -> Self {
        if self.key == key { Order { key, descending: !self.descending } } else { Order { key, descending: key != Key::Symbol } }
    }

    /// What `aria-sort` of a column says.
    pub fn aria(self, key: Key) -> &'static str {
        match (self.key == key, self.descending) {
            (false, _) => "none",
            (true, true) => "descending",
            (true, false) => "ascending",
        }
    }

    /// In words, for the title of the table.
    pub fn words(self) -> &'static str {
        match (self.key, self.descending) {
            (Key::Symbol, false) => "by name",
            (Key::Symbol, true) => "by name, last first",
            (Key::Weight, true) => "sorted by size",
            (Key::Weight, false) => "smallest first",
            (Key::Change, true) => "by change, gains first",
            (Key::Change, false) => "by change, losses first",
            (Key::HeldBy, true) => "by number of strategies",
            (Key::HeldBy, false) => "by number of strategies, fewest first",
        }
    }

    /// Rows in this order that contain a text in their name; equal ones stay in the engine's order.
    pub fn rows<'a>(self, blend: &'a Blend, moved: Option<&Comparison>, find: &str) -> Vec<&'a Weight> {
        let find = find.trim().to_lowercase();
        let mut rows: Vec<&Weight> =
            blend.weights.iter().filter(|row| find.is_empty() || row.symbol.to_lowercase().contains(&find)).collect();
        let change = |row: &Weight| moved.map_or(0.0, |moved| row.weight - moved.before(&row.symbol));
        match self.key {
            Key::Symbol => rows.sort_by(|a, b| a.symbol.cmp(&b.symbol)),
            Key::Weight => rows.sort_by(|a, b| a.weight.abs().total_cmp(&b.weight.abs())),
            Key::Change => rows.sort_by(|a, b| change(a).total_cmp(&change(b))),
            Key::HeldBy => rows.sort_by_key(|row| row.held_by()),
        }
        if self.descending {
            rows.reverse();
            // Reversing put equal rows last first; a stable sort the other way would not have.
            if self.key != Key::Symbol {
                let same = |a: &Weight, b: &Weight| match self.key {
                    Key::Weight => a.weight.abs() == b.weight.abs(),
                    Key::Change => change(a) == change(b),
                    Key::HeldBy => a.held_by() == b.held_by(),
                    Key::Symbol => false,
                };
                for run in rows.chunk_by_mut(|a, b| same(a, b)) {
                    run.reverse();
                }
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::parts::Parts;
    use crate::state::same::Same;

    fn blend() -> Blend {
        let row = |symbol: &str, weight: f64| Weight { symbol: symbol.into(), weight, parts: Parts::default() };
        Blend::of_weights(vec![row("B", 0.4), row("D", -0.4), row("A", 0.1), row("C", 0.05)])
    }

    fn names(rows: &[&Weight]) -> String {
        rows.iter().map(|row| row.symbol.as_str()).collect()
    }

    #[test]
    fn rows_sort_both_ways_and_equal_ones_keep_their_order() {
        let blend = blend();
        let order = Order::default();
        assert_eq!(names(&order.rows(&blend, None, "")), "BDAC");
        assert_eq!(names(&order.clicked(Key::Weight).rows(&blend, None, "")), "CABD");
        assert_eq!(names(&order.clicked(Key::Symbol).rows(&blend, None, "")), "ABCD");
        assert_eq!(names(&order.clicked(Key::HeldBy).rows(&blend, None, "")), "BDAC");
    }

    #[test]
    fn changes_sort_by_what_moved() {
        let now = blend();
        let row = |symbol: &str, weight: f64| Weight { symbol: symbol.into(), weight, parts: Parts::default() };
        let before = Blend::of_weights(vec![row("A", 0.3), row("B", 0.1)]);
        let moved = Comparison::of(Same::new(before), &now);
        // B +0.3, C +0.05, A −0.2, D −0.4
        assert_eq!(names(&Order { key: Key::Change, descending: true }.rows(&now, Some(&moved), "")), "BCAD");
    }

    #[test]
    fn finding_ignores_case() {
        assert_eq!(names(&Order::default().rows(&blend(), None, " b ")), "B");
    }
}

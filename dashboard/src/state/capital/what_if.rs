//! A split made by hand: an edge between two neighbours moves, one gives what the other takes, and limits stop it.

use super::answer::{Outcome, Row};
use super::settings::Weights;
use crate::state::number::percent;

/// One part of the bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The strategy; `None` is the cash.
    pub strategy: Option<String>,
    /// Fraction of the capital.
    pub weight: f64,
    /// Least that limits ask for.
    pub lower: f64,
    /// Most that they allow.
    pub upper: f64,
}

/// What a move came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    /// The parts after it.
    pub parts: Vec<Part>,
    /// The place of the part whose limit stopped it, and whether that is its most.
    pub stopped_by: Option<(usize, bool)>,
}

/// The bar of an outcome, or of a draft over its limits: strategies in their order, then the cash above the reserve.
pub fn parts(outcome: &Outcome, draft: Option<&Weights>, reserve: f64) -> Vec<Part> {
    let weight = |row: &Row| draft.map_or(row.weight, |draft| draft.get(&row.strategy).copied().unwrap_or(0.0));
    let mut all: Vec<Part> = outcome
        .rows
        .iter()
        .map(|row| Part { strategy: Some(row.strategy.clone()), weight: weight(row), lower: row.lower, upper: row.upper })
        .collect();
    let invested: f64 = all.iter().map(|part| part.weight).sum();
    all.push(Part { strategy: None, weight: (1.0 - invested).max(0.0), lower: reserve, upper: f64::INFINITY });
    all
}

/// How far the edge after part `edge` can go: to the left (at most 0) and to the right (at least 0).
pub fn range(parts: &[Part], edge: usize) -> (f64, f64) {
    let (Some(left), Some(right)) = (parts.get(edge), parts.get(edge + 1)) else { return (0.0, 0.0) };
    // Where a limit is already broken, the edge may only go where it is broken less.
    let low = (left.lower - left.weight).max(right.weight - right.upper).min(0.0);
    let high = (left.upper - left.weight).min(right.weight - right.lower).max(0.0);
    (low, high)
}

/// Moves the edge after part `edge` by a fraction of the capital, as far as limits let it.
pub fn shift(parts: &[Part], edge: usize, by: f64) -> Moved {
    let (low, high) = range(parts, edge);
    let taken = by.clamp(low, high);
    let mut moved = parts.to_vec();
    if taken != 0.0 && edge + 1 < moved.len() {
        let both = moved[edge].weight + moved[edge + 1].weight;
        let (left, right) = (&parts[edge], &parts[edge + 1]);
        // At a limit the weight is the limit itself, not the limit less some dust.
        let mut weight = left.weight + taken;
        for limit in [left.lower, left.upper, both - right.lower, both - right.upper] {
            if (weight - limit).abs() < 1e-12 {
                weight = limit;
            }
        }
        moved[edge].weight = weight.max(0.0);
        moved[edge + 1].weight = (both - weight).max(0.0);
    }
    let stopped_by = (taken - by).abs() > 1e-12;
    let culprit = |parts: &[Part]| {
        let (left, right) = (parts.get(edge)?, parts.get(edge + 1)?);
        Some(if by > 0.0 {
            if left.upper - left.weight <= right.weight - right.lower { (edge, true) } else { (edge + 1, false) }
        } else if left.lower - left.weight >= right.weight - right.upper {
            (edge, false)
        } else {
            (edge + 1, true)
        })
    };
    Moved { stopped_by: if stopped_by { culprit(parts) } else { None }, parts: moved }
}

impl Moved {
    /// The split of the strategies.
    pub fn weights(&self) -> Weights {
        self.parts.iter().filter_map(|part| Some((part.strategy.clone()?, part.weight))).collect()
    }

    /// What stopped it, in a sentence; `name` gives a strategy's name for people.
    pub fn sentence(&self, name: impl Fn(&str) -> String) -> Option<String> {
        let (place, most) = self.stopped_by?;
        let part = self.parts.get(place)?;
        Some(match (&part.strategy, most) {
            (Some(strategy), true) => format!("{} is at its maximum of {} %.", name(strategy), percent(part.upper)),
            (Some(strategy), false) => format!("{} is at its minimum of {} %.", name(strategy), percent(part.lower)),
            (None, _) => format!("The cash is at its reserve of {} %.", percent(part.lower)),
        })
    }
}

/// Strategies of a draft that stand outside limits which have changed since.
pub fn broken(parts: &[Part]) -> Vec<&str> {
    let out = |part: &&Part| part.weight > part.upper + 1e-9 || part.weight < part.lower - 1e-9;
    parts.iter().filter(out).map(|part| part.strategy.as_deref().unwrap_or("cash")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, weight: f64, lower: f64, upper: f64) -> Part {
        Part { strategy: Some(name.into()), weight, lower, upper }
    }

    fn bar() -> Vec<Part> {
        let cash = Part { strategy: None, weight: 0.1, lower: 0.05, upper: f64::INFINITY };
        vec![part("a", 0.3, 0.1, 0.4), part("b", 0.35, 0.05, 0.35), part("c", 0.25, 0.0, 0.4), cash]
    }

    fn sentence(moved: &Moved) -> String {
        moved.sentence(str::to_uppercase).unwrap_or_default()
    }

    #[test]
    fn both_neighbours_move_and_the_others_stay() {
        let moved = shift(&bar(), 0, 0.05);
        let weights: Vec<f64> = moved.parts.iter().map(|part| part.weight).collect();
        assert!((weights[0] - 0.35).abs() < 1e-15 && (weights[1] - 0.30).abs() < 1e-15, "{weights:?}");
        assert_eq!((weights[2], weights[3], moved.stopped_by), (0.25, 0.1, None));
        assert_eq!(moved.weights().len(), 3, "the cash is what is left");
    }

    #[test]
    fn a_limit_of_either_neighbour_stops_the_edge_and_says_so() {
        let far = shift(&bar(), 0, 0.5);
        assert_eq!((far.parts[0].weight, sentence(&far).as_str()), (0.4, "A is at its maximum of 40.00 %."));
        // b is at its maximum already: a can give it nothing.
        let back = shift(&bar(), 0, -0.01);
        assert_eq!((back.parts[0].weight, sentence(&back).as_str()), (0.3, "B is at its maximum of 35.00 %."));
        let low = shift(&bar(), 1, -0.5);
        assert_eq!(sentence(&low), "C is at its maximum of 40.00 %.");
        let minimum = shift(&[part("a", 0.3, 0.1, 1.0), part("b", 0.3, 0.0, 1.0)], 0, -0.5);
        assert_eq!((minimum.parts[0].weight, sentence(&minimum).as_str()), (0.1, "A is at its minimum of 10.00 %."));
        let cash = shift(&bar(), 2, 0.2);
        assert_eq!(sentence(&cash), "The cash is at its reserve of 5.00 %.");
        assert!((cash.parts[2].weight - 0.3).abs() < 1e-15);
    }

    #[test]
    fn nothing_is_lost_on_the_way_there_and_back() {
        let mut parts = bar();
        for step in [0.01, -0.03, 0.07, 0.001, -0.2, 0.02] {
            for edge in 0..3 {
                parts = shift(&parts, edge, step).parts;
                let total: f64 = parts.iter().map(|part| part.weight).sum();
                assert!((total - 1.0).abs() < 1e-12);
                assert!(broken(&parts).is_empty(), "{parts:?}");
            }
        }
    }

    #[test]
    fn outside_its_limits_an_edge_only_goes_back() {
        let parts = [part("a", 0.5, 0.0, 0.4), part("b", 0.2, 0.0, 0.4)];
        assert_eq!(broken(&parts), ["a"]);
        assert_eq!(shift(&parts, 0, 0.1).parts[0].weight, 0.5);
        assert!((shift(&parts, 0, -0.1).parts[0].weight - 0.4).abs() < 1e-15);
        assert_eq!(shift(&parts, 7, 0.1).parts.len(), 2, "there is no such edge");
    }
}

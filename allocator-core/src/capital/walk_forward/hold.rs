//! Weights held through the days.

use super::History;

/// Weights that drift with the returns.
pub(super) struct Held {
    /// As bought.
    pub(super) start: Vec<f64>,
    /// As they are now.
    pub(super) weights: Vec<f64>,
    /// Dates on which something held had no return.
    pub(super) gaps: u32,
}

impl Held {
    pub(super) fn new(weights: Vec<f64>) -> Self {
        Held { start: weights.clone(), weights, gaps: 0 }
    }

    /// The return of the whole on a row; weights are those after it from then on. Where everything is lost nothing is left to hold.
    pub(super) fn through(&mut self, history: &History<'_>, row: usize) -> f64 {
        let gap = self.weights.iter().zip(&history.columns).any(|(weight, column)| *weight != 0.0 && column[row].is_none());
        self.gaps += u32::from(gap);
        let earned = once(&self.weights, history, row);
        let worth = 1.0 + earned;
        for (weight, column) in self.weights.iter_mut().zip(&history.columns) {
            *weight = if worth > 0.0 { *weight * (1.0 + column[row].unwrap_or(0.0)) / worth } else { 0.0 };
        }
        earned
    }
}

/// The return of some weights on a row, at least −1.
pub(super) fn once(weights: &[f64], history: &History<'_>, row: usize) -> f64 {
    let parts = weights.iter().zip(&history.columns).map(|(weight, column)| weight * column[row].unwrap_or(0.0));
    crate::math::sum(parts).max(-1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Faults;
    use crate::frame::ReturnBook;
    use crate::units::UnixNanos;
    use std::collections::BTreeMap;

    #[test]
    fn what_rises_weighs_more_and_a_gap_is_counted() {
        let day = |i: i64| UnixNanos::from_days(19_000 + i).unwrap();
        let points = BTreeMap::from([
            (String::from("a"), vec![(day(0), 0.2), (day(1), 0.0), (day(2), -1.0)]),
            (String::from("b"), vec![(day(0), 0.0), (day(2), -1.0)]),
        ]);
        let book = ReturnBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap();
        let history = History::of(&book);
        let mut held = Held::new(vec![0.5, 0.5]);
        // Half of +20 %: the whole earns 10 %, and 0.6 of 1.1 stands in a.
        assert!((held.through(&history, 0) - 0.1).abs() < 1e-15);
        assert!((held.weights[0] - 6.0 / 11.0).abs() < 1e-15);
        assert_eq!((held.through(&history, 1), held.gaps), (0.0, 1));
        // All is lost, and nothing is held after it.
        assert_eq!(held.through(&history, 2), -1.0);
        assert_eq!(held.weights, [0.0, 0.0]);
    }
}

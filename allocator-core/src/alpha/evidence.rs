//! How an alpha did so far: its rank correlations with the returns that followed, and the returns of a portfolio by its scores.
//!
//! At each of the past times, spaced so that their returns do not overlap, the scores known then are held against the returns of the next
//! `horizon` bars. IC is Spearman's correlation across symbols. The portfolio holds each symbol in proportion to its score less the mean
//! of scores, with a gross weight of 1. Source: Grinold and Kahn (2000), Active Portfolio Management, chapter 6.
//!
//! **Conventions.** Only returns that were complete by `as_of` count. A cross-section counts from three symbols on.

use super::strategy::History;
use crate::math;
use crate::stats::{Figure, spearman};
use crate::units::UnixNanos;

/// Fewest symbols of a cross-section.
const SYMBOLS_MIN: usize = 3;

/// How an alpha did, by time of the score, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// When the scores were known.
    pub times: Vec<UnixNanos>,
    /// Rank correlation of the scores with the returns that followed.
    pub ic: Vec<f64>,
    /// Return of the portfolio by scores.
    pub returns: Vec<f64>,
}

impl Evidence {
    /// Mean rank correlation; unknown without any.
    ///
    /// # Errors
    /// No cross-section.
    pub fn mean_ic(&self) -> Figure {
        crate::stats::mean(&self.ic)
    }
}

/// What the scores of an alpha said in a history and what came of it.
///
/// `scores` answers the scores of every symbol at the end of an earlier history; it is asked for at most `count` of them, each `horizon`
/// bars apart.
pub fn evidence(
    history: &History<'_>,
    horizon: usize,
    count: usize,
    mut scores: impl FnMut(&History<'_>) -> Vec<Figure>,
) -> Evidence {
    let mut bars: Vec<UnixNanos> = Vec::new();
    for symbol in 0..history.len() {
        if history.times(symbol) != bars {
            bars.extend_from_slice(history.times(symbol));
            bars.sort_unstable();
            bars.dedup();
        }
    }
    let mut found = Evidence::default();
    let step = horizon.max(1);
    for k in (1..=count).rev() {
        let Some(from) = bars.len().checked_sub(k * step + 1) else { continue };
        let (time, then) = (bars[from], bars[from + step]);
        let (now, later) = (history.earlier(time), history.earlier(then));
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for (symbol, score) in scores(&now).into_iter().enumerate() {
            let (Ok(score), Some(before), Some(after)) = (score, now.prices(symbol).last(), later.prices(symbol).last()) else {
                continue;
            };
            x.push(score);
            y.push(after / before - 1.0);
        }
        if x.len() < SYMBOLS_MIN {
            continue;
        }
        let Ok(ic) = spearman(&x, &y) else { continue };
        let mean = math::sum(x.iter().copied()) / x.len() as f64;
        let gross = math::sum(x.iter().map(|score| (score - mean).abs()));
        found.times.push(time);
        found.ic.push(ic);
        found.returns.push(math::sum(x.iter().zip(&y).map(|(score, earned)| (score - mean) / gross * earned)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Faults;
    use crate::frame::PriceBook;
    use std::collections::BTreeMap;

    #[test]
    fn by_hand() {
        // Three symbols over three days; scores 1, 2, 3 at the first day, 3, 2, 1 at the second.
        let day = |day: i64| UnixNanos::from_days(day).unwrap();
        let rows = |values: [f64; 3]| values.iter().enumerate().map(|(i, value)| (day(i as i64), *value)).collect::<Vec<_>>();
        let points = BTreeMap::from([
            (String::from("a"), rows([10.0, 10.0, 9.0])),
            (String::from("b"), rows([10.0, 11.0, 11.0])),
            (String::from("c"), rows([10.0, 12.0, 12.0])),
        ]);
        let book = PriceBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap();
        let scores = |now: &History<'_>| {
            if now.as_of() == day(0) { vec![Ok(1.0), Ok(2.0), Ok(3.0)] } else { vec![Ok(3.0), Ok(2.0), Ok(1.0)] }
        };
        let found = evidence(&History::until(&book, day(2)), 1, 10, scores);
        // 0, 10, 20 % in the order of scores: 1; −10, 0, 0 against 3, 2, 1: ranks 1, 2.5, 2.5 against 3, 2, 1: −0.866.
        assert_eq!(found.times, [day(0), day(1)]);
        assert!((found.ic[0] - 1.0).abs() < 1e-12 && (found.ic[1] + 0.75_f64.sqrt()).abs() < 1e-12, "{:?}", found.ic);
        // Half long in c, half short in a: 10 %; half long in a: −5 %.
        assert!((found.returns[0] - 0.1).abs() < 1e-12 && (found.returns[1] + 0.05).abs() < 1e-12, "{:?}", found.returns);
        // By the second day one of them is complete.
        assert_eq!(evidence(&History::until(&book, day(1)), 1, 10, scores).times, [day(0)]);
        assert!(evidence(&History::until(&book, day(0)), 1, 10, scores).times.is_empty());
    }
}

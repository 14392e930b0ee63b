//! Where scores come from: a built-in alpha, a formula, pairs, or somebody who gives them.

use super::formula::{Formula, Grid, GridData};
use super::strategy::History;
use super::{Alpha, pairs};
use crate::error::{Code, Fault};
use crate::stats::{Figure, Unknown};
use crate::wire::{At, nearest};
use std::collections::BTreeMap;

/// Prices over which the hedge ratio of a pair is measured.
const PAIR_PERIODS: usize = 60;

/// A formula with its scores of all bars.
///
/// They are computed at once, which looks at all prices; that no score knows a later price is in the nature of the operations, and tested
/// by changing what comes after.
pub struct FormulaScores {
    grid: Grid,
    scores: Vec<f64>,
    bars_needed: usize,
}

impl FormulaScores {
    /// Evaluates a formula over tables whose closes are those of the histories that will be asked about.
    ///
    /// # Errors
    /// As [`Formula::evaluate`].
    pub fn new(formula: &Formula, data: &GridData<'_>) -> Result<Self, Fault> {
        let grid = Grid::new(data);
        let scores = formula.evaluate(&grid)?;
        Ok(FormulaScores { grid, scores, bars_needed: formula.bars_needed() })
    }

    fn figure(&self, symbol: usize, history: &History<'_>) -> Figure {
        let newest = self.grid.newest(symbol, history.as_of()).ok_or(Unknown::InsufficientHistory)?;
        if history.is_stale(symbol) {
            return Err(Unknown::Stale);
        }
        let score = self.scores[newest];
        let bars = newest - self.grid.bars_of(symbol).start + 1;
        if score.is_finite() {
            Ok(score + 0.0)
        } else {
            Err(if bars < self.bars_needed { Unknown::InsufficientHistory } else { Unknown::Undefined })
        }
    }
}

/// Where the scores of an alpha come from.
pub enum AlphaSource {
    /// One of the built-in alphas.
    BuiltIn(Alpha),
    /// A formula.
    Formula(Box<FormulaScores>),
    /// Pairs of symbols, by place; a symbol of several pairs has the mean of its scores.
    Pairs(Vec<(usize, usize)>),
    /// Scores that were given, the same at any time.
    Given(Vec<Figure>),
}

impl AlphaSource {
    /// The score of every symbol at the end of a history.
    pub fn figures(&self, history: &History<'_>) -> Vec<Figure> {
        match self {
            AlphaSource::BuiltIn(alpha) => history.figures(*alpha),
            AlphaSource::Formula(formula) => (0..history.len()).map(|symbol| formula.figure(symbol, history)).collect(),
            AlphaSource::Pairs(all) => of_pairs(all, history),
            AlphaSource::Given(figures) => figures.clone(),
        }
    }
}

fn of_pairs(all: &[(usize, usize)], history: &History<'_>) -> Vec<Figure> {
    let mut sums: Vec<(f64, u32)> = vec![(0.0, 0); history.len()];
    let mut why = vec![Unknown::InsufficientHistory; history.len()];
    for &(first, second) in all {
        let (a, b) = common(history, first, second);
        let scored =
            if history.is_stale(first) || history.is_stale(second) { Err(Unknown::Stale) } else { pairs(&a, &b, PAIR_PERIODS) };
        match scored {
            Ok((of_first, of_second)) => {
                for (symbol, score) in [(first, of_first), (second, of_second)] {
                    sums[symbol].0 += score;
                    sums[symbol].1 += 1;
                }
            }
            Err(unknown) => {
                why[first] = unknown;
                why[second] = unknown;
            }
        }
    }
    sums.into_iter().zip(why).map(|((sum, n), why)| if n == 0 { Err(why) } else { Ok(sum / f64::from(n)) }).collect()
}

/// The newest prices of two symbols at the times that both have, oldest first.
fn common(history: &History<'_>, first: usize, second: usize) -> (Vec<f64>, Vec<f64>) {
    let (times, other) = (history.times(first), history.times(second));
    let (prices, partner) = (history.prices(first), history.prices(second));
    let (mut i, mut k) = (times.len(), other.len());
    let (mut a, mut b) = (Vec::with_capacity(PAIR_PERIODS), Vec::with_capacity(PAIR_PERIODS));
    while i > 0 && k > 0 && a.len() < PAIR_PERIODS {
        match times[i - 1].cmp(&other[k - 1]) {
            std::cmp::Ordering::Greater => i -= 1,
            std::cmp::Ordering::Less => k -= 1,
            std::cmp::Ordering::Equal => {
                i -= 1;
                k -= 1;
                a.push(prices[i]);
                b.push(partner[k]);
            }
        }
    }
    a.reverse();
    b.reverse();
    (a, b)
}

/// Pairs by place from pairs by name; names are looked up in `symbols`, which is sorted.
///
/// # Errors
/// A name that is no symbol, or a symbol paired with itself.
pub fn symbol_pairs(pairs: &BTreeMap<String, String>, symbols: &[String], at: &At<'_>) -> Result<Vec<(usize, usize)>, Fault> {
    let find = |name: &String| {
        symbols.binary_search(name).map_err(|_| {
            let hint = match nearest(name, symbols.iter().map(String::as_str)) {
                Some(near) => format!("Did you mean {near:?}?"),
                None => String::from("Name two symbols that have prices."),
            };
            Fault::new(Code::NotFound, at, format!("There are no prices of {name:?}."), hint)
        })
    };
    let mut all = Vec::with_capacity(pairs.len());
    for (first, second) in pairs {
        if first == second {
            let message = format!("{first:?} is paired with itself.");
            return Err(Fault::new(Code::Conflict, at.key(first), message, "Name another symbol."));
        }
        all.push((find(first)?, find(second)?));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Faults;
    use crate::frame::PriceBook;
    use crate::units::UnixNanos;

    fn book() -> PriceBook {
        let day = |day: i64| UnixNanos::from_days(day).unwrap();
        let wave = |i: i64| (i * 7 % 11) as f64;
        let rows = |f: &dyn Fn(i64) -> f64, skip: i64| (0..90).filter(|i| i % 10 != skip).map(|i| (day(i), f(i))).collect();
        let points = BTreeMap::from([
            (String::from("a"), rows(&|i| 100.0 + wave(i), 11)),
            (String::from("b"), rows(&|i| 50.0 + wave(i) / 2.0 + (i * 5 % 7) as f64, 3)),
            (String::from("c"), rows(&|i| 10.0 + i as f64, 11)),
        ]);
        PriceBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap()
    }

    #[test]
    fn a_formula_of_a_built_in_alpha_gives_its_scores() {
        let book = book();
        let formula = Formula::parse("close / delay(close, 20) - 1").unwrap();
        let source = AlphaSource::Formula(Box::new(FormulaScores::new(&formula, &GridData::of(&book)).unwrap()));
        for day in [5, 19, 20, 33, 34, 89, 120] {
            let history = History::until(&book, UnixNanos::from_days(day).unwrap());
            assert_eq!(source.figures(&history), AlphaSource::BuiltIn(Alpha::Momentum20d).figures(&history), "{day}");
        }
    }

    #[test]
    fn the_scores_of_a_pair_are_opposite_and_use_common_days() {
        let book = book();
        let symbols: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let named = BTreeMap::from([(String::from("a"), String::from("b"))]);
        let source = AlphaSource::Pairs(symbol_pairs(&named, &symbols, &At::Root).unwrap());
        let found = source.figures(&History::until(&book, UnixNanos::from_days(89).unwrap()));
        assert!(found[0].unwrap() == -found[1].unwrap() && found[0].unwrap() != 0.0);
        assert_eq!(found[2], Err(Unknown::InsufficientHistory));
        // 54 common days of the first sixty are too few; b has no price on every tenth.
        assert!(source.figures(&History::until(&book, UnixNanos::from_days(59).unwrap()))[0].is_err());
        let unknown = BTreeMap::from([(String::from("a"), String::from("bb"))]);
        assert_eq!(symbol_pairs(&unknown, &symbols, &At::Root).unwrap_err().code, Code::NotFound);
    }
}

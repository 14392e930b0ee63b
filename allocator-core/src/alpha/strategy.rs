//! Strategies: what the market looks like and what it looked like before, in; signals out (A1).
//!
//! A strategy is handed a [`Snapshot`] of now and the [`History`] up to now. Both end at one moment and hold no way past it, so a strategy
//! cannot look ahead even if it wants to. What an analyst uploads is a strategy like any other ([`Uploaded`]).

use super::source::AlphaSource;
use super::{Alpha, STALE_DAYS_MAX, WeightRule, WeightScheme, low_volatility};
use crate::error::{Code, Fault};
use crate::frame::{PriceBook, ScoreBook, Series, all_times};
use crate::stats::{Figure, Unknown};
use crate::units::{DAY_NANOS, UnixNanos};
use crate::wire::choice;

choice! {
    /// What a strategy wants to do about a symbol.
    pub enum Action {
        /// Nothing: what is held stays.
        Hold = "HOLD",
        /// Hold the target weight, long.
        Buy = "BUY",
        /// Hold the target weight, which is zero or short.
        Sell = "SELL",
    }
}

/// What a strategy says of one symbol.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signal {
    /// The symbol's place in [`Snapshot::symbols`].
    pub symbol: u32,
    /// What to do.
    pub action: Action,
    /// How strongly the strategy believes in it, in units of its own; higher is better to own.
    pub strength: f64,
    /// Weight to hold, a fraction of the strategy's capital; negative is short. Not read for [`Action::Hold`].
    pub target_weight: f64,
}

/// Prices up to a moment, and nothing after it.
#[derive(Clone, Copy)]
pub struct History<'a> {
    book: &'a PriceBook,
    as_of: UnixNanos,
    /// How many prices of the first symbol are known. Most symbols trade at the same times: then as many of theirs are.
    likely: usize,
}

impl<'a> History<'a> {
    /// The part of a book that was known at a time, prices of that very time included.
    pub fn until(book: &'a PriceBook, as_of: UnixNanos) -> Self {
        let likely = book.series().first().map_or(0, |series| series.times.partition_point(|time| *time <= as_of));
        History { book, as_of, likely }
    }

    /// The part of it that was known at an earlier time; all of it for a later one.
    #[must_use]
    pub fn earlier(&self, as_of: UnixNanos) -> Self {
        History::until(self.book, self.as_of.min(as_of))
    }

    /// How many prices of a symbol are known.
    fn known(&self, times: &[UnixNanos]) -> usize {
        let known = |time: &UnixNanos| *time <= self.as_of;
        let (before, after) = times.split_at(self.likely.min(times.len()));
        if before.last().is_none_or(known) && !after.first().is_some_and(known) {
            before.len()
        } else {
            times.partition_point(known)
        }
    }

    /// The moment at which it ends.
    pub fn as_of(&self) -> UnixNanos {
        self.as_of
    }

    /// How many symbols there are.
    pub fn len(&self) -> usize {
        self.book.len()
    }

    /// Whether there is no symbol.
    pub fn is_empty(&self) -> bool {
        self.book.is_empty()
    }

    /// The name of a symbol, in the order of the book.
    pub fn symbol(&self, symbol: usize) -> &'a str {
        &self.book.series()[symbol].name
    }

    /// The place of a symbol.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.book.series().binary_search_by(|series| series.name.as_str().cmp(name)).ok()
    }

    /// Prices of a symbol, oldest first.
    pub fn prices(&self, symbol: usize) -> &'a [f64] {
        let series = &self.book.series()[symbol];
        &series.values[..self.known(&series.times)]
    }

    /// Times of a symbol's prices, oldest first.
    pub fn times(&self, symbol: usize) -> &'a [UnixNanos] {
        let series = &self.book.series()[symbol];
        &series.times[..self.known(&series.times)]
    }

    /// Whether the newest price is too old to be an opinion about now; a symbol without a price is not stale but unknown.
    pub fn is_stale(&self, symbol: usize) -> bool {
        let newest = self.times(symbol).last();
        newest.is_some_and(|time| self.as_of.0.saturating_sub(time.0) > STALE_DAYS_MAX * DAY_NANOS)
    }

    /// What an alpha says of every symbol.
    pub fn figures(&self, alpha: Alpha) -> Vec<Figure> {
        let stale: Vec<bool> = (0..self.len()).map(|symbol| self.is_stale(symbol)).collect();
        let histories: Vec<&[f64]> =
            stale.iter().enumerate().map(|(symbol, stale)| if *stale { &[][..] } else { self.prices(symbol) }).collect();
        let scored = alpha.scores_of(&histories).into_iter();
        scored.zip(stale).map(|(score, stale)| if stale { Err(Unknown::Stale) } else { score }).collect()
    }
}

/// The market at a moment.
#[derive(Clone, Debug)]
pub struct Snapshot<'a> {
    /// The moment.
    pub as_of: UnixNanos,
    /// Symbols, sorted.
    pub symbols: &'a [String],
    /// The newest price of each, unknown where there is none or it is stale.
    pub prices: Vec<Option<f64>>,
}

impl<'a> Snapshot<'a> {
    /// The newest prices of a history.
    pub fn of(history: &History<'_>, symbols: &'a [String]) -> Self {
        let newest = |symbol| history.prices(symbol).last().copied().filter(|_| !history.is_stale(symbol));
        Snapshot { as_of: history.as_of(), symbols, prices: (0..history.len()).map(newest).collect() }
    }
}

/// Something that proposes a portfolio.
///
/// It may keep a state of its own, and it sees no other strategy, no capital and no fill: the same market makes the same signals.
pub trait Strategy {
    /// What to hold from now on. Symbols without a signal are not held.
    ///
    /// # Errors
    /// Why there is no opinion: the caller pauses the strategy, not the run.
    fn generate_signals(&mut self, snapshot: &Snapshot<'_>, history: &History<'_>) -> Result<Vec<Signal>, Fault>;

    /// Times at which the strategy changes its mind by itself; empty for one that can be asked at any time.
    fn own_times(&self) -> &[UnixNanos] {
        &[]
    }
}

/// Largest gross weight that a strategy may ask for: ten times its capital.
pub const GROSS_MAX: f64 = 10.0;

/// Signals for weights: one for each symbol that has a score or a weight, so that the scores of those not held are known too.
pub fn signals_of(scores: &[Figure], weights: &[f64]) -> Vec<Signal> {
    let score = |symbol: usize| scores.get(symbol).and_then(|score| score.ok());
    let told = weights.iter().enumerate().filter(|(symbol, weight)| **weight != 0.0 || score(*symbol).is_some());
    told.map(|(symbol, &target_weight)| Signal {
        symbol: symbol as u32,
        action: if target_weight > 0.0 { Action::Buy } else { Action::Sell },
        strength: score(symbol).unwrap_or(target_weight),
        target_weight,
    })
    .collect()
}

/// Periods over which `inverse_volatility` measures the volatility of what is held.
const VOLATILITY_PERIODS: usize = 60;

/// How scores become positions: the best are held, and short the worst where that is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ranking {
    /// Which are held on one side, and how they share its capital.
    pub rule: WeightRule,
    /// Whether as many of the worst are sold short, each side with half the capital.
    pub short: bool,
}

impl Ranking {
    /// The signals that scores lead to.
    pub fn signals(&self, scores: &[Figure], history: &History<'_>) -> Vec<Signal> {
        let volatility = |symbol| low_volatility(history.prices(symbol), VOLATILITY_PERIODS, 252.0).map(|score| -score);
        let volatilities: Vec<Figure> = match self.rule.scheme {
            WeightScheme::InverseVolatility => (0..history.len()).map(volatility).collect(),
            WeightScheme::Equal | WeightScheme::Proportional => Vec::new(),
        };
        let mut weights = self.rule.weights(scores, &volatilities);
        if self.short {
            let worst: Vec<Figure> = scores.iter().map(|score| score.map(|score| -score)).collect();
            for (weight, short) in weights.iter_mut().zip(self.rule.weights(&worst, &volatilities)) {
                *weight = 0.5 * *weight - 0.5 * short;
            }
        }
        signals_of(scores, &weights)
    }
}

/// The scores of one alpha, ranked.
pub struct Ranked {
    /// Where the scores come from.
    pub source: AlphaSource,
    /// How they become positions.
    pub ranking: Ranking,
}

impl Strategy for Ranked {
    fn generate_signals(&mut self, _: &Snapshot<'_>, history: &History<'_>) -> Result<Vec<Signal>, Fault> {
        Ok(self.ranking.signals(&self.source.figures(history), history))
    }
}

/// Times whose weights are laid out together: as many numbers as a line of the cache holds.
const BLOCK: usize = 8;

/// Weights that somebody decided elsewhere, by symbol and time (A8).
pub struct Uploaded<'a> {
    /// Times of all symbols together.
    times: Vec<UnixNanos>,
    /// Symbols, ascending.
    columns: Vec<(u32, &'a Series)>,
    /// The first of the times that are laid out in `rows`, time after time; NaN where a symbol has no weight.
    first: usize,
    rows: Vec<f64>,
}

impl<'a> Uploaded<'a> {
    /// Reads a table of weights; symbols are looked up in `symbols`, which is sorted, and unknown ones left out.
    pub fn new(weights: &'a ScoreBook, symbols: &[String]) -> Self {
        let column = |series: &'a Series| symbols.binary_search(&series.name).ok().map(|symbol| (symbol as u32, series));
        let columns: Vec<_> = weights.series().iter().filter_map(column).collect();
        Uploaded { times: all_times(columns.iter().map(|(_, series)| *series)), columns, first: 0, rows: Vec::new() }
    }

    /// Lays out the weights of a time and those beside it.
    fn lay_out(&mut self, time: usize) {
        let n = self.columns.len();
        let first = time - time % BLOCK;
        if self.rows.is_empty() || self.first != first {
            self.first = first;
            let times = &self.times[first..self.times.len().min(first + BLOCK)];
            self.rows.clear();
            self.rows.resize(BLOCK * n, f64::NAN);
            for (c, (_, series)) in self.columns.iter().enumerate() {
                // Most have all times.
                let same = series.times.len() == self.times.len();
                let mut place = if same { first } else { series.times.partition_point(|before| *before < times[0]) };
                for (k, time) in times.iter().enumerate() {
                    if same || series.times.get(place) == Some(time) {
                        self.rows[k * n + c] = series.values[place];
                        place += 1;
                    }
                }
            }
        }
    }
}

impl Strategy for Uploaded<'_> {
    fn generate_signals(&mut self, snapshot: &Snapshot<'_>, _: &History<'_>) -> Result<Vec<Signal>, Fault> {
        let Some(i) = self.times.partition_point(|time| *time <= snapshot.as_of).checked_sub(1) else { return Ok(Vec::new()) };
        let (mut signals, mut gross) = (Vec::with_capacity(self.columns.len()), 0.0);
        self.lay_out(i);
        let row = &self.rows[(i - self.first) * self.columns.len()..];
        for ((symbol, _), &weight) in self.columns.iter().zip(row) {
            if !weight.is_nan() {
                gross += weight.abs();
                let action = if weight > 0.0 { Action::Buy } else { Action::Sell };
                signals.push(Signal { symbol: *symbol, action, strength: weight, target_weight: weight });
            }
        }
        if gross > GROSS_MAX {
            return Err(Fault::new(
                Code::OutOfRange,
                "/weights",
                format!("The weights of {} have a gross weight of {gross}; {GROSS_MAX} is the most.", self.times[i]),
                "Write fractions: 40 % is 0.4.",
            ));
        }
        Ok(signals)
    }

    fn own_times(&self) -> &[UnixNanos] {
        &self.times
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Faults;
    use std::collections::BTreeMap;

    fn day(day: i64) -> UnixNanos {
        UnixNanos::from_days(day).unwrap()
    }

    fn weights(rows: &[(&str, i64, f64)]) -> ScoreBook {
        let mut points: BTreeMap<String, Vec<(UnixNanos, f64)>> = BTreeMap::new();
        for (symbol, at, weight) in rows {
            points.entry(String::from(*symbol)).or_default().push((day(*at), *weight));
        }
        ScoreBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap()
    }

    fn asked(strategy: &mut Uploaded<'_>, symbols: &[String], at: i64) -> Result<Vec<(u32, f64)>, Fault> {
        let book = PriceBook::default();
        let history = History::until(&book, day(at));
        let snapshot = Snapshot { as_of: day(at), symbols, prices: Vec::new() };
        Ok(strategy.generate_signals(&snapshot, &history)?.iter().map(|signal| (signal.symbol, signal.target_weight)).collect())
    }

    #[test]
    fn uploaded_weights_hold_until_the_next_date() {
        let symbols = [String::from("a"), String::from("b")];
        let weights = weights(&[("b", 3, 0.4), ("a", 3, 0.6), ("b", 7, 1.0)]);
        let mut strategy = Uploaded::new(&weights, &symbols);
        assert_eq!(strategy.own_times(), [day(3), day(7)]);
        assert_eq!(asked(&mut strategy, &symbols, 2), Ok(vec![]));
        assert_eq!(asked(&mut strategy, &symbols, 3), Ok(vec![(0, 0.6), (1, 0.4)]));
        assert_eq!(asked(&mut strategy, &symbols, 6), Ok(vec![(0, 0.6), (1, 0.4)]));
        // a has no weight on day 7: it is not held any more.
        assert_eq!(asked(&mut strategy, &symbols, 9), Ok(vec![(1, 1.0)]));
        // Asked of an earlier day again, it says the same again.
        assert_eq!(asked(&mut strategy, &symbols, 4), Ok(vec![(0, 0.6), (1, 0.4)]));
    }

    #[test]
    fn weights_of_every_time_are_read_whatever_was_asked_before() {
        let symbols = ["a", "b", "c"].map(String::from);
        // a every day, b every third, c from the twelfth on.
        let rows: Vec<(&str, i64, f64)> = (0..30)
            .flat_map(|t| [("a", t, 0.1), ("b", t, 0.2), ("c", t, 0.3)])
            .filter(|(name, t, _)| match *name {
                "b" => t % 3 == 0,
                "c" => *t >= 12,
                _ => true,
            })
            .map(|(name, t, weight)| (name, t, weight + t as f64 / 1_000.0))
            .collect();
        let book = weights(&rows);
        let mut strategy = Uploaded::new(&book, &symbols);
        for t in (0..30).chain([3, 29, 0, 11, 12, 8, 7]) {
            let expected =
                rows.iter().filter(|row| row.1 == t).map(|row| (u32::from(row.0.as_bytes()[0] - b'a'), row.2)).collect();
            assert_eq!(asked(&mut strategy, &symbols, t), Ok(expected), "day {t}");
        }
    }

    #[test]
    fn percent_instead_of_fractions_is_an_error_of_the_strategy() {
        let symbols = [String::from("a")];
        let weights = weights(&[("a", 3, 40.0)]);
        let mut strategy = Uploaded::new(&weights, &symbols);
        assert_eq!(asked(&mut strategy, &symbols, 3).unwrap_err().code, Code::OutOfRange);
    }

    #[test]
    fn long_and_short_halves() {
        // Scores 3, 2, 1, 0 and a quarter a side: half the capital long in the first, half short in the last.
        let ranking = Ranking { rule: WeightRule { top: 0.25, scheme: WeightScheme::Equal, cap: 1.0 }, short: true };
        let book = PriceBook::default();
        let found = ranking.signals(&[Ok(3.0), Ok(2.0), Ok(1.0), Ok(0.0)], &History::until(&book, day(0)));
        let found: Vec<(u32, Action, f64, f64)> =
            found.iter().map(|signal| (signal.symbol, signal.action, signal.strength, signal.target_weight)).collect();
        let out = |symbol, score| (symbol, Action::Sell, score, 0.0);
        assert_eq!(found, [(0, Action::Buy, 3.0, 0.5), out(1, 2.0), out(2, 1.0), (3, Action::Sell, 0.0, -0.5)]);
    }
}

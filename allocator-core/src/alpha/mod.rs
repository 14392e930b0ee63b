//! Alphas: prices in, scores out, with the time at which they were known.
//!
//! Every alpha is a function of one symbol's prices up to a moment; what comes after never reaches it, because it is handed the slice that
//! ends there. Higher scores are better. A score is unknown where the history is short, flat or stale, and unknown symbols are not held.
//!
//! | alpha | score |
//! |---|---|
//! | `momentum_20d` | return over 20 periods |
//! | `momentum_12_1` | return over 252 periods, without the last 21 |
//! | `mean_reversion` | minus the z-score of the price against its 20-period mean |
//! | `short_term_reversal` | minus the return over 5 periods |
//! | `low_volatility` | minus the annualised volatility of 60 returns |
//! | `cross_sectional_momentum` | rank of the 20-period return among the symbols, scaled to −1 … 1 |
//! | `moving_average_crossover` | mean of 50 prices over that of 200, less 1 |
//! | `rsi_14` | (50 − RSI)/50 over 14 periods: oversold is good |
//! | `macd` | gap of the averages over 12 and 26 periods, less its own over 9, over the price |
//! | `breakout` | where the price lies in the range of the 55 before it, −1 to 1 and beyond |
//!
//! Besides these: spreads of pairs ([`pairs()`]), formulas ([`formula`]), and whatever is uploaded ([`Uploaded`]).

mod breakout;
mod cache;
mod combine;
mod cross_sectional_momentum;
mod evidence;
pub mod formula;
mod low_volatility;
mod macd;
mod mean_reversion;
mod momentum;
mod moving_average_crossover;
mod pairs;
mod relative_strength;
mod several;
mod short_term_reversal;
mod source;
mod strategy;
mod weight_model;
mod weights;

pub use breakout::breakout;
pub use cache::{AlphaCache, CacheKey, CacheStatistics, TTL_DEFAULT};
pub use combine::{Missing, Selection, combine, ranking, select};
pub use cross_sectional_momentum::cross_sectional;
pub use evidence::{Evidence, evidence};
pub use low_volatility::low_volatility;
pub use macd::macd;
pub use mean_reversion::mean_reversion;
pub use momentum::{momentum, momentum_skipping};
pub use moving_average_crossover::moving_average_crossover;
pub use pairs::pairs;
pub use relative_strength::relative_strength;
pub use several::{AlphaStrategy, Weighed};
pub use short_term_reversal::short_term_reversal;
pub use source::{AlphaSource, FormulaScores, symbol_pairs};
pub use strategy::{Action, GROSS_MAX, History, Ranked, Ranking, Signal, Snapshot, Strategy, Uploaded, signals_of};
pub use weight_model::{ModelWeights, WeightModel, WeightModelKind, fixed_weights_fault, model_of};
pub use weights::{WeightRule, WeightScheme};

use crate::frame::PriceBook;
use crate::stats::Figure;
use crate::units::UnixNanos;
use crate::wire::choice;

/// Days after which a price is too old to be an opinion about now: a week, which no run of holidays fills.
pub const STALE_DAYS_MAX: i64 = 7;

choice! {
    /// A built-in alpha.
    pub enum Alpha {
        /// Return over 20 periods.
        Momentum20d = "momentum_20d" | "momentum",
        /// Return over 252 periods, without the last 21.
        Momentum12x1 = "momentum_12_1",
        /// Minus the z-score of the price against its 20-period mean.
        MeanReversion = "mean_reversion",
        /// Minus the return over 5 periods.
        ShortTermReversal = "short_term_reversal",
        /// Minus the annualised volatility of 60 returns.
        LowVolatility = "low_volatility",
        /// Rank of the 20-period return among the symbols, scaled to -1 … 1.
        CrossSectionalMomentum = "cross_sectional_momentum",
        /// Mean of 50 prices over that of 200, less 1.
        MovingAverageCrossover = "moving_average_crossover" | "ma_crossover",
        /// (50 - RSI)/50 over 14 periods.
        Rsi14 = "rsi_14" | "rsi",
        /// Gap of the exponential averages over 12 and 26 periods, less its own over 9, over the price.
        Macd = "macd",
        /// Where the price lies in the range of the 55 before it, -1 to 1 and beyond.
        Breakout = "breakout",
    }
}

/// Periods in a year that `low_volatility` annualises with.
const PERIODS_PER_YEAR: f64 = 252.0;

impl Alpha {
    /// Prices that a score needs, the newest among them.
    pub const fn prices_needed(self) -> usize {
        match self {
            Alpha::Momentum20d | Alpha::CrossSectionalMomentum => 21,
            Alpha::Momentum12x1 => 253,
            Alpha::MeanReversion => 20,
            Alpha::ShortTermReversal => 6,
            Alpha::LowVolatility => 61,
            Alpha::MovingAverageCrossover => 200,
            Alpha::Rsi14 => 15,
            Alpha::Macd => 35,
            Alpha::Breakout => 56,
        }
    }

    /// The newest prices that a score is computed from, at most; older ones never matter.
    ///
    /// Averages that never end are begun a year back: what lies before weighs less than 1e-7.
    pub const fn prices_read(self) -> usize {
        match self {
            Alpha::Rsi14 | Alpha::Macd => 253,
            _ => self.prices_needed(),
        }
    }

    /// The score of one symbol from its prices up to now, oldest first.
    ///
    /// For `cross_sectional_momentum` this is the return that symbols are ranked by.
    ///
    /// # Errors
    /// A history that is short or flat.
    pub fn score(self, prices: &[f64]) -> Figure {
        let prices = &prices[prices.len().saturating_sub(self.prices_read())..];
        match self {
            Alpha::Momentum20d | Alpha::CrossSectionalMomentum => momentum(prices, 20),
            Alpha::Momentum12x1 => momentum_skipping(prices, 252, 21),
            Alpha::MeanReversion => mean_reversion(prices, 20),
            Alpha::ShortTermReversal => short_term_reversal(prices, 5),
            Alpha::LowVolatility => low_volatility(prices, 60, PERIODS_PER_YEAR),
            Alpha::MovingAverageCrossover => moving_average_crossover(prices, 50, 200),
            Alpha::Rsi14 => relative_strength(prices, 14),
            Alpha::Macd => macd(prices, 12, 26, 9),
            Alpha::Breakout => breakout(prices, 55),
        }
    }

    /// Scores of several symbols at one time, from their prices up to then, oldest first.
    pub fn scores_of(self, histories: &[&[f64]]) -> Vec<Figure> {
        let own: Vec<Figure> = histories.iter().map(|prices| self.score(prices)).collect();
        if self == Alpha::CrossSectionalMomentum { cross_sectional(&own) } else { own }
    }
}

/// What an alpha says of every symbol of a book at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The time up to which prices were looked at.
    pub as_of: UnixNanos,
    /// Symbols in the order of the book, each with its score or why it has none.
    pub values: Vec<(String, Figure)>,
}

/// Scores of every symbol of a book, from prices up to and including `as_of`.
pub fn scores(book: &PriceBook, alpha: Alpha, as_of: UnixNanos) -> Scores {
    let history = History::until(book, as_of);
    let names = (0..history.len()).map(|symbol| String::from(history.symbol(symbol)));
    Scores { as_of, values: names.zip(history.figures(alpha)).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Faults;
    use crate::stats::Unknown;
    use crate::wire::Choice;
    use std::collections::BTreeMap;

    fn book(series: &[(&str, std::ops::Range<i64>, f64)]) -> PriceBook {
        let points: BTreeMap<String, Vec<(UnixNanos, f64)>> = series
            .iter()
            .map(|(name, days, growth)| {
                let rows = days.clone().map(|day| (UnixNanos::from_days(day).unwrap(), 100.0 + growth * day as f64)).collect();
                (String::from(*name), rows)
            })
            .collect();
        PriceBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap()
    }

    #[test]
    fn the_future_does_not_reach_a_score() {
        let as_of = UnixNanos::from_days(39).unwrap();
        let known = book(&[("a", 0..40, 1.0), ("b", 0..40, 2.0)]);
        let with_future = book(&[("a", 0..90, 1.0), ("b", 0..70, 2.0)]);
        for (alpha, ..) in Alpha::WORDS {
            let alpha = *alpha;
            assert_eq!(scores(&known, alpha, as_of), scores(&with_future, alpha, as_of), "{}", alpha.as_str());
        }
    }

    #[test]
    fn short_and_stale_histories_are_unknown() {
        let data = book(&[("ended", 0..40, 1.0), ("late", 55..61, 1.0), ("live", 0..61, 1.0), ("next", 70..90, 1.0)]);
        let found = scores(&data, Alpha::Momentum20d, UnixNanos::from_days(60).unwrap());
        let of = |name: &str| found.values.iter().find(|(symbol, _)| symbol == name).unwrap().1;
        assert_eq!(of("ended"), Err(Unknown::Stale));
        assert_eq!((of("late"), of("next")), (Err(Unknown::InsufficientHistory), Err(Unknown::InsufficientHistory)));
        // 160/140 − 1.
        assert!((of("live").unwrap() - 1.0 / 7.0).abs() < 1e-14);
    }

    #[test]
    fn as_many_prices_as_stated_are_enough_and_one_fewer_is_not() {
        let prices: Vec<f64> = (0..300).map(|i| 100.0 + f64::from(i * 7 % 11)).collect();
        for (alpha, ..) in Alpha::WORDS {
            let n = alpha.prices_needed();
            assert!(alpha.score(&prices[..n]).is_ok(), "{}", alpha.as_str());
            assert_eq!(alpha.score(&prices[..n - 1]), Err(Unknown::InsufficientHistory), "{}", alpha.as_str());
            // Older prices do not matter.
            assert_eq!(alpha.score(&prices[300 - alpha.prices_read()..]), alpha.score(&prices), "{}", alpha.as_str());
        }
    }
}

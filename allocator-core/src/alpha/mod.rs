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

mod cross_sectional_momentum;
mod low_volatility;
mod mean_reversion;
mod momentum;
mod short_term_reversal;
mod weights;

pub use cross_sectional_momentum::cross_sectional;
pub use low_volatility::low_volatility;
pub use mean_reversion::mean_reversion;
pub use momentum::{momentum, momentum_skipping};
pub use short_term_reversal::short_term_reversal;
pub use weights::{WeightRule, WeightScheme};

use crate::frame::PriceBook;
use crate::stats::{Figure, Unknown};
use crate::units::{DAY_NANOS, UnixNanos};
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
        }
    }

    /// The score of one symbol from its prices up to now, oldest first.
    ///
    /// For `cross_sectional_momentum` this is the return that symbols are ranked by.
    ///
    /// # Errors
    /// A history that is short or flat.
    pub fn score(self, prices: &[f64]) -> Figure {
        match self {
            Alpha::Momentum20d | Alpha::CrossSectionalMomentum => momentum(prices, 20),
            Alpha::Momentum12x1 => momentum_skipping(prices, 252, 21),
            Alpha::MeanReversion => mean_reversion(prices, 20),
            Alpha::ShortTermReversal => short_term_reversal(prices, 5),
            Alpha::LowVolatility => low_volatility(prices, 60, PERIODS_PER_YEAR),
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
    let known: Vec<(&str, Option<&[f64]>)> = book
        .series()
        .iter()
        .map(|series| {
            let end = series.times.partition_point(|time| *time <= as_of);
            let fresh = end > 0 && as_of.0.saturating_sub(series.times[end - 1].0) <= STALE_DAYS_MAX * DAY_NANOS;
            (series.name.as_str(), (fresh || end == 0).then(|| &series.values[..end]))
        })
        .collect();
    let histories: Vec<&[f64]> = known.iter().map(|(_, prices)| prices.unwrap_or_default()).collect();
    let scored = alpha.scores_of(&histories);
    let values = known
        .iter()
        .zip(scored)
        .map(|((name, prices), score)| (String::from(*name), if prices.is_none() { Err(Unknown::Stale) } else { score }))
        .collect();
    Scores { as_of, values }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Faults;
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
        for alpha in [
            Alpha::Momentum20d,
            Alpha::Momentum12x1,
            Alpha::MeanReversion,
            Alpha::ShortTermReversal,
            Alpha::LowVolatility,
            Alpha::CrossSectionalMomentum,
        ] {
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
        for alpha in
            [Alpha::Momentum20d, Alpha::Momentum12x1, Alpha::MeanReversion, Alpha::ShortTermReversal, Alpha::LowVolatility]
        {
            let n = alpha.prices_needed();
            assert!(alpha.score(&prices[..n]).is_ok(), "{}", alpha.as_str());
            assert_eq!(alpha.score(&prices[..n - 1]), Err(Unknown::InsufficientHistory), "{}", alpha.as_str());
            // Older prices do not matter.
            assert_eq!(alpha.score(&prices[300 - n..]), alpha.score(&prices));
        }
    }
}

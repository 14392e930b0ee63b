//! Sample strategies over real data: six of the built-in alphas in sixteen currencies against the euro.
//!
//! The data are the euro reference rates of the European Central Bank (Source: ECB statistics). A rate is the price of a euro in the
//! currency; the currency's price in euros is 1/rate, and holding it over a day returns rate(t − 1)/rate(t) − 1.
//!
//! | strategy | alpha | held | shares | decided |
//! |---|---|---|---|---|
//! | `breakout` | place in the range of the 55 days before | 5 of 16 | equal | first day of a month |
//! | `low_volatility` | minus the volatility of 60 days | 5 of 16 | 1/σ, at most 40 % | first day of a month |
//! | `mean_reversion` | minus the z-score against the mean of 20 days | 5 of 16 | equal | first day of a week |
//! | `momentum_12_1` | return of 252 days without the last 21 | 5 of 16 | equal | first day of a month |
//! | `momentum_20d` | return of 20 days | 5 of 16 | equal | first day of a month |
//! | `short_term_reversal` | minus the return of 5 days | 5 of 16 | equal | first day of a week |
//!
//! Two pairs are kin on purpose, the trends and the reversals: who looks at correlations finds them.
//!
//! **Conventions.** What is decided with the rates of day t earns from t to t + 1; a property test changes later rates and finds earlier returns
//! as they were. Between decisions weights drift with prices. No costs, no interest. The Danish krone is left out: it is pegged
//! to the euro, moves less than one per cent a year, and low volatility would hold little else. All strategies begin when the longest
//! alpha has its history, so that their returns share their dates.

use crate::alpha::{Alpha, WeightRule, WeightScheme, low_volatility};
use crate::error::{Code, Faults, Problem};
use crate::frame::{PriceBook, ReturnBook, Series, SignalBook};
use crate::stats::Figure;
use crate::units::UnixNanos;
use serde::Serialize;
use std::collections::BTreeMap;

/// The line that stands wherever the sample is shown.
pub const SOURCE: &str = "Source: ECB statistics";

/// The currencies, in alphabetical order.
pub const CURRENCIES: [&str; 16] =
    ["AUD", "CAD", "CHF", "CZK", "GBP", "HKD", "HUF", "JPY", "KRW", "NOK", "NZD", "PLN", "SEK", "SGD", "USD", "ZAR"];

/// Trading days of a year.
const PERIODS_PER_YEAR: f64 = 252.0;

/// Returns that enter the volatility of the weight rule.
const VOLATILITY_PERIODS: usize = 60;

/// Prices before the first decision: what the longest alpha needs.
const WARM_UP: usize = Alpha::Momentum12x1.prices_needed();

/// When a strategy decides anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Schedule {
    /// On the first day of a calendar month that has rates.
    Month,
    /// On the first day of a week, from Monday, that has rates.
    Week,
}

impl Schedule {
    /// The period that a time lies in.
    fn period(self, time: UnixNanos) -> i64 {
        match self {
            Schedule::Month => {
                let (year, month, _) = time.date();
                i64::from(year) * 12 + i64::from(month)
            }
            // 1970-01-01 was a Thursday.
            Schedule::Week => (time.days() + 3).div_euclid(7),
        }
    }
}

/// One sample strategy.
struct Strategy {
    name: &'static str,
    alpha: Alpha,
    rule: WeightRule,
    schedule: Schedule,
}

/// Five of sixteen.
const TOP: f64 = 0.3125;

/// One strategy that holds its five best in equal parts.
const fn equal(name: &'static str, alpha: Alpha, schedule: Schedule) -> Strategy {
    Strategy { name, alpha, rule: WeightRule { top: TOP, scheme: WeightScheme::Equal, cap: 0.40 }, schedule }
}

const STRATEGIES: [Strategy; 6] = [
    equal("breakout", Alpha::Breakout, Schedule::Month),
    Strategy {
        name: "low_volatility",
        alpha: Alpha::LowVolatility,
        rule: WeightRule { top: TOP, scheme: WeightScheme::InverseVolatility, cap: 0.40 },
        schedule: Schedule::Month,
    },
    equal("mean_reversion", Alpha::MeanReversion, Schedule::Week),
    equal("momentum_12_1", Alpha::Momentum12x1, Schedule::Month),
    equal("momentum_20d", Alpha::Momentum20d, Schedule::Month),
    equal("short_term_reversal", Alpha::ShortTermReversal, Schedule::Week),
];

/// What the sample strategies say, and what they earned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sample {
    /// The last date, whose rates the signals know.
    pub as_of: UnixNanos,
    /// Daily returns of the strategies, in euros.
    pub returns: ReturnBook,
    /// What each strategy would hold from the last date on, with its scores.
    pub signals: SignalBook,
    /// The line that stands beside it.
    pub source: &'static str,
}

/// Builds the sample strategies from reference rates in units of currency per euro.
///
/// # Errors
/// A currency is missing or lacks days that another has, or the history is shorter than a year and two days.
pub fn sample(rates: &PriceBook) -> Result<Sample, Problem> {
    let panel = Panel::new(rates)?;
    let mut points = BTreeMap::new();
    let mut rows = BTreeMap::new();
    for strategy in &STRATEGIES {
        let returns = panel.returns(strategy);
        points.insert(strategy.name.to_owned(), panel.times[WARM_UP..].iter().copied().zip(returns).collect());
        let (scores, weights) = panel.decide(strategy, panel.times.len() - 1);
        let held: Vec<(&str, f64, f64)> = CURRENCIES
            .iter()
            .zip(scores.iter().zip(weights))
            .filter_map(|(symbol, (score, weight))| score.ok().filter(|_| weight > 0.0).map(|score| (*symbol, score, weight)))
            .collect();
        rows.insert(strategy.name.to_owned(), held);
    }
    let mut faults = Faults::new();
    let returns = ReturnBook::from_points(points, |name, _| format!("sample {name}"), &mut faults);
    let signals = SignalBook::from_rows(&rows, |name, _, _| format!("sample {name}"), &mut faults);
    let as_of = panel.times[panel.times.len() - 1];
    faults.finish(returns.zip(signals)).map(|(returns, signals)| Sample { as_of, returns, signals, source: SOURCE })
}

/// Prices of the currencies in euros, one column each, on common dates.
struct Panel {
    times: Vec<UnixNanos>,
    prices: Vec<Vec<f64>>,
}

impl Panel {
    fn new(rates: &PriceBook) -> Result<Self, Problem> {
        let columns: Vec<&Series> = CURRENCIES
            .iter()
            .map(|name| {
                rates.get(name).ok_or_else(|| {
                    Problem::new(
                        Code::MissingColumn,
                        "",
                        format!("The rates have no column {name}."),
                        "Give the euro reference rates as the European Central Bank publishes them.",
                    )
                })
            })
            .collect::<Result<_, _>>()?;
        let times = columns[0].times.clone();
        if let Some(other) = columns.iter().find(|series| series.times != times) {
            return Err(Problem::new(
                Code::BrokenRow,
                "",
                format!("{} and {} have rates on different days.", columns[0].name, other.name),
                "Give a rate of every currency on every day.",
            ));
        }
        if times.len() <= WARM_UP {
            return Err(Problem::new(
                Code::InsufficientHistory,
                "",
                format!("There are rates of {} days, and {} are the fewest.", times.len(), WARM_UP + 1),
                "Give a longer history.",
            ));
        }
        let prices = columns.iter().map(|series| series.values.iter().map(|rate| 1.0 / rate).collect()).collect();
        Ok(Panel { times, prices })
    }

    /// Scores and weights that a strategy decides on day `t`, from prices up to and including it.
    fn decide(&self, strategy: &Strategy, t: usize) -> (Vec<Figure>, Vec<f64>) {
        let histories: Vec<&[f64]> = self.prices.iter().map(|prices| &prices[..=t]).collect();
        let scores = strategy.alpha.scores_of(&histories);
        let volatilities: Vec<Figure> = match strategy.rule.scheme {
            WeightScheme::InverseVolatility => histories
                .iter()
                .map(|prices| low_volatility(prices, VOLATILITY_PERIODS, PERIODS_PER_YEAR).map(|score| -score))
                .collect(),
            _ => Vec::new(),
        };
        let weights = strategy.rule.weights(&scores, &volatilities);
        (scores, weights)
    }

    /// Daily returns of a strategy from the day after the warm-up to the last.
    fn returns(&self, strategy: &Strategy) -> Vec<f64> {
        let first = WARM_UP - 1;
        let mut weights = Vec::new();
        let mut returns = Vec::with_capacity(self.times.len() - WARM_UP);
        for t in first..self.times.len() - 1 {
            let period = strategy.schedule.period(self.times[t]);
            if t == first || period != strategy.schedule.period(self.times[t - 1]) {
                weights = self.decide(strategy, t).1;
            }
            let mut earned = 0.0;
            for (weight, prices) in weights.iter().zip(&self.prices) {
                earned += weight * (prices[t + 1] / prices[t] - 1.0);
            }
            returns.push(earned);
            // Tomorrow's weights are what today's have become; what is not held is cash and earns nothing.
            for (weight, prices) in weights.iter_mut().zip(&self.prices) {
                *weight *= prices[t + 1] / prices[t] / (1.0 + earned);
            }
        }
        returns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rates of so many days that wander without a pattern, the same on every run.
    fn rates(days: i64, change_after: Option<i64>) -> PriceBook {
        let points: BTreeMap<String, Vec<(UnixNanos, f64)>> = CURRENCIES
            .iter()
            .enumerate()
            .map(|(k, name)| {
                let mut state = k as u64 + 1;
                let mut rate = 1.0 + k as f64;
                let rows = (0..days)
                    .map(|day| {
                        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                        let step = ((state >> 33) as f64 / 2_147_483_648.0 - 0.5) * 0.02;
                        let shock = if change_after.is_some_and(|after| day > after) { 0.3 * step } else { 0.0 };
                        rate *= 1.0 + step + shock;
                        (UnixNanos::from_days(day).unwrap(), rate)
                    })
                    .collect();
                (String::from(*name), rows)
            })
            .collect();
        PriceBook::from_points(points, |_, _| String::new(), &mut Faults::new()).unwrap()
    }

    #[test]
    fn later_rates_change_no_earlier_return() {
        let after = 300;
        let (known, changed) = (sample(&rates(400, None)).unwrap(), sample(&rates(400, Some(after))).unwrap());
        for (a, b) in known.returns.series().iter().zip(changed.returns.series()) {
            let until = a.times.partition_point(|time| time.days() <= after);
            assert!(until > 40 && a.values[..until] == b.values[..until], "{}", a.name);
            assert_ne!(a.values[until], b.values[until], "{}: the change must be felt once it happened", a.name);
        }
    }

    #[test]
    fn the_first_return_is_the_day_after_the_first_decision() {
        let sample = sample(&rates(254, None)).unwrap();
        let momentum = sample.returns.get("momentum_12_1").unwrap();
        // 253 prices are known on day 252; day 253 brings the first return.
        assert_eq!((momentum.times.len(), momentum.times[0].days()), (1, 253));
        assert_eq!(sample.as_of.days(), 253);
    }

    #[test]
    fn five_are_held_and_no_weight_is_above_the_cap() {
        let sample = sample(&rates(300, None)).unwrap();
        let names: Vec<&str> = STRATEGIES.iter().map(|strategy| strategy.name).collect();
        assert_eq!(sample.signals.strategies(), names);
        for s in 0..names.len() {
            let weights = sample.signals.rows(s).weights;
            assert_eq!(weights.len(), 5);
            assert!(weights.iter().all(|weight| *weight > 0.0 && *weight <= 0.40));
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn another_file_is_refused() {
        assert_eq!(sample(&rates(253, None)).unwrap_err().code, Code::InsufficientHistory);
        assert_eq!(sample(&PriceBook::default()).unwrap_err().code, Code::MissingColumn);
    }

    #[test]
    fn weeks_begin_on_monday() {
        // 2024-01-07 was a Sunday.
        let week = |text: &str| Schedule::Week.period(UnixNanos::parse(text).unwrap());
        assert_eq!(week("2024-01-07") + 1, week("2024-01-08"));
        assert_eq!(week("2024-01-01"), week("2024-01-07"));
    }
}

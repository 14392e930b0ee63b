//! State of a portfolio, day by day: how risky it has been lately, and how that changes (R1, R2).
//!
//! | feature | formula |
//! |---|---|
//! | `port_rvol_20d`, `port_rvol_60d` | s·√p, s the sample deviation (ddof 1) of the last 20 and 60 returns |
//! | `vol_accel` | `port_rvol_20d`/`port_rvol_60d` |
//! | `dd_level` | E/max E − 1, E the equity |
//! | `dd_slope_10d` | `dd_level` less `dd_level` ten observations before |
//! | `corr_20d`, `corr_60d` | mean pairwise correlation of the assets over the last 20 and 60 dates (`overlay::window`) |
//! | `corr_shock` | `corr_20d` − `corr_60d` |
//! | `trend_breadth_20d` | share of trend units (or assets) whose last 20 returns sum to more than zero |
//! | `sleeve_concentration_60d` | Σ sₖ², sₖ the share of sleeve k in Σ\|sum of its last 60 returns\| (Herfindahl 1950) |
//!
//! **Conventions.** [`StateTracker`] takes one day after the other and answers its features; a whole history is the tracker fed with it,
//! so that both are the same to the last bit. Nothing but the level and peak of equity reaches further back than 75 dates. Volatility
//! and slope count *observations*: a date on which the portfolio has no return is unknown itself and does not break the windows around it,
//! unless a window would reach over more than a quarter again as many dates as it has returns: then it is stale. Without an equity
//! curve, returns are compounded and the start counts as a peak. Flat windows have no volatility.

use super::window::Panel;
use crate::config::risk::CalendarRule;
use crate::frame::{PriceBook, ReturnBook, Series};
use crate::stats::{Figure, Unknown, standard_deviation};
use crate::units::UnixNanos;
use std::collections::VecDeque;

/// Returns and dates of the short windows.
pub const SHORT: usize = 20;
/// Returns and dates of the long windows.
pub const LONG: usize = 60;
/// Observations between the two ends of the slope.
pub const SLOPE: usize = 10;

/// The features, in the order of the recorded files.
pub const FEATURES: [&str; 10] = [
    "port_rvol_20d",
    "port_rvol_60d",
    "vol_accel",
    "dd_level",
    "dd_slope_10d",
    "corr_20d",
    "corr_60d",
    "corr_shock",
    "trend_breadth_20d",
    "sleeve_concentration_60d",
];

/// How many of them every state has; the others depend on what is given.
pub const REQUIRED: usize = 8;

/// The features of one date.
#[derive(Clone, Debug, PartialEq)]
pub struct StateRow {
    /// The date; everything in the row was known at its end.
    pub date: UnixNanos,
    /// The features, in the order of [`FEATURES`].
    pub features: [Figure; 10],
}

impl StateRow {
    /// What regimes are told from, if every required feature is known.
    pub fn signals(&self) -> Option<Signals> {
        if self.features[..REQUIRED].iter().any(Result::is_err) {
            return None;
        }
        let known = |i: usize| self.features[i].ok();
        Some(Signals { vol_accel: known(2)?, corr_shock: known(7)?, dd_level: known(3)?, dd_slope: known(4)? })
    }
}

/// The four features that regimes are told from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Signals {
    /// 20-day volatility over 60-day volatility.
    pub vol_accel: f64,
    /// 20-day correlation less 60-day correlation.
    pub corr_shock: f64,
    /// Drawdown, zero or negative.
    pub dd_level: f64,
    /// Change of drawdown in ten observations.
    pub dd_slope: f64,
}

/// What one day brings. Cells that are not there are `None`.
#[derive(Clone, Copy, Debug)]
pub struct Day<'a> {
    /// The date.
    pub date: UnixNanos,
    /// Return of the portfolio.
    pub portfolio: Option<f64>,
    /// Equity at the end of the day, where the tracker was told to expect one.
    pub equity: Option<f64>,
    /// Returns of the assets, always in the same order.
    pub assets: &'a [Option<f64>],
    /// Returns of the trend units.
    pub trend_units: &'a [Option<f64>],
    /// Returns of the sleeves.
    pub sleeves: &'a [Option<f64>],
}

/// What a tracker is told to expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StateShape {
    /// How many assets there are.
    pub assets: usize,
    /// Whether equity is given; otherwise returns are compounded.
    pub equity: bool,
    /// How many trend units there are; none, and the assets take their place.
    pub trend_units: usize,
    /// How many sleeves there are.
    pub sleeves: usize,
}

/// The last observations of a quantity, with the row at which each was made.
#[derive(Clone, Debug, Default)]
struct Recent {
    values: VecDeque<f64>,
    rows: VecDeque<usize>,
}

impl Recent {
    fn push(&mut self, row: usize, value: f64, keep: usize) {
        self.values.push_back(value);
        self.rows.push_back(row);
        if self.values.len() > keep {
            self.values.pop_front();
            self.rows.pop_front();
        }
    }

    /// The last `count` observations, unless they reach over more than a quarter again as many rows.
    fn last(&self, count: usize, row: usize) -> Result<impl Iterator<Item = f64>, Unknown> {
        let skip = self.values.len().checked_sub(count).ok_or(Unknown::InsufficientHistory)?;
        let oldest = self.rows.get(skip).copied().unwrap_or(row);
        if row + 1 - oldest > count + count.div_ceil(4) {
            return Err(Unknown::Stale);
        }
        Ok(self.values.iter().skip(skip).copied())
    }
}

/// The state, kept up to date day by day in time that does not grow with the history.
#[derive(Clone, Debug)]
pub struct StateTracker {
    shape: StateShape,
    root_periods: f64,
    row: usize,
    returns: Recent,
    drawdowns: Recent,
    equity: f64,
    peak: f64,
    assets: Panel,
    trend_units: Panel,
    sleeves: Panel,
    window: Vec<f64>,
}

impl StateTracker {
    /// A tracker that has seen nothing.
    pub fn new(shape: StateShape, periods_per_year: f64) -> Self {
        StateTracker {
            shape,
            root_periods: periods_per_year.sqrt(),
            row: 0,
            returns: Recent::default(),
            drawdowns: Recent::default(),
            equity: 1.0,
            peak: if shape.equity { 0.0 } else { 1.0 },
            assets: Panel::new(shape.assets),
            trend_units: Panel::new(shape.trend_units),
            sleeves: Panel::new(shape.sleeves),
            window: Vec::with_capacity(LONG),
        }
    }

    /// Takes the next day and answers its features.
    pub fn push(&mut self, day: &Day<'_>) -> StateRow {
        let row = self.row;
        self.row += 1;
        self.assets.push(day.assets);
        self.trend_units.push(day.trend_units);
        self.sleeves.push(day.sleeves);

        if let Some(r) = day.portfolio {
            self.returns.push(row, r, LONG);
        }
        let short = self.volatility(day, SHORT, row);
        let long = self.volatility(day, LONG, row);
        let accel = short.and_then(|short| Ok(short / long?)).and_then(finite);

        let level = self.drawdown(day);
        if let Ok(level) = level {
            self.drawdowns.push(row, level, SLOPE + 1);
        }
        let slope = level.and_then(|level| {
            self.drawdowns.last(SLOPE + 1, row)?.next().ok_or(Unknown::InsufficientHistory).map(|then| level - then)
        });

        let corr_short = self.assets.mean_correlation(SHORT);
        let corr_long = self.assets.mean_correlation(LONG);
        let shock = corr_short.and_then(|short| Ok(short - corr_long?));
        StateRow {
            date: day.date,
            features: [short, long, accel, level, slope, corr_short, corr_long, shock, self.breadth(), self.concentration()],
        }
    }

    fn volatility(&mut self, day: &Day<'_>, width: usize, row: usize) -> Figure {
        if day.portfolio.is_none() {
            return Err(Unknown::MissingObservation);
        }
        let values = self.returns.last(width, row)?;
        self.window.clear();
        self.window.extend(values);
        finite(standard_deviation(&self.window, 1)? * self.root_periods)
    }

    fn drawdown(&mut self, day: &Day<'_>) -> Figure {
        let equity = if self.shape.equity { day.equity } else { day.portfolio.map(|r| self.equity * (1.0 + r)) };
        let equity = equity.ok_or(Unknown::MissingObservation)?;
        self.equity = equity;
        if equity > self.peak {
            self.peak = equity;
        }
        if self.peak <= 0.0 {
            return Err(Unknown::NotRepresentable);
        }
        finite(equity / self.peak - 1.0)
    }

    fn breadth(&self) -> Figure {
        let panel = if self.trend_units.series() > 0 { &self.trend_units } else { &self.assets };
        if panel.series() == 0 {
            return Err(Unknown::TooFewSeries);
        }
        if panel.rows() < SHORT {
            return Err(Unknown::InsufficientHistory);
        }
        let rising = (0..panel.series()).filter(|series| panel.rises(*series, SHORT)).count();
        Ok(rising as f64 / panel.series() as f64)
    }

    fn concentration(&self) -> Figure {
        if self.sleeves.rows() < LONG {
            return Err(Unknown::InsufficientHistory);
        }
        let sums = || (0..self.sleeves.series()).filter_map(|series| self.sleeves.full_sum(series, LONG)).map(f64::abs);
        let total = crate::math::sum(sums());
        if total <= 0.0 {
            return Err(Unknown::NoTrades);
        }
        finite(crate::math::sum(sums().map(|sum| (sum / total) * (sum / total))))
    }
}

fn finite(value: f64) -> Figure {
    if value.is_finite() { Ok(value + 0.0) } else { Err(Unknown::NotRepresentable) }
}

/// The histories that a state is told from.
#[derive(Clone, Copy, Debug)]
pub struct StateInputs<'a> {
    /// Returns of the portfolio.
    pub portfolio: &'a Series,
    /// Its equity; without it, returns are compounded.
    pub equity: Option<&'a Series>,
    /// Returns of the assets.
    pub assets: Option<&'a ReturnBook>,
    /// Returns of trend units.
    pub trend_units: Option<&'a ReturnBook>,
    /// Returns of sleeves.
    pub sleeves: Option<&'a ReturnBook>,
}

impl StateInputs<'_> {
    /// What a tracker of these histories expects.
    pub fn shape(&self) -> StateShape {
        let count = |book: Option<&ReturnBook>| book.map_or(0, ReturnBook::len);
        StateShape {
            assets: count(self.assets),
            equity: self.equity.is_some(),
            trend_units: count(self.trend_units),
            sleeves: count(self.sleeves),
        }
    }

    /// The dates that have a state.
    pub fn dates(&self, rule: CalendarRule) -> Vec<UnixNanos> {
        // The series are ascending runs, which sorting merges; a set would be built date by date.
        let of_assets = || -> Vec<UnixNanos> {
            self.assets.into_iter().flat_map(ReturnBook::series).flat_map(|series| series.times.iter().copied()).collect()
        };
        let distinct = |mut dates: Vec<UnixNanos>| -> Vec<UnixNanos> {
            dates.sort();
            dates.dedup();
            dates
        };
        match rule {
            CalendarRule::Inner => {
                let assets = self.assets.map(|_| distinct(of_assets()));
                let equity = self.equity.map(|equity| equity.times.as_slice());
                let common = |date: &&UnixNanos| {
                    equity.is_none_or(|times| times.binary_search(date).is_ok())
                        && assets.as_ref().is_none_or(|dates| dates.binary_search(date).is_ok())
                };
                self.portfolio.times.iter().filter(common).copied().collect()
            }
            CalendarRule::Union => {
                let mut dates = of_assets();
                dates.extend(&self.portfolio.times);
                dates.extend(self.equity.into_iter().flat_map(|equity| &equity.times));
                let first = self.portfolio.times.first().copied();
                distinct(dates).into_iter().filter(|date| first.is_some_and(|first| *date >= first)).collect()
            }
        }
    }

    /// The state of every date: a [`StateTracker`] fed with the histories.
    pub fn states(&self, rule: CalendarRule, periods_per_year: f64) -> Vec<StateRow> {
        let mut tracker = StateTracker::new(self.shape(), periods_per_year);
        let mut portfolio = Cursor::new(self.portfolio);
        let mut equity = self.equity.map(Cursor::new);
        let (mut assets, mut units, mut sleeves) = (cursors(self.assets), cursors(self.trend_units), cursors(self.sleeves));
        let mut cells = (vec![None; assets.len()], vec![None; units.len()], vec![None; sleeves.len()]);
        let mut rows = Vec::new();
        for date in self.dates(rule) {
            for (cells, cursors) in [(&mut cells.0, &mut assets), (&mut cells.1, &mut units), (&mut cells.2, &mut sleeves)] {
                for (cell, cursor) in cells.iter_mut().zip(cursors) {
                    *cell = cursor.at(date);
                }
            }
            rows.push(tracker.push(&Day {
                date,
                portfolio: portfolio.at(date),
                equity: equity.as_mut().and_then(|equity| equity.at(date)),
                assets: &cells.0,
                trend_units: &cells.1,
                sleeves: &cells.2,
            }));
        }
        rows
    }
}

/// Equity curves of one series as [`PriceBook`] and returns of one series as [`ReturnBook`] are read; this takes the only one.
pub fn only_series(book: &ReturnBook) -> Option<&Series> {
    match book.series() {
        [one] => Some(one),
        _ => None,
    }
}

/// As [`only_series`], of account values.
pub fn only_curve(book: &PriceBook) -> Option<&Series> {
    match book.series() {
        [one] => Some(one),
        _ => None,
    }
}

/// A cursor for every series of a book.
fn cursors(book: Option<&ReturnBook>) -> Vec<Cursor<'_>> {
    book.map_or(&[][..], ReturnBook::series).iter().map(Cursor::new).collect()
}

/// Walks along a series with ascending dates.
pub(super) struct Cursor<'a> {
    series: &'a Series,
    next: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(series: &'a Series) -> Self {
        Cursor { series, next: 0 }
    }

    /// The value on a date, if there is one; dates must not go back.
    pub(super) fn at(&mut self, date: UnixNanos) -> Option<f64> {
        while self.series.times.get(self.next).is_some_and(|time| *time < date) {
            self.next += 1;
        }
        (self.series.times.get(self.next) == Some(&date)).then(|| self.series.values[self.next])
    }
}

//! Exposure: which scalar a rebalance applies, and the weights that come of it (R5).
//!
//! Rebalance t applies the scalar that was known at rebalance t − 1: the last daily scalar dated at or before t − 1. Weights are
//! raw·scalar where the scalar is below 1, and the raw weights otherwise; the overlay never raises exposure.
//!
//! **Conventions.** The first rebalance has nothing before it and takes `first`; a rebalance whose predecessor lies before the
//! series begins takes `missing`. Both are the warm-up scalar where scalars are computed, else `apply_missing_scalar_as`. A scalar older than the staleness limit is replaced by the fail-safe target where that is lower
//! (computed on the fly), or refused (precomputed). Every applied scalar carries the date at which it was known, which is earlier than the
//! rebalance that applies it.

use super::regime::days_between;
use super::scalar::{ScalarDay, ScalarRules};
use crate::config::risk::{RiskConfig, Warmup};
use crate::error::{Code, Fault};
use crate::frame::{Series, WeightBook};
use crate::units::UnixNanos;
use crate::wire::choice;
use std::collections::{BTreeMap, BTreeSet};

choice! {
    /// Where an applied scalar comes from.
    pub enum ScalarBasis {
        /// The series of scalars.
        Scalar = "scalar",
        /// There is no rebalance before this one.
        First = "first",
        /// The rebalance before this one lies before the series begins.
        Missing = "missing",
        /// The scalar was too old; the fail-safe target bounds it.
        Stale = "stale",
        /// The file of an earlier run.
        Precomputed = "precomputed",
    }
}

/// The scalar of one rebalance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Applied {
    /// The rebalance.
    pub date: UnixNanos,
    /// The scalar.
    pub scalar: f64,
    /// When it was known; `None` where nothing was.
    pub known_at: Option<UnixNanos>,
    /// Where it comes from.
    pub basis: ScalarBasis,
}

/// What stands in for scalars that are not there, or too old.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LagRules {
    /// At the first rebalance.
    pub first: f64,
    /// Before the series begins.
    pub missing: f64,
    /// Oldest scalar, in calendar days.
    pub stale_days_max: Option<u32>,
    /// Bound on a scalar that is older.
    pub fail_safe: f64,
}

/// The last scalar at or before a date.
pub fn as_of(daily: &[ScalarDay], date: UnixNanos) -> Option<ScalarDay> {
    let after = daily.partition_point(|day| day.date <= date);
    after.checked_sub(1).map(|last| daily[last])
}

impl LagRules {
    /// The rules that settings describe. Where scalars are `computed` with a warm-up, the warm-up scalar also stands at the first
    /// rebalance and before the series begins: nothing is known there either.
    pub fn of(config: &RiskConfig, computed: bool) -> Self {
        let rules = ScalarRules::of(config);
        let unknown = match (computed, config.warmup, rules.warmup) {
            (true, Warmup::Scalar, Some(warmup)) => rules.clip(warmup),
            _ => config.apply_missing_scalar_as,
        };
        LagRules {
            first: unknown,
            missing: unknown,
            stale_days_max: config.stale_days_max,
            fail_safe: rules.clip(rules.targets[config.fail_safe_regime.level()]),
        }
    }
}

/// The scalar of one rebalance, as it was known at the rebalance `before`. Days after that one are not looked at.
pub fn applied_at(daily: &[ScalarDay], before: Option<UnixNanos>, date: UnixNanos, rules: &LagRules) -> Applied {
    match before.map(|before| (before, as_of(daily, before))) {
        None => Applied { date, scalar: rules.first, known_at: None, basis: ScalarBasis::First },
        Some((_, None)) => Applied { date, scalar: rules.missing, known_at: None, basis: ScalarBasis::Missing },
        Some((before, Some(day))) => {
            let stale = rules.stale_days_max.is_some_and(|most| days_between(day.date, before) > i64::from(most));
            let (scalar, basis) =
                if stale { (day.scalar.min(rules.fail_safe), ScalarBasis::Stale) } else { (day.scalar, ScalarBasis::Scalar) };
            Applied { date, scalar, known_at: Some(day.date), basis }
        }
    }
}

/// The scalar of every rebalance, one rebalance late. Both inputs ascend by date.
pub fn applied(daily: &[ScalarDay], rebalances: &[UnixNanos], rules: &LagRules) -> Vec<Applied> {
    let mut before = None;
    rebalances.iter().map(|&date| applied_at(daily, before.replace(date), date, rules)).collect()
}

/// The scalars of an earlier run at the dates of this one: the last at or before each date; they were lagged when that run wrote them.
///
/// # Errors
/// A date whose scalar is older than the limit: nothing may run unscaled, or scaled by what is out of date, by accident.
pub fn precomputed(
    series: &[(UnixNanos, f64)],
    dates: &[UnixNanos],
    missing: f64,
    stale_days_max: Option<u32>,
    path: &str,
) -> Result<Vec<Applied>, Fault> {
    let mut all = Vec::with_capacity(dates.len());
    for &date in dates {
        let after = series.partition_point(|(time, _)| *time <= date);
        let Some(&(known, scalar)) = after.checked_sub(1).and_then(|last| series.get(last)) else {
            all.push(Applied { date, scalar: missing, known_at: None, basis: ScalarBasis::Missing });
            continue;
        };
        if let Some(most) = stale_days_max
            && days_between(known, date) > i64::from(most)
        {
            return Err(Fault::new(
                Code::Stale,
                path,
                format!("The weights of {date} would use the scalar of {known}, {} days old.", days_between(known, date)),
                format!("Run the earlier run again up to {date}, or raise stale_days_max above {most}."),
            ));
        }
        all.push(Applied { date, scalar, known_at: Some(known), basis: ScalarBasis::Precomputed });
    }
    Ok(all)
}

/// Raw weight times scalar; a scalar of 1 and above changes nothing.
pub fn scaled(weight: f64, scalar: f64) -> f64 {
    if scalar < 1.0 { weight * scalar } else { weight }
}

/// Weights by rebalance: dates ascend, symbols are in the order of their names, a symbol without a weight has none.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightTable {
    /// The rebalances, which are the decision times of the weights.
    pub dates: Vec<UnixNanos>,
    /// The symbols.
    pub symbols: Vec<String>,
    /// Row after row.
    pub rows: Vec<Vec<f64>>,
    /// Cells that were not given and count as zero.
    pub absent: usize,
}

impl WeightTable {
    /// Lines the weights of a book up by date.
    pub fn of(book: &WeightBook) -> Self {
        let dates: BTreeSet<UnixNanos> = book.series().iter().flat_map(|series| series.times.iter().copied()).collect();
        let dates: Vec<UnixNanos> = dates.into_iter().collect();
        let mut rows = vec![vec![0.0; book.len()]; dates.len()];
        let mut given = 0;
        for (column, series) in book.series().iter().enumerate() {
            given += fill(&mut rows, &dates, column, series);
        }
        let absent = dates.len() * book.len() - given;
        WeightTable { dates, symbols: book.series().iter().map(|series| series.name.clone()).collect(), rows, absent }
    }

    /// The rows up to and with a date.
    #[must_use]
    pub fn until(mut self, end: UnixNanos) -> Self {
        let keep = self.dates.partition_point(|date| date.days() <= end.days());
        self.dates.truncate(keep);
        self.rows.truncate(keep);
        self
    }

    /// Every weight times the scalar of its row: that of its sleeve, if `sleeves` names one for the symbol, else the portfolio's.
    #[must_use]
    pub fn scale(&self, applied: &[Applied], sleeves: &BTreeMap<&str, &[Applied]>) -> Self {
        let columns: Vec<&[Applied]> =
            self.symbols.iter().map(|symbol| sleeves.get(symbol.as_str()).copied().unwrap_or(applied)).collect();
        let scale = |(row, weights): (usize, &Vec<f64>)| {
            let cells = weights.iter().zip(&columns);
            cells.map(|(weight, column)| column.get(row).map_or(*weight, |one| scaled(*weight, one.scalar))).collect()
        };
        let rows = self.rows.iter().enumerate().map(scale).collect();
        WeightTable { rows, ..self.clone() }
    }
}

/// Puts a series into its column; answers how many cells it had.
fn fill(rows: &mut [Vec<f64>], dates: &[UnixNanos], column: usize, series: &Series) -> usize {
    let mut row = 0;
    for (time, value) in series.times.iter().zip(&series.values) {
        while dates.get(row).is_some_and(|date| date < time) {
            row += 1;
        }
        if let Some(cells) = rows.get_mut(row) {
            cells[column] = *value;
        }
    }
    series.times.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> UnixNanos {
        UnixNanos::parse(text).unwrap()
    }

    fn daily(all: &[(&str, f64)]) -> Vec<ScalarDay> {
        all.iter().map(|(date, scalar)| ScalarDay { date: day(date), target: *scalar, scalar: *scalar }).collect()
    }

    const RULES: LagRules = LagRules { first: 0.55, missing: 1.0, stale_days_max: Some(10), fail_safe: 0.55 };

    #[test]
    fn a_crash_is_first_traded_on_at_the_next_rebalance() {
        let daily = daily(&[("2020-03-02", 1.0), ("2020-03-06", 0.7), ("2020-03-10", 0.5)]);
        let rebalances = ["2020-02-28", "2020-03-06", "2020-03-13", "2020-03-20"].map(day);
        let all = applied(&daily, &rebalances, &RULES);
        // 28 February: nothing before. 6 March: its predecessor lies before the series. 13 March: 0.7 of the 6th. 20 March: 0.5 of the 10th.
        assert_eq!(all.iter().map(|one| one.scalar).collect::<Vec<_>>(), [0.55, 1.0, 0.7, 0.5]);
        assert_eq!(all[2].known_at, Some(day("2020-03-06")));
        assert!(all.iter().all(|one| one.known_at.is_none_or(|known| known < one.date)));
    }

    #[test]
    fn what_is_not_known_yet_is_not_taken_for_calm() {
        // Computed: the target of STRESS under L until something is known. Given: as the settings say, 1 by default.
        let of = |warmup: Warmup, computed: bool| {
            let rules = LagRules::of(&RiskConfig { warmup, ..RiskConfig::default() }, computed);
            (rules.first, rules.missing)
        };
        assert_eq!(of(Warmup::Scalar, true), (0.55, 0.55));
        assert_eq!(of(Warmup::Scalar, false), (1.0, 1.0));
        assert_eq!(of(Warmup::Omit, true), (1.0, 1.0));
    }

    #[test]
    fn an_old_scalar_fails_safe_or_is_refused() {
        let series = daily(&[("2020-03-02", 1.0)]);
        let rebalances = ["2020-03-06", "2020-04-06", "2020-05-06"].map(day);
        let all = applied(&series, &rebalances, &RULES);
        assert_eq!((all[1].scalar, all[1].basis), (1.0, ScalarBasis::Scalar));
        assert_eq!((all[2].scalar, all[2].basis), (0.55, ScalarBasis::Stale));
        let file = [(day("2020-03-02"), 0.7)];
        assert_eq!(precomputed(&file, &[day("2020-03-12")], 1.0, Some(10), "/f").unwrap()[0].scalar, 0.7);
        let refused = precomputed(&file, &[day("2025-01-01")], 1.0, Some(10), "/f").unwrap_err();
        assert_eq!((refused.code, refused.path.as_str()), (Code::Stale, "/f"));
        assert_eq!(precomputed(&file, &[day("2025-01-01")], 1.0, None, "/f").unwrap()[0].scalar, 0.7);
    }

    #[test]
    fn exposure_is_never_raised_and_signs_never_flip() {
        for weight in [-1.5, -0.0, 0.25, 3.0] {
            for scalar in [0.25, 0.999_999, 1.0, 1.0 + 1e-12, 2.0] {
                let after: f64 = scaled(weight, scalar);
                assert!(after.abs() <= f64::abs(weight) && after * weight >= 0.0);
            }
        }
    }
}

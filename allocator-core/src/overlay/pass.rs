//! One pass of an audit: weights and asset returns in, daily returns and equity out, and its figures (R8).
//!
//! Weights decided at t earn the returns dated after t, up to and with the date of the next decision. Rₜ = Σ wᵢ·rᵢₜ − c·Σ|wᵢ − wᵢ before|;
//! the cost of a rebalance is charged to the first return it earns. E = Π(1 + R).
//!
//! **Conventions.** With `constant`, weights are shares of equity that are put back every day at no cost; with `drift` they move with
//! the returns until the next rebalance. An asset without a return on a date earns nothing that day; such holdings are counted. Of
//! several rebalances between two return dates the last one counts. Returns before the first decision are not earned by anybody.

use super::exposure::WeightTable;
use super::state::Cursor;
use crate::config::audit::BetweenRebalances;
use crate::config::metrics::CagrBasis;
use crate::frame::{ReturnBook, Series};
use crate::math;
use crate::stats::drawdown::{drawdowns, wealth_curve};
use crate::stats::growth::{DAYS_PER_YEAR, cagr};
use crate::stats::worst_period::{CalendarPeriod, worst_period};
use crate::stats::{Reasons, Unknown, UnknownFigure, sharpe, volatility};
use crate::units::{DAY_NANOS, UnixNanos};
use serde::Serialize;
use std::collections::BTreeSet;

/// How a pass trades.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PassRules {
    /// What happens to weights between rebalances.
    pub between: BetweenRebalances,
    /// Cost as a fraction of what is bought and sold.
    pub cost: f64,
}

/// A pass: returns by date, and what it traded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pass {
    /// Dates of the returns.
    pub dates: Vec<UnixNanos>,
    /// Returns after costs.
    pub returns: Vec<f64>,
    /// Decision dates of the weights that earned each return.
    pub decided_at: Vec<UnixNanos>,
    /// What was bought and sold before each return, as a fraction of equity.
    pub traded: Vec<f64>,
    /// Holdings (asset and day) without a return.
    pub unpriced: usize,
}

/// The portfolio lost everything.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ruin {
    /// When.
    pub date: UnixNanos,
    /// The return of that day.
    pub value: f64,
}

/// Dates on which some asset has a return, up to a last one.
pub fn return_dates(assets: &ReturnBook, end: Option<UnixNanos>) -> Vec<UnixNanos> {
    let all: BTreeSet<UnixNanos> = assets.series().iter().flat_map(|series| series.times.iter().copied()).collect();
    all.into_iter().filter(|date| end.is_none_or(|end| date.days() <= end.days())).collect()
}

/// Holds the weights through the returns. Symbols without a series in `assets` earn nothing; callers refuse them before.
///
/// # Errors
/// A return at or below −1: nothing is left to hold.
pub fn hold(table: &WeightTable, assets: &ReturnBook, dates: &[UnixNanos], rules: &PassRules) -> Result<Pass, Ruin> {
    let empty = Series { name: String::new(), times: Vec::new(), values: Vec::new() };
    let mut cursors: Vec<Cursor<'_>> =
        table.symbols.iter().map(|symbol| Cursor::new(assets.get(symbol).unwrap_or(&empty))).collect();
    let mut pass = Pass::default();
    let mut weights = vec![0.0; table.symbols.len()];
    let mut returns: Vec<Option<f64>> = vec![None; table.symbols.len()];
    let mut decided: Option<UnixNanos> = None;
    let mut next = 0;
    for &date in dates {
        let mut traded = 0.0;
        // The newest decision before this date; its weights are known when the return begins.
        let after = next + table.dates[next..].partition_point(|decision| *decision < date);
        if after > next {
            let target = &table.rows[after - 1];
            traded = math::sum(target.iter().zip(&weights).map(|(new, old)| (new - old).abs()));
            weights.copy_from_slice(target);
            decided = Some(table.dates[after - 1]);
            next = after;
        }
        for (cell, cursor) in returns.iter_mut().zip(&mut cursors) {
            *cell = cursor.at(date);
        }
        let Some(decided) = decided else { continue };
        pass.unpriced += weights.iter().zip(&returns).filter(|(weight, r)| **weight != 0.0 && r.is_none()).count();
        let gross = math::sum(weights.iter().zip(&returns).map(|(weight, r)| weight * r.unwrap_or(0.0)));
        let net = gross - rules.cost * traded;
        if net <= -1.0 || !net.is_finite() {
            return Err(Ruin { date, value: net });
        }
        if rules.between == BetweenRebalances::Drift {
            for (weight, r) in weights.iter_mut().zip(&returns) {
                *weight *= (1.0 + r.unwrap_or(0.0)) / (1.0 + net);
            }
        }
        pass.dates.push(date);
        pass.returns.push(net);
        pass.decided_at.push(decided);
        pass.traded.push(traded);
    }
    Ok(pass)
}

/// How figures are computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FigureRules {
    /// Degrees of freedom taken off.
    pub ddof: u32,
    /// What a year is for CAGR.
    pub basis: CagrBasis,
    /// Periods in a year.
    pub periods_per_year: f64,
}

/// The figures of a pass.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PassFigures {
    /// Compound annual growth rate.
    pub cagr: Option<f64>,
    /// Days.
    pub days: u32,
    /// Last date.
    pub end: Option<UnixNanos>,
    /// Deepest drawdown, zero or negative.
    pub max_drawdown: Option<f64>,
    /// Sharpe ratio, a year.
    pub sharpe: Option<f64>,
    /// Date before the first return: the first decision, or `start`.
    pub start: Option<UnixNanos>,
    /// Compounded return.
    pub total_return: Option<f64>,
    /// What was bought and sold, a year, as a fraction of equity.
    pub turnover: Option<f64>,
    /// Why each null figure is null.
    pub unknown: Vec<UnknownFigure>,
    /// Volatility, a year.
    pub volatility: Option<f64>,
    /// Lowest return of a calendar month.
    pub worst_month: Option<f64>,
    /// Its last day.
    pub worst_month_end: Option<UnixNanos>,
    /// Lowest return of a calendar quarter.
    pub worst_quarter: Option<f64>,
    /// Its last day.
    pub worst_quarter_end: Option<UnixNanos>,
}

/// Years between two times, of 365.25 days.
pub(super) fn years_between(from: UnixNanos, to: UnixNanos) -> f64 {
    (to.0 as f64 - from.0 as f64) / DAY_NANOS as f64 / DAYS_PER_YEAR
}

impl Pass {
    /// The part after a date.
    #[must_use]
    pub fn after(&self, start: UnixNanos) -> Pass {
        let skip = self.dates.partition_point(|date| *date <= start);
        Pass {
            dates: self.dates[skip..].to_vec(),
            returns: self.returns[skip..].to_vec(),
            decided_at: self.decided_at[skip..].to_vec(),
            traded: self.traded[skip..].to_vec(),
            unpriced: self.unpriced,
        }
    }

    /// Growth of 1 at the start of the first return and at the end of each.
    pub fn curve(&self) -> Vec<f64> {
        wealth_curve(&self.returns)
    }

    /// Years that the returns span, from `start`.
    pub fn years(&self, start: UnixNanos, rules: &FigureRules) -> f64 {
        match (rules.basis, self.dates.last()) {
            (CagrBasis::Calendar, Some(end)) => years_between(start, *end),
            _ => self.returns.len() as f64 / rules.periods_per_year,
        }
    }

    /// The figures, of returns that begin at `start`.
    pub fn figures(&self, start: UnixNanos, rules: &FigureRules) -> PassFigures {
        let mut reasons = Reasons::default();
        let returns = &self.returns;
        let curve = self.curve();
        let years = self.years(start, rules);
        let growth = curve.last().copied().filter(|_| !returns.is_empty()).ok_or(Unknown::InsufficientHistory);
        let month = worst_period(&self.dates, returns, CalendarPeriod::Month);
        let quarter = worst_period(&self.dates, returns, CalendarPeriod::Quarter);
        let falls = drawdowns(&curve).filter(|_| !returns.is_empty()).ok_or(Unknown::InsufficientHistory);
        PassFigures {
            cagr: reasons.take("cagr", growth.and_then(|growth| cagr(growth, years))),
            days: returns.len() as u32,
            end: self.dates.last().copied(),
            max_drawdown: reasons.take("max_drawdown", falls.map(|falls| falls.max)),
            sharpe: reasons.take("sharpe", sharpe(returns, rules.ddof, rules.periods_per_year, 0.0)),
            start: (!returns.is_empty()).then_some(start),
            total_return: reasons.take("total_return", growth.map(|growth| growth - 1.0)),
            turnover: reasons.take(
                "turnover",
                if years > 0.0 { Ok(math::sum(self.traded.iter().copied()) / years) } else { Err(Unknown::NoTimeSpan) },
            ),
            volatility: reasons.take("volatility", volatility(returns, rules.ddof, rules.periods_per_year)),
            worst_month: reasons.take("worst_month", month.map(|(value, _)| value)),
            worst_month_end: reasons.take_any("worst_month_end", month.map(|(_, end)| end)),
            worst_quarter: reasons.take("worst_quarter", quarter.map(|(value, _)| value)),
            worst_quarter_end: reasons.take_any("worst_quarter_end", quarter.map(|(_, end)| end)),
            unknown: reasons.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Faults;
    use crate::frame::WeightBook;
    use std::collections::BTreeMap;

    fn day(i: i64) -> UnixNanos {
        UnixNanos::from_days(19_000 + i).unwrap()
    }

    fn points(all: &[(&str, &[(i64, f64)])]) -> BTreeMap<String, Vec<(UnixNanos, f64)>> {
        let series = |points: &[(i64, f64)]| points.iter().map(|(i, value)| (day(*i), *value)).collect();
        all.iter().map(|(name, points)| ((*name).to_owned(), series(points))).collect()
    }

    fn assets(all: &[(&str, &[(i64, f64)])]) -> ReturnBook {
        ReturnBook::from_points(points(all), |_, _| String::new(), &mut Faults::new()).unwrap()
    }

    fn table(all: &[(&str, &[(i64, f64)])]) -> WeightTable {
        WeightTable::of(&WeightBook::from_points(points(all), |_, _| String::new(), &mut Faults::new()).unwrap())
    }

    const RULES: PassRules = PassRules { between: BetweenRebalances::Constant, cost: 0.01 };

    #[test]
    fn weights_earn_the_returns_after_their_decision() {
        let book = assets(&[("a", &[(0, 0.5), (1, 0.10), (2, -0.10), (3, 0.20)])]);
        let weights = table(&[("a", &[(0, 1.0), (2, -0.5)])]);
        let pass = hold(&weights, &book, &return_dates(&book, None), &RULES).unwrap();
        // Decided on day 0: the 50 % of day 0 belong to nobody. Day 1: 10 % less 1 % of 1 bought. Day 2 is still the first decision's.
        // Day 3: −0.5 · 20 % less 1 % of 1.5 sold.
        assert_eq!(pass.dates, [day(1), day(2), day(3)]);
        assert_eq!(pass.decided_at, [day(0), day(0), day(2)]);
        for (got, wanted) in pass.returns.iter().zip([0.09, -0.10, -0.115]) {
            assert!((got - wanted).abs() < 1e-15, "{got} {wanted}");
        }
        assert!(pass.dates.iter().zip(&pass.decided_at).all(|(date, decided)| decided < date));
    }

    #[test]
    fn drifting_weights_compound() {
        let book = assets(&[("a", &[(1, 0.5), (2, 0.5)]), ("b", &[(1, 0.0), (2, 0.0)])]);
        let weights = table(&[("a", &[(0, 0.5)]), ("b", &[(0, 0.5)])]);
        let dates = return_dates(&book, None);
        let free = PassRules { cost: 0.0, ..RULES };
        // Put back daily: 1.25² = 1.5625. Held: 0.5·1.5² + 0.5 = 1.625.
        let constant = hold(&weights, &book, &dates, &free).unwrap().curve();
        let drift = hold(&weights, &book, &dates, &PassRules { between: BetweenRebalances::Drift, ..free }).unwrap().curve();
        assert!((constant[2] - 1.5625).abs() < 1e-15 && (drift[2] - 1.625).abs() < 1e-15);
    }

    #[test]
    fn ruin_is_told_and_missing_returns_are_counted() {
        let book = assets(&[("a", &[(1, -0.6), (2, 0.0)]), ("b", &[(1, 0.01)])]);
        let dates = return_dates(&book, None);
        let ruined = hold(&table(&[("a", &[(0, 2.0)])]), &book, &dates, &RULES).unwrap_err();
        assert_eq!(ruined.date, day(1));
        let pass = hold(&table(&[("b", &[(0, 1.0)])]), &book, &dates, &RULES).unwrap();
        assert_eq!((pass.unpriced, pass.returns[1]), (1, 0.0));
    }

    #[test]
    fn figures_by_hand() {
        // 10 % and −10 %: total −1 %, drawdown −10 %, one month. A year of two periods: CAGR −1 %.
        let pass = Pass {
            dates: vec![day(1), day(2)],
            returns: vec![0.1, -0.1],
            decided_at: vec![day(0); 2],
            traded: vec![1.0, 0.0],
            unpriced: 0,
        };
        let rules = FigureRules { ddof: 1, basis: CagrBasis::Periods, periods_per_year: 2.0 };
        let figures = pass.figures(day(0), &rules);
        assert!((figures.cagr.unwrap() + 0.01).abs() < 1e-15);
        assert!((figures.max_drawdown.unwrap() + 0.1).abs() < 1e-15);
        assert_eq!((figures.sharpe, figures.turnover), (Some(0.0), Some(1.0)));
        let nothing = Pass::default().figures(day(0), &rules);
        assert_eq!((nothing.cagr, nothing.max_drawdown), (None, None));
    }
}

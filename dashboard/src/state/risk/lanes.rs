//! The lanes of the Risk view: every series on the same times, drawn one below the other.

use super::report::{Column, FEATURES, Report, SleeveRun};
use super::settings::{RiskSettings, regime_height, regime_name, regime_token};
use crate::figure::grid::{Cell, Column as Head, Grid};
use crate::figure::time_series::{Limit, Series};
use crate::figure::{Axis, Ribbon, TimeSeries, Unit};
use crate::state::number::fixed;

/// Growth from 100: baseline and scaled, and with protection where that is adopted.
pub fn equity(report: &Report) -> TimeSeries {
    let [baseline, scaled] = &report.equity;
    let hundred = |column: &Column| column.values.iter().map(|value| value * 100.0).collect::<Vec<f64>>();
    let mut lane = two(baseline, hundred(baseline), hundred(scaled), Axis::new("Equity", Unit::plain(1)));
    if let Some(with) = report.protection.as_ref().and_then(|protection| protection.equity.as_ref()) {
        let with =
            Series { dashed: true, short: String::from("protected"), ..Series::line("with protection", "--s3", hundred(with)) };
        lane.series.push(with);
    }
    lane
}

/// Drawdown in per cent of the peak: baseline and scaled.
pub fn drawdown(report: &Report) -> TimeSeries {
    let [baseline, scaled] = &report.drawdown;
    let mut lane = two(baseline, baseline.values.clone(), scaled.values.clone(), Axis::new("Drawdown", Unit::percent()));
    if let Some(scaled) = lane.series.last_mut() {
        scaled.filled = true;
    }
    lane
}

fn two(times: &Column, baseline: Vec<f64>, scaled: Vec<f64>, axis: Axis) -> TimeSeries {
    let baseline = Series { dashed: true, ..Series::line("baseline", "--ink3", baseline) };
    bare(TimeSeries::new(times.times.clone(), vec![baseline, Series::line("scaled", "--ink", scaled)], axis))
}

/// A lane without a scale of dates: the last lane has it for all.
fn bare(mut lane: TimeSeries) -> TimeSeries {
    lane.bare = true;
    lane
}

/// Regimes as spans: height and word tell severity, colour repeats it.
pub fn regimes(report: &Report) -> Ribbon {
    Ribbon::of_states(&report.regime_times, &report.regimes, |regime| {
        (regime_name(*regime).to_owned(), regime_token(*regime).to_owned(), regime_height(*regime))
    })
}

/// Sleeves that have a line of their own beside the portfolio's; the table has them all.
const SLEEVES_DRAWN: usize = 6;

/// The scalar that each rebalance applied, held until the next one; sleeves beside the portfolio.
pub fn exposure(column: &Column, sleeves: &[SleeveRun], settings: &RiskSettings) -> TimeSeries {
    let scalar = Series { stepped: true, ..Series::line("applied scalar", "--ink", column.values.clone()) };
    let axis = Axis { low: Some(0.0), high: Some(1.05), ..Axis::new("Applied scalar", Unit::plain(2)) };
    let mut lane = TimeSeries::new(column.times.clone(), vec![scalar], axis);
    if let Some(scalar) = lane.series.first_mut().filter(|_| !sleeves.is_empty()) {
        scalar.short = String::from("portfolio");
    }
    // Rebalances are those of the portfolio, on every sleeve.
    for (place, sleeve) in sleeves.iter().filter(|sleeve| sleeve.exposure.times == column.times).take(SLEEVES_DRAWN).enumerate() {
        let line = Series::line(&sleeve.name, &format!("--s{}", place + 1), sleeve.exposure.values.clone());
        lane.series.push(Series { stepped: true, dashed: true, ..line });
    }
    let floor = settings.audit.risk.floor();
    lane.limits.push(Limit { value: floor, label: format!("{} floor", fixed(floor, 2)), token: String::from("--ink3") });
    bare(lane)
}

/// A feature against the threshold at which its signal goes on; the last one carries the dates.
pub fn feature(report: &Report, place: usize, settings: &RiskSettings) -> TimeSeries {
    let place = place.min(FEATURES.len() - 1);
    let of = &settings.audit.risk.thresholds;
    // Inclusive: a feature at its threshold is past it.
    let (sign, entry) = match place {
        0 => ('≥', of.vol_accel_enter),
        1 => ('≥', of.corr_shock_enter),
        2 => ('≤', of.dd_enter),
        _ => ('≤', of.dd_slope_enter),
    };
    let column = &report.features[place];
    let name = FEATURES[place].1;
    let series = Series::line(name, "--ink2", column.values.clone());
    let mut axis = Axis::new(name, Unit::plain(2));
    // The threshold stays in sight, however calm the feature is.
    let known = || column.values.iter().copied().filter(|value| value.is_finite());
    let (low, high) = (known().fold(entry, f64::min), known().fold(entry, f64::max));
    let room = 0.08 * (high - low).max(0.01);
    (axis.low, axis.high) = (Some(low - room), Some(high + room));
    let mut lane = TimeSeries::new(column.times.clone(), vec![series], axis);
    let digits = if (entry * 100.0).fract().abs() < 1e-9 { 2 } else { 3 };
    lane.limits.push(Limit { value: entry, label: format!("{sign} {}", fixed(entry, digits)), token: String::from("--warn") });
    lane.bare = place + 1 < FEATURES.len();
    lane
}

/// Everything by date in one table: the twin of all lanes, and what is saved.
pub fn table(report: &Report, exposure: &Column) -> Grid {
    let figure = |name: &str| Head::number(name, Unit::plain(4));
    let mut heads = vec![
        Head::text("Date"),
        figure("Equity baseline"),
        figure("Equity scaled"),
        figure("Drawdown baseline"),
        figure("Drawdown scaled"),
        Head::text("Regime"),
        figure("Applied scalar"),
        figure(FEATURES[0].1),
        figure(FEATURES[1].1),
        figure(FEATURES[2].1),
        figure(FEATURES[3].1),
    ];
    heads.extend(report.sleeves.iter().map(|sleeve| figure(&format!("Applied scalar, {}", sleeve.name))));
    let mut grid = Grid::new(heads);
    let mut of_sleeves: Vec<Follow<'_>> = report.sleeves.iter().map(|sleeve| Follow::new(&sleeve.exposure.times)).collect();
    let mut states = Follow::new(&report.features[0].times);
    let mut regimes = Follow::new(&report.regime_times);
    let mut applied = Follow::new(&exposure.times);
    for (row, time) in report.equity[0].times.iter().enumerate() {
        let at = |column: &Column| Cell::from(column.values.get(row).copied().unwrap_or(f64::NAN));
        let state = states.on(*time);
        let of_state = |column: &Column| Cell::from(state.and_then(|at| column.values.get(at).copied()).unwrap_or(f64::NAN));
        let regime = regimes.on(*time).and_then(|at| report.regimes.get(at).copied()).flatten();
        let scalar = applied.at_or_before(*time).and_then(|at| exposure.values.get(at).copied());
        let mut cells = vec![
            Cell::Time(*time),
            at(&report.equity[0]),
            at(&report.equity[1]),
            at(&report.drawdown[0]),
            at(&report.drawdown[1]),
            Cell::from(regime_name(regime)),
            Cell::from(scalar),
            of_state(&report.features[0]),
            of_state(&report.features[1]),
            of_state(&report.features[2]),
            of_state(&report.features[3]),
        ];
        for (sleeve, applied) in report.sleeves.iter().zip(&mut of_sleeves) {
            cells.push(Cell::from(applied.at_or_before(*time).and_then(|at| sleeve.exposure.values.get(at).copied())));
        }
        grid.push(cells);
    }
    grid
}

/// Walks along ascending times.
struct Follow<'a> {
    times: &'a [f64],
    next: usize,
}

impl<'a> Follow<'a> {
    fn new(times: &'a [f64]) -> Self {
        Follow { times, next: 0 }
    }

    /// The place of the last time at or before one; times asked for must not go back.
    fn at_or_before(&mut self, time: f64) -> Option<usize> {
        while self.times.get(self.next).is_some_and(|known| *known <= time) {
            self.next += 1;
        }
        self.next.checked_sub(1)
    }

    /// The place of a time itself.
    fn on(&mut self, time: f64) -> Option<usize> {
        self.at_or_before(time).filter(|at| self.times.get(*at) == Some(&time))
    }
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::answer;
    use super::*;

    #[test]
    fn every_lane_is_drawn_from_the_same_answer() {
        let report = Report::from_answer(&answer(300)).unwrap();
        let settings = RiskSettings::default();
        let equity = equity(&report);
        assert_eq!((equity.series[0].values.0[0], equity.bare), (100.0, true));
        assert!(drawdown(&report).series[1].filled);
        let ribbon = regimes(&report);
        assert!(ribbon.spans.iter().any(|span| span.name == "Crisis" && span.height == 1.0));
        assert!(ribbon.spans[0].token.is_empty(), "the warm-up is unknown: dashed, without fill");
        for place in 0..FEATURES.len() {
            let lane = feature(&report, place, &settings);
            let (low, high) = (lane.axis.low.unwrap(), lane.axis.high.unwrap());
            assert!((low..=high).contains(&lane.limits[0].value), "the threshold is in sight");
            assert_eq!(lane.bare, place < 3, "the last lane has the dates");
        }
        assert_eq!(feature(&report, 2, &settings).limits[0].label, "≤ \u{2212}0.10");
    }

    #[test]
    fn the_table_has_a_row_for_each_date_of_the_curves() {
        let report = Report::from_answer(&answer(300)).unwrap();
        let grid = table(&report, &report.exposure);
        assert_eq!(grid.rows.len(), report.equity[0].times.len());
        let last = grid.rows.last().unwrap();
        assert_eq!(last[5], Cell::from(regime_name(*report.regimes.last().unwrap())));
        assert_eq!(last[6], Cell::from(*report.exposure.values.last().unwrap()));
        assert!(grid.to_csv().starts_with("date,equity_baseline,equity_scaled,"));
    }

    #[test]
    fn sleeves_stand_beside_the_portfolio_and_protection_beside_the_equity() {
        let mut report = Report::from_answer(&answer(300)).unwrap();
        let half = Column { values: vec![0.5; report.exposure.times.len()], ..report.exposure.clone() };
        let sleeve = |name: &str| SleeveRun { name: name.into(), exposure: half.clone(), scalars: [Some(0.5); 2], scaled: 9 };
        report.sleeves = (0..8).map(|i| sleeve(&format!("s{i}"))).collect();
        let lane = exposure(&report.exposure, &report.sleeves, &RiskSettings::default());
        assert_eq!(lane.series.len(), 1 + SLEEVES_DRAWN);
        assert_eq!((lane.series[1].name.as_str(), lane.series[1].stepped, lane.series[6].token.as_str()), ("s0", true, "--s6"));
        let grid = table(&report, &report.exposure);
        assert_eq!((grid.columns.len(), grid.rows.last().unwrap()[18].clone()), (19, Cell::from(Some(0.5))));
        assert_eq!(equity(&report).series.len(), 2);
        let figures = Vec::new();
        let curve = Some(report.equity[1].clone());
        report.protection = Some(super::super::report::Protection {
            adopted: true,
            note: String::new(),
            yearly: [None; 2],
            pieces: 1,
            figures,
            equity: curve,
        });
        assert_eq!(equity(&report).series[2].name, "with protection");
    }
}

//! What the overlay found, as tables with dates: columns side by side, ready to draw and to write.

use super::exposure::{Applied, ScalarBasis, WeightTable};
use super::regime::{RegimeBasis, RegimeDay, describe};
use super::scalar::ScalarDay;
use super::sleeve::SleevePath;
use super::state::{FEATURES, REQUIRED, StateRow};
use crate::config::risk::{OverlayMode, Regime, RegimeThresholds};
use crate::stats::Unknown;
use crate::stats::bootstrap::quantile;
use crate::units::UnixNanos;
use serde::Serialize;
use std::collections::BTreeMap;

/// A stretch of dates on which a feature is unknown for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UnknownSpan {
    /// Stable code of the reason.
    pub code: Unknown,
    /// Dates in it.
    pub dates: u32,
    /// The feature.
    pub figure: String,
    /// Its first date.
    pub first: UnixNanos,
    /// Its last date.
    pub last: UnixNanos,
    /// The reason in one sentence.
    pub reason: String,
}

/// The features by date; null where unknown, with the reason in `unknown`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct StateTable {
    /// Mean pairwise correlation of the assets, 20 dates.
    pub corr_20d: Vec<Option<f64>>,
    /// Mean pairwise correlation of the assets, 60 dates.
    pub corr_60d: Vec<Option<f64>>,
    /// `corr_20d` − `corr_60d`.
    pub corr_shock: Vec<Option<f64>>,
    /// Dates.
    pub date: Vec<UnixNanos>,
    /// Drawdown, zero or negative.
    pub dd_level: Vec<Option<f64>>,
    /// Change of drawdown in ten observations.
    pub dd_slope_10d: Vec<Option<f64>>,
    /// Volatility of 20 returns, a year.
    pub port_rvol_20d: Vec<Option<f64>>,
    /// Volatility of 60 returns, a year.
    pub port_rvol_60d: Vec<Option<f64>>,
    /// Herfindahl index of the sleeves; null where no sleeves were given.
    pub sleeve_concentration_60d: Option<Vec<Option<f64>>>,
    /// Share of trend units (or assets) that rose over 20 dates; null where neither was given.
    pub trend_breadth_20d: Option<Vec<Option<f64>>>,
    /// Why cells are null, stretch by stretch.
    pub unknown: Vec<UnknownSpan>,
    /// `port_rvol_20d`/`port_rvol_60d`.
    pub vol_accel: Vec<Option<f64>>,
}

impl StateTable {
    /// The table of some rows; features of trends and sleeves only where there is something to tell them from.
    pub fn of(rows: &[StateRow], trends: bool, sleeves: bool) -> Self {
        let column = |feature: usize| -> Vec<Option<f64>> { rows.iter().map(|row| row.features[feature].ok()).collect() };
        let shown = |feature: usize| feature < REQUIRED || (feature == 8 && trends) || (feature == 9 && sleeves);
        let unknown = (0..FEATURES.len()).filter(|feature| shown(*feature)).flat_map(|feature| spans(rows, feature)).collect();
        StateTable {
            port_rvol_20d: column(0),
            port_rvol_60d: column(1),
            vol_accel: column(2),
            dd_level: column(3),
            dd_slope_10d: column(4),
            corr_20d: column(5),
            corr_60d: column(6),
            corr_shock: column(7),
            trend_breadth_20d: trends.then(|| column(8)),
            sleeve_concentration_60d: sleeves.then(|| column(9)),
            date: rows.iter().map(|row| row.date).collect(),
            unknown,
        }
    }
}

/// The stretches on which a feature is unknown.
fn spans(rows: &[StateRow], feature: usize) -> Vec<UnknownSpan> {
    let mut all: Vec<UnknownSpan> = Vec::new();
    let mut open = false;
    for row in rows {
        let Err(code) = row.features[feature] else {
            open = false;
            continue;
        };
        match all.last_mut() {
            Some(span) if open && span.code == code => {
                span.last = row.date;
                span.dates += 1;
            }
            _ => all.push(UnknownSpan {
                code,
                dates: 1,
                figure: FEATURES[feature].to_owned(),
                first: row.date,
                last: row.date,
                reason: code.reason().to_owned(),
            }),
        }
        open = true;
    }
    all
}

/// The regimes by date.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegimeTable {
    /// Where each regime comes from.
    pub basis: Vec<RegimeBasis>,
    /// Dates.
    pub date: Vec<UnixNanos>,
    /// Days with a known state in the regime, that of entry among them.
    pub days_in_regime: Vec<u32>,
    /// Signals past their entry thresholds.
    pub entry_score: Vec<u32>,
    /// Signals not yet past their exit thresholds.
    pub exit_score: Vec<u32>,
    /// Regimes; null during warm-up.
    pub regime: Vec<Option<Regime>>,
    /// Which signals are past their entry thresholds: `vol_accel` 1, `corr_shock` 2, `dd_level` 4, `dd_slope_10d` 8, added up.
    pub signals: Vec<u32>,
}

impl RegimeTable {
    /// The table of some days.
    pub fn of(days: &[RegimeDay]) -> Self {
        RegimeTable {
            basis: days.iter().map(|day| day.basis).collect(),
            date: days.iter().map(|day| day.date).collect(),
            days_in_regime: days.iter().map(|day| day.days).collect(),
            entry_score: days.iter().map(|day| day.entered.count_ones()).collect(),
            exit_score: days.iter().map(|day| day.lingering.count_ones()).collect(),
            regime: days.iter().map(|day| day.regime).collect(),
            signals: days.iter().map(|day| u32::from(day.entered)).collect(),
        }
    }
}

/// The scalars by date.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ScalarTable {
    /// Dates.
    pub date: Vec<UnixNanos>,
    /// Smoothed and clipped.
    pub scalar: Vec<f64>,
    /// What the regime asks for.
    pub target: Vec<f64>,
}

impl ScalarTable {
    /// The table of some days.
    pub fn of(days: &[ScalarDay]) -> Self {
        ScalarTable {
            date: days.iter().map(|day| day.date).collect(),
            scalar: days.iter().map(|day| day.scalar).collect(),
            target: days.iter().map(|day| day.target).collect(),
        }
    }
}

/// The applied scalar by rebalance.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ExposureTable {
    /// Where each scalar comes from.
    pub basis: Vec<ScalarBasis>,
    /// Rebalances.
    pub date: Vec<UnixNanos>,
    /// When the scalar was known: before the rebalance. Null where nothing was known.
    pub known_at: Vec<Option<UnixNanos>>,
    /// Regime at that time.
    pub regime: Vec<Option<Regime>>,
    /// The scalar.
    pub scalar: Vec<f64>,
}

impl ExposureTable {
    /// The table of some rebalances.
    pub fn of(applied: &[Applied], regimes: &[RegimeDay]) -> Self {
        ExposureTable {
            basis: applied.iter().map(|one| one.basis).collect(),
            date: applied.iter().map(|one| one.date).collect(),
            known_at: applied.iter().map(|one| one.known_at).collect(),
            regime: applied.iter().map(|one| one.known_at.and_then(|date| regime_at(regimes, date)?.regime)).collect(),
            scalar: applied.iter().map(|one| one.scalar).collect(),
        }
    }
}

/// The last day at or before a date.
pub fn regime_at(regimes: &[RegimeDay], date: UnixNanos) -> Option<RegimeDay> {
    let after = regimes.partition_point(|day| day.date <= date);
    after.checked_sub(1).map(|last| regimes[last])
}

/// Regimes and scalars of a sleeve, and what its assets get at each rebalance.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SleeveTable {
    /// What is applied, by rebalance; null where there are no rebalances.
    pub applied: Option<ExposureTable>,
    /// The sleeve.
    pub name: String,
    /// Its regimes.
    pub regimes: RegimeTable,
    /// Its scalars.
    pub scalars: ScalarTable,
}

impl SleeveTable {
    /// The table of a sleeve.
    pub fn of(path: &SleevePath, applied: Option<&[Applied]>) -> Self {
        SleeveTable {
            applied: applied.map(|applied| ExposureTable::of(applied, &path.regimes)),
            name: path.name.clone(),
            regimes: RegimeTable::of(&path.regimes),
            scalars: ScalarTable::of(&path.scalars),
        }
    }
}

/// Weights by rebalance, scaled.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WeightColumns {
    /// Rebalances: the decision time of each row.
    pub date: Vec<UnixNanos>,
    /// Weights by symbol.
    pub weights: BTreeMap<String, Vec<f64>>,
}

impl WeightColumns {
    /// The columns of a table.
    pub fn of(table: &WeightTable) -> Self {
        let column = |i: usize| table.rows.iter().map(|row| row[i]).collect();
        WeightColumns {
            date: table.dates.clone(),
            weights: table.symbols.iter().enumerate().map(|(i, symbol)| (symbol.clone(), column(i))).collect(),
        }
    }
}

/// How much of the history has a known state.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Coverage {
    /// Dates.
    pub dates: u32,
    /// First date with a known state.
    pub effective_start: Option<UnixNanos>,
    /// Dates on which the regime failed safe.
    pub fail_safe: u32,
    /// First date.
    pub first: Option<UnixNanos>,
    /// Dates on which the last known regime was held.
    pub held: u32,
    /// Dates with a known state.
    pub known: u32,
    /// Their share.
    pub known_share: Option<f64>,
    /// Last date.
    pub last: Option<UnixNanos>,
    /// Dates before the first known state.
    pub warmup: u32,
}

impl Coverage {
    /// Coverage of some days.
    pub fn of(days: &[RegimeDay]) -> Self {
        let count = |basis: RegimeBasis| days.iter().filter(|day| day.basis == basis).count() as u32;
        let known = count(RegimeBasis::State);
        Coverage {
            dates: days.len() as u32,
            effective_start: days.iter().find(|day| day.basis == RegimeBasis::State).map(|day| day.date),
            fail_safe: count(RegimeBasis::FailSafe),
            first: days.first().map(|day| day.date),
            held: count(RegimeBasis::Held),
            known,
            known_share: (!days.is_empty()).then(|| f64::from(known) / days.len() as f64),
            last: days.last().map(|day| day.date),
            warmup: count(RegimeBasis::Warmup),
        }
    }
}

/// A stretch of rebalances that ran at less than 95 % of the wanted exposure.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct DeRiskEvent {
    /// The rebalance with the lowest scalar.
    pub date: UnixNanos,
    /// First rebalance of the stretch.
    pub first: UnixNanos,
    /// When its scalar was known.
    pub known_at: Option<UnixNanos>,
    /// Last rebalance of the stretch.
    pub last: UnixNanos,
    /// What was the matter at that time.
    pub note: String,
    /// Rebalances in the stretch.
    pub rebalances: u32,
    /// The regime at that time.
    pub regime: Option<Regime>,
    /// The lowest scalar.
    pub scalar: f64,
}

/// Scalar below which a rebalance belongs to a de-risking event.
pub const EVENT_BELOW: f64 = 0.95;

/// What explains a scalar: the days and thresholds behind it.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// States.
    pub states: &'a [StateRow],
    /// Regimes.
    pub regimes: &'a [RegimeDay],
    /// Thresholds.
    pub thresholds: &'a RegimeThresholds,
}

/// The deepest stretches of de-risking, lowest scalar first, earlier of equal ones first.
pub fn events(applied: &[Applied], evidence: &Evidence<'_>, most: usize) -> Vec<DeRiskEvent> {
    let mut all: Vec<DeRiskEvent> = Vec::new();
    let mut open = false;
    for one in applied {
        if one.scalar >= EVENT_BELOW {
            open = false;
            continue;
        }
        if !open {
            let (first, last) = (one.date, one.date);
            let note = String::new();
            let scalar = f64::INFINITY;
            all.push(DeRiskEvent { date: first, first, known_at: None, last, note, rebalances: 0, regime: None, scalar });
        }
        open = true;
        if let Some(event) = all.last_mut() {
            event.last = one.date;
            event.rebalances += 1;
            if one.scalar < event.scalar {
                event.scalar = one.scalar;
                event.date = one.date;
                event.known_at = one.known_at;
            }
        }
    }
    all.sort_by(|a, b| a.scalar.total_cmp(&b.scalar).then(a.date.cmp(&b.date)));
    all.truncate(most);
    for event in &mut all {
        let behind = event.known_at.and_then(|known| regime_at(evidence.regimes, known));
        event.regime = behind.and_then(|day| day.regime);
        event.note = note(event.known_at, behind, evidence);
    }
    all
}

fn note(known_at: Option<UnixNanos>, behind: Option<RegimeDay>, evidence: &Evidence<'_>) -> String {
    let Some(day) = behind else {
        return String::from(if known_at.is_some() { "given scalar" } else { "nothing was known yet" });
    };
    match day.basis {
        RegimeBasis::Warmup => String::from("warm-up: the state was not known yet"),
        RegimeBasis::Held => String::from("the state was unknown; the last known regime was held"),
        RegimeBasis::FailSafe => String::from("the state was unknown for too long: fail safe"),
        RegimeBasis::State => {
            // The rows ascend by date and are as many as the regimes, or none where regimes were given.
            let at = evidence.states.partition_point(|row| row.date < day.date);
            match evidence.states.get(at).filter(|row| row.date == day.date).and_then(StateRow::signals) {
                Some(signals) => describe(&signals, day.entered, evidence.thresholds),
                None => String::from("given regime"),
            }
        }
    }
}

/// Summary of a run (R7).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RunSummary {
    /// The deepest stretches of de-risking, at most five.
    pub events: Vec<DeRiskEvent>,
    /// What the scalars did.
    pub mode: OverlayMode,
    /// Rebalances.
    pub rebalances: u32,
    /// Highest scalar.
    pub scalar_max: Option<f64>,
    /// Mean scalar.
    pub scalar_mean: Option<f64>,
    /// Lowest scalar.
    pub scalar_min: Option<f64>,
    /// 5 % quantile of the scalars.
    pub scalar_p05: Option<f64>,
    /// Median.
    pub scalar_p50: Option<f64>,
    /// 95 % quantile.
    pub scalar_p95: Option<f64>,
    /// Rebalances with a scalar below 1.
    pub scaled: u32,
    /// Their share.
    pub scaled_share: Option<f64>,
    /// Where the scalars come from.
    pub source: String,
}

impl RunSummary {
    /// Summary of what was applied.
    pub fn of(applied: &[Applied], evidence: &Evidence<'_>, mode: OverlayMode, source: &str) -> Self {
        let mut sorted: Vec<f64> = applied.iter().map(|one| one.scalar).collect();
        sorted.sort_by(f64::total_cmp);
        let scaled = sorted.partition_point(|scalar| *scalar < 1.0);
        let some = |value: f64| (!sorted.is_empty()).then_some(value);
        let count = sorted.len().max(1) as f64;
        RunSummary {
            events: events(applied, evidence, 5),
            mode,
            rebalances: sorted.len() as u32,
            scalar_max: sorted.last().copied(),
            scalar_mean: some(crate::math::sum(sorted.iter().copied()) / count),
            scalar_min: sorted.first().copied(),
            scalar_p05: quantile(&sorted, 0.05),
            scalar_p50: quantile(&sorted, 0.5),
            scalar_p95: quantile(&sorted, 0.95),
            scaled: scaled as u32,
            scaled_share: some(scaled as f64 / count),
            source: source.to_owned(),
        }
    }
}

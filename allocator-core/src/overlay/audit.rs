//! Two-pass audit: the baseline, then the same weights scaled by the baseline's own scalars, then both side by side (R8).
//!
//! ```text
//! weights ── pass 1 ──> returns ── state, regime, scalar, lag ──> allocator_risk_v1_applied.csv
//!    └────────────────────────────────────── pass 2, as any later run would: precomputed ──┘
//! ```
//!
//! Pass 2 reads the scalars back from the file that pass 1 wrote, through the same checks as any other run. The state sees the whole
//! history up to `end`; figures, regimes and events are those after `start`.

use super::exposure::{Applied, LagRules, WeightTable, applied, precomputed};
use super::pass::{Pass, PassRules, Ruin, hold, return_dates, years_between};
use super::regime::{RegimeBasis, RegimeDay};
use super::scalar::ScalarDay;
use super::scalar_file::{FileContext, read_scalars};
use super::sleeve::{SleevePath, applied_of, sleeve_paths};
use super::state::StateInputs;
use super::tables::{DeRiskEvent, Evidence, events};
use super::{Governed, govern};
use crate::config::audit::{AuditConfig, DateWindow};
use crate::config::risk::{Loader, Regime};
use crate::error::{Code, Fault, Faults, Problem};
use crate::frame::{ReturnBook, Series};
use crate::units::UnixNanos;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What an audit works on.
#[derive(Clone, Copy, Debug)]
pub struct AuditInputs<'a> {
    /// Raw weights.
    pub weights: &'a WeightTable,
    /// Returns of the assets.
    pub assets: &'a ReturnBook,
    /// Returns of sleeves, if any.
    pub sleeves: Option<&'a ReturnBook>,
    /// Returns of trend units, if any.
    pub trend_units: Option<&'a ReturnBook>,
    /// First date that is judged; the history before it warms the state up.
    pub start: Option<UnixNanos>,
    /// Last date.
    pub end: Option<UnixNanos>,
    /// Settings.
    pub config: &'a AuditConfig,
    /// What stands in for scalars that are not there.
    pub lag: LagRules,
}

/// Both passes and what lies between.
#[derive(Clone, Debug)]
pub struct TwoPasses {
    /// Date before the first judged return.
    pub start: UnixNanos,
    /// Baseline, judged dates.
    pub baseline: Pass,
    /// Scaled, judged dates.
    pub scaled: Pass,
    /// State, regimes and scalars of the baseline, whole history.
    pub governed: Governed,
    /// Scalars by rebalance, as pass 1 wrote them.
    pub applied: Vec<Applied>,
    /// Scalars by rebalance, as pass 2 used them.
    pub used: Vec<Applied>,
    /// What the file held.
    pub source: Vec<(UnixNanos, f64)>,
    /// Sleeves with their scalars by rebalance.
    pub sleeves: Vec<(SleevePath, Vec<Applied>)>,
    /// The scaled weights.
    pub scaled_weights: WeightTable,
}

/// The text that pass 1 leaves for pass 2.
pub fn applied_text(applied: &[Applied]) -> String {
    let mut text = String::from("date,risk_scalar_applied\n");
    for one in applied {
        text.extend([one.date.to_string(), String::from(","), one.scalar.to_string(), String::from("\n")]);
    }
    text
}

fn ruined(ruin: Ruin) -> Problem {
    Problem::new(
        Code::ImpossibleValue,
        "/weights",
        format!("The portfolio returns {} on {}: nothing would be left.", ruin.value, ruin.date),
        "Check the weights (0.4 is 40 %) and the returns of that day.",
    )
}

/// Carries both passes out.
///
/// # Errors
/// A portfolio that loses everything; no return after the first decision or after `start`; a scalar too old to be used.
pub fn two_passes(inputs: &AuditInputs<'_>) -> Result<TwoPasses, Problem> {
    let config = inputs.config;
    let dates = return_dates(inputs.assets, inputs.end);
    let rules = PassRules { between: config.between_rebalances, cost: config.cost_bps / 10_000.0 };
    let whole = hold(inputs.weights, inputs.assets, &dates, &rules).map_err(ruined)?;
    let first = inputs.weights.dates.first().copied();
    let start = match (inputs.start, first) {
        // Figures begin with the first return on or after `start`; what came before it is the last date that is not judged.
        (Some(start), Some(first)) => {
            whole.dates.iter().rev().find(|date| date.days() < start.days()).copied().unwrap_or(first).max(first)
        }
        (None, Some(first)) => first,
        (_, None) => UnixNanos(0),
    };
    let baseline = whole.after(start);
    if baseline.dates.is_empty() {
        return Err(Problem::new(
            Code::Empty,
            "/asset_returns",
            "There is no return to judge: none comes after the first weights, or none lies between start and end.",
            "Give returns after the first date of the weights, and check start and end.",
        ));
    }
    let series = Series { name: String::from("baseline"), times: whole.dates.clone(), values: whole.returns.clone() };
    let state_inputs = StateInputs {
        portfolio: &series,
        equity: None,
        assets: Some(inputs.assets),
        trend_units: inputs.trend_units,
        sleeves: inputs.sleeves,
    };
    let mut governed = govern(&state_inputs, &config.risk);
    // The union of dates may reach past the end of the judged history; nothing after it is anybody's business.
    truncate(&mut governed, inputs.end);
    let rebalances = &inputs.weights.dates;
    let lagged = applied(&governed.scalars, rebalances, &inputs.lag);
    let sleeves: Vec<(SleevePath, Vec<Applied>)> = sleeve_paths(&governed, Some(&state_inputs), &config.risk)
        .into_iter()
        .map(|mut path| {
            // A sleeve with a state of its own is told from its own returns, which may reach past the end.
            let inside = |date: UnixNanos| inputs.end.is_none_or(|end| date.days() <= end.days());
            path.regimes.retain(|day| inside(day.date));
            path.scalars.retain(|day| inside(day.date));
            let scalars = applied_of(&path, rebalances, &inputs.lag, &config.risk);
            (path, scalars)
        })
        .collect();
    let (source, used) = through_the_file(&lagged, rebalances, inputs)?;
    let mut by_symbol: BTreeMap<&str, &[Applied]> = BTreeMap::new();
    for (path, scalars) in &sleeves {
        for asset in config.risk.sleeves.get(&path.name).into_iter().flat_map(|sleeve| &sleeve.assets) {
            by_symbol.insert(asset, scalars);
        }
    }
    let scaled_weights = inputs.weights.scale(&used, &by_symbol);
    let scaled = hold(&scaled_weights, inputs.assets, &dates, &rules).map_err(ruined)?.after(start);
    Ok(TwoPasses { start, baseline, scaled, governed, applied: lagged, used, source, sleeves, scaled_weights })
}

fn truncate(governed: &mut Governed, end: Option<UnixNanos>) {
    let Some(end) = end else { return };
    governed.states.retain(|row| row.date.days() <= end.days());
    governed.regimes.retain(|day| day.date.days() <= end.days());
    governed.scalars.retain(|day| day.date.days() <= end.days());
}

/// Writes the scalars and reads them back, as a later run would; a rebalance that the file dates exactly is never stale.
fn through_the_file(
    lagged: &[Applied],
    rebalances: &[UnixNanos],
    inputs: &AuditInputs<'_>,
) -> Result<(Vec<(UnixNanos, f64)>, Vec<Applied>), Problem> {
    let context = FileContext {
        // The meta file is written after the audit; what it guards against cannot happen inside one.
        loader: Loader::Forgiving,
        meta: None,
        run_id: None,
        universe: None,
        places: ("allocator_risk_v1_applied.csv", "allocator_risk_v1_applied_meta.json"),
    };
    let mut faults = Faults::new();
    let source = read_scalars(&applied_text(lagged), &context, &mut faults);
    let source = faults.finish(source)?;
    let used = precomputed(&source, rebalances, inputs.lag.missing, inputs.lag.stale_days_max, context.places.0)?;
    Ok((source, used))
}

/// Days in a regime.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RegimeShare {
    /// Days.
    pub days: u32,
    /// The regime; null for days before any was known.
    pub regime: Option<Regime>,
    /// Share of all days.
    pub share: f64,
}

/// How often one regime followed another.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Transition {
    /// How often.
    pub count: u32,
    /// The regime before.
    pub from: Regime,
    /// The regime after.
    pub to: Regime,
}

/// What the regimes did over some days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegimeSummary {
    /// Days by regime.
    pub distribution: Vec<RegimeShare>,
    /// Transitions by pair.
    pub transitions: Vec<Transition>,
    /// All of them, a year.
    pub transitions_per_year: Option<f64>,
    /// Regimes entered and left again for where they were entered from, within the days given, a year.
    pub flips_per_year: Option<f64>,
    /// Share of the days with a regime that were NORMAL.
    pub normal_share: Option<f64>,
}

impl RegimeSummary {
    /// Sums up some days, oldest first.
    pub fn of(days: &[RegimeDay], flip_days: u32) -> Self {
        let mut counts = [0_u32; 4];
        let mut unknown = 0;
        let mut pairs: BTreeMap<(Regime, Regime), u32> = BTreeMap::new();
        // The regime before the present one, the present one, and since how many days.
        let (mut before, mut now, mut since): (Option<Regime>, Option<Regime>, u32) = (None, None, 0);
        let mut flips = 0;
        for day in days {
            let Some(regime) = day.regime else {
                unknown += 1;
                continue;
            };
            counts[regime.level()] += 1;
            match now {
                Some(present) if present != regime => {
                    *pairs.entry((present, regime)).or_default() += 1;
                    if before == Some(regime) && since < flip_days {
                        flips += 1;
                    }
                    (before, now, since) = (now, Some(regime), 1);
                }
                Some(_) => since += 1,
                None => (now, since) = (Some(regime), 1),
            }
        }
        let total = days.len().max(1) as f64;
        let known = f64::from(counts.iter().sum::<u32>());
        let mut distribution: Vec<RegimeShare> = Regime::ALL
            .iter()
            .map(|regime| {
                let days = counts[regime.level()];
                RegimeShare { days, regime: Some(*regime), share: f64::from(days) / total }
            })
            .collect();
        if unknown > 0 {
            distribution.push(RegimeShare { days: unknown, regime: None, share: f64::from(unknown) / total });
        }
        let years = match (days.first(), days.last()) {
            (Some(first), Some(last)) => years_between(first.date, last.date),
            _ => 0.0,
        };
        let a_year = |count: u32| (years > 0.0 && known > 0.0).then(|| f64::from(count) / years);
        let all = pairs.values().sum();
        RegimeSummary {
            distribution,
            transitions: pairs.into_iter().map(|((from, to), count)| Transition { count, from, to }).collect(),
            transitions_per_year: a_year(all),
            flips_per_year: a_year(flips),
            normal_share: (known > 0.0).then(|| f64::from(counts[0]) / known),
        }
    }
}

/// What the scalars did in a window.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct WindowReport {
    /// Judged days with a known state in it.
    pub days: u32,
    /// Whether a scalar fell below the limit; null where fewer than twenty such days lie in the window.
    pub flagged: Option<bool>,
    /// `stress` or `calm`.
    pub kind: String,
    /// Mean daily scalar in it.
    pub scalar_mean: Option<f64>,
    /// Lowest daily scalar in it.
    pub scalar_min: Option<f64>,
    /// The window.
    pub window: DateWindow,
}

/// Fewest days with a known state from which a window is judged.
pub const WINDOW_DAYS_MIN: usize = 20;

/// Reports on windows; only days whose regime comes from a known state count, so that warm-up flags nothing.
pub fn window_reports(
    regimes: &[RegimeDay],
    scalars: &[ScalarDay],
    windows: &[DateWindow],
    kind: &str,
    limit: f64,
) -> Vec<WindowReport> {
    let known: BTreeSet<UnixNanos> = regimes.iter().filter(|day| day.basis == RegimeBasis::State).map(|day| day.date).collect();
    windows
        .iter()
        .map(|window| {
            let inside = scalars.iter().filter(|day| window.holds(day.date) && known.contains(&day.date));
            let scalars: Vec<f64> = inside.map(|day| day.scalar).collect();
            let enough = scalars.len() >= WINDOW_DAYS_MIN;
            let least = scalars.iter().copied().fold(f64::INFINITY, f64::min);
            WindowReport {
                days: scalars.len() as u32,
                flagged: enough.then_some(least < limit),
                kind: kind.to_owned(),
                scalar_mean: enough.then(|| crate::math::sum(scalars.iter().copied()) / scalars.len() as f64),
                scalar_min: enough.then_some(least),
                window: window.clone(),
            }
        })
        .collect()
}

/// A de-risking event with what it cost or saved.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AuditEvent {
    /// Return of the baseline over the event.
    pub baseline_return: Option<f64>,
    /// The event.
    pub event: DeRiskEvent,
    /// Return of the scaled pass less that of the baseline.
    pub saved: Option<f64>,
    /// Return of the scaled pass over the event.
    pub scaled_return: Option<f64>,
}

impl TwoPasses {
    /// Regimes of the judged dates.
    pub fn judged_regimes(&self) -> &[RegimeDay] {
        let skip = self.governed.regimes.partition_point(|day| day.date <= self.start);
        &self.governed.regimes[skip..]
    }

    /// Daily scalars of the judged dates.
    pub fn judged_scalars(&self) -> &[ScalarDay] {
        let skip = self.governed.scalars.partition_point(|day| day.date <= self.start);
        &self.governed.scalars[skip..]
    }

    /// Scalars of the rebalances that earn judged returns.
    pub fn judged_applied(&self) -> &[Applied] {
        let last = self.baseline.decided_at.last().copied().unwrap_or(self.start);
        let first = self.baseline.decided_at.first().copied().unwrap_or(self.start);
        // The second pass used the same scalars; the first one also knows when each was known, which the file does not say.
        let from = self.applied.partition_point(|one| one.date < first);
        let to = self.applied.partition_point(|one| one.date <= last);
        &self.applied[from..to.max(from)]
    }

    /// The deepest events with what they saved.
    pub fn audit_events(&self, evidence: &Evidence<'_>, most: usize) -> Vec<AuditEvent> {
        let compounded = |pass: &Pass, event: &DeRiskEvent| -> Option<f64> {
            let inside = pass.decided_at.iter().zip(&pass.returns);
            let inside: Vec<f64> =
                inside.filter(|(decided, _)| **decided >= event.first && **decided <= event.last).map(|(_, r)| *r).collect();
            (!inside.is_empty()).then(|| inside.iter().fold(1.0, |wealth, r| wealth * (1.0 + r)) - 1.0)
        };
        events(self.judged_applied(), evidence, most)
            .into_iter()
            .map(|event| {
                let (baseline, scaled) = (compounded(&self.baseline, &event), compounded(&self.scaled, &event));
                AuditEvent {
                    baseline_return: baseline,
                    saved: scaled.zip(baseline).map(|(scaled, baseline)| scaled - baseline),
                    scaled_return: scaled,
                    event,
                }
            })
            .collect()
    }

    /// Weights that are larger after scaling; there must be none.
    pub fn raised(&self, raw: &WeightTable) -> usize {
        let cells = raw.rows.iter().flatten().zip(self.scaled_weights.rows.iter().flatten());
        cells.filter(|(raw, scaled)| scaled.abs() > raw.abs()).count()
    }
}

/// A fault for a symbol with weights and no returns.
pub fn missing_returns(symbol: &str, path: String, assets: &ReturnBook) -> Fault {
    let hint = match crate::wire::nearest(symbol, assets.series().iter().map(|series| series.name.as_str())) {
        Some(near) => format!("Did you mean {near:?}?"),
        None => String::from("Give the returns of every symbol that has weights."),
    };
    Fault::new(Code::NotFound, path, format!("There are no returns of {symbol:?}."), hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::scalar::given_regimes;

    fn days(levels: &[usize]) -> Vec<RegimeDay> {
        given_regimes(
            levels
                .iter()
                .enumerate()
                .map(|(i, level)| (UnixNanos::from_days(18_000 + i as i64).unwrap(), Regime::of_level(*level))),
        )
    }

    #[test]
    fn a_flip_is_back_to_where_it_came_from_within_five_days() {
        // NORMAL, ELEVATED for three days, NORMAL: one flip. ELEVATED for six days: none. Upward and on: none.
        let mut levels = vec![0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0];
        levels.extend([1; 6]);
        levels.extend([0; 6]);
        levels.extend([1, 2, 2, 2, 2, 2]);
        let summary = RegimeSummary::of(&days(&levels), 5);
        let years = (levels.len() - 1) as f64 / 365.25;
        assert!((summary.flips_per_year.unwrap() - 1.0 / years).abs() < 1e-9);
        assert!((summary.transitions_per_year.unwrap() - 6.0 / years).abs() < 1e-9);
        assert_eq!(summary.transitions.iter().map(|t| t.count).collect::<Vec<_>>(), [3, 2, 1]);
        assert_eq!(summary.distribution[0].days, 14);
    }

    #[test]
    fn nothing_known_is_nothing_said() {
        let summary = RegimeSummary::of(&[], 5);
        assert_eq!((summary.transitions_per_year, summary.normal_share), (None, None));
    }
}

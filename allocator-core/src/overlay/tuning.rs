//! Threshold tuning for behaviour, not for returns (R11).
//!
//! Loss of some days = max(0, transitions a year/limit − 1) + Σ\|share of regime − wanted share\| + share of the reached stress windows that
//! no scalar flags. No return enters it: thresholds that fit the Sharpe ratio of the past are what this is not about.
//!
//! Walk-forward: the days with a known state are cut into folds + 1 equal parts; for each fold the thresholds with the least loss on
//! everything before it are held against the present thresholds on the fold itself. Every candidate runs once over the whole history, which
//! is causal, so that a fold never sees later days.
//!
//! **Conventions.** Of equal losses the candidate nearest to the present thresholds wins, then the first. New thresholds are advised only
//! where their mean loss out of sample is lower than that of the present ones.

use super::audit::{RegimeSummary, window_reports};
use super::regime::{RegimeBasis, RegimeDay, RegimeRules, classify};
use super::scalar::{ScalarDay, ScalarRules, scalars};
use super::state::StateRow;
use super::{Governed, regime_rules};
use crate::config::risk::RegimeThresholds;
use crate::config::tune::TuneConfig;
use crate::units::UnixNanos;
use serde::Serialize;

/// Behaviour of some thresholds over some days, and its loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Behaviour {
    /// The loss; smaller is better.
    pub loss: f64,
    /// Share of days in CRISIS.
    pub share_crisis: f64,
    /// Share of days in ELEVATED.
    pub share_elevated: f64,
    /// Share of days in NORMAL.
    pub share_normal: f64,
    /// Share of days in STRESS.
    pub share_stress: f64,
    /// Transitions a year.
    pub transitions_per_year: f64,
    /// Stress windows that were flagged.
    pub windows_flagged: u32,
    /// Stress windows that the days reach.
    pub windows_reached: u32,
}

/// Some thresholds and how they behave over the whole history.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Candidate {
    /// Behaviour over the whole history.
    pub behaviour: Behaviour,
    /// The thresholds.
    pub thresholds: RegimeThresholds,
}

/// One fold of the walk-forward.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TuneFold {
    /// Thresholds with the least loss before the fold.
    pub chosen: RegimeThresholds,
    /// Their behaviour before the fold.
    pub chosen_before: Behaviour,
    /// Their behaviour in the fold.
    pub chosen_in: Behaviour,
    /// First date of the fold.
    pub first: UnixNanos,
    /// Last date of the fold.
    pub last: UnixNanos,
    /// Behaviour of the present thresholds in the fold.
    pub present_in: Behaviour,
}

/// The report of a tuning.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// The candidates, least loss first.
    pub candidates: Vec<Candidate>,
    /// The present thresholds over the whole history.
    pub present: Behaviour,
    /// The folds, oldest first.
    pub folds: Vec<TuneFold>,
}

/// The path of one set of thresholds over the whole history.
struct Path {
    thresholds: RegimeThresholds,
    regimes: Vec<RegimeDay>,
    scalars: Vec<ScalarDay>,
    distance: f64,
}

/// How far thresholds lie from others, each entry by its own size.
fn distance(a: &RegimeThresholds, b: &RegimeThresholds) -> f64 {
    let apart = |a: f64, b: f64| if b == 0.0 { (a - b).abs() } else { ((a - b) / b).abs() };
    apart(a.vol_accel_enter, b.vol_accel_enter)
        + apart(a.corr_shock_enter, b.corr_shock_enter)
        + apart(a.dd_enter, b.dd_enter)
        + apart(a.dd_slope_enter, b.dd_slope_enter)
}

/// Behaviour on the dates from `first` to `last`; `None` where no state is known on them.
fn behaviour(path: &Path, first: UnixNanos, last: UnixNanos, config: &TuneConfig) -> Option<Behaviour> {
    let inside = |date: UnixNanos| date >= first && date <= last;
    let regimes: Vec<RegimeDay> = path.regimes.iter().filter(|day| inside(day.date)).copied().collect();
    if !regimes.iter().any(|day| day.basis == RegimeBasis::State) {
        return None;
    }
    let summary = RegimeSummary::of(&regimes, 5);
    let scalars = path.scalars.iter().filter(|day| inside(day.date)).copied().collect();
    let known: f64 = summary.distribution.iter().filter(|row| row.regime.is_some()).map(|row| f64::from(row.days)).sum();
    let mut shares = [0.0; 4];
    for (share, row) in shares.iter_mut().zip(&summary.distribution) {
        *share = f64::from(row.days) / known.max(1.0);
    }
    let governed = Governed { states: Vec::new(), regimes, scalars };
    let windows = window_reports(&governed, &config.stress_windows, "stress", config.stress_scalar);
    let reached = windows.iter().filter(|window| window.flagged.is_some()).count();
    let flagged = windows.iter().filter(|window| window.flagged == Some(true)).count();
    let transitions = summary.transitions_per_year.unwrap_or(0.0);
    let thrash = (transitions / config.transitions_max - 1.0).max(0.0);
    let apart = shares.iter().zip(config.shares.by_level()).fold(0.0, |acc, (share, wanted)| acc + (share - wanted).abs());
    let missed = if reached == 0 { 0.0 } else { (reached - flagged) as f64 / reached as f64 };
    Some(Behaviour {
        loss: thrash + apart + missed,
        share_crisis: shares[3],
        share_elevated: shares[1],
        share_normal: shares[0],
        share_stress: shares[2],
        transitions_per_year: transitions,
        windows_flagged: flagged as u32,
        windows_reached: reached as u32,
    })
}

/// Tries every combination on a history of states; `None` where fewer dates have a known state than there are folds and one.
pub fn tune(states: &[StateRow], config: &TuneConfig) -> Option<Tuned> {
    let known: Vec<UnixNanos> = states.iter().filter(|row| row.signals().is_some()).map(|row| row.date).collect();
    let parts = config.folds as usize + 1;
    if known.len() < parts * 2 {
        return None;
    }
    let present_thresholds = &config.risk.thresholds;
    let run = |thresholds: RegimeThresholds| -> Path {
        let regimes = classify(states, RegimeRules { thresholds: &thresholds, ..regime_rules(&config.risk) });
        let scalars = scalars(&regimes, ScalarRules::of(&config.risk));
        Path { distance: distance(&thresholds, present_thresholds), thresholds, regimes, scalars }
    };
    let present = run(present_thresholds.clone());
    let mut paths = Vec::new();
    for &vol in &config.vol_accel_enter {
        for &corr in &config.corr_shock_enter {
            for &level in &config.dd_enter {
                for &slope in &config.dd_slope_enter {
                    paths.push(run(config.candidate(vol, corr, level, slope)));
                }
            }
        }
    }
    let (first, last) = (*known.first()?, *known.last()?);
    let best = |first: UnixNanos, last: UnixNanos| -> Option<(&Path, Behaviour)> {
        let judged = paths.iter().filter_map(|path| Some((path, behaviour(path, first, last, config)?)));
        judged.min_by(|a, b| a.1.loss.total_cmp(&b.1.loss).then(a.0.distance.total_cmp(&b.0.distance)))
    };
    let mut folds = Vec::new();
    for fold in 1..parts {
        let (from, to) = (known.len() * fold / parts, known.len() * (fold + 1) / parts - 1);
        let (chosen, chosen_before) = best(first, known[from - 1])?;
        folds.push(TuneFold {
            chosen: chosen.thresholds.clone(),
            chosen_before,
            chosen_in: behaviour(chosen, known[from], known[to], config)?,
            first: known[from],
            last: known[to],
            present_in: behaviour(&present, known[from], known[to], config)?,
        });
    }
    let mut candidates: Vec<(f64, Candidate)> = paths
        .iter()
        .filter_map(|path| {
            let behaviour = behaviour(path, first, last, config)?;
            Some((path.distance, Candidate { behaviour, thresholds: path.thresholds.clone() }))
        })
        .collect();
    candidates.sort_by(|a, b| a.1.behaviour.loss.total_cmp(&b.1.behaviour.loss).then(a.0.total_cmp(&b.0)));
    Some(Tuned {
        candidates: candidates.into_iter().map(|(_, candidate)| candidate).collect(),
        present: behaviour(&present, first, last, config)?,
        folds,
    })
}

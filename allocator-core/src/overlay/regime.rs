//! Regimes: four signals, each with an entry and an exit threshold, counted into four levels (R3).
//!
//! Entry target: CRISIS with three signals or a drawdown at the crisis level, STRESS with two or a drawdown at the stress level, ELEVATED
//! with one, else NORMAL. Upward the regime follows the target at once. Downward it waits until it has lasted
//! `min_days_in_regime` days with a known state, and until its exit score (the signals counted with the exit thresholds) is below its level;
//! where it goes then is [`Downgrade`].
//!
//! **Conventions.** Comparisons are inclusive. The day of entry is the first day in a regime. Where the state is unknown, the last
//! known regime is held for `max_stale_days` calendar days; afterwards it is `fail_safe_regime` or, if worse, the one held. Days without a
//! known state do not count toward leaving a regime. Before the first known state there is none (warm-up), and never NORMAL.

use super::state::{Signals, StateRow};
use crate::config::risk::{Downgrade, Regime, RegimeThresholds};
use crate::units::{DAY_NANOS, UnixNanos};
use crate::wire::choice;

choice! {
    /// Where the regime of a date comes from.
    pub enum RegimeBasis {
        /// The state of the date.
        State = "state",
        /// The state is unknown; the last known regime is held.
        Held = "held",
        /// The state was unknown for too long.
        FailSafe = "fail_safe",
        /// The state was never known yet; there is no regime.
        Warmup = "warmup",
    }
}

/// Rules that a classifier follows.
#[derive(Clone, Copy, Debug)]
pub struct RegimeRules<'a> {
    /// When signals are on and off.
    pub thresholds: &'a RegimeThresholds,
    /// How a regime is left downward.
    pub downgrade: Downgrade,
    /// Calendar days for which a regime is held without a known state.
    pub max_stale_days: u32,
    /// The regime afterwards.
    pub fail_safe: Regime,
}

/// The regime of one date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegimeDay {
    /// The date.
    pub date: UnixNanos,
    /// The regime; `None` during warm-up.
    pub regime: Option<Regime>,
    /// Where it comes from.
    pub basis: RegimeBasis,
    /// Signals past their entry thresholds, as bits: vol accel 1, corr shock 2, drawdown 4, slope 8. Zero where the state is unknown.
    pub entered: u8,
    /// Signals not yet past their exit thresholds, as bits.
    pub lingering: u8,
    /// Days with a known state in this regime, that of entry among them.
    pub days: u32,
}

/// The names of the signals by their bits.
pub const SIGNALS: [&str; 4] = ["vol_accel", "corr_shock", "dd_level", "dd_slope_10d"];

/// Keeps the regime from day to day.
#[derive(Clone, Copy, Debug)]
pub struct RegimeClassifier<'a> {
    rules: RegimeRules<'a>,
    regime: Option<Regime>,
    days: u32,
    known: Option<UnixNanos>,
}

impl<'a> RegimeClassifier<'a> {
    /// A classifier that has seen nothing.
    pub fn new(rules: RegimeRules<'a>) -> Self {
        RegimeClassifier { rules, regime: None, days: 0, known: None }
    }

    /// Takes the state of the next date and answers its regime.
    pub fn push(&mut self, date: UnixNanos, signals: Option<Signals>) -> RegimeDay {
        let Some(signals) = signals else { return self.without(date) };
        self.known = Some(date);
        let entered = signals_on(&signals, self.rules.thresholds, true);
        let lingering = signals_on(&signals, self.rules.thresholds, false);
        let target = entry_target(&signals, entered, self.rules.thresholds);
        let next = self.regime.map_or(target, |now| self.next(now, target, lingering.count_ones() as usize));
        self.days = if self.regime == Some(next) { self.days.saturating_add(1) } else { 1 };
        self.regime = Some(next);
        RegimeDay { date, regime: self.regime, basis: RegimeBasis::State, entered, lingering, days: self.days }
    }

    fn next(&self, now: Regime, target: Regime, exit_score: usize) -> Regime {
        let may_leave = self.days >= self.rules.thresholds.min_days_in_regime && exit_score < now.level();
        if target > now {
            return target;
        }
        if target == now || !may_leave {
            return now;
        }
        let below = now.level() - 1;
        match self.rules.downgrade {
            Downgrade::Jump => target,
            Downgrade::Stepwise => Regime::of_level(target.level().max(below)),
            Downgrade::HoldBand => Regime::of_level(target.level().max(exit_score.min(below))),
        }
    }

    /// A date whose state is unknown.
    fn without(&mut self, date: UnixNanos) -> RegimeDay {
        let basis = match self.known {
            None => RegimeBasis::Warmup,
            Some(known) if days_between(known, date) <= i64::from(self.rules.max_stale_days) => RegimeBasis::Held,
            Some(_) => RegimeBasis::FailSafe,
        };
        if basis == RegimeBasis::FailSafe && self.regime.is_some_and(|now| now < self.rules.fail_safe) {
            self.regime = Some(self.rules.fail_safe);
            self.days = 0;
        }
        RegimeDay { date, regime: self.regime, basis, entered: 0, lingering: 0, days: self.days }
    }
}

/// Whole calendar days between two times.
pub(super) fn days_between(from: UnixNanos, to: UnixNanos) -> i64 {
    (i128::from(to.0) - i128::from(from.0)).div_euclid(i128::from(DAY_NANOS)) as i64
}

/// The signals that are on, as bits.
fn signals_on(signals: &Signals, t: &RegimeThresholds, entry: bool) -> u8 {
    let (vol, corr, level, slope) = if entry {
        (t.vol_accel_enter, t.corr_shock_enter, t.dd_enter, t.dd_slope_enter)
    } else {
        (t.vol_accel_exit, t.corr_shock_exit, t.dd_exit, t.dd_slope_exit)
    };
    u8::from(signals.vol_accel >= vol)
        | u8::from(signals.corr_shock >= corr) << 1
        | u8::from(signals.dd_level <= level) << 2
        | u8::from(signals.dd_slope <= slope) << 3
}

/// The regime that the entry thresholds alone ask for.
fn entry_target(signals: &Signals, entered: u8, t: &RegimeThresholds) -> Regime {
    let score = entered.count_ones();
    if score >= 3 || signals.dd_level <= t.dd_crisis_enter {
        Regime::Crisis
    } else if score == 2 || signals.dd_level <= t.dd_stress_enter {
        Regime::Stress
    } else if score == 1 {
        Regime::Elevated
    } else {
        Regime::Normal
    }
}

/// The regimes of a whole history of states.
pub fn classify(rows: &[StateRow], rules: RegimeRules<'_>) -> Vec<RegimeDay> {
    let mut classifier = RegimeClassifier::new(rules);
    rows.iter().map(|row| classifier.push(row.date, row.signals())).collect()
}

/// The signals that were on, in words: `vol_accel 1.62 ≥ 1.30`.
pub fn describe(signals: &Signals, entered: u8, t: &RegimeThresholds) -> String {
    let parts = [
        format!("vol_accel {:.2} ≥ {:.2}", signals.vol_accel, t.vol_accel_enter),
        format!("corr_shock {:.3} ≥ {:.3}", signals.corr_shock, t.corr_shock_enter),
        format!("dd_level {:.3} ≤ {:.3}", signals.dd_level, t.dd_enter),
        format!("dd_slope_10d {:.3} ≤ {:.3}", signals.dd_slope, t.dd_slope_enter),
    ];
    let on: Vec<&str> = parts.iter().enumerate().filter(|(i, _)| entered >> i & 1 == 1).map(|(_, text)| text.as_str()).collect();
    if on.is_empty() { String::from("no signal past its entry threshold") } else { on.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: Signals = Signals { vol_accel: 1.3, corr_shock: 0.0, dd_level: 0.0, dd_slope: 0.0 };
    const OFF: Signals = Signals { vol_accel: 1.0, corr_shock: 0.0, dd_level: 0.0, dd_slope: 0.0 };

    fn day(i: i64) -> UnixNanos {
        UnixNanos::from_days(18_000 + i).unwrap()
    }

    fn run(rows: &[Option<Signals>], downgrade: Downgrade) -> Vec<RegimeDay> {
        let thresholds = RegimeThresholds::default();
        let rules = RegimeRules { thresholds: &thresholds, downgrade, max_stale_days: 5, fail_safe: Regime::Stress };
        let mut classifier = RegimeClassifier::new(rules);
        rows.iter().enumerate().map(|(i, signals)| classifier.push(day(i as i64), *signals)).collect()
    }

    fn levels(days: &[RegimeDay]) -> Vec<usize> {
        days.iter().map(|day| day.regime.map_or(9, Regime::level)).collect()
    }

    #[test]
    fn entry_is_inclusive_and_at_once_and_leaving_takes_five_days() {
        let mut rows = vec![Some(ON)];
        rows.extend([Some(OFF); 7]);
        assert_eq!(levels(&run(&rows, Downgrade::HoldBand)), [1, 1, 1, 1, 1, 0, 0, 0]);
        let almost = Signals { vol_accel: 1.299_999, ..ON };
        assert_eq!(levels(&run(&[Some(almost)], Downgrade::HoldBand)), [0]);
    }

    #[test]
    fn the_three_ways_down() {
        // CRISIS by three signals; then two of them stay inside their exit band: exit score 2, entry target NORMAL.
        let three = Signals { vol_accel: 1.3, corr_shock: 0.1, dd_level: -0.1, dd_slope: 0.0 };
        let band = Signals { vol_accel: 1.2, corr_shock: 0.06, dd_level: 0.0, dd_slope: 0.0 };
        let mut rows = vec![Some(three)];
        rows.extend([Some(band); 12]);
        // Straight down; the band is forgotten.
        assert_eq!(levels(&run(&rows, Downgrade::Jump))[5..], [0, 0, 0, 0, 0, 0, 0, 0]);
        // max(0, min(2, 2)) = STRESS, which two lingering signals keep for ever.
        assert_eq!(levels(&run(&rows, Downgrade::HoldBand))[4..], [3, 2, 2, 2, 2, 2, 2, 2, 2]);
        assert_eq!(levels(&run(&rows, Downgrade::Stepwise))[4..], [3, 2, 2, 2, 2, 2, 2, 2, 2]);
        // Once the band is empty, stepwise still takes a level every five days, and hold_band goes to the target.
        let mut rows = vec![Some(three)];
        rows.extend([Some(OFF); 16]);
        assert_eq!(levels(&run(&rows, Downgrade::HoldBand))[4..8], [3, 0, 0, 0]);
        assert_eq!(levels(&run(&rows, Downgrade::Stepwise))[4..], [3, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 0, 0]);
    }

    #[test]
    fn an_unknown_state_is_held_then_fails_safe_and_is_never_normal_by_default() {
        assert_eq!(levels(&run(&[None, None], Downgrade::HoldBand)), [9, 9]);
        let mut rows = vec![Some(OFF)];
        rows.extend([None; 7]);
        rows.extend([Some(OFF); 6]);
        let days = run(&rows, Downgrade::HoldBand);
        // Five days held, then STRESS; five known days later NORMAL again, though the state looked calm at once.
        assert_eq!(levels(&days), [0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 0]);
        assert_eq!(days[5].basis, RegimeBasis::Held);
        assert_eq!(days[6].basis, RegimeBasis::FailSafe);
        // CRISIS is not softened by not knowing.
        let crisis = Signals { dd_level: -0.3, ..OFF };
        let mut rows = vec![Some(crisis)];
        rows.extend([None; 8]);
        assert_eq!(levels(&run(&rows, Downgrade::HoldBand)), [3; 9]);
    }

    #[test]
    fn days_without_a_state_do_not_count_toward_leaving() {
        let rows = [Some(ON), None, None, None, Some(OFF), Some(OFF), Some(OFF), Some(OFF), Some(OFF)];
        assert_eq!(levels(&run(&rows, Downgrade::HoldBand)), [1, 1, 1, 1, 1, 1, 1, 1, 0]);
    }

    #[test]
    fn a_signal_that_flickers_cannot_make_the_regime_flicker() {
        // On and off every day for sixty days: one entry, no exit.
        let rows: Vec<Option<Signals>> = (0..60).map(|i| Some(if i % 2 == 0 { ON } else { OFF })).collect();
        let days = run(&rows, Downgrade::HoldBand);
        let changes = levels(&days).windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!(changes <= 20, "{changes}");
        // No regime above NORMAL is left before its fifth day.
        for (i, pair) in days.windows(2).enumerate() {
            assert!(pair[1].regime >= pair[0].regime || pair[0].days >= 5, "day {i}");
        }
    }
}

//! Settings of threshold tuning (R11).

use super::OperationConfig;
use super::audit::{DateWindow, validate_windows};
use super::blend::{Range, check_range};
use super::compat::Compat;
use super::risk::{RegimeThresholds, RiskConfig};
use crate::error::{Code, Fault, Faults};
use crate::wire::{At, record};

/// Most combinations of thresholds that are tried.
pub const CANDIDATES_MAX: usize = 10_000;

/// Most folds of the walk-forward.
pub const FOLDS_MAX: u32 = 50;

record! {
    /// Share of days that each regime should have.
    pub struct RegimeShares {
        /// CRISIS.
        pub crisis: f64 = 0.02,
        /// ELEVATED.
        pub elevated: f64 = 0.20,
        /// NORMAL.
        pub normal: f64 = 0.70,
        /// STRESS.
        pub stress: f64 = 0.08,
    }
}

impl RegimeShares {
    /// From NORMAL to CRISIS.
    pub fn by_level(&self) -> [f64; 4] {
        [self.normal, self.elevated, self.stress, self.crisis]
    }
}

record! {
    /// Settings of threshold tuning: what is tried, and what good behaviour is.
    pub struct TuneConfig {
        /// Entry thresholds of `corr_shock` that are tried.
        pub corr_shock_enter: Vec<f64> = vec![0.08, 0.10, 0.125, 0.15],
        /// Entry thresholds of `dd_level`; the stress and crisis levels keep their distance.
        pub dd_enter: Vec<f64> = vec![-0.08, -0.10, -0.12],
        /// Entry thresholds of `dd_slope_10d`.
        pub dd_slope_enter: Vec<f64> = vec![-0.05, -0.06, -0.08],
        /// Folds of the walk-forward: each is chosen on what lies before it.
        pub folds: u32 = 4,
        /// The overlay; its thresholds are those that are compared with.
        pub risk: RiskConfig = RiskConfig::default(),
        /// Share of days that each regime should have.
        pub shares: RegimeShares = RegimeShares::default(),
        /// Scalar below which a stress window counts as flagged.
        pub stress_scalar: f64 = 0.70,
        /// Windows that should be flagged.
        pub stress_windows: Vec<DateWindow> = super::audit::AuditConfig::default().stress_windows,
        /// Transitions a year that are too many.
        pub transitions_max: f64 = 20.0,
        /// Entry thresholds of `vol_accel` that are tried.
        pub vol_accel_enter: Vec<f64> = vec![1.2, 1.3, 1.4, 1.5],
    }
}

impl OperationConfig for TuneConfig {
    fn compat(preset: Compat) -> Self {
        TuneConfig { risk: RiskConfig::compat(preset), ..Self::default() }
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        let before = faults.count();
        self.risk.validate(&at.key("risk"), faults);
        check_range(&at.key("transitions_max"), "transitions_max", self.transitions_max, Range::AboveTo(1e6), faults);
        check_range(&at.key("stress_scalar"), "stress_scalar", self.stress_scalar, Range::Fraction, faults);
        for (name, share) in ["normal", "elevated", "stress", "crisis"].into_iter().zip(self.shares.by_level()) {
            check_range(&at.key("shares").key(name), name, share, Range::Fraction, faults);
        }
        if !(1..=FOLDS_MAX).contains(&self.folds) {
            let message = format!("folds is {}.", self.folds);
            faults.push(Fault::new(Code::OutOfRange, at.key("folds"), message, format!("Give 1 to {FOLDS_MAX}.")));
        }
        validate_windows(&self.stress_windows, &at.key("stress_windows"), faults);
        let lists = [
            ("vol_accel_enter", &self.vol_accel_enter),
            ("corr_shock_enter", &self.corr_shock_enter),
            ("dd_enter", &self.dd_enter),
            ("dd_slope_enter", &self.dd_slope_enter),
        ];
        for (name, list) in lists {
            if list.is_empty() {
                faults.push(Fault::new(
                    Code::Empty,
                    at.key(name),
                    format!("{name} has nothing to try."),
                    "Give one number or more.",
                ));
            }
        }
        let count = self.combinations();
        if count > CANDIDATES_MAX {
            let message = format!("{count} combinations, and {CANDIDATES_MAX} are the most.");
            faults.push(Fault::new(Code::LimitExceeded, at, message, "Try fewer thresholds."));
        }
        if faults.count() > before {
            return;
        }
        // Each entry on its own: what one threshold makes impossible is told at that threshold.
        let now = &self.risk.thresholds;
        for (name, list) in lists {
            for (i, value) in list.iter().enumerate() {
                let candidate = match name {
                    "vol_accel_enter" => self.candidate(*value, now.corr_shock_enter, now.dd_enter, now.dd_slope_enter),
                    "corr_shock_enter" => self.candidate(now.vol_accel_enter, *value, now.dd_enter, now.dd_slope_enter),
                    "dd_enter" => self.candidate(now.vol_accel_enter, now.corr_shock_enter, *value, now.dd_slope_enter),
                    _ => self.candidate(now.vol_accel_enter, now.corr_shock_enter, now.dd_enter, *value),
                };
                let mut found = Faults::new();
                candidate.validate(&At::Root, &mut found);
                if let Some(fault) = found.as_slice().first() {
                    let message = format!("With {name} at {value}: {}", fault.message);
                    faults.push(Fault::new(Code::OutOfRange, at.key(name).index(i), message, "Try another threshold."));
                }
            }
        }
    }
}

impl TuneConfig {
    /// How many combinations of thresholds are tried.
    pub fn combinations(&self) -> usize {
        let lists = [&self.vol_accel_enter, &self.corr_shock_enter, &self.dd_enter, &self.dd_slope_enter];
        lists.iter().fold(1, |product, list| product.saturating_mul(list.len()))
    }

    /// Thresholds with other entries: exits keep the distance they have to their entries under the present thresholds, in proportion,
    /// and the stress and crisis levels theirs to `dd_enter`.
    pub fn candidate(&self, vol: f64, corr: f64, level: f64, slope: f64) -> RegimeThresholds {
        let now = &self.risk.thresholds;
        // An entry that stays leaves its exit alone, to the last bit: the present thresholds are a candidate like any other.
        let in_proportion = |enter: f64, now: (f64, f64), rest: f64| match now {
            (now_enter, now_exit) if enter == now_enter => now_exit,
            (now_enter, _) if now_enter == rest => rest,
            (now_enter, now_exit) => rest + (enter - rest) * ((now_exit - rest) / (now_enter - rest)),
        };
        let moved = |other: f64| if level == now.dd_enter { other } else { (level + other - now.dd_enter).max(-1.0) };
        RegimeThresholds {
            corr_shock_enter: corr,
            corr_shock_exit: in_proportion(corr, (now.corr_shock_enter, now.corr_shock_exit), 0.0),
            dd_crisis_enter: moved(now.dd_crisis_enter),
            dd_enter: level,
            dd_exit: in_proportion(level, (now.dd_enter, now.dd_exit), 0.0),
            dd_slope_enter: slope,
            dd_slope_exit: in_proportion(slope, (now.dd_slope_enter, now.dd_slope_exit), 0.0),
            dd_stress_enter: moved(now.dd_stress_enter),
            min_days_in_regime: now.min_days_in_regime,
            vol_accel_enter: vol,
            // Around 1, where nothing accelerates.
            vol_accel_exit: in_proportion(vol, (now.vol_accel_enter, now.vol_accel_exit), 1.0),
        }
    }
}

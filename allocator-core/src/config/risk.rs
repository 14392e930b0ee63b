//! Settings of the risk overlay: state, regimes, scalars, exposure, sleeves (R1 to R5, R10).

use super::OperationConfig;
use super::blend::{Range, check_range};
use super::compat::Compat;
use crate::error::{Code, Fault, Faults};
use crate::units::name_fault;
use crate::wire::{At, choice, record};
use std::collections::BTreeMap;

/// Most sleeves of one request.
pub const SLEEVES_MAX: usize = 100;

choice! {
    /// Regime of the market as the portfolio feels it, from calm to worst.
    pub enum Regime {
        /// No signal is on.
        Normal = "NORMAL" | "normal",
        /// One signal is on.
        Elevated = "ELEVATED" | "elevated",
        /// Two signals, or a drawdown past the stress level.
        Stress = "STRESS" | "stress",
        /// Three signals, or a drawdown past the crisis level.
        Crisis = "CRISIS" | "crisis",
    }
}

impl Regime {
    /// All of them, from calm to worst.
    pub const ALL: [Regime; 4] = [Regime::Normal, Regime::Elevated, Regime::Stress, Regime::Crisis];

    /// 0 for NORMAL to 3 for CRISIS.
    pub fn level(self) -> usize {
        self as usize
    }

    /// The regime of a level; everything above 3 is CRISIS.
    pub fn of_level(level: usize) -> Self {
        Self::ALL[level.min(3)]
    }
}

choice! {
    /// What the scalars do to the weights.
    pub enum OverlayMode {
        /// Scalars are computed from the returns of the request and applied.
        Compute = "compute",
        /// Everything is computed and reported, and the weights stay as they are.
        Off = "off",
        /// Scalars come from the file of an earlier run and are applied.
        Precomputed = "precomputed",
    }
}

choice! {
    /// How a regime is left downward, once its exit score and its shortest stay allow it.
    pub enum Downgrade {
        /// To the higher of entry target and exit score, at least one level down: signals still inside their exit band keep their level.
        HoldBand = "hold_band",
        /// Straight to the entry target, as in the recorded system 003.
        Jump = "jump",
        /// One level at a time, never below the entry target.
        Stepwise = "stepwise",
    }
}

choice! {
    /// How much risk each regime allows, how fast the scalar moves, and where it ends.
    pub enum Profile {
        /// Low: 1, 0.85, 0.55, 0.30; smoothing 0.25, floor 0.25.
        L = "L" | "low" | "conservative" | "institutional" | "l",
        /// Medium: 1, 0.90, 0.70, 0.45; smoothing 0.20, floor 0.35.
        M = "M" | "medium" | "balanced" | "m",
        /// High: 1, 0.98, 0.85, 0.60; smoothing 0.15, floor 0.50.
        H = "H" | "high" | "aggressive" | "h",
    }
}

impl Profile {
    /// Targets from NORMAL to CRISIS.
    pub fn targets(self) -> [f64; 4] {
        match self {
            Profile::L => [1.0, 0.85, 0.55, 0.30],
            Profile::M => [1.0, 0.90, 0.70, 0.45],
            Profile::H => [1.0, 0.98, 0.85, 0.60],
        }
    }

    /// Share of a new target that enters the scalar each day.
    pub fn alpha(self) -> f64 {
        match self {
            Profile::L => 0.25,
            Profile::M => 0.20,
            Profile::H => 0.15,
        }
    }

    /// Lowest scalar.
    pub fn floor(self) -> f64 {
        match self {
            Profile::L => 0.25,
            Profile::M => 0.35,
            Profile::H => 0.50,
        }
    }
}

choice! {
    /// Which dates have a state.
    pub enum CalendarRule {
        /// Every date that the portfolio, its equity or an asset has, from the first return of the portfolio on. Where the portfolio has
        /// no return the state is unknown.
        Union = "union",
        /// Dates that portfolio, equity (where given) and assets have in common, as in the recorded system 003.
        Inner = "inner",
    }
}

choice! {
    /// What stands in place of a scalar before the state is known for the first time.
    pub enum Warmup {
        /// `warmup_scalar`, or the target of `fail_safe_regime`.
        Scalar = "scalar",
        /// Nothing: the series of scalars begins later, and `apply_missing_scalar_as` is applied until then (the recorded system 003).
        Omit = "omit",
    }
}

choice! {
    /// How the file of precomputed scalars is read.
    pub enum Loader {
        /// Gaps, unsorted or duplicate dates and scalars outside 0 to 1 are refused, and the file must agree with its `_meta.json`.
        Strict = "strict",
        /// Sorted, the last of equal dates kept, gaps filled forward, no `_meta.json` needed: the recorded system 003.
        Forgiving = "forgiving",
    }
}

record! {
    /// When a signal is on and off. Entry and exit are inclusive; the gap between them is the hysteresis.
    pub struct RegimeThresholds {
        /// 20-day correlation less 60-day correlation at which the signal goes on.
        pub corr_shock_enter: f64 = 0.10,
        /// And below which it is off again.
        pub corr_shock_exit: f64 = 0.05,
        /// Drawdown that is CRISIS by itself.
        pub dd_crisis_enter: f64 = -0.20,
        /// Drawdown at which the signal goes on.
        pub dd_enter: f64 = -0.10,
        /// And above which it is off again.
        pub dd_exit: f64 = -0.06,
        /// Change of drawdown in ten days at which the signal goes on.
        pub dd_slope_enter: f64 = -0.06,
        /// And above which it is off again.
        pub dd_slope_exit: f64 = -0.03,
        /// Drawdown that is STRESS by itself.
        pub dd_stress_enter: f64 = -0.12,
        /// Days with a known state, that of entry among them, before a regime can be left downward.
        pub min_days_in_regime: u32 = 5,
        /// 20-day volatility over 60-day volatility at which the signal goes on.
        pub vol_accel_enter: f64 = 1.30,
        /// And below which it is off again.
        pub vol_accel_exit: f64 = 1.15,
    }
}

impl RegimeThresholds {
    /// Checks every number and every rule between them.
    pub fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        let before = faults.count();
        for (name, value) in [
            ("corr_shock_enter", self.corr_shock_enter),
            ("corr_shock_exit", self.corr_shock_exit),
            ("vol_accel_enter", self.vol_accel_enter),
            ("vol_accel_exit", self.vol_accel_exit),
            ("dd_slope_enter", self.dd_slope_enter),
            ("dd_slope_exit", self.dd_slope_exit),
        ] {
            check_range(&at.key(name), name, value, Range::Within(100.0), faults);
        }
        for (name, value) in [
            ("dd_crisis_enter", self.dd_crisis_enter),
            ("dd_enter", self.dd_enter),
            ("dd_exit", self.dd_exit),
            ("dd_stress_enter", self.dd_stress_enter),
        ] {
            if !(-1.0..=0.0).contains(&value) {
                let hint = "Give a fraction from -1 to 0: a drawdown of ten per cent is -0.10.";
                faults.push(Fault::new(Code::OutOfRange, at.key(name), format!("{name} is {value}."), hint));
            }
        }
        if faults.count() > before {
            return;
        }
        let mut order = |name: &str, holds: bool, rule: &str| {
            if !holds {
                faults.push(Fault::new(Code::Conflict, at.key(name), format!("{rule} does not hold."), "Mend one of the two."));
            }
        };
        order("vol_accel_exit", self.vol_accel_exit < self.vol_accel_enter, "vol_accel_exit < vol_accel_enter");
        order("corr_shock_exit", self.corr_shock_exit < self.corr_shock_enter, "corr_shock_exit < corr_shock_enter");
        order("dd_exit", self.dd_exit > self.dd_enter, "dd_exit > dd_enter (less deep)");
        order("dd_slope_exit", self.dd_slope_exit > self.dd_slope_enter, "dd_slope_exit > dd_slope_enter (less steep)");
        order("dd_crisis_enter", self.dd_crisis_enter < self.dd_stress_enter, "dd_crisis_enter < dd_stress_enter (deeper)");
        if self.min_days_in_regime < 1 {
            let message = String::from("min_days_in_regime is 0; the day of entry counts.");
            faults.push(Fault::new(Code::OutOfRange, at.key("min_days_in_regime"), message, "Give at least 1."));
        }
    }
}

record! {
    /// Targets by regime that replace those of the profile; null keeps the profile's.
    pub struct RegimeTargets {
        /// In CRISIS.
        pub crisis: Option<f64> = None,
        /// In ELEVATED.
        pub elevated: Option<f64> = None,
        /// In NORMAL.
        pub normal: Option<f64> = None,
        /// In STRESS.
        pub stress: Option<f64> = None,
    }
}

record! {
    /// A group of strategies or assets with a scalar of its own.
    pub struct SleeveConfig {
        /// Assets (columns of the weights) that the scalar applies to.
        pub assets: Vec<String> = Vec::new(),
        /// Whether volatility and drawdown are those of the sleeve's own returns instead of the portfolio's.
        pub own_state: bool = false,
        /// How strongly the sleeve follows: 1 as the portfolio, 0 not at all, 2 twice as far below 1.
        pub sensitivity: f64 = 1.0,
        /// Thresholds of its own, over the defaults; null for those of the portfolio.
        pub thresholds: Option<RegimeThresholds> = None,
    }
}

record! {
    /// Settings of the risk overlay.
    pub struct RiskConfig {
        /// Scalar at rebalances before a series of scalars that was given begins, and at the first one. Computed scalars have the warm-up
        /// scalar there, unless `warmup` is `omit`.
        pub apply_missing_scalar_as: f64 = 1.0,
        /// Whether a lower target is reached at once and only a higher one is smoothed.
        pub asymmetric: bool = true,
        /// Which dates have a state.
        pub calendar: CalendarRule = CalendarRule::Union,
        /// How a regime is left downward.
        pub downgrade: Downgrade = Downgrade::HoldBand,
        /// Off is the same as mode `off`.
        pub enabled: bool = true,
        /// Regime when the state was unknown for longer than `max_stale_days`, unless the one held is worse.
        pub fail_safe_regime: Regime = Regime::Stress,
        /// How a file of scalars is read.
        pub loader: Loader = Loader::Strict,
        /// Calendar days for which the last known regime is held while the state is unknown.
        pub max_stale_days: u32 = 5,
        /// What the scalars do to the weights.
        pub mode: OverlayMode = OverlayMode::Compute,
        /// A regime set by hand, for every date.
        pub override_regime: Option<Regime> = None,
        /// Periods in a year.
        pub periods_per_year: f64 = 252.0,
        /// The run whose scalars are used in mode `precomputed`; a folder below the runs on the command line.
        pub precomputed_run_id: Option<String> = None,
        /// Their file in that run.
        pub precomputed_scalar_filename: String = String::from("allocator_risk_v1_applied.csv"),
        /// Targets, smoothing and floor.
        pub profile: Profile = Profile::L,
        /// Highest scalar, at most 1: the overlay never raises exposure.
        pub risk_max: f64 = 1.0,
        /// Lowest scalar; null for the profile's.
        pub risk_min: Option<f64> = None,
        /// Groups with a scalar of their own, by name.
        pub sleeves: BTreeMap<String, SleeveConfig> = BTreeMap::new(),
        /// Share of a new target that enters the scalar each day, above 0 to 1; null for the profile's.
        pub smoothing_alpha: Option<f64> = None,
        /// Days in which half of a new target has entered, instead of `smoothing_alpha`.
        pub smoothing_half_life: Option<f64> = None,
        /// Oldest scalar, in calendar days, that a rebalance may use; null for any age.
        pub stale_days_max: Option<u32> = Some(35),
        /// Targets by regime in place of the profile's.
        pub targets: RegimeTargets = RegimeTargets::default(),
        /// When signals are on and off.
        pub thresholds: RegimeThresholds = RegimeThresholds::default(),
        /// What stands in place of a scalar before the state is known.
        pub warmup: Warmup = Warmup::Scalar,
        /// That scalar; null for the target of `fail_safe_regime`.
        pub warmup_scalar: Option<f64> = None,
    }
}

impl OperationConfig for RiskConfig {
    fn compat(preset: Compat) -> Self {
        let ours = Self::default();
        match preset {
            Compat::S003 => RiskConfig {
                asymmetric: false,
                calendar: CalendarRule::Inner,
                downgrade: Downgrade::Jump,
                loader: Loader::Forgiving,
                stale_days_max: None,
                warmup: Warmup::Omit,
                ..ours
            },
            _ => ours,
        }
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        // Zero would be no position at all, and no file of scalars can say so.
        for (name, value) in
            [("apply_missing_scalar_as", Some(self.apply_missing_scalar_as)), ("warmup_scalar", self.warmup_scalar)]
        {
            if let Some(value) = value {
                check_range(&at.key(name), name, value, Range::AboveTo(1.0), faults);
            }
        }
        check_range(&at.key("periods_per_year"), "periods_per_year", self.periods_per_year, Range::AboveTo(1e6), faults);
        let (floor, ceiling) = (self.floor(), self.risk_max);
        if !(floor > 0.0 && floor <= ceiling && ceiling <= 1.0) {
            let place = if self.risk_min.is_some() { "risk_min" } else { "risk_max" };
            faults.push(Fault::new(
                Code::OutOfRange,
                at.key(place),
                format!("risk_min is {floor} and risk_max {ceiling}."),
                "Give 0 < risk_min <= risk_max <= 1.",
            ));
        }
        if let Some(alpha) = self.smoothing_alpha
            && !(alpha > 0.0 && alpha <= 1.0)
        {
            let hint = "Give a number above 0, at most 1.";
            faults.push(Fault::new(Code::OutOfRange, at.key("smoothing_alpha"), format!("smoothing_alpha is {alpha}."), hint));
        }
        if let Some(days) = self.smoothing_half_life {
            check_range(&at.key("smoothing_half_life"), "smoothing_half_life", days, Range::AboveTo(1e6), faults);
            if self.smoothing_alpha.is_some() {
                faults.push(Fault::new(
                    Code::Conflict,
                    at.key("smoothing_half_life"),
                    "There are both smoothing_alpha and smoothing_half_life.",
                    "Give one of them.",
                ));
            }
        }
        let targets = self.regime_targets();
        for (regime, target) in ["normal", "elevated", "stress", "crisis"].into_iter().zip(targets) {
            check_range(&at.key("targets").key(regime), regime, target, Range::Fraction, faults);
        }
        if targets.windows(2).any(|pair| pair[1] > pair[0]) {
            faults.push(Fault::new(
                Code::Conflict,
                at.key("targets"),
                format!("A worse regime has a higher target: {targets:?} from NORMAL to CRISIS."),
                "Let targets fall, or stay, from regime to regime.",
            ));
        }
        self.thresholds.validate(&at.key("thresholds"), faults);
        self.validate_sleeves(&at.key("sleeves"), faults);
    }
}

impl RiskConfig {
    /// What the scalars do, with `enabled` taken into account.
    pub fn effective_mode(&self) -> OverlayMode {
        if self.enabled { self.mode } else { OverlayMode::Off }
    }

    /// Targets from NORMAL to CRISIS.
    pub fn regime_targets(&self) -> [f64; 4] {
        let profile = self.profile.targets();
        let own = [self.targets.normal, self.targets.elevated, self.targets.stress, self.targets.crisis];
        let mut targets = profile;
        for (target, own) in targets.iter_mut().zip(own) {
            *target = own.unwrap_or(*target);
        }
        targets
    }

    /// Lowest scalar.
    pub fn floor(&self) -> f64 {
        self.risk_min.unwrap_or_else(|| self.profile.floor())
    }

    fn validate_sleeves(&self, at: &At<'_>, faults: &mut Faults) {
        if self.sleeves.len() > SLEEVES_MAX {
            let message = format!("{} sleeves, and {SLEEVES_MAX} are the most.", self.sleeves.len());
            faults.push(Fault::new(Code::LimitExceeded, at, message, "Join some of them."));
        }
        let mut owner: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, sleeve) in &self.sleeves {
            let here = at.key(name);
            if let Some(why) = name_fault(name) {
                faults.push(Fault::new(Code::InvalidName, here, format!("The name {name:?} {why}."), "Give a plain name."));
            }
            check_range(&here.key("sensitivity"), "sensitivity", sleeve.sensitivity, Range::FromZeroTo(10.0), faults);
            if let Some(thresholds) = &sleeve.thresholds {
                thresholds.validate(&here.key("thresholds"), faults);
            }
            for (i, asset) in sleeve.assets.iter().enumerate() {
                if let Some(other) = owner.insert(asset, name) {
                    faults.push(Fault::new(
                        Code::Duplicate,
                        here.key("assets").index(i),
                        format!("{asset:?} is in the sleeves {other:?} and {name:?}."),
                        "Put each asset into one sleeve.",
                    ));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Decode, parse};

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = Faults::new();
        if let Some(config) = RiskConfig::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults) {
            config.validate(&At::Root, &mut faults);
        }
        faults.as_slice().iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    #[test]
    fn the_defaults_and_every_profile_are_valid() {
        assert_eq!(faults_of("{}"), Vec::<String>::new());
        for profile in ["H", "M", "L", "high", "medium", "low", "institutional", "conservative"] {
            assert_eq!(faults_of(&format!("{{\"profile\":\"{profile}\"}}")), Vec::<String>::new());
        }
        let mut faults = Faults::new();
        RiskConfig::compat(Compat::S003).validate(&At::Root, &mut faults);
        assert!(faults.is_empty());
    }

    #[test]
    fn thresholds_without_hysteresis_are_refused() {
        for (text, place) in [
            ("{\"vol_accel_exit\":1.3}", "vol_accel_exit"),
            ("{\"corr_shock_exit\":0.2}", "corr_shock_exit"),
            ("{\"dd_exit\":-0.12}", "dd_exit"),
            ("{\"dd_slope_exit\":-0.06}", "dd_slope_exit"),
            ("{\"dd_crisis_enter\":-0.1}", "dd_crisis_enter"),
        ] {
            let found = faults_of(&format!("{{\"thresholds\":{text}}}"));
            assert!(found.contains(&format!("/thresholds/{place} conflict")), "{text}: {found:?}");
        }
        assert_eq!(faults_of("{\"thresholds\":{\"dd_enter\":10}}"), ["/thresholds/dd_enter out_of_range"]);
    }

    #[test]
    fn every_fault_is_reported() {
        assert_eq!(
            faults_of(
                "{\"risk_min\":0.9,\"risk_max\":0.5,\"smoothing_alpha\":0,\"smoothing_half_life\":5,\"targets\":{\"crisis\":0.9},
                  \"sleeves\":{\"a\":{\"assets\":[\"x\"],\"sensitivity\":-1},\"b\":{\"assets\":[\"x\"]}}}"
            ),
            [
                "/risk_min out_of_range",
                "/smoothing_alpha out_of_range",
                "/smoothing_half_life conflict",
                "/targets conflict",
                "/sleeves/a/sensitivity out_of_range",
                "/sleeves/b/assets/0 duplicate"
            ]
        );
    }
}

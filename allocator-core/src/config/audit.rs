//! Settings of the two-pass audit: costs, windows, rules of judgement, bootstrap, convexity (R8, R9, R12).

use super::OperationConfig;
use super::blend::{Range, check_range};
use super::compat::Compat;
use super::metrics::CagrBasis;
use super::risk::RiskConfig;
use crate::error::{Code, Fault, Faults};
use crate::units::{UnixNanos, name_fault};
use crate::wire::{At, Decode, Fields, Json, choice, record};
use serde::Serialize;

/// Most windows of one kind.
pub const WINDOWS_MAX: usize = 100;

/// Most resamples of a bootstrap.
pub const RESAMPLES_MAX: u32 = 20_000;

choice! {
    /// What happens to weights between two rebalances.
    pub enum BetweenRebalances {
        /// They are kept: exposure is put back to the weights every day at no cost, as for futures held at constant notional share.
        Constant = "constant",
        /// They drift with the returns.
        Drift = "drift",
    }
}

/// A named stretch of dates, both ends among them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", serde(deny_unknown_fields))]
pub struct DateWindow {
    /// Last date.
    pub end: UnixNanos,
    /// What it is called.
    pub name: String,
    /// First date.
    pub start: UnixNanos,
}

impl DateWindow {
    /// A window between two calendar dates.
    fn of(name: &str, start: (i32, u32, u32), end: (i32, u32, u32)) -> Option<Self> {
        let date = |(year, month, day)| UnixNanos::from_date(year, month, day);
        Some(DateWindow { end: date(end)?, name: name.to_owned(), start: date(start)? })
    }

    /// Whether a date lies in it.
    pub fn holds(&self, date: UnixNanos) -> bool {
        (self.start.days()..=self.end.days()).contains(&date.days())
    }
}

impl Decode for DateWindow {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let mut fields = Fields::open(json, at, faults)?;
        let end = fields.required("end", at, faults);
        let name = fields.required("name", at, faults);
        let start = fields.required("start", at, faults);
        fields.close(at, faults);
        Some(DateWindow { end: end?, name: name?, start: start? })
    }
}

fn default_stress() -> Vec<DateWindow> {
    [
        DateWindow::of("2008 crisis", (2008, 9, 1), (2009, 3, 31)),
        DateWindow::of("2020 Q1", (2020, 1, 1), (2020, 3, 31)),
        DateWindow::of("2022", (2022, 1, 1), (2022, 12, 31)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn default_calm() -> Vec<DateWindow> {
    DateWindow::of("2017", (2017, 1, 1), (2017, 12, 31)).into_iter().collect()
}

record! {
    /// Resampling of a history for intervals, by the stationary bootstrap.
    pub struct BootstrapConfig {
        /// Mean length of a block, in periods.
        pub block: f64 = 20.0,
        /// Share of the resamples that the interval covers.
        pub confidence: f64 = 0.90,
        /// How many resamples; 0 for none.
        pub resamples: u32 = 1000,
        /// Seed of the generator.
        pub seed: u32 = 1,
    }
}

impl BootstrapConfig {
    /// Checks every number; pushes all faults found.
    pub(crate) fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        check_range(&at.key("block"), "block", self.block, Range::AboveTo(1e6), faults);
        if self.block < 1.0 {
            let message = format!("block is {}.", self.block);
            faults.push(Fault::new(Code::OutOfRange, at.key("block"), message, "Give at least 1 period."));
        }
        open_fraction(&at.key("confidence"), "confidence", self.confidence, faults);
        if self.resamples > RESAMPLES_MAX {
            let message = format!("{} resamples, and {RESAMPLES_MAX} are the most.", self.resamples);
            faults.push(Fault::new(Code::LimitExceeded, at.key("resamples"), message, "Take fewer."));
        }
    }
}

record! {
    /// Limits of the rules that judge an audit. Fractions; counts are a year.
    pub struct VerdictRules {
        /// Cost in CAGR from which the rule is CAUTION.
        pub cagr_cost_caution: f64 = 0.01,
        /// And above which it fails.
        pub cagr_cost_fail: f64 = 0.02,
        /// Improvement of the maximum drawdown that passes.
        pub drawdown_gain: f64 = 0.02,
        /// Days within which entering and leaving a regime counts as a flip.
        pub flip_days: u32 = 5,
        /// Flips a year above which the rule fails.
        pub flips_fail: f64 = 1.0,
        /// Mean scalar below which the rule is CAUTION.
        pub mean_scalar_caution: f64 = 0.90,
        /// And below which it fails.
        pub mean_scalar_fail: f64 = 0.85,
        /// Mean scalar above which the overlay hardly acts: CAUTION.
        pub mean_scalar_idle: f64 = 0.98,
        /// Highest share of days in NORMAL that passes.
        pub normal_share_max: f64 = 0.80,
        /// Lowest share of days in NORMAL that passes.
        pub normal_share_min: f64 = 0.70,
        /// Fall of the Sharpe ratio above which the rule fails.
        pub sharpe_drop_fail: f64 = 0.2,
        /// Scalar below which a stress window counts as flagged, and a calm one as wrongly de-risked.
        pub stress_scalar: f64 = 0.70,
        /// Transitions a year from which the rule is CAUTION.
        pub transitions_caution: f64 = 20.0,
        /// And above which it fails.
        pub transitions_fail: f64 = 50.0,
        /// How much worse a worst month or quarter may get before the rule fails.
        pub worst_period_fail: f64 = 0.01,
    }
}

record! {
    /// Protection bought while the regime is STRESS or worse.
    pub struct ConvexityConfig {
        /// Premium a year that may be spent, as a fraction of equity.
        pub budget: f64 = 0.01,
        /// Confidence of the tail figures that decide whether it is worth it.
        pub cvar_level: f64 = 0.95,
        /// Whether the overlay is computed at all.
        pub enabled: bool = false,
        /// Days to expiry of each piece of protection.
        pub horizon: u32 = 21,
        /// Share by which the implied volatility lies above the realised one.
        pub loading: f64 = 0.20,
        /// How far below the current value the strike lies, as a fraction.
        pub out_of_the_money: f64 = 0.03,
    }
}

record! {
    /// Settings of the two-pass audit.
    pub struct AuditConfig {
        /// Whether the answer holds the text of every artefact.
        pub artefacts: bool = false,
        /// What happens to weights between rebalances.
        pub between_rebalances: BetweenRebalances = BetweenRebalances::Constant,
        /// Intervals of the differences.
        pub bootstrap: BootstrapConfig = BootstrapConfig::default(),
        /// What a year is for CAGR.
        pub cagr_basis: CagrBasis = CagrBasis::Periods,
        /// Windows in which there should be no large de-risking.
        pub calm_windows: Vec<DateWindow> = default_calm(),
        /// Protection bought in STRESS and CRISIS.
        pub convexity: ConvexityConfig = ConvexityConfig::default(),
        /// Cost of trading, in hundredths of a per cent of what is bought and sold.
        pub cost_bps: f64 = 0.0,
        /// Degrees of freedom taken off in volatilities.
        pub ddof: u32 = 1,
        /// The overlay.
        pub risk: RiskConfig = RiskConfig::default(),
        /// Limits of the rules.
        pub rules: VerdictRules = VerdictRules::default(),
        /// Windows that the overlay should have noticed.
        pub stress_windows: Vec<DateWindow> = default_stress(),
    }
}

impl OperationConfig for AuditConfig {
    fn compat(preset: Compat) -> Self {
        let risk = RiskConfig::compat(preset);
        match preset {
            Compat::S003 => AuditConfig { cagr_basis: CagrBasis::Calendar, ddof: 0, risk, ..Self::default() },
            _ => AuditConfig { risk, ..Self::default() },
        }
    }

    fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        self.risk.validate(&at.key("risk"), faults);
        check_range(&at.key("cost_bps"), "cost_bps", self.cost_bps, Range::FromZeroTo(10_000.0), faults);
        if self.ddof > 1 {
            let hint = "Give 1 (sample) or 0 (population).";
            faults.push(Fault::new(Code::OutOfRange, at.key("ddof"), format!("ddof is {}.", self.ddof), hint));
        }
        self.bootstrap.validate(&at.key("bootstrap"), faults);
        let convexity = at.key("convexity");
        let c = &self.convexity;
        check_range(&convexity.key("budget"), "budget", c.budget, Range::Fraction, faults);
        check_range(&convexity.key("loading"), "loading", c.loading, Range::FromZeroTo(10.0), faults);
        open_fraction(&convexity.key("out_of_the_money"), "out_of_the_money", c.out_of_the_money, faults);
        if !(c.cvar_level > 0.5 && c.cvar_level < 1.0) {
            let message = format!("cvar_level is {}.", c.cvar_level);
            faults.push(Fault::new(
                Code::OutOfRange,
                convexity.key("cvar_level"),
                message,
                "Give a number above 0.5 and below 1.",
            ));
        }
        if !(1..=252).contains(&c.horizon) {
            let message = format!("horizon is {}.", c.horizon);
            faults.push(Fault::new(Code::OutOfRange, convexity.key("horizon"), message, "Give 1 to 252 days."));
        }
        self.validate_rules(&at.key("rules"), faults);
        validate_windows(&self.stress_windows, &at.key("stress_windows"), faults);
        validate_windows(&self.calm_windows, &at.key("calm_windows"), faults);
    }
}

impl AuditConfig {
    fn validate_rules(&self, at: &At<'_>, faults: &mut Faults) {
        let r = &self.rules;
        for (name, value) in [
            ("cagr_cost_caution", r.cagr_cost_caution),
            ("cagr_cost_fail", r.cagr_cost_fail),
            ("drawdown_gain", r.drawdown_gain),
            ("mean_scalar_caution", r.mean_scalar_caution),
            ("mean_scalar_fail", r.mean_scalar_fail),
            ("mean_scalar_idle", r.mean_scalar_idle),
            ("normal_share_max", r.normal_share_max),
            ("normal_share_min", r.normal_share_min),
            ("stress_scalar", r.stress_scalar),
            ("worst_period_fail", r.worst_period_fail),
        ] {
            check_range(&at.key(name), name, value, Range::Fraction, faults);
        }
        for (name, value) in [
            ("flips_fail", r.flips_fail),
            ("sharpe_drop_fail", r.sharpe_drop_fail),
            ("transitions_caution", r.transitions_caution),
            ("transitions_fail", r.transitions_fail),
        ] {
            check_range(&at.key(name), name, value, Range::FromZeroTo(1e6), faults);
        }
        for (name, low, high) in [
            ("cagr_cost_fail", r.cagr_cost_caution, r.cagr_cost_fail),
            ("mean_scalar_caution", r.mean_scalar_fail, r.mean_scalar_caution),
            ("mean_scalar_idle", r.mean_scalar_caution, r.mean_scalar_idle),
            ("normal_share_max", r.normal_share_min, r.normal_share_max),
            ("transitions_fail", r.transitions_caution, r.transitions_fail),
        ] {
            if low > high {
                let message = format!("{high} is below {low}, where the rule already changes.");
                faults.push(Fault::new(Code::Conflict, at.key(name), message, "Put the limits in order."));
            }
        }
    }
}

fn open_fraction(at: &At<'_>, name: &str, value: f64, faults: &mut Faults) {
    if !(value > 0.0 && value < 1.0) {
        faults.push(Fault::new(Code::OutOfRange, at, format!("{name} is {value}."), "Give a number above 0 and below 1."));
    }
}

/// Names must be plain and windows must not end before they begin.
pub(crate) fn validate_windows(windows: &[DateWindow], at: &At<'_>, faults: &mut Faults) {
    if windows.len() > WINDOWS_MAX {
        let message = format!("{} windows, and {WINDOWS_MAX} are the most.", windows.len());
        faults.push(Fault::new(Code::LimitExceeded, at, message, "Give fewer."));
    }
    for (i, window) in windows.iter().enumerate() {
        let here = at.index(i);
        if let Some(why) = name_fault(&window.name) {
            let message = format!("The name {:?} {why}.", window.name);
            faults.push(Fault::new(Code::InvalidName, here.key("name"), message, "Give a plain name."));
        }
        if window.end < window.start {
            let message = format!("{} ends before it begins.", window.name);
            faults.push(Fault::new(Code::Conflict, here.key("end"), message, "Swap start and end."));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::parse;

    fn faults_of(text: &str) -> Vec<String> {
        let mut faults = Faults::new();
        if let Some(config) = AuditConfig::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults) {
            config.validate(&At::Root, &mut faults);
        }
        faults.as_slice().iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()
    }

    #[test]
    fn the_defaults_are_valid_and_name_the_known_windows() {
        assert_eq!(faults_of("{}"), Vec::<String>::new());
        let names: Vec<String> = AuditConfig::default().stress_windows.into_iter().map(|window| window.name).collect();
        assert_eq!(names, ["2008 crisis", "2020 Q1", "2022"]);
        assert!(default_calm()[0].holds(UnixNanos::parse("2017-12-31T15:00:00Z").unwrap()));
    }

    #[test]
    fn every_fault_is_reported() {
        assert_eq!(
            faults_of(
                "{\"ddof\":2,\"bootstrap\":{\"confidence\":95,\"resamples\":1000000},\"convexity\":{\"horizon\":0},
                  \"rules\":{\"mean_scalar_fail\":0.95},\"calm_windows\":[{\"name\":\"x\",\"start\":\"2020-02-01\",\"end\":\"2020-01-01\"}]}"
            ),
            [
                "/ddof out_of_range",
                "/bootstrap/confidence out_of_range",
                "/bootstrap/resamples limit_exceeded",
                "/convexity/horizon out_of_range",
                "/rules/mean_scalar_caution conflict",
                "/calm_windows/0/end conflict"
            ]
        );
    }
}

//! Risk scalar: the share of the wanted exposure that the regime allows, smoothed (R4).
//!
//! y₀ = x₀; yₜ = α·xₜ + (1 − α)·yₜ₋₁; the scalar is y clipped to [floor, ceiling]. x is the target of the regime under the profile;
//! α is given, or 1 − exp(−ln 2/h) for a half-life of h days. With `asymmetric`, a target below y is taken at once and only a
//! higher one is smoothed. Unit: fraction.
//!
//! **Conventions.** y itself is not clipped. During warm-up x is the warm-up scalar, so that exposure rises from there; with
//! `warmup: omit` the series begins with the first known regime. A regime set by hand replaces that of every date.

use super::regime::{RegimeBasis, RegimeDay};
use crate::config::risk::{Regime, RiskConfig, Warmup};
use crate::math;
use crate::units::UnixNanos;

/// How regimes become scalars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScalarRules {
    /// Targets from NORMAL to CRISIS.
    pub targets: [f64; 4],
    /// α.
    pub alpha: f64,
    /// Lowest scalar.
    pub floor: f64,
    /// Highest scalar.
    pub ceiling: f64,
    /// Whether a lower target is taken at once.
    pub asymmetric: bool,
    /// What stands for a target before the first known regime; `None` to begin there.
    pub warmup: Option<f64>,
    /// A regime for every date.
    pub override_regime: Option<Regime>,
}

impl ScalarRules {
    /// The rules that settings describe.
    pub fn of(config: &RiskConfig) -> Self {
        let targets = config.regime_targets();
        let alpha = match (config.smoothing_alpha, config.smoothing_half_life) {
            (Some(alpha), _) => alpha,
            (None, Some(half_life)) => 1.0 - math::exp(-std::f64::consts::LN_2 / half_life),
            (None, None) => config.profile.alpha(),
        };
        let fail_safe = targets[config.fail_safe_regime.level()];
        ScalarRules {
            targets,
            alpha,
            floor: config.floor(),
            ceiling: config.risk_max,
            asymmetric: config.asymmetric,
            warmup: match config.warmup {
                Warmup::Scalar => Some(config.warmup_scalar.unwrap_or(fail_safe)),
                Warmup::Omit => None,
            },
            override_regime: config.override_regime,
        }
    }

    /// A target as a scalar: clipped.
    pub fn clip(&self, value: f64) -> f64 {
        value.max(self.floor).min(self.ceiling)
    }
}

/// The scalar of one date.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScalarDay {
    /// The date; the scalar is known at its end, and no rebalance before the next one uses it.
    pub date: UnixNanos,
    /// x.
    pub target: f64,
    /// y, clipped.
    pub scalar: f64,
}

/// Smooths targets into scalars, day by day.
#[derive(Clone, Copy, Debug)]
pub struct ScalarSmoother {
    rules: ScalarRules,
    level: Option<f64>,
}

impl ScalarSmoother {
    /// A smoother that has seen nothing.
    pub fn new(rules: ScalarRules) -> Self {
        ScalarSmoother { rules, level: None }
    }

    /// Takes the regime of the next date; `None` where there is no scalar yet.
    pub fn push(&mut self, day: &RegimeDay) -> Option<ScalarDay> {
        let target = match (self.rules.override_regime, day.regime) {
            (Some(regime), _) | (None, Some(regime)) => self.rules.targets[regime.level()],
            (None, None) => self.rules.warmup?,
        };
        let alpha = self.rules.alpha;
        let level = match self.level {
            None => target,
            Some(before) if self.rules.asymmetric && target < before => target,
            Some(before) => alpha * target + (1.0 - alpha) * before,
        };
        self.level = Some(level);
        Some(ScalarDay { date: day.date, target, scalar: self.rules.clip(level) })
    }
}

/// The scalars of a history of regimes.
pub fn scalars(days: &[RegimeDay], rules: ScalarRules) -> Vec<ScalarDay> {
    let mut smoother = ScalarSmoother::new(rules);
    days.iter().filter_map(|day| smoother.push(day)).collect()
}

/// Regimes that were given instead of computed.
pub fn given_regimes(days: impl IntoIterator<Item = (UnixNanos, Regime)>) -> Vec<RegimeDay> {
    let day =
        |(date, regime)| RegimeDay { date, regime: Some(regime), basis: RegimeBasis::State, entered: 0, lingering: 0, days: 0 };
    days.into_iter().map(day).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(config: &RiskConfig, regimes: &[Regime]) -> Vec<f64> {
        let days = regimes.iter().enumerate().map(|(i, regime)| (UnixNanos::from_days(i as i64).unwrap(), *regime));
        scalars(&given_regimes(days), ScalarRules::of(config)).into_iter().map(|day| day.scalar).collect()
    }

    #[test]
    fn de_risking_is_immediate_and_re_risking_smoothed() {
        // Profile L: 1 → 0.30 at once; back: 0.25·1 + 0.75·0.30 = 0.475; with symmetric smoothing 0.25·0.3 + 0.75 = 0.825 first.
        let path = [Regime::Normal, Regime::Crisis, Regime::Normal];
        assert_eq!(run(&RiskConfig::default(), &path), [1.0, 0.3, 0.25 + 0.75 * 0.3]);
        let symmetric = RiskConfig { asymmetric: false, ..RiskConfig::default() };
        assert_eq!(run(&symmetric, &path)[1], 0.25 * 0.3 + 0.75);
    }

    #[test]
    fn a_half_life_halves() {
        let config = RiskConfig { smoothing_half_life: Some(1.0), asymmetric: false, ..RiskConfig::default() };
        // α = 1 − ½: half of the way from 1 to 0.3.
        assert!((run(&config, &[Regime::Normal, Regime::Crisis])[1] - 0.65).abs() < 1e-15);
    }

    #[test]
    fn floor_ceiling_and_override() {
        let config = RiskConfig { risk_min: Some(0.5), risk_max: 0.9, ..RiskConfig::default() };
        assert_eq!(run(&config, &[Regime::Normal, Regime::Crisis]), [0.9, 0.5]);
        let by_hand = RiskConfig { override_regime: Some(Regime::Stress), ..RiskConfig::default() };
        assert_eq!(run(&by_hand, &[Regime::Normal, Regime::Crisis]), [0.55, 0.55]);
    }

    #[test]
    fn warm_up_is_conservative_unless_told_otherwise() {
        let unknown =
            RegimeDay { date: UnixNanos(0), regime: None, basis: RegimeBasis::Warmup, entered: 0, lingering: 0, days: 0 };
        let config = RiskConfig::default();
        assert_eq!(scalars(&[unknown], ScalarRules::of(&config))[0].scalar, 0.55);
        let omit = RiskConfig { warmup: Warmup::Omit, ..config };
        assert!(scalars(&[unknown], ScalarRules::of(&omit)).is_empty());
    }
}

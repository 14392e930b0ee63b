//! Scalars of sleeves: groups of strategies that follow the overlay more or less strongly, or by thresholds of their own (R10).
//!
//! Scalar of a sleeve = 1 − s·(1 − y), clipped to [floor, ceiling]; s is its sensitivity, y the smoothed scalar of the regime that its
//! thresholds see. With s = 1 and no thresholds it is the portfolio's scalar. What stands in for a scalar that is not there is followed
//! alike: with s = 0 a sleeve is left alone from the first rebalance on.
//!
//! **Conventions.** The state is the portfolio's; with `own_state` volatility and drawdown are those of the sleeve's own returns, and
//! correlations stay those of the assets.

use super::exposure::{Applied, LagRules, applied};
use super::regime::{RegimeDay, RegimeRules, classify};
use super::scalar::{ScalarDay, ScalarRules, scalars};
use super::state::{StateInputs, StateRow};
use super::{Governed, regime_rules};
use crate::config::risk::{RiskConfig, SleeveConfig};
use crate::units::UnixNanos;

/// Regimes and scalars of one sleeve.
#[derive(Clone, Debug, PartialEq)]
pub struct SleevePath {
    /// The sleeve.
    pub name: String,
    /// Its regimes.
    pub regimes: Vec<RegimeDay>,
    /// Its scalars.
    pub scalars: Vec<ScalarDay>,
}

/// The scalars of every sleeve, by name. Without histories to tell a state from, thresholds cannot be applied and sleeves differ by
/// sensitivity alone.
pub fn sleeve_paths(governed: &Governed, inputs: Option<&StateInputs<'_>>, config: &RiskConfig) -> Vec<SleevePath> {
    config.sleeves.iter().map(|(name, sleeve)| path(name, sleeve, governed, inputs, config)).collect()
}

fn path(
    name: &str,
    sleeve: &SleeveConfig,
    governed: &Governed,
    inputs: Option<&StateInputs<'_>>,
    config: &RiskConfig,
) -> SleevePath {
    let own = inputs.filter(|_| sleeve.own_state).and_then(|inputs| {
        let portfolio = inputs.sleeves?.get(name)?;
        Some(StateInputs { portfolio, equity: None, ..*inputs }.states(config.calendar, config.periods_per_year))
    });
    let states: &[StateRow] = own.as_deref().unwrap_or(&governed.states);
    let regimes = if own.is_some() || (sleeve.thresholds.is_some() && !states.is_empty()) {
        let thresholds = sleeve.thresholds.as_ref().unwrap_or(&config.thresholds);
        classify(states, RegimeRules { thresholds, ..regime_rules(config) })
    } else {
        governed.regimes.clone()
    };
    let rules = ScalarRules::of(config);
    let base = if regimes.is_empty() { governed.scalars.clone() } else { scalars(&regimes, rules) };
    let scalars = base.into_iter().map(|day| followed(day, sleeve.sensitivity, &rules)).collect();
    SleevePath { name: name.to_owned(), regimes, scalars }
}

/// What stands in for the scalars of a sleeve that are not there: the portfolio's stand-ins, followed as strongly as everything else.
pub fn lag_of(lag: &LagRules, sensitivity: f64, rules: &ScalarRules) -> LagRules {
    let follow = |scalar: f64| follow(scalar, sensitivity, rules);
    LagRules { first: follow(lag.first), missing: follow(lag.missing), fail_safe: follow(lag.fail_safe), ..*lag }
}

/// The scalars that a sleeve applies at some rebalances.
pub fn applied_of(path: &SleevePath, rebalances: &[UnixNanos], lag: &LagRules, config: &RiskConfig) -> Vec<Applied> {
    let sensitivity = config.sleeves.get(&path.name).map_or(1.0, |sleeve| sleeve.sensitivity);
    applied(&path.scalars, rebalances, &lag_of(lag, sensitivity, &ScalarRules::of(config)))
}

/// The scalar of a sleeve that follows another as strongly as its sensitivity says.
pub fn followed(day: ScalarDay, sensitivity: f64, rules: &ScalarRules) -> ScalarDay {
    ScalarDay { target: follow(day.target, sensitivity, rules), scalar: follow(day.scalar, sensitivity, rules), ..day }
}

/// 1 − s·(1 − y), clipped; y itself, to the last bit, where s is 1.
fn follow(scalar: f64, sensitivity: f64, rules: &ScalarRules) -> f64 {
    if sensitivity == 1.0 { scalar } else { rules.clip(1.0 - sensitivity * (1.0 - scalar)) }
}

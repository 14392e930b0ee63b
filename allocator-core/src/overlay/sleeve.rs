//! Scalars of sleeves: groups of strategies that follow the overlay more or less strongly, or by thresholds of their own (R10).
//!
//! Scalar of a sleeve = 1 − s·(1 − y), clipped to [floor, ceiling]; s is its sensitivity, y the smoothed scalar of the regime that its
//! thresholds see. With s = 1 and no thresholds it is the portfolio's scalar.
//!
//! **Conventions.** The state is the portfolio's; with `own_state` volatility and drawdown are those of the sleeve's own returns, and
//! correlations stay those of the assets.

use super::regime::{RegimeDay, RegimeRules, classify};
use super::scalar::{ScalarDay, ScalarRules, scalars};
use super::state::{StateInputs, StateRow};
use super::{Governed, regime_rules};
use crate::config::risk::{RiskConfig, SleeveConfig};

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

/// The scalar of a sleeve that follows another as strongly as its sensitivity says.
pub fn followed(day: ScalarDay, sensitivity: f64, rules: &ScalarRules) -> ScalarDay {
    ScalarDay {
        target: rules.clip(1.0 - sensitivity * (1.0 - day.target)),
        scalar: rules.clip(1.0 - sensitivity * (1.0 - day.scalar)),
        ..day
    }
}

//! The risk overlay: how risky it has been lately, which regime that is, how much of the wanted exposure it allows, and when.
//!
//! ```text
//! returns ── state ──> features ── regime ──> NORMAL … CRISIS ── scalar ──> 0.25 … 1 ── exposure, one rebalance late ──> weights
//!                                     sleeve ──> scalars of groups           precomputed file ──┘
//! audit: baseline ──> scalars of the baseline ──> scaled ──> comparison ──> verdicts, with bootstrap intervals
//! ```
//!
//! Every step takes one day after the other and keeps what it needs, so that a history and the same days one by one give the same
//! bits, and nothing at a date can depend on a later one.

pub mod artefact;
pub mod audit;
pub mod convexity;
pub mod exposure;
pub mod interval;
pub mod pass;
pub mod regime;
pub mod scalar;
pub mod scalar_file;
pub mod sleeve;
pub mod state;
pub mod tables;
pub mod tuning;
pub mod verdict;
mod window;

use crate::config::risk::RiskConfig;
use regime::{RegimeDay, RegimeRules, classify};
use scalar::{ScalarDay, ScalarRules, scalars};
use state::{StateInputs, StateRow};

/// What the overlay makes of a history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Governed {
    /// The state of every date.
    pub states: Vec<StateRow>,
    /// The regime of every date.
    pub regimes: Vec<RegimeDay>,
    /// The scalar of every date that has one.
    pub scalars: Vec<ScalarDay>,
}

/// The rules by which settings tell regimes.
pub fn regime_rules(config: &RiskConfig) -> RegimeRules<'_> {
    RegimeRules {
        thresholds: &config.thresholds,
        downgrade: config.downgrade,
        max_stale_days: config.max_stale_days,
        fail_safe: config.fail_safe_regime,
    }
}

/// State, regimes and scalars of a history.
pub fn govern(inputs: &StateInputs<'_>, config: &RiskConfig) -> Governed {
    let states = inputs.states(config.calendar, config.periods_per_year);
    let regimes = classify(&states, regime_rules(config));
    let scalars = scalars(&regimes, ScalarRules::of(config));
    Governed { states, regimes, scalars }
}

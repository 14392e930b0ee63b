//! Convex programmes over weights under hard limits (K1, K3, K4): variance, utility, ratios, log growth, tail losses.
//!
//! ```text
//! mean, covariance, scenarios ─┐
//! Limits, Costs ── room? ──────┼─> one file per objective ──> active_set (exact) ──> Solution
//!                              │        newton: smooth objectives, one quadratic programme a step
//! ```
//!
//! Inputs are plain numbers per period: a covariance is a row-major n × n slice, scenarios are rows of n returns, weights are fractions
//! of the capital. Every answer carries its status, what binds at which price, and how far it can be from the optimum at most.
//! Why the programmes are solved here and not by an interior-point library is decided in docs/adr/.

pub mod active_set;
pub mod black_litterman;
mod costs;
mod limits;
mod log_growth;
mod max_ratio;
mod mean_variance;
mod min_cdar;
mod min_cvar;
mod newton;
pub mod programme;
pub mod risk_budget;
mod robust;
mod solution;
mod task;
mod volatility;

pub use costs::Costs;
pub use limits::{GROUPS_MAX, Group, Limit, Limits, Priced, Room, WEIGHTS_MAX};
pub use log_growth::log_growth;
pub use max_ratio::{max_diversification, max_sharpe};
pub use mean_variance::{min_variance, target_return, target_risk, utility};
pub use min_cdar::{conditional_drawdown, min_cdar};
pub use min_cvar::{conditional_value_at_risk, min_cvar};
pub use robust::robust_mean_variance;
pub use solution::{Nothing, Solution, Status};

/// Most numbers of a scenario matrix.
pub const SCENARIO_VALUES_MAX: usize = 5_000_000;

/// √(wᵀΣw).
pub fn portfolio_volatility(covariance: &[f64], weights: &[f64]) -> f64 {
    quadratic_form(covariance, weights).max(0.0).sqrt()
}

/// wᵀΣw.
pub(crate) fn quadratic_form(matrix: &[f64], x: &[f64]) -> f64 {
    let n = x.len();
    crate::math::sum(x.iter().enumerate().map(|(i, value)| value * crate::math::dot(&matrix[i * n..(i + 1) * n], x)))
}

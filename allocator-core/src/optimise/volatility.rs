//! A quadratic objective under a limit of volatility: one more multiplier, found by a search on a line.
//!
//! With κ the multiplier of ½·(wᵀΣw − v²) the answer minimises ½·wᵀ(P + κΣ)w + qᵀw, and its volatility falls as κ grows. 1/σ(κ) is
//! nearly linear in κ, which makes the secant on it quick (Moré and Sorensen, 1983, use the same for trust regions); a bracket keeps it
//! safe, and the end of the bracket that meets the limit is the answer, so that the limit is never exceeded.

use super::active_set::Outcome;
use super::limits::{Limit, Limits, Priced};
use super::solution::{Solution, Status};
use super::task::Task;
use super::{portfolio_volatility, quadratic_form};

/// Most evaluations of the search.
const SEARCH_MAX: usize = 120;

/// Minimises ½·wᵀPw + qᵀw under the limits, volatility included. `linear` has one entry a weight.
///
/// # Errors
/// The answer, where the limits contradict each other.
pub(super) fn solve(
    task: &mut Task,
    limits: &Limits,
    covariance: &[f64],
    quadratic: &[f64],
    linear: &[f64],
) -> Result<(Outcome, Vec<Priced>), Solution> {
    let at = |kappa: f64, task: &mut Task| {
        task.programme.linear = linear.to_vec();
        task.set_quadratic(quadratic.iter().zip(covariance).map(|(p, s)| p + kappa * s).collect());
        let outcome = task.solve();
        let volatility = portfolio_volatility(covariance, &outcome.x);
        (outcome, volatility)
    };
    let (free, volatility) = at(0.0, task);
    let Some(most) = limits.volatility_max else { return Ok((free, Vec::new())) };
    if volatility <= most {
        return Ok((free, Vec::new()));
    }
    // Whether any portfolio meets it.
    let (least, lowest) = least_volatility(task, covariance);
    if lowest > most {
        let conflicts = vec![Limit::Volatility];
        let relaxation = vec![Priced { limit: Limit::Volatility, amount: lowest - most }];
        return Err(Solution::nothing(limits.len(), Status::Infeasible { conflicts, relaxation }));
    }
    let scale = task_scale(quadratic, linear, covariance);
    let (mut low, mut low_value) = (0.0, 1.0 / volatility - 1.0 / most);
    let (mut high, mut high_value) = (scale, f64::NAN);
    let mut best: Option<(Outcome, f64)> = None;
    for _ in 0..SEARCH_MAX {
        let known = high_value.is_finite() && high_value > 0.0;
        // Outwards until the limit is met; then the secant, halved towards the bracket where it would leave it.
        let kappa = if known {
            let secant = low - low_value * (high - low) / (high_value - low_value);
            if secant > low && secant < high { secant } else { 0.5 * (low + high) }
        } else {
            high
        };
        let (outcome, volatility) = at(kappa, task);
        let value = 1.0 / volatility - 1.0 / most;
        if volatility <= most {
            let near = (most - volatility) <= 1e-13 * most;
            best = Some((outcome, kappa));
            (high, high_value) = (kappa, value);
            if near || value == 0.0 {
                break;
            }
            // Illinois: a bracket end that stays too long loses half its weight.
            low_value *= 0.5;
        } else {
            if !known {
                high = kappa * 10.0;
            }
            (low, low_value) = (kappa, value);
            if known {
                high_value *= 0.5;
            }
            if kappa > 1e15 * scale {
                break;
            }
        }
        if high_value.is_finite() && high - low <= 4.0 * f64::EPSILON * high {
            break;
        }
    }
    let (outcome, kappa) = best.unwrap_or((least, f64::INFINITY));
    Ok((outcome, vec![Priced { limit: Limit::Volatility, amount: kappa * most }]))
}

/// A multiplier of the size at which curvature and slope are in balance.
fn task_scale(quadratic: &[f64], linear: &[f64], covariance: &[f64]) -> f64 {
    let most = |values: &[f64]| values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let objective = most(quadratic).max(most(linear));
    let risk = most(covariance);
    if risk > 0.0 && objective > 0.0 { objective / risk } else { 1.0 }
}

/// The least volatility under the limits of a task.
fn least_volatility(task: &mut Task, covariance: &[f64]) -> (Outcome, f64) {
    let without = vec![Vec::new(); task.programme.len()];
    let kinks = std::mem::replace(&mut task.programme.kinks, without);
    task.programme.linear = vec![0.0; task.programme.len()];
    task.set_quadratic(covariance.to_vec());
    let outcome = task.solve();
    task.programme.kinks = kinks;
    let volatility = quadratic_form(covariance, &outcome.x).max(0.0).sqrt();
    (outcome, volatility)
}

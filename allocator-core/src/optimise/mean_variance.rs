//! Minimum variance and mean-variance: utility, target return, target risk.
//!
//! - minimum variance: minimise λ·wᵀΣw + cost(w)
//! - utility: maximise μᵀw − λ·wᵀΣw − cost(w)
//! - target return: minimise λ·wᵀΣw + cost(w) with μᵀw ≥ r
//! - target risk: maximise μᵀw − cost(w) with √(wᵀΣw) ≤ v
//!
//! μ and Σ per period, w fractions of the capital, λ the risk aversion (a textbook's ½·A·wᵀΣw is λ = A/2). Costs are once a rebalance,
//! so μ and Σ should be those of the time between rebalances where costs enter. Source: Markowitz (1952), "Portfolio Selection",
//! J. Finance 7; Grinold and Kahn (2000), chapter 14, for λ and costs.
//!
//! **Conventions.** Without costs minimum variance does not depend on λ. Of several optima the one nearest to the weights held now is
//! taken (in the metric of the variances), so that identical strategies are treated alike.

use super::costs::Costs;
use super::limits::{Limit, Limits};
use super::newton::{self, Quadratic, WithImpact};
use super::programme::Row;
use super::solution::{Nothing, Solution, Status};
use super::task::Task;
use super::{quadratic_form, volatility};
use crate::math::dot;

/// Least variance under the limits; the objective is the variance per period, and prices are in its unit.
pub fn min_variance(covariance: &[f64], risk_aversion: f64, costs: &Costs, limits: &Limits) -> Solution {
    let zeros = vec![0.0; limits.len()];
    let mut solution = optimise(&zeros, covariance, risk_aversion, costs, limits, &[]);
    in_variance(&mut solution, covariance, risk_aversion);
    solution
}

/// The answer of λ·wᵀΣw + cost(w) as one of wᵀΣw + cost(w)/λ: prices are in units of variance.
fn in_variance(solution: &mut Solution, covariance: &[f64], risk_aversion: f64) {
    if solution.is_answer() {
        solution.objective = quadratic_form(covariance, &solution.weights);
        for priced in &mut solution.binding {
            priced.amount /= risk_aversion;
        }
    }
}

/// Greatest utility μᵀw − λ·wᵀΣw − cost(w); the objective is that utility per period.
pub fn utility(mean: &[f64], covariance: &[f64], risk_aversion: f64, costs: &Costs, limits: &Limits) -> Solution {
    optimise(mean, covariance, risk_aversion, costs, limits, &[])
}

/// Least variance with an expected return of at least `target` per period; the objective is the variance.
///
/// A target that no portfolio reaches is infeasible; the relaxation says by how much it would have to be lower.
pub fn target_return(
    mean: &[f64],
    covariance: &[f64],
    target: f64,
    risk_aversion: f64,
    costs: &Costs,
    limits: &Limits,
) -> Solution {
    // Coefficients of one: a row of returns of 0.0004 would be a thousand times too soft.
    let most = mean.iter().fold(0.0_f64, |most, mean| most.max(mean.abs()));
    let unit = if most > 0.0 { most } else { 1.0 };
    let row = Row::linear(mean.iter().map(|mean| mean / unit).collect(), target / unit, f64::INFINITY, 0.0);
    let zeros = vec![0.0; limits.len()];
    let mut solution = optimise(&zeros, covariance, risk_aversion, costs, limits, &[(row, Limit::Return, Limit::Return)]);
    in_variance(&mut solution, covariance, risk_aversion);
    // Back from the unit of the row.
    for priced in solution.binding.iter_mut().filter(|priced| priced.limit == Limit::Return) {
        priced.amount /= unit;
    }
    if let Status::Infeasible { relaxation, .. } = &mut solution.status {
        for priced in relaxation.iter_mut().filter(|priced| priced.limit == Limit::Return) {
            priced.amount *= unit;
        }
    }
    solution
}

/// Greatest expected return less costs with a volatility of at most `target` per period; the objective is that return.
pub fn target_risk(mean: &[f64], covariance: &[f64], target: f64, costs: &Costs, limits: &Limits) -> Solution {
    let tighter = limits.volatility_max.map_or(target, |most| most.min(target));
    let limits = Limits { volatility_max: Some(tighter), ..limits.clone() };
    optimise(mean, covariance, 0.0, costs, &limits, &[])
}

/// minimise λ·wᵀΣw − μᵀw + cost(w), answered as a utility.
fn optimise(
    mean: &[f64],
    covariance: &[f64],
    risk_aversion: f64,
    costs: &Costs,
    limits: &Limits,
    further: &[(Row, Limit, Limit)],
) -> Solution {
    let n = limits.len();
    let mut task = match Task::new(limits, further, 0) {
        Ok(task) => task,
        Err(solution) => return solution,
    };
    task.add_costs(costs, &limits.previous);
    let quadratic: Vec<f64> = covariance.iter().map(|s| 2.0 * risk_aversion * s).collect();
    let linear: Vec<f64> = mean.iter().map(|mean| -mean).collect();
    let value = |w: &[f64]| {
        let costs = costs.of(&limits.previous, w);
        dot(mean, w) - risk_aversion * quadratic_form(covariance, w) - costs
    };
    if costs.has_impact() {
        let start = task.start.clone();
        let smooth = WithImpact { inner: &Quadratic { quadratic, linear }, costs, previous: &limits.previous };
        let outcome = newton::minimise(&mut task, &smooth, &start);
        let solution = task.answer(&outcome, value, &[]);
        let over = limits.volatility_max.is_some_and(|most| super::portfolio_volatility(covariance, &solution.weights) > most);
        return if over { within(mean, covariance, risk_aversion, costs, limits, further) } else { solution };
    }
    match volatility::solve(&mut task, limits, covariance, &quadratic, &linear) {
        Ok((outcome, further)) => task.answer(&outcome, value, &further),
        Err(solution) if n > 0 => solution,
        Err(_) => Solution::nothing(0, Status::Undefined(Nothing::Empty)),
    }
}

/// With impact and a limit of volatility: the least risk aversion that meets the limit, by halving.
fn within(
    mean: &[f64],
    covariance: &[f64],
    risk_aversion: f64,
    costs: &Costs,
    limits: &Limits,
    further: &[(Row, Limit, Limit)],
) -> Solution {
    let most = limits.volatility_max.unwrap_or(f64::INFINITY);
    let free = Limits { volatility_max: None, ..limits.clone() };
    let at = |extra: f64| optimise(mean, covariance, risk_aversion + extra, costs, &free, further);
    let fits = |solution: &Solution| super::portfolio_volatility(covariance, &solution.weights) <= most;
    // Where even the least variance is too much, the limit contradicts the others.
    let least = optimise(&vec![0.0; limits.len()], covariance, 1.0, &Costs::none(), limits, further);
    if !least.is_answer() {
        return least;
    }
    let (mut low, mut high) = (0.0, 1.0);
    let mut best = at(high);
    for _ in 0..60 {
        if fits(&best) || !best.is_answer() {
            break;
        }
        (low, high) = (high, high * 4.0);
        best = at(high);
    }
    if !fits(&best) {
        return least;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        let next = at(middle);
        if fits(&next) && next.is_answer() {
            (high, best) = (middle, next);
        } else {
            low = middle;
        }
        if high - low <= 1e-12 * high {
            break;
        }
    }
    best.binding.push(super::Priced { limit: Limit::Volatility, amount: 2.0 * high * most });
    best.objective = dot(mean, &best.weights)
        - risk_aversion * quadratic_form(covariance, &best.weights)
        - costs.of(&limits.previous, &best.weights);
    best
}

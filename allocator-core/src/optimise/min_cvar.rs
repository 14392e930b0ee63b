//! Minimum conditional value at risk: the least mean loss in the worst β of the scenarios.
//!
//! CVaR(w) = min over z of z + 1/(βT)·Σₜ max(0, −xₜᵀw − z), in returns per period, a loss positive. Source: Rockafellar and Uryasev (2000),
//! "Optimization of Conditional Value-at-Risk", J. Risk 2, eq. 9: a linear programme in w, z and the shortfalls. Here each shortfall is a
//! row with the price 1/(βT), so that the programme has n + 1 variables however many scenarios there are, and ends on an exact vertex.
//!
//! **Conventions.** β is the tail (0.05 for the 95 % `CVaR`); where βT is no whole number the scenario at the edge counts in part. The
//! optimum may not be unique; the one nearest to the weights held now is preferred among those the last proximal round sees.

use super::active_set::Ending;
use super::costs::Costs;
use super::limits::Limits;
use super::programme::Row;
use super::solution::{Nothing, Solution, Status};
use super::task::Task;
use crate::math::{dot, sum};

/// Least `CVaR` of the worst `tail` of the scenarios, plus linear costs; `scenarios` row-major, one row of returns a period.
pub fn min_cvar(scenarios: &[f64], tail: f64, costs: &Costs, limits: &Limits) -> Solution {
    let n = limits.len();
    let mut task = match Task::new(limits, &[], 1) {
        Ok(task) => task,
        Err(solution) => return solution,
    };
    let count = scenarios.len() / n;
    let size = scenarios.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    if count == 0 {
        return Solution::nothing(n, Status::Undefined(Nothing::Empty));
    }
    task.add_costs(costs, &limits.previous);
    // z is counted in typical losses, so that it and the weights are of one size.
    let typical = sum(scenarios.iter().map(|x| x.abs())) / scenarios.len() as f64;
    let unit = if typical > 0.0 { typical } else { 1.0 };
    let losses: Vec<f64> = scenarios.chunks_exact(n).map(|row| -dot(row, &task.start[..n])).collect();
    task.start[n] = value_at_risk(&losses, tail) / unit;
    task.programme.linear[n] = unit;
    // No loss is larger than all weights in the worst place; a bound that never binds, but makes the gap a number.
    let gross: f64 = (0..n).map(|i| limits.floor(i).0.abs().max(limits.ceiling(i).0.abs())).sum();
    let most = (size * gross / unit).max(1.0) * 2.0;
    (task.programme.low[n], task.programme.high[n]) = (-most, most);
    let price = 1.0 / (tail * count as f64);
    for row in scenarios.chunks_exact(n) {
        let mut coefficients: Vec<f64> = row.iter().map(|x| -x).collect();
        coefficients.push(-unit);
        task.programme.rows.push(Row::linear(coefficients, f64::NEG_INFINITY, 0.0, price));
    }
    task.programme.centre.clone_from(&task.start);
    task.programme.proximity = vec![1e-3 * unit; n + 1];
    if size == 0.0 {
        task.programme.proximity = vec![1e-3; n + 1];
    }
    let mut outcome = task.solve_held();
    if outcome.ending == Ending::Stalled {
        // Many scenarios lose exactly the same, as where an idle strategy takes everything. Losses apart by a trillionth of the usual one
        // have no ties.
        let apart = 1e-12 * unit / count as f64;
        let scenarios = task.programme.rows.iter_mut().rev().take(count);
        scenarios.enumerate().for_each(|(k, row)| row.high = apart * (k + 1) as f64);
        let untied = task.solve_held();
        if untied.gap < outcome.gap {
            outcome = untied;
        }
    }
    let linear = Costs { linear: costs.linear.clone(), impact: Vec::new() };
    task.answer(&outcome, |w| conditional_value_at_risk(scenarios, w, tail) + linear.of(&limits.previous, w), &[])
}

/// `CVaR` of the portfolio: the mean loss of the worst `tail` of the scenarios, a loss positive; NaN without scenarios.
pub fn conditional_value_at_risk(scenarios: &[f64], weights: &[f64], tail: f64) -> f64 {
    if weights.is_empty() {
        return f64::NAN;
    }
    let mut losses: Vec<f64> = scenarios.chunks_exact(weights.len()).map(|row| -dot(row, weights)).collect();
    tail_mean(&mut losses, tail)
}

/// Mean of the largest `tail` of the losses, the one at the edge in part.
pub(super) fn tail_mean(losses: &mut [f64], tail: f64) -> f64 {
    losses.sort_by(|a, b| b.total_cmp(a));
    let mass = tail * losses.len() as f64;
    let whole = (mass.floor() as usize).min(losses.len());
    let part = losses.get(whole).map_or(0.0, |loss| loss * (mass - whole as f64));
    (sum(losses[..whole].iter().copied()) + part) / mass
}

/// The loss that the worst `tail` exceeds.
fn value_at_risk(losses: &[f64], tail: f64) -> f64 {
    let mut sorted = losses.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let at = (tail * sorted.len() as f64).floor() as usize;
    sorted[at.min(sorted.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_edge_counts_in_part() {
        // Losses 4, 3, 2, 1 and a tail of 0.375: one whole scenario and half of the next: (4 + 1.5) / 1.5 = 11/3.
        let scenarios = [-1.0, -2.0, -3.0, -4.0];
        assert!((conditional_value_at_risk(&scenarios, &[1.0], 0.375) - 11.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn a_hedge_by_hand() {
        // Two strategies that lose on different days, tail of one day in four. Worst loss max(0.04·w, 0.02·(1 − w)) is least where
        // both are equal: w = 1/3, loss 0.04/3.
        let scenarios = [-0.04, 0.0, 0.0, -0.02, 0.01, 0.01, 0.01, 0.01];
        let solution = min_cvar(&scenarios, 0.25, &Costs::none(), &Limits::long_only(2));
        assert_eq!(solution.status, Status::Optimal);
        assert!((solution.weights[0] - 1.0 / 3.0).abs() < 1e-12, "{solution:?}");
        assert!((solution.objective - 0.04 / 3.0).abs() < 1e-14);
    }
}

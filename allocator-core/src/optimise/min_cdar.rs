//! Minimum conditional drawdown at risk: the least mean of the worst β of the drawdowns along the history.
//!
//! Dₜ(w) = max over s ≤ t of (`C_s` − Cₜ)ᵀw with Cₜ the summed (not compounded) returns up to t and C₀ = 0; `CDaR` is the mean of the largest
//! β of the Dₜ. Source: Chekhlov, Uryasev and Zabarankin (2005), "Drawdown Measure in Portfolio Optimization", Int. J. Theor. Appl. Finance
//! 8, definition 3.1.
//!
//! `CDaR` is convex, piecewise linear and grows with the size of w: CDaR(w) ≥ gᵀw for the gradient g at any point. A bundle of such cuts
//! is a lower bound, and the least portfolio of the bundle is the next point, held near the best so far; the gap between the best point
//! and the bound is known at every time and ends the search. Source: Lemaréchal, Nemirovskii and Nesterov (1995), Math. Programming 69.
//!
//! **Conventions.** As [`super::min_cvar`]; returns are summed, which keeps the programme convex and is the source's choice.

use super::active_set::{Ending, Outcome, RowPlace};
use super::costs::Costs;
use super::limits::Limits;
use super::min_cvar::tail_mean;
use super::programme::Row;
use super::solution::{Nothing, Solution, Status};
use super::task::Task;
use crate::math::dot;

/// Most rounds, of two cuts each.
const ROUNDS_MAX: usize = 600;

/// Rounds after which a cut that is not touched is taken away.
const IDLE_MAX: usize = 20;

/// The gap, relative to the drawdown, at which the search ends.
const GAP: f64 = 1e-9;

/// Least `CDaR` of the worst `tail` of the drawdowns, plus linear costs; `scenarios` row-major, one row of returns a period.
pub fn min_cdar(scenarios: &[f64], tail: f64, costs: &Costs, limits: &Limits) -> Solution {
    let n = limits.len();
    let mut task = match Task::new(limits, &[], 1) {
        Ok(task) => task,
        Err(solution) => return solution,
    };
    if scenarios.len() < n {
        return Solution::nothing(n, Status::Undefined(Nothing::Empty));
    }
    task.add_costs(costs, &limits.previous);
    let path = Path::new(scenarios, n);
    let linear = Costs { linear: costs.linear.clone(), impact: Vec::new() };
    let value = |w: &[f64]| path.drawdown(w, tail).0 + linear.of(&limits.previous, w);
    let (first, _) = path.drawdown(&task.start[..n], tail);
    // The bound is counted in drawdowns of the first point, so that it and the weights are of one size.
    let unit = if first > 0.0 { first } else { 1.0 };
    task.programme.linear[n] = unit;
    // The bound lies between nothing and the drawdown of all weights at their greatest.
    let gross: f64 = (0..n).map(|i| limits.floor(i).0.abs().max(limits.ceiling(i).0.abs())).sum();
    (task.programme.low[n], task.programme.high[n]) = (0.0, (2.0 * gross * path.range() / unit).max(1.0));
    let mut best = task.start[..n].to_vec();
    let mut best_value = value(&best);
    task.start[n] = 1.0;
    let names = task.programme.rows.len();
    // For how many rounds each cut has not been touched.
    let mut idle: Vec<usize> = Vec::new();
    // How hard a point holds to the best so far: less with every step that gains, more with every step that does not.
    let mut grip = 1e-2;
    let mut bound = f64::NEG_INFINITY;
    let mut last: Option<Outcome> = None;
    let mut points = vec![best.clone()];
    for _ in 0..ROUNDS_MAX {
        for point in &points {
            let (_, mut coefficients) = path.drawdown(point, tail);
            coefficients.push(-unit);
            task.programme.rows.push(Row::linear(coefficients, f64::NEG_INFINITY, 0.0, 4.0));
            idle.push(0);
        }
        task.programme.centre[..n].copy_from_slice(&best);
        task.programme.proximity = vec![grip * 1e-4 * unit; n + 1];
        // The bound itself: the least of all cuts, but for the grip. Its point is a good candidate.
        let outcome = task.solve_on();
        for (idle, place) in idle.iter_mut().zip(&outcome.rows[names..]) {
            *idle = if *place == RowPlace::Within { *idle + 1 } else { 0 };
        }
        if idle.len() > 2 * (n + 1) {
            // A cut that has not been touched for long says what others say better; the bound that it gave is kept.
            task.keep_rows(|cut| idle[cut] < IDLE_MAX);
            idle.retain(|idle| *idle < IDLE_MAX);
        }
        if outcome.ending != Ending::Optimal {
            last = last.or(Some(outcome));
            break;
        }
        bound = bound.max(task.programme.objective(&outcome.x));
        let vertex = outcome.x[..n].to_vec();
        last = Some(outcome);
        // Cuts are made at the vertex and, deeper, halfway to the best.
        let halfway = best.iter().zip(&vertex).map(|(best, vertex)| 0.5 * (best + vertex)).collect();
        points = vec![vertex, halfway];
        for point in &points {
            let now = value(point);
            if now < best_value {
                best_value = now;
                best.clone_from(point);
            }
        }
        if best_value - bound <= GAP * best_value.abs().max(1e-3 * unit) {
            break;
        }
        grip = (grip * 0.7).max(1e-4);
    }
    let Some(mut outcome) = last else { return Solution::nothing(n, Status::Undefined(Nothing::Empty)) };
    outcome.x[..n].copy_from_slice(&best);
    task.programme.rows.truncate(names);
    outcome.gap = (best_value - bound).max(0.0);
    if outcome.gap > 1e-6 * best_value.abs().max(1e-3 * unit) && outcome.ending == Ending::Optimal {
        outcome.ending = Ending::Stalled;
    }
    task.answer(&outcome, value, &[])
}

/// `CDaR` of the portfolio: the mean of the worst `tail` of its drawdowns; NaN without scenarios.
pub fn conditional_drawdown(scenarios: &[f64], weights: &[f64], tail: f64) -> f64 {
    if weights.is_empty() || scenarios.is_empty() {
        return f64::NAN;
    }
    Path::new(scenarios, weights.len()).drawdown(weights, tail).0
}

/// Summed returns of each strategy: row t is Cₜ, row 0 zeros.
struct Path {
    sums: Vec<f64>,
    n: usize,
}

impl Path {
    fn new(scenarios: &[f64], n: usize) -> Path {
        let mut sums = vec![0.0; n];
        for (t, row) in scenarios.chunks_exact(n).enumerate() {
            for (i, x) in row.iter().enumerate() {
                sums.push(sums[t * n + i] + x);
            }
        }
        Path { sums, n }
    }

    fn row(&self, t: usize) -> &[f64] {
        &self.sums[t * self.n..(t + 1) * self.n]
    }

    /// The largest level of any strategy, up or down.
    fn range(&self) -> f64 {
        self.sums.iter().fold(0.0, |most, level| most.max(level.abs()))
    }

    /// `CDaR` and a gradient of it.
    fn drawdown(&self, weights: &[f64], tail: f64) -> (f64, Vec<f64>) {
        let count = self.sums.len() / self.n - 1;
        let (mut peak, mut peak_at) = (0.0, 0);
        // Drawdown, where it ends, where its peak is.
        let mut drawdowns: Vec<(f64, usize, usize)> = Vec::with_capacity(count);
        for t in 1..=count {
            let level = dot(self.row(t), weights);
            if level >= peak {
                (peak, peak_at) = (level, t);
            }
            drawdowns.push((peak - level, t, peak_at));
        }
        let mut depths: Vec<f64> = drawdowns.iter().map(|(depth, ..)| *depth).collect();
        let value = tail_mean(&mut depths, tail);
        drawdowns.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mass = tail * count as f64;
        let mut slope = vec![0.0; self.n];
        for (k, (_, end, start)) in drawdowns.iter().enumerate() {
            let share = (mass - k as f64).min(1.0);
            if share <= 0.0 {
                break;
            }
            for (slope, (from, to)) in slope.iter_mut().zip(self.row(*start).iter().zip(self.row(*end))) {
                *slope += share / mass * (from - to);
            }
        }
        (value, slope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawdowns_by_hand() {
        // Levels 0.1, 0.05, 0.15, 0.03: drawdowns 0, 0.05, 0, 0.12. The worst half: (0.12 + 0.05) / 2.
        let scenarios = [0.1, -0.05, 0.1, -0.12];
        assert!((conditional_drawdown(&scenarios, &[1.0], 0.5) - 0.085).abs() < 1e-15);
        // From the start on: a first loss is a drawdown.
        assert!((conditional_drawdown(&[-0.1], &[1.0], 1.0) - 0.1).abs() < 1e-15);
    }

    #[test]
    fn a_hedge_by_hand() {
        // One falls by 0.04 on the first day, the other by 0.02 on the third, both recover between: the worst drawdown (tail one day in
        // four) is max(0.04·w, 0.02·(1 − w)), least at w = 1/3.
        let scenarios = [-0.04, 0.0, 0.05, 0.01, 0.0, -0.02, 0.01, 0.03];
        let solution = min_cdar(&scenarios, 0.25, &Costs::none(), &Limits::long_only(2));
        assert!((solution.weights[0] - 1.0 / 3.0).abs() < 1e-6, "{solution:?}");
        assert!((solution.objective - 0.04 / 3.0).abs() < 1e-10);
    }
}

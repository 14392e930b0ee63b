//! Sequential quadratic programming for smooth convex objectives: one exact quadratic programme a step, then a line search.
//!
//! Near the optimum the steps are Newton's and the error is squared each time; the multipliers of the last programme are those of the
//! optimum. Source: Nocedal and Wright (2006), *Numerical Optimization*, chapter 18.

use super::active_set::{Ending, Outcome};
use super::costs::Costs;
use super::task::Task;
use crate::math;

/// Most steps; ten are usual.
pub(super) const STEPS_MAX: usize = 200;

/// A smooth convex function of the weights.
pub(super) trait Smooth {
    /// Its value, `None` outside its domain.
    fn value(&self, weights: &[f64]) -> Option<f64>;
    /// Its gradient and its Hessian, row-major.
    fn derivatives(&self, weights: &[f64]) -> (Vec<f64>, Vec<f64>);
}

/// Minimises `smooth` and the kinks of the task's programme, from a point in its domain that meets the limits.
pub(super) fn minimise(task: &mut Task, smooth: &dyn Smooth, start: &[f64]) -> Outcome {
    task.start = start.to_vec();
    let mut point = start.to_vec();
    let mut ended = None;
    let mut quiet = 0;
    for _ in 0..STEPS_MAX {
        let (gradient, hessian) = smooth.derivatives(&point);
        let n = point.len();
        task.programme.linear = (0..n).map(|i| gradient[i] - math::dot(&hessian[i * n..(i + 1) * n], &point)).collect();
        task.set_quadratic(hessian);
        // Of equally good points the one nearest to here, or the steps would drift along what costs nothing.
        task.programme.centre.clone_from(&point);
        let outcome = task.solve();
        if outcome.ending == Ending::NotConvex {
            return outcome;
        }
        let step: Vec<f64> = outcome.x.iter().zip(&point).map(|(to, from)| to - from).collect();
        let longest = step.iter().fold(0.0_f64, |most, d| most.max(d.abs()));
        let (next, improved) = search(task, smooth, &point, &outcome.x, &gradient, &step);
        let whole = next == outcome.x;
        point = next;
        task.start.clone_from(&point);
        quiet = if improved { 0 } else { quiet + 1 };
        let near = longest <= 1e-9;
        ended = Some(outcome);
        // Twice no better and close already: the rest is rounding. The error after a whole step is the square of the step.
        if whole && (longest <= 1e-13 || (near && quiet >= 2)) {
            break;
        }
        if quiet >= 6 {
            break;
        }
    }
    match ended {
        Some(mut outcome) => {
            // The last programme's optimum and the point are one, or at least equally good.
            let off = outcome.x.iter().zip(&point).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            let value = |x: &[f64]| smooth.value(x).map_or(f64::INFINITY, |value| value + task.programme.kink_costs(x));
            let worse = (value(&point) - value(&outcome.x)).abs();
            if off > 1e-7 && worse > 1e-12 * value(&point).abs() && outcome.ending == Ending::Optimal {
                outcome.ending = Ending::Stalled;
            }
            outcome.x = point;
            outcome
        }
        None => task.solve(),
    }
}

/// The first of the whole step, half of it, a quarter … that gains enough (Armijo); whether it gained at all.
fn search(task: &Task, smooth: &dyn Smooth, from: &[f64], to: &[f64], gradient: &[f64], step: &[f64]) -> (Vec<f64>, bool) {
    let value = |x: &[f64]| smooth.value(x).map(|value| value + task.programme.kink_costs(x));
    let Some(now) = value(from) else { return (to.to_vec(), true) };
    let promised = math::dot(gradient, step) + task.programme.kink_costs(to) - task.programme.kink_costs(from);
    let mut length = 1.0;
    for _ in 0..60 {
        let point: Vec<f64> = if length == 1.0 {
            to.to_vec()
        } else {
            let bounds = task.programme.low.iter().zip(&task.programme.high);
            let along = from.iter().zip(step).map(|(x, d)| x + length * d);
            along.zip(bounds).map(|(x, (low, high))| x.max(*low).min(*high)).collect()
        };
        if let Some(then) = value(&point) {
            // Where the gain is below the rounding of the values, the step is trusted.
            let rounding = 4.0 * f64::EPSILON * now.abs();
            if then <= now + 1e-4 * length * promised || (promised.abs() <= rounding && then <= now + rounding) {
                return (point, then < now);
            }
        }
        length *= 0.5;
    }
    (from.to_vec(), false)
}

/// ½·wᵀPw + qᵀw.
pub(super) struct Quadratic {
    pub(super) quadratic: Vec<f64>,
    pub(super) linear: Vec<f64>,
}

impl Smooth for Quadratic {
    fn value(&self, weights: &[f64]) -> Option<f64> {
        Some(0.5 * super::quadratic_form(&self.quadratic, weights) + math::dot(&self.linear, weights))
    }

    fn derivatives(&self, weights: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let n = weights.len();
        let gradient = (0..n).map(|i| math::dot(&self.quadratic[i * n..(i + 1) * n], weights) + self.linear[i]).collect();
        (gradient, self.quadratic.clone())
    }
}

/// A smooth function and the square-root impact of the trades.
pub(super) struct WithImpact<'a> {
    pub(super) inner: &'a dyn Smooth,
    pub(super) costs: &'a Costs,
    pub(super) previous: &'a [f64],
}

/// Below this trade the curvature of the impact is that of this trade: the true one has no bound.
const TRADE_MIN: f64 = 1e-10;

impl Smooth for WithImpact<'_> {
    fn value(&self, weights: &[f64]) -> Option<f64> {
        let impact = Costs { linear: Vec::new(), impact: self.costs.impact.clone() };
        Some(self.inner.value(weights)? + impact.of(self.previous, weights))
    }

    fn derivatives(&self, weights: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let n = weights.len();
        let (mut gradient, mut hessian) = self.inner.derivatives(weights);
        for (i, k) in self.costs.impact.iter().enumerate() {
            let trade = weights[i] - self.previous[i];
            gradient[i] += 1.5 * k * trade.abs().sqrt() * if trade < 0.0 { -1.0 } else { 1.0 };
            hessian[i * n + i] += 0.75 * k / trade.abs().max(TRADE_MIN).sqrt();
        }
        (gradient, hessian)
    }
}

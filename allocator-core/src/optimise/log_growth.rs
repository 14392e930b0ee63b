//! Kelly by log growth: maximise the mean of ln(1 + xₜᵀw) over the scenarios xₜ, less costs.
//!
//! The growth-optimal portfolio of the empirical distribution, without the Gaussian approximation μᵀw − ½·wᵀΣw. Source: Kelly (1956),
//! Bell System Technical Journal 35; Breiman (1961) for its long-run optimality; Thorp (2006), "The Kelly Criterion", for portfolios.
//!
//! **Conventions.** Simple returns per period, every scenario as likely as the others. A portfolio that loses everything in one scenario
//! has growth −∞ and is never chosen. With cash allowed and no edge the answer is all cash; *fully invested* forces the least shrinkage.
//! Newton with exact quadratic programmes, to rounding.

use super::costs::Costs;
use super::limits::Limits;
use super::newton::{self, Smooth, WithImpact};
use super::solution::{Nothing, Solution, Status};
use super::task::Task;
use crate::math::{dot, ln_1p, sum};

/// Greatest mean log growth per period; `scenarios` row-major, one row of returns a period.
pub fn log_growth(scenarios: &[f64], costs: &Costs, limits: &Limits) -> Solution {
    let n = limits.len();
    let mut task = match Task::new(limits, &[], 0) {
        Ok(task) => task,
        Err(solution) => return solution,
    };
    task.add_costs(costs, &limits.previous);
    let growth = Growth { scenarios, n };
    if growth.count() == 0 {
        return Solution::nothing(n, Status::Undefined(Nothing::Empty));
    }
    let Some(start) = growth.start(&mut task) else {
        return Solution::nothing(n, Status::Undefined(Nothing::Ruin));
    };
    let smooth = WithImpact { inner: &growth, costs, previous: &limits.previous };
    let outcome = newton::minimise(&mut task, &smooth, &start);
    task.answer(&outcome, |w| -growth.value(w).unwrap_or(f64::INFINITY) - costs.of(&limits.previous, w), &[])
}

struct Growth<'a> {
    scenarios: &'a [f64],
    n: usize,
}

impl Growth<'_> {
    fn count(&self) -> usize {
        self.scenarios.len() / self.n.max(1)
    }

    /// A point that meets the limits and survives every scenario: the one at hand, or the one whose worst scenario is mildest.
    fn start(&self, task: &mut Task) -> Option<Vec<f64>> {
        if self.value(&task.start).is_some() {
            return Some(task.start.clone());
        }
        // Least sum of squared scenario returns: the point nearest to no risk.
        let (_, hessian) = self.derivatives(&vec![0.0; self.n]);
        task.programme.linear = vec![0.0; self.n];
        task.set_quadratic(hessian);
        let calm = task.solve().x;
        self.value(&calm).is_some().then_some(calm)
    }
}

impl Smooth for Growth<'_> {
    fn value(&self, weights: &[f64]) -> Option<f64> {
        let mut logs = Vec::with_capacity(self.count());
        for row in self.scenarios.chunks_exact(self.n) {
            let grown = dot(row, weights);
            if grown <= -1.0 {
                return None;
            }
            logs.push(ln_1p(grown));
        }
        Some(-sum(logs) / self.count() as f64)
    }

    fn derivatives(&self, weights: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let n = self.n;
        let (mut gradient, mut hessian) = (vec![0.0; n], vec![0.0; n * n]);
        for row in self.scenarios.chunks_exact(n) {
            let share = 1.0 / (1.0 + dot(row, weights));
            for (i, x) in row.iter().enumerate() {
                let scaled = x * share;
                gradient[i] -= scaled;
                let factor = scaled * share;
                for (h, y) in hessian[i * n..=i * n + i].iter_mut().zip(row) {
                    *h += factor * y;
                }
            }
        }
        let count = self.count() as f64;
        for i in 0..n {
            gradient[i] /= count;
            for j in 0..=i {
                hessian[i * n + j] /= count;
                hessian[j * n + i] = hessian[i * n + j];
            }
        }
        (gradient, hessian)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coin_with_an_edge_by_hand() {
        // Twice +100 %, once −100 % … of a bet that pays even money with p = 2/3: f = 2p − 1 = 1/3.
        let limits = Limits { total_low: 0.0, ..Limits::long_only(1) };
        let solution = log_growth(&[1.0, 1.0, -1.0], &Costs::none(), &limits);
        assert_eq!(solution.status, Status::Optimal);
        assert!((solution.weights[0] - 1.0 / 3.0).abs() < 1e-12, "{solution:?}");
        // ⅔·ln(4/3) + ⅓·ln(2/3)
        assert!((solution.objective - 0.056_633_012_265_132_28).abs() < 1e-15, "{}", solution.objective);
    }

    #[test]
    fn no_edge_deploys_nothing() {
        let limits = Limits { total_low: 0.0, ..Limits::long_only(1) };
        let solution = log_growth(&[0.1, -0.1, -0.05], &Costs::none(), &limits);
        assert_eq!((solution.status, solution.weights), (Status::Optimal, vec![0.0]));
    }

    #[test]
    fn certain_ruin_has_no_answer() {
        // Fully invested in something that loses everything once.
        let solution = log_growth(&[1.0, -1.0], &Costs::none(), &Limits::long_only(1));
        assert_eq!(solution.status, Status::Undefined(Nothing::Ruin));
    }
}

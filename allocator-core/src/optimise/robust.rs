//! Robust mean-variance: the best utility under the worst mean of an ellipsoid.
//!
//! maximise μᵀw − κ·√(wᵀΩw) − λ·wᵀΣw, which is the worst case of μᵀw − λ·wᵀΣw over (m − μ)ᵀΩ⁻¹(m − μ) ≤ κ². Ω is the covariance of the
//! estimate of μ: Σ/T for T independent observations, which κ then counts in standard errors. Source: Goldfarb and Iyengar (2003),
//! "Robust Portfolio Selection Problems", Math. Oper. Res. 28; Ceria and Stubbs (2006) for the ellipsoid in practice.
//!
//! **Conventions.** The root has a corner at no weights at all: where cash is allowed and the worst case of every portfolio is a loss,
//! the answer is exactly nothing. κ = 0 is plain utility.

use super::costs::Costs;
use super::limits::Limits;
use super::newton::{self, Smooth, WithImpact};
use super::quadratic_form;
use super::solution::Solution;
use super::task::Task;
use crate::math::dot;

/// Greatest worst-case utility; `uncertainty` is Ω, row-major, `radius` is κ.
pub fn robust_mean_variance(
    mean: &[f64],
    covariance: &[f64],
    uncertainty: &[f64],
    radius: f64,
    risk_aversion: f64,
    costs: &Costs,
    limits: &Limits,
) -> Solution {
    let n = limits.len();
    let mut task = match Task::new(limits, &[], 0) {
        Ok(task) => task,
        Err(solution) => return solution,
    };
    task.add_costs(costs, &limits.previous);
    let largest = (0..n).map(|i| uncertainty[i * n + i]).fold(0.0, f64::max);
    // The corner rounded off at a ten-millionth of a whole position: sharper, and the curvature there is rounding.
    let corner = 1e-14 * largest;
    let worst = Worst { mean, covariance, uncertainty, radius, risk_aversion, corner };
    let value = |w: &[f64]| -Worst { corner: 0.0, ..worst }.at(w) - costs.of(&limits.previous, w);
    let start = task.start.clone();
    let outcome = newton::minimise(&mut task, &WithImpact { inner: &worst, costs, previous: &limits.previous }, &start);
    let mut solution = task.answer(&outcome, value, &[]);
    let nothing = vec![0.0; n];
    let allowed = (0..n).all(|i| limits.floor(i).0 <= 0.0 && limits.ceiling(i).0 >= 0.0)
        && limits.rows(0.0).iter().all(|(row, ..)| row.excess(&nothing) <= 0.0);
    if solution.is_answer() && allowed && value(&nothing) >= solution.objective {
        solution.objective = value(&nothing);
        solution.weights = nothing;
        solution.binding.clear();
    }
    solution
}

#[derive(Clone, Copy)]
struct Worst<'a> {
    mean: &'a [f64],
    covariance: &'a [f64],
    uncertainty: &'a [f64],
    radius: f64,
    risk_aversion: f64,
    corner: f64,
}

impl Worst<'_> {
    fn at(&self, w: &[f64]) -> f64 {
        let doubt = (quadratic_form(self.uncertainty, w).max(0.0) + self.corner).sqrt();
        self.risk_aversion * quadratic_form(self.covariance, w) + self.radius * doubt - dot(self.mean, w)
    }
}

impl Smooth for Worst<'_> {
    fn value(&self, weights: &[f64]) -> Option<f64> {
        Some(self.at(weights))
    }

    fn derivatives(&self, w: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let n = w.len();
        let times = |matrix: &[f64], i: usize| dot(&matrix[i * n..(i + 1) * n], w);
        let doubt = (quadratic_form(self.uncertainty, w).max(0.0) + self.corner).sqrt();
        let bent: Vec<f64> = (0..n).map(|i| times(self.uncertainty, i)).collect();
        let over = if doubt > 0.0 { self.radius / doubt } else { 0.0 };
        let gradient =
            (0..n).map(|i| 2.0 * self.risk_aversion * times(self.covariance, i) + over * bent[i] - self.mean[i]).collect();
        let mut hessian = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                let curved = if doubt > 0.0 { (bent[i] / doubt) * (bent[j] / doubt) } else { 0.0 };
                hessian[i * n + j] =
                    2.0 * self.risk_aversion * self.covariance[i * n + j] + over * (self.uncertainty[i * n + j] - curved);
            }
            // Where the doubt is nearly nothing the two terms cancel, and rounding must not bend the form downwards.
            hessian[i * n + i] += 1e-8 * over * self.uncertainty[i * n + i];
        }
        (gradient, hessian)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Status, utility};
    use super::*;

    #[test]
    fn one_asset_by_hand() {
        // μ 0.01, σ² 0.04, Ω = 0.0001·: worst mean = 0.01 − 0.5·0.01 = 0.005; w = 0.005 / (2·1·0.04) = 0.0625.
        let limits = Limits { total_low: 0.0, ..Limits::long_only(1) };
        let solution = robust_mean_variance(&[0.01], &[0.04], &[0.0001], 0.5, 1.0, &Costs::none(), &limits);
        assert!((solution.weights[0] - 0.0625).abs() < 1e-12, "{solution:?}");
    }

    #[test]
    fn more_doubt_than_edge_deploys_nothing() {
        let limits = Limits { total_low: 0.0, ..Limits::long_only(1) };
        let solution = robust_mean_variance(&[0.01], &[0.04], &[0.0001], 1.5, 1.0, &Costs::none(), &limits);
        assert_eq!(solution.weights, vec![0.0]);
    }

    #[test]
    fn without_doubt_it_is_utility() {
        let (mean, covariance) = ([0.01, 0.02], [0.04, 0.01, 0.01, 0.09]);
        let limits = Limits { total_low: 0.0, ..Limits::long_only(2) };
        let robust = robust_mean_variance(&mean, &covariance, &covariance, 0.0, 1.0, &Costs::none(), &limits);
        let plain = utility(&mean, &covariance, 1.0, &Costs::none(), &limits);
        assert_eq!(robust.status, Status::Optimal);
        for (a, b) in robust.weights.iter().zip(&plain.weights) {
            assert!((a - b).abs() < 1e-12);
        }
    }
}

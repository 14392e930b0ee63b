//! Equal risk contribution and risk budgeting: wᵢ(Σw)ᵢ = bᵢ·wᵀΣw with bᵢ the share of risk, 1/N or as given.
//!
//! y minimises ½yᵀΣy − Σbᵢ·ln yᵢ over y > 0, and w = y/Σy. Sources: Spinu (2013), "An algorithm for computing risk parity weights";
//! Griveau-Billion, Richard and Roncalli (2013), "A fast algorithm for computing high-dimensional risk parity portfolios". Under maximums
//! and minimums the same objective is minimised over lowerᵢ·Σy ≤ yᵢ ≤ upperᵢ·Σy; contributions of the bounded are then no longer
//! equal to their budgets. That is the definition of the libraries riskfolio-lib and skfolio too. Groups that bind enter the same programme
//! ([`crate::optimise::risk_budget`]).
//!
//! **Conventions.** Volatilities are divided out first, so that units do not matter. Cyclical coordinate descent comes to the
//! neighbourhood, Newton's method, each step by conjugate gradients, to the last digits; done when no contribution is further than 1e-13 of
//! its budget away. Unique for any positive definite Σ; for a singular one as long as no long-only portfolio is free of risk.
//!
//! **Fails** with strongly negative correlations: a pair that hedges each other gets nearly everything, since its risk vanishes.

use super::fill::{fill, shave};
use super::limits::Limits;
use super::{Algorithm, Deploy, Input, Joint, Placed, Proposal, Score};
use super::{Bound, CapitalStatus};
use crate::linalg::{Cholesky, Symmetric, axpy};
use crate::math;
use crate::optimise::Group;
use crate::optimise::risk_budget::{End, ShareLimits, budget_shares};
use crate::stats::Unknown;

/// Equal risk contributions.
pub struct EqualRiskContribution;

/// Risk contributions in the proportions of budgets.
pub struct RiskBudgeting;

/// Most sweeps of coordinate descent before Newton's method takes over.
const SWEEPS_MAX: usize = 6;

/// Most multiplications for one step of Newton's method; a dozen is usual.
const MULTIPLICATIONS_MAX: usize = 60;

/// Most steps of Newton's method; four or five are usual.
const STEPS_MAX: usize = 100;

/// Most changes of the set of bounds that bind, for each strategy.
const SETS_PER_STRATEGY: usize = 4;

/// Largest error of a contribution relative to its budget.
const TOLERANCE: f64 = 1e-13;

impl Algorithm for EqualRiskContribution {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        propose(input, |_| 1.0)
    }

    fn sentence(&self) -> &'static str {
        "Every strategy contributes the same to the risk of the whole."
    }
}

impl Algorithm for RiskBudgeting {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let budgets = &input.config.risk_budgets;
        propose(input, |name| budgets.get(name).copied().unwrap_or(1.0))
    }

    fn sentence(&self) -> &'static str {
        "Every strategy contributes its budget to the risk of the whole."
    }
}

fn propose(input: &Input<'_>, budget: impl Fn(&str) -> f64) -> Proposal {
    let names = input.market.names();
    let joint = match input.market.joint() {
        Ok(joint) => joint,
        Err(why) => return Proposal::unknown(names.len(), why),
    };
    let budgets: Vec<f64> = joint.members.iter().map(|&i| budget(&names[i])).collect();
    let mut scores: Vec<Score> =
        (0..names.len()).map(|i| Score::unknown(input.market.unknown(i).unwrap_or(Unknown::NoCommonDates))).collect();
    let Some(free) = risk_budget_weights(&joint.covariance, &budgets) else {
        let mut proposal = Proposal::unknown(names.len(), Unknown::NoRisk);
        proposal.notes.push(String::from(
            "Some portfolio looks free of risk, so that contributions to it mean nothing: shrink the covariance.",
        ));
        return proposal;
    };
    let n = joint.dates.len() as u32;
    let total = math::sum(budgets.iter().copied());
    for (k, &i) in joint.members.iter().enumerate() {
        scores[i] = Score::measured(free[k], "risk_budget", budgets[k] / total, Some(n));
    }
    let placed = bounded(&free, joint, &budgets, input.limits);
    let weights = placed.as_ref().map_or_else(|| alone(&free, joint, input.limits), |placed| placed.weights.clone());
    let placed = if groups_hold(&weights, input.limits) {
        placed
    } else {
        // Groups enter the programme; where no answer of it holds them all, proportions are filled up under every limit.
        grouped(&scores, joint, &budgets, input.limits)
    };
    Proposal { placed, deploy: Deploy::All, ..Proposal::proportions(scores) }
}

/// Weights under the bounds of single strategies, where these bind; groups are for [`grouped`].
fn bounded(free: &[f64], joint: &Joint, budgets: &[f64], limits: &Limits) -> Option<Placed> {
    let others = math::sum((0..limits.lower.len()).filter(|i| !joint.members.contains(i)).map(|i| limits.lower[i]));
    let total = limits.total - others;
    if total <= 0.0 {
        return None;
    }
    // Bounds as shares of what the members hold together.
    let lower: Vec<f64> = joint.members.iter().map(|&i| limits.lower[i] / total).collect();
    let upper: Vec<f64> = joint.members.iter().map(|&i| limits.upper[i] / total).collect();
    if free.iter().zip(lower.iter().zip(&upper)).all(|(w, (low, high))| w >= low && w <= high) {
        return None;
    }
    if math::sum(upper.iter().copied()) <= 1.0 {
        return None;
    }
    let shares = bounded_shares(&joint.covariance, budgets, &lower, &upper)?;
    let mut weights = limits.lower.clone();
    let mut bindings = Vec::new();
    for (k, &i) in joint.members.iter().enumerate() {
        let (low, high) = (limits.lower[i], limits.upper[i]);
        weights[i] = match shares[k] {
            Share::AtLower => low,
            Share::AtUpper => high,
            Share::Free(share) => (share * total).max(low).min(high),
        };
        if shares[k] == Share::AtUpper {
            bindings.push(Bound::of_strategy("max", i, high));
        } else if shares[k] == Share::AtLower {
            bindings.push(Bound::of_strategy("min", i, low));
        }
    }
    Some(Placed { weights, bindings, status: CapitalStatus::Optimal })
}

/// The free shares as weights, the others at their least.
fn alone(free: &[f64], joint: &Joint, limits: &Limits) -> Vec<f64> {
    let mut weights = limits.lower.clone();
    let total = limits.total - math::sum((0..weights.len()).filter(|i| !joint.members.contains(i)).map(|i| weights[i]));
    for (share, &i) in free.iter().zip(&joint.members) {
        weights[i] = share * total;
    }
    weights
}

fn groups_hold(weights: &[f64], limits: &Limits) -> bool {
    limits.groups.iter().all(|group| {
        let held = math::sum(group.members.iter().map(|&i| weights[i]));
        held <= group.max && held >= group.min * (1.0 - 1e-12)
    })
}

/// Weights under all limits, groups among them; `None` where the limits leave no room for everything.
fn grouped(scores: &[Score], joint: &Joint, budgets: &[f64], limits: &Limits) -> Option<Placed> {
    let base: Vec<f64> = scores.iter().map(|score| score.base).collect();
    // The proportions filled up meet every limit: a point to start from.
    let mut weights = fill(&base, limits, limits.total).weights;
    if math::sum(weights.iter().copied()) < limits.total - 1e-12 {
        return None;
    }
    // Who may hold nothing stays out, and so does who is unknown.
    let inside: Vec<usize> = (0..joint.members.len()).filter(|&k| weights[joint.members[k]] > 0.0).collect();
    let members: Vec<usize> = inside.iter().map(|&k| joint.members[k]).collect();
    let total = limits.total - math::sum((0..weights.len()).filter(|i| !members.contains(i)).map(|i| weights[i]));
    if total <= 0.0 || members.is_empty() {
        return None;
    }
    let share = |of: &[f64]| members.iter().map(|&i| of[i] / total).collect::<Vec<f64>>();
    let groups: Vec<Group> = limits
        .groups
        .iter()
        .map(|group| {
            let outside = math::sum(group.members.iter().filter(|i| !members.contains(i)).map(|&i| weights[i]));
            let places = (0..members.len()).filter(|&k| group.members.contains(&members[k]));
            Group { members: places.collect(), low: (group.min - outside) / total, high: (group.max - outside) / total }
        })
        .collect();
    let shares = ShareLimits { lower: share(&limits.lower), upper: share(&limits.upper), groups };
    let own: Vec<f64> = inside.iter().map(|&k| budgets[k]).collect();
    let found = budget_shares(&joint.covariance.minor(&inside), &own, &shares, &share(&weights))?;
    for (share, &i) in found.shares.iter().zip(&members) {
        weights[i] = (share * total).max(limits.lower[i]).min(limits.upper[i]);
    }
    let mut bindings = Vec::new();
    for (k, end) in found.at_bound {
        let i = members[k];
        let (name, value) = if end == End::High { ("max", limits.upper[i]) } else { ("min", limits.lower[i]) };
        weights[i] = value;
        bindings.push(Bound::of_strategy(name, i, value));
    }
    for (g, end) in found.at_group {
        let group = &limits.groups[g];
        let (name, value) = if end == End::High { ("max", group.max) } else { ("min", group.min) };
        bindings.push(Bound { limit: format!("groups.{}.{name}", group.name), strategy: None, value, shadow_price: None });
    }
    for group in &limits.groups {
        shave(&mut weights, &group.members, group.max, limits);
    }
    let all: Vec<usize> = (0..weights.len()).collect();
    shave(&mut weights, &all, limits.total, limits);
    Some(Placed { weights, bindings, status: CapitalStatus::Optimal })
}

/// Weights, sum one, whose risk contributions stand as the budgets; `None` where some long-only portfolio is free of risk.
pub fn risk_budget_weights(covariance: &Symmetric, budgets: &[f64]) -> Option<Vec<f64>> {
    let scaled = Scaled::new(covariance, budgets)?;
    let x = scaled.solve()?;
    let y: Vec<f64> = x.iter().zip(&scaled.deviation).map(|(x, deviation)| x / deviation).collect();
    normalised(&y)
}

fn normalised(y: &[f64]) -> Option<Vec<f64>> {
    let total = math::sum(y.iter().copied());
    (total > 0.0 && total.is_finite()).then(|| y.iter().map(|y| y / total).collect())
}

/// The problem in units of each strategy's own risk: correlations instead of covariances.
struct Scaled {
    deviation: Vec<f64>,
    correlation: Symmetric,
    budget: Vec<f64>,
}

impl Scaled {
    fn new(covariance: &Symmetric, budgets: &[f64]) -> Option<Self> {
        let deviation: Vec<f64> = covariance.diagonal().iter().map(|variance| variance.sqrt()).collect();
        if deviation.iter().any(|value| !(*value > 0.0)) || budgets.iter().any(|budget| !(*budget > 0.0)) {
            return None;
        }
        let total = math::sum(budgets.iter().copied());
        let correlation = Symmetric::from_lower(deviation.len(), |i, j| {
            if i == j { 1.0 } else { covariance.get(i, j) / (deviation[i] * deviation[j]) }
        });
        Some(Scaled { deviation, correlation, budget: budgets.iter().map(|budget| budget / total).collect() })
    }

    /// Largest |xᵢ(Cx)ᵢ − bᵢ|/bᵢ.
    fn error(&self, x: &[f64], product: &[f64]) -> f64 {
        (0..x.len()).fold(0.0, |most: f64, i| most.max((x[i] * product[i] - self.budget[i]).abs() / self.budget[i]))
    }

    fn solve(&self) -> Option<Vec<f64>> {
        let n = self.budget.len();
        // At the solution xᵀCx = 1; that of no correlation is √bᵢ.
        let mut x: Vec<f64> = self.budget.iter().map(|budget| budget.sqrt()).collect();
        let risk = self.correlation.quadratic(&x);
        if risk > 0.0 {
            let root = risk.sqrt();
            for x in &mut x {
                *x /= root;
            }
        }
        let mut product = self.correlation.times(&x);
        for _ in 0..SWEEPS_MAX {
            for i in 0..n {
                // The positive root of xᵢ² + aᵢxᵢ − bᵢ = 0, aᵢ the part of (Cx)ᵢ that comes from the others.
                let others = product[i] - x[i];
                let root = (others * others + 4.0 * self.budget[i]).sqrt();
                // Of the two forms the one that does not cancel.
                let next = if others > 0.0 { 2.0 * self.budget[i] / (others + root) } else { (root - others) / 2.0 };
                axpy(next - x[i], self.correlation.row(i), &mut product);
                x[i] = next;
            }
            self.correlation.times_into(&x, &mut product);
            if self.error(&x, &product) <= TOLERANCE {
                return Some(x);
            }
        }
        self.newton(x)
    }

    /// Newton's method with steps that keep x positive; the objective is self-concordant, so damped steps converge from anywhere.
    fn newton(&self, mut x: Vec<f64>) -> Option<Vec<f64>> {
        let mut best = f64::INFINITY;
        for _ in 0..STEPS_MAX {
            let product = self.correlation.times(&x);
            let error = self.error(&x, &product);
            if error <= TOLERANCE {
                return Some(x);
            }
            // Rounding is reached where errors stop falling.
            if error < 1e-11 && error >= best {
                return Some(x);
            }
            best = best.min(error);
            let gradient: Vec<f64> = (0..x.len()).map(|i| product[i] - self.budget[i] / x[i]).collect();
            let curvature: Vec<f64> = self.budget.iter().zip(&x).map(|(budget, x)| budget / (x * x)).collect();
            let step = self.step(&curvature, &gradient, forcing(error))?;
            let damping = damping(&step, &gradient, &x);
            for (x, step) in x.iter_mut().zip(&step) {
                *x -= damping * step;
            }
            if !x.iter().all(|x| *x > 0.0 && x.is_finite()) {
                return None;
            }
        }
        (best < 1e-9).then_some(x)
    }
}

impl Scaled {
    /// (C + diag(`curvature`))⁻¹·`gradient`. Near the solution `curvature` is as large as the common risk in C, so that the condition is
    /// small whatever the number of strategies.
    fn step(&self, curvature: &[f64], gradient: &[f64], tolerance: f64) -> Option<Vec<f64>> {
        let multiply = |x: &[f64], product: &mut [f64]| {
            self.correlation.times_into(x, product);
            for ((product, x), curvature) in product.iter_mut().zip(x).zip(curvature) {
                *product += curvature * x;
            }
        };
        let diagonal: Vec<f64> = curvature.iter().map(|curvature| 1.0 + curvature).collect();
        let entry = |i: usize, j: usize| self.correlation.get(i, j) + if i == j { curvature[i] } else { 0.0 };
        conjugate(multiply, &diagonal, gradient, tolerance).or_else(|| factored(entry, gradient))
    }
}

/// A⁻¹·b by conjugate gradients, to a residual of `tolerance` of b, the diagonal for preconditioner; `multiply` writes A·x. `None` where that
/// takes too long. Source: Golub and Van Loan (2013), "Matrix Computations", 4th edition, algorithm 11.5.1.
fn conjugate(multiply: impl Fn(&[f64], &mut [f64]), diagonal: &[f64], b: &[f64], tolerance: f64) -> Option<Vec<f64>> {
    let scaled = |residual: &[f64]| residual.iter().zip(diagonal).map(|(r, d)| r / d).collect::<Vec<f64>>();
    let (mut x, mut residual, mut product) = (vec![0.0; b.len()], b.to_vec(), vec![0.0; b.len()]);
    let mut along = scaled(&residual);
    let mut size = math::dot(&residual, &along);
    let enough = size * tolerance * tolerance;
    for _ in 0..MULTIPLICATIONS_MAX {
        if size <= enough {
            return Some(x);
        }
        multiply(&along, &mut product);
        let bend = math::dot(&along, &product);
        if !(bend > 0.0 && bend.is_finite()) {
            return None;
        }
        let length = size / bend;
        axpy(length, &along, &mut x);
        axpy(-length, &product, &mut residual);
        let next = scaled(&residual);
        let before = std::mem::replace(&mut size, math::dot(&residual, &next));
        let kept = size / before;
        for (along, next) in along.iter_mut().zip(&next) {
            *along = next + kept * *along;
        }
    }
    None
}

/// A⁻¹·b by a factor, where the condition of A is bad; `None` where A is not positive definite.
fn factored(entry: impl Fn(usize, usize) -> f64, b: &[f64]) -> Option<Vec<f64>> {
    let matrix = Symmetric::from_lower(b.len(), entry);
    Some(Cholesky::new(&matrix, 0.0).ok()?.solve_refined(&matrix, b, 1))
}

/// How exactly a step is solved: its own error is about the square of the one before it.
fn forcing(error: f64) -> f64 {
    0.1 * error.min(0.1)
}

/// Length of a step: one near the solution, else short enough to keep every coordinate positive and the objective falling.
fn damping(step: &[f64], gradient: &[f64], x: &[f64]) -> f64 {
    let decrement = math::dot(step, gradient).max(0.0).sqrt();
    let reach = step.iter().zip(x).fold(0.0_f64, |most, (step, x)| most.max(step / x));
    let damped = if decrement < 0.25 { 1.0 } else { 1.0 / (1.0 + decrement) };
    if reach * damped >= 0.99 { 0.99 / reach } else { damped }
}

/// Where a strategy ends under bounds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Share {
    AtLower,
    AtUpper,
    Free(f64),
}

/// Shares under bounds that are shares themselves: an active set of bounds, and Newton's method for the rest.
///
/// With the set A of the bounded at cᵢ, yᵢ = cᵢ·Σy for i in A, so Σy = Σ(free y)/(1 − C) and everything is a function of the free
/// ones. Multipliers tell which bound is none, and the solution tells which is missing.
fn bounded_shares(covariance: &Symmetric, budgets: &[f64], lower: &[f64], upper: &[f64]) -> Option<Vec<Share>> {
    let n = budgets.len();
    let total = math::sum(budgets.iter().copied());
    let budget: Vec<f64> = budgets.iter().map(|budget| budget / total).collect();
    // In units where a typical risk is one.
    let unit = covariance.trace() / n as f64;
    let matrix = covariance.scaled(1.0 / unit);
    let mut at = vec![None; n];
    let mut start: Vec<f64> = (0..n).map(|i| budget[i].sqrt() / matrix.get(i, i).sqrt()).collect();
    for _ in 0..SETS_PER_STRATEGY * n + 8 {
        let (shares, slope, solved) = solve_with(&matrix, &budget, &at, &start)?;
        start = solved;
        // Whoever is past a bound is set on it, all at once.
        let mut changed = false;
        for i in 0..n {
            if at[i].is_none() && (shares[i] > upper[i] || shares[i] < lower[i]) {
                at[i] = Some(if shares[i] > upper[i] { (upper[i], Share::AtUpper) } else { (lower[i], Share::AtLower) });
                changed = true;
            }
        }
        if !changed {
            // Whoever presses away from the bound is let go, the one that presses most.
            let pressure = |i: usize| match at[i] {
                Some((_, Share::AtUpper)) => slope[i],
                Some((_, Share::AtLower)) => -slope[i],
                _ => 0.0,
            };
            let loose =
                (0..n).filter(|&i| pressure(i) > 1e-12).max_by(|&a, &b| pressure(a).total_cmp(&pressure(b)).then(b.cmp(&a)));
            let Some(loose) = loose else {
                return Some((0..n).map(|i| at[i].map_or(Share::Free(shares[i]), |(_, share)| share)).collect());
            };
            at[loose] = None;
        }
        let taken = math::sum(at.iter().flatten().map(|(bound, _)| *bound));
        if taken >= 1.0 || at.iter().all(Option::is_some) {
            return None;
        }
    }
    None
}

/// Solves for the free with the others at their bounds; answers all shares, and for the bounded ∂F/∂y less the common slope: positive
/// where more of it would raise the objective; and where y ended, from which the next set may start.
fn solve_with(
    matrix: &Symmetric,
    budget: &[f64],
    at: &[Option<(f64, Share)>],
    start: &[f64],
) -> Option<(Vec<f64>, Vec<f64>, Vec<f64>)> {
    let n = budget.len();
    let free: Vec<usize> = (0..n).filter(|&i| at[i].is_none()).collect();
    let fixed: Vec<usize> = (0..n).filter(|&i| at[i].is_some()).collect();
    let taken = math::sum(at.iter().flatten().map(|(bound, _)| *bound));
    // yᵢ = dᵢ·Σ(free y) for the bounded.
    let d: Vec<f64> = fixed.iter().map(|&i| at[i].map_or(0.0, |(bound, _)| bound) / (1.0 - taken)).collect();
    let mut y: Vec<f64> = free.iter().map(|&i| start[i]).collect();
    let expand = |y: &[f64]| {
        let sum = math::sum(y.iter().copied());
        let mut all = vec![0.0; n];
        free.iter().zip(y).for_each(|(&i, y)| all[i] = *y);
        fixed.iter().zip(&d).for_each(|(&i, d)| all[i] = d * sum);
        (all, sum)
    };
    let inner = matrix.minor(&free);
    // (Σ d)ᵢ for all strategies, and dᵀΣd.
    let mut along = vec![0.0; n];
    fixed.iter().zip(&d).for_each(|(&j, d)| axpy(*d, matrix.row(j), &mut along));
    let bend = math::sum(fixed.iter().zip(&d).map(|(&j, d)| d * along[j]));
    // Budgets of those held at a bound above zero; at a bound of zero the logarithm has no value and the strategy no part.
    let held = math::sum(fixed.iter().zip(&d).filter(|(_, d)| **d > 0.0).map(|(&i, _)| budget[i]));
    let mut best = f64::INFINITY;
    for step_number in 0..STEPS_MAX {
        let (all, sum) = expand(&y);
        let product = matrix.times(&all);
        let common = math::sum(fixed.iter().zip(&d).map(|(&i, d)| d * product[i])) - held / sum;
        let gradient: Vec<f64> = free.iter().zip(&y).map(|(&i, y)| product[i] - budget[i] / y + common).collect();
        let error = free.iter().zip(&y).zip(&gradient).fold(0.0_f64, |most, ((&i, y), g)| most.max((g * y / budget[i]).abs()));
        if error <= TOLERANCE || (error < 1e-11 && error >= best) || step_number + 1 == STEPS_MAX {
            if error > 1e-9 {
                return None;
            }
            let total = math::sum(all.iter().copied());
            let shares = all.iter().map(|value| value / total).collect();
            // Stationarity of the free gives ∂F/∂yᵢ the common value −`common`.
            let slope = (0..n)
                .map(|i| if at[i].is_some() && all[i] > 0.0 { (product[i] - budget[i] / all[i] + common) * all[i] } else { 0.0 })
                .collect();
            // A strategy at a bound of zero that is let go later starts above it.
            let solved = (0..n).map(|i| if all[i] > 0.0 { all[i] } else { start[i] }).collect();
            return Some((shares, slope, solved));
        }
        best = best.min(error);
        let shared = bend + held / (sum * sum);
        let curvature: Vec<f64> = free.iter().zip(&y).map(|(&i, y)| budget[i] / (y * y)).collect();
        let entry = |i: usize, j: usize| {
            let curve = inner.get(i, j) + along[free[i]] + along[free[j]] + shared;
            if i == j { curve + curvature[i] } else { curve }
        };
        let multiply = |x: &[f64], product: &mut [f64]| {
            inner.times_into(x, product);
            let whole = math::sum(x.iter().copied());
            let bent = math::sum(x.iter().zip(&free).map(|(x, &i)| x * along[i])) + shared * whole;
            for (k, product) in product.iter_mut().enumerate() {
                *product += along[free[k]] * whole + bent + curvature[k] * x[k];
            }
        };
        let diagonal: Vec<f64> = (0..free.len()).map(|i| entry(i, i)).collect();
        let step = conjugate(multiply, &diagonal, &gradient, forcing(error)).or_else(|| factored(entry, &gradient))?;
        let damping = damping(&step, &gradient, &y);
        for (y, step) in y.iter_mut().zip(&step) {
            *y -= damping * step;
        }
        if !y.iter().all(|y| *y > 0.0 && y.is_finite()) {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contributions(covariance: &Symmetric, w: &[f64]) -> Vec<f64> {
        let product = covariance.times(w);
        let variance = math::dot(&product, w);
        w.iter().zip(&product).map(|(w, p)| w * p / variance).collect()
    }

    #[test]
    fn by_hand() {
        // Two strategies: whatever the correlation, weights are inverse to volatility: 1/0.1 : 1/0.2 = 2 : 1.
        for rho in [-0.5, 0.0, 0.9] {
            let s = Symmetric::from_rows(&[vec![0.01, rho * 0.02], vec![rho * 0.02, 0.04]]).unwrap();
            let w = risk_budget_weights(&s, &[1.0, 1.0]).unwrap();
            assert!((w[0] - 2.0 / 3.0).abs() < 1e-14, "{rho}: {w:?}");
        }
        // Without correlation budgets 1 : 4 make weights √1/0.1 : √4/0.2 = 1 : 1.
        let w = risk_budget_weights(&Symmetric::diagonal_of(&[0.01, 0.04]), &[1.0, 4.0]).unwrap();
        assert!((w[0] - 0.5).abs() < 1e-14);
    }

    #[test]
    fn contributions_are_the_budgets() {
        let n = 40;
        let s = Symmetric::from_lower(n, |i, j| {
            let (a, b) = (0.01 * (1 + i % 7) as f64, 0.01 * (1 + j % 7) as f64);
            a * b * if i == j { 1.0 } else { 0.3 + 0.5 / (1.0 + (i - j) as f64) }
        });
        let budgets: Vec<f64> = (1..=n).map(|i| i as f64).collect();
        let total = budgets.iter().sum::<f64>();
        let w = risk_budget_weights(&s, &budgets).unwrap();
        for (rc, budget) in contributions(&s, &w).iter().zip(&budgets) {
            assert!((rc / (budget / total) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn near_twins_and_odd_scales_converge() {
        let rho = 0.999_999;
        let s =
            Symmetric::from_rows(&[vec![1e-8, rho * 1e-8, 0.0], vec![rho * 1e-8, 1e-8, -1e-6], vec![0.0, -1e-6, 1e-2]]).unwrap();
        let w = risk_budget_weights(&s, &[1.0; 3]).unwrap();
        for rc in contributions(&s, &w) {
            assert!((rc - 1.0 / 3.0).abs() < 1e-11, "{rc}");
        }
        // A perfect hedge has no risk to share.
        let hedge = Symmetric::from_rows(&[vec![1.0, -1.0], vec![-1.0, 1.0]]).unwrap();
        assert_eq!(risk_budget_weights(&hedge, &[1.0, 1.0]), None);
        assert_eq!(risk_budget_weights(&Symmetric::zeros(1), &[1.0]), None);
    }

    #[test]
    fn a_bound_that_binds_is_held_and_the_rest_is_stationary() {
        // Without correlation ½Σσᵢ²yᵢ² − Σbᵢ·ln yᵢ; volatilities 1, 2, 4 make 4/7, 2/7, 1/7. With 0.4 for the first at most, by symmetry of the
        // remaining problem the others keep 2 : 1 only if their gradients agree, which the definition decides: checked by its conditions.
        let s = Symmetric::diagonal_of(&[1.0, 4.0, 16.0]);
        let shares = bounded_shares(&s, &[1.0; 3], &[0.0; 3], &[0.4, 1.0, 1.0]).unwrap();
        assert_eq!(shares[0], Share::AtUpper);
        let (Share::Free(second), Share::Free(third)) = (shares[1], shares[2]) else { panic!("{shares:?}") };
        assert!((second + third - 0.6).abs() < 1e-14);
        // The derivative along y with everything else at its best is zero: compare F at neighbours that keep the bound.
        let f = |w: [f64; 3]| {
            // min over the scale s of ½s²A − ln s·1 − Σ⅓ln w is at s² = 1/A.
            let a = w[0] * w[0] + 4.0 * w[1] * w[1] + 16.0 * w[2] * w[2];
            0.5 * math::ln(a) - w.iter().map(|w| math::ln(*w)).sum::<f64>() / 3.0
        };
        let here = f([0.4, second, third]);
        for e in [1e-4, -1e-4] {
            assert!(f([0.4, second + e, third - e]) > here);
        }
    }
}

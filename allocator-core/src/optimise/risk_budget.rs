//! Risk budgets under limits: the shares of risk that come nearest to their budgets, with bounds and groups inside the programme.
//!
//! minimise ½·yᵀΣy − Σbᵢ·ln yᵢ over y > 0 under lowerᵢ·Σy ≤ yᵢ ≤ upperᵢ·Σy and, for each group, low·Σy ≤ Σ(y of its members) ≤ high·Σy; the
//! weights are y/Σy. Without a limit that binds contributions are the budgets. Sources: Spinu (2013) for the objective; Richard and
//! Roncalli (2019), "Constrained Risk Budgeting Portfolios", for limits in it.
//!
//! **Conventions.** Every limit is a share of the whole. y is counted in units of each strategy's own risk. One exact quadratic programme a
//! step, then a line search, to rounding; a limit that binds is met to about 1e-12 and made exact by the caller.

use super::active_set::{self, Ending, RowPlace};
use super::limits::Group;
use super::programme::{Programme, Row};
use crate::linalg::Symmetric;
use crate::math;

/// Most steps; ten are usual.
const STEPS_MAX: usize = 200;

/// Limits as shares of the whole.
#[derive(Clone, Debug, PartialEq)]
pub struct ShareLimits {
    /// Least share, one a strategy.
    pub lower: Vec<f64>,
    /// Greatest share, one a strategy.
    pub upper: Vec<f64>,
    /// Sums of some shares.
    pub groups: Vec<Group>,
}

/// Which end of a limit binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The least.
    Low,
    /// The greatest.
    High,
}

/// Shares under limits, and what binds.
#[derive(Clone, Debug, PartialEq)]
pub struct BudgetShares {
    /// One share a strategy; their sum is 1.
    pub shares: Vec<f64>,
    /// Strategies at a bound.
    pub at_bound: Vec<(usize, End)>,
    /// Groups at a limit.
    pub at_group: Vec<(usize, End)>,
}

/// Shares whose risk contributions come nearest to budgets; `start` is a positive point that meets all limits.
///
/// `None` where some portfolio is free of risk, or where rounding keeps the search from its end.
pub fn budget_shares(covariance: &Symmetric, budgets: &[f64], limits: &ShareLimits, start: &[f64]) -> Option<BudgetShares> {
    let n = budgets.len();
    let deviation: Vec<f64> = covariance.diagonal().iter().map(|variance| variance.sqrt()).collect();
    if n == 0 || deviation.iter().any(|value| !(*value > 0.0)) || start.iter().any(|share| !(*share > 0.0)) {
        return None;
    }
    let total = math::sum(budgets.iter().copied());
    let problem =
        Problem {
            correlation: Symmetric::from_lower(n, |i, j| {
                if i == j { 1.0 } else { covariance.get(i, j) / (deviation[i] * deviation[j]) }
            }),
            budget: budgets.iter().map(|budget| budget / total).collect(),
        };
    let mut x: Vec<f64> = start.iter().zip(&deviation).map(|(share, deviation)| share * deviation).collect();
    // Along the ray through a point the best scale has xᵀCx = 1.
    let risk = problem.correlation.quadratic(&x);
    if !(risk > 0.0) {
        return None;
    }
    for x in &mut x {
        *x /= risk.sqrt();
    }
    let (rows, names) = rows_of(limits, &deviation);
    let places = problem.minimise(&mut x, &rows)?;
    let y: Vec<f64> = x.iter().zip(&deviation).map(|(x, deviation)| x / deviation).collect();
    let whole = math::sum(y.iter().copied());
    let mut found = BudgetShares { shares: y.iter().map(|y| y / whole).collect(), at_bound: Vec::new(), at_group: Vec::new() };
    for (place, name) in places.iter().zip(&names) {
        match (place, name) {
            (RowPlace::AtHigh, (Some(i), _, end)) => found.at_bound.push((*i, *end)),
            (RowPlace::AtHigh, (None, g, end)) => found.at_group.push((*g, *end)),
            _ => {}
        }
    }
    Some(found)
}

/// A row's strategy or group, and which end of its limit it is.
type Name = (Option<usize>, usize, End);

/// Every limit that can bind as a row f(x) ≤ 0.
fn rows_of(limits: &ShareLimits, deviation: &[f64]) -> (Vec<Row>, Vec<Name>) {
    let n = deviation.len();
    let (mut rows, mut names) = (Vec::new(), Vec::new());
    let mut push = |members: &[usize], share: f64, end: End, name: (Option<usize>, usize)| {
        let sign = if end == End::High { 1.0 } else { -1.0 };
        let coefficient = |i: usize| sign * (f64::from(u8::from(members.contains(&i))) - share) / deviation[i];
        // Of one size, whatever the strategies' risk.
        let row: Vec<f64> = (0..n).map(coefficient).collect();
        let size = row.iter().fold(0.0_f64, |most, c| most.max(c.abs()));
        if size > 0.0 {
            rows.push(Row::linear(row.iter().map(|c| c / size).collect(), f64::NEG_INFINITY, 0.0, 0.0));
            names.push((name.0, name.1, end));
        }
    };
    for i in 0..n {
        if limits.upper[i] < 1.0 {
            push(&[i], limits.upper[i], End::High, (Some(i), 0));
        }
        if limits.lower[i] > 0.0 {
            push(&[i], limits.lower[i], End::Low, (Some(i), 0));
        }
    }
    for (g, group) in limits.groups.iter().enumerate() {
        if group.high < 1.0 {
            push(&group.members, group.high, End::High, (None, g));
        }
        if group.low > 0.0 {
            push(&group.members, group.low, End::Low, (None, g));
        }
    }
    (rows, names)
}

struct Problem {
    correlation: Symmetric,
    budget: Vec<f64>,
}

impl Problem {
    /// ½·xᵀCx − Σbᵢ·ln xᵢ; `None` outside its domain.
    fn value(&self, x: &[f64]) -> Option<f64> {
        if x.iter().any(|x| !(*x > 0.0)) {
            return None;
        }
        let logs = math::sum(x.iter().zip(&self.budget).map(|(x, budget)| budget * math::ln(*x)));
        Some(0.5 * self.correlation.quadratic(x) - logs)
    }

    /// Moves x to the minimum under the rows; where they are there.
    fn minimise(&self, x: &mut Vec<f64>, rows: &[Row]) -> Option<Vec<RowPlace>> {
        let n = x.len();
        let mut programme = Programme::new(vec![0.0; n * n], vec![0.0; n], vec![0.0; n], vec![0.0; n]);
        programme.rows = rows.to_vec();
        let mut places: Vec<RowPlace> = Vec::new();
        let mut quiet = 0;
        for _ in 0..STEPS_MAX {
            let product = self.correlation.times(x);
            let gradient: Vec<f64> = (0..n).map(|i| product[i] - self.budget[i] / x[i]).collect();
            for i in 0..n {
                let row = &mut programme.quadratic[i * n..(i + 1) * n];
                row.copy_from_slice(self.correlation.row(i));
                row[i] += self.budget[i] / (x[i] * x[i]);
                programme.linear[i] = gradient[i] - math::dot(row, x);
                // A step that leaves a tenth of a coordinate at least, and at most ten times of it.
                (programme.low[i], programme.high[i]) = (0.1 * x[i], 10.0 * x[i]);
            }
            programme.proximity = Programme::proximity_of(&programme.quadratic, &programme.linear);
            programme.centre.clone_from(x);
            let price = 1e4 * programme.scale();
            for row in &mut programme.rows {
                row.price = price;
            }
            let outcome = active_set::solve_from(&programme, x, &places);
            if outcome.ending == Ending::NotConvex {
                return None;
            }
            places.clone_from(&outcome.rows);
            let step: Vec<f64> = outcome.x.iter().zip(x.iter()).map(|(to, from)| to - from).collect();
            let longest = step.iter().zip(x.iter()).fold(0.0_f64, |most, (step, x)| most.max((step / x).abs()));
            let promised = math::dot(&gradient, &step);
            let now = self.value(x)?;
            let mut length = 1.0;
            let mut improved = false;
            for _ in 0..50 {
                let next: Vec<f64> = x.iter().zip(&step).map(|(x, step)| x + length * step).collect();
                let rounding = 8.0 * f64::EPSILON * (1.0 + now.abs());
                if let Some(then) = self.value(&next).filter(|then| *then <= now + (1e-4 * length * promised).min(0.0) + rounding)
                {
                    improved = then < now;
                    *x = next;
                    break;
                }
                length *= 0.5;
            }
            quiet = if improved { 0 } else { quiet + 1 };
            if length == 1.0 && (longest <= 1e-13 || (longest <= 1e-9 && quiet >= 2)) {
                return Some(places);
            }
            if quiet >= 6 {
                return (longest <= 1e-7).then_some(places);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(n: usize) -> ShareLimits {
        ShareLimits { lower: vec![0.0; n], upper: vec![1.0; n], groups: Vec::new() }
    }

    fn contributions(covariance: &Symmetric, w: &[f64]) -> Vec<f64> {
        let product = covariance.times(w);
        let variance = math::dot(&product, w);
        w.iter().zip(&product).map(|(w, p)| w * p / variance).collect()
    }

    #[test]
    fn without_limits_contributions_are_the_budgets() {
        let s = Symmetric::from_rows(&[vec![0.01, 0.002, 0.001], vec![0.002, 0.04, -0.003], vec![0.001, -0.003, 0.09]]).unwrap();
        let found = budget_shares(&s, &[1.0, 2.0, 3.0], &free(3), &[1.0 / 3.0; 3]).unwrap();
        for (rc, budget) in contributions(&s, &found.shares).iter().zip([1.0, 2.0, 3.0]) {
            assert!((rc - budget / 6.0).abs() < 1e-11, "{rc}");
        }
    }

    #[test]
    fn a_group_that_binds_by_hand() {
        // Four alike without correlation get a quarter each. Two of them together at most 0.3: by symmetry 0.15 and 0.15, and 0.35 each for
        // the others.
        let s = Symmetric::diagonal_of(&[0.04; 4]);
        let groups = vec![Group { members: vec![0, 1], low: f64::NEG_INFINITY, high: 0.3 }];
        let found = budget_shares(&s, &[1.0; 4], &ShareLimits { groups, ..free(4) }, &[0.1, 0.1, 0.4, 0.4]).unwrap();
        for (share, wanted) in found.shares.iter().zip([0.15, 0.15, 0.35, 0.35]) {
            assert!((share - wanted).abs() < 1e-11, "{found:?}");
        }
        assert_eq!((found.at_group, found.at_bound), (vec![(0, End::High)], vec![]));
        // And at least 0.7 together: 0.35 each.
        let groups = vec![Group { members: vec![2, 3], low: 0.7, high: 1.0 }];
        let found = budget_shares(&s, &[1.0; 4], &ShareLimits { groups, ..free(4) }, &[0.1, 0.1, 0.4, 0.4]).unwrap();
        assert!((found.shares[2] - 0.35).abs() < 1e-11 && found.at_group == [(0, End::Low)], "{found:?}");
    }

    #[test]
    fn the_free_are_stationary_where_a_group_binds() {
        let s = Symmetric::from_rows(&[vec![0.01, 0.006, 0.0], vec![0.006, 0.04, 0.01], vec![0.0, 0.01, 0.09]]).unwrap();
        let groups = vec![Group { members: vec![0, 1], low: f64::NEG_INFINITY, high: 0.5 }];
        let found = budget_shares(&s, &[1.0; 3], &ShareLimits { groups, ..free(3) }, &[0.2, 0.2, 0.6]).unwrap();
        // F with the scale at its best: ½·ln wᵀΣw − ⅓Σ ln w, along the limit, where the third keeps its half.
        let f = |w: [f64; 3]| 0.5 * math::ln(s.quadratic(&w)) - w.iter().map(|w| math::ln(*w)).sum::<f64>() / 3.0;
        let [a, b, c] = [found.shares[0], found.shares[1], found.shares[2]];
        assert!((a + b - 0.5).abs() < 1e-12 && (c - 0.5).abs() < 1e-12);
        for e in [1e-4, -1e-4] {
            assert!(f([a + e, b - e, c]) > f([a, b, c]));
        }
        // Less of the group would be worse, so that the limit binds: the free answer holds more of it.
        assert!(f([a - 1e-4, b, c + 1e-4]) > f([a, b, c]));
    }
}

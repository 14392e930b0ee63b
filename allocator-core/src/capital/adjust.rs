//! From wanted weights to weights that may be traded: target volatility, smallest trade, turnover budget.
//!
//! **Conventions.** Target volatility comes first: exposure is scaled so that the expected volatility is at most the target, upward only
//! with `leverage_max` above 1 and never above a maximum. Then changes below `trade_min` are not made and the rest is filled again. The
//! turnover budget comes last: w = s + λ(w* − s) with the largest λ in [0, 1] that Σ|w − previous| allows, s being the previous weights
//! moved just far enough to hold every limit. Sets of limits are convex, so what lies between two points that hold them holds them too.

use super::fill::{fill, shave};
use super::limits::{Conflict, Limits, percent};
use crate::math;

/// Exposure that the expected volatility allows: the factor on weights, and the volatility before.
pub(super) struct Scaling {
    pub(super) factor: f64,
    pub(super) volatility: f64,
}

/// The factor that brings a volatility to its target within leverage and maximums; `None` where nothing changes.
pub(super) fn scaling(weights: &[f64], volatility: f64, target: f64, leverage_max: f64, limits: &Limits) -> Option<Scaling> {
    let gross = math::sum(weights.iter().copied());
    if volatility <= 0.0 || gross <= 0.0 {
        return None;
    }
    let wanted = target / volatility;
    let factor = if wanted <= 1.0 {
        wanted
    } else {
        // What leverage adds lies on top of the capital less the reserve; no maximum is passed on the way up.
        let room = weights
            .iter()
            .zip(&limits.upper)
            .filter(|(weight, _)| **weight > 0.0)
            .fold(f64::INFINITY, |room, (weight, upper)| room.min(upper / weight));
        let groups = limits.groups.iter().fold(f64::INFINITY, |room, group| {
            let held = math::sum(group.members.iter().map(|&i| weights[i]));
            if held > 0.0 { room.min(group.max / held) } else { room }
        });
        let most = limits.total - 1.0 + leverage_max;
        wanted.min(most / gross).min(room).min(groups).max(1.0)
    };
    ((factor - 1.0).abs() > 1e-15).then_some(Scaling { factor, volatility })
}

/// Scales weights; a maximum that is reached is held to the last bit.
pub(super) fn scale(weights: &mut [f64], factor: f64, limits: &Limits, most: f64) {
    for (weight, upper) in weights.iter_mut().zip(&limits.upper) {
        *weight = (*weight * factor).min(*upper);
    }
    let all: Vec<usize> = (0..weights.len()).collect();
    shave(weights, &all, most, limits);
    for group in &limits.groups {
        shave(weights, &group.members, group.max, limits);
    }
}

/// Leaves trades below the smallest one undone and fills the others again; answers who stays as it is.
pub(super) fn without_small_trades(weights: &mut Vec<f64>, base: &[f64], limits: &Limits, target: f64) -> Vec<usize> {
    let Some(previous) = &limits.previous else { return Vec::new() };
    let mut kept: Vec<usize> = Vec::new();
    let mut fixed = limits.clone();
    // Each round keeps one strategy more, so there are no more rounds than strategies.
    for _ in 0..weights.len() {
        let small: Vec<usize> = (0..weights.len())
            .filter(|i| !kept.contains(i))
            .filter(|&i| {
                let change = (weights[i] - previous[i]).abs();
                let allowed = previous[i] >= limits.lower[i] && previous[i] <= limits.upper[i];
                change > 0.0 && change < limits.trade_min && allowed
            })
            .collect();
        if small.is_empty() {
            break;
        }
        for &i in &small {
            fixed.lower[i] = previous[i];
            fixed.upper[i] = previous[i];
        }
        let held = math::sum(fixed.lower.iter().copied());
        let full = fixed.groups.iter().any(|group| math::sum(group.members.iter().map(|&i| fixed.lower[i])) > group.max);
        if held > target.max(math::sum(weights.iter().copied())) || full {
            // Keeping them all would break a limit: the trades are made after all.
            break;
        }
        kept.extend(small);
        *weights = fill(base, &fixed, target).weights;
    }
    kept.sort_unstable();
    kept
}

/// Keeps the turnover within its budget; answers the share of the wanted change that is made, and what gave way.
pub(super) fn within_turnover(weights: &mut [f64], limits: &Limits, budget: f64) -> (f64, Option<Conflict>) {
    let Some(previous) = &limits.previous else { return (1.0, None) };
    let distance = |a: &[f64], b: &[f64]| math::sum(a.iter().zip(b).map(|(a, b)| (a - b).abs()));
    if distance(weights, previous) <= budget {
        return (1.0, None);
    }
    let start = nearest_allowed(previous, limits);
    let needed = distance(&start, previous);
    let conflict = (needed > budget).then(|| Conflict {
        limits: vec![String::from("max"), String::from("turnover_max")],
        relaxed_to: needed,
        text: format!(
            "What is held breaks limits, and mending it takes a turnover of {}, above turnover_max {}.",
            percent(needed),
            percent(budget)
        ),
    });
    let way = distance(weights, &start);
    let left = (budget - needed).max(0.0);
    let mut share = if way > 0.0 { (left / way).min(1.0) } else { 0.0 };
    let wanted = weights.to_vec();
    // Rounding may carry the turnover past the budget by a few units in the last place: a little less of the way, then.
    for _ in 0..60 {
        for (i, weight) in weights.iter_mut().enumerate() {
            *weight = if share == 0.0 { start[i] } else { (start[i] + share * (wanted[i] - start[i])).min(limits.upper[i]) };
        }
        if share == 0.0 || distance(weights, previous) <= budget {
            break;
        }
        share = (share - share * f64::EPSILON * 8.0).max(0.0);
    }
    (share, conflict)
}

/// What is held, moved just far enough to hold every limit.
fn nearest_allowed(previous: &[f64], limits: &Limits) -> Vec<f64> {
    let mut start: Vec<f64> = previous
        .iter()
        .zip(limits.lower.iter().zip(&limits.upper))
        .map(|(held, (low, high))| held.max(*low).min(*high))
        .collect();
    let all: Vec<usize> = (0..start.len()).collect();
    lower_to(&mut start, &all, limits.total, limits);
    for group in &limits.groups {
        lower_to(&mut start, &group.members, group.max, limits);
    }
    start
}

/// Lowers what some strategies hold above their minimum, in proportion, until their sum is at most `most`.
fn lower_to(weights: &mut [f64], members: &[usize], most: f64, limits: &Limits) {
    let sum = math::sum(members.iter().map(|&i| weights[i]));
    if sum <= most {
        return;
    }
    let movable = math::sum(members.iter().map(|&i| weights[i] - limits.lower[i]));
    if movable > 0.0 {
        let factor = ((sum - most) / movable).min(1.0);
        for &i in members {
            weights[i] -= factor * (weights[i] - limits.lower[i]);
        }
    }
    shave(weights, members, most, limits);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(previous: &[f64]) -> Limits {
        Limits { previous: Some(previous.to_vec()), ..Limits::free(previous.len(), 1.0) }
    }

    #[test]
    fn half_the_way_is_half_the_turnover() {
        // From 80/20 to 20/80 is a turnover of 1.2; a budget of 0.6 goes half the way.
        let mut weights = vec![0.2, 0.8];
        let (share, conflict) = within_turnover(&mut weights, &held(&[0.8, 0.2]), 0.6);
        assert!((share - 0.5).abs() < 1e-12 && conflict.is_none());
        assert!((weights[0] - 0.5).abs() < 1e-12 && (weights[1] - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_budget_of_nothing_trades_nothing() {
        let mut weights = vec![0.2, 0.8];
        assert_eq!(within_turnover(&mut weights, &held(&[0.7, 0.3]), 0.0), (0.0, None));
        assert_eq!(weights, [0.7, 0.3]);
        // What is held above a cap must come down all the same, and it is said what that takes.
        let limits = Limits { upper: vec![0.4, 1.0], ..held(&[0.7, 0.3]) };
        let mut weights = vec![0.4, 0.6];
        let (_, conflict) = within_turnover(&mut weights, &limits, 0.0);
        assert_eq!(weights, [0.4, 0.3]);
        assert!((conflict.unwrap().relaxed_to - 0.3).abs() < 1e-12);
    }

    #[test]
    fn small_trades_are_not_made() {
        // Wanted thirds from 0.33, 0.40, 0.27: the first change is below 1 %, the others share what is left.
        let limits = Limits { trade_min: 0.01, ..held(&[0.33, 0.40, 0.27]) };
        let mut weights = vec![1.0 / 3.0; 3];
        assert_eq!(without_small_trades(&mut weights, &[1.0; 3], &limits, 1.0), [0]);
        assert_eq!(weights[0], 0.33);
        assert!((weights[1] - 0.335).abs() < 1e-12 && (weights[2] - 0.335).abs() < 1e-12);
    }

    #[test]
    fn exposure_follows_the_target() {
        let limits = Limits { upper: vec![0.6, 0.6], ..Limits::free(2, 1.0) };
        // 20 % to 10 %: half. 10 % to 20 % with leverage 2, but no strategy above 0.6: a fifth more.
        assert_eq!(scaling(&[0.5, 0.5], 0.2, 0.1, 1.0, &limits).unwrap().factor, 0.5);
        assert!((scaling(&[0.5, 0.5], 0.1, 0.2, 2.0, &limits).unwrap().factor - 1.2).abs() < 1e-15);
        assert!(scaling(&[0.5, 0.5], 0.1, 0.2, 1.0, &limits).is_none());
    }
}

//! Water-filling under minimums, maximums and groups: wᵢ = min(max(bᵢ·t, lowerᵢ), upperᵢ) with one level t for all.
//!
//! The level rises from nothing until the target is placed. Whoever reaches the maximum stops there, with the bits of the maximum;
//! whoever is still below the minimum waits there; a group at its maximum stops all its members. Between those that move ratios are
//! those of the base. With maximums alone this is "clip to the cap, hand the excess to the uncapped in proportion, repeat". Source:
//! Bertsekas and Gallager (1992), "Data Networks", section 6.5.2 (max-min fairness), weighted.
//!
//! **Conventions.** A base of zero holds its minimum and never rises. Minimums of a group are met by raising its members, in their
//! proportions, before the rest is filled. Work is bounded: each event stops a strategy, lets one start, or closes a group.

use super::limits::Limits;
use crate::math;

/// A filled portfolio.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    /// Weights.
    pub weights: Vec<f64>,
    /// Groups, by index, that are at their maximum.
    pub full_groups: Vec<usize>,
    /// Groups, by index, that were raised to their minimum.
    pub raised_groups: Vec<usize>,
}

/// Fills up to `target` in the proportions of `base` (0 and above, finite).
pub fn fill(base: &[f64], limits: &Limits, target: f64) -> Filled {
    let mut lower = limits.lower.clone();
    let mut raised = Vec::new();
    // Each round raises one group at least, so there are no more rounds than groups.
    for _ in 0..=limits.groups.len() {
        let filled = rise(base, &lower, limits, target);
        let short = limits.groups.iter().enumerate().find(|(g, group)| {
            let held = math::sum(group.members.iter().map(|&i| filled.weights[i]));
            held < group.min * (1.0 - 1e-12) && !raised.contains(g)
        });
        let Some((g, group)) = short else {
            return settle(Filled { raised_groups: raised, ..filled }, base, limits, target);
        };
        // The members by themselves, up to the minimum of the group, under every other limit. Without a base of their own they share evenly.
        let inside = |i: usize| group.members.contains(&i);
        let idle = group.members.iter().all(|&i| base[i] <= 0.0);
        let own: Vec<f64> = (0..base.len())
            .map(|i| match (inside(i), idle) {
                (false, _) => 0.0,
                (true, true) => 1.0,
                (true, false) => base[i],
            })
            .collect();
        let outside = math::sum((0..base.len()).filter(|&i| !inside(i)).map(|i| lower[i]));
        let inner = rise(&own, &lower, limits, (outside + group.min).min(target));
        for &i in &group.members {
            lower[i] = lower[i].max(inner.weights[i]);
        }
        raised.push(g);
    }
    let filled = rise(base, &lower, limits, target);
    settle(Filled { raised_groups: raised, ..filled }, base, limits, target)
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Waiting,
    Rising,
    Stopped,
}

/// The level rises; minimums of groups are for the caller.
fn rise(base: &[f64], lower: &[f64], limits: &Limits, target: f64) -> Filled {
    let n = base.len();
    let mut weight: Vec<f64> = lower.to_vec();
    let mut state: Vec<State> = (0..n)
        .map(|i| match base[i] > 0.0 && limits.upper[i] > lower[i] {
            true if lower[i] > 0.0 => State::Waiting,
            true => State::Rising,
            false => State::Stopped,
        })
        .collect();
    let mut full = Vec::new();
    let mut level = 0.0_f64;
    // Each event changes one state for good: two a strategy, one a group, and the end.
    for _ in 0..=2 * n + limits.groups.len() {
        close_groups(&weight, &mut state, limits, &mut full, base, level);
        let held = |indices: &mut dyn Iterator<Item = usize>| {
            let (mut fixed, mut slope) = (Vec::new(), Vec::new());
            for i in indices {
                if state[i] == State::Rising { slope.push(base[i]) } else { fixed.push(weight[i]) }
            }
            (math::sum(fixed), math::sum(slope))
        };
        let reaches = |(fixed, slope): (f64, f64), cap: f64| {
            if slope > 0.0 { ((cap - fixed) / slope).max(level) } else { f64::INFINITY }
        };
        let end = reaches(held(&mut (0..n)), target);
        let mut next = (end, None);
        for i in 0..n {
            let at = match state[i] {
                State::Waiting => lower[i] / base[i],
                State::Rising => limits.upper[i] / base[i],
                State::Stopped => continue,
            };
            if at < next.0 {
                next = (at, Some(i));
            }
        }
        let mut group = None;
        for (g, bound) in limits.groups.iter().enumerate().filter(|(g, _)| !full.contains(g)) {
            let at = reaches(held(&mut bound.members.iter().copied()), bound.max);
            if at < next.0 {
                next = (at, None);
                group = Some(g);
            }
        }
        if next.0.is_infinite() {
            break;
        }
        level = level.max(next.0);
        match (next.1, group) {
            (_, Some(g)) => {
                full.push(g);
                for &i in &limits.groups[g].members {
                    if state[i] == State::Rising {
                        weight[i] = base[i] * level;
                    }
                    state[i] = State::Stopped;
                }
            }
            (Some(i), None) if state[i] == State::Waiting => state[i] = State::Rising,
            (Some(i), None) => {
                weight[i] = limits.upper[i];
                state[i] = State::Stopped;
            }
            (None, None) => {
                for i in 0..n {
                    if state[i] == State::Rising {
                        weight[i] = base[i] * level;
                    }
                }
                break;
            }
        }
    }
    for i in 0..n {
        weight[i] = weight[i].max(lower[i]).min(limits.upper[i]);
    }
    full.sort_unstable();
    Filled { weights: weight, full_groups: full, raised_groups: Vec::new() }
}

/// Stops the members of groups that are full before anything rises.
fn close_groups(weight: &[f64], state: &mut [State], limits: &Limits, full: &mut Vec<usize>, base: &[f64], level: f64) {
    for (g, group) in limits.groups.iter().enumerate() {
        if full.contains(&g) {
            continue;
        }
        let held = math::sum(group.members.iter().map(|&i| if state[i] == State::Rising { base[i] * level } else { weight[i] }));
        if held >= group.max && group.members.iter().any(|&i| state[i] != State::Stopped) && level == 0.0 {
            full.push(g);
            for &i in &group.members {
                state[i] = State::Stopped;
            }
        }
    }
}

/// Takes units in the last place off the largest movable weight wherever a sum, taken in order, exceeds the total or a group's maximum.
fn settle(mut filled: Filled, base: &[f64], limits: &Limits, target: f64) -> Filled {
    let all: Vec<usize> = (0..base.len()).collect();
    shave(&mut filled.weights, &all, target, limits);
    for group in &limits.groups {
        shave(&mut filled.weights, &group.members, group.max, limits);
    }
    filled
}

/// Lowers one weight by a few units in the last place until the sum of `members`, taken in order, is at most `most`.
pub(super) fn shave(weights: &mut [f64], members: &[usize], most: f64, limits: &Limits) {
    let sum = |weights: &[f64]| members.iter().fold(0.0, |sum, &i| sum + weights[i]);
    let over = sum(weights) - most;
    // More than rounding is a minimum that holds against the target, which is not for this to mend.
    if over <= 0.0 || over > 1e-12 * members.len() as f64 {
        return;
    }
    // Whoever is above the minimum by most gives way; where all stand at theirs, the largest, for nothing can be taken off nothing.
    let room = |i: usize| weights[i] - limits.lower[i];
    let order = |a: usize, b: usize| room(a).total_cmp(&room(b)).then(weights[a].total_cmp(&weights[b])).then(b.cmp(&a));
    let Some(&row) = members.iter().max_by(|&&a, &&b| order(a, b)) else { return };
    let mut step = f64::EPSILON * weights[row] / 2.0;
    for _ in 0..60 {
        if sum(weights) <= most {
            return;
        }
        weights[row] = (weights[row] - step).max(0.0);
        step *= 2.0;
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits::GroupBound;
    use super::*;

    fn bounded(lower: &[f64], upper: &[f64]) -> Limits {
        Limits { lower: lower.to_vec(), upper: upper.to_vec(), ..Limits::free(lower.len(), 1.0) }
    }

    fn near(got: &[f64], wanted: &[f64]) {
        assert_eq!(got.len(), wanted.len());
        assert!(got.iter().zip(wanted).all(|(got, wanted)| (got - wanted).abs() < 1e-14), "{got:?} {wanted:?}");
    }

    #[test]
    fn maximums_by_hand() {
        // 6 : 3 : 1 under 0.4: the first stops at 0.4, the others share 0.6 as 3 : 1 makes 0.45 and 0.15; the second stops too.
        let filled = fill(&[6.0, 3.0, 1.0], &bounded(&[0.0; 3], &[0.4; 3]), 1.0);
        near(&filled.weights, &[0.4, 0.4, 0.2]);
        assert_eq!((filled.weights[0], filled.weights[1]), (0.4, 0.4));
        // Two under 40 %: both there, the rest is nobody's.
        near(&fill(&[9.0, 1.0], &bounded(&[0.0; 2], &[0.4; 2]), 1.0).weights, &[0.4, 0.4]);
    }

    #[test]
    fn minimums_by_hand() {
        // 8 : 1 : 1 with 0.2 each at least: the small ones wait at 0.2, and 0.6 is left. A base of zero holds its minimum.
        near(&fill(&[8.0, 1.0, 1.0], &bounded(&[0.2; 3], &[1.0; 3]), 1.0).weights, &[0.6, 0.2, 0.2]);
        near(&fill(&[1.0, 0.0], &bounded(&[0.0, 0.05], &[1.0; 2]), 1.0).weights, &[0.95, 0.05]);
        // Scores 1.0, 0.0, 0.5 with a floor that really is 5 %: 0.95 is left for 2 : 1.
        near(&fill(&[1.0, 0.0, 0.5], &bounded(&[0.05; 3], &[1.0; 3]), 1.0).weights, &[0.95 * 2.0 / 3.0, 0.05, 0.95 / 3.0]);
    }

    #[test]
    fn groups_by_hand() {
        // Four equal ones, the first two together at most 0.3: 0.15 each, and 0.35 for the others.
        let group = |min: f64, max: f64| GroupBound { name: String::from("g"), members: vec![0, 1], min, max };
        let limits = Limits { groups: vec![group(0.0, 0.3)], ..Limits::free(4, 1.0) };
        let filled = fill(&[1.0; 4], &limits, 1.0);
        near(&filled.weights, &[0.15, 0.15, 0.35, 0.35]);
        assert_eq!(filled.full_groups, [0]);
        // At least 0.8 for them: 0.4 each, and 0.1 for the others.
        let limits = Limits { groups: vec![group(0.8, 1.0)], ..Limits::free(4, 1.0) };
        let filled = fill(&[1.0; 4], &limits, 1.0);
        near(&filled.weights, &[0.4, 0.4, 0.1, 0.1]);
        assert_eq!(filled.raised_groups, [0]);
    }

    #[test]
    fn nothing_to_fill() {
        assert_eq!(fill(&[], &Limits::free(0, 1.0), 1.0).weights, Vec::<f64>::new());
        near(&fill(&[0.0, 0.0], &Limits::free(2, 1.0), 1.0).weights, &[0.0, 0.0]);
        near(&fill(&[1.0, 3.0], &Limits::free(2, 1.0), 0.0).weights, &[0.0, 0.0]);
    }

    #[test]
    fn a_sum_is_never_above_the_target_by_a_bit() {
        for n in 1..200_usize {
            let base: Vec<f64> = (0..n).map(|i| 1.0 / (i + 3) as f64).collect();
            let weights = fill(&base, &Limits::free(n, 1.0), 1.0).weights;
            let sum = weights.iter().fold(0.0, |sum, weight| sum + weight);
            assert!(sum <= 1.0 && sum > 1.0 - 1e-12, "{n}: {sum:e}");
        }
    }
}

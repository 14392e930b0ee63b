//! What must hold of every optimiser whatever the numbers: limits, optimality proven from outside, blindness to order.
#![allow(clippy::disallowed_methods, reason = "what is expected may come from the platform: it is compared within a tolerance")]
// The generator of cases is a native tool.
#![cfg(not(target_arch = "wasm32"))]

use allocator_core::optimise::{
    Costs, Group, Limits, Nothing, Solution, Status, conditional_drawdown, conditional_value_at_risk, log_growth,
    max_diversification, max_sharpe, min_cdar, min_cvar, min_variance, portfolio_volatility, robust_mean_variance, target_return,
    target_risk, utility,
};
use proptest::prelude::*;

/// A desk: scenarios by rows, their mean and covariance, and limits.
#[derive(Clone)]
struct Desk {
    n: usize,
    scenarios: Vec<f64>,
    mean: Vec<f64>,
    covariance: Vec<f64>,
    limits: Limits,
    costs: Costs,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // On one line, so that a failure can be tried again.
        let Desk { n, scenarios, mean, covariance, limits, costs } = self;
        write!(f, "n {n} scenarios {scenarios:?} mean {mean:?} covariance {covariance:?} limits {limits:?} costs {costs:?}")
    }
}

fn moments(scenarios: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let count = (scenarios.len() / n) as f64;
    let mean: Vec<f64> = (0..n).map(|i| scenarios.iter().skip(i).step_by(n).sum::<f64>() / count).collect();
    let mut covariance = vec![0.0; n * n];
    for row in scenarios.chunks_exact(n) {
        for i in 0..n {
            for j in 0..n {
                covariance[i * n + j] += (row[i] - mean[i]) * (row[j] - mean[j]) / (count - 1.0).max(1.0);
            }
        }
    }
    (mean, covariance)
}

/// Fewer days than strategies happens, and so do two strategies that are the same.
fn desks() -> impl Strategy<Value = Desk> {
    (2_usize..9, 3_usize..40, any::<bool>())
        .prop_flat_map(|(n, days, twins)| {
            (
                Just((n, twins)),
                prop::collection::vec(-0.06_f64..0.07, n * days),
                prop::collection::vec(0.0_f64..0.15, n),
                prop::collection::vec(0.2_f64..1.0, n),
                prop::collection::vec(0.0_f64..1.0, n),
                (prop::option::of(0.3_f64..0.9), prop::option::of(0.05_f64..1.2), prop::option::of(0.1_f64..0.6)),
                (any::<bool>(), 0.0_f64..0.01, prop::option::of(1_usize..n)),
            )
        })
        .prop_map(|((n, twins), mut scenarios, low, high, held, (group, turnover, change), (invested, cost, split))| {
            if twins {
                for row in scenarios.chunks_exact_mut(n) {
                    row[1] = row[0];
                }
            }
            let (mean, covariance) = moments(&scenarios, n);
            let total: f64 = held.iter().sum::<f64>().max(1e-9);
            let previous: Vec<f64> = held.iter().map(|weight| weight / total).collect();
            let low: Vec<f64> = low.iter().map(|low| if *low < 0.07 { 0.0 } else { low / n as f64 }).collect();
            let groups = group.zip(split).map(|(high, split)| Group { members: (0..split).collect(), low: 0.0, high });
            let limits = Limits {
                low,
                high,
                total_low: if invested { 1.0 } else { 0.0 },
                total_high: 1.0,
                groups: groups.into_iter().collect(),
                previous,
                change_max: change,
                turnover_max: turnover,
                gross_max: None,
                volatility_max: None,
            };
            let costs = if cost > 0.005 { Costs { linear: vec![cost; n], impact: Vec::new() } } else { Costs::none() };
            Desk { n, scenarios, mean, covariance, limits, costs }
        })
}

/// Asserts that the weights meet every limit: bounds and sums to the bit, turnover to rounding.
fn within(solution: &Solution, limits: &Limits) -> Result<(), TestCaseError> {
    let w = &solution.weights;
    for i in 0..w.len() {
        prop_assert!(w[i] >= limits.floor(i).0 && w[i] <= limits.ceiling(i).0, "weight {i}: {w:?} {limits:?}");
    }
    let sum = |members: &[usize]| allocator_core::math::sum(members.iter().map(|i| w[*i]));
    let all: Vec<usize> = (0..w.len()).collect();
    prop_assert!(sum(&all) <= limits.total_high, "sum {}", sum(&all));
    if solution.status == Status::Optimal {
        prop_assert!(sum(&all) >= limits.total_low - 1e-11, "sum {}", sum(&all));
    }
    for group in &limits.groups {
        prop_assert!(sum(&group.members) <= group.high && sum(&group.members) >= group.low - 1e-11);
    }
    if let Some(most) = limits.turnover_max {
        let turnover: f64 = w.iter().zip(&limits.previous).map(|(a, b)| (a - b).abs()).sum();
        prop_assert!(turnover <= most + 1e-11, "turnover {turnover} above {most}");
    }
    Ok(())
}

/// Random points within the limits: mixtures of answers to other questions.
fn others(desk: &Desk) -> Vec<Vec<f64>> {
    let none = Costs::none();
    let mut points = vec![min_variance(&desk.covariance, 1.0, &none, &desk.limits).weights];
    for i in 0..desk.n {
        for sign in [-1.0, 1.0] {
            // The corner of the limits in the direction of one strategy.
            let mut wish = desk.mean.clone();
            wish[i] += sign;
            points.push(utility(&wish, &desk.covariance, 1e-3, &none, &desk.limits).weights);
        }
    }
    let mixed: Vec<Vec<f64>> =
        points.windows(2).map(|two| two[0].iter().zip(&two[1]).map(|(a, b)| 0.5 * (a + b)).collect()).collect();
    points.extend(mixed);
    points
}

fn form(matrix: &[f64], w: &[f64]) -> f64 {
    let v = portfolio_volatility(matrix, w);
    v * v
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_portfolio_within_the_limits_is_better(desk in desks(), aversion in 0.5_f64..20.0) {
        let (limits, costs) = (&desk.limits, &desk.costs);
        let solution = utility(&desk.mean, &desk.covariance, aversion, costs, limits);
        if let Status::Infeasible { conflicts, relaxation } = &solution.status {
            prop_assert!(!conflicts.is_empty() && !relaxation.is_empty());
            prop_assert!(relaxation.iter().all(|priced| priced.amount > 0.0));
            prop_assert!(solution.weights.iter().all(|weight| *weight == 0.0));
            return Ok(());
        }
        prop_assert!(solution.is_answer() && solution.status != Status::Stalled, "{:?}", solution.status);
        within(&solution, limits)?;
        let value = |w: &[f64]| {
            let gain: f64 = w.iter().zip(&desk.mean).map(|(w, m)| w * m).sum();
            gain - aversion * form(&desk.covariance, w) - costs.of(&limits.previous, w)
        };
        prop_assert!((solution.objective - value(&solution.weights)).abs() < 1e-13);
        // The certificate, and points that it speaks about.
        prop_assert!(solution.gap <= 1e-12, "gap {}", solution.gap);
        let invested: f64 = solution.weights.iter().sum();
        for other in others(&desk) {
            // Where not everything can be invested, only points that invest as much are comparable.
            if matches!(solution.status, Status::Capped { .. }) && other.iter().sum::<f64>() < invested - 1e-9 {
                continue;
            }
            prop_assert!(value(&other) <= solution.objective + 1e-10, "{other:?} beats {solution:?}");
        }
    }

    #[test]
    fn ratios_growth_and_tails_are_optimal(desk in desks()) {
        let (limits, n) = (&desk.limits, desk.n);
        let none = Costs::none();
        let volatilities: Vec<f64> = (0..n).map(|i| desk.covariance[i * n + i].sqrt()).collect();
        let gain = |m: &[f64], w: &[f64]| w.iter().zip(m).map(|(w, m)| w * m).sum::<f64>();
        let ratio = |m: &[f64], w: &[f64]| gain(m, w) / portfolio_volatility(&desk.covariance, w).max(1e-300);
        let growth = |w: &[f64]| {
            let logs = desk.scenarios.chunks_exact(n).map(|row| (1.0 + gain(row, w)).ln());
            logs.sum::<f64>() * n as f64 / desk.scenarios.len() as f64
        };
        let answers = [
            max_sharpe(&desk.mean, &desk.covariance, 0.0, limits),
            max_diversification(&desk.covariance, limits),
            log_growth(&desk.scenarios, &none, limits),
            min_cvar(&desk.scenarios, 0.1, &none, limits),
            min_cdar(&desk.scenarios, 0.2, &none, limits),
            robust_mean_variance(&desk.mean, &desk.covariance, &desk.covariance, 0.2, 2.0, &none, limits),
        ];
        let robust = |w: &[f64]| gain(&desk.mean, w) - 0.2 * form(&desk.covariance, w).sqrt() - 2.0 * form(&desk.covariance, w);
        let others = others(&desk);
        for (k, solution) in answers.iter().enumerate() {
            if !solution.is_answer() {
                let expected = matches!(
                    solution.status,
                    Status::Infeasible { .. } | Status::Undefined(Nothing::NoEdge | Nothing::NoRisk)
                );
                prop_assert!(expected, "{k}: {solution:?}");
                continue;
            }
            prop_assert!(solution.status != Status::Stalled, "{k}: {solution:?} {desk:?}");
            within(solution, limits)?;
            let value = |w: &[f64]| match k {
                0 => ratio(&desk.mean, w),
                1 => ratio(&volatilities, w),
                2 => growth(w),
                3 => -conditional_value_at_risk(&desk.scenarios, w, 0.1),
                4 => -conditional_drawdown(&desk.scenarios, w, 0.2),
                _ => robust(w),
            };
            let (best, invested) = (value(&solution.weights), solution.weights.iter().sum::<f64>());
            // A ratio over a nearly riskless portfolio has the rounding of its variance.
            let largest = volatilities.iter().fold(0.0_f64, |most, v| most.max(v * v));
            let risk = form(&desk.covariance, &solution.weights).max(1e-300);
            let tolerance = match k {
                0 | 1 => 1e-9 + 1e-12 * largest / risk,
                4 => 1e-7,
                _ => 1e-9,
            };
            for other in &others {
                let total: f64 = other.iter().sum();
                if total < 1e-9 || (matches!(solution.status, Status::Capped { .. }) && total < invested - 1e-9) {
                    continue;
                }
                prop_assert!(value(other) <= best + tolerance * best.abs().max(1.0), "{k}: {other:?} beats {solution:?}");
            }
        }
    }

    #[test]
    fn targets_are_met(desk in desks(), share in 0.0_f64..1.0) {
        let none = Costs::none();
        let limits = &Limits { total_low: 0.0, ..desk.limits.clone() };
        let gain = |w: &[f64]| w.iter().zip(&desk.mean).map(|(w, m)| w * m).sum::<f64>();
        let calm = min_variance(&desk.covariance, 1.0, &none, limits);
        if !calm.is_answer() {
            return Ok(());
        }
        let most = utility(&desk.mean, &desk.covariance, 1e-9, &none, limits);
        let target = gain(&calm.weights) + share * (gain(&most.weights) - gain(&calm.weights));
        let solution = target_return(&desk.mean, &desk.covariance, target, 1.0, &none, limits);
        prop_assert!(solution.status == Status::Optimal, "{solution:?}");
        prop_assert!(gain(&solution.weights) >= target - 1e-13);
        within(&solution, limits)?;

        let (low, high) = (calm.objective.sqrt(), portfolio_volatility(&desk.covariance, &most.weights));
        let volatility = low + share * (high - low);
        if volatility > low * 1.001 {
            let solution = target_risk(&desk.mean, &desk.covariance, volatility, &none, limits);
            prop_assert!(solution.status == Status::Optimal, "{solution:?}");
            // A limit is hard: not by rounding either.
            prop_assert!(portfolio_volatility(&desk.covariance, &solution.weights) <= volatility * (1.0 + 1e-15));
            within(&solution, limits)?;
            // On the frontier the two questions are one.
            let other = target_return(&desk.mean, &desk.covariance, gain(&solution.weights), 1.0, &none, limits);
            prop_assert!(other.objective.sqrt() <= volatility * (1.0 + 1e-7) + 1e-12);
        }
        let too_much = target_return(&desk.mean, &desk.covariance, gain(&most.weights) + 0.01, 1.0, &none, limits);
        prop_assert!(matches!(too_much.status, Status::Infeasible { .. }), "{too_much:?}");
    }

    #[test]
    fn another_order_is_the_same_answer(desk in desks()) {
        // Backwards: not the same bits, for sums run in another order, but the same weights wherever the optimum is one.
        let n = desk.n;
        let turn = |v: &[f64]| v.iter().rev().copied().collect::<Vec<f64>>();
        let covariance: Vec<f64> = (0..n * n).map(|k| desk.covariance[(n - 1 - k / n) * n + (n - 1 - k % n)] + if k % (n + 1) == 0 { 1e-5 } else { 0.0 }).collect();
        let straight: Vec<f64> = turn(&covariance);
        let groups = desk.limits.groups.iter().map(|group| Group { members: group.members.iter().rev().map(|i| n - 1 - i).collect(), ..group.clone() });
        let limits = Limits {
            low: turn(&desk.limits.low),
            high: turn(&desk.limits.high),
            previous: turn(&desk.limits.previous),
            groups: groups.collect(),
            ..desk.limits.clone()
        };
        let one = utility(&desk.mean, &straight, 3.0, &desk.costs, &desk.limits);
        let two = utility(&turn(&desk.mean), &covariance, 3.0, &desk.costs, &limits);
        for (a, b) in one.weights.iter().zip(two.weights.iter().rev()) {
            prop_assert!((a - b).abs() < 1e-9, "{one:?} {two:?}");
        }
    }
}

#[test]
fn five_hundred_strategies_under_every_limit() {
    // Two factors and noise by a formula; groups of fifty, a turnover budget, a floor for some.
    let n = 500;
    let wave = |k: usize, f: f64| ((k as f64) * f).sin();
    let mut covariance = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..n {
            covariance[i * n + j] =
                1e-4 * (1.0 + 0.3 * wave(i, 0.7)) * (1.0 + 0.3 * wave(j, 0.7)) + 5e-5 * wave(i, 1.3) * wave(j, 1.3);
        }
        covariance[i * n + i] += 2e-4 * (1.1 + wave(i, 2.1));
    }
    let groups = (0..10).map(|g| Group { members: (50 * g..50 * (g + 1)).collect(), low: 0.0, high: 0.15 });
    let limits = Limits {
        low: (0..n).map(|i| if i % 100 == 0 { 0.002 } else { 0.0 }).collect(),
        high: vec![0.02; n],
        groups: groups.collect(),
        previous: vec![1.0 / n as f64; n],
        turnover_max: Some(0.8),
        ..Limits::long_only(n)
    };
    let solution = min_variance(&covariance, 1.0, &Costs::none(), &limits);
    assert_eq!(solution.status, Status::Optimal);
    within(&solution, &limits).expect("the limits hold");
    assert!(solution.gap <= 1e-14, "{}", solution.gap);
    let turnover: f64 = solution.weights.iter().map(|w| (w - 0.002).abs()).sum();
    assert!((turnover - 0.8).abs() < 1e-9, "the budget binds: {turnover}");
}

#[test]
fn impact_makes_large_trades_dearer_by_hand() {
    // One asset, maximise 0.01·w − k·w^1.5: √w = 0.01 / (1.5·k); with k = 0.02: w = 1/9.
    let costs = Costs { linear: Vec::new(), impact: vec![0.02] };
    let limits = Limits { total_low: 0.0, ..Limits::long_only(1) };
    let solution = utility(&[0.01], &[0.0], 1.0, &costs, &limits);
    assert!((solution.weights[0] - 1.0 / 9.0).abs() < 1e-9, "{solution:?}");
}

#[test]
fn a_limit_of_volatility_that_nothing_meets_is_named() {
    let limits = Limits { volatility_max: Some(0.1), ..Limits::long_only(2) };
    let solution = min_variance(&[0.04, 0.0, 0.0, 0.04], 1.0, &Costs::none(), &limits);
    // The least is √0.02.
    let Status::Infeasible { relaxation, .. } = solution.status else { panic!("{solution:?}") };
    assert!((relaxation[0].amount - (0.02_f64.sqrt() - 0.1)).abs() < 1e-12);
}

#[test]
fn all_means_negative() {
    let (mean, covariance) = ([-0.01, -0.02], [0.04, 0.01, 0.01, 0.09]);
    let sharpe = max_sharpe(&mean, &covariance, 0.0, &Limits::long_only(2));
    assert_eq!((sharpe.status, sharpe.weights), (Status::Undefined(Nothing::NoEdge), vec![0.0, 0.0]));
    let cash = Limits { total_low: 0.0, ..Limits::long_only(2) };
    assert_eq!(utility(&mean, &covariance, 1.0, &Costs::none(), &cash).weights, vec![0.0, 0.0]);
}

//! Shadow prices against what they claim (K10): a limit is moved a little, and the objective gains its price times the move.

use allocator_core::optimise::{
    Costs, Group, Limit, Limits, Solution, Status, log_growth, max_diversification, max_sharpe, min_cdar, min_cvar, min_variance,
    robust_mean_variance, target_return, target_risk, utility,
};

const N: usize = 5;

/// How far a limit is moved.
const MOVE: f64 = 1e-5;

/// A scatter from -1 to 1, the same everywhere.
fn noise(seed: u64, day: u64) -> f64 {
    let mut x = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (day + 1).wrapping_mul(0xD1B5_4A32_D192_ED03);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 32;
    (x % 2_000_001) as f64 / 1e6 - 1.0
}

/// Days, means and covariance of five strategies with a common part, the better the wilder.
fn desk() -> (Vec<f64>, Vec<f64>, Vec<f64>) {
    let day = |t: u64| {
        (0..N as u64).map(move |i| 0.0004 * (i + 1) as f64 + 0.006 * (1.0 + 0.4 * i as f64) * (0.5 * noise(99, t) + noise(i, t)))
    };
    let days: Vec<f64> = (0..160).flat_map(day).collect();
    let count = (days.len() / N) as f64;
    let mean: Vec<f64> = (0..N).map(|i| days.iter().skip(i).step_by(N).sum::<f64>() / count).collect();
    let mut covariance = vec![0.0; N * N];
    for row in days.chunks_exact(N) {
        for i in 0..N {
            for j in 0..N {
                covariance[i * N + j] += (row[i] - mean[i]) * (row[j] - mean[j]) / (count - 1.0);
            }
        }
    }
    (days, mean, covariance)
}

/// Limits of which some bind whatever the method.
fn limits() -> Limits {
    Limits {
        low: vec![0.0, 0.0, 0.1, 0.0, 0.1],
        high: vec![0.3; N],
        total_low: 0.9,
        total_high: 0.95,
        groups: vec![Group { members: vec![0, 1], low: 0.2, high: 0.42 }, Group { members: vec![3, 4], low: 0.0, high: 0.5 }],
        previous: vec![0.15, 0.3, 0.2, 0.2, 0.1],
        turnover_max: Some(0.5),
        ..Limits::long_only(N)
    }
}

/// The limits with more room at one of them; `None` for a limit that this test does not set.
fn wider(limits: &Limits, limit: Limit, by: f64) -> Option<Limits> {
    let mut moved = limits.clone();
    match limit {
        Limit::Minimum(i) => moved.low[i] -= by,
        Limit::Maximum(i) => moved.high[i] += by,
        Limit::GroupMinimum(g) => moved.groups[g].low -= by,
        Limit::GroupMaximum(g) => moved.groups[g].high += by,
        Limit::Invested => moved.total_low -= by,
        Limit::Total => moved.total_high += by,
        Limit::Turnover => moved.turnover_max = moved.turnover_max.map(|most| most + by),
        Limit::Volatility => moved.volatility_max = moved.volatility_max.map(|most| most + by),
        Limit::Change(_) | Limit::Gross | Limit::Return => return None,
    }
    Some(moved)
}

/// A method, whether its objective is a gain (1) or a loss (-1), and what it solves.
type Method<'a> = (&'static str, f64, Box<dyn Fn(&Limits) -> Solution + 'a>);

fn methods<'a>(days: &'a [f64], mean: &'a [f64], covariance: &'a [f64], costs: &'a Costs) -> Vec<Method<'a>> {
    let doubt: Vec<f64> = covariance.iter().map(|s| s / 160.0).collect();
    vec![
        ("min_variance", -1.0, Box::new(move |limits| min_variance(covariance, 5.0, &Costs::none(), limits))),
        ("mean_variance", 1.0, Box::new(move |limits| utility(mean, covariance, 5.0, costs, limits))),
        ("mean_variance 40", 1.0, Box::new(move |limits| utility(mean, covariance, 40.0, costs, limits))),
        ("target_return", -1.0, Box::new(move |limits| target_return(mean, covariance, 0.0012, 5.0, &Costs::none(), limits))),
        ("target_risk", 1.0, Box::new(move |limits| target_risk(mean, covariance, 0.0055, costs, limits))),
        ("max_sharpe", 1.0, Box::new(move |limits| max_sharpe(mean, covariance, 0.0001, limits))),
        (
            "max_sharpe calm",
            1.0,
            Box::new(move |limits| {
                let calm = Limits { total_low: 0.0, volatility_max: limits.volatility_max.or(Some(0.003)), ..limits.clone() };
                max_sharpe(mean, covariance, 0.0001, &calm)
            }),
        ),
        ("max_diversification", 1.0, Box::new(move |limits| max_diversification(covariance, limits))),
        ("kelly_log_growth", 1.0, Box::new(move |limits| log_growth(days, costs, limits))),
        ("min_cvar", -1.0, Box::new(move |limits| min_cvar(days, 0.1, costs, limits))),
        ("min_cdar", -1.0, Box::new(move |limits| min_cdar(days, 0.1, costs, limits))),
        ("robust", 1.0, Box::new(move |limits| robust_mean_variance(mean, covariance, &doubt, 0.5, 5.0, costs, limits))),
    ]
}

#[test]
fn the_objective_gains_the_price_of_a_limit_that_gives_way() {
    let (days, mean, covariance) = desk();
    let costs = Costs { linear: vec![0.0001; N], impact: Vec::new() };
    let mut judged = 0;
    for (name, sign, solve) in methods(&days, &mean, &covariance, &costs) {
        let limits = limits();
        let solution = solve(&limits);
        assert_eq!(solution.status, Status::Optimal, "{name}");
        let value = |limits: &Limits| sign * solve(limits).objective;
        let here = value(&limits);
        let mut every: Vec<Limit> = (0..N).flat_map(|i| [Limit::Minimum(i), Limit::Maximum(i)]).collect();
        every.extend([Limit::GroupMinimum(0), Limit::GroupMaximum(0), Limit::GroupMaximum(1)]);
        every.extend([Limit::Invested, Limit::Total, Limit::Turnover]);
        for limit in every {
            let price: f64 = solution.binding.iter().filter(|priced| priced.limit == limit).map(|priced| priced.amount).sum();
            let Some(more) = wider(&limits, limit, MOVE) else { continue };
            let Some(less) = wider(&limits, limit, -MOVE) else { continue };
            // The best value is concave in the room: the price lies between what a little more gains and what a little less costs.
            let (gains, costs) = ((value(&more) - here) / MOVE, (here - value(&less)) / MOVE);
            let slack = 1e-3 * (here.abs() + gains.abs() + price) + 1e-6;
            assert!(gains - slack <= price && price <= costs + slack, "{name} {limit:?}: {gains} <= {price} <= {costs}");
            if price > 10.0 * slack {
                judged += 1;
            }
        }
    }
    assert!(judged >= 20, "only {judged} prices were above rounding");
}

/// What solves under some limits.
type Solve<'a> = &'a dyn Fn(&Limits) -> Solution;

#[test]
fn a_limit_of_volatility_has_a_price_too() {
    let (_, mean, covariance) = desk();
    let free = Limits { total_low: 0.0, turnover_max: None, ..limits() };
    let risk = 0.0035;
    let at = |most: f64| Limits { volatility_max: Some(most), low: vec![0.0; N], groups: Vec::new(), ..free.clone() };
    let (by_utility, by_ratio): (Solve<'_>, Solve<'_>) =
        (&|limits| utility(&mean, &covariance, 1.0, &Costs::none(), limits), &|limits| {
            max_sharpe(&mean, &covariance, 0.0002, limits)
        });
    for (name, solve) in [("mean_variance", by_utility), ("max_sharpe", by_ratio)] {
        let solution = solve(&at(risk));
        let price = solution.binding.iter().find(|priced| priced.limit == Limit::Volatility).map(|priced| priced.amount);
        let step = 1e-4 * risk;
        let gained = (solve(&at(risk + step)).objective - solve(&at(risk - step)).objective) / (2.0 * step);
        if name == "mean_variance" {
            let price = price.unwrap_or_else(|| panic!("{name}: the limit binds"));
            assert!((price - gained).abs() <= 1e-3 * gained.abs(), "{name}: {price} for {gained}");
        } else {
            let price = price.unwrap_or_default();
            assert!((price - gained).abs() <= 1e-3 * gained.abs() + 1e-6, "{name}: {price} for {gained}");
        }
    }
}

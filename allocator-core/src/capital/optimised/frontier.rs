//! The efficient frontier: for returns from that of the least variance to the greatest, the portfolio that expects it with the least
//! variance, under the limits of the settings; see [`crate::optimise::target_return`].
//!
//! Source: Markowitz (1952), "Portfolio Selection", J. Finance 7.
//!
//! **Conventions.** Points lie at equal steps of return, both ends included; costs do not enter, since they depend on what is held and the
//! frontier is a property of the market and the limits. Where the limits leave one return only, the frontier is one point. Limits that
//! cannot hold together give way as they do for the optimisers.
//!
//! **Fails** with its means: the right end is the bet on them, and few histories are long enough to tell it from luck.

use super::super::figures::{expected_volatility, member_weights};
use super::super::{Input, Limits, Market};
use super::{Task, solve};
use crate::config::capital::{CapitalConfig, CapitalMethod};
use crate::error::{Code, Fault, Faults};
use crate::math;
use crate::optimise::{Costs, Solution, min_variance, target_return, utility};
use crate::stats::Unknown;
use crate::wire::{At, record};
use serde::Serialize;

/// Most points of a frontier: each is a programme of its own.
const POINTS_MAX: u32 = 200;

record! {
    /// How the efficient frontier is drawn.
    pub struct FrontierConfig {
        /// Points at equal steps of return, both ends included: 2 to 200.
        pub points: u32 = 21,
    }
}

impl FrontierConfig {
    /// Checks the number of points; pushes the fault found.
    pub fn validate(&self, at: &At<'_>, faults: &mut Faults) {
        if !(2..=POINTS_MAX).contains(&self.points) {
            let message = format!("points is {}.", self.points);
            faults.push(Fault::new(Code::OutOfRange, at.key("points"), message, format!("Give 2 to {POINTS_MAX}.")));
        }
    }
}

/// A portfolio on the frontier.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FrontierPoint {
    /// Expected return a year, without what cash earns.
    pub expected_return: f64,
    /// Expected volatility a year.
    pub volatility: f64,
    /// Fractions of the capital, in the order of `strategies`.
    pub weights: Vec<f64>,
}

/// The efficient frontier under the limits of the settings.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Frontier {
    /// Portfolios from the least variance to the greatest return.
    pub points: Vec<FrontierPoint>,
    /// Whose weights.
    pub strategies: Vec<String>,
}

/// The frontier of a market under the limits of its settings. `previous` is what is held, parallel to the market's names.
///
/// # Errors
/// Too little is known of the strategies, or the limits leave no room for any portfolio.
pub fn frontier(
    market: &Market<'_>,
    config: &CapitalConfig,
    asked: &FrontierConfig,
    previous: Option<&[f64]>,
) -> Result<Frontier, Unknown> {
    let names = market.names();
    let known: Vec<bool> = (0..names.len()).map(|i| market.unknown(i).is_none()).collect();
    let limits = Limits::resolve(config, names, &known, 0.0, previous);
    let input = Input { market, config, method: CapitalMethod::TargetReturn, limits: &limits, regime: None };
    let joint = market.joint()?;
    // Weights that a programme places, and what they are expected to return per period.
    let placed = |run: &dyn Fn(&Task<'_>) -> Solution| {
        let weights = solve(&input, true, run).placed.map(|placed| placed.weights).ok_or(Unknown::NoSolution)?;
        let expected = math::dot(&joint.mean, &member_weights(market, &weights)?);
        Ok::<_, Unknown>((weights, expected))
    };
    let free = Costs::none();
    let calmest = placed(&|task| min_variance(task.covariance(), 1.0, &free, &task.limits))?;
    let (_, most) = placed(&|task| utility(&task.joint.mean, task.covariance(), 0.0, &free, &task.limits))?;
    let span = most - calmest.1;
    let mut all = vec![calmest.clone()];
    // A span of rounding is no frontier.
    if span > 1e-12 * most.abs().max(calmest.1.abs()) {
        let steps = f64::from(asked.points - 1);
        for k in 1..asked.points {
            // The end itself can be missed by a unit in the last place; a billionth of the span before it is always reached.
            let target = calmest.1 + span * (f64::from(k) / steps).min(1.0 - 1e-9);
            all.push(placed(&|task| target_return(&task.joint.mean, task.covariance(), target, 1.0, &free, &task.limits))?);
        }
    }
    let point = |(weights, expected): (Vec<f64>, f64)| {
        let volatility = expected_volatility(market, &weights)?;
        Ok(FrontierPoint { expected_return: expected * config.periods_per_year, volatility, weights })
    };
    Ok(Frontier { points: all.into_iter().map(point).collect::<Result<_, Unknown>>()?, strategies: names.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::capital::ConstraintsConfig;
    use crate::frame::ReturnBook;
    use crate::op::Request as _;
    use crate::op::capital::{CapitalRequest, CapitalResult};
    use crate::units::UnixNanos;

    /// Three strategies without correlation in the sample: a ±1 pattern each (Walsh functions), scaled, and a mean.
    fn request(points: u32, constraints: ConstraintsConfig) -> CapitalRequest {
        let pattern = |mask: usize, day: usize| if (day & mask).count_ones().is_multiple_of(2) { 1.0 } else { -1.0 };
        let series = [("a", 1, 0.01, 0.0002), ("b", 2, 0.02, 0.0006), ("c", 4, 0.03, 0.0010)];
        let points_of = |mask: usize, deviation: f64, mean: f64| {
            (0..64).map(move |day| (UnixNanos::from_days(20_000 + day as i64).unwrap(), mean + deviation * pattern(mask, day)))
        };
        let rows = series.map(|(name, mask, deviation, mean)| (name.to_owned(), points_of(mask, deviation, mean).collect()));
        let mut faults = Faults::new();
        let book = ReturnBook::from_points(rows.into(), |_, _| String::new(), &mut faults).unwrap();
        let config = CapitalConfig { constraints, ..CapitalConfig::default() };
        CapitalRequest { config, frontier: Some(FrontierConfig { points }), ..CapitalRequest::new(book) }
    }

    fn frontier_of(request: &CapitalRequest) -> Frontier {
        let CapitalResult { frontier, .. } = request.run().unwrap();
        frontier.unwrap()
    }

    #[test]
    fn it_goes_from_the_least_variance_to_the_greatest_return_along_the_known_curve() {
        let request = request(9, ConstraintsConfig::default());
        let frontier = frontier_of(&request);
        assert_eq!((frontier.points.len(), frontier.strategies.len()), (9, 3));
        // Inverse variances 1 : 1/4 : 1/9 without correlation.
        let total = 1.0 + 1.0 / 4.0 + 1.0 / 9.0;
        for (weight, share) in frontier.points[0].weights.iter().zip([1.0, 0.25, 1.0 / 9.0]) {
            assert!((weight - share / total).abs() < 1e-9, "{:?}", frontier.points[0]);
        }
        assert!((frontier.points[8].weights[2] - 1.0).abs() < 1e-6, "{:?}", frontier.points[8]);
        assert!((frontier.points[8].expected_return - 0.252).abs() < 1e-6);
        // Where no bound binds, variance is a parabola in the return: σ² = (A·r² − 2B·r + C)/D per period, long-only up to where a is 0.
        let (mu, variance): ([f64; 3], [f64; 3]) = ([0.0002, 0.0006, 0.0010], [1e-4, 4e-4, 9e-4].map(|v: f64| v * 64.0 / 63.0));
        let sum = |power: u32| (0..3).map(|i| math::powi(mu[i], power) / variance[i]).sum::<f64>();
        let (a, b, c) = (sum(0), sum(1), sum(2));
        for point in &frontier.points[..4] {
            let r = point.expected_return / 252.0;
            let expected = (a * r * r - 2.0 * b * r + c) / (a * c - b * b) * 252.0;
            assert!((point.volatility * point.volatility - expected).abs() < 1e-9 * expected, "{point:?}");
        }
        for pair in frontier.points.windows(2) {
            assert!(pair[0].volatility < pair[1].volatility && pair[0].expected_return < pair[1].expected_return);
        }
    }

    #[test]
    fn no_point_breaks_a_limit_and_the_reserve_stays() {
        let constraints = ConstraintsConfig { cash_reserve: 0.05, max: 0.5, min: 0.1, ..ConstraintsConfig::default() };
        for point in frontier_of(&request(12, constraints)).points {
            assert!(point.weights.iter().all(|weight| (0.1..=0.5).contains(weight)), "{point:?}");
            assert!(point.weights.iter().sum::<f64>() <= 0.95, "{point:?}");
        }
    }

    #[test]
    fn limits_that_leave_one_portfolio_leave_one_point() {
        let constraints = ConstraintsConfig { max: 0.25, ..ConstraintsConfig::default() };
        let frontier = frontier_of(&request(5, constraints));
        assert_eq!(frontier.points.len(), 1);
        assert_eq!(frontier.points[0].weights, [0.25; 3]);
    }

    #[test]
    fn without_history_it_is_null_with_its_reason_and_a_wrong_count_is_refused() {
        let empty = CapitalRequest::from_json(br#"{"version":1,"returns":{"a":{"date":[],"value":[]}},"frontier":{}}"#);
        let Ok(empty) = empty else { panic!("{empty:?}") };
        let result = empty.run().unwrap();
        assert!(result.frontier.is_none());
        assert_eq!((result.unknown[0].figure.as_str(), result.unknown[0].code), ("frontier", Unknown::InsufficientHistory));
        let problem = CapitalRequest::from_json(br#"{"version":1,"frontier":{"points":1}}"#).unwrap_err();
        assert_eq!(problem.problems[0].path, "/frontier/points");
    }
}

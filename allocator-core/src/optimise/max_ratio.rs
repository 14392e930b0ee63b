//! Maximum Sharpe ratio and maximum diversification: the largest ratio mᵀw / √(wᵀΣw) under the limits.
//!
//! m is the mean in excess of the risk-free rate (Sharpe; Sharpe 1966, Tobin 1958) or the vector of volatilities (diversification ratio;
//! Choueifaty and Coignard, 2008, "Toward Maximum Diversification", J. Portfolio Management 35, eq. 1).
//!
//! The optimum w is also the one of minimise ½·wᵀΣw − t·mᵀw with t = wᵀΣw / mᵀw: both have the same gradient up to a factor. From any t
//! of an earlier point the next point has no smaller ratio (½σ₊² + ½σ² ≤ t·m₊ᵀw₊ and the inequality of means), so that the rounds only
//! go up; and while the set of what binds does not change, w is linear in t and the right t has a closed form, which makes it exact after
//! two rounds. No change of variables is needed: groups, turnover and minimums stay what they are.
//!
//! **Conventions.** Where cash is allowed the ratio does not see it; then the portfolio is scaled up as far as the limits allow. If no
//! allowed portfolio has mᵀw > 0 the ratio has no sense and nothing is deployed ([`Nothing::NoEdge`]); if one has return without risk,
//! the ratio has no maximum ([`Nothing::NoRisk`]). Costs do not enter: a ratio of costs to risk has no unit of time.

use super::active_set::Outcome;
use super::costs::Costs;
use super::limits::{Limit, Limits};
use super::mean_variance::target_risk;
use super::solution::{Nothing, Solution, Status};
use super::task::Task;
use super::{portfolio_volatility, quadratic_form};
use crate::math::{dot, sum};

/// Most rounds; four are usual.
const ROUNDS_MAX: usize = 200;

/// Greatest Sharpe ratio per period; `mean` and `risk_free` per period.
pub fn max_sharpe(mean: &[f64], covariance: &[f64], risk_free: f64, limits: &Limits) -> Solution {
    let excess: Vec<f64> = mean.iter().map(|mean| mean - risk_free).collect();
    max_ratio(&excess, covariance, limits)
}

/// Greatest ratio of the weighted mean of volatilities to the volatility of the portfolio.
pub fn max_diversification(covariance: &[f64], limits: &Limits) -> Solution {
    let n = limits.len();
    let volatilities: Vec<f64> = (0..n).map(|i| covariance[i * n + i].max(0.0).sqrt()).collect();
    max_ratio(&volatilities, covariance, limits)
}

fn max_ratio(gain: &[f64], covariance: &[f64], limits: &Limits) -> Solution {
    let n = limits.len();
    let mut task = match Task::new(limits, &[], 0) {
        Ok(task) => task,
        Err(solution) => return solution,
    };
    // Where to begin: as much gain as there is.
    let most = gain.iter().fold(0.0_f64, |most, gain| most.max(gain.abs()));
    task.programme.linear = gain.iter().map(|gain| -gain).collect();
    let mut outcome = task.solve();
    let mut weights = outcome.x.clone();
    if dot(gain, &weights) <= 1e-14 * most {
        return Solution::nothing(n, Status::Undefined(Nothing::NoEdge));
    }
    task.set_quadratic(covariance.to_vec());
    let mut t = quadratic_form(covariance, &weights) / dot(gain, &weights);
    let mut last: Option<(f64, Outcome)> = None;
    let mut best = (ratio(gain, covariance, &weights), outcome.clone());
    let mut quiet = 0;
    // Between these lies the right t: below it the rule asks for more, above it for less.
    let (mut low, mut high) = (0.0, f64::INFINITY);
    for round in 0..ROUNDS_MAX {
        task.programme.linear = gain.iter().map(|gain| -t * gain).collect();
        outcome = task.solve();
        weights.clone_from(&outcome.x);
        let (risk, reward) = (quadratic_form(covariance, &weights), dot(gain, &weights));
        let largest = (0..n).map(|i| covariance[i * n + i]).fold(0.0, f64::max);
        if reward > 1e-14 * most && risk <= 1e-14 * largest * gross(&weights) {
            return Solution::nothing(n, Status::Undefined(Nothing::NoRisk));
        }
        if reward <= 0.0 {
            // t was guessed too small; the plain rule from the best point cannot be.
            t = quadratic_form(covariance, &best.1.x) / dot(gain, &best.1.x);
            last = None;
            quiet += 1;
            if quiet > 3 {
                break;
            }
            continue;
        }
        let now = ratio(gain, covariance, &weights);
        let plain = risk / reward;
        if plain >= t {
            low = t.max(low);
        }
        if plain <= t {
            high = t.min(high);
        }
        let mut next = plain;
        if round > 30 && high < f64::INFINITY {
            next = 0.5 * (low + high);
        }
        if let Some((before, other)) = &last
            && other.places == outcome.places
            && other.rows == outcome.rows
            && let Some(exact) = closed_form(gain, covariance, (*before, &other.x), (t, &weights))
            && exact >= low
            && exact <= high
        {
            next = exact;
        }
        quiet = if now > best.0 { 0 } else { quiet + 1 };
        let settled = (next - t).abs() <= 2e-16 * t;
        if now >= best.0 || settled {
            best = (now, outcome.clone());
        }
        if settled || (quiet >= 4 && (next - t).abs() <= 1e-12 * t) {
            break;
        }
        last = Some((t, outcome.clone()));
        t = next;
    }
    let mut solution = task.answer(&best.1, |w| ratio(gain, covariance, w), &[]);
    // The programme's slope is -σ·t times that of the ratio, with σt = σ³ / mᵀw: so are its prices.
    let (risk, reward) = (portfolio_volatility(covariance, &best.1.x), dot(gain, &best.1.x));
    for priced in &mut solution.binding {
        priced.amount *= reward / (risk * risk * risk);
    }
    scale_up(&mut solution.weights, limits, covariance);
    if limits.volatility_max.is_some_and(|most| portfolio_volatility(covariance, &solution.weights) > most) {
        // The ratio falls towards either side of its maximum: with a limit below it, the best is the most gain at that limit.
        let most = limits.volatility_max.unwrap_or(f64::INFINITY);
        solution = target_risk(gain, covariance, most, &Costs::none(), limits);
        if solution.is_answer() {
            solution.objective = ratio(gain, covariance, &solution.weights);
            let (risk, reward) = (portfolio_volatility(covariance, &solution.weights), dot(gain, &solution.weights));
            for priced in &mut solution.binding {
                // Prices of the gain: the ratio gains a σ-th, less what more volatility takes from it.
                let dearer = if priced.limit == Limit::Volatility { reward / risk } else { 0.0 };
                priced.amount = ((priced.amount - dearer) / risk).max(0.0);
            }
        }
    }
    solution
}

/// On one set of what binds w = a + t·b, bᵀΣb = mᵀb and aᵀΣb = 0, so that t = wᵀΣw / mᵀw means t = aᵀΣa / mᵀa.
fn closed_form(gain: &[f64], covariance: &[f64], one: (f64, &[f64]), two: (f64, &[f64])) -> Option<f64> {
    let apart = two.0 - one.0;
    if apart == 0.0 {
        return None;
    }
    let base: Vec<f64> = one.1.iter().zip(two.1).map(|(x, y)| x - (y - x) * (one.0 / apart)).collect();
    let t = quadratic_form(covariance, &base) / dot(gain, &base);
    (t.is_finite() && t > 0.0).then_some(t)
}

fn ratio(gain: &[f64], covariance: &[f64], weights: &[f64]) -> f64 {
    dot(gain, weights) / portfolio_volatility(covariance, weights)
}

/// Scales weights up as far as the limits allow, where they leave cash and nothing else depends on the size.
fn scale_up(weights: &mut [f64], limits: &Limits, covariance: &[f64]) {
    let total = sum(weights.iter().copied());
    if limits.total_low >= limits.total_high || total <= 0.0 || total >= limits.total_high {
        return;
    }
    let fits = |factor: f64| {
        let scaled: Vec<f64> = weights.iter().map(|weight| weight * factor).collect();
        let bounds = (0..scaled.len()).all(|i| scaled[i] >= limits.floor(i).0 && scaled[i] <= limits.ceiling(i).0);
        let rows = limits.rows(0.0).iter().all(|(row, ..)| row.excess(&scaled) <= 0.0);
        let sums = sum(scaled.iter().copied()) <= limits.total_high
            && limits.groups.iter().all(|group| sum(group.members.iter().map(|i| scaled[*i])) <= group.high);
        let calm = limits.volatility_max.is_none_or(|most| portfolio_volatility(covariance, &scaled) <= most);
        bounds && rows && sums && calm
    };
    // The largest factor that fits, by halving; limits that contain 1 and the factor contain what lies between.
    let (mut low, mut high) = (1.0, limits.total_high / total);
    if fits(high) {
        low = high;
    } else if fits(low) {
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if fits(middle) {
                low = middle;
            } else {
                high = middle;
            }
        }
    }
    for weight in weights {
        *weight *= low;
    }
}

/// (Σ|wᵢ|)²: a variance of less than 1e-14 of the largest and this is rounding.
fn gross(weights: &[f64]) -> f64 {
    let gross = sum(weights.iter().map(|weight| weight.abs()));
    gross * gross
}

//! Online learners: weights that are corrected day by day by what each strategy earned, with a bound on how far behind the best one can fall.
//!
//! With xₜ the day's gross returns 1 + r and η the learning rate:
//! - **exponentiated gradient**: wₜ₊₁,ᵢ ∝ wₜ,ᵢ·exp(η·xₜ,ᵢ/(wₜ·xₜ)). Helmbold, Schapire, Singer and Warmuth (1998), "On-line portfolio
//!   selection using multiplicative updates", equation 9. Behind the best constant mix by at most ln N/η + η·T/8r² in log wealth, r the
//!   least ratio of a day's worst to its best gross return (theorem 4.1);
//! - **follow the regularised leader**: w = Π(1/N + η·Σₛ xₛ/(wₛ·xₛ)), Π the projection onto the simplex. Shalev-Shwartz (2012), "Online
//!   learning and online convex optimization", section 2.3, with the squared distance as regulariser. Behind the best constant mix by at
//!   most 1/2η + η·T·G²/2 in log wealth, G the largest gradient (`McMahan` 2017, J. Mach. Learn. Res. 18, theorem 1);
//! - **Hedge**: wᵢ ∝ exp(η·Σr). Freund and Schapire (1997), "A decision-theoretic generalization of on-line learning", with gains
//!   instead of losses. Behind the best single strategy by at most ln N/η + η·T·B²/8 of summed return, B the widest day.
//!
//! **Conventions.** Start at equal weight; days are the common dates of `estimators`. η as given, else the one with the smallest bound: EG
//! r·√(8·ln N/T), FTRL √(1/T)/G with G the largest gradient, Hedge √(8·ln N/T)/B. The last weights, after the last day, are what is
//! proposed. Only the order of days matters, no estimate of mean or covariance.
//!
//! **Fails** to be quick: the bounds grow with √T, and with daily returns of a per cent a year hardly moves the weights.

use super::hrp::of_joint;
use super::{Algorithm, Input, Joint, Proposal};
use crate::math;

/// Exponentiated gradient.
pub struct ExponentiatedGradient;

/// Follow the regularised leader.
pub struct FollowTheRegularizedLeader;

/// Hedge.
pub struct Hedge;

impl Algorithm for ExponentiatedGradient {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        learned(input, |joint, rate| {
            let days = Days::of(joint);
            let least = days.least_ratio();
            let rate = rate.unwrap_or(least * (8.0 * days.ln_count() / days.count()).sqrt());
            let bound = days.ln_count() / rate + rate * days.count() / (8.0 * least * least);
            (exponentiated_gradient(&joint.columns, rate), format!("Learning rate {rate:.4}; {}", behind(bound)))
        })
    }

    fn sentence(&self) -> &'static str {
        "Weights were corrected day by day toward what earned more, from equal weight on."
    }
}

impl Algorithm for FollowTheRegularizedLeader {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        learned(input, |joint, rate| {
            let days = Days::of(joint);
            let least = days.least_ratio().max(f64::MIN_POSITIVE);
            let most = (joint.columns.len() as f64).sqrt() / least;
            let rate = rate.unwrap_or((1.0 / days.count()).sqrt() / most);
            let bound = 0.5 / rate + 0.5 * rate * days.count() * most * most;
            (follow_the_leader(&joint.columns, rate), format!("Learning rate {rate:.6}; {}", behind(bound)))
        })
    }

    fn sentence(&self) -> &'static str {
        "Weights follow what would have earned most so far, held back toward equal weight."
    }
}

impl Algorithm for Hedge {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        learned(input, |joint, rate| {
            let days = Days::of(joint);
            let widest = days.widest();
            let rate = rate.unwrap_or(if widest > 0.0 { (8.0 * days.ln_count() / days.count()).sqrt() / widest } else { 1.0 });
            let bound = days.ln_count() / rate + rate * days.count() * widest * widest / 8.0;
            (
                hedge(&joint.columns, rate),
                format!(
                    "Learning rate {rate:.3}; summed return is behind that of the best single strategy by at most {bound:.4}."
                ),
            )
        })
    }

    fn sentence(&self) -> &'static str {
        "Weights grow exponentially with what a strategy has earned."
    }
}

/// The bound on regret in words; without one where a day ruined a strategy.
fn behind(bound: f64) -> String {
    if bound.is_finite() && bound < 1e6 {
        format!("log wealth is behind that of the best constant mix by at most {bound:.3}.")
    } else {
        String::from("a day on which a strategy lost everything leaves no bound on how far it falls behind.")
    }
}

fn learned(input: &Input<'_>, learn: impl Fn(&Joint, Option<f64>) -> (Vec<f64>, String)) -> Proposal {
    let rate = input.config.learning.rate;
    let mut proposal = of_joint(input, |joint| learn(joint, rate).0);
    if let Ok(joint) = input.market.joint() {
        proposal.notes.push(learn(joint, rate).1);
    }
    proposal
}

/// The days of a history.
struct Days<'a>(&'a [Vec<f64>]);

impl<'a> Days<'a> {
    fn of(joint: &'a Joint) -> Self {
        Days(&joint.columns)
    }

    fn count(&self) -> f64 {
        self.0.first().map_or(1, Vec::len).max(1) as f64
    }

    fn ln_count(&self) -> f64 {
        math::ln(self.0.len().max(1) as f64)
    }

    /// Worst and best of every day.
    fn ranges(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        (0..self.0.first().map_or(0, Vec::len)).map(|t| {
            self.0
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), column| (low.min(column[t]), high.max(column[t])))
        })
    }

    /// Least ratio of a day's worst gross return to its best.
    fn least_ratio(&self) -> f64 {
        self.ranges().fold(1.0, |least: f64, (low, high)| if high > -1.0 { least.min((1.0 + low) / (1.0 + high)) } else { least })
    }

    /// Widest day: best less worst.
    fn widest(&self) -> f64 {
        self.ranges().fold(0.0, |widest: f64, (low, high)| widest.max(high - low))
    }
}

/// Gradient of log wealth at a day's returns; `None` on a day on which everything is lost.
fn gradient(columns: &[Vec<f64>], weight: &[f64], t: usize) -> Option<Vec<f64>> {
    let wealth = math::sum(columns.iter().zip(weight).map(|(column, w)| w * (1.0 + column[t])));
    (wealth > 0.0).then(|| columns.iter().map(|column| (1.0 + column[t]) / wealth).collect())
}

/// Weights after all days.
pub fn exponentiated_gradient(columns: &[Vec<f64>], rate: f64) -> Vec<f64> {
    let n = columns.len();
    let mut weight = vec![1.0 / n as f64; n];
    for t in 0..columns.first().map_or(0, Vec::len) {
        let Some(gradient) = gradient(columns, &weight, t) else { continue };
        // Less the largest, so that no power overflows.
        let most = gradient.iter().fold(f64::NEG_INFINITY, |most, g| most.max(*g));
        for (weight, g) in weight.iter_mut().zip(&gradient) {
            *weight *= math::exp(rate * (g - most));
        }
        normalise(&mut weight);
    }
    weight
}

/// Weights after all days.
pub fn follow_the_leader(columns: &[Vec<f64>], rate: f64) -> Vec<f64> {
    let n = columns.len();
    let mut weight = vec![1.0 / n as f64; n];
    let mut total = vec![0.0; n];
    for t in 0..columns.first().map_or(0, Vec::len) {
        let Some(gradient) = gradient(columns, &weight, t) else { continue };
        for (total, g) in total.iter_mut().zip(&gradient) {
            *total += g;
        }
        let point: Vec<f64> = total.iter().map(|total| 1.0 / n as f64 + rate * total).collect();
        weight = onto_simplex(&point);
    }
    weight
}

/// Weights after all days.
pub fn hedge(columns: &[Vec<f64>], rate: f64) -> Vec<f64> {
    let gains: Vec<f64> = columns.iter().map(|column| math::sum(column.iter().copied())).collect();
    let most = gains.iter().fold(f64::NEG_INFINITY, |most, gain| most.max(*gain));
    let mut weight: Vec<f64> = gains.iter().map(|gain| math::exp(rate * (gain - most))).collect();
    normalise(&mut weight);
    weight
}

fn normalise(weight: &mut [f64]) {
    let total = math::sum(weight.iter().copied());
    for weight in weight {
        *weight /= total;
    }
}

/// The nearest point of the simplex. Source: Held, Wolfe and Crowder (1974).
fn onto_simplex(point: &[f64]) -> Vec<f64> {
    let mut sorted = point.to_vec();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let (mut sum, mut level) = (0.0, 0.0);
    for (k, value) in sorted.iter().enumerate() {
        sum += value;
        let candidate = (sum - 1.0) / (k + 1) as f64;
        if *value > candidate {
            level = candidate;
        }
    }
    point.iter().map(|value| (value - level).max(0.0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // One day, +10 % and 0 %: wealth 1.05 at equal weight; with η = 1 the ratio is exp(0.1/1.05).
        let columns = [vec![0.1], vec![0.0]];
        let w = exponentiated_gradient(&columns, 1.0);
        assert!((w[0] / w[1] - math::exp(0.1 / 1.05)).abs() < 1e-14);
        // Hedge: exp(η·0.1).
        let w = hedge(&columns, 2.0);
        assert!((w[0] / w[1] - math::exp(0.2)).abs() < 1e-14);
        // The leader: (½ + 1.1/1.05, ½ + 1/1.05), brought back by half the excess each: a difference of 0.1/1.05.
        let w = follow_the_leader(&columns, 1.0);
        assert!((w[0] - w[1] - 0.1 / 1.05).abs() < 1e-14 && (w[0] + w[1] - 1.0).abs() < 1e-15);
    }

    /// Two strategies that lead by turns, and one that always wins a little.
    fn turns() -> Vec<Vec<f64>> {
        let day = |i: usize, t: usize| match i {
            2 => 0.002,
            i if (t / 50) % 2 == i => 0.01,
            _ => -0.01,
        };
        (0..3).map(|i| (0..400).map(|t| day(i, t)).collect()).collect()
    }

    /// What the learner earned: each day with the weights after the days before.
    fn earned(columns: &[Vec<f64>], learn: impl Fn(&[Vec<f64>]) -> Vec<f64>, gain: impl Fn(f64) -> f64) -> f64 {
        let day = |t: usize| {
            let before: Vec<Vec<f64>> = columns.iter().map(|column| column[..t].to_vec()).collect();
            gain(columns.iter().zip(learn(&before)).map(|(column, w)| column[t] * w).sum())
        };
        (0..columns[0].len()).map(day).sum()
    }

    #[test]
    fn regret_stays_below_its_bound() {
        let columns = turns();
        let joint_days = Days(&columns);
        let (count, logs) = (joint_days.count(), joint_days.ln_count());
        let best = columns.iter().map(|column| column.iter().sum::<f64>()).fold(f64::MIN, f64::max);
        // A rate of one tenth to ten times the best one: the bound holds for every rate.
        for times in [0.1, 1.0, 10.0] {
            let rate = times * (8.0 * logs / count).sqrt() / joint_days.widest();
            let bound = logs / rate + rate * count * math::powi(joint_days.widest(), 2) / 8.0;
            let regret = best - earned(&columns, |before| hedge(before, rate), |r| r);
            assert!(regret <= bound && (times != 1.0 || regret > 0.05 * bound), "{regret} {bound}");
        }
        // Against constant mixes, in log wealth: the best of a grid.
        let mix = |a: usize, b: usize| [a as f64 / 20.0, b as f64 / 20.0, (20 - a - b) as f64 / 20.0];
        let log_wealth =
            |w: [f64; 3]| (0..400).map(|t| math::ln((0..3).map(|i| w[i] * (1.0 + columns[i][t])).sum())).sum::<f64>();
        let best = (0..=20).flat_map(|a| (0..=20 - a).map(move |b| mix(a, b))).map(log_wealth).fold(f64::MIN, f64::max);
        let least = joint_days.least_ratio();
        for times in [0.1, 1.0, 10.0] {
            let rate = times * least * (8.0 * logs / count).sqrt();
            let bound = logs / rate + rate * count / (8.0 * least * least);
            let regret = best - earned(&columns, |before| exponentiated_gradient(before, rate), |r| math::ln(1.0 + r));
            assert!(regret <= bound, "{regret} {bound}");
            let most = 3.0_f64.sqrt() / least;
            let rate = times / (count.sqrt() * most);
            let bound = 0.5 / rate + 0.5 * rate * count * most * most;
            let regret = best - earned(&columns, |before| follow_the_leader(before, rate), |r| math::ln(1.0 + r));
            assert!(regret <= bound, "{regret} {bound}");
        }
    }

    #[test]
    fn a_day_of_ruin_teaches_nothing_and_breaks_nothing() {
        let columns = [vec![-1.0, 0.1], vec![-1.0, 0.0]];
        for w in [exponentiated_gradient(&columns, 1.0), follow_the_leader(&columns, 1.0), hedge(&columns, 1.0)] {
            assert!(w.iter().all(|w| w.is_finite()) && (w.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        }
    }
}

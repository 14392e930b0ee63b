//! Kelly's fractions of all strategies together: f = c·Σ⁻¹μ, without shorts the maximum of μᵀf − ½fᵀΣf over f ≥ 0, times c.
//!
//! c is the share of Kelly that is deployed (½). The quadratic is the second-order expansion of log growth. Source: Thorp (2006), section 8;
//! `MacLean`, Thorp and Ziemba (2011), "The Kelly Capital Growth Investment Criterion".
//!
//! **Conventions.** Mean and covariance of `estimators`, per period, over the whole history or `lookback`; the risk-free rate is taken off
//! the mean. Fractions are sizes: scaled down where they are more than the total, else the rest is cash. The figure beside each
//! strategy is the unconstrained c·Σ⁻¹μ, shorts and all, so that one sees what was cut off; it is missing where Σ is singular.
//! No positive fraction: nothing is deployed.
//!
//! **Fails** by the error of the mean: the fractions multiply it with Σ⁻¹. Half of Kelly is as much a remedy for that as a taste.

use super::nonnegative::maximise;
use super::{Algorithm, Deploy, Input, Proposal, Score};
use crate::linalg::{Cholesky, PIVOT_FLOOR};
use crate::stats::Unknown;

/// Kelly's fractions of all strategies together.
pub struct KellyMultivariate;

impl Algorithm for KellyMultivariate {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        let joint = match input.market.joint() {
            Ok(joint) => joint,
            Err(why) => return Proposal::unknown(input.count(), why),
        };
        let free = input.config.risk_free / input.config.periods_per_year;
        let excess: Vec<f64> = joint.mean.iter().map(|mean| mean - free).collect();
        let full =
            Cholesky::new(&joint.covariance, PIVOT_FLOOR).ok().map(|factor| factor.solve_refined(&joint.covariance, &excess, 1));
        let sizes = maximise(&excess, &joint.covariance);
        let fraction = input.config.kelly.fraction;
        let mut scores: Vec<Score> =
            (0..input.count()).map(|i| Score::unknown(input.market.unknown(i).unwrap_or(Unknown::NoCommonDates))).collect();
        let n = joint.dates.len() as u32;
        for (k, &i) in joint.members.iter().enumerate() {
            let base = fraction * sizes[k];
            scores[i] = match &full {
                Some(full) => Score::measured(base, "kelly_fraction", fraction * full[k], Some(n)),
                None => Score::weighs(base),
            };
        }
        Proposal { deploy: Deploy::Sizes, ..Proposal::proportions(scores) }
    }

    fn sentence(&self) -> &'static str {
        "Strategies get their share of the fractions that let wealth grow fastest, by mean and covariance together."
    }
}

//! Inverse volatility, wᵢ = (1/σᵢ)/Σ(1/σⱼ), and inverse variance, wᵢ = (1/σᵢ²)/Σ(1/σⱼ²).
//!
//! σᵢ is the annualised volatility over the lookback (252). Recorded systems call the first one "risk parity"; it has equal risk
//! contributions only where all correlations are equal, and the true rule is `erc`. Inverse variance is the minimum variance portfolio of
//! strategies without correlation.
//!
//! **Conventions.** ddof of `estimators`. Volatility below `min_volatility` (0.1 % a year) is unknown, not safe: a dead feed must not get the
//! capital. Too short a history is unknown, or with `short_history: stand_in` has a volatility of 1.

use super::{Algorithm, Input, Proposal, Score};

/// In inverse proportion to volatility.
pub struct InverseVolatility;

/// In inverse proportion to variance.
pub struct InverseVariance;

fn propose(input: &Input<'_>, weight: impl Fn(f64) -> f64) -> Proposal {
    let one = |i: usize| {
        let n = if input.market.given(i).volatility.is_some() { None } else { Some(input.window(i).len() as u32) };
        match input.market.volatility(i, input.method) {
            Ok(volatility) => Score::measured(weight(volatility), "volatility", volatility, n),
            Err(why) => Score::unknown(why),
        }
    };
    Proposal::proportions((0..input.count()).map(one).collect())
}

impl Algorithm for InverseVolatility {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        propose(input, |volatility| 1.0 / volatility)
    }

    fn sentence(&self) -> &'static str {
        "Calmer strategies get more: weights stand in inverse proportion to volatility."
    }
}

impl Algorithm for InverseVariance {
    fn propose(&self, input: &Input<'_>) -> Proposal {
        propose(input, |volatility| 1.0 / (volatility * volatility))
    }

    fn sentence(&self) -> &'static str {
        "Calmer strategies get much more: weights stand in inverse proportion to variance."
    }
}

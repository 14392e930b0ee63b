//! From scores to a long-only portfolio: hold the best, each with a share, none above a cap.
//!
//! The ⌈q·n⌉ best of the n known scores are held. Shares: equal; in proportion to the score (positive scores only); or in proportion
//! to 1/σ. No weight exceeds the cap: what it cuts off goes to the others in proportion to their weights until they reach it (water-filling),
//! and what then is left stays in cash. Nothing is renormalised above the cap.
//!
//! **Conventions.** Unknown scores are not held. Equal scores: the earlier in the list first. Where nothing can be held the weights are zero.

use crate::math;
use crate::stats::Figure;
use crate::wire::choice;

choice! {
    /// How the held symbols share the capital.
    pub enum WeightScheme {
        /// The same for each.
        Equal = "equal",
        /// In proportion to the score; a score of zero or below holds nothing.
        Proportional = "proportional",
        /// In proportion to one over volatility; an unknown volatility holds nothing.
        InverseVolatility = "inverse_volatility",
    }
}

/// Which symbols are held, and how much of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeightRule {
    /// Share of the known scores that is held, above 0 to 1.
    pub top: f64,
    /// How the held ones share the capital.
    pub scheme: WeightScheme,
    /// Largest weight of one symbol, 0 to 1.
    pub cap: f64,
}

impl WeightRule {
    /// Weights of the symbols, zero where one is not held; they sum to 1 or, where the cap or the scores hold back, to less.
    ///
    /// `volatilities` is read by the scheme `inverse_volatility` only, parallel to `scores`.
    pub fn weights(&self, scores: &[Figure], volatilities: &[Figure]) -> Vec<f64> {
        let mut best: Vec<(usize, f64)> =
            scores.iter().enumerate().filter_map(|(i, score)| score.ok().map(|score| (i, score))).collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        // A hair is taken off first: 0.3 × 10 is 3.0000000000000004 for some shares, and four would be held.
        let held = (self.top * best.len() as f64 - 1e-9).ceil().max(0.0) as usize;
        best.truncate(held);
        let mut shares = vec![0.0; scores.len()];
        for (i, score) in best {
            shares[i] = match self.scheme {
                WeightScheme::Equal => 1.0,
                WeightScheme::Proportional => score.max(0.0),
                WeightScheme::InverseVolatility => match volatilities.get(i) {
                    Some(Ok(volatility)) if *volatility > 0.0 => 1.0 / volatility,
                    _ => 0.0,
                },
            };
        }
        water_fill(&shares, self.cap)
    }
}

/// Shares normalised to 1 under a cap: what it cuts off flows to the uncapped in proportion, and what nobody can take stays out.
fn water_fill(shares: &[f64], cap: f64) -> Vec<f64> {
    let mut weights = vec![0.0; shares.len()];
    let mut capped = vec![false; shares.len()];
    // Every round caps one symbol at least, or ends.
    for _ in 0..=shares.len() {
        let full = capped.iter().filter(|is| **is).count() as f64 * cap;
        let open = math::sum(shares.iter().zip(&capped).filter(|(_, is)| !**is).map(|(share, _)| *share));
        let left = (1.0 - full).max(0.0);
        let mut again = false;
        for i in 0..shares.len() {
            if capped[i] {
                weights[i] = cap;
                continue;
            }
            weights[i] = if open > 0.0 { shares[i] / open * left } else { 0.0 };
            if weights[i] > cap {
                weights[i] = cap;
                capped[i] = true;
                again = true;
            }
        }
        if !again {
            break;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Unknown;

    const NONE: &[Figure] = &[];

    #[test]
    fn the_best_are_held_equally() {
        // The best half of four known scores: 3 and 2; the unknown one is out.
        let rule = WeightRule { top: 0.5, scheme: WeightScheme::Equal, cap: 1.0 };
        let scores = [Ok(1.0), Ok(3.0), Err(Unknown::Stale), Ok(2.0), Ok(-1.0)];
        assert_eq!(rule.weights(&scores, NONE), [0.0, 0.5, 0.0, 0.5, 0.0]);
    }

    #[test]
    fn a_cap_is_hard_and_what_nobody_can_take_is_cash() {
        // 6 : 3 : 1 under 0.5: 0.5, then 3 : 1 share the other half: 0.375, 0.125.
        let rule = WeightRule { top: 1.0, scheme: WeightScheme::Proportional, cap: 0.5 };
        assert_eq!(rule.weights(&[Ok(6.0), Ok(3.0), Ok(1.0)], NONE), [0.5, 0.375, 0.125]);
        // Two under 0.4: 80 % is held.
        let rule = WeightRule { top: 1.0, scheme: WeightScheme::Equal, cap: 0.4 };
        assert_eq!(rule.weights(&[Ok(1.0), Ok(1.0)], NONE), [0.4, 0.4]);
    }

    #[test]
    fn nothing_worth_holding_holds_nothing() {
        let rule = WeightRule { top: 1.0, scheme: WeightScheme::Proportional, cap: 1.0 };
        assert_eq!(rule.weights(&[Ok(-1.0), Ok(0.0)], NONE), [0.0, 0.0]);
        assert_eq!(rule.weights(&[Err(Unknown::Stale)], NONE), [0.0]);
        assert_eq!(rule.weights(&[], NONE), [0.0; 0]);
    }

    #[test]
    fn inverse_volatility_of_known_ones() {
        // σ 10 % and 30 %: ¾ and ¼; the one without a volatility is held by nobody.
        let rule = WeightRule { top: 1.0, scheme: WeightScheme::InverseVolatility, cap: 1.0 };
        let weights = rule.weights(&[Ok(1.0), Ok(1.0), Ok(1.0)], &[Ok(0.1), Ok(0.3), Err(Unknown::FlatSeries)]);
        assert!((weights[0] - 0.75).abs() < 1e-15 && (weights[1] - 0.25).abs() < 1e-15 && weights[2] == 0.0);
    }
}

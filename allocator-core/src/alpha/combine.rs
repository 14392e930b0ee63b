//! Several alphas become one score for each symbol, and scores become BUY, SELL and HOLD (A5).
//!
//! Combined score: Σ wᵢ·alphaᵢ. Symbols are ranked by it, the highest first, ties in the order of the universe. BUY is for one of the first
//! `max_positions` at or above the long threshold; else SELL for one of the last `max_positions` at or below the short one; else HOLD.
//!
//! **Conventions.** Both thresholds are inclusive. A symbol that one alpha knows nothing of has no combined score, is ranked nowhere and held
//! as it is; `zero` counts the missing alpha as 0 instead, as the recorded system 004 does.

use super::strategy::Action;
use crate::stats::{Figure, Unknown};
use crate::wire::choice;

choice! {
    /// What an alpha says of a symbol that it knows nothing of.
    pub enum Missing {
        /// It is not known, and so the combined score is not.
        Unknown = "unknown",
        /// 0.
        Zero = "zero",
    }
}

/// Which combined scores are bought and sold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Selection {
    /// Lowest score that is bought.
    pub long_threshold: f64,
    /// Highest score that is sold.
    pub short_threshold: f64,
    /// Most symbols bought, and most sold.
    pub max_positions: usize,
}

/// The combined score of every symbol: alphas, each a score for every symbol, with their weights.
pub fn combine(alphas: &[(f64, &[Figure])], symbols: usize, missing: Missing) -> Vec<Figure> {
    (0..symbols)
        .map(|symbol| {
            let mut total = 0.0;
            for (weight, scores) in alphas {
                let score = scores.get(symbol).copied().unwrap_or(Err(Unknown::InsufficientHistory));
                total += weight * if missing == Missing::Zero { score.unwrap_or(0.0) } else { score? };
            }
            crate::stats::figure::finite(total)
        })
        .collect()
}

/// Symbols with a known score, best first, ties in the order they come in.
pub fn ranking(scores: &[Figure]) -> Vec<usize> {
    let mut known: Vec<(usize, f64)> = scores.iter().enumerate().filter_map(|(i, score)| Some((i, score.ok()?))).collect();
    // Adding zero makes minus zero zero, so that the two tie.
    known.sort_by(|a, b| (b.1 + 0.0).total_cmp(&(a.1 + 0.0)));
    known.into_iter().map(|(i, _)| i).collect()
}

/// What to do about every symbol.
pub fn select(scores: &[Figure], selection: &Selection) -> Vec<Action> {
    let mut actions = vec![Action::Hold; scores.len()];
    let ranked = ranking(scores);
    for (rank, &symbol) in ranked.iter().enumerate() {
        let Ok(score) = scores[symbol] else { continue };
        if rank < selection.max_positions && score >= selection.long_threshold {
            actions[symbol] = Action::Buy;
        } else if rank + selection.max_positions >= ranked.len() && score <= selection.short_threshold {
            actions[symbol] = Action::Sell;
        }
    }
    actions
}

#[cfg(test)]
mod tests {
    use super::*;
    use Action::{Buy, Hold, Sell};

    #[test]
    fn by_hand() {
        // Halves of 0.9 and −0.5, and of 0.4 and 0.6: 0.2 and 0.5; c is unknown to the second alpha: unknown, or half of 1.
        let (first, second) = ([Ok(0.9), Ok(0.4), Ok(1.0)], [Ok(-0.5), Ok(0.6), Err(Unknown::Stale)]);
        let alphas: [(f64, &[Figure]); 2] = [(0.5, &first), (0.5, &second)];
        let found = combine(&alphas, 3, Missing::Unknown);
        assert!((found[0].unwrap() - 0.2).abs() < 1e-15 && (found[1].unwrap() - 0.5).abs() < 1e-15);
        assert_eq!(found[2], Err(Unknown::Stale));
        assert_eq!(combine(&alphas, 3, Missing::Zero)[2], Ok(0.5));
        assert_eq!(ranking(&found), [1, 0]);
    }

    #[test]
    fn thresholds_are_inclusive_and_ties_keep_their_order() {
        let selection = Selection { long_threshold: 0.5, short_threshold: -0.5, max_positions: 2 };
        assert_eq!(select(&[Ok(0.5); 3], &selection), [Buy, Buy, Hold]);
        assert_eq!(select(&[Ok(-0.5); 3], &selection), [Hold, Sell, Sell]);
        assert_eq!(select(&[Ok(0.9), Err(Unknown::Stale), Ok(-0.9)], &selection), [Buy, Hold, Sell]);
        // Zero and minus zero tie.
        assert_eq!(ranking(&[Ok(-0.0), Ok(0.0)]), [0, 1]);
    }

    #[test]
    fn who_is_bought_is_not_sold() {
        let selection = Selection { long_threshold: -1.0, short_threshold: 1.0, max_positions: 1 };
        assert_eq!(select(&[Ok(0.3), Ok(0.2)], &selection), [Buy, Sell]);
        assert_eq!(select(&[Ok(0.3)], &selection), [Buy]);
    }
}

//! Cross-sectional momentum: not how much a symbol rose, but more than how many others. Score 2(r − 1)/(n − 1) − 1 with r the rank of the
//! return among the n symbols that have one, lowest first.
//!
//! No unit, −1 to 1. Source: Jegadeesh and Titman (1993); ranks as in Asness, Moskowitz and Pedersen (2013), eq. 1.
//!
//! **Conventions.** Equal returns share the mean of their ranks. A single symbol has no rank among others: unknown.

use crate::stats::{Figure, Unknown, average_ranks};

/// Ranks of the known figures scaled to −1 … 1; unknown ones stay unknown.
pub fn cross_sectional(figures: &[Figure]) -> Vec<Figure> {
    let known: Vec<f64> = figures.iter().filter_map(|figure| figure.ok()).collect();
    let last = known.len() as f64 - 1.0;
    let mut ranks = average_ranks(&known).into_iter();
    figures
        .iter()
        .map(|figure| {
            figure.and_then(|_| match ranks.next() {
                Some(rank) if last >= 1.0 => Ok(2.0 * (rank - 1.0) / last - 1.0),
                _ => Err(Unknown::InsufficientHistory),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // −3 %, unknown, 5 %, 5 %, 0: ranks 1, –, 3.5, 3.5, 2 of four: −1, –, 2·2.5/3 − 1 = 2/3, 2/3, −1/3.
        let found = cross_sectional(&[Ok(-0.03), Err(Unknown::Stale), Ok(0.05), Ok(0.05), Ok(0.0)]);
        assert_eq!((found[0], found[1]), (Ok(-1.0), Err(Unknown::Stale)));
        assert!((found[2].unwrap() - 2.0 / 3.0).abs() < 1e-15 && found[2] == found[3]);
        assert!((found[4].unwrap() + 1.0 / 3.0).abs() < 1e-15);
    }

    #[test]
    fn one_alone_has_no_rank() {
        assert_eq!(cross_sectional(&[Ok(0.1), Err(Unknown::Stale)]), [Err(Unknown::InsufficientHistory), Err(Unknown::Stale)]);
    }
}

//! Relative strength index, read as a reversal: what rose in most of its recent moves is overbought. Score (50 − RSI)/50 with
//! RSI = 100·g/(g + l), g and l the smoothed gains and losses.
//!
//! No unit, −1 (only gains) to 1 (only losses). Source: Wilder (1978), New Concepts in Technical Trading Systems.
//!
//! **Conventions.** Wilder's smoothing: the mean of the first k moves, then (k − 1)/k of the old and 1/k of the new. It begins with the oldest
//! of the prices given; callers hand over a bounded number of them. Prices that do not move have no index.

use crate::stats::figure::finite;
use crate::stats::{Figure, Unknown};

/// (50 − RSI)/50 over `periods`.
///
/// # Errors
/// Fewer than `periods` + 1 prices, or prices that do not move.
pub fn relative_strength(prices: &[f64], periods: usize) -> Figure {
    if periods == 0 || prices.len() <= periods {
        return Err(Unknown::InsufficientHistory);
    }
    let k = periods as f64;
    let (mut gain, mut loss) = (0.0, 0.0);
    for (i, pair) in prices.windows(2).enumerate() {
        let (up, down) = ((pair[1] - pair[0]).max(0.0), (pair[0] - pair[1]).max(0.0));
        if i < periods {
            gain += up / k;
            loss += down / k;
        } else {
            gain = (gain * (k - 1.0) + up) / k;
            loss = (loss * (k - 1.0) + down) / k;
        }
    }
    if gain + loss == 0.0 {
        return Err(Unknown::FlatSeries);
    }
    finite((loss - gain) / (gain + loss))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Moves +2, −1: gains 1, losses ½ a period: RSI 66.7, score (0.5 − 1)/1.5. Then −2: gains ½, losses ¼ + 1 = 1.25: 0.75/1.75.
        assert!((relative_strength(&[10.0, 12.0, 11.0], 2).unwrap() + 1.0 / 3.0).abs() < 1e-15);
        assert!((relative_strength(&[10.0, 12.0, 11.0, 9.0], 2).unwrap() - 3.0 / 7.0).abs() < 1e-15);
        assert_eq!(relative_strength(&[1.0, 2.0, 3.0], 2), Ok(-1.0));
        assert_eq!(relative_strength(&[1.0, 1.0, 1.0], 2), Err(Unknown::FlatSeries));
    }
}

//! Breakout: a price at the top of its channel goes on. Score (2p − h − l)/(h − l) of the price p in the range of the k prices before it.
//!
//! No unit: −1 at the bottom of the channel, 1 at its top, beyond when it breaks out. Source: Donchian's channel, as in Faith (2003), The
//! Original Turtle Trading Rules.
//!
//! **Conventions.** The channel is that of the closing prices before today. A channel without width has no score.

use crate::stats::figure::finite;
use crate::stats::{Figure, Unknown};

/// Where the last price lies in the range of the `periods` before it.
///
/// # Errors
/// Fewer than `periods` + 1 prices, or a range without width.
pub fn breakout(prices: &[f64], periods: usize) -> Figure {
    let Some((last, before)) = prices.split_last().filter(|(_, before)| periods > 0 && before.len() >= periods) else {
        return Err(Unknown::InsufficientHistory);
    };
    let channel = &before[before.len() - periods..];
    let high = channel.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let low = channel.iter().copied().fold(f64::INFINITY, f64::min);
    if high <= low {
        return Err(Unknown::FlatSeries);
    }
    finite((2.0 * last - high - low) / (high - low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 99 does not count; channel 10 to 14, price 15: (30 − 24)/4.
        assert_eq!(breakout(&[99.0, 10.0, 14.0, 15.0], 2), Ok(1.5));
        assert_eq!(breakout(&[10.0, 14.0, 12.0], 2), Ok(0.0));
        assert_eq!(breakout(&[10.0, 10.0, 12.0], 2), Err(Unknown::FlatSeries));
        assert_eq!(breakout(&[10.0, 12.0], 2), Err(Unknown::InsufficientHistory));
    }
}

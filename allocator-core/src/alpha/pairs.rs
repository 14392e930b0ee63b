//! Pairs: two prices that move together and have come apart come together again. Score of the first: −(e(t) − m)/s of the spread
//! e = ln a − β ln b over the last k periods; score of the second: the same with the sign of β turned.
//!
//! No unit (standard deviations). Source: Gatev, Goetzmann and Rouwenhorst (2006), "Pairs Trading: Performance of a Relative-Value Arbitrage
//! Rule"; the hedge ratio β is that of least squares, Engle and Granger (1987).
//!
//! **Conventions.** Sample deviation (ddof 1). The two are compared at the times that both have. A flat partner has no hedge ratio, and a
//! spread that does not vary no score.

use crate::math::{ln, negligible};
use crate::stats::figure::finite;
use crate::stats::{Centred, Figure, Unknown};

/// Scores of both from their prices at common times, oldest first.
///
/// # Errors
/// Fewer than `periods` prices, a flat partner, a spread that does not vary.
pub fn pairs(a: &[f64], b: &[f64], periods: usize) -> Result<(f64, f64), Unknown> {
    let n = a.len().min(b.len());
    let from = n.checked_sub(periods).filter(|_| periods >= 3).ok_or(Unknown::InsufficientHistory)?;
    let logs = |prices: &[f64]| prices[from..n].iter().map(|price| ln(*price)).collect::<Vec<f64>>();
    let (a, b) = (logs(&a[a.len() - n..]), logs(&b[b.len() - n..]));
    let (of_a, of_b) = (Centred::new(&a)?, Centred::new(&b)?);
    of_b.standard_deviation(1)?;
    let beta = crate::math::dot(&of_a.deviations, &of_b.deviations) / crate::math::dot(&of_b.deviations, &of_b.deviations);
    let spread: Vec<f64> = a.iter().zip(&b).map(|(a, b)| a - beta * b).collect();
    let of_spread = Centred::new(&spread)?;
    let deviation = of_spread.standard_deviation(1)?;
    if negligible(deviation, of_a.standard_deviation(1).unwrap_or(1.0)) {
        return Err(Unknown::FlatSeries);
    }
    let z: Figure = finite(of_spread.deviations.last().copied().ok_or(Unknown::InsufficientHistory)? / deviation);
    let z = z?;
    Ok((-z, if beta < 0.0 { -z } else { z }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Logs of a 0, 1, 0, 3 and of b 0, 1, 0, 1 (means 1 and ½): β = (½ + 0·½ + ½ + 2·½)/1 = 2; spread 0, −1, 0, 1: mean 0, s = √(2/3).
        let e = std::f64::consts::E;
        let (a, b) = ([1.0, e, 1.0, e * e * e], [1.0, e, 1.0, e]);
        let (first, second) = pairs(&a, &b, 4).unwrap();
        let z = 1.0 / (2.0_f64 / 3.0).sqrt();
        assert!((first + z).abs() < 1e-12 && (second - z).abs() < 1e-12, "{first} {second} {z}");
        assert_eq!(pairs(&a, &[1.0; 4], 4), Err(Unknown::FlatSeries));
        // One is the other: the spread is rounding noise.
        assert_eq!(pairs(&a, &a, 4), Err(Unknown::FlatSeries));
        assert_eq!(pairs(&a, &b, 5), Err(Unknown::InsufficientHistory));
    }
}

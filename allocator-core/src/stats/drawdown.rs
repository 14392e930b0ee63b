//! Drawdown: how far the value lies below the highest value so far, dₜ = Wₜ/max(W₀…Wₜ) − 1 ≤ 0; and the Calmar ratio.
//!
//! Unit: fraction; lengths in periods. Calmar = CAGR/|maximum drawdown|. Source: Young (1991), "Calmar Ratio: A Smoother Tool".
//!
//! **Conventions.** The start counts as a peak: a loss on the first day is a drawdown. The maximum drawdown is the first of equal ones;
//! its peak is the last time that the value stood at its height, its end the first time that it stood there again.

use super::figure::{Figure, Unknown, finite};

/// The deepest drawdown of a curve and the one that is going on. Places are indices into the curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Drawdowns {
    /// The deepest drawdown, zero or negative.
    pub max: f64,
    /// Where it began: the last point at the peak before it.
    pub peak: usize,
    /// Where it was deepest.
    pub trough: usize,
    /// Where the value first stood at the peak again; `None` if it has not.
    pub recovery: Option<usize>,
    /// The drawdown at the last point, zero or negative.
    pub current: f64,
    /// Where the current one began: the last point at its peak.
    pub current_peak: usize,
    /// The highest value.
    pub highest: f64,
}

/// Drawdowns of a curve of positive values (wealth, equity), the start included.
///
/// `None` for an empty curve.
pub fn drawdowns(curve: &[f64]) -> Option<Drawdowns> {
    let first = *curve.first()?;
    let mut found = Drawdowns { max: 0.0, peak: 0, trough: 0, recovery: Some(0), current: 0.0, current_peak: 0, highest: first };
    for (i, &value) in curve.iter().enumerate() {
        if value >= found.highest {
            if found.recovery.is_none() {
                found.recovery = Some(i);
            }
            found.highest = value;
            found.current_peak = i;
            found.current = 0.0;
            continue;
        }
        found.current = value / found.highest - 1.0;
        if found.current < found.max {
            found.max = found.current;
            found.peak = found.current_peak;
            found.trough = i;
            found.recovery = None;
        }
    }
    Some(found)
}

/// Drawdown at every point of a curve.
pub fn drawdown_curve(curve: &[f64]) -> Vec<f64> {
    let mut highest = f64::NEG_INFINITY;
    curve
        .iter()
        .map(|&value| {
            highest = highest.max(value);
            if value >= highest { 0.0 } else { value / highest - 1.0 }
        })
        .collect()
}

/// Growth of one unit of money, the start included: n returns make n + 1 points.
pub fn wealth_curve(returns: &[f64]) -> Vec<f64> {
    let mut wealth = 1.0;
    std::iter::once(1.0)
        .chain(returns.iter().map(|r| {
            wealth *= 1.0 + r;
            wealth
        }))
        .collect()
}

/// CAGR per unit of maximum drawdown.
///
/// # Errors
/// There was no drawdown.
pub fn calmar(cagr: f64, max_drawdown: f64) -> Figure {
    if max_drawdown == 0.0 { Err(Unknown::NoDrawdown) } else { finite(cagr / max_drawdown.abs()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // 100, 110, 99, 110, 88: 99/110 − 1 = −10 %, made good at 110; then 88/110 − 1 = −20 %, still going on.
        let found = drawdowns(&[100.0, 110.0, 99.0, 110.0, 88.0]).unwrap();
        assert!((found.max + 0.2).abs() < 1e-15);
        assert_eq!((found.peak, found.trough, found.recovery), (3, 4, None));
        assert_eq!(found.current, found.max);
        assert_eq!(found.highest, 110.0);
    }

    #[test]
    fn the_start_is_a_peak_and_recovery_ends_it() {
        // −10 %, then back above: peak 0, trough 1, made good at 2.
        let found = drawdowns(&wealth_curve(&[-0.1, 0.2])).unwrap();
        assert_eq!((found.peak, found.trough, found.recovery, found.current), (0, 1, Some(2), 0.0));
        assert!((found.max + 0.1).abs() < 1e-15);
    }

    #[test]
    fn a_rising_curve_has_none() {
        let found = drawdowns(&[1.0, 2.0, 3.0]).unwrap();
        assert_eq!((found.max, found.current, found.recovery), (0.0, 0.0, Some(0)));
        assert_eq!(calmar(0.1, found.max), Err(Unknown::NoDrawdown));
        assert_eq!(drawdowns(&[]), None);
    }

    #[test]
    fn everything_lost_stays_lost() {
        let found = drawdowns(&wealth_curve(&[0.5, -1.0, 0.5])).unwrap();
        assert_eq!((found.max, found.current), (-1.0, -1.0));
    }

    #[test]
    fn the_curve_agrees_with_the_summary() {
        let curve = [100.0, 110.0, 99.0, 110.0, 88.0];
        let all = drawdown_curve(&curve);
        assert_eq!(all.iter().copied().fold(0.0, f64::min), drawdowns(&curve).unwrap().max);
        assert_eq!(all[0], 0.0);
    }
}

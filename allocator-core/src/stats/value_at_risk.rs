//! Value at risk and conditional value at risk (expected shortfall): the return that is not undercut in a share c of periods, and
//! the mean return when it is.
//!
//! With α = 1 − c, z = Φ⁻¹(α), S skewness and K excess kurtosis:
//! - historical: the α-quantile of the returns;
//! - Gaussian: `VaR` = x̄ + z·s, `CVaR` = x̄ − s·φ(z)/α;
//! - Cornish-Fisher: `VaR` = x̄ + s·(z + (z² − 1)S/6 + (z³ − 3z)K/24 − (2z³ − 5z)S²/36),
//!   `CVaR` = x̄ − s·φ(z)/α·(1 + zS/6 + (z² − 1)K/24 − (2z² − 1)S²/36).
//!
//! Unit: fraction per period, as a return: a loss is negative. Sources: Cornish and Fisher (1938); Favre and Galeano (2002), eq. 5;
//! Maillard (2012), "A User's Guide to the Cornish-Fisher Expansion", for the `CVaR` and for where the expansion stops being
//! monotone (large S or K: the figure is then not a quantile of any distribution).
//!
//! **Conventions.** The newest window, whole. Ten observations at least. Historical `VaR` interpolates linearly between order
//! statistics at (n − 1)α (NumPy's default, Hyndman and Fan's type 7).

use super::figure::{Figure, Unknown, finite};
use super::moments::Centred;
use super::shape::{excess_kurtosis, skewness};
use crate::math;
use crate::wire::choice;

/// Fewest observations from which a tail is judged.
pub const TAIL_OBSERVATIONS_MIN: usize = 10;

choice! {
    /// Which order statistic the historical value at risk is.
    pub enum VarRule {
        /// Linear between neighbours, at (n - 1)(1 - level).
        Linear = "linear",
        /// The return at index ⌊(1 - level)·n⌋ of the sorted ones, as the recorded system 002 does.
        FloorIndex = "floor_index",
    }
}

choice! {
    /// Which returns the historical conditional value at risk is the mean of.
    pub enum CvarRule {
        /// All that are at most the value at risk.
        AtMostVar = "at_most_var",
        /// The ⌊(n - 1)(1 - level)⌋ + 1 lowest.
        LowestCount = "lowest_count",
        /// The lowest n(1 - level), the last of them in part: the minimum of Rockafellar and Uryasev (2000), eq. 4.
        RockafellarUryasev = "rockafellar_uryasev",
    }
}

/// The `p`-quantile of ascending values, linear between neighbours at (n − 1)p (Hyndman and Fan 1996, type 7).
///
/// `p` is brought into 0 to 1.
///
/// # Errors
/// No values.
pub fn quantile(ascending: &[f64], p: f64) -> Figure {
    let last = ascending.len().checked_sub(1).ok_or(Unknown::InsufficientHistory)?;
    let place = last as f64 * p.clamp(0.0, 1.0);
    let below = (place.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let share = place - below as f64;
    let (low, high) = (ascending[below], ascending[above]);
    // From the nearer neighbour, so that the interpolation is exact at both ends.
    finite(if share < 0.5 { low + (high - low) * share } else { high - (high - low) * (1.0 - share) })
}

/// Values in ascending order.
pub fn ascending(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// What a product may lack of the whole number it stands for.
const ROUNDING: f64 = 1e-9;

/// α = 1 − level, to twelve decimals: 1 − 0.9 is 0.09999999999999998 in binary, and one order statistic too low.
fn tail_share(level: f64) -> f64 {
    ((1.0 - level) * 1e12).round() / 1e12
}

fn enough(n: usize) -> Result<(), Unknown> {
    if n < TAIL_OBSERVATIONS_MIN { Err(Unknown::InsufficientHistory) } else { Ok(()) }
}

/// Historical value at risk of returns in ascending order.
///
/// # Errors
/// Fewer than ten returns.
pub fn var_historical(sorted: &[f64], level: f64, rule: VarRule) -> Figure {
    enough(sorted.len())?;
    match rule {
        VarRule::Linear => quantile(sorted, tail_share(level)),
        VarRule::FloorIndex => {
            let index = (tail_share(level) * sorted.len() as f64 + ROUNDING).floor() as usize;
            sorted.get(index.min(sorted.len() - 1)).copied().ok_or(Unknown::InsufficientHistory)
        }
    }
}

/// Historical conditional value at risk of returns in ascending order; `var` is the value at risk of the same returns.
///
/// # Errors
/// Fewer than ten returns.
pub fn cvar_historical(sorted: &[f64], level: f64, rule: CvarRule, var: f64) -> Figure {
    enough(sorted.len())?;
    let n = sorted.len() as f64;
    let mean_of = |tail: &[f64]| finite(math::sum(tail.iter().copied()) / tail.len() as f64);
    match rule {
        CvarRule::AtMostVar => {
            let count = sorted.partition_point(|r| *r <= var).max(1);
            mean_of(&sorted[..count])
        }
        CvarRule::LowestCount => {
            let count = ((n - 1.0) * tail_share(level) + ROUNDING).floor() as usize + 1;
            mean_of(&sorted[..count.min(sorted.len())])
        }
        CvarRule::RockafellarUryasev => {
            let wanted = n * tail_share(level);
            let whole = (wanted.floor() as usize).min(sorted.len());
            let part = sorted.get(whole).map_or(0.0, |next| next * (wanted - whole as f64));
            finite((math::sum(sorted[..whole].iter().copied()) + part) / wanted)
        }
    }
}

/// Gaussian value at risk.
///
/// # Errors
/// Fewer than ten returns, or returns that do not vary.
pub fn var_gaussian(returns: &[f64], level: f64, ddof: u32) -> Figure {
    enough(returns.len())?;
    let centred = Centred::new(returns)?;
    finite(centred.mean + math::normal_quantile(tail_share(level)) * centred.standard_deviation(ddof)?)
}

/// Gaussian conditional value at risk.
///
/// # Errors
/// As [`var_gaussian`].
pub fn cvar_gaussian(returns: &[f64], level: f64, ddof: u32) -> Figure {
    enough(returns.len())?;
    let centred = Centred::new(returns)?;
    let z = math::normal_quantile(tail_share(level));
    finite(centred.mean - centred.standard_deviation(ddof)? * math::normal_pdf(z) / tail_share(level))
}

/// Cornish-Fisher value at risk.
///
/// # Errors
/// As [`var_gaussian`].
pub fn var_cornish_fisher(returns: &[f64], level: f64, ddof: u32) -> Figure {
    enough(returns.len())?;
    let (centred, s, k) = (Centred::new(returns)?, skewness(returns)?, excess_kurtosis(returns)?);
    let z = math::normal_quantile(tail_share(level));
    let cube = z * z * z;
    let moved = z + (z * z - 1.0) * s / 6.0 + (cube - 3.0 * z) * k / 24.0 - (2.0 * cube - 5.0 * z) * s * s / 36.0;
    finite(centred.mean + centred.standard_deviation(ddof)? * moved)
}

/// Cornish-Fisher conditional value at risk.
///
/// # Errors
/// As [`var_gaussian`].
pub fn cvar_cornish_fisher(returns: &[f64], level: f64, ddof: u32) -> Figure {
    enough(returns.len())?;
    let (centred, s, k) = (Centred::new(returns)?, skewness(returns)?, excess_kurtosis(returns)?);
    let z = math::normal_quantile(tail_share(level));
    let square = z * z;
    let factor = 1.0 + z * s / 6.0 + (square - 1.0) * k / 24.0 - (2.0 * square - 1.0) * s * s / 36.0;
    finite(centred.mean - centred.standard_deviation(ddof)? * math::normal_pdf(z) / tail_share(level) * factor)
}

/// Tail ratio: the size of the 95 % quantile per size of the 5 % quantile, of returns in ascending order.
///
/// # Errors
/// Fewer than ten returns, or a lower quantile of zero.
pub fn tail_ratio(sorted: &[f64]) -> Figure {
    enough(sorted.len())?;
    let (high, low) = (quantile(sorted, 0.95)?, quantile(sorted, 0.05)?);
    super::figure::ratio(high.abs(), low.abs(), Unknown::NoLosses)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// −10, −9, … 10 per cent: 21 returns.
    fn ladder() -> Vec<f64> {
        (-10..=10).map(|k| f64::from(k) / 100.0).collect()
    }

    #[test]
    fn historical_by_hand() {
        let sorted = ladder();
        // (21 − 1)·0.05 = 1: the second lowest, −9 %. ⌊0.05·21⌋ = 1: the same.
        let var = var_historical(&sorted, 0.95, VarRule::Linear).unwrap();
        assert!((var + 0.09).abs() < 1e-12);
        assert_eq!(var_historical(&sorted, 0.95, VarRule::FloorIndex), Ok(-0.09));
        // −10 and −9: −9.5 %.
        assert!((cvar_historical(&sorted, 0.95, CvarRule::LowestCount, var).unwrap() + 0.095).abs() < 1e-12);
        // 1.05 returns: (−10 − 9·0.05)/1.05 = −9.952381 %.
        let exact = cvar_historical(&sorted, 0.95, CvarRule::RockafellarUryasev, var).unwrap();
        assert!((exact + 0.1045 / 1.05).abs() < 1e-12);
    }

    #[test]
    fn gaussian_by_hand() {
        // Mean 0, Σ = 2·(1 + 4 + … + 100)·1e-4 = 0.077; s² = 0.077/20 = 0.00385.
        let s = 0.00385_f64.sqrt();
        assert!((var_gaussian(&ladder(), 0.95, 1).unwrap() + 1.6448536269514722 * s).abs() < 1e-15);
        // φ(1.6448536)/0.05 = 2.0627128.
        assert!((cvar_gaussian(&ladder(), 0.95, 1).unwrap() + 2.062712807507426 * s).abs() < 1e-12);
    }

    #[test]
    fn cornish_fisher_without_skew_and_with_given_kurtosis() {
        // S = 0; K of a discrete uniform on n points is −(6/5)(n² + 1)/(n² − 1) = −1.2·442/440.
        let (s, k, z) = (0.00385_f64.sqrt(), -1.2 * 442.0 / 440.0, -1.6448536269514722_f64);
        let wanted = s * (z + (z * z * z - 3.0 * z) * k / 24.0);
        assert!((var_cornish_fisher(&ladder(), 0.95, 1).unwrap() - wanted).abs() < 1e-12);
    }

    #[test]
    fn cornish_fisher_tail_mean_is_the_integral_of_its_quantiles() {
        // CVaR = (1/α)∫₀^α VaR(u) du, by the midpoint rule over 20 000 levels; skewed and fat-tailed returns.
        let returns: Vec<f64> = (0..40).map(|k| if k % 7 == 0 { -0.03 } else { 0.004 * f64::from(k % 5) }).collect();
        let steps = 20_000;
        let total: f64 = (0..steps)
            .map(|i| var_cornish_fisher(&returns, 1.0 - 0.05 * (f64::from(i) + 0.5) / f64::from(steps), 1).unwrap())
            .sum();
        let got = cvar_cornish_fisher(&returns, 0.95, 1).unwrap();
        assert!((total / f64::from(steps) / got - 1.0).abs() < 1e-4, "{got}");
    }

    #[test]
    fn quantiles_and_tails() {
        assert_eq!(quantile(&[1.0, 3.0], 0.25), Ok(1.5));
        assert_eq!(quantile(&[1.0, 3.0], 1.0), Ok(3.0));
        assert_eq!(quantile(&[], 0.5), Err(Unknown::InsufficientHistory));
        assert!((tail_ratio(&ladder()).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(var_historical(&[0.0; 9], 0.95, VarRule::Linear), Err(Unknown::InsufficientHistory));
        assert_eq!(var_gaussian(&[0.0; 20], 0.95, 1), Err(Unknown::FlatSeries));
    }
}

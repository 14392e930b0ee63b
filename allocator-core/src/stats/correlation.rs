//! Correlation of two parallel series: Pearson, Spearman and exponentially weighted; p-value and interval.
//!
//! - Pearson ρ = Σ(xᵢ − x̄)(yᵢ − ȳ)/√(Σ(xᵢ − x̄)²·Σ(yᵢ − ȳ)²). Source: Pearson (1895).
//! - Spearman: Pearson of the ranks, equal values sharing the mean of their places. Source: Spearman (1904); Kendall (1945) for ties.
//! - Exponentially weighted: weights wᵢ = 2^(−ageᵢ/h), age 0 for the newest, in means and moments alike. Source: J.P. Morgan
//!   (1996), *`RiskMetrics`*, table 5.8, here with estimated means.
//! - p-value: two-sided Student's t with n − 2 degrees of freedom of t = ρ·√((n − 2)/(1 − ρ²)).
//! - Interval: tanh(atanh ρ ± Φ⁻¹((1 + c)/2)·d), d = 1/√(n − 3) (Fisher 1921), √(1.06/(n − 3)) for Spearman (Fieller,
//!   Hartley and Pearson 1957).
//!
//! **Conventions.** No unit. ρ is brought into −1 to 1. A flat series has no correlation: unknown, not zero. For the exponentially
//! weighted one n is the effective number (Σw)²/Σw² (Kish 1965). p-value needs n > 2, interval n > 3; both suppose independent
//! observations, which overlapping returns are not.

use super::figure::{Figure, Unknown, finite};
use super::moments::Centred;
use crate::math;
use crate::wire::choice;

choice! {
    /// How correlation is measured.
    pub enum CorrelationMethod {
        /// Of the values (linear).
        Pearson = "pearson",
        /// Of the ranks (monotone).
        Spearman = "spearman",
        /// Of the values, recent ones weighing more.
        Ewma = "ewma",
    }
}

/// ρ from two centred series of one length.
pub(crate) fn of_centred(x: &Centred, y: &Centred) -> Figure {
    if x.flat || y.flat {
        return Err(Unknown::FlatSeries);
    }
    // One root of the product is a rounding nearer (and exactly one for y = x); two roots where the product leaves the normal range.
    let product = x.sum_of_squares * y.sum_of_squares;
    let scale = if product.is_normal() { product.sqrt() } else { x.sum_of_squares.sqrt() * y.sum_of_squares.sqrt() };
    finite((math::dot(&x.deviations, &y.deviations) / scale).clamp(-1.0, 1.0))
}

/// Pearson's correlation.
///
/// # Errors
/// Fewer than two values, or a series that does not vary.
pub fn pearson(x: &[f64], y: &[f64]) -> Figure {
    of_centred(&Centred::new(x)?, &Centred::new(y)?)
}

/// Spearman's rank correlation.
///
/// # Errors
/// Fewer than two values, or a series that does not vary.
pub fn spearman(x: &[f64], y: &[f64]) -> Figure {
    pearson(&average_ranks(x), &average_ranks(y))
}

/// Ranks from 1, lowest first; equal values share the mean of their places.
pub fn average_ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]).then(a.cmp(&b)));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let mut to = from + 1;
        while to < order.len() && values[order[to]] == values[order[from]] {
            to += 1;
        }
        // Places from+1 … to have the mean (from + 1 + to)/2.
        let rank = (from + 1 + to) as f64 / 2.0;
        for &i in &order[from..to] {
            ranks[i] = rank;
        }
        from = to;
    }
    ranks
}

/// Exponentially weighted correlation with a half-life in observations, and the effective number of observations.
///
/// # Errors
/// Fewer than two values, or a series that does not vary.
pub fn ewma_correlation(x: &[f64], y: &[f64], half_life: f64) -> Result<(f64, f64), Unknown> {
    let n = x.len().min(y.len());
    if n < 2 {
        return Err(Unknown::InsufficientHistory);
    }
    if Centred::new(x)?.flat || Centred::new(y)?.flat {
        return Err(Unknown::FlatSeries);
    }
    let decay = math::pow(0.5, 1.0 / half_life);
    // Newest first, so that the weights are exact powers from one on.
    let (mut weight, mut total, mut total_squares, mut mean_x, mut mean_y) = (1.0, 0.0, 0.0, 0.0, 0.0);
    for i in (0..n).rev() {
        total += weight;
        total_squares += weight * weight;
        mean_x += weight * x[i];
        mean_y += weight * y[i];
        weight *= decay;
    }
    mean_x /= total;
    mean_y /= total;
    let (mut weight, mut xx, mut yy, mut xy) = (1.0, 0.0, 0.0, 0.0);
    let (mut most_x, mut most_y) = (0.0_f64, 0.0_f64);
    for i in (0..n).rev() {
        let (dx, dy) = (x[i] - mean_x, y[i] - mean_y);
        xx += weight * dx * dx;
        yy += weight * dy * dy;
        xy += weight * dx * dy;
        most_x = most_x.max(x[i].abs());
        most_y = most_y.max(y[i].abs());
        weight *= decay;
    }
    // Flat where the weights lie, though not over the whole history.
    if math::negligible((xx / total).sqrt(), most_x) || math::negligible((yy / total).sqrt(), most_y) {
        return Err(Unknown::FlatSeries);
    }
    let rho = finite((xy / (xx.sqrt() * yy.sqrt())).clamp(-1.0, 1.0))?;
    Ok((rho, total * total / total_squares))
}

/// Two-sided p-value of ρ under no correlation, from the effective number of observations.
///
/// # Errors
/// Two observations or fewer.
pub fn p_value(rho: f64, n: f64) -> Figure {
    if n <= 2.0 {
        return Err(Unknown::InsufficientHistory);
    }
    finite(math::correlation_p_value(rho, n - 2.0))
}

/// Confidence interval of ρ by Fisher's transformation.
///
/// # Errors
/// Three observations or fewer.
pub fn interval(rho: f64, n: f64, confidence: f64, method: CorrelationMethod) -> Result<(f64, f64), Unknown> {
    if n <= 3.0 {
        return Err(Unknown::InsufficientHistory);
    }
    if rho.abs() >= 1.0 {
        return Ok((rho, rho));
    }
    let variance = if method == CorrelationMethod::Spearman { 1.06 } else { 1.0 };
    let (centre, width) = (math::atanh(rho), math::normal_quantile(0.5 + confidence / 2.0) * (variance / (n - 3.0)).sqrt());
    Ok((finite(math::tanh(centre - width))?, finite(math::tanh(centre + width))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pearson_by_hand() {
        // x −1 0 1, y −2 1 1 (means 0): Σxy = 3, Σx² = 2, Σy² = 6: 3/√12.
        let rho = pearson(&[1.0, 2.0, 3.0], &[-1.0, 2.0, 2.0]).unwrap();
        assert!((rho - 3.0 / 12.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!(pearson(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0]), Ok(1.0));
    }

    #[test]
    fn spearman_by_hand() {
        // Ranks 1 2.5 2.5 4 against 1 2 3 4: deviations −1.5 0 0 1.5 and −1.5 −0.5 0.5 1.5: 4.5/√(4.5·5).
        let rho = spearman(&[1.0, 5.0, 5.0, 100.0], &[1.0, 2.0, 3.0, 4.0]).unwrap();
        assert!((rho - 4.5 / 22.5_f64.sqrt()).abs() < 1e-15);
        assert_eq!(average_ranks(&[3.0, 1.0, 3.0, 3.0]), [3.0, 1.0, 3.0, 3.0]);
    }

    #[test]
    fn ewma_by_hand() {
        // Half-life 1: weights ¼ ½ 1 from old to new, total 7/4. x 0 0 1: mean 4/7; y 0 1 1: mean 6/7.
        // Σw dx² = ¾·16/49 + 9/49 = 21/49; Σw dy² = ¼·36/49 + 1.5/49 = 10.5/49; Σw dx dy = ¼·24/49 − ½·4/49 + 3/49 = 7/49.
        let (rho, n) = ewma_correlation(&[0.0, 0.0, 1.0], &[0.0, 1.0, 1.0], 1.0).unwrap();
        assert!((rho - 7.0 / (21.0_f64 * 10.5).sqrt()).abs() < 1e-15);
        // (7/4)²/(1/16 + 1/4 + 1) = 49/21.
        assert!((n - 49.0 / 21.0).abs() < 1e-14);
    }

    #[test]
    fn a_long_half_life_is_pearson() {
        let x: Vec<f64> = (0..50).map(|i| f64::from(i * i % 17) / 100.0).collect();
        let y: Vec<f64> = (0..50).map(|i| f64::from(i * 7 % 13) / 100.0).collect();
        let (rho, n) = ewma_correlation(&x, &y, 1e9).unwrap();
        assert!((rho - pearson(&x, &y).unwrap()).abs() < 1e-7);
        assert!((n - 50.0).abs() < 1e-5);
    }

    #[test]
    fn flat_is_unknown_not_zero() {
        let moving = [0.01, -0.01, 0.01, -0.01];
        assert_eq!(pearson(&moving, &[0.005; 4]), Err(Unknown::FlatSeries));
        assert_eq!(spearman(&moving, &[0.005; 4]), Err(Unknown::FlatSeries));
        assert_eq!(ewma_correlation(&moving, &[0.005; 4], 10.0), Err(Unknown::FlatSeries));
        assert_eq!(pearson(&[0.1], &[0.2]), Err(Unknown::InsufficientHistory));
    }

    #[test]
    fn interval_and_p_value() {
        // ρ = 0.75, n = 20. Reference: mpmath 1.3.0, 50 digits.
        let (low, high) = interval(0.75, 20.0, 0.95, CorrelationMethod::Pearson).unwrap();
        assert!((low - 0.46022284926358574).abs() < 1e-15 && (high - 0.8953594192624506).abs() < 1e-15, "{low} {high}");
        assert!((p_value(0.75, 20.0).unwrap() - 0.000140087547533696).abs() < 1e-17);
        assert_eq!(interval(1.0, 20.0, 0.95, CorrelationMethod::Pearson), Ok((1.0, 1.0)));
        assert_eq!(p_value(1.0, 20.0), Ok(0.0));
        assert_eq!(p_value(1.0, 2.0), Err(Unknown::InsufficientHistory));
        assert_eq!(interval(0.5, 3.0, 0.95, CorrelationMethod::Pearson), Err(Unknown::InsufficientHistory));
    }
}

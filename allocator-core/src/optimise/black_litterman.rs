//! Black-Litterman: a prior of expected returns, views with confidence, and the posterior mean and covariance.
//!
//! - prior: given, or the equilibrium π = δ·Σ·w of the market weights w and the market's risk aversion δ
//! - views: P·μ = Q + ε, ε ~ N(0, Ω)
//! - posterior: μ = π + τΣPᵀ·(P·τΣ·Pᵀ + Ω)⁻¹·(Q − Pπ); Σ* = Σ + τΣ − τΣPᵀ·(P·τΣ·Pᵀ + Ω)⁻¹·PτΣ
//!
//! Ω is diag(P·τΣ·Pᵀ) by default (He and Litterman, 1999), or from a confidence c in each view: Ωₖ = τ·(1/c − 1)·pₖΣpₖᵀ, which makes the
//! tilt towards the view the share c of the full one (Idzorek, 2005, in the closed form of Walters, 2014, eq. 51). Source: Black and
//! Litterman (1992), "Global Portfolio Optimization", Financial Analysts Journal 48; He and Litterman (1999), "The Intuition Behind
//! Black-Litterman Model Portfolios".
//!
//! **Conventions.** All per period. Σ* is the covariance of *returns* (Σ plus that of the estimate), the one optimisers take. A view of
//! confidence 0 says nothing and is left out; one of confidence 1 holds exactly. Views that contradict each other, both certain, have no
//! posterior.

use crate::math::dot;

/// A linear view on expected returns.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// One coefficient a strategy: a one for an absolute view, plus one and minus one for a relative view.
    pub exposure: Vec<f64>,
    /// The return that the exposure is expected to earn per period.
    pub expected: f64,
    /// Confidence from 0 to 1 (Idzorek), or `None` for the default Ω.
    pub confidence: Option<f64>,
}

/// Posterior mean and covariance of returns.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// μ.
    pub mean: Vec<f64>,
    /// Σ*, row-major.
    pub covariance: Vec<f64>,
    /// The variances Ω of the views that count, in their order.
    pub omega: Vec<f64>,
}

/// Equilibrium returns π = δ·Σ·w per period.
pub fn equilibrium(covariance: &[f64], market_weights: &[f64], risk_aversion: f64) -> Vec<f64> {
    let n = market_weights.len();
    (0..n).map(|i| risk_aversion * dot(&covariance[i * n..(i + 1) * n], market_weights)).collect()
}

/// The posterior of a prior under views; `None` where certain views contradict or repeat each other.
pub fn posterior(prior: &[f64], covariance: &[f64], tau: f64, views: &[View]) -> Option<Posterior> {
    let n = prior.len();
    let views: Vec<&View> = views.iter().filter(|view| view.confidence.is_none_or(|confidence| confidence > 0.0)).collect();
    let k = views.len();
    // Rows of P·τΣ.
    let spread: Vec<Vec<f64>> =
        views.iter().map(|view| (0..n).map(|i| tau * dot(&covariance[i * n..(i + 1) * n], &view.exposure)).collect()).collect();
    let mut omega = Vec::with_capacity(k);
    let mut middle = vec![0.0; k * k];
    for a in 0..k {
        for b in 0..k {
            middle[a * k + b] = dot(&spread[a], &views[b].exposure);
        }
        let own = middle[a * k + a];
        let doubt = views[a].confidence.map_or(own, |confidence| own * (1.0 / confidence - 1.0));
        omega.push(doubt);
    }
    for (a, doubt) in omega.iter().enumerate() {
        middle[a * k + a] += doubt;
    }
    let lower = cholesky(&middle, k)?;
    let surprise: Vec<f64> = views.iter().map(|view| view.expected - dot(&view.exposure, prior)).collect();
    let tilt = substitute(&lower, k, &surprise);
    let mean = (0..n).map(|i| prior[i] + (0..k).map(|a| spread[a][i] * tilt[a]).sum::<f64>()).collect();
    // L⁻¹·PτΣ, so that the last term is a symmetric product.
    let mut halves: Vec<Vec<f64>> = spread.clone();
    for a in 0..k {
        for i in 0..n {
            let known: f64 = (0..a).map(|b| lower[a * k + b] * halves[b][i]).sum();
            halves[a][i] = (halves[a][i] - known) / lower[a * k + a];
        }
    }
    let mut posterior = Vec::with_capacity(n * n);
    for i in 0..n {
        for j in 0..n {
            // Σᵢⱼ and Σⱼᵢ are equal in what comes in; the lower one is taken for both, so that rounding cannot part them.
            let (high, low) = if i >= j { (i, j) } else { (j, i) };
            let entry = covariance[high * n + low];
            let learnt: f64 = halves.iter().map(|half| half[high] * half[low]).sum();
            posterior.push(entry + (tau * entry - learnt));
        }
    }
    Some(Posterior { mean, covariance: posterior, omega })
}

/// Lower factor, row-major, `None` where a pivot is nothing beside its diagonal.
fn cholesky(matrix: &[f64], k: usize) -> Option<Vec<f64>> {
    let mut lower = vec![0.0; k * k];
    for i in 0..k {
        for j in 0..=i {
            let known = dot(&lower[i * k..i * k + j], &lower[j * k..j * k + j]);
            let rest = matrix[i * k + j] - known;
            if i == j {
                if rest <= 1e-14 * matrix[i * k + i] || matrix[i * k + i] <= 0.0 {
                    return None;
                }
                lower[i * k + i] = rest.sqrt();
            } else {
                lower[i * k + j] = rest / lower[j * k + j];
            }
        }
    }
    Some(lower)
}

fn substitute(lower: &[f64], k: usize, right: &[f64]) -> Vec<f64> {
    let mut x = right.to_vec();
    for i in 0..k {
        x[i] = (x[i] - dot(&lower[i * k..i * k + i], &x[..i])) / lower[i * k + i];
    }
    for i in (0..k).rev() {
        let known: f64 = (i + 1..k).map(|j| lower[j * k + i] * x[j]).sum();
        x[i] = (x[i] - known) / lower[i * k + i];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_view_on_one_asset_by_hand() {
        // π 0.04, σ² 0.01, τ 1: Ω = 0.01 and the view of 0.08 counts half: μ = 0.06; Σ* = 0.01 + 0.01 − 0.01²/0.02 = 0.015.
        let view = View { exposure: vec![1.0], expected: 0.08, confidence: None };
        let got = posterior(&[0.04], &[0.01], 1.0, &[view]).expect("a posterior");
        assert!((got.mean[0] - 0.06).abs() < 1e-16 && (got.covariance[0] - 0.015).abs() < 1e-16);
    }

    #[test]
    fn confidence_is_the_share_of_the_tilt() {
        let at = |confidence: f64| {
            let view = View { exposure: vec![1.0, -1.0], expected: 0.02, confidence: Some(confidence) };
            posterior(&[0.03, 0.03], &[0.04, 0.01, 0.01, 0.09], 0.05, &[view]).expect("a posterior").mean
        };
        let (none, quarter, certain) = (at(0.0), at(0.25), at(1.0));
        assert_eq!(none, vec![0.03, 0.03]);
        assert!((certain[0] - certain[1] - 0.02).abs() < 1e-16);
        for i in 0..2 {
            assert!((quarter[i] - (none[i] + 0.25 * (certain[i] - none[i]))).abs() < 1e-16);
        }
    }

    #[test]
    fn two_certain_views_that_contradict_have_no_posterior() {
        let view = |expected| View { exposure: vec![1.0], expected, confidence: Some(1.0) };
        assert_eq!(posterior(&[0.04], &[0.01], 1.0, &[view(0.05), view(0.06)]), None);
    }

    #[test]
    fn equilibrium_by_hand() {
        // 2.5 · (0.04·0.5 + 0.01·0.5) = 0.0625; 2.5 · (0.01·0.5 + 0.09·0.5) = 0.125.
        let returns = equilibrium(&[0.04, 0.01, 0.01, 0.09], &[0.5, 0.5], 2.5);
        assert!((returns[0] - 0.0625).abs() < 1e-16 && (returns[1] - 0.125).abs() < 1e-16);
    }
}

//! Peers: weights of the optimisers against certified optima, and never worse than what the libraries answered.

use super::peers_data::Data;
use crate::parity::case::Case;
use crate::parity::judge::{Findings, Tolerance, number};
use serde_json::{Value, json};

/// The settings of an optimiser's method, `None` for other methods.
pub(super) fn settings(method: &str) -> Option<Value> {
    Some(match method {
        "min_variance" => json!({ "method": "min_variance" }),
        "min_variance_ledoit_wolf" => json!({ "method": "min_variance", "estimators": { "covariance": "ledoit_wolf" } }),
        "max_sharpe" => json!({ "method": "max_sharpe" }),
        "mv_utility" => json!({ "method": "mean_variance", "optimizer": { "risk_aversion": 5.0 } }),
        "mv_utility_lam50" => json!({ "method": "mean_variance", "optimizer": { "risk_aversion": 50.0 } }),
        "max_diversification" => json!({ "method": "max_diversification" }),
        "kelly_log_growth" => json!({ "method": "kelly_log_growth", "optimizer": { "fully_invested": true } }),
        "min_cvar95" => json!({ "method": "min_cvar", "optimizer": { "tail": 0.05 } }),
        _ => return None,
    })
}

/// Whether the case says that the question has no answer; then ours must say so and deploy nothing.
pub(super) fn undefined(case: &Case, answer: &Value, findings: &mut Findings) -> bool {
    let status = case.output()["reference"]["status"].as_str().unwrap_or_default();
    if !status.starts_with("undefined") {
        return false;
    }
    findings.exact("status", &Some("no_edge"), &answer["status"].as_str());
    for row in answer["allocations"].as_array().into_iter().flatten() {
        findings.number("w", 0.0, &row["weight"], Tolerance::Absolute(0.0));
    }
    true
}

/// The objective is at least as good as that of every peer's weights, brought within the limits: to 1e-12 of it, `CVaR` to 1e-7.
pub(super) fn no_worse(case: &Case, data: &Data, rows: &Value, cap: Option<f64>, findings: &mut Findings) {
    if settings(&case.function).is_none() {
        return;
    }
    let n = data.columns.len();
    let ours: Vec<f64> = (0..n).filter_map(|i| rows[data.place_of(i)]["weight"].as_f64()).collect();
    let Some(objective) = Objective::of(&case.function, data) else { return };
    if ours.len() != n {
        return;
    }
    let tolerance = if case.function == "min_cvar95" { 1e-7 } else { 1e-12 };
    let mine = objective.at(&ours);
    for (peer, item) in case.output()["peers"].as_object().into_iter().flatten() {
        let theirs: Vec<f64> = item["w"].as_array().into_iter().flatten().filter_map(number).collect();
        if theirs.len() == n && theirs.iter().all(|weight| weight.is_finite()) {
            let theirs = objective.at(&projected(&theirs, cap.unwrap_or(1.0)));
            findings.holds(
                &format!("objective beside {peer}"),
                mine <= theirs + tolerance * theirs.abs(),
                &format!("at most {theirs:e}"),
                format!("{mine:e}"),
            );
        }
    }
}

/// The nearest weights that sum to 1 and lie between 0 and the cap: each less the same amount, clipped.
fn projected(weights: &[f64], cap: f64) -> Vec<f64> {
    let at = |less: f64| -> Vec<f64> { weights.iter().map(|weight| (weight - less).clamp(0.0, cap)).collect() };
    let (mut low, mut high) = (-2.0, 2.0);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if at(middle).iter().sum::<f64>() > 1.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    at(0.5 * (low + high))
}

/// What is minimised, from the returns alone.
struct Objective<'a> {
    method: &'a str,
    data: &'a Data,
    mean: Vec<f64>,
    volatility: Vec<f64>,
}

impl<'a> Objective<'a> {
    /// `None` where it does not follow from the returns (a shrunk covariance).
    fn of(method: &'a str, data: &'a Data) -> Option<Self> {
        if method == "min_variance_ledoit_wolf" {
            return None;
        }
        let count = data.count() as f64;
        let mean: Vec<f64> = data.values.iter().map(|values| values.iter().sum::<f64>() / count).collect();
        let deviation = |(values, mean): (&Vec<f64>, &f64)| {
            (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (count - 1.0)).sqrt()
        };
        let volatility = data.values.iter().zip(&mean).map(deviation).collect();
        Some(Objective { method, data, mean, volatility })
    }

    fn at(&self, w: &[f64]) -> f64 {
        let count = self.data.count();
        let portfolio: Vec<f64> =
            (0..count).map(|t| self.data.values.iter().zip(w).map(|(values, w)| values[t] * w).sum::<f64>()).collect();
        let gain = |of: &[f64]| of.iter().zip(w).map(|(m, w)| m * w).sum::<f64>();
        let mean = portfolio.iter().sum::<f64>() / count as f64;
        let variance = portfolio.iter().map(|p| (p - mean) * (p - mean)).sum::<f64>() / (count as f64 - 1.0);
        match self.method {
            "min_variance" => variance,
            "max_sharpe" => -gain(&self.mean) / variance.sqrt(),
            "mv_utility" => 5.0 * variance - gain(&self.mean),
            "mv_utility_lam50" => 50.0 * variance - gain(&self.mean),
            "max_diversification" => -gain(&self.volatility) / variance.sqrt(),
            "kelly_log_growth" => -portfolio.iter().map(|p| p.ln_1p()).sum::<f64>() / count as f64,
            _ => {
                // Mean of the worst twentieth, the scenario at the edge in part.
                let mut losses: Vec<f64> = portfolio.iter().map(|p| -p).collect();
                losses.sort_by(|a, b| b.total_cmp(a));
                let mass = 0.05 * count as f64;
                let whole = mass.floor() as usize;
                let part = losses.get(whole).map_or(0.0, |loss| loss * (mass - whole as f64));
                (losses[..whole].iter().sum::<f64>() + part) / mass
            }
        }
    }
}

//! Peers: weights of the methods that are no general optimisers, against certified references and water-filled caps.

use super::Skipped;
use super::peers_data::Data;
use crate::parity::Bench;
use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number};
use serde_json::{Map, Value, json};

/// What becomes of a method of the peers.
fn settings(method: &str, data: &Data) -> Option<Value> {
    let budgets =
        || -> Map<String, Value> { data.columns.iter().enumerate().map(|(i, name)| (name.clone(), json!(i + 1))).collect() };
    let hrp =
        |linkage: &str, ordering: &str| json!({ "method": "hrp", "clustering": { "linkage": linkage, "ordering": ordering } });
    Some(match method {
        "equal_weight" => json!({ "method": "equal_weight" }),
        "inverse_volatility" => json!({ "method": "inverse_volatility" }),
        "inverse_variance" => json!({ "method": "inverse_variance" }),
        "erc" => json!({ "method": "erc" }),
        "risk_budget_1_to_N" => json!({ "method": "risk_budget", "risk_budgets": budgets() }),
        "kelly_single_asset" => json!({ "method": "kelly", "kelly": { "fraction": 1.0, "min_variance": 0.0 } }),
        "kelly_unconstrained" => json!({ "method": "kelly_multivariate", "kelly": { "fraction": 1.0 } }),
        "hrp_single_noopt" => hrp("single", "tree"),
        "hrp_single_optorder" => hrp("single", "stepwise"),
        "hrp_ward_noopt" => hrp("ward", "tree"),
        "hrp_ward_optorder" => hrp("ward", "stepwise"),
        _ => return super::peers_optimisers::settings(method),
    })
}

/// The cap of a constraint, as the peers' README defines it.
fn cap_of(constraint: &str, count: usize) -> Option<f64> {
    match constraint {
        "cap40" => Some(0.40),
        "cap_tight" => Some((2.1 / count as f64 * 1e4).round() / 1e4),
        _ => None,
    }
}

/// One method under one constraint.
pub(super) fn weights(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<Skipped, Finding> {
    let folder = case.input["folder"].as_str().unwrap_or_default();
    let Some(data) = Data::of(folder) else {
        findings.holds("returns", false, "returns.json beside the case", "none");
        return Ok(None);
    };
    let Some(mut config) = settings(&case.function, &data) else { return Ok(Some("there are no optimisers yet")) };
    let cap = cap_of(case.input["constraint"].as_str().unwrap_or_default(), data.columns.len());
    if let Some(cap) = cap {
        config["constraints"] = json!({ "max": cap });
    }
    let answer = answered(bench.ask("capital", &data.request(&config))?)?;
    let rows = &answer["allocations"];
    let recorded = case.output();
    // A flat series: what it gets is the implementer's decision, and ours is nothing.
    if data.has_flat() {
        sound(&data, rows, cap, findings);
        return Ok(None);
    }
    // Sizes of bets, before anything brings them within a total: there is no weight to compare, and no sum.
    if case.id.ends_with("/closed_form")
        && let Some(form) = recorded.as_object()
    {
        let key = if form.contains_key("w") { "w" } else { "mu_over_var_ddof1" };
        for i in 0..data.columns.len() {
            let expected = number(&form[key][i]).unwrap_or(f64::NAN);
            let ours = &rows[data.place_of(i)]["statistic"]["value"];
            findings.number(&format!("{key}[{i}]"), expected, ours, closed_form(folder, key));
        }
        return Ok(None);
    }
    sound(&data, rows, cap, findings);
    if super::peers_optimisers::undefined(case, &answer, findings) {
        return Ok(None);
    }
    let infeasible = cap.is_some_and(|cap| cap * (data.columns.len() as f64) < 1.0 - 1e-12);
    if infeasible {
        findings.exact("status", &Some("infeasible_capped"), &answer["status"].as_str());
        for (i, cap) in (0..data.columns.len()).filter_map(|i| Some((i, cap?))) {
            findings.number(&format!("w[{i}]"), cap, &rows[data.place_of(i)]["weight"], Tolerance::Absolute(0.0));
        }
        return Ok(None);
    }
    let capped = cap.is_some();
    let reference = if capped && !recorded["reference_waterfill"].is_null() {
        &recorded["reference_waterfill"]
    } else {
        &recorded["reference"]
    };
    let ill = folder.contains("edge_highcorr") || folder.contains("edge_scales");
    if let Some(expected) = reference["w"].as_array() {
        let tolerance = Tolerance::Absolute(if ill { 1e-6 } else { 1e-9 });
        compare(&data, rows, expected, tolerance, "w", findings);
    } else if case.function.starts_with("hrp") && !capped {
        for (peer, item) in recorded["peers"].as_object().into_iter().flatten() {
            if let Some(expected) = item["w"].as_array() {
                compare(&data, rows, expected, Tolerance::Absolute(1e-12), peer, findings);
            }
        }
    }
    if !capped || reference["w"].is_array() {
        let sum: f64 = (0..data.columns.len()).filter_map(|i| rows[i]["weight"].as_f64()).sum();
        findings.number("sum", 1.0, &json!(sum), Tolerance::Absolute(1e-12));
    }
    super::peers_optimisers::no_worse(case, &data, rows, cap, findings);
    if case.function == "erc" || case.function == "risk_budget_1_to_N" {
        no_worse(case, &data, rows, capped, findings);
    }
    Ok(None)
}

/// A stored covariance of condition κ moves Σ⁻¹μ by κ times the rounding of its elements.
fn closed_form(folder: &str, key: &str) -> Tolerance {
    let ill = folder.contains("edge_highcorr") || folder.contains("edge_scales");
    Tolerance::Relative(if key == "w" && ill {
        1e-6
    } else if key == "w" {
        1e-9
    } else {
        1e-12
    })
}

fn compare(data: &Data, rows: &Value, expected: &[Value], tolerance: Tolerance, name: &str, findings: &mut Findings) {
    for (i, expected) in expected.iter().enumerate() {
        let expected = number(expected).unwrap_or(f64::NAN);
        findings.number(&format!("{name}[{i}]"), expected, &rows[data.place_of(i)]["weight"], tolerance);
    }
}

/// Whatever the method: no weight is negative or above its cap, by a bit.
fn sound(data: &Data, rows: &Value, cap: Option<f64>, findings: &mut Findings) {
    for i in 0..data.columns.len() {
        let weight = rows[i]["weight"].as_f64().unwrap_or(f64::NAN);
        let most = cap.unwrap_or(1.0);
        findings.holds(&format!("cap[{i}]"), weight >= 0.0 && weight <= most, &format!("0 to {most}"), weight.to_string());
    }
}

/// The objective of the programme, ½ln(w'Sw) − Σb·ln w at its best scale, is at least as good as that of every peer's weights.
fn no_worse(case: &Case, data: &Data, rows: &Value, capped: bool, findings: &mut Findings) {
    if case.status != Status::Parity || capped {
        // Under a cap the reference itself decides, to 1e-9.
        return;
    }
    let n = data.columns.len();
    let means: Vec<f64> = data.values.iter().map(|values| values.iter().sum::<f64>() / values.len() as f64).collect();
    let budget = |i: usize| if case.function == "erc" { 1.0 / n as f64 } else { (i + 1) as f64 / (n * (n + 1) / 2) as f64 };
    let error = |w: &[f64]| {
        let portfolio: Vec<f64> =
            (0..data.count()).map(|t| (0..n).map(|i| w[i] * (data.values[i][t] - means[i])).sum::<f64>()).collect();
        let variance: f64 = portfolio.iter().map(|p| p * p).sum();
        (0..n)
            .map(|i| {
                let with: f64 = portfolio.iter().zip(&data.values[i]).map(|(p, x)| p * (x - means[i])).sum();
                (w[i] * with / variance - budget(i)).abs()
            })
            .fold(0.0, f64::max)
    };
    let ours: Vec<f64> = (0..n).filter_map(|i| rows[data.place_of(i)]["weight"].as_f64()).collect();
    if ours.len() != n {
        return;
    }
    let ours = error(&ours);
    for (peer, item) in case.output()["peers"].as_object().into_iter().flatten() {
        let theirs: Vec<f64> = item["w"].as_array().into_iter().flatten().filter_map(number).collect();
        if theirs.len() == n {
            let theirs = error(&theirs);
            findings.holds(
                &format!("error beside {peer}"),
                ours <= theirs + 1e-12,
                &format!("at most {theirs:e}"),
                format!("{ours:e}"),
            );
        }
    }
}

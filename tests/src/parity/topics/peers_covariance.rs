//! Peers: means, volatilities and covariances under the conventions of several libraries.

use super::peers_data::Data;
use crate::parity::Bench;
use crate::parity::case::Case;
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number};
use serde_json::{Value, json};

const TOLERANCE: Tolerance = Tolerance::Relative(1e-12);

/// The settings under which ours is the recorded estimate, and the field that holds it.
fn settings(key: &str, item: &Value) -> Option<(Value, &'static str)> {
    let ewma = |convention: &str, field: &str, value: &Value| json!({ "covariance": "ewma", "ewma": { "convention": convention, field: value } });
    let covariance = "covariance";
    Some(match key {
        "sample_ddof1" => (json!({}), covariance),
        "sample_ddof0" => (json!({ "ddof": 0 }), covariance),
        "correlation" => (json!({}), "correlation"),
        "mean" => (json!({}), "mean"),
        "vol_ddof1" => (json!({}), "volatility"),
        "vol_ddof0" => (json!({ "ddof": 0 }), "volatility"),
        "ledoit_wolf" | "pypfopt_ledoit_wolf_constant_variance" => (json!({ "covariance": "ledoit_wolf" }), covariance),
        "pypfopt_ledoit_wolf_single_factor" => (json!({ "covariance": "ledoit_wolf_single_factor" }), covariance),
        "pypfopt_ledoit_wolf_constant_correlation" => (json!({ "covariance": "ledoit_wolf_constant_correlation" }), covariance),
        "oas" => (json!({ "covariance": "oas" }), covariance),
        _ if key.starts_with("ewma_skfolio") && key.ends_with("_uncentred") => {
            (ewma("uncentred", "half_life", &item["half_life"]), covariance)
        }
        _ if key.starts_with("ewma_skfolio") && key.ends_with("_centred") => {
            (ewma("previous_mean", "half_life", &item["half_life"]), covariance)
        }
        _ if key.starts_with("ewma_riskmetrics") => (ewma("riskmetrics", "lambda", &item["lambda"]), covariance),
        _ if key.starts_with("ewma_riskfolio_ewma1") => (ewma("unbiased", "lambda", &item["d"]), covariance),
        _ if key.starts_with("ewma_riskfolio_ewma2") => (ewma("unbiased_recursive", "lambda", &item["d"]), covariance),
        _ if key.starts_with("ewma_pypfopt") => (ewma("sample_mean", "span", &item["span"]), covariance),
        _ => return None,
    })
}

/// One estimate, element by element.
pub(super) fn estimate(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let recorded = case.output();
    let Some((estimators, field)) = settings(&case.function, recorded) else {
        findings.holds("estimate", false, "a known convention", case.function.clone());
        return Ok(());
    };
    let folder = case.input["folder"].as_str().unwrap_or_default();
    let Some(data) = Data::of(folder) else {
        findings.holds("returns", false, "returns.json beside the case", "none");
        return Ok(());
    };
    let mut estimators = estimators;
    estimators["keep_flat"] = json!(true);
    let config = json!({ "method": "equal_weight", "estimates": true, "estimators": estimators });
    let answer = answered(bench.ask("capital", &data.request(&config))?)?;
    let ours = &answer["estimates"];
    let known = recorded["value"].as_array().is_some_and(|rows| !rows.is_empty());
    if ours.is_null() {
        // A flat series has no correlation to shrink toward; the library's NaN is our unknown.
        let undefined = data.has_flat() && recorded["value"].to_string().contains("null");
        findings.holds("estimates", !known || undefined, "estimates", answer["unknown"].to_string());
        return Ok(());
    }
    // One for each pair of columns, or for each column.
    for i in 0..data.columns.len() {
        let (row, here) = (&recorded["value"][i], &ours[field][data.place_of(i)]);
        match row {
            Value::Array(row) => {
                for (j, expected) in row.iter().enumerate() {
                    element(findings, &format!("{field}[{i}][{j}]"), expected, &here[data.place_of(j)], field, &data);
                }
            }
            expected => element(findings, &format!("{field}[{i}]"), expected, here, field, &data),
        }
    }
    if let Some(expected) = number(&recorded["shrinkage"]) {
        findings.number("shrinkage", expected, &ours["shrinkage"], TOLERANCE);
    }
    Ok(())
}

/// An element: what is a difference of large numbers has the rounding of those, 1e-15 of the scale of its matrix.
fn element(findings: &mut Findings, name: &str, expected: &Value, got: &Value, field: &str, data: &Data) {
    let scale = match field {
        "correlation" => 1.0,
        "mean" | "volatility" => 0.0,
        _ => data.values.iter().map(|values| values.iter().map(|x| x * x).sum::<f64>() / values.len() as f64).fold(0.0, f64::max),
    };
    match (number(expected), number(got)) {
        (Some(expected), Some(ours)) if (expected - ours).abs() <= 1e-16 * scale => {}
        _ => findings.figure(name, expected, got, false, TOLERANCE),
    }
}

//! System 002: performance of a strategy from its account's values.

use super::metrics::{book, days, is_flat};
use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number, recorded_error};
use crate::parity::{Bench, Response};
use serde_json::{Value, json};

const TOLERANCE: Tolerance = Tolerance::Relative(1e-12);

/// Recorded figures and ours.
const FIGURES: &[(&str, &str)] = &[
    ("current_drawdown", "current_drawdown"),
    ("max_drawdown", "max_drawdown"),
    ("winning_periods", "winning_periods"),
    ("losing_periods", "losing_periods"),
    ("total_profit", "gross_gain"),
    ("total_loss", "gross_loss"),
    ("volatility", "volatility"),
    ("mean_return", "mean_annualized"),
    ("sharpe_ratio", "sharpe"),
    ("win_rate", "win_rate"),
    ("profit_factor", "profit_factor"),
];

/// All figures after the last value.
pub(super) fn update_all(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let values: Vec<f64> = case.input["values"].as_array().into_iter().flatten().filter_map(number).collect();
    let mut config = json!({ "curves": true });
    if let Some(window) = case.input["lookback_window"].as_u64() {
        config["lookback"] = json!(window);
        config["lookback_scope"] = json!("moments");
    }
    let mut request = json!({ "version": 1, "values": book(&json!(days(values.len())), &json!(values)), "config": config });
    if case.status != Status::Defect {
        request["compat"] = json!("002");
    }
    let response = bench.ask("metrics", &request)?;
    match (case.status, recorded_error(&case.recorded)) {
        (Status::Info, _) => {}
        (Status::Parity, Some(_)) => {
            findings.holds("refusal", matches!(response, Response::Refusal(_)), "a typed refusal", "an answer");
        }
        (Status::Parity, None) => compare(case.output(), &answered(response)?["series"][0], findings),
        (Status::Defect, _) => {
            if let Response::Answer(answer) = response {
                let named = if case.note.contains("profit factor") { Some("profit_factor") } else { None };
                let mut same = Findings::default();
                figures(case.output(), &answer["series"][0], &mut same, named, false);
                findings.holds(named.unwrap_or("figures"), same.count() > 0, "to differ from the recorded", "the recorded");
            }
        }
    }
    Ok(())
}

fn compare(output: &Value, series: &Value, findings: &mut Findings) {
    figures(output, series, findings, None, true);
    let peak = number(&output["peak_value"]).unwrap_or(f64::NAN);
    findings.number("peak_value", peak, &series["account"]["peak_value"], TOLERANCE);
    // The curve starts with the first value, which ends no period.
    let ours = series["curves"]["returns"].as_array().map(Vec::as_slice).unwrap_or_default();
    let recorded = output["returns"].as_array().map(Vec::as_slice).unwrap_or_default();
    findings.exact("number of returns", &recorded.len(), &ours.len().saturating_sub(1));
    for (i, (recorded, ours)) in recorded.iter().zip(ours.iter().skip(1)).enumerate() {
        findings.number(&format!("returns[{i}]"), number(recorded).unwrap_or(f64::NAN), ours, Tolerance::Absolute(1e-12));
    }
}

fn figures(output: &Value, series: &Value, findings: &mut Findings, named: Option<&str>, lenient: bool) {
    let returns: Vec<f64> = output["returns"].as_array().into_iter().flatten().filter_map(number).collect();
    let idle = returns.iter().all(|r| *r == 0.0);
    for (recorded, ours) in FIGURES {
        if named.is_some_and(|named| named != *recorded) {
            continue;
        }
        let undefined = match *recorded {
            "volatility" | "sharpe_ratio" => is_flat(&returns),
            "win_rate" | "profit_factor" => idle,
            "mean_return" => returns.is_empty(),
            _ => false,
        };
        findings.figure(recorded, &output[*recorded], &series[*ours], lenient && undefined, TOLERANCE);
    }
}

//! System 003: position limits, stage by stage.

use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number, recorded_error, refused};
use crate::parity::{Bench, Response};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const TOLERANCE: Tolerance = Tolerance::Absolute(1e-12);

/// Parts of recorded messages, and the codes that say the same.
const REASONS: &[(&str, &[&str])] = &[
    ("method must be", &["unknown_choice"]),
    ("must be positive", &["out_of_range"]),
    ("must be non-negative", &["out_of_range"]),
    ("min > max", &["out_of_range"]),
];

/// The recorded settings as ours.
fn config(recorded: &Value) -> Value {
    let mut config = Map::new();
    for (name, value) in recorded.as_object().into_iter().flatten() {
        match name.as_str() {
            "gross_cap" => _ = config.insert("gross_max".to_owned(), value.clone()),
            "net_cap" => _ = config.insert("net_max".to_owned(), value.clone()),
            "turnover_cap" => _ = config.insert("turnover_max".to_owned(), value.clone()),
            "w_bounds_per_asset" => {
                config.insert("weight_min".to_owned(), value[0].clone());
                config.insert("weight_max".to_owned(), value[1].clone());
            }
            _ => _ = config.insert(name.clone(), value.clone()),
        }
    }
    config.into()
}

/// Weights after all stages.
pub(super) fn solve_signal_beta(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let input = &case.input;
    let mut config = config(&input["config"]);
    if input["prev"].is_null() {
        // Where nothing was held before, the recorded system does not limit the turnover.
        config["turnover_max"] = Value::Null;
    }
    let mut request = json!({ "version": 1, "target": input["signals"], "config": config });
    if input["prev"].is_object() {
        request["previous"] = input["prev"].clone();
    }
    if case.status != Status::Defect {
        request["compat"] = json!("003");
    }
    let response = bench.ask("position_limits", &request)?;
    let ours = |answer: &Value| -> BTreeMap<String, Value> {
        let rows = answer["weights"].as_array().cloned().unwrap_or_default();
        rows.into_iter().map(|row| (row["symbol"].as_str().unwrap_or_default().to_owned(), row["weight"].clone())).collect()
    };
    let recorded = case.output()["weights"].as_object().cloned().unwrap_or_default();
    match (case.status, recorded_error(&case.recorded)) {
        (Status::Info, _) => {}
        (Status::Parity, Some(message)) => refused(findings, message, REASONS, &response),
        (Status::Parity, None) => {
            let answer = answered(response)?;
            let ours = ours(&answer);
            for (symbol, expected) in &recorded {
                findings.figure(symbol, expected, ours.get(symbol).unwrap_or(&Value::Null), false, TOLERANCE);
            }
            findings.exact("symbols", &recorded.len(), &ours.len());
        }
        (Status::Defect, _) => {
            if let Response::Answer(answer) = response {
                let ours = ours(&answer);
                let near = |(symbol, expected): (&String, &Value)| {
                    let got = ours.get(symbol).and_then(number);
                    number(expected).zip(got).is_some_and(|(expected, got)| TOLERANCE.holds(expected, got))
                };
                let same = recorded.len() == ours.len() && recorded.iter().all(near);
                findings.holds("weights", !same, "to differ from the recorded ones", "the recorded ones");
                let limit = |name: &str| number(&request["config"][name]).unwrap_or(f64::INFINITY);
                for (figure, most) in [("gross", limit("gross_max")), ("net", limit("net_max"))] {
                    let within = number(&answer[figure]).is_some_and(|value| value.abs() <= most);
                    findings.holds(figure, within, "within its limit", answer[figure].to_string());
                }
            }
        }
    }
    Ok(())
}

//! System 000: correlations of strategies and their alerts.

use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number, recorded_error, refused, strings};
use crate::parity::{Bench, Response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const TOLERANCE: Tolerance = Tolerance::Absolute(1e-12);

/// Parts of recorded messages, and the codes that say the same.
const REASONS: &[(&str, &[&str])] =
    &[("cannot be empty", &["empty"]), ("column", &["broken_row", "missing_column", "missing_field"])];

/// Value per pair and set of alerts.
pub(super) fn check_correlation(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let mut request =
        json!({ "version": 1, "returns": case.input["returns"], "config": { "threshold": case.input["threshold"] } });
    if case.status != Status::Defect {
        request["compat"] = json!("000");
    }
    let response = bench.ask("correlation", &request)?;
    match (case.status, recorded_error(&case.recorded)) {
        (Status::Info, _) => {}
        (Status::Parity, Some(message)) => refused(findings, message, REASONS, &response),
        (Status::Parity, None) => compare(case.output(), &answered(response)?, findings),
        (Status::Defect, _) => {
            if let Response::Answer(answer) = response {
                let ours = pairs(&answer);
                let differs = recorded_pairs(case.output()).into_iter().any(|(pair, value)| {
                    let mine = ours.get(&pair).map_or(&Value::Null, |pair| &pair["value"]);
                    number(mine).is_none_or(|mine| !TOLERANCE.holds(value, mine))
                });
                findings.holds("value per pair", differs, "to differ from the recorded one", "the recorded one");
            }
        }
    }
    Ok(())
}

fn recorded_pairs(output: &Value) -> BTreeMap<String, f64> {
    let pairs = output["pairs"].as_object().into_iter().flatten();
    pairs.map(|(pair, value)| (pair.clone(), number(value).unwrap_or(f64::NAN))).collect()
}

fn pairs(answer: &Value) -> BTreeMap<String, &Value> {
    let pairs = answer["pairs"].as_array().into_iter().flatten();
    pairs
        .map(|pair| (format!("{}|{}", pair["a"].as_str().unwrap_or_default(), pair["b"].as_str().unwrap_or_default()), pair))
        .collect()
}

fn compare(output: &Value, answer: &Value, findings: &mut Findings) {
    let mut ours = pairs(answer);
    for (pair, value) in recorded_pairs(output) {
        let mine = ours.remove(&pair).map_or(Value::Null, |pair| pair["value"].clone());
        findings.figure(&format!("value of {pair}"), &json!(value), &mine, false, TOLERANCE);
    }
    for (pair, line) in ours {
        // The recorded system leaves out what it cannot know; ours says null and why.
        let unknown = line["value"].is_null() && line["unknown"].as_array().is_some_and(|reasons| !reasons.is_empty());
        findings.holds(&format!("value of {pair}"), unknown, "unknown with a reason", line["value"].to_string());
    }
    let alerts = |alerts: &Value| -> BTreeSet<String> {
        alerts
            .as_array()
            .into_iter()
            .flatten()
            .map(|alert| strings(&alert["pair"]).into_iter().collect::<Vec<_>>().join("|"))
            .collect()
    };
    findings.exact("alerts", &alerts(&output["alerts"]), &alerts(&answer["alerts"]));
}

//! System 001: the two ways to split capital that a document prints.

use super::metrics::days;
use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number};
use crate::parity::{Bench, Response};
use serde_json::{Map, Value, json};

const TOLERANCE: Tolerance = Tolerance::Relative(1e-12);

/// Sharpe-proportional over 20 observations, or inverse volatility over 60.
pub(super) fn weights(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let returns: Map<String, Value> = case.input["returns"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, values)| {
            let values: Vec<f64> = values.as_array().into_iter().flatten().filter_map(number).collect();
            (name.clone(), json!({ "date": days(values.len()), "value": values }))
        })
        .collect();
    let (method, lookback) = if case.function == "inverse_volatility_60" { ("inverse_volatility", 60) } else { ("sharpe", 20) };
    let mut request = json!({ "version": 1, "returns": returns, "config": { "method": method, "lookback": lookback } });
    if case.status != Status::Defect {
        request["compat"] = json!("001");
    }
    let response = bench.ask("capital", &request)?;
    let recorded = if case.output()["weights"].is_object() { &case.output()["weights"] } else { &case.output()["allocations"] };
    match case.status {
        Status::Info => {}
        Status::Parity => compare(recorded, &answered(response)?, findings),
        Status::Defect => {
            if let Response::Answer(answer) = response {
                let mut same = Findings::default();
                compare(recorded, &answer, &mut same);
                findings.holds("weights", same.count() > 0, "to differ from the recorded", "the recorded");
            }
        }
    }
    Ok(())
}

/// Every recorded weight against ours; a strategy that ours does not know holds nothing.
pub(super) fn compare(recorded: &Value, answer: &Value, findings: &mut Findings) {
    let zero = json!(0.0);
    for (name, expected) in recorded.as_object().into_iter().flatten() {
        let row = answer["allocations"].as_array().into_iter().flatten().find(|row| row["strategy"] == json!(name));
        let ours = row.map_or(&zero, |row| &row["weight"]);
        findings.number(&format!("weight of {name}"), number(expected).unwrap_or(f64::NAN), ours, TOLERANCE);
    }
    for row in answer["allocations"].as_array().into_iter().flatten() {
        let name = row["strategy"].as_str().unwrap_or_default();
        if recorded.get(name).is_none() {
            findings.number(&format!("weight of {name}"), 0.0, &row["weight"], TOLERANCE);
        }
    }
}

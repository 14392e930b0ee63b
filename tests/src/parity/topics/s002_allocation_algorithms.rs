//! System 002: five ways to split capital, and its limits.

use super::metrics::days;
use super::s001_document_examples::compare;
use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, answered, number, recorded_error};
use crate::parity::{Bench, Response};
use serde_json::{Map, Value, json};

/// Limits of the recorded system in our words.
fn constraints(recorded: &Value) -> Value {
    let mut ours = json!({});
    for (theirs, field) in [("default_min", "min"), ("default_max", "max")] {
        if let Some(value) = number(&recorded[theirs]) {
            ours[field] = json!(value);
        }
    }
    let mut strategies = Map::new();
    for (key, field) in [("min_allocations", "min"), ("max_allocations", "max"), ("strategy_min", "min"), ("strategy_max", "max")]
    {
        for (name, value) in recorded[key].as_object().into_iter().flatten() {
            if let Some(value) = number(value) {
                let entry = strategies.entry(name.clone()).or_insert_with(|| json!({}));
                entry[field] = json!(value);
            }
        }
    }
    if !strategies.is_empty() {
        ours["strategies"] = Value::Object(strategies);
    }
    ours
}

/// Settings of an algorithm in our words.
fn settings(algorithm: &Value) -> Value {
    let params = &algorithm["params"];
    let mut config = json!({});
    if let Some(lookback) = number(&params["lookback_window"]) {
        config["lookback"] = json!(lookback);
    }
    let mut set = |section: &str, field: &str, value: &Value| {
        if let Some(value) = number(value) {
            config[section][field] = json!(value);
        }
    };
    match algorithm["type"].as_str() {
        Some("dynamic") => set("dynamic", "min_allocation", &params["min_allocation"]),
        Some("kelly") => {
            set("kelly", "fraction", &params["kelly_fraction"]);
            set("kelly", "min_variance", &params["min_variance"]);
        }
        Some("drawdown") => {
            set("drawdown", "recovery_bonus", &params["recovery_bonus"]);
            set("drawdown", "max_drawdown_threshold", &params["max_drawdown_threshold"]);
        }
        _ => {}
    }
    if let Some(value) = number(&params["min_volatility"]) {
        config["min_volatility"] = json!(value);
    }
    if algorithm["constraints"].is_object() {
        config["constraints"] = constraints(&algorithm["constraints"]);
    }
    if let Some(plan) = algorithm["allocations"].as_object() {
        let plan: Map<String, Value> = plan.iter().map(|(name, weight)| (name.clone(), json!(number(weight)))).collect();
        config["fixed"] = Value::Object(plan);
    }
    config["method"] = json!(match algorithm["type"].as_str() {
        Some("risk_parity") => "risk_parity",
        Some("kelly") => "kelly",
        Some("drawdown") => "drawdown",
        Some("dynamic") => "dynamic",
        _ => "fixed",
    });
    config
}

/// One algorithm on some strategies.
pub(super) fn allocate(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let (mut returns, mut statistics) = (Map::new(), Map::new());
    for (name, strategy) in case.input["strategies"].as_object().into_iter().flatten() {
        let values: Vec<f64> = strategy["returns"].as_array().into_iter().flatten().filter_map(number).collect();
        returns.insert(name.clone(), json!({ "date": days(values.len()), "value": values }));
        let drawdown = |field: &str| number(&strategy[field]).map(|value| json!(value));
        if let Some(current) = drawdown("current_drawdown") {
            statistics.insert(name.clone(), json!({ "current_drawdown": current, "max_drawdown": drawdown("max_drawdown") }));
        }
    }
    let mut config = settings(&case.input["algorithm"]);
    // The threshold is stored there and never used: the case that says so asks for it, all others run without.
    if case.status != Status::Defect
        && let Some(drawdown) = config.get_mut("drawdown").and_then(Value::as_object_mut)
    {
        drawdown.remove("max_drawdown_threshold");
    }
    let request = json!({ "version": 1, "returns": returns, "statistics": statistics, "config": config });
    // An empty set of strategies with a plan: the plan is for nobody.
    settle(case, request, bench, findings)
}

/// Limits on weights that are given.
pub(super) fn limited(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let plan: Map<String, Value> = case.input["allocations"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, weight)| (name.clone(), json!(number(weight))))
        .collect();
    let mut config = json!({ "method": "fixed", "fixed": plan });
    if case.input["constraints"].is_object() {
        config["constraints"] = constraints(&case.input["constraints"]);
    }
    settle(case, json!({ "version": 1, "config": config }), bench, findings)
}

fn settle(case: &Case, mut request: Value, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    if case.status != Status::Defect {
        request["compat"] = json!("002");
    }
    let response = bench.ask("capital", &request)?;
    match (case.status, recorded_error(&case.recorded)) {
        (Status::Info, _) => {}
        (Status::Parity, Some(_)) => {
            findings.holds("refusal", matches!(response, Response::Refusal(_)), "a typed refusal", "an answer");
        }
        (Status::Parity, None) => compare(&case.output()["allocations"], &answered(response)?, findings),
        (Status::Defect, _) => {
            if let Response::Answer(answer) = response {
                let mut same = Findings::default();
                compare(&case.output()["allocations"], &answer, &mut same);
                // Limits that cannot hold are broken in silence there; ours says which gave way, and how far.
                let said = case.note.contains("in silence") && answer["status"] == "limits_conflict";
                findings.holds("weights", same.count() > 0 || said, "to differ from the recorded", "the recorded");
            }
        }
    }
    Ok(())
}

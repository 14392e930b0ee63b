//! System 002: a portfolio of strategies, step by step.

use super::s001_netting::merge;
use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number};
use crate::parity::{Bench, Response};
use serde_json::{Value, json};

const TOLERANCE: Tolerance = Tolerance::Relative(1e-12);

/// One recorded step as a step of ours; `raises` names the strategies that fail on every bar.
fn step(recorded: &Value, raises: &mut Vec<String>) -> Value {
    let text = |i: usize| recorded[i].as_str().unwrap_or_default();
    match text(0) {
        "add" => {
            if text(3) == "raises" {
                raises.push(text(1).to_owned());
            }
            json!({ "do": "add", "strategy": text(1), "allocation": recorded[2] })
        }
        "remove" => json!({ "do": "remove", "strategy": text(1) }),
        "pause" => json!({ "do": "pause", "strategy": text(1) }),
        "resume" => json!({ "do": "resume", "strategy": text(1) }),
        "rebalance" => json!({ "do": "rebalance", "allocations": recorded[1] }),
        "set_cash" => json!({ "do": "adjust", "strategy": text(1), "cash": recorded[2] }),
        "bar" => {
            let failed: serde_json::Map<String, Value> = raises.iter().map(|name| (name.clone(), json!("raised"))).collect();
            json!({ "do": "bar", "time": text(1), "failed": failed })
        }
        _ => json!({ "do": "correlation" }),
    }
}

/// A step that the answer refused, or nothing.
fn same_reason(message: &str, code: &str) -> bool {
    [
        ("already exists", &["duplicate"][..]),
        ("not found", &["not_found", "illegal_transition"][..]),
        ("exceed", &["over_allocated", "out_of_range"][..]),
    ]
    .iter()
    .find(|(part, _)| message.contains(part))
    .is_none_or(|(_, codes)| codes.contains(&code))
}

/// The state after each step, the returns after the last.
pub(super) fn script(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let mut raises = Vec::new();
    let steps: Vec<Value> =
        case.input["ops"].as_array().into_iter().flatten().map(|recorded| step(recorded, &mut raises)).collect();
    let mut request = json!({ "version": 1, "total_capital": case.input["total_capital"], "script": steps });
    if case.status != Status::Defect {
        request["compat"] = json!("002");
    }
    let response = bench.ask("portfolio", &request)?;
    if case.status == Status::Defect && matches!(response, Response::Refusal(_)) {
        return Ok(());
    }
    let answer = answered(response)?;
    let mut mine = Findings::default();
    compare(case, &answer, &mut mine);
    match case.status {
        Status::Parity => merge(&mine, findings),
        Status::Defect => defect(case, &answer, mine.count() > 0, findings),
        Status::Info => {}
    }
    Ok(())
}

fn compare(case: &Case, answer: &Value, findings: &mut Findings) {
    let recorded = case.output()["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    let ours = answer["steps"].as_array().map(Vec::as_slice).unwrap_or_default();
    findings.exact("number of steps", &recorded.len(), &ours.len());
    for (i, (theirs, ours)) in recorded.iter().zip(ours).enumerate() {
        match theirs["error"]["message"].as_str() {
            Some(message) => {
                let code = ours["problem"]["code"].as_str().unwrap_or("no problem");
                findings.holds(&format!("steps[{i}]"), same_reason(message, code), message, code);
                findings.holds(&format!("steps[{i}]"), !ours["problem"].is_null(), "a typed refusal", "an answer");
            }
            None => findings.holds(&format!("steps[{i}]"), ours["problem"].is_null(), "no refusal", ours["problem"].to_string()),
        }
        if !theirs["returned"].is_null() {
            let returned = number(&theirs["returned"]).unwrap_or(f64::NAN);
            findings.number(&format!("steps[{i}].returned"), returned, &ours["returned"], TOLERANCE);
        }
        state(i, &theirs["state"], &ours["state"], findings);
    }
    let Some(last) = recorded.last() else { return };
    for (name, theirs) in last["state"]["strategies"].as_object().into_iter().flatten() {
        let all = answer["performance"].as_array().map(Vec::as_slice).unwrap_or_default();
        let ours = all.iter().find(|record| record["strategy"] == **name).unwrap_or(&Value::Null);
        findings.exact(&format!("{name}.n_obs"), &theirs["n_obs"].as_u64(), &ours["observations"].as_u64());
        let returns = theirs["returns"].as_array().map(Vec::as_slice).unwrap_or_default();
        let own = ours["returns"].as_array().map(Vec::as_slice).unwrap_or_default();
        findings.exact(&format!("{name}: number of returns"), &returns.len(), &own.len());
        for (i, (recorded, own)) in returns.iter().zip(own).enumerate() {
            findings.number(
                &format!("{name}.returns[{i}]"),
                number(recorded).unwrap_or(f64::NAN),
                own,
                Tolerance::Absolute(1e-12),
            );
        }
    }
}

fn state(i: usize, theirs: &Value, ours: &Value, findings: &mut Findings) {
    let metrics = &theirs["metrics"];
    for (recorded, own) in [
        (&theirs["allocated_capital"], "allocated"),
        (&metrics["unallocated_capital"], "unallocated"),
        (&metrics["num_strategies"], "strategies_count"),
        (&metrics["active_strategies"], "active_strategies"),
    ] {
        let expected = number(recorded).unwrap_or(f64::NAN);
        // An empty pool is empty to the last unit.
        let tolerance = if expected == 0.0 { Tolerance::Absolute(1e-7) } else { TOLERANCE };
        findings.number(&format!("steps[{i}].{own}"), expected, &ours[own], tolerance);
    }
    let all = ours["strategies"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (name, recorded) in theirs["strategies"].as_object().into_iter().flatten() {
        let own = all.iter().find(|strategy| strategy["strategy"] == **name).unwrap_or(&Value::Null);
        for (theirs, field) in [("allocated_capital", "capital"), ("cash", "cash")] {
            let expected = number(&recorded[theirs]).unwrap_or(f64::NAN);
            findings.number(&format!("steps[{i}].{name}.{field}"), expected, &own[field], TOLERANCE);
        }
        findings.exact(&format!("steps[{i}].{name}.state"), &recorded["state"].as_str(), &own["state"].as_str());
    }
    let alive = all.iter().filter(|strategy| strategy["state"] != "stopped").count();
    let recorded = theirs["strategies"].as_object().map_or(0, serde_json::Map::len);
    findings.exact(&format!("steps[{i}]: strategies"), &recorded, &alive);
}

/// What the note asks for.
fn defect(case: &Case, answer: &Value, differs: bool, findings: &mut Findings) {
    findings.holds("conserved", answer["conserved"] == true, "true", answer["conserved"].to_string());
    let named = |field: &str| number(&answer["state"][field]);
    if case.note.contains("portfolio_return") || case.note.contains("reads as") {
        // Capital that nobody has is no loss.
        findings.holds("portfolio_return", named("portfolio_return") == Some(0.0), "0", answer["state"].to_string());
    } else if case.note.contains("profit leaves the books") {
        findings.holds(
            "total_value",
            named("total_value") > named("contributed"),
            "the profit kept",
            answer["state"].to_string(),
        );
    } else if case.note.contains("transfer shows up") {
        let all = answer["performance"].as_array().map(Vec::as_slice).unwrap_or_default();
        let moved = |record: &Value| record["returns"].as_array().into_iter().flatten().any(|value| number(value) != Some(0.0));
        findings.holds("returns", !all.iter().any(moved), "all zero", "transfers in returns");
    } else if case.note.contains("aligned from the tail") {
        let value = number(&answer["correlations"][0]["value"]);
        findings.holds("correlation", value.is_some_and(|value| (value - 1.0).abs() < 1e-9), "1", format!("{value:?}"));
    } else {
        findings.holds("steps", differs, "to differ from the recorded", "the recorded");
    }
}

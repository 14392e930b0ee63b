//! System 002: when to rebalance.

use super::s001_netting::merge;
use crate::parity::Bench;
use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, answered};
use serde_json::{Map, Value, json};

/// The kind of a recorded reason, in our words.
fn kind(reason: &str) -> &'static str {
    let kinds = [
        ("Cooldown", "cooldown"),
        ("Initial", "initial"),
        ("Daily", "frequency"),
        ("Weekly", "frequency"),
        ("Monthly", "frequency"),
        ("Quarterly", "frequency"),
        ("Allocation drift", "drift"),
        ("No trigger", "none"),
    ];
    kinds.iter().find(|(start, _)| reason.starts_with(start)).map_or("unknown", |(_, kind)| kind)
}

fn step(recorded: &Value) -> Value {
    if let Some(time) = recorded["mark"].as_str() {
        return json!({ "do": "rebalanced", "time": time });
    }
    let mut step = json!({ "do": "check", "time": recorded["check"] });
    for side in ["current", "target"] {
        if recorded[side].is_object() {
            step[side] = recorded[side].clone();
        }
    }
    step
}

/// The decision at every check, and the reason to the letter.
pub(super) fn should_rebalance(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let recorded = &case.input["config"];
    let mut config = Map::new();
    for name in ["frequency", "cooldown_days", "drift_threshold"] {
        if !recorded[name].is_null() {
            config.insert(name.to_owned(), recorded[name].clone());
        }
    }
    let steps: Vec<Value> = case.input["steps"].as_array().into_iter().flatten().map(step).collect();
    let mut request = json!({ "version": 1, "config": config, "steps": steps });
    if case.status == Status::Defect {
        // What was done is told by the case, not assumed.
        request["config"]["assume_done"] = json!(false);
    } else {
        request["compat"] = json!("002");
    }
    let answer = answered(bench.ask("schedule", &request)?)?;
    let mut ours = answer["decisions"].as_array().into_iter().flatten();
    let mut mine = Findings::default();
    for (i, result) in case.output()["results"].as_array().into_iter().flatten().enumerate() {
        let Value::Array(result) = result else { continue };
        let decision = ours.next().unwrap_or(&Value::Null);
        let reason = result[1].as_str().unwrap_or_default();
        mine.exact(&format!("{i}.decision"), &result[0].as_bool(), &decision["rebalance"].as_bool());
        mine.exact(&format!("{i}.kind"), &Some(kind(reason)), &decision["trigger"].as_str());
        mine.exact(&format!("{i}.reason"), &Some(reason), &decision["reason"].as_str());
    }
    mine.holds("decisions", ours.next().is_none(), "as many as there are checks", "more");
    if case.status == Status::Defect {
        findings.holds("decision", mine.count() > 0, "to differ from the recorded", "the same decisions");
    } else {
        merge(&mine, findings);
    }
    Ok(())
}

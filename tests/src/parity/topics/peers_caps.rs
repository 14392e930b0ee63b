//! Peers: a cap on given weights, `caps.json`. Each weight is a strategy that holds one symbol.

use crate::parity::Bench;
use crate::parity::case::Case;
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number};
use serde_json::{Map, Value, json};

const TOLERANCE: Tolerance = Tolerance::Absolute(1e-12);

/// Caps, lets freed weight flow into headroom; where the caps leave no room, everyone is at the cap and the rest is cash.
pub(super) fn waterfill(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let weights: Vec<f64> = case.input["w"].as_array().into_iter().flatten().filter_map(number).collect();
    let id = |i: usize| format!("strategy{i:03}");
    let all = || (0..weights.len()).map(id);
    let signals: Map<String, Value> = all().map(|id| (id.clone(), json!([[id, 1.0, 1.0]]))).collect();
    let given: Map<String, Value> = all().zip(&weights).map(|(id, weight)| (id, json!(weight))).collect();
    let cap = number(&case.input["cap"]).unwrap_or(f64::NAN);
    let config = json!({ "method": "fixed", "strategy_weights": given, "per_strategy_max": cap, "single_strategy": "cap" });
    let answer = answered(bench.ask("blend", &json!({ "version": 1, "signals": signals, "config": config }))?)?;
    let gross = &answer["strategy_weights"];
    let feasible = case.output()["feasible"] == true;
    for i in 0..weights.len() {
        let id = id(i);
        let expected = if feasible { number(&case.output()["waterfill"][i]).unwrap_or(f64::NAN) } else { cap };
        findings.number(&format!("weight of {id}"), expected, &gross[&id], TOLERANCE);
        let over = gross[&id].as_f64().is_none_or(|weight| weight > cap);
        findings.holds(&format!("cap of {id}"), !over, &format!("at most {cap}"), gross[&id].to_string());
    }
    if feasible {
        findings.number("sum", weights.iter().sum(), &answer["totals"]["gross"], TOLERANCE);
    } else {
        findings.exact("status", &Some("infeasible_capped"), &answer["status"].as_str());
        findings.number("cash", 1.0 - cap * weights.len() as f64, &answer["totals"]["cash"], TOLERANCE);
    }
    Ok(())
}

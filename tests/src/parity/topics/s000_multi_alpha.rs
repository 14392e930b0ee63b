//! System 000: blending signals. `init` checks a configuration, `allocate` blends.

use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number, recorded_error, refused, strings};
use crate::parity::{Bench, Response};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const TOLERANCE: Tolerance = Tolerance::Absolute(1e-12);

/// Parts of recorded messages, and the codes that say the same.
const REASONS: &[(&str, &[&str])] = &[
    ("per_strategy_max must be", &["out_of_range"]),
    ("correlation_threshold must be", &["out_of_range"]),
    ("Unknown allocation method", &["unknown_choice"]),
    ("Negative weights", &["short_not_allowed"]),
    ("At least one strategy", &["empty"]),
    ("strategy_stats required", &["missing_statistics"]),
    ("Missing", &["missing_statistics", "missing_field"]),
    ("missing", &["missing_statistics", "missing_field"]),
    ("Invalid volatility", &["invalid_volatility", "not_finite", "wrong_type"]),
];

/// Checks a configuration by blending two plain strategies under it.
pub(super) fn init(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let input = json!({
        "config": case.input["config"],
        "signals": { "a": [["A", 1.0, 1.0]], "b": [["B", 1.0, 1.0]] },
    });
    let response = bench.ask("blend", &request(&input, case.status))?;
    if let Some(message) = recorded_error(&case.recorded) {
        refused(findings, message, REASONS, &response);
        return Ok(());
    }
    let answer = answered(response)?;
    if let Some(cap) = number(&case.output()["per_strategy_max"]) {
        findings.number("per_strategy_max", cap, &answer["strategies"][0]["cap"], TOLERANCE);
    }
    Ok(())
}

/// Blends, and compares weights, contributors and total.
pub(super) fn allocate(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let response = bench.ask("blend", &request(&case.input, case.status))?;
    match (case.status, recorded_error(&case.recorded)) {
        (Status::Info, _) => {}
        (Status::Parity, Some(message)) => refused(findings, message, REASONS, &response),
        (Status::Parity, None) => compare(case.output(), &answered(response)?, findings),
        (Status::Defect, _) => defect(case, &response, findings),
    }
    Ok(())
}

/// Our request for a recorded input.
fn request(input: &Value, status: Status) -> Value {
    let mut config = Map::new();
    for (key, value) in input["config"].as_object().into_iter().flatten() {
        match key.as_str() {
            "correlation_threshold" => config.insert("correlation".to_owned(), json!({ "threshold": value })),
            _ => config.insert(key.clone(), value.clone()),
        };
    }
    let mut request = json!({ "version": 1, "signals": input["signals"], "config": config });
    if status != Status::Defect {
        request["compat"] = json!("000");
    }
    if let Some(stats) = input["strategy_stats"].as_object() {
        request["stats"] = stats.iter().map(|(id, known)| (id.clone(), statistics(known))).collect::<Map<_, _>>().into();
    }
    request
}

/// The statistics that we know; the recorded system carries others along unread.
fn statistics(recorded: &Value) -> Value {
    match recorded.as_object() {
        Some(fields) => fields
            .iter()
            .filter(|(name, _)| matches!(name.as_str(), "vol" | "sharpe" | "ic"))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect::<Map<_, _>>()
            .into(),
        None => recorded.clone(),
    }
}

fn compare(recorded: &Value, answer: &Value, findings: &mut Findings) {
    let mut ours: BTreeMap<&str, &Value> =
        rows(&answer["weights"]).filter_map(|row| row["symbol"].as_str().map(|symbol| (symbol, row))).collect();
    for row in rows(&recorded["rows"]) {
        let symbol = row[0].as_str().unwrap_or_default();
        let weight = number(&row[1]).unwrap_or(f64::NAN);
        match ours.remove(symbol) {
            Some(mine) => {
                findings.number(&format!("weight of {symbol}"), weight, &mine["final_weight"], TOLERANCE);
                let field = format!("contributors of {symbol}");
                findings.exact(&field, &strings(&row[2]), &strings(&mine["contributing_strategies"]));
            }
            None => findings.push(Finding::new(
                format!("weight of {symbol}"),
                weight.to_string(),
                "no such symbol",
                TOLERANCE.to_string(),
            )),
        }
    }
    for (symbol, row) in ours {
        findings.push(Finding::new(format!("weight of {symbol}"), "no such symbol", row["final_weight"].to_string(), "exact"));
    }
    for (field, ours) in [("total", "net"), ("gross", "gross")] {
        if let Some(expected) = number(&recorded[field]) {
            findings.number(field, expected, &answer["totals"][ours], TOLERANCE);
        }
    }
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// A defect: refused, or different in the way that the note asks.
fn defect(case: &Case, response: &Response, findings: &mut Findings) {
    let note = case.note.as_str();
    let asks_refusal = ["no validation", "twice", "instead of refusing"].iter().any(|part| note.contains(part));
    let answer = match response {
        Response::Refusal(codes) => {
            let typed = ["not_finite", "duplicate", "short_not_allowed", "wrong_type", "invalid_name", "invalid_volatility"];
            let reason = codes.iter().any(|code| typed.contains(&code.as_str()));
            return findings.holds("refusal", reason, "for what the input holds", codes.join(", "));
        }
        Response::Answer(_) if asks_refusal => {
            return findings.push(Finding::new("refusal", format!("a refusal: {note}"), "an answer", "exact"));
        }
        Response::Answer(answer) => answer,
    };
    let mut same = Findings::default();
    compare(case.output(), answer, &mut same);
    findings.holds("weights", same.count() > 0, "to differ from the recorded ones", "the recorded ones");
    if note.contains("ranks by |score|") {
        let weight = |symbol: &str| {
            rows(&answer["weights"]).find(|row| row["symbol"] == symbol).and_then(|row| row["final_weight"].as_f64())
        };
        // Inside each strategy a long with the better score must not weigh less.
        for (id, signals) in case.input["signals"].as_object().into_iter().flatten() {
            for better in rows(signals) {
                for worse in rows(signals) {
                    let (high, low) = (number(&better[1]), number(&worse[1]));
                    let (a, b) = (better[0].as_str().unwrap_or_default(), worse[0].as_str().unwrap_or_default());
                    if high > low && number(&better[2]) > Some(0.0) && number(&worse[2]) > Some(0.0) {
                        let ordered = weight(a) >= weight(b);
                        findings.holds(
                            &format!("{a} over {b} in {id}"),
                            ordered,
                            "the better score first",
                            format!("{:?} < {:?}", weight(a), weight(b)),
                        );
                    }
                }
            }
        }
    }
    if note.contains("does not normalise inside") {
        for line in rows(&answer["strategies"]) {
            let (share, gross) = (line["share"].as_f64(), line["gross"].as_f64());
            let near = share.zip(gross).is_some_and(|(share, gross)| gross <= share + 1e-12);
            findings.holds("gross of a strategy", near, "no more than its share", format!("{gross:?} for {share:?}"));
        }
    }
}

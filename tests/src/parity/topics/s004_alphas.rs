//! System 004: configuration of a strategy of alphas, its signals, weights of alphas, and the built-in alphas that were placeholders.

use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number, recorded_error, refused};
use crate::parity::{Bench, Response};
use serde_json::{Map, Value, json};

const TOLERANCE: Tolerance = Tolerance::Absolute(1e-12);

/// Parts of recorded messages, and the codes that say the same.
const REASONS: &[(&str, &[&str])] = &[
    ("Invalid strategy type", &["unknown_choice"]),
    ("Invalid refresh", &["unknown_choice"]),
    ("must be > short_threshold", &["conflict"]),
    ("At least one alpha", &["empty"]),
    ("at least one alpha", &["empty"]),
    ("No alphas", &["empty"]),
    ("Weights must sum", &["out_of_range", "empty", "missing_field"]),
    ("max_positions", &["out_of_range", "wrong_type"]),
];

/// A request that asks for what the settings name: every alpha with a score of one symbol.
#[allow(clippy::needless_pass_by_value, reason = "the callers make both for this request alone")]
fn ask(
    bench: &mut Bench,
    status: Status,
    config: &Value,
    scores: Map<String, Value>,
    others: Value,
) -> Result<Response, Finding> {
    let mut request = json!({ "version": 1, "config": config, "scores": scores });
    if let (Some(request), Some(others)) = (request.as_object_mut(), others.as_object()) {
        request.extend(others.clone());
    }
    if status != Status::Defect {
        request["compat"] = json!("004");
    }
    bench.ask("alpha", &request)
}

/// Names of the alphas that a recorded configuration uses.
fn names(config: &Value) -> Vec<String> {
    let section = config.get("strategy").unwrap_or(config);
    match section.get("alphas") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => vec!["momentum_20d".to_owned()],
    }
}

/// Reads a configuration: by asking for scores under it, which shows names, thresholds and how many positions there may be.
pub(super) fn parse(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let config = &case.input["config"];
    let expected = case.output();
    // Symbols just at, and just beyond, the recorded thresholds say where ours are.
    let (long, short) = (number(&expected["long"]).unwrap_or(0.5), number(&expected["short"]).unwrap_or(-0.5));
    let values = json!({ "A": long, "B": long - 1e-9, "C": short + 1e-9, "D": short });
    let scores = |names: &[String]| names.iter().map(|name| (name.clone(), values.clone())).collect::<Map<_, _>>();
    let response = ask(bench, case.status, config, scores(&names(config)), json!({}))?;
    match (case.status, recorded_error(&case.recorded)) {
        (Status::Info, _) => return Ok(()),
        (Status::Parity, Some(message)) => {
            refused(findings, message, REASONS, &response);
            return Ok(());
        }
        (Status::Defect, recorded) => {
            // A refusal was recorded where we answer, or an answer where we refuse.
            let answered = matches!(response, Response::Answer(_));
            findings.holds("outcome", answered == recorded.is_some(), "the other than recorded", format!("answered: {answered}"));
            return Ok(());
        }
        (Status::Parity, None) => {}
    }
    let answer = answered(response)?;
    let ours: Vec<&str> = answer["alphas"].as_array().into_iter().flatten().filter_map(|alpha| alpha["name"].as_str()).collect();
    let recorded: Vec<&str> = expected["alpha_names"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    findings.exact("alpha_names", &recorded, &ours);
    let action = |symbol: &str| {
        let signals = answer["signals"].as_array().into_iter().flatten();
        signals
            .filter(|signal| signal["symbol"] == symbol)
            .find_map(|signal| signal["action"].as_str())
            .unwrap_or("none")
            .to_owned()
    };
    for (symbol, wanted) in [("A", "BUY"), ("B", "HOLD"), ("C", "HOLD"), ("D", "SELL")] {
        findings.exact(&format!("threshold at {symbol}"), &wanted.to_owned(), &action(symbol));
    }
    if let Some(weight) = number(&expected["max_positions"]).map(|positions| 1.0 / positions) {
        let signals = answer["signals"].as_array().into_iter().flatten();
        let bought = signals.filter(|signal| signal["action"] == "BUY").map(|signal| signal["target_weight"].clone()).next();
        findings.number("max_positions", weight, &bought.unwrap_or(Value::Null), TOLERANCE);
    }
    // How often is not seen in an answer: another word would have been refused.
    if let Some(refresh) = expected["refresh"].as_str() {
        let config = json!({ "alphas": names(config), "refresh": refresh });
        let response = ask(bench, case.status, &config, scores(&names(&config)), json!({}))?;
        findings.holds("refresh", matches!(response, Response::Answer(_)), refresh, "a refusal");
    }
    Ok(())
}

/// Signals, ranking and weights.
pub(super) fn generate_signals(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let input = &case.input;
    let symbols: Vec<&str> = input["symbols"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let alphas = input["alphas"].as_object().cloned().unwrap_or_default();
    let mut thresholds = Map::new();
    for (ours, recorded) in [("long", "long_threshold"), ("short", "short_threshold")] {
        if let Some(value) = input["config"].get(recorded) {
            thresholds.insert(ours.to_owned(), value.clone());
        }
    }
    let mut config = json!({ "alphas": alphas.keys().collect::<Vec<_>>(), "symbols": symbols, "thresholds": thresholds });
    if let Some(positions) = input["config"].get("max_positions") {
        config["max_positions"] = positions.clone();
    }
    // Scores of symbols outside the universe are not read by the recorded system; ours lists what is known.
    let scores = alphas.iter().map(|(name, values)| {
        let known = values.as_object().into_iter().flatten().filter(|(symbol, _)| symbols.contains(&symbol.as_str()));
        (name.clone(), known.map(|(symbol, value)| (symbol.clone(), value.clone())).collect::<Map<_, _>>().into())
    });
    let mut others = json!({});
    if !input["snapshot"].is_null() {
        others["snapshot"] = input["snapshot"].clone();
    }
    let response = ask(bench, case.status, &config, scores.collect(), others)?;
    match (case.status, recorded_error(&case.recorded)) {
        (Status::Info, _) => {}
        (Status::Parity, Some(message)) => refused(findings, message, REASONS, &response),
        (Status::Parity, None) => compare(case.output(), &answered(response)?, findings),
        (Status::Defect, _) => {
            if let Response::Answer(answer) = response {
                let mut same = Findings::default();
                compare(case.output(), &answer, &mut same);
                findings.holds("signals", same.count() > 0, "a refusal, or to differ", "the recorded ones");
            }
        }
    }
    Ok(())
}

fn rows(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

fn compare(expected: &Value, answer: &Value, findings: &mut Findings) {
    let (recorded, ours) = (rows(&expected["signals"]), rows(&answer["signals"]));
    findings.exact("number of signals", &recorded.len(), &ours.len());
    for (recorded, ours) in recorded.iter().zip(&ours) {
        let symbol = recorded[0].as_str().unwrap_or_default();
        findings.exact("symbol", &recorded[0], &ours["symbol"]);
        findings.exact(&format!("action of {symbol}"), &recorded[1], &ours["action"]);
        let strength = number(&recorded[2]).unwrap_or(f64::NAN);
        findings.number(&format!("strength of {symbol}"), strength, &ours["strength"], TOLERANCE);
    }
    let (recorded, ours) = (rows(&expected["rankings"]), rows(&answer["ranking"]));
    findings.exact("number of ranks", &recorded.len(), &ours.len());
    for (recorded, ours) in recorded.iter().zip(&ours) {
        findings.exact("rank", &recorded[0], &ours["symbol"]);
        findings.number("ranked value", number(&recorded[1]).unwrap_or(f64::NAN), &ours["value"], TOLERANCE);
    }
    weights(&expected["weights"], &answer["weights"]["weights"], findings);
}

fn weights(expected: &Value, ours: &Value, findings: &mut Findings) {
    let recorded = expected.as_object().cloned().unwrap_or_default();
    findings.exact("number of weights", &recorded.len(), &ours.as_object().map_or(0, Map::len));
    for (name, weight) in recorded {
        findings.number(&format!("weight of {name}"), number(&weight).unwrap_or(f64::NAN), &ours[&name], TOLERANCE);
    }
}

/// Weights that are given.
pub(super) fn weight_result(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let given = case.input["weights"].as_object().cloned().unwrap_or_default();
    let names: Vec<&String> = given.keys().collect();
    let config = json!({ "alphas": names, "weights": given, "weight_model": "fixed" });
    weighed(case, bench, findings, &config)
}

/// The same weight for each.
pub(super) fn equal_weights(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let config = json!({ "alphas": case.input["names"], "weight_model": "equal" });
    weighed(case, bench, findings, &config)
}

fn weighed(case: &Case, bench: &mut Bench, findings: &mut Findings, config: &Value) -> Result<(), Finding> {
    let scores = names(config).into_iter().map(|name| (name, json!({ "A": 1.0 }))).collect();
    let response = ask(bench, case.status, config, scores, json!({}))?;
    match (case.status, recorded_error(&case.recorded)) {
        (Status::Info, _) => {}
        (Status::Parity, Some(message)) => refused(findings, message, REASONS, &response),
        (Status::Parity, None) => weights(&case.output()["weights"], &answered(response)?["weights"]["weights"], findings),
        (Status::Defect, recorded) => {
            let answered = matches!(response, Response::Answer(_));
            findings.holds("outcome", answered == recorded.is_some(), "the other than recorded", format!("answered: {answered}"));
        }
    }
    Ok(())
}

/// Placeholders were recorded, which look at the place of a symbol and at no price. Ours are computed from prices: the same places with
/// other prices must give other scores, and a name that nobody knows is refused.
pub(super) fn built_in(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let name = case.input["alpha"].as_str().unwrap_or_default();
    let symbols: Vec<&str> = case.input["symbols"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let scores = |bench: &mut Bench, turn: usize| -> Result<Response, Finding> {
        let prices = symbols.iter().enumerate().map(|(place, symbol)| {
            let growth = 1.0 + 0.3 * ((place + turn) % symbols.len().max(1)) as f64 + 0.1 * turn as f64;
            let price = |day: usize| 100.0 + growth * day as f64 + ((day * (7 + place + turn)) % 11) as f64;
            let day = |day: usize| format!("2024-{:02}-{:02}", 1 + day / 28, 1 + day % 28);
            let rows: Vec<Value> = (0..40).map(|i| json!([day(i), price(i)])).collect();
            ((*symbol).to_owned(), Value::from(rows))
        });
        let prices: Map<String, Value> = prices.collect();
        bench.ask("alpha", &json!({ "version": 1, "prices": prices, "config": { "alphas": [name] } }))
    };
    let (first, second) = match (scores(bench, 0)?, scores(bench, 1)?) {
        (Response::Answer(first), Response::Answer(second)) => (first, second),
        (refusal, _) => {
            // Asked for something that does not exist, the recorded system answered zeros.
            refused(findings, "unknown", &[("unknown", &["unknown_choice"])], &refusal);
            return Ok(());
        }
    };
    let ours = |answer: &Value| rows(&answer["alphas"][0]["scores"]);
    let values = case.output()["values"].as_object().cloned().unwrap_or_default();
    let differs = ours(&first).iter().any(|score| {
        let recorded = score["symbol"].as_str().and_then(|symbol| values.get(symbol)).and_then(number);
        number(&score["value"]) != recorded
    });
    findings.holds("scores", differs, "to differ from the placeholders", "the recorded ones");
    let one_alone = symbols.len() < 2 && name == "cross_sectional_momentum";
    findings.holds("scores of other prices", one_alone || ours(&first) != ours(&second), "other scores", "the same");
    Ok(())
}

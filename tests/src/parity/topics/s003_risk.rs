//! System 003: state, regimes, scalars, the lag of one rebalance, and the file of scalars.

use super::metrics::days;
use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number, recorded_error, refused};
use crate::parity::{Bench, Response};
use serde_json::{Map, Value, json};

const STATE: Tolerance = Tolerance::Absolute(1e-10);
const SCALAR: Tolerance = Tolerance::Absolute(1e-12);

/// Parts of recorded messages, and the codes that say the same.
const REASONS: &[(&str, &[&str])] = &[
    ("hysteresis", &["conflict"]),
    ("more negative", &["conflict"]),
    ("smoothing_alpha", &["out_of_range"]),
    ("half_life", &["out_of_range"]),
    ("risk_min", &["out_of_range"]),
    ("min_days", &["out_of_range"]),
    ("override", &["unknown_choice"]),
    ("profile", &["unknown_choice"]),
    ("Expected 'risk_scalar_applied' column", &["missing_column"]),
];

/// Whether zero stands in the recording for a figure that does not exist.
fn undefined_at_zero(feature: &str, value: &Value) -> bool {
    matches!(feature, "port_rvol_20d" | "port_rvol_60d" | "vol_accel" | "sleeve_concentration_60d")
        && number(value).is_some_and(|value| value.abs() < 1e-15)
}

/// One series: the values that are numbers, on their dates.
pub(super) fn series(dates: &[String], values: &Value) -> Value {
    let rows = dates.iter().zip(values.as_array().into_iter().flatten());
    rows.filter_map(|(date, value)| number(value).filter(|value| value.is_finite()).map(|value| json!([date, value]))).collect()
}

fn book(dates: &[String], columns: &Value) -> Value {
    let columns = columns.as_object().into_iter().flatten();
    columns.map(|(name, values)| (name.clone(), series(dates, values))).collect::<Map<_, _>>().into()
}

/// Every feature of every row that the recorded system kept.
pub(super) fn compute(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let input = &case.input;
    let dates = days(input["portfolio_returns"].as_array().map_or(0, Vec::len));
    let mut equity = 1.0;
    let compounded: Vec<Value> = input["portfolio_returns"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|value| match number(value).filter(|value| value.is_finite()) {
            Some(r) => {
                equity *= 1.0 + r;
                json!(equity)
            }
            None => Value::Null,
        })
        .collect();
    let equity = if input["equity"].is_array() { input["equity"].clone() } else { json!(compounded) };
    let mut request = json!({
        "version": 1,
        "portfolio_returns": { "portfolio": series(&dates, &input["portfolio_returns"]) },
        "equity": { "portfolio": series(&dates, &equity) },
        "asset_returns": book(&dates, &input["asset_returns"]),
    });
    for field in ["trend_unit_returns", "sleeve_returns"] {
        if input[field].is_object() {
            request[field] = book(&dates, &input[field]);
        }
    }
    if case.status != Status::Defect {
        request["compat"] = json!("003");
    }
    let response = bench.ask("risk", &request)?;
    match (case.status, recorded_error(&case.recorded)) {
        (Status::Info, _) => {}
        (Status::Parity, Some(message)) => refused(findings, message, REASONS, &response),
        (Status::Parity, None) => compare_state(case.output(), &dates, &answered(response)?, findings),
        (Status::Defect, _) => {
            if let Response::Answer(answer) = response {
                // Either the state is known again, or what is unknown is not taken for calm.
                let known = answer["coverage"]["known"].as_u64().unwrap_or(0);
                let rows = case.output()["rows"].as_array().map_or(0, Vec::len);
                let scalars = answer["scalars"]["scalar"].as_array().cloned().unwrap_or_default();
                let cautious = scalars.len() == dates.len() && scalars.iter().all(|scalar| number(scalar) < Some(1.0));
                findings.holds("state", known > rows as u64 || cautious, "known or cautious", "neither");
            }
        }
    }
    Ok(())
}

fn compare_state(output: &Value, dates: &[String], answer: &Value, findings: &mut Findings) {
    let columns: Vec<&str> = output["columns"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let state = &answer["state"];
    let ours = state["date"].as_array().cloned().unwrap_or_default();
    let mut recorded = vec![false; dates.len()];
    for row in output["rows"].as_array().into_iter().flatten() {
        let position = row[0].as_u64().unwrap_or_default() as usize;
        let Some(at) = dates.get(position).and_then(|date| ours.iter().position(|ours| ours == date)) else {
            findings.push(Finding::new(format!("row {position}"), "a row", "none", "exact"));
            continue;
        };
        recorded[position] = true;
        for (i, feature) in columns.iter().enumerate() {
            let expected = &row[i + 1];
            let undefined = undefined_at_zero(feature, expected);
            findings.figure(&format!("{feature} of row {position}"), expected, &state[*feature][at], undefined, STATE);
        }
    }
    for (position, _) in recorded.iter().enumerate().filter(|(_, there)| !**there) {
        let complete = columns.iter().take(8).all(|feature| !state[*feature][position].is_null());
        findings.holds(&format!("row {position}"), !complete, "an unknown feature", "all features");
    }
}

/// The label of every day.
pub(super) fn classify(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let rows = case.input["rows"].as_array().cloned().unwrap_or_default();
    let column = |i: usize| -> Value {
        rows.iter()
            .map(|row| number(&row[i]).filter(|value| value.is_finite()).map_or(Value::Null, |value| json!(value)))
            .collect()
    };
    let mut request = json!({ "version": 1, "state": {
        "date": days(rows.len()),
        "vol_accel": column(0), "corr_shock": column(1), "dd_level": column(2), "dd_slope_10d": column(3),
    } });
    if case.input["thresholds"].is_object() {
        request["config"] = json!({ "thresholds": case.input["thresholds"] });
    }
    if case.status != Status::Defect {
        request["compat"] = json!("003");
    }
    let response = bench.ask("risk", &request)?;
    match (case.status, recorded_error(&case.recorded)) {
        (Status::Info, _) => {}
        (Status::Parity, Some(message)) => refused(findings, message, REASONS, &response),
        (Status::Parity, None) => {
            findings.exact("regimes", &case.output()["regimes"], &answered(response)?["regimes"]["regime"]);
        }
        (Status::Defect, _) => {
            if let Response::Answer(answer) = response {
                let differs = answer["regimes"]["regime"] != case.output()["regimes"];
                findings.holds("regimes", differs, "to differ from the recorded ones", "the recorded ones");
            }
        }
    }
    Ok(())
}

/// Settings of the recorded transformer as ours.
fn scalar_config(recorded: &Value) -> Value {
    let mut config = Map::new();
    for (name, value) in recorded.as_object().into_iter().flatten() {
        match name.as_str() {
            "override" | "override_regime" | "mode_override" => config.insert("override_regime".to_owned(), value.clone()),
            "regime_scalars" | "regime_map" => {
                let targets = value.as_object().into_iter().flatten();
                let targets: Map<_, _> = targets.map(|(regime, target)| (regime.to_lowercase(), target.clone())).collect();
                config.insert("targets".to_owned(), targets.into())
            }
            _ => config.insert(name.clone(), value.clone()),
        };
    }
    config.into()
}

/// The scalar of every day.
pub(super) fn transform(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let regimes = &case.input["regimes"];
    let dates = days(regimes.as_array().map_or(0, Vec::len));
    let mut request =
        json!({ "version": 1, "regimes": { "date": dates, "regime": regimes }, "config": scalar_config(&case.input["config"]) });
    if case.status != Status::Defect {
        request["compat"] = json!("003");
    }
    let response = bench.ask("risk", &request)?;
    match (case.status, recorded_error(&case.recorded)) {
        (Status::Info, _) => {}
        (Status::Parity, Some(message)) => refused(findings, message, REASONS, &response),
        (Status::Parity, None) => {
            let answer = answered(response)?;
            column(findings, "risk_scalar", &case.output()["risk_scalar"], &answer["scalars"]["scalar"]);
        }
        (Status::Defect, _) => {
            if let Response::Answer(answer) = response {
                let differs = answer["scalars"]["scalar"] != case.output()["risk_scalar"];
                findings.holds("risk_scalar", differs, "to differ from the recorded one", "the recorded one");
            }
        }
    }
    Ok(())
}

fn column(findings: &mut Findings, field: &str, expected: &Value, got: &Value) {
    let (expected, got) = (expected.as_array().cloned().unwrap_or_default(), got.as_array().cloned().unwrap_or_default());
    findings.exact(&format!("rows of {field}"), &expected.len(), &got.len());
    for (i, (expected, got)) in expected.iter().zip(&got).enumerate() {
        findings.figure(&format!("{field} {i}"), expected, got, false, SCALAR);
    }
}

/// Dates and values of pairs.
fn pairs(pairs: &Value) -> (Vec<Value>, Vec<Value>) {
    let all = pairs.as_array().into_iter().flatten();
    all.map(|pair| {
        (pair[0].clone(), number(&pair[1]).filter(|value| value.is_finite()).map_or(Value::Null, |value| json!(value)))
    })
    .unzip()
}

/// The applied scalar of every rebalance, and the weights of another run that uses them.
pub(super) fn applied(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let input = &case.input;
    let (date, scalar) = pairs(&input["daily"]);
    let mut request = json!({ "version": 1, "scalars": { "date": date, "scalar": scalar }, "rebalances": input["rebalances"] });
    if case.status != Status::Defect {
        request["compat"] = json!("003");
    }
    let answer = answered(bench.ask("risk", &request)?)?;
    let (dates, expected) = pairs(&case.output()["applied"]);
    if case.status == Status::Parity {
        findings.exact("rebalances", &json!(dates), &answer["exposure"]["date"]);
        column(findings, "applied", &json!(expected), &answer["exposure"]["scalar"]);
    }
    let mut file = String::from(",risk_scalar_applied\n");
    for (date, scalar) in dates.iter().zip(&expected) {
        file.extend([date.as_str().unwrap_or_default(), ",", &scalar.to_string(), "\n"]);
    }
    let raw: Vec<f64> = input["raw_weights"].as_array().into_iter().flatten().filter_map(number).collect();
    let uses = input["use_dates"].as_array().cloned().unwrap_or_default();
    let weights: Map<String, Value> = raw
        .iter()
        .enumerate()
        .map(|(i, weight)| (format!("w{i:03}"), uses.iter().map(|date| json!([date, weight])).collect()))
        .collect();
    let mut config = json!({ "mode": "precomputed", "loader": "forgiving" });
    if let Some(missing) = number(&input["apply_missing_scalar_as"]) {
        config["apply_missing_scalar_as"] = json!(missing);
    }
    let mut request = json!({ "version": 1, "precomputed": { "scalars": file }, "weights": weights, "config": config });
    if case.status != Status::Defect {
        request["compat"] = json!("003");
    }
    let response = bench.ask("risk", &request)?;
    if case.status == Status::Info {
        return Ok(());
    }
    let used = case.output()["used"].as_array().cloned().unwrap_or_default();
    let scalars: Vec<Value> = used.iter().map(|row| row[1].clone()).collect();
    if case.status == Status::Defect {
        if let Response::Answer(answer) = response {
            let differs = answer["exposure"]["scalar"] != json!(scalars);
            findings.holds("used", differs, "to differ from the recorded one", "the recorded one");
        }
        return Ok(());
    }
    let answer = answered(response)?;
    column(findings, "used", &json!(scalars), &answer["exposure"]["scalar"]);
    for (i, row) in used.iter().enumerate() {
        for (k, weight) in row[2].as_array().into_iter().flatten().enumerate() {
            let ours = &answer["weights"]["weights"][format!("w{k:03}")][i];
            findings.figure(&format!("weight {k} of use {i}"), weight, ours, false, SCALAR);
        }
    }
    Ok(())
}

/// The scalars that a file holds, or its refusal.
pub(super) fn load(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let (mut dates, scalars) = pairs(&case.output()["series"]);
    if dates.is_empty() {
        dates.push(json!("2024-01-31"));
    }
    let mut request = json!({
        "version": 1, "precomputed": { "scalars": case.input["csv"] }, "rebalances": dates, "config": { "mode": "precomputed" },
    });
    if case.status != Status::Defect {
        request["compat"] = json!("003");
    }
    let response = bench.ask("risk", &request)?;
    match (case.status, recorded_error(&case.recorded)) {
        (Status::Info, _) => {}
        (Status::Parity, Some(message)) => refused(findings, message, REASONS, &response),
        (Status::Parity, None) => column(findings, "series", &json!(scalars), &answered(response)?["exposure"]["scalar"]),
        (Status::Defect, _) => {
            if let Response::Answer(answer) = response {
                let differs = answer["exposure"]["scalar"] != json!(scalars);
                findings.holds("series", differs, "to differ from the recorded one", "the recorded one");
            }
        }
    }
    Ok(())
}

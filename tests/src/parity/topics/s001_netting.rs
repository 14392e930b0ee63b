//! Document 001: orders added up, opposite orders netted, values of accounts attributed.

use super::metrics::{book, days, is_flat};
use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number};
use crate::parity::{Bench, Response};
use serde_json::{Map, Value, json};

const TOLERANCE: Tolerance = Tolerance::Relative(1e-12);

/// Orders as this operation reads them; prices of 1 make shares and money the same number, as the document has it.
fn request(orders: &[Value], netting: bool, prices: bool) -> Value {
    let symbols = orders.iter().filter_map(|order| order["symbol"].as_str().map(str::to_owned));
    let ones: Map<String, Value> = symbols.map(|symbol| (symbol, json!(1))).collect();
    let prices = if prices { Value::Object(ones) } else { json!({}) };
    json!({ "version": 1, "orders": orders, "prices": prices, "config": { "netting_enabled": netting } })
}

fn order(strategy: &str, symbol: &str, quantity: &Value) -> Value {
    json!({ "strategy": strategy, "symbol": symbol, "quantity": quantity })
}

/// Rows of a symbol, or nothing.
fn symbol_row<'a>(answer: &'a Value, symbol: &str) -> &'a Value {
    let rows = answer["symbols"].as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().find(|row| row["symbol"] == symbol).unwrap_or(&Value::Null)
}

/// Shares of every strategy in a symbol, by side.
fn by_strategy(answer: &Value, symbol: &str, sells: bool) -> Map<String, Value> {
    let mut sums: Map<String, Value> = Map::new();
    for order in answer["orders"].as_array().into_iter().flatten().filter(|order| order["symbol"] == symbol) {
        let quantity = number(&order["quantity"]).unwrap_or(f64::NAN);
        if (quantity < 0.0) == sells {
            let name = order["strategy"].as_str().unwrap_or_default();
            let sum = sums.get(name).and_then(number_of).unwrap_or(0.0) + quantity;
            sums.insert(name.to_owned(), json!(sum));
        }
    }
    sums
}

fn number_of(value: &Value) -> Option<f64> {
    number(value)
}

fn compare_shares(field: &str, recorded: &Value, ours: &Map<String, Value>, findings: &mut Findings) {
    let recorded = recorded.as_object().cloned().unwrap_or_default();
    let names = |map: &Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
    findings.exact(&format!("{field}: strategies"), &names(&recorded), &names(ours));
    for (name, shares) in &recorded {
        let ours = ours.get(name).unwrap_or(&Value::Null);
        findings.number(&format!("{field}.{name}"), number(shares).unwrap_or(f64::NAN), ours, TOLERANCE);
    }
}

/// Nets, gross amounts and the benefit.
pub(super) fn net_orders(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let mut orders = Vec::new();
    for (strategy, by_symbol) in case.input["orders"].as_object().into_iter().flatten() {
        for (symbol, quantity) in by_symbol.as_object().into_iter().flatten() {
            orders.push(order(strategy, symbol, quantity));
        }
    }
    let netting = case.input["netting_enabled"].as_bool().unwrap_or(true);
    let defect = case.status == Status::Defect;
    let answer = answered(bench.ask("net", &request(&orders, netting, !defect))?)?;
    if defect {
        // What the original adds up are shares of different things; without prices their value is not known.
        findings.holds("benefit", answer["benefit"]["notional_saved"].is_null(), "unknown", answer["benefit"].to_string());
        return Ok(());
    }
    let output = case.output();
    for (symbol, recorded) in output["netted"].as_object().into_iter().flatten() {
        let row = symbol_row(&answer, symbol);
        for (theirs, ours) in [("net_amount", "net"), ("gross_long", "buy"), ("gross_short", "sell")] {
            let expected = number(&recorded[theirs]).unwrap_or(f64::NAN);
            findings.number(&format!("{symbol}.{theirs}"), expected, &as_number(&row[ours]), TOLERANCE);
        }
        for (theirs, sells) in [("long_strategies", false), ("short_strategies", true)] {
            compare_shares(&format!("{symbol}.{theirs}"), &recorded[theirs], &by_strategy(&answer, symbol, sells), findings);
        }
    }
    // The original leaves out what nets to nothing, from the list and from the benefit.
    let listed = |symbol: &str| !output["netted"][symbol].is_null();
    let rows = answer["symbols"].as_array().map(Vec::as_slice).unwrap_or_default();
    let (mut gross, mut net) = (0.0, 0.0);
    for row in rows {
        let symbol = row["symbol"].as_str().unwrap_or_default();
        let (buy, sell) = (number(&row["buy"]).unwrap_or(f64::NAN), number(&row["sell"]).unwrap_or(f64::NAN));
        if listed(symbol) {
            gross += buy + sell;
            net += (buy - sell).abs();
        } else {
            findings.holds(symbol, buy == sell && netting, "to be listed", "left out");
        }
    }
    let recorded = |field: &str| number(&output["benefit"][field]).unwrap_or(f64::NAN);
    findings.number("gross_value", recorded("gross_value"), &json!(gross), TOLERANCE);
    findings.number("net_value", recorded("net_value"), &json!(net), TOLERANCE);
    if netting && rows.iter().all(|row| listed(row["symbol"].as_str().unwrap_or_default())) {
        let benefit = &answer["benefit"];
        findings.number("savings", recorded("savings"), &as_number(&benefit["notional_saved"]), TOLERANCE);
        findings.figure("savings_pct", &output["benefit"]["savings_pct"], &benefit["share_saved"], rows.is_empty(), TOLERANCE);
    }
    Ok(())
}

/// A decimal string as a number.
pub(super) fn as_number(value: &Value) -> Value {
    number(value).map_or(Value::Null, |value| json!(value))
}

/// The first of some findings joins the others; a case needs no more to fail.
pub(super) fn merge(mine: &Findings, findings: &mut Findings) {
    if let Some(first) = mine.first().cloned() {
        findings.push(first);
    }
}

/// Orders added up by symbol.
pub(super) fn aggregate(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let mut orders = Vec::new();
    for add in case.input["adds"].as_array().into_iter().flatten() {
        orders.push(order(add[0].as_str().unwrap_or_default(), add[1].as_str().unwrap_or_default(), &add[2]));
    }
    let answer = answered(bench.ask("net", &request(&orders, true, true))?)?;
    let mut mine = Findings::default();
    for (symbol, recorded) in case.output()["aggregated"].as_object().into_iter().flatten() {
        let row = symbol_row(&answer, symbol);
        mine.number(
            &format!("{symbol}.amount"),
            number(&recorded["amount"]).unwrap_or(f64::NAN),
            &as_number(&row["net"]),
            TOLERANCE,
        );
        let mut all = by_strategy(&answer, symbol, false);
        for (name, shares) in by_strategy(&answer, symbol, true) {
            let sum = all.get(&name).and_then(number_of).unwrap_or(0.0) + number(&shares).unwrap_or(f64::NAN);
            all.insert(name, json!(sum));
        }
        compare_shares(&format!("{symbol}.strategies"), &recorded["strategies"], &all, &mut mine);
    }
    if case.status == Status::Defect {
        findings.holds("amount", mine.count() > 0, "to differ from the recorded", "the recorded");
    } else {
        merge(&mine, findings);
    }
    Ok(())
}

/// Performance of one account.
pub(super) fn attribution(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let values: Vec<f64> = case.input["values"].as_array().into_iter().flatten().filter_map(number).collect();
    let mut request = json!({ "version": 1, "values": book(&json!(days(values.len())), &json!(values)) });
    if case.status != Status::Defect {
        request["compat"] = json!("001");
    }
    let response = bench.ask("attribution", &request)?;
    if case.status == Status::Defect && matches!(response, Response::Refusal(_)) {
        return Ok(());
    }
    let answer = answered(response)?;
    let (ours, output) = (&answer["strategies"][0]["performance"], case.output());
    let returns: Vec<f64> = output["returns"].as_array().into_iter().flatten().filter_map(number).collect();
    let mut mine = Findings::default();
    for (theirs, own) in [
        ("total_return", "total_return"),
        ("mean_daily_return", "mean_return"),
        ("volatility", "volatility"),
        ("sharpe", "sharpe"),
        ("max_drawdown", "max_drawdown"),
    ] {
        let undefined = matches!(theirs, "volatility" | "sharpe") && is_flat(&returns);
        mine.figure(theirs, &output["performance"][theirs], &ours[own], undefined, TOLERANCE);
    }
    let own = ours["returns"].as_array().map(Vec::as_slice).unwrap_or_default();
    mine.exact("number of returns", &returns.len(), &own.len());
    for (i, (recorded, own)) in returns.iter().zip(own).enumerate() {
        mine.number(&format!("returns[{i}]"), *recorded, own, Tolerance::Absolute(1e-12));
    }
    match case.status {
        Status::Parity => merge(&mine, findings),
        Status::Defect => {
            let expected = number(&output["performance"]["max_drawdown"]);
            let differs = number(&ours["max_drawdown"]) != expected;
            findings.holds("max_drawdown", differs, "to differ from the recorded", "the recorded");
        }
        Status::Info => {}
    }
    Ok(())
}

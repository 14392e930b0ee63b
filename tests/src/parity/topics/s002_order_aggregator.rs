//! System 002: orders of one symbol, type and limit price become one; commission saved; fills shared out.

use super::s001_netting::{as_number, merge};
use crate::parity::Bench;
use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const TOLERANCE: Tolerance = Tolerance::Relative(1e-12);

/// One recorded order: `[symbol, side, amount]`, then perhaps type and limit price.
fn order(strategy: &str, recorded: &Value) -> Value {
    let text = |i: usize| recorded[i].as_str().unwrap_or_default();
    let sign = if text(1) == "sell" { "-" } else { "" };
    let mut order = json!({
        "strategy": strategy,
        "symbol": text(0),
        "quantity": format!("{sign}{}", text(2).trim_start_matches('-')),
    });
    if text(3) == "limit" {
        order["limit_price"] = recorded[4].clone();
    }
    order
}

fn equal(a: &Value, b: &Value) -> bool {
    number(a) == number(b)
}

/// Orders that leave, commission, virtual fills.
pub(super) fn aggregate(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let mut orders = Vec::new();
    for (strategy, all) in case.input["orders"].as_object().into_iter().flatten() {
        orders.extend(all.as_array().into_iter().flatten().map(|recorded| order(strategy, recorded)));
    }
    let mut request = json!({ "version": 1, "orders": orders });
    if case.status != Status::Defect {
        request["compat"] = json!("002");
    }
    let answer = answered(bench.ask("net", &request)?)?;
    let recorded = case.output()["orders"].as_array().cloned().unwrap_or_default();
    if let Some(answer) = filled(case, &recorded, &answer, request, bench)? {
        never_against_ourselves(&answer, findings);
        let mut mine = Findings::default();
        compare(case.output(), &recorded, &answer, &mut mine);
        match case.status {
            Status::Parity => merge(&mine, findings),
            Status::Defect => {
                let waits = answer["outside"].as_array().into_iter().flatten().any(|order| order["wave"] != 0);
                findings.holds("orders", waits || mine.count() > 0, "to differ from the recorded", "the recorded");
            }
            Status::Info => {}
        }
    }
    Ok(())
}

/// The answer with the recorded fills in it; the places of orders are those of ours.
fn filled(
    case: &Case,
    recorded: &[Value],
    answer: &Value,
    mut request: Value,
    bench: &mut Bench,
) -> Result<Option<Value>, Finding> {
    let mut fills = Vec::new();
    for fill in case.input["fills"].as_array().into_iter().flatten() {
        let theirs = fill[0].as_u64().and_then(|i| recorded.get(i as usize)).unwrap_or(&Value::Null);
        let outside = answer["outside"].as_array().map(Vec::as_slice).unwrap_or_default();
        let place = outside
            .iter()
            .position(|ours| ours["symbol"] == theirs["asset"] && equal(&ours["limit_price"], &theirs["limit_price"]));
        fills.extend(place.map(|place| json!({ "order": place, "quantity": fill[1], "price": fill[2] })));
    }
    if fills.is_empty() {
        return Ok(Some(answer.clone()));
    }
    request["fills"] = fills.into();
    answered(bench.ask("net", &request)?).map(Some)
}

/// No two orders of ours that could trade with each other may be outside at the same time.
fn never_against_ourselves(answer: &Value, findings: &mut Findings) {
    let outside = answer["outside"].as_array().map(Vec::as_slice).unwrap_or_default();
    for buy in outside.iter().filter(|order| number(&order["quantity"]).is_some_and(|shares| shares > 0.0)) {
        for sell in outside.iter().filter(|order| order["symbol"] == buy["symbol"] && order["wave"] == buy["wave"]) {
            let sells = number(&sell["quantity"]).is_some_and(|shares| shares < 0.0);
            let meets = match (number(&buy["limit_price"]), number(&sell["limit_price"])) {
                (Some(buy), Some(sell)) => buy >= sell,
                _ => true,
            };
            findings.holds("outside", !(sells && meets), "orders that cannot trade with each other", buy["symbol"].to_string());
        }
    }
}

fn compare(output: &Value, recorded: &[Value], answer: &Value, findings: &mut Findings) {
    let outside = answer["outside"].as_array().map(Vec::as_slice).unwrap_or_default();
    let placed = answer["orders"].as_array().map(Vec::as_slice).unwrap_or_default();
    findings.exact("number of orders", &recorded.len(), &outside.len());
    for theirs in recorded {
        let symbol = theirs["asset"].as_str().unwrap_or_default();
        let same = |order: &&Value| order["symbol"] == theirs["asset"] && equal(&order["limit_price"], &theirs["limit_price"]);
        let Some(ours) = outside.iter().find(same) else {
            findings.push(Finding::new(symbol, theirs["net_amount"].to_string(), "no order", "exact"));
            continue;
        };
        findings.exact(&format!("{symbol}.net_amount"), &number(&theirs["net_amount"]), &number(&ours["quantity"]));
        let group: Vec<&Value> = placed.iter().filter(same).collect();
        let sum = |values: Vec<Option<f64>>| values.into_iter().sum::<Option<f64>>().unwrap_or(f64::NAN);
        let alone = sum(group.iter().map(|order| number(&order["commission_alone"])).collect());
        let together = number(&ours["commission"]).unwrap_or(f64::NAN);
        for (field, ours) in
            [("original_commission", alone), ("aggregated_commission", together), ("commission_savings", alone - together)]
        {
            let expected = number(&theirs[field]).unwrap_or(f64::NAN);
            // A difference of two sums is as good as the sums are.
            let tolerance = if field == "commission_savings" { Tolerance::Absolute(1e-12 * alone.max(1.0)) } else { TOLERANCE };
            findings.number(&format!("{symbol}.{field}"), expected, &json!(ours), tolerance);
        }
        contributions(symbol, theirs, &group, findings);
    }
    let saved = number(&answer["benefit"]["commission_saved"]).unwrap_or(f64::NAN);
    let gross = number(&answer["benefit"]["commission_gross"]).unwrap_or(f64::NAN);
    let share = if gross > 0.0 { saved / gross * 100.0 } else { 0.0 };
    findings.number("savings_pct", number(&output["savings_pct"]).unwrap_or(f64::NAN), &json!(share), TOLERANCE);
    let netted = placed.iter().filter(|order| {
        !outside.iter().any(|other| other["symbol"] == order["symbol"] && equal(&other["limit_price"], &order["limit_price"]))
    });
    findings.exact("fully_netted_count", &output["fully_netted_count"].as_u64(), &Some(netted.count() as u64));
    for (i, fill) in output["fills"].as_array().into_iter().flatten().enumerate() {
        virtual_fills(i, fill, answer, findings);
    }
}

/// Which orders are behind one that leaves, and with how many shares.
fn contributions(symbol: &str, theirs: &Value, group: &[&Value], findings: &mut Findings) {
    let mut recorded: Vec<(String, String)> = Vec::new();
    for row in theirs["contributions"].as_array().into_iter().flatten() {
        recorded.push((row[0].as_str().unwrap_or_default().to_owned(), shown(&row[1])));
    }
    let mut ours: Vec<(String, String)> = group
        .iter()
        .map(|order| (order["strategy"].as_str().unwrap_or_default().to_owned(), shown(&order["quantity"])))
        .collect();
    recorded.sort();
    ours.sort();
    findings.exact(&format!("{symbol}.contributions"), &recorded, &ours);
}

fn shown(value: &Value) -> String {
    number(value).unwrap_or(f64::NAN).to_string()
}

/// What every strategy got of a fill. Shares are exact where the original's are finite decimals.
fn virtual_fills(i: usize, fill: &Value, answer: &Value, findings: &mut Findings) {
    let mut ours: BTreeMap<&str, f64> = BTreeMap::new();
    for piece in answer["fills"].as_array().into_iter().flatten().filter(|piece| piece["inside"] == false) {
        *ours.entry(piece["strategy"].as_str().unwrap_or_default()).or_default() +=
            number(&piece["quantity"]).unwrap_or(f64::NAN);
    }
    for (strategy, recorded) in fill["allocations"].as_object().into_iter().flatten() {
        let got = as_number(&json!(ours.get(strategy.as_str()).copied().unwrap_or(0.0)));
        findings.number(&format!("fills[{i}].{strategy}"), number(recorded).unwrap_or(f64::NAN), &got, TOLERANCE);
    }
}

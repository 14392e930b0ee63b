//! System 002: orders against limits, value at risk, beta, volatility targeting.

use super::metrics::days;
use super::s001_netting::merge;
use crate::parity::Bench;
use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number};
use serde_json::{Map, Value, json};

const TOLERANCE: Tolerance = Tolerance::Relative(1e-12);

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().into_iter().flatten().filter_map(number).collect()
}

fn history(values: &[f64]) -> Value {
    json!({ "date": days(values.len()), "value": values })
}

/// The recorded portfolio as ours: positions by strategy, the peak of the whole, capital, returns.
fn request(case: &Case) -> Value {
    let recorded = &case.input["portfolio"];
    let (mut strategies, mut returns) = (Map::new(), Map::new());
    let mut peaks = Vec::new();
    for (name, strategy) in recorded["strategies"].as_object().into_iter().flatten() {
        let mut positions = Map::new();
        for position in strategy["positions"].as_array().into_iter().flatten() {
            let symbol = position[0].as_str().unwrap_or_default();
            positions.insert(symbol.to_owned(), json!({ "quantity": position[1], "price": position[3] }));
        }
        strategies.insert(name.clone(), json!({ "capital": strategy["allocated_capital"], "positions": positions }));
        peaks.extend(number(&strategy["peak_value"]));
        let values = numbers(&strategy["returns"]);
        if !values.is_empty() {
            returns.insert(name.clone(), history(&values));
        }
    }
    let value = if case.input["portfolio_value"].is_null() { &recorded["total_value"] } else { &case.input["portfolio_value"] };
    let mut portfolio = json!({ "value": value, "total_capital": recorded["total_capital"], "strategies": strategies });
    // The original's peak is the sum of those of the strategies, which may never have been together. Ours is the portfolio's own;
    // where the case asks for the original's, it is given, and where it asks for another, what was paid in is the only one known.
    let sum: f64 = peaks.iter().sum();
    let own = number(&recorded["total_capital"]).unwrap_or(0.0).max(number(value).unwrap_or(0.0));
    portfolio["peak"] = json!(if case.status == Status::Defect || sum == 0.0 { own } else { sum });
    let mut request = json!({ "version": 1, "portfolio": portfolio });
    if !returns.is_empty() {
        request["returns"] = returns.into();
    }
    if case.status != Status::Defect {
        request["compat"] = json!("002");
    }
    request["config"] = json!({});
    limits(&case.input["limits"], &mut request["config"]);
    request
}

/// Recorded limits, where the case gives any.
fn limits(recorded: &Value, config: &mut Value) {
    for (theirs, ours) in [
        ("max_portfolio_leverage", "leverage_max"),
        ("warn_portfolio_leverage", "leverage_warning"),
        ("max_single_asset_exposure", "concentration_max"),
        ("warn_single_asset_exposure", "concentration_warning"),
        ("max_drawdown", "drawdown_reject"),
        ("warn_drawdown", "drawdown_warning"),
        ("halt_drawdown", "drawdown_halt"),
        ("target_volatility", "volatility_target"),
    ] {
        if let Some(value) = number(&recorded[theirs]) {
            config[ours] = json!(value.abs());
        }
    }
    if let Some(halted) = recorded["trading_halted"].as_bool() {
        config["trading_halted"] = json!(halted);
    }
}

/// The verdict on one order.
pub(super) fn check_order(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let mut request = request(case);
    let order = &case.input["order"];
    let mut ours = json!({ "strategy": "orders", "symbol": order[0], "quantity": order[1] });
    if !order[2].is_null() {
        ours["price"] = order[2].clone();
    }
    // The original asks what the whole holds; whose order it is does not matter there. A single strategy's is its own.
    if let Some([(name, _)]) =
        case.input["portfolio"]["strategies"].as_object().map(|all| all.iter().collect::<Vec<_>>()).as_deref()
    {
        ours["strategy"] = json!(name);
    }
    request["orders"] = json!([ours]);
    request["prices"] = case.input["prices"].clone();
    if request["prices"].is_null() {
        request["prices"] = json!({});
    }
    let answer = answered(bench.ask("limits", &request)?)?;
    let (verdict, output) = (&answer["orders"][0]["verdict"], case.output());
    let mut mine = Findings::default();
    mine.exact("action", &output["action"].as_str(), &verdict.as_str());
    let may_leave = matches!(verdict.as_str(), Some("allow" | "warn" | "reduce"));
    mine.exact("allowed", &output["allowed"].as_bool(), &Some(may_leave));
    mine.exact("halted", &output["halted"].as_bool(), &answer["halted"].as_bool());
    for limit in ["leverage", "concentration", "drawdown"] {
        let recorded = output["violations"][limit].as_u64().unwrap_or(0);
        // The original stops at the first limit that forbids.
        let own = answer["violations"][limit].as_u64().unwrap_or(0);
        if recorded > 0 {
            mine.exact(&format!("violations.{limit}"), &recorded, &own);
        }
    }
    match case.status {
        Status::Parity => merge(&mine, findings),
        Status::Defect => findings.holds("action", mine.count() > 0, "to differ from the recorded", verdict.to_string()),
        Status::Info => {}
    }
    Ok(())
}

/// Value at risk, in money.
pub(super) fn calculate_var(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let mut request = request(case);
    request["config"]["var_level"] = json!(number(&case.input["confidence"]).unwrap_or(0.95));
    let answer = answered(bench.ask("limits", &request)?)?;
    let (ours, recorded) = (&answer["risk"]["value_at_risk"], &case.output()["var"]);
    if case.status == Status::Defect {
        findings.holds("var", number(ours) != number(recorded), "to differ from the recorded", ours.to_string());
    } else {
        findings.figure("var", recorded, ours, number(recorded) == Some(0.0), TOLERANCE);
    }
    Ok(())
}

/// Slope on the market.
pub(super) fn beta(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let mut request = request(case);
    let market = numbers(&case.input["market_returns"]);
    if !market.is_empty() {
        request["benchmark"] = json!({ "market": history(&market) });
    }
    let answer = answered(bench.ask("limits", &request)?)?;
    let (ours, recorded) = (&answer["risk"]["beta"], &case.output()["beta"]);
    if case.status == Status::Defect {
        findings.holds("beta", number(ours) != number(recorded), "to differ from the recorded", ours.to_string());
    } else {
        findings.figure("beta", recorded, ours, number(recorded) == Some(0.0), TOLERANCE);
    }
    Ok(())
}

/// Shares of capital scaled to the volatility target.
pub(super) fn volatility_targeting(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let mut request = request(case);
    request["allocations"] = case.input["current"].clone();
    let answer = answered(bench.ask("limits", &request)?)?;
    let output = case.output();
    let mut mine = Findings::default();
    for (name, recorded) in output["allocations"].as_object().into_iter().flatten() {
        mine.number(
            &format!("allocations.{name}"),
            number(recorded).unwrap_or(f64::NAN),
            &answer["allocations"][name],
            TOLERANCE,
        );
    }
    if case.status == Status::Defect {
        findings.holds("allocations", mine.count() > 0, "to differ from the recorded", answer["allocations"].to_string());
        return Ok(());
    }
    let (recorded, ours) = (&output["volatility"], &answer["risk"]["volatility"]);
    mine.figure("volatility", recorded, ours, number(recorded) == Some(0.0), TOLERANCE);
    merge(&mine, findings);
    Ok(())
}

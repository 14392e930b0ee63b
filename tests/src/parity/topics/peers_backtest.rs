//! Peers: fixed-target self-financing rebalances, `backtest.json`: values, turnover, costs, cash and holdings.

use crate::parity::Bench;
use crate::parity::case::Case;
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number};
use allocator_core::units::UnixNanos;
use serde_json::{Map, Value, json};

const TOLERANCE: Tolerance = Tolerance::Relative(1e-12);

/// The recorded trade at a date comes before the return of that date: at the close of the day before, which is the bar before.
pub(super) fn backtest(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let (input, reference) = (&case.input, &case.output()["reference"]);
    let dates: Vec<&str> = input["dates"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let returns = input["returns"].as_array().map(Vec::as_slice).unwrap_or_default();
    let target: Vec<f64> = input["target"].as_array().into_iter().flatten().filter_map(number).collect();
    // Bars: a day before the first return, then the day of each return.
    let first = dates.first().and_then(|date| UnixNanos::parse(date)).map_or(0, UnixNanos::days);
    let before = UnixNanos::from_days(first - 1).map(|day| day.to_string()).unwrap_or_default();
    let bars: Vec<&str> = std::iter::once(before.as_str()).chain(dates.iter().copied()).collect();
    let decided: Vec<String> = input["rebalance_dates"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter_map(|date| dates.iter().position(|known| *known == date))
        // A second before the bar at which it is executed.
        .filter_map(|index| UnixNanos::parse(bars[index]).map(|bar| UnixNanos(bar.0 - 1_000_000_000).to_string()))
        .collect();
    let (mut prices, mut weights) = (Map::new(), Map::new());
    for (j, weight) in target.iter().enumerate() {
        // Names in the order of the columns, so that holdings are compared as they come.
        let name = format!("asset{j:04}");
        let mut price = 1.0;
        let rows: Vec<f64> = std::iter::once(1.0)
            .chain(returns.iter().map(|row| {
                price *= 1.0 + number(&row[j]).unwrap_or(f64::NAN);
                price
            }))
            .collect();
        prices.insert(name.clone(), json!({ "date": bars, "value": rows }));
        weights.insert(name, json!({ "date": decided, "value": vec![*weight; decided.len()] }));
    }
    let request = json!({
        "version": 1, "prices": prices, "strategies": { "fixed": { "weights": weights } },
        "config": { "initial_value": input["initial_value"], "cost_rate": input["cost_rate"], "rebalance": "on_signal" },
    });
    let answer = answered(bench.ask("backtest", &request)?)?;
    let mut column = |field: &str, ours: &Value, recorded: &Value| {
        let (ours, recorded) = (ours.as_array().cloned().unwrap_or_default(), recorded.as_array().cloned().unwrap_or_default());
        findings.exact(&format!("number of {field}"), &recorded.len(), &ours.len());
        for (i, (ours, recorded)) in ours.iter().zip(&recorded).enumerate() {
            findings.number(&format!("{field}[{i}]"), number(recorded).unwrap_or(f64::NAN), ours, TOLERANCE);
        }
    };
    column("values", &answer["curve"]["value"], &reference["values"]);
    column("turnover_l1", &answer["rebalances"]["turnover"], &reference["turnover_l1"]);
    column("costs", &answer["rebalances"]["cost"], &reference["costs"]);
    let held: Value = answer["holdings"].as_array().into_iter().flatten().map(|held| held["value"].clone()).collect();
    column("final_holdings", &held, &reference["final_holdings"]);
    cash(&answer, reference, input, findings);
    let paid = number(&reference["total_cost"]).unwrap_or(f64::NAN);
    findings.number("total_cost", paid, &answer["summary"]["cost"], TOLERANCE);
    Ok(())
}

/// Cash after the trades of every bar but the last. It is what is left of amounts as large as the value, whose rounding it carries: a
/// recorded zero may be off by units in the last place of the value.
fn cash(answer: &Value, reference: &Value, input: &Value, findings: &mut Findings) {
    let ours = answer["curve"]["cash"].as_array().map(Vec::as_slice).unwrap_or_default();
    let recorded = reference["cash_after_trade"].as_array().map(Vec::as_slice).unwrap_or_default();
    findings.exact("number of cash_after_trade", &recorded.len(), &ours.len().saturating_sub(1));
    let scale = number(&input["initial_value"]).unwrap_or(1.0);
    for (i, (ours, recorded)) in ours.iter().zip(recorded).enumerate() {
        let expected = number(recorded).unwrap_or(f64::NAN);
        findings.number(&format!("cash_after_trade[{i}]"), expected, ours, Tolerance::Absolute(1e-12 * scale));
    }
}

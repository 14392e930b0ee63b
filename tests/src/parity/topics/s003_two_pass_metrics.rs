//! System 003: the figures of its two-pass report, from an equity curve.

use super::metrics::{book, is_flat};
use crate::parity::Bench;
use crate::parity::case::{Case, Status};
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number};
use serde_json::{Value, json};

const TOLERANCE: Tolerance = Tolerance::Relative(1e-12);

/// Recorded figures and ours.
const FIGURES: &[(&str, &str)] =
    &[("cagr", "cagr"), ("ann_vol", "volatility"), ("sharpe", "sharpe"), ("max_drawdown", "max_drawdown")];

/// All figures of the report.
pub(super) fn metrics(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let values = book(&case.input["dates"], &case.input["equity"]);
    let response = bench.ask("metrics", &json!({ "version": 1, "compat": "003", "values": values }))?;
    if case.status == Status::Info {
        return Ok(());
    }
    let series = &answered(response)?["series"][0];
    let equity: Vec<f64> = case.input["equity"].as_array().into_iter().flatten().filter_map(number).collect();
    let returns: Vec<f64> = equity.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    for (recorded, ours) in FIGURES {
        let undefined = matches!(*recorded, "ann_vol" | "sharpe") && is_flat(&returns);
        findings.figure(recorded, &case.output()[*recorded], &series[*ours], undefined, TOLERANCE);
    }
    for period in ["worst_month", "worst_quarter"] {
        let (end, value) = (&case.output()[period][0], &case.output()[period][1]);
        findings.figure(period, value, &series[period], false, TOLERANCE);
        let ours = &series[format!("{period}_end")];
        let end = if end.is_null() { &Value::Null } else { end };
        findings.exact(&format!("{period}_end"), end, ours);
    }
    Ok(())
}

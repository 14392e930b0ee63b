//! System 003: a real run, recomputed from its inputs; each stage from our stage before.
//!
//! The data come from a vendor and do not ship: where the folder is not there, there is no case.

use crate::parity::Bench;
use crate::parity::case::Case;
use crate::parity::judge::{Finding, Findings, Tolerance, answered};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const STATE: Tolerance = Tolerance::Absolute(1e-10);
const SCALAR: Tolerance = Tolerance::Absolute(1e-12);

/// A table with a date in its first column: names, and rows of cells that may be empty.
struct Table {
    names: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
}

impl Table {
    fn read(folder: &Path, file: &str) -> Option<Self> {
        let text = fs::read_to_string(folder.join(file)).ok()?;
        let mut lines = text.lines().filter(|line| !line.is_empty());
        let names = lines.next()?.split(',').skip(1).map(str::to_owned).collect();
        let row = |line: &str| -> Option<(String, Vec<String>)> {
            let mut cells = line.split(',').map(str::to_owned);
            Some((cells.next()?.chars().take(10).collect(), cells.collect()))
        };
        Some(Table { names, rows: lines.filter_map(row).collect() })
    }

    /// The columns as series of the cells that are numbers.
    fn book(&self) -> Value {
        let series = |column: usize| -> Value {
            let cells = self.rows.iter().filter_map(|(date, cells)| Some((date, cells.get(column)?.parse::<f64>().ok()?)));
            cells.filter(|(_, value)| value.is_finite()).map(|(date, value)| json!([date, value])).collect()
        };
        self.names.iter().enumerate().map(|(i, name)| (name.clone(), series(i))).collect::<Map<_, _>>().into()
    }

    fn column(&self, name: &str) -> Option<BTreeMap<&str, &str>> {
        let at = self.names.iter().position(|known| known == name)?;
        Some(self.rows.iter().filter_map(|(date, cells)| Some((date.as_str(), cells.get(at)?.as_str()))).collect())
    }
}

/// One stage of the run: `state`, `regime`, `scalar` or `applied`.
pub(super) fn stage(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let folder = Path::new(case.input["folder"].as_str().unwrap_or_default());
    let need =
        |file: &str| Table::read(folder, file).ok_or_else(|| Finding::new(file, "a table", "none that can be read", "exact"));
    let mut request = json!({
        "version": 1, "compat": "003",
        "portfolio_returns": need("portfolio_returns.csv")?.book(),
        "equity": need("equity_curve.csv")?.book(),
        "asset_returns": need("asset_returns.csv")?.book(),
        "rebalances": need("weights.csv")?.rows.iter().map(|(date, _)| date.clone()).collect::<Vec<_>>(),
    });
    for field in ["trend_unit_returns", "sleeve_returns"] {
        if let Some(table) = Table::read(folder, &format!("{field}.csv")) {
            request[field] = table.book();
        }
    }
    let answer = answered(bench.ask("risk", &request)?)?;
    match case.function.as_str() {
        "state" => {
            let table = need("allocator_state_v1.csv")?;
            for feature in &table.names {
                rows(findings, &table, feature, &answer["state"], feature, STATE);
            }
            let known = answer["coverage"]["known"].as_u64().unwrap_or_default();
            findings.exact("rows", &(table.rows.len() as u64), &known);
        }
        "regime" => {
            let table = need("allocator_regime_v1.csv")?;
            let ours = by_date(&answer["regimes"], "regime");
            for (date, regime) in table.column("regime").unwrap_or_default() {
                let got = ours.get(date).and_then(|regime| regime.as_str()).unwrap_or("none");
                findings.exact(&format!("regime of {date}"), &regime, &got);
            }
        }
        "scalar" => rows(findings, &need("allocator_risk_v1.csv")?, "risk_scalar", &answer["scalars"], "scalar", SCALAR),
        _ => {
            let table = need("allocator_risk_v1_applied.csv")?;
            rows(findings, &table, "risk_scalar_applied", &answer["exposure"], "scalar", SCALAR);
        }
    }
    Ok(())
}

fn by_date<'a>(table: &'a Value, column: &str) -> BTreeMap<&'a str, &'a Value> {
    let dates = table["date"].as_array().into_iter().flatten().filter_map(Value::as_str);
    dates.zip(table[column].as_array().into_iter().flatten()).collect()
}

fn rows(findings: &mut Findings, table: &Table, recorded: &str, answer: &Value, ours: &str, tolerance: Tolerance) {
    let got = by_date(answer, ours);
    let Some(expected) = table.column(recorded) else {
        return findings.push(Finding::new(recorded, "a column", "none", "exact"));
    };
    findings.holds(recorded, !expected.is_empty(), "rows", "none");
    for (date, cell) in expected {
        let field = format!("{recorded} of {date}");
        match cell.parse::<f64>() {
            Ok(value) if value.is_finite() => {
                let undefined = value.abs() < 1e-15 && matches!(recorded, "sleeve_concentration_60d" | "port_rvol_20d");
                findings.figure(&field, &json!(value), got.get(date).copied().unwrap_or(&Value::Null), undefined, tolerance);
            }
            _ => {}
        }
    }
}

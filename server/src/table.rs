//! Which part of an answer is a table, and that part as one: what the command line writes as CSV, Arrow and Parquet, and HTTP answers as an
//! Arrow stream.

use allocator_core::Problem;
use allocator_core::codec::{Column, ColumnData, Table};
use allocator_core::wire::{Json, to_canonical_bytes};

/// The part of an answer that is a table: the key of its rows, and the columns; none means every field.
#[derive(Clone, Copy)]
struct MainTable {
    key: &'static str,
    columns: &'static [&'static str],
}

/// Fields that are tables of their own; the JSON answer has them.
const TABLES_OF_THEIR_OWN: &[&str] = &["account", "benchmark", "curves", "rolling", "unknown"];

/// Every operation whose answer has one.
const TABLES: &[(&str, MainTable)] = &[
    ("alpha", MainTable { key: "signals", columns: &["symbol", "action", "strength", "target_weight", "unknown"] }),
    ("attribution", MainTable { key: "strategies", columns: &["strategy", "gross_profit", "contribution"] }),
    ("blend", MainTable { key: "weights", columns: &["symbol", "final_weight", "contributing_strategies"] }),
    (
        "capital",
        MainTable {
            key: "allocations",
            columns: &[
                "strategy",
                "weight",
                "proportion",
                "risk_contribution",
                "previous",
                "change",
                "lower",
                "upper",
                "unknown",
                "why",
            ],
        },
    ),
    ("correlation", MainTable { key: "pairs", columns: &["a", "b", "value", "n", "p_value", "alert"] }),
    ("limits", MainTable { key: "orders", columns: &["strategy", "symbol", "id", "quantity", "verdict", "allowed"] }),
    ("metrics", MainTable { key: "series", columns: &[] }),
    ("net", MainTable { key: "fills", columns: &["strategy", "symbol", "quantity", "price", "inside", "order"] }),
    (
        "portfolio",
        MainTable {
            key: "performance",
            columns: &["strategy", "observations", "total_return", "volatility", "sharpe", "max_drawdown", "current_drawdown"],
        },
    ),
    ("position_limits", MainTable { key: "weights", columns: &["symbol", "weight", "target", "previous"] }),
    ("risk", MainTable { key: "scalars", columns: &["date", "scalar", "target"] }),
    (
        "schedule",
        MainTable {
            key: "decisions",
            columns: &["time", "rebalance", "trigger", "reason", "days_since", "drift", "drift_strategy"],
        },
    ),
    ("tune", MainTable { key: "folds", columns: &["first", "last"] }),
    (
        "walk_forward",
        MainTable {
            key: "candidates",
            columns: &["name", "probabilistic_sharpe", "deflated_sharpe", "turnover", "costs", "gaps"],
        },
    ),
];

/// Whether an operation's answer has a table.
pub(crate) fn is_there(operation: &str) -> bool {
    TABLES.iter().any(|(known, _)| *known == operation)
}

/// The table of an answer.
///
/// # Errors
/// `internal` where it has none of that name.
pub(crate) fn of(answer: &Json, name: &str) -> Result<Table, Problem> {
    let found = TABLES.iter().find(|(known, _)| *known == name);
    let (_, main) = found.ok_or_else(|| Problem::internal(format!("the answer of {name} has no table")))?;
    if let Some(Json::Object(fields)) = answer.get(main.key) {
        // Columns side by side already.
        let cells = |column: &str| fields.iter().find(|(key, _)| key == column).and_then(|(_, cells)| cells.as_array());
        let columns = main.columns.iter().map(|column| column_of(column, cells(column).unwrap_or_default().iter()));
        return Table::new(name, columns.collect());
    }
    let rows = answer
        .get(main.key)
        .and_then(Json::as_array)
        .ok_or_else(|| Problem::internal(format!("the answer of {name} has no {}", main.key)))?;
    let mut names: Vec<&str> = main.columns.to_vec();
    if names.is_empty() {
        names.push("name");
        for row in rows {
            let Json::Object(fields) = row else { continue };
            for (key, _) in fields {
                if !TABLES_OF_THEIR_OWN.contains(&key.as_str()) && !names.contains(&key.as_str()) {
                    names.push(key);
                }
            }
        }
    }
    let columns =
        names.into_iter().map(|column| column_of(column, rows.iter().map(|row| row.get(column).unwrap_or(&Json::Null))));
    Table::new(name, columns.collect())
}

/// What the cells of a column are.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    Count,
    Truth,
    Number,
}

/// By name and not by content, so that a column keeps its type where everything in it is unknown or there are no rows.
fn kind_of(name: &str) -> Kind {
    match name {
        "a"
        | "b"
        | "contributing_strategies"
        | "date"
        | "drift_strategy"
        | "first"
        | "last"
        | "name"
        | "reason"
        | "strategy"
        | "symbol"
        | "time"
        | "trigger"
        | "unknown"
        | "why" => Kind::Text,
        "current_drawdown_length"
        | "days_since"
        | "gaps"
        | "losing_periods"
        | "max_drawdown_decline"
        | "max_drawdown_length"
        | "n"
        | "observations"
        | "winning_periods" => Kind::Count,
        "alert" | "rebalance" => Kind::Truth,
        _ if ["_date", "_start", "_end", "_trough"].iter().any(|ending| name.ends_with(ending)) => Kind::Text,
        _ => Kind::Number,
    }
}

fn column_of<'a>(name: &str, cells: impl Iterator<Item = &'a Json> + Clone) -> Column {
    let valid: Vec<bool> = cells.clone().map(|cell| *cell != Json::Null).collect();
    let all = |fits: fn(&Json) -> bool| cells.clone().all(|cell| *cell == Json::Null || fits(cell));
    let number = |cell: &Json| cell.as_f64().unwrap_or_default();
    let data = match kind_of(name) {
        Kind::Count if all(|cell| cell.as_f64().is_some_and(|value| value.fract() == 0.0)) => {
            ColumnData::Int(cells.map(|cell| number(cell) as i64).collect())
        }
        Kind::Truth if all(|cell| matches!(cell, Json::Bool(_))) => {
            ColumnData::Bool(cells.map(|cell| *cell == Json::Bool(true)).collect())
        }
        Kind::Number if all(|cell| matches!(cell, Json::Number(_))) => ColumnData::Float(cells.map(number).collect()),
        _ => {
            let texts: Vec<String> = cells.map(text_of).collect();
            Column::text(name, texts.iter().map(String::as_str)).data
        }
    };
    let mut column = Column::new(name, data);
    if valid.contains(&false) {
        column.valid = Some(valid);
    }
    column
}

/// A cell as text; several names are joined by `|`.
fn text_of(cell: &Json) -> String {
    match cell {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join("|"),
        other => to_canonical_bytes(other).ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default(),
    }
}

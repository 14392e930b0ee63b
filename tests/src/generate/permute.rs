//! The same request in another order and form.

use crate::random::Random;
use serde_json::{Map, Value, json};

/// The tables of a request, by the path to the object that holds them; `*` is any key.
const TABLES: &[(&[&str], &[&str])] = &[
    (&["signals"], &["symbol", "score", "weight"]),
    (&["returns"], &["date", "value"]),
    (&["asset_returns"], &["date", "value"]),
    (&["benchmark"], &["date", "value"]),
    (&["values"], &["date", "value"]),
    (&["flows"], &["date", "value"]),
    (&["portfolio_returns"], &["date", "value"]),
    (&["equity"], &["date", "value"]),
    (&["sleeve_returns"], &["date", "value"]),
    (&["trend_unit_returns"], &["date", "value"]),
    (&["weights"], &["date", "value"]),
    (&["prices"], &["date", "value"]),
    (&["open"], &["date", "value"]),
    (&["volume"], &["date", "value"]),
    (&["strategies", "*", "weights"], &["date", "value"]),
    (&["costs"], &["date", "value"]),
    (&["netting"], &["date", "value"]),
    (&["overlay"], &["date", "value"]),
    (&["symbols", "*"], &["date", "value"]),
    (&["score_history", "*"], &["date", "value"]),
];

/// The same request with rows in another order and tables in another form.
pub(super) fn permute(tree: &Value, random: &mut Random) -> Value {
    let mut tree = tree.clone();
    for (path, columns) in TABLES {
        books(&mut tree, path, &mut |book| {
            for table in book.values_mut() {
                if let Value::Array(rows) = table {
                    random.shuffle(rows);
                    reshape(table, columns, random);
                }
            }
        });
    }
    // Orders stand in any order, in a request and in each bar of a script.
    let bars = |tree: &mut Value, random: &mut Random| {
        if let Some(orders) = tree.get_mut("orders").and_then(Value::as_array_mut) {
            random.shuffle(orders);
        }
    };
    bars(&mut tree, random);
    for step in tree.get_mut("script").and_then(Value::as_array_mut).into_iter().flatten() {
        bars(step, random);
    }
    for set in ["active", "rebalances"] {
        if let Some(items) = tree.get_mut(set).and_then(Value::as_array_mut) {
            random.shuffle(items);
        }
    }
    tree
}

fn books(tree: &mut Value, path: &[&str], each: &mut impl FnMut(&mut Map<String, Value>)) {
    match (path, tree) {
        ([], Value::Object(book)) => each(book),
        (["*", rest @ ..], Value::Object(fields)) => fields.values_mut().for_each(|field| books(field, rest, each)),
        ([name, rest @ ..], Value::Object(fields)) => {
            if let Some(field) = fields.get_mut(*name) {
                books(field, rest, each);
            }
        }
        _ => {}
    }
}

/// Rows as arrays become columns or, for signals, objects; or stay.
fn reshape(table: &mut Value, columns: &[&str], random: &mut Random) {
    let Value::Array(rows) = &*table else { return };
    if !rows.iter().all(|row| row.as_array().is_some_and(|row| row.len() == columns.len())) {
        return;
    }
    match random.below(3) {
        0 => {
            let column = |i: usize| rows.iter().map(|row| row[i].clone()).collect::<Vec<_>>();
            *table =
                columns.iter().enumerate().map(|(i, name)| ((*name).to_owned(), json!(column(i)))).collect::<Map<_, _>>().into();
        }
        1 if columns.len() == 3 => {
            let object = |row: &Value| {
                columns.iter().enumerate().map(|(i, name)| ((*name).to_owned(), row[i].clone())).collect::<Map<_, _>>()
            };
            *table = rows.iter().map(object).map(Value::Object).collect();
        }
        _ => {}
    }
}

//! Ways to spoil a request.

use crate::random::Random;
use serde_json::{Value, json};

/// Damages a request in one of the ways that a boundary must refuse, or at least survive.
pub(super) fn damage(tree: &mut Value, random: &mut Random) {
    let strange = [
        json!("NaN"),
        json!("Infinity"),
        json!(null),
        json!(-1.0),
        json!(1e308),
        json!(-1e308),
        json!(5e-324),
        json!("0.5"),
        json!([]),
        json!({}),
        json!(true),
        json!("…\u{0}\u{7}\""),
        json!(40),
    ];
    match random.below(5) {
        0 => tree["version"] = random.pick(&[json!(2), json!("1"), json!(null), json!(1.5)]).clone(),
        1 => tree["config"]["per_stratgy_max"] = json!(0.4),
        2 => {
            // Some setting gets a value that it cannot have.
            let names =
                ["per_strategy_max", "threshold", "method", "lookback", "confidence", "var_level", "groups", "lots", "ddof"];
            let name = *random.pick(&names);
            tree["config"][name] = random.pick(&strange).clone();
        }
        3 => {
            let value = random.pick(&strange).clone();
            if let Some(cell) = some_leaf(tree, random) {
                *cell = value;
            }
        }
        _ => {
            // A row twice.
            for table in ["signals", "returns", "values", "prices"] {
                let book = tree.get_mut(table).and_then(Value::as_object_mut);
                if let Some(rows) = book.and_then(|book| book.values_mut().next()).and_then(Value::as_array_mut)
                    && let Some(row) = rows.first().cloned()
                {
                    rows.push(row);
                }
            }
        }
    }
    if tree["config"].is_null() {
        tree["config"] = json!({});
    }
}

/// Some value that holds no others.
fn some_leaf<'a>(tree: &'a mut Value, random: &mut Random) -> Option<&'a mut Value> {
    let leaf = match tree {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => true,
    };
    if leaf {
        return Some(tree);
    }
    let children: Vec<&'a mut Value> = match tree {
        Value::Object(fields) => fields.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        _ => Vec::new(),
    };
    let chosen = random.below(children.len());
    children.into_iter().nth(chosen).and_then(|child| some_leaf(child, random))
}

/// Cuts the text short, or puts a byte into it that does not belong there.
pub(super) fn cut(text: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(text.len());
    if random.chance(50) {
        text.truncate(at);
    } else {
        text[at] = random.bits() as u8;
    }
}

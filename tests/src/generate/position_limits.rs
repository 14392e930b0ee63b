//! Requests of `position_limits`.

use crate::random::Random;
use serde_json::{Map, Value, json};

/// A healthy request for position limits.
pub fn position_limits(random: &mut Random) -> Value {
    let symbols: Vec<String> = (0..random.between(1, 9)).map(|i| format!("SYM{i:02}")).collect();
    let some = |random: &mut Random, size: f64| -> Map<String, Value> {
        let kept: Vec<&String> = symbols.iter().filter(|_| random.chance(80)).collect();
        kept.into_iter().map(|symbol| (symbol.clone(), json!(random.range(-size, size)))).collect()
    };
    let mut tree = json!({ "version": 1, "target": some(random, 2.0), "config": {} });
    if random.chance(70) {
        tree["previous"] = some(random, 1.0).into();
    }
    for (name, percent, value) in [
        ("gross_max", 50, json!(random.range(0.1, 4.0))),
        ("net_max", 50, json!(random.range(0.1, 2.0))),
        ("turnover_max", 50, json!(random.range(0.0, 3.0))),
        ("weight_max", 30, json!(random.range(0.0, 1.0))),
        ("weight_min", 30, json!(random.range(-1.0, 0.0))),
    ] {
        if random.chance(percent) {
            tree["config"][name] =
                if random.chance(10) && name.ends_with("_max") && name != "weight_max" { Value::Null } else { value };
        }
    }
    tree
}

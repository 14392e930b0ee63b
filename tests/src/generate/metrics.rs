//! Requests of `metrics`.

use super::series::{Kind, series};
use crate::random::Random;
use serde_json::{Value, json};

/// A healthy request for metrics.
pub fn metrics(random: &mut Random) -> Value {
    let names: Vec<String> = (0..random.between(1, 3)).map(|i| format!("s{i}")).collect();
    let length = random.between(1, 150);
    let mut tree = json!({ "version": 1, "config": {} });
    if random.chance(60) {
        tree["returns"] = series(random, &names, length, Kind::Return);
    } else {
        tree["values"] = series(random, &names, length, Kind::Value);
        // A flow on a date that has a value, but not on the first.
        if let Some(date) = tree["values"]["s0"].as_array().and_then(|rows| rows.get(1)).map(|row| row[0].clone())
            && random.chance(40)
        {
            tree["flows"] = json!({ "s0": [[date, random.range(-50.0, 200.0)]] });
        }
    }
    if random.chance(40) {
        tree["benchmark"] = series(random, &[String::from("market")], length, Kind::Return);
    }
    for (name, percent, value) in [
        ("cagr_basis", 30, json!(random.pick(&["periods", "calendar"]))),
        ("curves", 20, json!(true)),
        ("cvar_rule", 50, json!(random.pick(&["at_most_var", "lowest_count", "rockafellar_uryasev"]))),
        ("ddof", 30, json!(random.below(2))),
        ("flow_timing", 20, json!(random.pick(&["start", "end"]))),
        ("lookback", 20, json!(random.between(2, 60))),
        ("lookback_scope", 20, json!(random.pick(&["all", "moments"]))),
        ("minimum_acceptable_return", 20, json!(random.range(-0.1, 0.1))),
        ("risk_free", 30, json!(random.range(0.0, 0.05))),
        ("rolling_window", 20, json!(random.between(2, 40))),
        ("var_level", 40, json!(random.range(0.8, 0.995))),
        ("var_rule", 40, json!(random.pick(&["linear", "floor_index"]))),
        ("win_rate_basis", 30, json!(random.pick(&["nonzero", "all"]))),
    ] {
        if random.chance(percent) {
            tree["config"][name] = value;
        }
    }
    tree
}

//! Account values of strategies, with what belongs to them.

use super::series::{Kind, series};
use crate::random::Random;
use serde_json::{Map, Value, json};

/// A healthy request for attribution; one in some has gaps and is refused.
pub fn attribution(random: &mut Random) -> Value {
    let names: Vec<String> = (0..random.between(1, 4)).map(|i| format!("s{i}")).collect();
    let length = random.between(2, 30);
    let mut tree = json!({ "version": 1, "values": series(random, &names, length, Kind::Value), "config": {} });
    let rows = |tree: &Value, name: &str| tree["values"][name].as_array().cloned().unwrap_or_default();
    // A date that ends a period, of a strategy that has one.
    let amount = |tree: &Value, random: &mut Random, low: f64, high: f64| -> Option<Value> {
        let rows = rows(tree, "s0");
        let row = rows.get(random.between(1, rows.len().max(2) - 1))?;
        Some(json!({ "s0": [[row[0], random.range(low, high)]] }))
    };
    for (field, percent, low, high) in
        [("flows", 40, -20.0, 60.0), ("costs", 40, 0.0, 2.0), ("netting", 30, 0.0, 1.0), ("overlay", 30, -5.0, 5.0)]
    {
        if random.chance(percent)
            && let Some(book) = amount(&tree, random, low, high)
        {
            tree[field] = book;
        }
    }
    if random.chance(40) {
        let dates: Vec<Value> = names.iter().flat_map(|name| rows(&tree, name)).map(|row| row[0].clone()).collect();
        let mut benchmark = Map::new();
        for name in &names {
            let mut dates: Vec<String> = dates.iter().filter_map(|date| date.as_str().map(str::to_owned)).collect();
            dates.sort();
            dates.dedup();
            let rows: Vec<Value> = dates.into_iter().map(|date| json!([date, random.range(-0.02, 0.02)])).collect();
            benchmark.insert(name.clone(), rows.into());
        }
        tree["benchmark"] = benchmark.into();
    }
    if random.chance(40) {
        let share = 1.0 / names.len() as f64;
        tree["policy"] = names.iter().map(|name| (name.clone(), json!(share))).collect::<Map<_, _>>().into();
    }
    if random.chance(30) {
        tree["symbols"] = json!({ "s0": { "X": [["2021-01-05", random.range(-9.0, 9.0)]], "Y": [["2021-01-05", 1.5]] } });
    }
    for (name, percent, value) in [
        ("allocation_effect", 40, json!(random.pick(&["brinson_fachler", "brinson_hood_beebower"]))),
        ("ddof", 20, json!(random.below(2))),
        ("flow_timing", 30, json!(random.pick(&["start", "end"]))),
        ("periods", 40, json!(true)),
        ("risk_free", 20, json!(random.range(0.0, 0.05))),
    ] {
        if random.chance(percent) {
            tree["config"][name] = value;
        }
    }
    tree
}

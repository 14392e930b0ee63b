//! Requests of `walk_forward`.

use super::series::{Kind, series};
use crate::random::Random;
use serde_json::{Map, Value, json};

/// A healthy request for a walk-forward test: short histories, few candidates, small windows.
pub fn walk_forward(random: &mut Random) -> Value {
    let names: Vec<String> = (0..random.between(1, 4)).map(|i| format!("s{i}")).collect();
    let length = random.between(12, 60);
    let methods = [
        "equal_weight",
        "erc",
        "dynamic",
        "inverse_volatility",
        "hrp",
        "min_variance",
        "kelly",
        "drawdown",
        "sharpe_proportional",
    ];
    let mut candidates = Map::new();
    for i in 0..random.between(1, 3) {
        let mut settings = json!({ "method": random.pick(&methods), "min_observations": random.between(2, 8) });
        if random.chance(40) {
            settings["constraints"] = json!({ "max": random.range(0.3, 1.0), "cash_reserve": random.range(0.0, 0.2) });
        }
        candidates.insert(format!("c{i}"), settings);
    }
    let mut tree = json!({ "version": 1, "candidates": candidates, "returns": series(random, &names, length, Kind::Return),
        "config": { "train": random.between(2, 10), "test": random.between(3, 12), "overfitting_blocks": 2 * random.between(1, 3) } });
    let config = &mut tree["config"];
    for (name, percent, value) in [
        (
            "bootstrap",
            80,
            if random.chance(50) {
                json!({ "resamples": random.below(30), "block": random.range(1.0, 9.0) })
            } else {
                Value::Null
            },
        ),
        (
            "combinatorial",
            70,
            if random.chance(50) { json!({ "groups": random.between(3, 5), "test_groups": 2 }) } else { Value::Null },
        ),
        ("cost_linear", 30, json!(random.range(0.0, 0.01))),
        ("ddof", 20, json!(random.below(2))),
        ("embargo", 30, json!(random.below(4))),
        ("purge", 30, json!(random.below(4))),
        ("risk_free", 20, json!(random.range(-0.02, 0.05))),
        ("series", 50, json!(random.chance(70))),
        ("trials", 20, json!(random.between(3, 200))),
        ("window", 40, json!(random.pick(&["expanding", "rolling"]))),
    ] {
        if random.chance(percent) {
            config[name] = value;
        }
    }
    if tree["config"].get("bootstrap").is_none() {
        // A thousand resamples in every case would be all that the test does.
        tree["config"]["bootstrap"] = json!({ "resamples": 20 });
    }
    tree
}

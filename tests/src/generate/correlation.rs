//! Requests of `correlation`.

use super::series::{Kind, series};
use crate::random::Random;
use serde_json::{Value, json};

/// A healthy request for correlations.
pub fn correlation(random: &mut Random) -> Value {
    let names: Vec<String> = (0..random.between(1, 6)).map(|i| format!("s{i}")).collect();
    let length = random.between(2, 120);
    let mut tree = json!({ "version": 1, "returns": series(random, &names, length, Kind::Return), "config": {} });
    let config = &mut tree["config"];
    for (name, percent, value) in [
        ("method", 60, json!(random.pick(&["pearson", "spearman", "ewma"]))),
        ("threshold", 50, json!(random.unit())),
        ("hysteresis", 20, json!(random.range(0.0, 0.3))),
        ("half_life", 30, json!(random.range(1.0, 80.0))),
        ("confidence", 30, json!(random.range(0.5, 0.999))),
        ("absolute", 30, json!(random.chance(50))),
        ("min_observations", 60, json!(random.between(2, 20))),
        ("window", 30, json!(random.between(20, 60))),
    ] {
        if random.chance(percent) {
            config[name] = value;
        }
    }
    let mut two = || json!([random.pick(&names), random.pick(&names)]);
    let (active, rolling) = (two(), two());
    if random.chance(20) && active[0] != active[1] {
        tree["active"] = json!([active]);
    }
    if random.chance(20) && rolling[0] != rolling[1] {
        tree["rolling"] = json!({ "pair": rolling, "window": random.between(2, 30) });
    }
    tree
}

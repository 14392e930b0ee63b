//! Requests of `schedule`.

use super::series::{Kind, series};
use crate::random::Random;
use allocator_core::units::UnixNanos;
use serde_json::{Map, Value, json};

/// A healthy request for decisions: a history of checks and rebalances, or a plan with weights that drift.
pub fn schedule(random: &mut Random) -> Value {
    let first = UnixNanos::from_date(2021, 1, 4).map_or(0, UnixNanos::days);
    let date = |days: usize| UnixNanos::from_days(first + days as i64).map_or_else(String::new, |time| time.to_string());
    let mut tree = json!({ "version": 1, "config": settings(random, &date) });
    if random.chance(50) {
        tree["last_rebalance"] = json!(date(random.below(10)));
    }
    let names: Vec<String> = (0..random.between(1, 4)).map(|i| format!("s{i}")).collect();
    if random.chance(50) {
        let length = random.between(1, 90);
        tree["from"] = json!(date(random.below(20)));
        tree["to"] = json!(date(20 + length));
        if random.chance(70) {
            tree["target"] = weights(random, &names).into();
        }
        if random.chance(70) {
            tree["returns"] = series(random, &names, length, Kind::Return);
        }
        return tree;
    }
    let (mut steps, mut days) = (Vec::new(), 0);
    for _ in 0..random.between(1, 30) {
        days += random.below(12);
        // Now and then the clock steps back.
        let day = if random.chance(5) { days / 2 } else { days };
        let done = random.chance(20);
        let mut step = json!({ "do": if done { "rebalanced" } else { "check" }, "time": date(day) });
        if !done && random.chance(50) {
            step["current"] = weights(random, &names).into();
            step["target"] = weights(random, &names).into();
        }
        steps.push(step);
    }
    tree["steps"] = steps.into();
    tree
}

/// Weights whose sum is at most 1, some as decimal text.
fn weights(random: &mut Random, names: &[String]) -> Map<String, Value> {
    let most = 100 / names.len();
    names
        .iter()
        .map(|name| {
            let per_cent = random.below(most + 1) as f64 / 100.0;
            (name.clone(), if random.chance(50) { json!(per_cent.to_string()) } else { json!(per_cent) })
        })
        .collect()
}

fn settings(random: &mut Random, date: &impl Fn(usize) -> String) -> Value {
    let mut config = json!({});
    let frequency = *random.pick(&["daily", "weekly", "monthly", "quarterly", "custom"]);
    if frequency == "custom" {
        config["pattern"] = json!(random.pick(&["1,15 * *", "* * mon", "*/10 * *", "5 jan-jun fri", "* */2 1-3"]));
    }
    for (name, percent, value) in [
        ("frequency", if frequency == "custom" { 100 } else { 80 }, json!(frequency)),
        ("assume_done", 40, json!(random.chance(50))),
        ("cooldown_days", 60, json!(random.below(20))),
        ("cooldown_rule", 30, json!(random.pick(&["calendar_days", "whole_days"]))),
        ("drift_threshold", 60, json!(random.pick(&["0.05", "0.1", "0.015", "0"]))),
        ("frequency_rule", 30, json!(random.pick(&["catch_up", "fixed_days"]))),
        ("trading_days_only", 30, json!(random.chance(50))),
        ("calendar", 30, json!({ "holidays": [date(random.below(60)), date(random.below(60))] })),
    ] {
        if random.chance(percent) {
            config[name] = value;
        }
    }
    config
}

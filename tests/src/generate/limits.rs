//! Positions and orders to judge.

use super::net::{price, shares};
use super::series::{Kind, series};
use crate::random::Random;
use serde_json::{Map, Value, json};

/// A healthy request to judge orders.
pub fn limits(random: &mut Random) -> Value {
    let strategies: Vec<String> = (0..random.between(1, 4)).map(|i| format!("s{i}")).collect();
    let symbols = ["X", "Y", "Z"];
    let prices: Map<String, Value> = symbols.iter().map(|symbol| ((*symbol).to_owned(), price(random))).collect();
    let mut held = Map::new();
    for id in &strategies {
        let mut strategy = json!({ "capital": random.between(0, 50_000), "positions": {} });
        for symbol in symbols {
            if random.chance(40) {
                strategy["positions"][symbol] = json!({ "quantity": shares(random) });
            }
        }
        if random.chance(30) {
            strategy["value"] = json!(random.between(10_000, 50_000));
            strategy["peak"] = json!(50_000);
        }
        held.insert(id.clone(), strategy);
    }
    let mut portfolio = json!({ "value": random.between(0, 120_000), "strategies": held });
    for (name, percent, value) in [("peak", 50, 110_000), ("day_start_value", 30, 100_000), ("total_capital", 30, 100_000)] {
        if random.chance(percent) {
            portfolio[name] = json!(value);
        }
    }
    let mut orders = Vec::new();
    for i in 0..random.below(6) {
        let mut order =
            json!({ "strategy": random.pick(&strategies), "symbol": random.pick(&symbols), "quantity": shares(random) });
        if random.chance(50) {
            order["id"] = json!(format!("o{i}"));
        }
        orders.push(order);
    }
    let mut tree = json!({ "version": 1, "portfolio": portfolio, "prices": prices, "orders": orders, "config": {} });
    if random.chance(60) {
        let length = random.between(2, 60);
        tree["returns"] = series(random, &strategies, length, Kind::Return);
        if random.chance(50) {
            tree["benchmark"] = series(random, &[String::from("market")], length, Kind::Return);
        }
    }
    if random.chance(40) {
        tree["allocations"] = json!({ "s0": random.unit(), "s1": "0.25" });
    }
    for (name, percent, value) in [
        ("beta_max", 20, json!(random.range(0.0, 2.0))),
        ("daily_loss_max", 30, json!(random.range(0.0, 0.1))),
        ("decide_by", 30, json!(random.pick(&["worst", "first"]))),
        ("gross_max", 20, json!(random.between(0, 200_000))),
        ("lookback", 30, json!(random.between(2, 60))),
        ("net_max", 20, json!(random.range(0.0, 2.0))),
        ("on_exceed", 50, json!(random.pick(&["reject", "reduce"]))),
        ("on_unknown", 30, json!(random.pick(&["warn", "reject"]))),
        ("position_max", 20, json!(random.between(0, 50_000))),
        ("trading_halted", 10, json!(true)),
        ("var_level", 20, json!(random.range(0.8, 0.99))),
        ("var_max", 30, json!(random.range(0.0, 0.1))),
        ("var_rule", 30, json!(random.pick(&["linear", "floor_index"]))),
        ("volatility_max", 20, json!(random.range(0.0, 0.5))),
        ("volatility_scale_max", 20, json!(random.range(0.5, 2.0))),
        ("volatility_target", 30, json!(random.range(0.01, 0.5))),
    ] {
        if random.chance(percent) {
            tree["config"][name] = value;
        }
    }
    tree
}

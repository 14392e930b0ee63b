//! Orders of several strategies, some of them filled.

use crate::random::Random;
use serde_json::{Map, Value, json};

/// Shares as a desk orders them: whole mostly, fractions sometimes.
pub(super) fn shares(random: &mut Random) -> Value {
    let size = if random.chance(80) { random.between(1, 900) as f64 } else { random.range(0.01, 50.0) };
    json!(if random.chance(45) { -size } else { size })
}

/// Money as a number or as text, with a few places.
pub(super) fn price(random: &mut Random) -> Value {
    let cents = random.between(50, 40_000);
    if random.chance(50) { json!(cents as f64 / 100.0) } else { json!(format!("{}.{:02}", cents / 100, cents % 100)) }
}

/// One order of one of some strategies.
pub(super) fn order(random: &mut Random, strategies: &[String], symbols: &[&str]) -> Value {
    let mut order = json!({
        "strategy": random.pick(strategies),
        "symbol": random.pick(symbols),
        "quantity": shares(random),
    });
    if random.chance(35) {
        order["limit_price"] = json!(random.between(8, 12));
    }
    if random.chance(20) {
        order["id"] = json!(format!("o{}", random.below(1_000)));
    }
    order
}

/// A healthy request to net.
pub fn net(random: &mut Random) -> Value {
    let strategies: Vec<String> = (0..random.between(1, 5)).map(|i| format!("s{i}")).collect();
    let symbols = ["X", "Y", "Z"];
    let orders: Vec<Value> = (0..random.between(0, 12)).map(|_| order(random, &strategies, &symbols)).collect();
    let mut prices = Map::new();
    for symbol in symbols {
        if random.chance(70) {
            prices.insert(symbol.to_owned(), if random.chance(60) { json!(10) } else { price(random) });
        }
    }
    let mut tree = json!({ "version": 1, "orders": orders, "prices": prices, "config": {} });
    for (name, percent, value) in [
        ("cross_groups", 30, json!(random.chance(50))),
        ("netting_enabled", 30, json!(random.chance(50))),
        ("half_spread_bps", 30, json!(random.range(0.0, 20.0))),
        ("shares", 30, json!(random.pick(&["as_ordered", "finest"]))),
        (
            "commission",
            30,
            json!({ "per_share": random.range(0.0, 0.02), "minimum": random.below(2), "rate_bps": random.below(3) }),
        ),
    ] {
        if random.chance(percent) {
            tree["config"][name] = value;
        }
    }
    if random.chance(30) {
        tree["fills"] = json!([{ "order": 0, "quantity": 1, "price": 10 }]);
    }
    if random.chance(15) {
        tree["compat"] = json!("002");
    }
    tree
}

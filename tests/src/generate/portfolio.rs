//! Scripts of what happens to a portfolio.

use super::net::{order, price};
use crate::random::Random;
use allocator_core::units::UnixNanos;
use serde_json::{Map, Value, json};

fn share(random: &mut Random) -> Value {
    json!(format!("0.{:02}", random.below(60)))
}

/// A healthy script; some of its steps are refused when their turn comes.
pub fn portfolio(random: &mut Random) -> Value {
    let strategies: Vec<String> = (0..random.between(1, 4)).map(|i| format!("s{i}")).collect();
    let symbols = ["X", "Y"];
    let mut script: Vec<Value> =
        strategies.iter().map(|id| json!({ "do": "add", "strategy": id, "allocation": share(random) })).collect();
    let mut day = UnixNanos::from_date(2024, 1, 29).map_or(0, UnixNanos::days);
    for _ in 0..random.between(1, 10) {
        let strategy = random.pick(&strategies).clone();
        script.push(match random.below(14) {
            0 => json!({ "do": "pause", "strategy": strategy }),
            1 => json!({ "do": "resume", "strategy": strategy }),
            2 => json!({ "do": "remove", "strategy": strategy }),
            3 => json!({ "do": "remove", "strategy": strategy, "to": "s0" }),
            4 => json!({ "do": "adjust", "strategy": strategy, "amount": random.range(-3_000.0, 3_000.0) }),
            5 => json!({ "do": "contribute", "amount": random.between(0, 5_000), "reason": "more" }),
            6 => json!({ "do": "dividend", "symbol": "X", "amount": "0.25" }),
            7 => json!({ "do": "split", "symbol": "Y", "split_to": random.between(1, 3), "split_from": random.between(1, 3) }),
            8 => json!({ "do": "correlation" }),
            9 => {
                let shares: Map<String, Value> = strategies.iter().map(|id| (id.clone(), share(random))).collect();
                json!({ "do": "rebalance", "allocations": shares })
            }
            _ => {
                day += 1;
                let time = UnixNanos::from_days(day).map_or_else(String::new, |time| time.to_string());
                let prices: Map<String, Value> = symbols.iter().map(|symbol| ((*symbol).to_owned(), price(random))).collect();
                let orders: Vec<Value> = (0..random.below(5)).map(|_| order(random, &strategies, &symbols)).collect();
                let mut bar = json!({ "do": "bar", "time": time, "prices": prices, "orders": orders });
                if random.chance(15) {
                    bar["failed"] = json!({ strategy: "no data" });
                }
                bar
            }
        });
    }
    let mut tree = json!({ "version": 1, "total_capital": 100_000, "script": script, "config": {} });
    for (name, percent, value) in [
        ("buffer", 20, json!(random.range(0.0, 0.5))),
        ("lots", 40, json!(random.pick(&["fifo", "lifo", "average"]))),
        ("on_strategy_error", 20, json!(random.pick(&["pause", "continue"]))),
        ("reduce_by", 40, json!(random.pick(&["in_kind", "sell", "refuse"]))),
        ("shares_of", 30, json!(random.pick(&["equity", "initial_capital"]))),
        ("slippage_bps", 30, json!(random.range(0.0, 30.0))),
        ("states", 40, json!(random.pick(&["every", "last"]))),
        ("policies", 20, json!({ "pause_at_drawdown": 0.1, "concentration_warning": 0.4, "remove_after_months": 1 })),
        ("netting", 20, json!({ "netting_enabled": random.chance(50), "cross_groups": random.chance(50) })),
    ] {
        if random.chance(percent) {
            tree["config"][name] = value;
        }
    }
    tree
}

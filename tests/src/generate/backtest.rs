//! Requests for backtests and their tear sheets.

use super::alpha::FORMULAS;
use super::series::{Kind, series};
use crate::random::Random;
use serde_json::{Map, Value, json};

/// A healthy backtest: few bars and symbols, any settings.
pub fn backtest(random: &mut Random) -> Value {
    let symbols: Vec<String> = (0..random.between(1, 4)).map(|i| format!("SYM{i}")).collect();
    let length = random.between(2, 45);
    let prices = series(random, &symbols, length, Kind::Value);
    let mut strategies = Map::new();
    for s in 0..random.between(1, 3) {
        let spec = if random.chance(15) {
            json!({ "alphas": { "alphas": ["momentum_20d", "rsi_14"], "max_positions": 2, "allow_short": random.chance(50),
                "thresholds": { "long": random.range(0.0, 0.1), "short": -0.01 } } })
        } else if random.chance(30) {
            json!({ "formula": random.pick(FORMULAS), "top": random.range(0.1, 1.0), "sides": random.pick(&["long_only", "long_short"]) })
        } else if random.chance(50) {
            let alpha = *random.pick(&["momentum_20d", "mean_reversion", "short_term_reversal", "cross_sectional_momentum"]);
            json!({
                "alpha": alpha, "top": random.range(0.1, 1.0), "cap": random.range(0.2, 1.0),
                "scheme": random.pick(&["equal", "proportional", "inverse_volatility"]),
                "sides": random.pick(&["long_only", "long_short"]),
            })
        } else {
            json!({ "weights": targets(random, &prices) })
        };
        strategies.insert(format!("s{s}"), spec);
    }
    let mut tree = json!({ "version": 1, "prices": prices, "strategies": strategies, "config": {} });
    let word = |random: &mut Random, words: &[&str]| json!(random.pick(words));
    for (name, percent, value) in [
        ("rebalance", 70, word(random, &["monthly", "every_bar", "weekly", "quarterly", "yearly", "never", "on_signal"])),
        ("cost_rate", 50, json!(random.range(0.0, 0.01))),
        ("cost_min", 20, json!(random.range(0.0, 5.0))),
        ("cost_per_share", 20, json!(random.range(0.0, 0.05))),
        ("slippage_rate", 30, json!(random.range(0.0, 0.01))),
        ("financing", 30, word(random, &["cash", "shrink"])),
        ("calendar", 20, word(random, &["data", "weekdays"])),
        ("cash_rate", 20, json!(random.range(-0.01, 0.05))),
        ("debit_rate", 20, json!(random.range(0.0, 0.1))),
        ("borrow_rate", 20, json!(random.range(0.0, 0.1))),
        ("lag", 20, json!(random.between(1, 3))),
        ("band", 20, json!(random.range(0.0, 0.1))),
        ("lot_size", 20, json!(random.pick(&[1.0, 10.0]))),
        ("delist_after", 30, json!(random.between(1, 6))),
        ("delisting_recovery", 20, json!(random.unit())),
        ("initial_value", 30, json!(random.range(1e3, 1e7))),
        ("on_strategy_error", 20, word(random, &["pause", "continue", "stop"])),
        ("ledgers", 20, json!(true)),
        ("rows_max", 20, json!(random.between(0, 30))),
    ] {
        if random.chance(percent) {
            tree["config"][name] = value;
        }
    }
    if random.chance(25) {
        tree["open"] = series(random, &symbols, length, Kind::Value);
        tree["config"]["execution"] = json!("next_open");
    }
    if random.chance(20) {
        tree["volume"] = series(random, &symbols, length, Kind::Value);
        tree["config"]["impact"] = json!(random.range(0.0, 0.5));
    }
    if random.chance(20) {
        tree["benchmark"] = series(random, &[String::from("market")], length, Kind::Value);
    }
    for (table, percent, low, high) in [("splits", 20, 0.2, 5.0), ("dividends", 20, 0.01, 3.0)] {
        if let Some(date) = some_date(&tree["prices"], random).filter(|_| random.chance(percent)) {
            tree[table] = json!({ random.pick(&symbols).clone(): [[date, random.range(low, high)]] });
        }
    }
    if random.chance(40) {
        tree["config"]["blend"] = json!({
            "method": random.pick(&["rank_aggregation", "equal_weight", "inverse_vol", "sharpe", "ic", "score"]),
            "allow_short_positions": random.chance(80), "per_strategy_max": random.range(0.2, 1.0), "min_observations": 2,
            "ic_min_observations": 2, "cash_reserve": random.range(0.0, 0.3),
        });
    } else if random.chance(50) {
        tree["config"]["capital"] = json!({
            "method": random.pick(&["erc", "inverse_vol", "sharpe", "drawdown", "dynamic", "kelly", "hrp", "equal", "min_variance"]),
            "min_observations": 2, "constraints": { "max": random.range(0.4, 1.0), "cash_reserve": random.range(0.0, 0.2) },
        });
        if random.chance(50) {
            tree["config"]["capital_schedule"] = word(random, &["monthly", "weekly", "quarterly", "never"]);
        }
        if random.chance(30) {
            tree["config"]["capital_warmup"] = word(random, &["shares", "cash"]);
        }
    }
    if random.chance(30) {
        tree["config"]["risk"] = json!({
            "mode": random.pick(&["compute", "off"]), "profile": random.pick(&["L", "M", "H"]), "warmup_scalar": random.range(0.5, 1.0),
        });
        if random.chance(30) {
            tree["config"]["risk"]["sleeves"] = json!({ "one": { "assets": ["s0"], "sensitivity": random.range(0.0, 2.0) } });
        }
    }
    tree
}

/// Target weights on a few of the dates of some prices.
fn targets(random: &mut Random, prices: &Value) -> Value {
    let mut all = Map::new();
    for (symbol, rows) in prices.as_object().into_iter().flatten() {
        let dates = rows.as_array().into_iter().flatten().map(|row| row[0].clone());
        let rows: Vec<Value> = dates
            .filter(|_| random.chance(15))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|date| json!([date, random.range(-0.3, 0.6)]))
            .collect();
        all.insert(symbol.clone(), rows.into());
    }
    all.into()
}

/// The date of some row of some table.
fn some_date(book: &Value, random: &mut Random) -> Option<Value> {
    let tables: Vec<&Value> = book.as_object()?.values().collect();
    let rows = random.pick(&tables).as_array()?;
    if rows.is_empty() { None } else { Some(random.pick(rows)[0].clone()) }
}

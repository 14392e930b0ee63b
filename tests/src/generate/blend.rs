//! Requests of `blend`.

use super::series::{Kind, series};
use crate::random::Random;
use serde_json::{Map, Value, json};

/// A healthy blend: the weights of every strategy long, or long and short.
pub fn blend(random: &mut Random) -> Value {
    let shorts = random.chance(40);
    let method = *random.pick(&["rank_aggregation", "equal_weight", "inverse_vol", "fixed", "sharpe", "ic", "score"]);
    let strategies: Vec<String> = (0..random.between(1, 7)).map(|i| format!("s{i}")).collect();
    let symbols: Vec<String> = (0..random.between(1, 16)).map(|i| format!("SYM{i:02}")).collect();
    let mut signals = Map::new();
    for id in &strategies {
        let dense = random.between(20, 100);
        let named: Vec<&String> = symbols.iter().filter(|_| random.chance(dense)).collect();
        let rows: Vec<Value> = named.into_iter().map(|symbol| json!([symbol, score(random), weight(random, shorts)])).collect();
        signals.insert(id.clone(), if random.chance(4) { json!([]) } else { rows.into() });
    }
    let mut tree = json!({ "version": 1, "signals": signals, "config": { "method": method } });
    if shorts {
        tree["config"]["allow_short_positions"] = json!(true);
    }
    settings(&mut tree["config"], random, &strategies, &symbols);
    if random.chance(85) {
        let stats = strategies.iter().map(|id| {
            (
                id.clone(),
                json!({ "vol": random.range(0.02, 0.6), "sharpe": random.range(-1.0, 2.5), "ic": random.range(-0.1, 0.1) }),
            )
        });
        tree["stats"] = stats.collect::<Map<_, _>>().into();
    }
    if random.chance(40) {
        let length = random.between(5, 90);
        tree["returns"] = series(random, &strategies, length, Kind::Return);
    }
    if method == "ic" {
        let length = random.between(5, 60);
        tree["asset_returns"] = series(random, &symbols, length, Kind::Return);
        let history = strategies.iter().map(|id| (id.clone(), series(random, &symbols, length, Kind::Score)));
        tree["score_history"] = history.collect::<Map<_, _>>().into();
        if random.chance(50) {
            tree["config"]["ic_min_observations"] = json!(random.between(2, 10));
        }
    }
    tree
}

fn score(random: &mut Random) -> f64 {
    match random.below(10) {
        // Ties, also at zero.
        0..=2 => random.between(0, 6) as f64 / 2.0 - 1.0,
        3 => random.range(-1e-9, 1e-9),
        4 => random.range(-1e9, 1e9),
        _ => random.bell(),
    }
}

fn weight(random: &mut Random, shorts: bool) -> f64 {
    let size = match random.below(12) {
        0 => 0.0,
        1 => random.range(0.0, 1e6),
        2 => random.range(0.0, 1e-9),
        3 => 1.0,
        _ => random.unit(),
    };
    if shorts && random.chance(40) { -size } else { size }
}

/// A few settings, each with a value that it may have.
fn settings(config: &mut Value, random: &mut Random, strategies: &[String], symbols: &[String]) {
    let word = |random: &mut Random, words: &[&str]| json!(random.pick(words));
    let mut set = |name: &str, percent: usize, value: &dyn Fn(&mut Random) -> Value| {
        if random.chance(percent) {
            config[name] = value(random);
        }
    };
    set("per_strategy_max", 50, &|random| json!(random.unit()));
    set("rank_by", 30, &|random| word(random, &["conviction", "score", "abs"]));
    set("ties", 30, &|random| word(random, &["dense", "average"]));
    set("rank_transform", 30, &|random| {
        word(random, &["reciprocal", "borda", "normal_scores", "fraction", "zero_one", "rank_sum"])
    });
    set("missing", 20, &|random| word(random, &["zero", "mean"]));
    set("rows", 20, &|random| word(random, &["method", "ranks", "weights"]));
    set("min_score", 15, &|random| json!(random.bell()));
    set("redistribute", 15, &|random| word(random, &["always", "long_only", "never"]));
    set("on_infeasible_cap", 25, &|random| word(random, &["cash", "relax", "error"]));
    set("single_strategy", 20, &|random| word(random, &["bypass", "bypass_except_inverse_vol", "cap"]));
    set("target_total", 20, &|random| json!(random.range(0.1, 2.0)));
    set("cash_reserve", 20, &|random| json!(random.range(0.0, 0.5)));
    set("symbol_max", 25, &|random| json!(random.range(0.01, 0.6)));
    set("gross_max", 15, &|random| json!(random.range(0.1, 2.0)));
    set("net_min", 10, &|random| json!(random.range(-1.0, 0.2)));
    set("net_max", 10, &|random| json!(random.range(0.2, 1.0)));
    set("positions_max", 15, &|random| json!(random.between(1, 10)));
    set("position_min", 15, &|random| json!(random.range(0.0, 0.1)));
    set("lookback", 15, &|random| json!(random.between(30, 80)));
    set("min_observations", 20, &|random| json!(random.between(2, 30)));
    set("unknown_weight", 30, &|random| word(random, &["zero", "minimum"]));
    set("no_edge", 30, &|random| word(random, &["cash", "equal"]));
    set("correlation_action", 30, &|random| word(random, &["none", "scale_down", "drop"]));
    set(
        "correlation",
        20,
        &|random| json!({ "threshold": random.range(0.0, 0.9), "min_observations": random.between(2, 20), "method": word(random, &["pearson", "spearman", "ewma"]) }),
    );
    set("strategy_max", 15, &|random| {
        let id = random.pick(strategies).clone();
        json!({ id: random.unit() })
    });
    set("vol_override", 10, &|random| {
        let id = random.pick(strategies).clone();
        json!({ id: random.range(0.05, 0.4) })
    });
    if random.chance(20) {
        let groups: Map<String, Value> =
            symbols.iter().map(|symbol| (symbol.clone(), json!(random.pick(&["tech", "banks", "oil"])))).collect();
        if let Some(name) = groups.values().next().and_then(Value::as_str) {
            config["group_max"] = json!({ name: random.range(0.05, 0.8) });
        }
        config["groups"] = groups.into();
    }
    if random.chance(12) {
        let prices: Map<String, Value> = symbols.iter().map(|symbol| (symbol.clone(), json!(random.range(1.0, 900.0)))).collect();
        config["lots"] =
            json!({ "capital": random.range(1e4, 1e8), "prices": prices, "lot_size": random.pick(&[1.0, 10.0, 100.0]) });
    }
    if config["method"] == "fixed" {
        let shares: Vec<f64> = strategies.iter().map(|_| random.unit()).collect();
        let total: f64 = shares.iter().sum::<f64>() * random.range(1.0, 1.5);
        let weights =
            strategies.iter().zip(shares).map(|(id, share)| (id.clone(), json!(if total > 0.0 { share / total } else { 0.0 })));
        config["strategy_weights"] = weights.collect::<Map<_, _>>().into();
    }
}

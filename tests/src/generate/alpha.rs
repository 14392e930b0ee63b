//! Requests for scores and signals.

use super::series::{Kind, series};
use crate::random::Random;
use serde_json::{Map, Value, json};

/// Formulas that use every operation.
pub(super) const FORMULAS: &[&str] = &[
    "rank(delta(close, 3)) - 0.5",
    "zscore(ts_mean(returns, 5) / ts_std(returns, 5))",
    "scale(signed_power(returns, 0.5)) * -1",
    "correlation(close, delay(close, 1), 6) + covariance(returns, close, 4)",
    "if(close > ts_mean(close, 5) && !(returns < 0) || ts_rank(close, 4) >= 0.5, decay_linear(returns, 3), -log(close))",
    "ts_argmax(close, 5) - ts_argmin(close, 5) + ts_max(close, 3) / ts_min(close, 3)",
    "min(abs(returns), 0.01) + max(sqrt(close), exp(-close)) ^ 2 + sign(returns) + ts_sum(returns, 2)",
    "close / (returns - returns)",
    "close == close ? returns : 0",
];

/// A healthy request for scores: built-in alphas, formulas, scores that are given, any settings.
pub fn alpha(random: &mut Random) -> Value {
    let symbols: Vec<String> = (0..random.between(1, 6)).map(|i| format!("SYM{i}")).collect();
    let length = random.between(2, 70);
    let mut tree = json!({ "version": 1, "prices": series(random, &symbols, length, Kind::Value), "config": {} });
    let built_in = [
        "momentum_20d",
        "mean_reversion",
        "short_term_reversal",
        "low_volatility",
        "cross_sectional_momentum",
        "rsi_14",
        "macd",
        "breakout",
        "moving_average_crossover",
        "momentum_12_1",
    ];
    let mut names: Vec<String> = built_in.iter().filter(|_| random.chance(20)).map(|name| (*name).to_owned()).collect();
    if random.chance(60) || names.is_empty() {
        names.push("mine".to_owned());
        tree["config"]["formulas"] = json!({ "mine": random.pick(FORMULAS) });
    }
    if random.chance(20) {
        names.push("given".to_owned());
        let scores: Map<String, Value> = symbols.iter().map(|symbol| (symbol.clone(), json!(random.bell()))).collect();
        tree["scores"] = json!({ "given": scores });
    }
    if random.chance(20) && symbols.len() > 1 {
        names.push("pairs".to_owned());
        tree["config"]["pairs"] = json!({ symbols[0].clone(): symbols[1].clone() });
    }
    if random.chance(30) {
        let share = 1.0 / names.len() as f64;
        tree["config"]["weights"] = names.iter().map(|name| (name.clone(), json!(share))).collect::<Map<_, _>>().into();
    } else {
        tree["config"]["weight_model"] = json!(random.pick(&["equal", "ic", "inverse_volatility", "optimised"]));
    }
    tree["config"]["alphas"] = json!(names);
    for (name, percent, value) in [
        ("thresholds", 40, json!({ "long": random.range(0.0, 0.5), "short": random.range(-0.5, -0.01) })),
        ("max_positions", 40, json!(random.between(1, 4))),
        ("missing", 30, json!(random.pick(&["unknown", "zero"]))),
        ("allow_short", 30, json!(random.chance(50))),
        ("refresh", 20, json!(random.pick(&["daily", "hourly", "intraday"]))),
    ] {
        if random.chance(percent) {
            tree["config"][name] = value;
        }
    }
    tree["judge"] = json!(random.chance(30));
    if random.chance(20) {
        tree["snapshot"] = json!({ random.pick(&symbols).clone(): random.range(1.0, 200.0) });
    }
    tree
}

//! Requests of `capital`.

use super::series::{Kind, series};
use crate::random::Random;
use serde_json::{Map, Value, json};

/// A healthy request for a split of capital: few strategies and short histories, every method and every kind of limit.
pub fn capital(random: &mut Random) -> Value {
    let count = random.between(1, 6);
    let names: Vec<String> = (0..count).map(|i| format!("s{i}")).collect();
    let length = random.between(2, 70);
    let methods = [
        "erc",
        "equal_weight",
        "fixed",
        "dynamic",
        "sharpe_proportional",
        "inverse_volatility",
        "inverse_variance",
        "risk_budget",
        "kelly",
        "kelly_multivariate",
        "drawdown",
        "hrp",
        "herc",
        "nco",
        "exponentiated_gradient",
        "ftrl",
        "hedge",
        "regime_adaptive",
        "black_litterman",
        "kelly_log_growth",
        "max_diversification",
        "max_sharpe",
        "mean_variance",
        "min_cdar",
        "min_cvar",
        "min_variance",
        "robust_mean_variance",
        "target_return",
        "target_risk",
    ];
    let mut tree = json!({ "version": 1, "config": { "method": random.pick(&methods) } });
    tree["returns"] = series(random, &names, length, Kind::Return);
    if random.chance(15) {
        tree["compare"] = json!([random.pick(&methods), random.pick(&methods)]);
    }
    if random.chance(15) {
        tree["frontier"] = json!({ "points": random.between(2, 9) });
    }
    if random.chance(20) {
        tree["forecasts"] = json!({ (random.pick(&names).as_str()): random.range(-0.2, 0.4) });
    }
    if random.chance(15) {
        tree["statistics"] = json!({ (random.pick(&names).as_str()): {
            "volatility": random.range(0.01, 0.6), "sharpe": random.range(-1.0, 2.0),
            "current_drawdown": -random.unit() * 0.5, "max_drawdown": -random.unit(),
        } });
    }
    let held = random.chance(30);
    if held {
        tree["previous"] =
            names.iter().map(|name| (name.clone(), json!(random.unit() / count as f64))).collect::<Map<_, _>>().into();
    }
    let config = &mut tree["config"];
    if random.chance(60) {
        config["min_observations"] = json!(random.between(2, 15));
    }
    let plan = names.iter().map(|name| (name.clone(), json!(random.unit() / count as f64)));
    config["fixed"] = plan.collect::<Map<_, _>>().into();
    for (name, percent, value) in [
        ("estimates", 15, json!(true)),
        ("lookback", 20, json!(random.between(20, 60))),
        ("no_edge", 20, json!(random.pick(&["cash", "equal"]))),
        ("risk_free", 20, json!(random.range(0.0, 0.05))),
        ("short_history", 20, json!(random.pick(&["unknown", "stand_in"]))),
        ("unknown_weight", 20, json!(random.pick(&["zero", "minimum"]))),
        ("risk_budgets", 20, json!({ "s0": random.range(0.1, 5.0) })),
    ] {
        if random.chance(percent) {
            config[name] = value;
        }
    }
    capital_families(config, random);
    capital_optimizer(config, random, &names);
    capital_limits(config, random, held);
    tree
}

/// Settings of single families of methods.
fn capital_families(config: &mut Value, random: &mut Random) {
    let linkages = ["single", "complete", "average", "weighted", "ward", "centroid", "median"];
    let estimators = [
        "sample",
        "ewma",
        "ledoit_wolf",
        "ledoit_wolf_single_factor",
        "ledoit_wolf_constant_correlation",
        "oas",
        "denoised",
        "semi",
        "pairwise",
    ];
    let conventions = ["uncentred", "previous_mean", "riskmetrics", "unbiased", "unbiased_recursive", "sample_mean"];
    if random.chance(8) {
        config["bootstrap"] =
            json!({ "resamples": random.between(1, 6), "block": random.range(1.0, 20.0), "seed": random.below(9) });
    }
    if random.chance(60) {
        config["clustering"] =
            json!({ "linkage": random.pick(&linkages), "ordering": random.pick(&["tree", "optimal", "stepwise"]) });
        if random.chance(40) {
            config["clustering"]["clusters"] = json!(random.between(1, 5));
        }
    }
    if random.chance(60) {
        config["estimators"] = json!({
            "covariance": random.pick(&estimators), "ddof": random.below(2), "keep_flat": random.chance(30),
            "mean": random.pick(&["sample", "ewma", "james_stein", "shrink_to_zero"]),
            "ewma": { "convention": random.pick(&conventions), "half_life": random.range(2.0, 60.0) },
        });
    }
    if random.chance(30) {
        config["dynamic"] = json!({
            "compounding": random.pick(&["compounded", "summed"]), "floor_rule": random.pick(&["waterfilled", "added_to_score"]),
            "min_allocation": random.range(0.0, 0.2),
        });
    }
    if random.chance(30) {
        config["kelly"] = json!({
            "fraction": random.range(0.05, 1.0), "rule": random.pick(&["scale_down", "clamp_then_normalize"]),
        });
    }
    if random.chance(30) {
        config["drawdown"] = json!({
            "max_drawdown_threshold": random.range(0.02, 0.4), "recovery_bonus": random.range(0.0, 0.5),
            "recovery_bonus_rule": random.pick(&["scaled", "at_peak"]),
        });
    }
    if random.chance(30) {
        config["regime"] = json!({
            "window": random.between(2, 20), "confirm": random.between(1, 5), "transition": random.below(10),
            "drawdown": random.range(0.01, 0.3), "trend": random.range(0.0, 0.1), "sideways": random.pick(&["erc", "hrp", "kelly"]),
        });
    }
    if random.chance(20) {
        config["learning"] = json!({ "rate": random.range(0.01, 20.0) });
    }
}

/// Limits, some of which contradict each other.
fn capital_limits(config: &mut Value, random: &mut Random, held: bool) {
    let mut limits = json!({});
    for (name, percent, value) in [
        ("cash_reserve", 20, json!(random.range(0.0, 0.5))),
        ("max", 50, json!(random.range(0.2, 1.0))),
        ("min", 30, json!(random.range(0.0, 0.19))),
        ("order", 15, json!("clamp_then_normalize")),
        ("target_volatility", 20, json!(random.range(0.01, 0.5))),
        ("leverage_max", 20, json!(random.range(1.0, 2.0))),
        ("strategies", 20, json!({ "s0": { "min": random.range(0.0, 0.1), "max": random.range(0.1, 1.0) } })),
        (
            "groups",
            25,
            json!({ "g": { "members": ["s0", "s1"], "min": random.range(0.0, 0.2), "max": random.range(0.2, 0.8) },
            "h": { "members": ["s1", "s2"], "max": random.range(0.1, 0.9) } }),
        ),
    ] {
        if random.chance(percent) {
            limits[name] = value;
        }
    }
    if held {
        for (name, percent, value) in [
            ("change_max", 30, json!(random.range(0.0, 0.5))),
            ("trade_min", 30, json!(random.range(0.0, 0.1))),
            ("turnover_max", 40, json!(random.range(0.0, 1.0))),
        ] {
            if random.chance(percent) {
                limits[name] = value;
            }
        }
    }
    config["constraints"] = limits;
}

/// Settings of the methods that solve a programme.
fn capital_optimizer(config: &mut Value, random: &mut Random, names: &[String]) {
    if random.chance(60) {
        config["optimizer"] = json!({
            "risk_aversion": random.range(0.5, 60.0), "tail": random.range(0.02, 0.5), "horizon": random.between(1, 60),
            "target_return": random.range(-0.1, 0.3), "target_risk": random.range(0.02, 0.4), "robust_radius": random.range(0.0, 2.0),
            "fully_invested": random.pick(&[json!(true), json!(false), Value::Null]),
        });
        if random.chance(40) {
            config["optimizer"]["cost_linear"] = json!(random.range(0.0, 0.01));
        }
        if random.chance(20) {
            config["optimizer"]["cost_impact"] = json!(random.range(0.0, 0.05));
        }
    }
    if random.chance(40) {
        let mut views = Vec::new();
        for _ in 0..random.between(0, 3) {
            views.push(json!({
                "exposure": { (random.pick(names).as_str()): random.range(0.5, 1.5) }, "expected": random.range(-0.2, 0.3),
                "confidence": if random.chance(50) { json!(random.unit()) } else { Value::Null },
            }));
        }
        config["black_litterman"] = json!({
            "tau": if random.chance(70) { json!(random.range(0.01, 0.5)) } else { Value::Null }, "views": views,
            "prior": random.pick(&["equilibrium", "estimate"]),
            "then": random.pick(&["max_sharpe", "mean_variance", "min_variance"]),
            "market_weights": { (random.pick(names).as_str()): random.range(0.1, 2.0) },
        });
    }
}

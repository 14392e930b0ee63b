//! Requests of `risk`, `audit` and `tune`.

use super::series::{Kind, series};
use crate::random::Random;
use allocator_core::units::UnixNanos;
use serde_json::{Map, Value, json};

/// Settings of the risk overlay, each with a value that it may have.
fn overlay(random: &mut Random) -> Value {
    let mut config = json!({});
    for (name, percent, value) in [
        ("asymmetric", 30, json!(random.chance(50))),
        ("calendar", 40, json!(random.pick(&["union", "inner"]))),
        ("downgrade", 60, json!(random.pick(&["hold_band", "jump", "stepwise"]))),
        ("fail_safe_regime", 30, json!(random.pick(&["ELEVATED", "STRESS", "CRISIS"]))),
        ("max_stale_days", 30, json!(random.between(0, 12))),
        ("override_regime", 8, json!(random.pick(&["NORMAL", "CRISIS"]))),
        ("profile", 60, json!(random.pick(&["H", "M", "L", "medium"]))),
        ("risk_max", 15, json!(random.range(0.8, 1.0))),
        ("risk_min", 15, json!(random.range(0.1, 0.5))),
        ("stale_days_max", 20, json!(random.between(1, 60))),
        ("targets", 15, json!({ "crisis": random.range(0.05, 0.3) })),
        ("warmup", 40, json!(random.pick(&["scalar", "omit"]))),
        ("warmup_scalar", 20, json!(random.range(0.3, 1.0))),
    ] {
        if random.chance(percent) {
            config[name] = value;
        }
    }
    if random.chance(40) {
        config["smoothing_alpha"] = json!(random.range(0.05, 1.0));
    } else if random.chance(30) {
        config["smoothing_half_life"] = json!(random.range(0.5, 20.0));
    }
    if random.chance(50) {
        // Low enough that small histories see every regime.
        config["thresholds"] = json!({
            "vol_accel_enter": random.range(1.16, 1.4), "dd_enter": random.range(-0.11, -0.061), "min_days_in_regime": random.between(1, 7),
        });
    }
    config
}

/// The days on which weights are decided: every few of the dates that histories share.
fn rebalance_dates(random: &mut Random, length: usize) -> Vec<String> {
    let first = UnixNanos::from_date(2021, 1, 4).map_or(0, UnixNanos::days);
    let every = random.between(3, 12);
    (0..length).step_by(every).filter_map(|i| UnixNanos::from_days(first + i as i64)).map(|date| date.to_string()).collect()
}

fn weights(random: &mut Random, symbols: &[String], dates: &[String]) -> Value {
    let mut book = Map::new();
    for symbol in symbols {
        let rows = dates.iter().filter(|_| random.chance(95)).cloned().collect::<Vec<_>>();
        let rows: Vec<Value> = rows.into_iter().map(|date| json!([date, random.range(-0.6, 0.9)])).collect();
        book.insert(symbol.clone(), rows.into());
    }
    book.into()
}

/// A healthy request to the risk overlay, from any link of its chain.
pub fn risk(random: &mut Random) -> Value {
    let length = random.between(1, 110);
    let dates = rebalance_dates(random, length);
    let days = |random: &mut Random| -> Vec<String> {
        let first = UnixNanos::from_date(2021, 1, 4).map_or(0, UnixNanos::days);
        (0..random.between(0, 60)).filter_map(|i| UnixNanos::from_days(first + i as i64)).map(|date| date.to_string()).collect()
    };
    let mut tree = json!({ "version": 1, "config": overlay(random) });
    match random.below(10) {
        0 => {
            let date = days(random);
            let mut column = |low: f64, high: f64| -> Value {
                date.iter().map(|_| if random.chance(5) { Value::Null } else { json!(random.range(low, high)) }).collect()
            };
            tree["state"] = json!({
                "vol_accel": column(0.5, 1.6), "corr_shock": column(-0.2, 0.2), "dd_level": column(-0.25, 0.0),
                "dd_slope_10d": column(-0.08, 0.05), "date": date,
            });
        }
        1 => {
            let date = days(random);
            let regime: Vec<&str> =
                date.iter().map(|_| *random.pick(&["NORMAL", "NORMAL", "ELEVATED", "STRESS", "CRISIS"])).collect();
            tree["regimes"] = json!({ "date": date, "regime": regime });
        }
        2 => {
            let date = days(random);
            let scalar: Vec<Value> =
                date.iter().map(|_| if random.chance(5) { Value::Null } else { json!(random.range(0.1, 1.0)) }).collect();
            tree["scalars"] = json!({ "date": date, "scalar": scalar });
        }
        3 => {
            let rows: Vec<String> = dates.iter().map(|date| format!("{date},{}\n", random.range(0.1, 1.0))).collect();
            tree["precomputed"] = json!({ "scalars": format!("date,risk_scalar_applied\n{}", rows.concat()) });
            tree["config"]["mode"] = json!("precomputed");
            tree["config"]["loader"] = json!(random.pick(&["forgiving", "forgiving", "strict"]));
        }
        _ => {
            let assets: Vec<String> = (0..random.between(1, 5)).map(|i| format!("A{i}")).collect();
            tree["portfolio_returns"] = series(random, &[String::from("portfolio")], length, Kind::Return);
            tree["asset_returns"] = series(random, &assets, length, Kind::Return);
            if random.chance(30) {
                tree["equity"] = series(random, &[String::from("portfolio")], length, Kind::Value);
            }
            if random.chance(30) {
                tree["trend_unit_returns"] = series(random, &assets, length, Kind::Return);
            }
            if random.chance(30) {
                let sleeves = [String::from("slow"), String::from("fast")];
                tree["sleeve_returns"] = series(random, &sleeves, length, Kind::Return);
                tree["config"]["sleeves"] = json!({
                    "slow": { "assets": ["A0"], "sensitivity": random.range(0.0, 2.0), "own_state": random.chance(50) },
                    "fast": { "assets": ["A1"], "thresholds": { "vol_accel_enter": random.range(1.2, 1.5) } },
                });
            }
            if random.chance(10) {
                tree["config"]["mode"] = json!("off");
            }
        }
    }
    if random.chance(60) {
        let symbols: Vec<String> = (0..random.between(1, 4)).map(|i| format!("A{i}")).collect();
        tree["weights"] = weights(random, &symbols, &dates);
    } else if random.chance(70) {
        tree["rebalances"] = json!(dates);
    }
    tree
}

/// A healthy audit, resampled only a little.
pub fn audit(random: &mut Random) -> Value {
    let length = random.between(30, 110);
    let symbols: Vec<String> = (0..random.between(1, 4)).map(|i| format!("A{i}")).collect();
    let dates = rebalance_dates(random, length);
    let assets = series(random, &symbols, length, Kind::Return);
    let mut tree = json!({
        "version": 1, "asset_returns": assets, "weights": weights(random, &symbols, &dates),
        "config": { "risk": overlay(random), "bootstrap": { "resamples": random.between(0, 30), "seed": random.between(0, 9), "block": random.range(1.0, 30.0) } },
    });
    for (name, percent, value) in [
        ("artefacts", 30, json!(true)),
        ("between_rebalances", 40, json!(random.pick(&["constant", "drift"]))),
        ("cagr_basis", 40, json!(random.pick(&["periods", "calendar"]))),
        ("convexity", 30, json!({ "enabled": true, "budget": random.range(0.0, 0.2), "horizon": random.between(1, 30) })),
        ("cost_bps", 50, json!(random.range(0.0, 30.0))),
        ("ddof", 30, json!(random.below(2))),
        ("stress_windows", 30, json!([{ "name": "spring", "start": "2021-02-01", "end": "2021-04-15" }])),
    ] {
        if random.chance(percent) {
            tree["config"][name] = value;
        }
    }
    if random.chance(30) {
        tree["start"] = json!("2021-02-01");
    }
    if random.chance(30) {
        tree["end"] = json!("2021-04-01");
    }
    if random.chance(30) {
        tree["tag"] = json!("generated");
    }
    tree
}

/// A healthy request for threshold tuning, over few combinations.
pub fn tune(random: &mut Random) -> Value {
    let length = random.between(80, 140);
    let assets = [String::from("A0"), String::from("A1"), String::from("A2")];
    json!({
        "version": 1,
        "portfolio_returns": series(random, &[String::from("portfolio")], length, Kind::Return),
        "asset_returns": series(random, &assets, length, Kind::Return),
        "config": {
            "risk": overlay(random), "folds": random.between(1, 4), "dd_enter": [-0.1], "dd_slope_enter": [-0.06, -0.05],
            "vol_accel_enter": [1.2, 1.3], "corr_shock_enter": [random.range(0.05, 0.2)], "transitions_max": random.range(5.0, 40.0),
        },
    })
}

//! What must hold of correlations and metrics whatever the data.

// The generator of cases is a native tool.
#![cfg(not(target_arch = "wasm32"))]

use allocator_core::op::run;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Days since 1970 and returns. Two days in three have one, so that no two histories differ in frequency.
fn history() -> impl Strategy<Value = BTreeMap<i64, f64>> {
    (prop::collection::vec(prop::option::weighted(0.67, -0.2_f64..0.2), 0..60), 0_i64..5).prop_map(|(values, from)| {
        (19_000 + from..).zip(values).filter_map(|(day, value)| value.map(|value| (day, value))).collect()
    })
}

fn date(day: i64) -> String {
    allocator_core::units::UnixNanos::from_days(day).expect("in range").to_string()
}

fn rows(history: &BTreeMap<i64, f64>, reversed: bool) -> Value {
    let mut all: Vec<Value> = history.iter().map(|(day, value)| json!([date(*day), value])).collect();
    if reversed {
        all.reverse();
    }
    Value::Array(all)
}

fn answer(operation: &str, request: &Value) -> Value {
    let bytes = run(operation, request.to_string().as_bytes()).expect("a valid request");
    serde_json::from_slice(&bytes).expect("canonical JSON")
}

fn method() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["pearson", "spearman", "ewma"])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn correlation_is_bounded_symmetric_and_blind_to_order(
        histories in prop::collection::vec(history(), 2..5), method in method(), window in prop::option::of(5_u32..40),
    ) {
        let config = json!({ "method": method, "min_observations": 4, "window": window, "threshold": 0.3 });
        let name = |i: usize| format!("s{i}");
        let forward: serde_json::Map<String, Value> =
            histories.iter().enumerate().map(|(i, history)| (name(i), rows(history, false))).collect();
        let request = json!({ "version": 1, "config": config, "returns": forward });
        // The same strategies and rows, last first, written out by hand: serde_json sorts the keys of its maps.
        let backward: Vec<String> =
            histories.iter().enumerate().rev().map(|(i, history)| format!("\"{}\":{}", name(i), rows(history, true))).collect();
        let text = format!("{{\"returns\":{{{}}},\"config\":{config},\"version\":1}}", backward.join(","));
        let one = run("correlation", request.to_string().as_bytes()).expect("valid");
        prop_assert_eq!(&one, &run("correlation", text.as_bytes()).expect("valid"));

        let one: Value = serde_json::from_slice(&one).expect("JSON");
        for pair in one["pairs"].as_array().expect("pairs") {
            let rho = pair["value"].as_f64();
            prop_assert!(rho.is_none_or(|rho| rho.abs() <= 1.0));
            prop_assert_eq!(rho.is_none(), pair["unknown"].as_array().expect("list").iter().any(|u| u["figure"] == "value"));
            if let (Some(rho), Some(low), Some(high)) = (rho, pair["low"].as_f64(), pair["high"].as_f64()) {
                prop_assert!(-1.0 <= low && low <= rho + 1e-12 && rho - 1e-12 <= high && high <= 1.0);
            }
            prop_assert!(pair["p_value"].as_f64().is_none_or(|p| (0.0..=1.0).contains(&p)));
            prop_assert_eq!(pair["alert"].as_bool(), Some(rho.is_some_and(|rho| rho > 0.3)));
        }
        // Given back its own state, nothing alerts again and the state stays.
        let again = answer("correlation", &json!({ "version": 1, "config": config, "returns": forward, "active": one["active"] }));
        prop_assert_eq!(again["alerts"].as_array().map(Vec::len), Some(0));
        prop_assert_eq!(&again["active"], &one["active"]);
    }

    #[test]
    fn correlation_does_not_see_scale_or_level(x in history(), y in history(), method in method(), scale in 0.01_f64..1.0, level in -0.1_f64..0.1) {
        let value = |x: &BTreeMap<i64, f64>, y: &BTreeMap<i64, f64>| {
            let request = json!({ "version": 1, "config": { "method": method, "min_observations": 5 }, "returns": { "x": rows(x, false), "y": rows(y, false) } });
            answer("correlation", &request)["pairs"][0]["value"].as_f64()
        };
        let moved: BTreeMap<i64, f64> = x.iter().map(|(day, value)| (*day, scale * value + level)).collect();
        match (value(&x, &y), value(&moved, &y)) {
            (Some(one), Some(other)) => prop_assert!((one - other).abs() < 1e-9, "{one} {other}"),
            (one, other) => prop_assert_eq!(one, other),
        }
    }

    #[test]
    fn metrics_hold_together(history in history(), reversed in any::<bool>()) {
        let request = json!({ "version": 1, "returns": { "s": rows(&history, reversed) }, "config": { "curves": true } });
        let one = answer("metrics", &request)["series"][0].clone();
        let figure = |name: &str| one[name].as_f64();
        prop_assert_eq!(one["n"].as_u64(), Some(history.len() as u64));
        let (depth, now) = (figure("max_drawdown").unwrap_or(0.0), figure("current_drawdown").unwrap_or(0.0));
        prop_assert!((-1.0..=0.0).contains(&depth) && depth <= now && now <= 0.0);
        prop_assert!(figure("volatility").is_none_or(|volatility| volatility > 0.0));
        prop_assert!(figure("win_rate").is_none_or(|rate| (0.0..=1.0).contains(&rate)));
        if let (Some(var), Some(cvar)) = (figure("var_historical"), figure("cvar_historical")) {
            prop_assert!(cvar <= var + 1e-15);
        }
        if let (Some(worst), Some(best), Some(mean)) = (figure("worst_return"), figure("best_return"), figure("mean")) {
            prop_assert!(worst <= mean + 1e-15 && mean <= best + 1e-15);
        }
        if let (Some(last), Some(total)) = (one["curves"]["value"].as_array().and_then(|all| all.last()), figure("total_return")) {
            prop_assert!((last.as_f64().unwrap_or(f64::NAN) - 1.0 - total).abs() < 1e-15);
        }
        // The same rows in the other order are the same request.
        let other = json!({ "version": 1, "returns": { "s": rows(&history, !reversed) }, "config": { "curves": true } });
        prop_assert_eq!(run("metrics", request.to_string().as_bytes()).ok(), run("metrics", other.to_string().as_bytes()).ok());
    }

    #[test]
    fn values_and_the_returns_they_make_agree(history in history().prop_filter("two values", |history| history.len() > 2), deposit in 1.0_f64..500.0) {
        // An account that earns the returns, once without and once with money paid in at the end of its third day.
        let days: Vec<i64> = history.keys().copied().collect();
        let account = |paid: f64| {
            let mut value = 100.0;
            let mut rows = vec![json!([date(days[0] - 1), value])];
            for (i, day) in days.iter().enumerate() {
                value *= 1.0 + history[day];
                if i == 2 {
                    value += paid;
                }
                rows.push(json!([date(*day), value]));
            }
            Value::Array(rows)
        };
        let plain = answer("metrics", &json!({ "version": 1, "values": { "s": account(0.0) } }))["series"][0].clone();
        let flowing = answer("metrics", &json!({
            "version": 1, "values": { "s": account(deposit) }, "flows": { "s": [[date(days[2]), deposit]] },
        }))["series"][0].clone();
        let returns = answer("metrics", &json!({ "version": 1, "returns": { "s": rows(&history, false) } }))["series"][0].clone();
        for figure in ["total_return", "volatility", "sharpe", "max_drawdown", "mean", "win_rate", "var_historical"] {
            for other in [&plain, &flowing] {
                match (returns[figure].as_f64(), other[figure].as_f64()) {
                    (Some(one), Some(other)) => prop_assert!((one - other).abs() < 1e-9 * one.abs().max(1.0), "{figure}: {one} {other}"),
                    (one, other) => prop_assert_eq!(one, other, "{}", figure),
                }
            }
        }
    }

    #[test]
    fn extreme_numbers_are_answered_or_refused(
        x in prop::collection::vec(prop_oneof![prop::num::f64::NORMAL, prop::num::f64::SUBNORMAL, Just(-1.0), Just(0.0)], 0..40),
        method in method(), half_life in prop_oneof![1e-9_f64..1.0, 1e6_f64..1e9], flow in prop::num::f64::NORMAL,
    ) {
        let table = |values: Vec<f64>| Value::Array(values.iter().enumerate().map(|(i, value)| json!([date(i as i64), value])).collect());
        let returns = table(x.iter().map(|value| value.max(-1.0)).collect());
        let other = table(x.iter().rev().map(|value| (value * 0.5).max(-1.0)).collect());
        let prices = table(x.iter().map(|value| value.abs().max(f64::MIN_POSITIVE)).collect());
        for (operation, request) in [
            ("correlation", json!({ "version": 1, "compat": "000", "config": { "method": method, "half_life": half_life },
                "returns": { "x": returns, "y": other }, "rolling": { "pair": ["x", "y"], "window": 5 } })),
            ("metrics", json!({ "version": 1, "returns": { "x": returns }, "benchmark": { "y": other },
                "config": { "curves": true, "rolling_window": 3, "cagr_basis": "calendar" } })),
            ("metrics", json!({ "version": 1, "values": { "x": prices }, "flows": { "x": [[date(1), flow]] } })),
        ] {
            if let Err(problem) = run(operation, request.to_string().as_bytes()) {
                prop_assert_ne!(problem.code, allocator_core::Code::Internal, "{}", problem);
            }
        }
    }
}

//! The optimisers through the operation `capital`, by hand where a hand can; `tests/tests/capital_hard_cases.rs` tries every method.

use allocator_core::op::run;
use serde_json::{Value, json};

/// Four days of one strategy, dated.
fn history(values: &[f64]) -> Value {
    let dates = (0..values.len()).map(|day| format!("2024-{:02}-{:02}", 1 + day / 28, 1 + day % 28));
    json!({ "date": dates.collect::<Vec<_>>(), "value": values })
}

/// A repeating pattern of 40 days around a mean.
fn pattern(mean: f64, size: f64, phase: usize) -> Vec<f64> {
    (0..40).map(|day| mean + size * [1.0, -1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0][(day * (1 + phase) + phase) % 8]).collect()
}

fn ask(returns: &Value, config: &Value, previous: Option<Value>) -> Value {
    let mut request = json!({ "version": 1, "returns": returns, "config": config });
    if let Some(previous) = previous {
        request["previous"] = previous;
    }
    let bytes = run("capital", request.to_string().as_bytes()).unwrap_or_else(|problem| panic!("{problem:?}"));
    serde_json::from_slice(&bytes).expect("canonical JSON")
}

fn weights(answer: &Value) -> Vec<f64> {
    answer["allocations"].as_array().expect("rows").iter().map(|row| row["weight"].as_f64().expect("a number")).collect()
}

const METHODS: &[&str] = &[
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

#[test]
fn every_method_keeps_every_limit_of_a_mixed_book() {
    // One flat, one with three observations, one twin; groups, a reserve, a turnover budget.
    let returns = json!({
        "a": history(&pattern(0.002, 0.01, 0)), "b": history(&pattern(0.001, 0.02, 1)), "c": history(&pattern(0.002, 0.01, 0)),
        "d": history(&[0.0; 40]), "e": history(&[0.01, -0.02, 0.01]), "f": history(&pattern(0.0005, 0.03, 2)),
    });
    let held = json!({ "a": 0.3, "b": 0.2, "f": 0.2 });
    for method in METHODS {
        let config = json!({
            "method": method,
            "black_litterman": { "views": [{ "exposure": { "a": 1.0, "b": -1.0 }, "expected": 0.05 }, { "exposure": { "d": 1.0 }, "expected": 0.1 }] },
            "constraints": {
                "max": 0.4, "cash_reserve": 0.1, "turnover_max": 0.5,
                "groups": { "calm": { "members": ["a", "c"], "max": 0.45 } },
            },
        });
        let answer = ask(&returns, &config, Some(held.clone()));
        let w = weights(&answer);
        let turnover: f64 = w.iter().zip([0.3, 0.2, 0.0, 0.0, 0.0, 0.2]).map(|(w, held)| (w - held).abs()).sum();
        assert!(w.iter().all(|w| (0.0..=0.4).contains(w)), "{method}: {w:?}");
        assert!(w[0] + w[2] <= 0.45 + 1e-12 && w.iter().sum::<f64>() <= 0.9 + 1e-12, "{method}: {w:?}");
        assert!(turnover <= 0.5 + 1e-9, "{method}: {turnover}");
        assert_eq!((w[3], w[4]), (0.0, 0.0), "{method}: the unknown get nothing");
        if *method == "black_litterman" {
            assert!(answer["explanation"].to_string().contains("View 2 was left out"), "{answer}");
        }
    }
}

#[test]
fn a_binding_cap_has_a_price() {
    let returns = json!({ "a": history(&pattern(0.001, 0.01, 0)), "b": history(&pattern(0.001, 0.02, 1)) });
    let answer = ask(&returns, &json!({ "method": "min_variance", "constraints": { "max": 0.7 } }), None);
    assert_eq!(weights(&answer)[0], 0.7);
    let binding = answer["bindings"].as_array().unwrap().iter().find(|row| row["limit"] == "max").expect("the cap binds");
    assert_eq!(binding["strategy"], "a");
    assert!(binding["shadow_price"].as_f64().unwrap() > 0.0);
}

#[test]
fn a_view_tilts_and_certainty_decides() {
    let returns = json!({ "a": history(&pattern(0.001, 0.02, 0)), "b": history(&pattern(0.001, 0.02, 1)) });
    let at = |confidence: f64| {
        let views = json!([{ "exposure": { "a": 1.0, "b": -1.0 }, "expected": 0.1, "confidence": confidence }]);
        let answer = ask(
            &returns,
            &json!({ "method": "black_litterman", "estimates": true, "black_litterman": { "views": views } }),
            None,
        );
        (weights(&answer)[0], answer["estimates"]["mean"][0].as_f64().unwrap() - answer["estimates"]["mean"][1].as_f64().unwrap())
    };
    let ((none, _), (some, _), (_, difference)) = (at(0.0), at(0.5), at(1.0));
    assert!((none - 0.5).abs() < 1e-9, "alike without a view: {none}");
    assert!(some > 0.5);
    // 10 % a year are 0.1/252 a day, exactly where the view is certain.
    assert!((difference - 0.1 / 252.0).abs() < 1e-15, "{difference}");
}

#[test]
fn costs_stand_in_the_figures_before_and_after() {
    let returns = json!({ "a": history(&pattern(0.002, 0.01, 0)), "b": history(&pattern(0.001, 0.02, 1)) });
    let config =
        json!({ "method": "fixed", "fixed": { "a": 0.6, "b": 0.4 }, "optimizer": { "cost_linear": 0.001, "horizon": 21 } });
    let answer = ask(&returns, &config, Some(json!({ "a": 0.5, "b": 0.5 })));
    let figure = |name: &str| answer["figures"][name].as_f64().expect("a number");
    // A tenth sold and a tenth bought at ten basis points: 0.0002 once, and 252/21 times as much a year.
    assert!((figure("cost") - 0.0002).abs() < 1e-15);
    assert!((figure("expected_return") - figure("expected_return_net") - 0.0024).abs() < 1e-12);
}

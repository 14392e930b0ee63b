//! Capital where it is hard: caps that leave no room, dead feeds, newcomers, singular covariances, limits that contradict each other.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use allocator_core::capital::CapitalStatus;
use allocator_core::op::Request;
use allocator_core::op::capital::{CapitalRequest, CapitalResult, capital};
use allocator_core::units::UnixNanos;
use allocator_core::wire::to_canonical_string;
use serde_json::{Map, Value, json};

/// Every method that needs nothing but returns.
const METHODS: &[&str] = &[
    "erc",
    "equal_weight",
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
];

fn dates(count: usize) -> Vec<String> {
    let start = UnixNanos::from_date(2020, 1, 1).unwrap().days();
    (0..count).map(|i| UnixNanos::from_days(start + i as i64).unwrap().to_string()).collect()
}

/// A scatter of numbers from -1 to 1 without pattern that matters, the same everywhere.
fn noise(seed: usize, t: usize) -> f64 {
    let mut x = (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (t as u64 + 1).wrapping_mul(0xD1B5_4A32_D192_ED03);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 32;
    (x % 2_000_001) as f64 / 1e6 - 1.0
}

fn history(values: &[f64]) -> Value {
    json!({ "date": dates(values.len()), "value": values })
}

/// Strategies with a common part, of rising volatility.
fn strategies(count: usize, days: usize, drift: f64) -> Map<String, Value> {
    (0..count)
        .map(|i| {
            let size = 0.004 * (1.0 + i as f64 / count as f64);
            let values: Vec<f64> = (0..days).map(|t| drift + size * (0.5 * noise(9999, t) + noise(i, t))).collect();
            (format!("s{i:03}"), history(&values))
        })
        .collect()
}

fn answer(request: &Value) -> CapitalResult {
    let request = CapitalRequest::from_json(request.to_string().as_bytes()).unwrap_or_else(|problem| panic!("{problem}"));
    capital(&request).unwrap_or_else(|problem| panic!("{problem}")).result
}

fn of(returns: &Map<String, Value>, config: &Value) -> CapitalResult {
    answer(&json!({ "version": 1, "returns": returns, "config": config }))
}

fn weight(result: &CapitalResult, name: &str) -> f64 {
    result.allocations.iter().find(|row| row.strategy == name).unwrap().weight
}

/// What holds for every answer: bounds to the last bit, a sum that is what is not cash, causes that sum to the cash.
fn sound(result: &CapitalResult, what: &str) {
    let sum = result.allocations.iter().fold(0.0, |sum, row| sum + row.weight);
    assert!(sum <= 1.0, "{what}: {sum:e}");
    assert!((1.0 - sum - result.cash).abs() < 1e-12, "{what}");
    let causes: f64 = result.cash_reasons.iter().map(|reason| reason.amount).sum();
    assert!((causes - result.cash).abs() < 1e-9, "{what}: {causes} {}", result.cash);
    for row in &result.allocations {
        assert!(row.weight >= 0.0 && row.weight <= row.upper, "{what}: {row:?}");
    }
}

#[test]
fn two_strategies_under_a_cap_of_forty_per_cent() {
    for method in METHODS {
        let result = of(
            &strategies(2, 300, 0.002),
            &json!({ "method": method, "constraints": { "max": 0.4 }, "kelly": { "fraction": 1.0 } }),
        );
        sound(&result, method);
        assert_eq!(result.status, CapitalStatus::InfeasibleCapped, "{method}");
        assert_eq!(result.cash_reasons[0].reason, "caps", "{method}");
        assert!(weight(&result, "s000") <= 0.4 && weight(&result, "s001") <= 0.4, "{method}");
        // Kelly's sizes hand nothing on, and the worst of recent winners keeps its floor.
        if !matches!(*method, "kelly" | "kelly_multivariate" | "dynamic" | "regime_adaptive") {
            assert_eq!((weight(&result, "s000"), weight(&result, "s001")), (0.4, 0.4), "{method}");
            assert!((result.cash - 0.2).abs() < 1e-15, "{method}");
        }
    }
}

#[test]
fn a_plan_of_eighty_per_cent_stays_one() {
    let plan = json!({ "method": "fixed", "fixed": { "a": 0.5, "b": 0.2, "c": 0.1 } });
    let result = answer(&json!({ "version": 1, "config": plan }));
    sound(&result, "plan");
    assert_eq!((weight(&result, "a"), weight(&result, "b"), weight(&result, "c")), (0.5, 0.2, 0.1));
    assert_eq!((result.status, result.cash_reasons[0].reason.as_str()), (CapitalStatus::Optimal, "plan"));
    // A cap hands on within the plan, not beyond.
    let mut capped = plan.clone();
    capped["constraints"] = json!({ "max": 0.4 });
    let result = answer(&json!({ "version": 1, "config": capped }));
    assert!((result.figures.gross - 0.8).abs() < 1e-12);
    assert_eq!(weight(&result, "a"), 0.4);
}

#[test]
fn no_data_a_dead_feed_and_a_newcomer_get_nothing_and_silence_nobody() {
    let mut returns = strategies(2, 300, 0.002);
    returns.insert("empty".to_owned(), history(&[]));
    returns.insert("flat".to_owned(), history(&[0.0007; 300]));
    returns.insert("new".to_owned(), history(&[0.01, -0.02, 0.03]));
    for method in METHODS {
        let result = of(&returns, &json!({ "method": method }));
        sound(&result, method);
        if *method == "equal_weight" {
            continue;
        }
        for name in ["empty", "new"] {
            assert_eq!(weight(&result, name), 0.0, "{method} {name}");
            let row = result.allocations.iter().find(|row| row.strategy == name).unwrap();
            assert!(row.unknown.is_some(), "{method} {name}");
        }
        assert!(weight(&result, "s000") > 0.0 && weight(&result, "s001") > 0.0, "{method}: {:?}", result.allocations);
        assert!(result.warnings.iter().any(|fault| fault.path == "/returns/new"), "{method}");
        // A calm that is no calm is worth nothing to whoever weighs by risk.
        if !matches!(*method, "dynamic" | "drawdown" | "regime_adaptive") {
            assert_eq!(weight(&result, "flat"), 0.0, "{method}");
        }
    }
    // With `minimum` the unknown get their minimum.
    let config = json!({ "method": "erc", "unknown_weight": "minimum", "constraints": { "min": 0.05 } });
    let result = of(&returns, &config);
    assert_eq!((weight(&result, "empty"), weight(&result, "flat")), (0.05, 0.05));
}

#[test]
fn a_singular_covariance_is_no_trouble() {
    // More strategies than days, and two that are the same.
    let mut returns = strategies(40, 30, 0.001);
    returns.insert("twin".to_owned(), returns["s000"].clone());
    for method in METHODS {
        let result = of(&returns, &json!({ "method": method, "regime": { "window": 10 } }));
        sound(&result, method);
        assert!(matches!(result.status, CapitalStatus::Optimal | CapitalStatus::NoEdge), "{method}: {:?}", result.status);
        if result.status == CapitalStatus::Optimal && !method.starts_with("kelly") && *method != "sharpe_proportional" {
            assert!((result.figures.gross - 1.0).abs() < 1e-12, "{method}");
        }
    }
    // What moves alike is treated alike where the rule says how.
    let result = of(&returns, &json!({ "method": "erc" }));
    assert!((weight(&result, "s000") - weight(&result, "twin")).abs() < 1e-9);
}

#[test]
fn all_means_negative_deploy_nothing_for_kelly() {
    let returns = strategies(3, 300, -0.002);
    for method in ["kelly", "kelly_multivariate", "sharpe_proportional"] {
        let result = of(&returns, &json!({ "method": method }));
        sound(&result, method);
        assert_eq!((result.status, result.cash), (CapitalStatus::NoEdge, 1.0), "{method}");
        assert_eq!(result.cash_reasons[0].reason, "no_edge", "{method}");
    }
    // A share of Kelly changes what is deployed.
    let returns = strategies(3, 300, 0.002);
    let gross = |fraction: f64| of(&returns, &json!({ "method": "kelly", "kelly": { "fraction": fraction } })).figures.gross;
    let (small, large) = (gross(0.0002), gross(0.0004));
    assert!(small > 0.0 && large < 1.0 && (large / small - 2.0).abs() < 1e-9, "{small} {large}");
}

#[test]
fn minimums_above_everything_are_named_and_lowered() {
    let result = of(&strategies(3, 100, 0.0), &json!({ "method": "erc", "constraints": { "min": 0.5 } }));
    sound(&result, "minimums");
    assert_eq!(result.status, CapitalStatus::LimitsConflict);
    assert_eq!(result.conflicts[0].limits, ["total", "min"]);
    assert!((result.conflicts[0].relaxed_to - 2.0 / 3.0).abs() < 1e-12);
    assert!((weight(&result, "s000") - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn group_limits_that_contradict_each_other_are_named() {
    let groups = json!({
        "g": { "members": ["s000", "s001"], "max": 0.3 },
        "h": { "members": ["s002"], "min": 0.9 },
    });
    let constraints = json!({ "groups": groups, "max": 0.6 });
    let result = of(&strategies(3, 100, 0.0), &json!({ "method": "equal_weight", "constraints": constraints }));
    sound(&result, "groups");
    assert_eq!(result.status, CapitalStatus::LimitsConflict);
    assert_eq!(result.conflicts[0].limits, ["max", "groups.h.min"]);
    assert_eq!(result.conflicts[0].relaxed_to, 0.6);
    assert!(weight(&result, "s000") + weight(&result, "s001") <= 0.3);
    assert_eq!(weight(&result, "s002"), 0.6);
}

#[test]
fn a_turnover_budget_of_nothing_keeps_what_is_held() {
    let request = json!({
        "version": 1, "returns": strategies(3, 100, 0.0), "previous": { "s000": 0.2, "s001": 0.5, "s002": 0.3 },
        "config": { "method": "equal_weight", "constraints": { "turnover_max": 0.0 } },
    });
    let result = answer(&request);
    sound(&result, "turnover");
    assert_eq!((weight(&result, "s000"), weight(&result, "s001"), weight(&result, "s002")), (0.2, 0.5, 0.3));
    assert_eq!((result.figures.turnover, result.status), (Some(0.0), CapitalStatus::Optimal));
    // Without it being said what is held, a limit on changes has no meaning.
    let mut unsaid = request.clone();
    unsaid.as_object_mut().unwrap().remove("previous");
    let problem = CapitalRequest::from_json(unsaid.to_string().as_bytes()).unwrap_err();
    assert_eq!(problem.path, "/config/constraints/turnover_max");
}

#[test]
fn a_nan_in_the_middle_of_a_history_is_refused_with_its_place() {
    let mut returns = strategies(2, 50, 0.0);
    returns["s001"]["value"][20] = json!("NaN");
    let request = json!({ "version": 1, "returns": returns });
    let problem = CapitalRequest::from_json(request.to_string().as_bytes()).unwrap_err();
    assert_eq!((problem.code.as_str(), problem.path.as_str()), ("not_finite", "/returns/s001/value/20"));
}

#[test]
fn five_hundred_strategies() {
    let returns = strategies(500, 60, 0.0005);
    for method in ["erc", "hrp", "inverse_volatility", "herc"] {
        let result = of(&returns, &json!({ "method": method, "constraints": { "max": 0.01 } }));
        sound(&result, method);
        assert!((result.figures.gross - 1.0).abs() < 1e-9, "{method}");
    }
}

#[test]
fn the_order_of_what_is_written_does_not_matter() {
    let returns = strategies(5, 80, 0.001);
    let reversed: Map<String, Value> = returns.iter().rev().map(|(name, value)| (name.clone(), value.clone())).collect();
    let text = |returns: &Map<String, Value>| {
        // Keys in the order given, which a map of serde_json would sort.
        let fields: Vec<String> = returns.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        format!(r#"{{"version":1,"config":{{"method":"nco"}},"returns":{{{}}}}}"#, fields.join(","))
    };
    let run =
        |text: String| to_canonical_string(&capital(&CapitalRequest::from_json(text.as_bytes()).unwrap()).unwrap()).unwrap();
    assert_eq!(run(text(&returns)), run(text(&reversed)));
}

#[test]
fn the_shortest_history_gives_way_to_the_others() {
    // Thirty days that the others do not have.
    let mut returns = strategies(3, 200, 0.001);
    let late: Vec<String> = dates(400)[300..330].to_vec();
    returns.insert("late".to_owned(), json!({ "date": late, "value": (0..30).map(|t| 0.01 * noise(5, t)).collect::<Vec<_>>() }));
    let result = of(&returns, &json!({ "method": "erc" }));
    assert_eq!(weight(&result, "late"), 0.0);
    assert!((result.figures.gross - 1.0).abs() < 1e-12);
    // Pair by pair it has nothing in common with them either.
    let result = of(&returns, &json!({ "method": "erc", "estimators": { "covariance": "pairwise" } }));
    assert_eq!(weight(&result, "late"), 0.0);
}

#[test]
fn target_volatility_changes_exposure() {
    let returns = strategies(4, 300, 0.001);
    let free = of(&returns, &json!({ "method": "erc" }));
    let risk = free.figures.expected_volatility.unwrap();
    let calm = of(&returns, &json!({ "method": "erc", "constraints": { "target_volatility": risk / 2.0 } }));
    sound(&calm, "calm");
    assert!((calm.figures.gross - 0.5).abs() < 1e-9);
    assert!((calm.figures.expected_volatility.unwrap() - risk / 2.0).abs() < 1e-12);
    assert_eq!(calm.cash_reasons[0].reason, "target_volatility");
    let bold = of(&returns, &json!({ "method": "erc", "constraints": { "target_volatility": risk * 2.0, "leverage_max": 1.5 } }));
    assert!((bold.figures.gross - 1.5).abs() < 1e-9 && (bold.cash + 0.5).abs() < 1e-9);
}

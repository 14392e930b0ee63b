//! Capital where it is hard (issue 5): caps that leave no room, dead feeds, newcomers, singular covariances, limits that contradict each
//! other. Every method, natively and in WebAssembly to the same bytes.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use allocator_core::capital::CapitalStatus;
use allocator_core::config::capital::CapitalMethod;
use allocator_core::op::Request as _;
use allocator_core::op::capital::{CapitalRequest, CapitalResult, capital};
use allocator_core::units::UnixNanos;
use allocator_core::wire::{Choice as _, to_canonical_string};
use serde_json::{Map, Value, json};
use tests::engine::{Native, Request, Wasm};

/// Every method but the plan.
fn methods() -> impl Iterator<Item = &'static str> {
    CapitalMethod::WORDS.iter().map(|(_, word, ..)| *word).filter(|method| *method != "fixed")
}

/// Methods that place less than they may where the history says so.
const CAUTIOUS: &[&str] =
    &["kelly", "kelly_multivariate", "kelly_log_growth", "robust_mean_variance", "sharpe_proportional", "target_risk"];

/// A question with the settings that it is about.
type Case = (String, Value);

fn case(method: &str, returns: &Map<String, Value>, config: &Value) -> Case {
    let mut config = config.clone();
    config["method"] = json!(method);
    (method.to_owned(), json!({ "version": 1, "returns": returns, "config": config }))
}

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

fn two_under_a_cap() -> Vec<Case> {
    let returns = strategies(2, 300, 0.002);
    methods()
        .map(|method| case(method, &returns, &json!({ "constraints": { "max": 0.4 }, "kelly": { "fraction": 1.0 } })))
        .collect()
}

#[test]
fn two_strategies_under_a_cap_of_forty_per_cent() {
    for (method, request) in two_under_a_cap() {
        let result = answer(&request);
        sound(&result, &method);
        assert!(weight(&result, "s000") <= 0.4 && weight(&result, "s001") <= 0.4, "{method}");
        if CAUTIOUS[..5].contains(&method.as_str()) && result.status == CapitalStatus::Optimal {
            continue;
        }
        assert_eq!(result.status, CapitalStatus::InfeasibleCapped, "{method}: {result:?}");
        assert_eq!(result.cash_reasons[0].reason, "caps", "{method}");
        // Kelly's sizes hand nothing on, and the worst of recent winners keeps its floor.
        if !matches!(method.as_str(), "kelly" | "kelly_multivariate" | "dynamic" | "regime_adaptive") {
            assert_eq!((weight(&result, "s000"), weight(&result, "s001")), (0.4, 0.4), "{method}");
            assert!((result.cash - 0.2).abs() < 1e-12, "{method}");
        }
    }
}

fn plans() -> Vec<Case> {
    let plan = json!({ "method": "fixed", "fixed": { "a": 0.5, "b": 0.2, "c": 0.1 } });
    let mut capped = plan.clone();
    capped["constraints"] = json!({ "max": 0.4 });
    [("plan", plan), ("capped", capped)].map(|(name, config)| (name.to_owned(), json!({ "version": 1, "config": config }))).into()
}

#[test]
fn a_plan_of_eighty_per_cent_stays_one() {
    let [plan, capped] = plans().try_into().unwrap();
    let result = answer(&plan.1);
    sound(&result, "plan");
    assert_eq!((weight(&result, "a"), weight(&result, "b"), weight(&result, "c")), (0.5, 0.2, 0.1));
    assert_eq!((result.status, result.cash_reasons[0].reason.as_str()), (CapitalStatus::Optimal, "plan"));
    // A cap hands on within the plan, not beyond.
    let result = answer(&capped.1);
    assert!((result.figures.gross - 0.8).abs() < 1e-12);
    assert_eq!(weight(&result, "a"), 0.4);
}

fn dead_feeds() -> Vec<Case> {
    let mut returns = strategies(2, 300, 0.002);
    returns.insert("empty".to_owned(), history(&[]));
    returns.insert("flat".to_owned(), history(&[0.0007; 300]));
    returns.insert("new".to_owned(), history(&[0.01, -0.02, 0.03]));
    let minimum = json!({ "unknown_weight": "minimum", "constraints": { "min": 0.05 } });
    let own = methods().flat_map(|method| {
        [("", json!({})), (" minimum", minimum.clone())].map(|(name, config)| {
            let (method, request) = case(method, &returns, &config);
            (format!("{method}{name}"), request)
        })
    });
    own.collect()
}

#[test]
fn no_data_a_dead_feed_and_a_newcomer_get_nothing_and_silence_nobody() {
    for (name, request) in dead_feeds() {
        let result = answer(&request);
        sound(&result, &name);
        let (method, minimum) = name.split_once(' ').map_or((name.as_str(), false), |(method, _)| (method, true));
        if method == "equal_weight" {
            continue;
        }
        // Unknown is nothing, or the minimum where settings say so.
        for unknown in ["empty", "new"] {
            assert_eq!(weight(&result, unknown), if minimum { 0.05 } else { 0.0 }, "{name} {unknown}");
            let row = result.allocations.iter().find(|row| row.strategy == unknown).unwrap();
            assert!(row.unknown.is_some(), "{name} {unknown}");
        }
        assert!(weight(&result, "s000") + weight(&result, "s001") > 0.0, "{name}: {:?}", result.allocations);
        assert!(result.warnings.iter().any(|fault| fault.path == "/returns/new"), "{name}");
        // A calm that is no calm is worth nothing to whoever weighs by risk.
        if !matches!(method, "dynamic" | "drawdown" | "regime_adaptive") {
            assert_eq!(weight(&result, "flat"), if minimum { 0.05 } else { 0.0 }, "{name}");
        }
    }
}

fn singular() -> Vec<Case> {
    // More strategies than days, and two that are the same.
    let mut returns = strategies(40, 30, 0.001);
    returns.insert("twin".to_owned(), returns["s000"].clone());
    methods().map(|method| case(method, &returns, &json!({ "regime": { "window": 10 } }))).collect()
}

#[test]
fn a_singular_covariance_is_no_trouble() {
    for (method, request) in singular() {
        let result = answer(&request);
        sound(&result, &method);
        let fine = [CapitalStatus::Optimal, CapitalStatus::NoEdge, CapitalStatus::InfeasibleCapped].contains(&result.status);
        assert!(fine, "{method}: {:?}", result.status);
        if result.status == CapitalStatus::Optimal && !CAUTIOUS.contains(&method.as_str()) {
            assert!((result.figures.gross - 1.0).abs() < 1e-11, "{method}: {}", result.figures.gross);
        }
        // What moves alike is treated alike where the rule says how.
        if matches!(method.as_str(), "erc" | "inverse_volatility" | "equal_weight") {
            assert!((weight(&result, "s000") - weight(&result, "twin")).abs() < 1e-9, "{method}");
        }
    }
}

fn losers() -> Vec<Case> {
    let returns = strategies(3, 300, -0.002);
    methods().map(|method| case(method, &returns, &json!({}))).collect()
}

#[test]
fn all_means_negative_deploy_nothing_for_kelly_and_the_sharpe_ratio_with_the_reason() {
    for (method, request) in losers() {
        let result = answer(&request);
        sound(&result, &method);
        let needs_edge = ["kelly", "kelly_multivariate", "sharpe_proportional", "max_sharpe"];
        if needs_edge.contains(&method.as_str()) {
            assert_eq!((result.status, result.cash), (CapitalStatus::NoEdge, 1.0), "{method}");
            assert_eq!(result.cash_reasons[0].reason, "no_edge", "{method}");
        } else if matches!(method.as_str(), "kelly_log_growth" | "robust_mean_variance") {
            assert_eq!(result.cash, 1.0, "{method}");
            assert!(!result.cash_reasons.is_empty(), "{method}");
        }
    }
    // A share of Kelly changes what is deployed.
    let returns = strategies(3, 300, 0.002);
    let gross = |fraction: f64| of(&returns, &json!({ "method": "kelly", "kelly": { "fraction": fraction } })).figures.gross;
    let (small, large) = (gross(0.0002), gross(0.0004));
    assert!(small > 0.0 && large < 1.0 && (large / small - 2.0).abs() < 1e-9, "{small} {large}");
}

fn minimums() -> Vec<Case> {
    let returns = strategies(3, 100, 0.0);
    methods().map(|method| case(method, &returns, &json!({ "constraints": { "min": 0.5 } }))).collect()
}

#[test]
fn minimums_above_everything_are_named_and_lowered() {
    for (method, request) in minimums() {
        let result = answer(&request);
        sound(&result, &method);
        assert_eq!(result.status, CapitalStatus::LimitsConflict, "{method}");
        assert_eq!(result.conflicts[0].limits, ["total", "min"], "{method}");
        assert!((result.conflicts[0].relaxed_to - 2.0 / 3.0).abs() < 1e-12, "{method}");
        assert!((weight(&result, "s000") - 1.0 / 3.0).abs() < 1e-11, "{method}");
    }
}

fn groups() -> Vec<Case> {
    let returns = strategies(3, 100, 0.0);
    let groups = json!({
        "g": { "members": ["s000", "s001"], "max": 0.3 },
        "h": { "members": ["s002"], "min": 0.9 },
    });
    methods().map(|method| case(method, &returns, &json!({ "constraints": { "groups": groups, "max": 0.6 } }))).collect()
}

#[test]
fn group_limits_that_contradict_each_other_are_named() {
    for (method, request) in groups() {
        let result = answer(&request);
        sound(&result, &method);
        assert_eq!(result.status, CapitalStatus::LimitsConflict, "{method}");
        assert_eq!(result.conflicts[0].limits, ["max", "groups.h.min"], "{method}");
        assert_eq!(result.conflicts[0].relaxed_to, 0.6, "{method}");
        assert!(weight(&result, "s000") + weight(&result, "s001") <= 0.3, "{method}");
        assert!((weight(&result, "s002") - 0.6).abs() < 1e-11, "{method}: {:?}", result.allocations);
    }
}

fn no_turnover() -> Vec<Case> {
    let (returns, held) = (strategies(3, 100, 0.0), json!({ "s000": 0.2, "s001": 0.5, "s002": 0.3 }));
    let own = methods().map(|method| {
        let (name, mut request) = case(method, &returns, &json!({ "constraints": { "turnover_max": 0.0 } }));
        request["previous"] = held.clone();
        (name, request)
    });
    own.collect()
}

#[test]
fn a_turnover_budget_of_nothing_keeps_what_is_held() {
    for (method, request) in no_turnover() {
        let result = answer(&request);
        sound(&result, &method);
        for (name, held) in [("s000", 0.2), ("s001", 0.5), ("s002", 0.3)] {
            assert!((weight(&result, name) - held).abs() < 1e-12, "{method}: {:?}", result.allocations);
        }
        assert!(result.figures.turnover.unwrap() < 1e-12, "{method}");
        // Without it being said what is held, a limit on changes has no meaning.
        let mut unsaid = request.clone();
        unsaid.as_object_mut().unwrap().remove("previous");
        let problem = CapitalRequest::from_json(unsaid.to_string().as_bytes()).unwrap_err();
        assert_eq!(problem.path, "/config/constraints/turnover_max", "{method}");
    }
}

fn not_a_number() -> Vec<Case> {
    let mut returns = strategies(2, 50, 0.0);
    returns["s001"]["value"][20] = json!("NaN");
    vec![(String::from("NaN"), json!({ "version": 1, "returns": returns }))]
}

#[test]
fn a_nan_in_the_middle_of_a_history_is_refused_with_its_place() {
    for (_, request) in not_a_number() {
        let problem = CapitalRequest::from_json(request.to_string().as_bytes()).unwrap_err();
        assert_eq!((problem.code.as_str(), problem.path.as_str()), ("not_finite", "/returns/s001/value/20"));
    }
}

fn many() -> Vec<Case> {
    // The other programmes take tens of seconds each without optimisation; their steps are the same as those of minimum variance.
    const SLOW: &[&str] = &[
        "black_litterman",
        "kelly_log_growth",
        "kelly_multivariate",
        "max_diversification",
        "max_sharpe",
        "mean_variance",
        "min_cdar",
        "min_cvar",
        "nco",
        "robust_mean_variance",
        "target_return",
        "target_risk",
    ];
    let returns = strategies(500, 60, 0.0005);
    methods()
        .filter(|method| !SLOW.contains(method))
        .map(|method| case(method, &returns, &json!({ "constraints": { "max": 0.01 } })))
        .collect()
}

#[test]
fn five_hundred_strategies() {
    for (method, request) in many() {
        let result = answer(&request);
        sound(&result, &method);
        if result.status == CapitalStatus::Optimal && !CAUTIOUS.contains(&method.as_str()) {
            // Where the rule wants few of them, those are at their maximum.
            let full = result.allocations.iter().all(|row| row.proportion == Some(0.0) || row.weight >= row.upper);
            assert!(full || (result.figures.gross - 1.0).abs() < 1e-9, "{method}: {}", result.figures.gross);
        }
    }
}

#[test]
fn wasm_gives_the_same_bytes() {
    let all: [fn() -> Vec<Case>; 10] =
        [two_under_a_cap, plans, dead_feeds, singular, losers, minimums, groups, no_turnover, not_a_number, many];
    let cases: Vec<Case> = all.into_iter().flat_map(|cases| cases()).collect();
    let ask = |(_, request): &Case| Request { operation: String::from("capital"), body: request.to_string().into_bytes() };
    let requests: Vec<Request> = cases.iter().map(ask).collect();
    let mut wasm = Wasm::start().unwrap_or_else(|why| panic!("{why}"));
    wasm.stream(&requests, |i, reply| {
        let name = &cases[i].0;
        let reply = reply.unwrap_or_else(|broken| panic!("{name}: {broken}"));
        assert!(reply == Native::carry_out(&requests[i]).unwrap(), "{name}: native and wasm part");
    });
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

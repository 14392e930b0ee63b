//! Laws and hand-checked cases of the whole blend.

use super::*;
use crate::op::blend::{BlendRequest, BlendResult, BlendStatus};
use crate::op::{Answer, Request};

fn ask(text: &str) -> Result<Answer<BlendResult>, Problem> {
    BlendRequest::from_json(text.as_bytes())?.answer()
}

fn run(signals: &str, config: &str) -> BlendResult {
    ask(&format!("{{\"version\":1,\"signals\":{signals},\"config\":{config}}}")).unwrap().result
}

fn weight(result: &BlendResult, symbol: &str) -> f64 {
    result.weights.iter().find(|row| row.symbol == symbol).unwrap().final_weight
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-15
}

const TWO: &str = r#"{"a":[["A",0.9,0.6],["B",0.7,0.4]],"b":[["C",0.9,0.7],["D",0.7,0.3]]}"#;
const THREE: &str = r#"{"low":[["A",0.9,1]],"mid":[["B",0.8,1]],"high":[["C",0.7,1]]}"#;

#[test]
fn two_strategies_under_forty_per_cent_leave_twenty_in_cash() {
    let result = run(TWO, "{}");
    // Reciprocal ranks 1, 1/2 of each strategy: shares 2/3 and 1/3 of 0.4.
    assert!(close(weight(&result, "A"), 0.8 / 3.0) && close(weight(&result, "B"), 0.4 / 3.0));
    assert!(result.strategy_weights["a"] <= 0.4 && close(result.strategy_weights["a"], 0.4));
    assert!(close(result.totals.cash, 0.2));
    assert_eq!(result.status, BlendStatus::InfeasibleCapped);
    let reasons: Vec<(&str, &str)> = result.totals.cash_reasons.iter().map(|r| (r.reason.as_str(), r.text.as_str())).collect();
    assert_eq!(reasons, [("caps", "80.00 % placed, 20.00 % in cash: 2 strategies at their cap hold 80.00 %.")]);
    assert_eq!(result.weights.iter().map(|row| row.symbol.as_str()).collect::<Vec<_>>(), ["A", "C", "B", "D"]);
}

#[test]
fn infeasible_caps_relax_or_refuse_when_asked() {
    let relaxed = run(TWO, r#"{"on_infeasible_cap":"relax"}"#);
    assert!((relaxed.totals.gross - 1.0).abs() < 1e-12 && relaxed.warnings.iter().any(|w| w.code == Code::CapRelaxed));
    let problem = ask(&format!(r#"{{"version":1,"signals":{TWO},"config":{{"on_infeasible_cap":"error"}}}}"#)).unwrap_err();
    assert_eq!(problem.code, Code::InfeasibleCaps);
}

#[test]
fn inverse_volatility_caps_and_hands_on_freed_weight() {
    // 1/0.1 : 1/0.2 : 1/0.4 = 4/7, 2/7, 1/7; low is cut to 0.4, the rest shares 0.6 two to one: 0.4 (its cap) and 0.2.
    let text = format!(
        r#"{{"version":1,"signals":{THREE},"stats":{{"low":{{"vol":0.1}},"mid":{{"vol":0.2}},"high":{{"vol":0.4}}}},"config":{{"method":"inverse_vol"}}}}"#
    );
    let result = ask(&text).unwrap().result;
    assert!(close(weight(&result, "A"), 0.4) && close(weight(&result, "B"), 0.4) && (weight(&result, "C") - 0.2).abs() < 1e-15);
    assert_eq!(result.status, BlendStatus::Placed);
}

#[test]
fn a_bad_score_with_a_long_weight_is_ranked_last() {
    let result = run(r#"{"a":[["GOOD",0.2,0.5],["BAD",-0.9,0.5]],"b":[["C",0.1,1]]}"#, "{}");
    assert!(weight(&result, "GOOD") > weight(&result, "BAD"));
}

#[test]
fn shorts_are_refused_unless_allowed_and_keep_their_sign() {
    let signals = r#"{"a":[["A",0.5,0.6],["B",-0.3,-0.4]],"b":[["C",0.5,1]]}"#;
    let problem = ask(&format!(r#"{{"version":1,"signals":{signals}}}"#)).unwrap_err();
    assert_eq!((problem.code, problem.path.as_str()), (Code::ShortNotAllowed, "/signals/a"));
    let result = run(signals, r#"{"allow_short_positions":true,"method":"equal_weight"}"#);
    assert!(weight(&result, "B") < 0.0 && close(weight(&result, "B"), -0.16));
}

#[test]
fn opposite_positions_net_and_the_cash_says_so() {
    let result = run(
        r#"{"l":[["A",0.1,0.5],["B",0.1,0.5]],"s":[["A",-0.1,-0.5],["B",-0.1,-0.5]]}"#,
        r#"{"allow_short_positions":true,"method":"equal_weight","per_strategy_max":1}"#,
    );
    assert_eq!((weight(&result, "A"), result.totals.gross, result.totals.cash), (0.0, 0.0, 1.0));
    assert_eq!(result.totals.cash_reasons[0].reason, "netting");
}

#[test]
fn one_declared_strategy_passes_through_but_one_of_two_does_not() {
    let single = run(r#"{"a":[["A",0.5,100],["B",0.4,50]]}"#, "{}");
    assert!(single.bypassed && close(weight(&single, "A"), 2.0 / 3.0));
    let half = run(r#"{"a":[["A",0.8,0.6],["B",0.6,0.4]],"b":[]}"#, "{}");
    assert!(!half.bypassed && close(half.totals.gross, 0.4));
    let empty = run(r#"{"a":[],"b":[]}"#, "{}");
    assert_eq!((empty.weights.len(), empty.status, empty.totals.cash), (0, BlendStatus::Empty, 1.0));
}

#[test]
fn a_cash_reserve_survives() {
    let result = run(THREE, r#"{"cash_reserve":0.25}"#);
    assert!(close(result.totals.gross, 0.75) && close(result.totals.cash, 0.25));
    assert_eq!(result.totals.cash_reasons[0].reason, "reserve");
}

#[test]
fn min_score_needs_one_strategy_above_it() {
    let result = run(r#"{"a":[["A",0.6,0.5],["B",0.5,0.5]],"b":[["B",0.4,0.5],["C",0.9,0.5]]}"#, r#"{"min_score":0.5}"#);
    assert_eq!(result.dropped.iter().map(|d| (d.symbol.as_str(), d.limit.as_str())).collect::<Vec<_>>(), [("B", "min_score")]);
    assert_eq!(result.weights.len(), 2);
}

#[test]
fn positions_and_lots() {
    let signals =
        r#"{"a":[["A",4,0.4],["B",3,0.3],["C",2,0.2],["D",1,0.1]],"b":[["A",4,0.4],["B",3,0.3],["C",2,0.2],["D",1,0.1]]}"#;
    let config = r#"{"method":"equal_weight","per_strategy_max":1,"positions_max":2}"#;
    let result = run(signals, config);
    assert!((weight(&result, "A") - 4.0 / 7.0).abs() < 1e-15 && weight(&result, "C") == 0.0);
    assert_eq!(result.dropped.len(), 2);
    // 0.4, 0.3, 0.2, 0.1 with at least 0.25: three would be 4/9, 3/9, 2/9; two are 4/7, 3/7.
    let result = run(signals, r#"{"method":"equal_weight","per_strategy_max":1,"position_min":0.25}"#);
    assert_eq!(result.dropped.iter().map(|d| d.symbol.as_str()).collect::<Vec<_>>(), ["C", "D"]);
    let lots = r#"{"method":"equal_weight","per_strategy_max":1,"lots":{"capital":100,"prices":{"A":7,"B":7,"C":7,"D":7}}}"#;
    // 40/7 = 5 shares, 30/7 = 4, 20/7 = 2, 10/7 = 1: 12 shares of 7 are 0.84.
    let result = run(signals, lots);
    assert!((result.totals.gross - 0.84).abs() < 1e-12);
}

#[test]
fn fixed_plans_stay_what_they_are() {
    let plan = run(THREE, r#"{"method":"fixed","strategy_weights":{"low":0.4,"mid":0.3,"high":0.1}}"#);
    assert!(close(plan.totals.gross, 0.8) && close(weight(&plan, "C"), 0.1));
    assert_eq!(plan.totals.cash_reasons[0].reason, "plan");
    let over = format!(
        r#"{{"version":1,"signals":{THREE},"config":{{"method":"fixed","strategy_weights":{{"low":0.9,"mid":0.2,"high":0.1}}}}}}"#
    );
    assert_eq!(ask(&over).unwrap_err().code, Code::OutOfRange);
}

#[test]
fn no_edge_deploys_nothing() {
    let text = format!(
        r#"{{"version":1,"signals":{THREE},"stats":{{"low":{{"sharpe":-1}},"mid":{{"sharpe":0}},"high":{{"sharpe":-0.2}}}},"config":{{"method":"sharpe"}}}}"#
    );
    let result = ask(&text).unwrap().result;
    assert_eq!((result.status, result.totals.gross), (BlendStatus::NothingDeployed, 0.0));
}

#[test]
fn unknown_volatility_is_not_zero_volatility() {
    let flat: Vec<String> = (1..=60).map(|day| format!("[\"2024-{:02}-{:02}\",0.007]", 1 + day / 29, 1 + day % 28)).collect();
    let mut days: Vec<String> = flat.clone();
    days.sort();
    days.dedup();
    let moving: Vec<String> =
        days.iter().enumerate().map(|(i, day)| day.replace("0.007", if i % 2 == 0 { "0.01" } else { "-0.01" })).collect();
    let text = format!(
        r#"{{"version":1,"signals":{{"flat":[["A",1,1]],"moving":[["B",1,1]]}},"returns":{{"flat":[{}],"moving":[{}]}},"config":{{"method":"inverse_vol","per_strategy_max":1}}}}"#,
        days.join(","),
        moving.join(",")
    );
    let result = ask(&text).unwrap().result;
    assert_eq!(result.strategy_weights["flat"], 0.0);
    assert_eq!(result.strategy_weights["moving"], 1.0);
    assert!(result.strategies[0].unknown.is_some());
}

#[test]
fn switched_off_the_primary_strategy_passes_through() {
    let result = run(TWO, r#"{"enabled":false,"primary_strategy":"b"}"#);
    assert!(close(weight(&result, "C"), 0.7) && result.weights.len() == 2 && result.warnings[0].code == Code::AllocatorDisabled);
    let problem = ask(&format!(r#"{{"version":1,"signals":{TWO},"config":{{"enabled":false}}}}"#)).unwrap_err();
    assert_eq!(problem.code, Code::Conflict);
}

#[test]
fn faults_of_a_request_come_together() {
    let text = r#"{"version":1,"signals":{"a":[["A",0.5,0.5]]},"config":{"per_strategy_max":1.5,"metod":"x"},"stats":{"a":{"vol":"NaN"}},"extra":1}"#;
    let problem = ask(text).unwrap_err();
    let paths: Vec<&str> = problem.problems.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["/config/metod", "/config/per_strategy_max", "/stats/a/vol", "/extra"]);
}

#[test]
fn groups_and_symbols_are_capped_together() {
    let signals = r#"{"a":[["A",1,0.5],["B",1,0.5]],"b":[["A",1,0.5],["C",1,0.5]],"c":[["D",1,1]]}"#;
    let config = r#"{"method":"equal_weight","symbol_max":0.3,"groups":{"B":"tech","C":"tech"},"group_max":{"tech":0.2}}"#;
    let result = run(signals, config);
    for row in &result.weights {
        assert!(row.final_weight <= 0.3);
    }
    assert!(weight(&result, "B") + weight(&result, "C") <= 0.2);
    // A 0.3 + tech 0.2 + D 0.3: 0.2 stays in cash.
    assert!((result.totals.cash - 0.2).abs() < 1e-12, "{}", result.totals.cash);
}

#[test]
fn huge_and_tiny_numbers_neither_overflow_nor_vanish() {
    let result = run(
        r#"{"a":[["A",1e308,1e308],["B",1,1e308],["C",1,1e308]],"b":[["A",1,1e-320],["B",1,1e-320]]}"#,
        r#"{"method":"equal_weight"}"#,
    );
    assert!((result.totals.gross - 0.8).abs() < 1e-12 && result.weights.iter().all(|row| row.final_weight.is_finite()));
    let text = format!(r#"{{"version":1,"signals":{THREE},"stats":{{"low":{{"vol":1e-320}}}}}}"#);
    assert_eq!(ask(&text).unwrap_err().code, Code::InvalidVolatility);
}

#[test]
fn a_plan_for_one_strategy_stays_a_plan() {
    let result = run(r#"{"a":[["A",1,1]]}"#, r#"{"method":"fixed","strategy_weights":{"a":0.8}}"#);
    assert!(result.bypassed && close(result.totals.gross, 0.8));
}

#[test]
fn a_preset_reaches_settings_inside_settings() {
    let text = format!(r#"{{"version":1,"compat":"000","signals":{TWO},"config":{{"correlation":{{"threshold":0.5}}}}}}"#);
    let request = BlendRequest::from_json(text.as_bytes()).unwrap();
    assert_eq!((request.config.correlation.min_observations, request.config.correlation.threshold), (2, 0.5));
}

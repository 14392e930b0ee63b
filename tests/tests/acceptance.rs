//! The sentences of the specification as they can be checked from outside, by their numbers (B blending, C contract).

use serde_json::{Value, json};
use tests::contract::{answer, faults, items, number, reply, weight};

/// Two strategies without a symbol in common.
fn two() -> Value {
    json!({ "a": [["A", 0.9, 0.6], ["B", 0.7, 0.4]], "b": [["C", 0.9, 0.7], ["D", 0.7, 0.3]] })
}

fn blend(signals: &Value, config: &Value) -> Value {
    answer("blend", &json!({ "version": 1, "signals": signals, "config": config }))
}

fn refused(signals: &Value, config: &Value) -> Vec<(String, String)> {
    faults("blend", &json!({ "version": 1, "signals": signals, "config": config }))
}

fn fault(code: &str, path: &str) -> (String, String) {
    (code.to_owned(), path.to_owned())
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12
}

#[track_caller]
fn assert_near(a: f64, b: f64) {
    assert!(near(a, b), "{a} is not {b}");
}

fn codes(answer: &Value) -> Vec<&str> {
    items(&answer["warnings"]).filter_map(|warning| warning["code"].as_str()).collect()
}

/// Daily returns from a rule.
fn returns(days: usize, rule: impl Fn(usize) -> f64) -> Value {
    (0..days).map(|i| json!([format!("2024-{:02}-{:02}", i / 28 + 1, i % 28 + 1), rule(i)])).collect()
}

// B1: rank aggregation.

#[test]
fn b1_ranks_are_reciprocal_dense_and_normalised_inside_a_strategy() {
    let signals = json!({ "a": [["A", 0.9, 0.4], ["B", 0.9, 0.4], ["C", 0.7, 0.2]], "b": [["A", 0.5, 0.3], ["B", 0.5, 0.3], ["C", 0.5, 0.4]] });
    let blended = blend(&signals, &json!({ "per_strategy_max": 1.0 }));
    // a: 1, 1, 1/2 over 2.5; b: three times 1 over 3.
    assert_near(weight(&blended, "A"), 0.2 + 0.5 / 3.0);
    assert_near(weight(&blended, "C"), 0.1 + 0.5 / 3.0);
}

#[test]
fn b1_conviction_puts_a_long_with_a_very_bad_score_last_and_the_preset_first() {
    let signals = json!({ "a": [["GOOD", 0.2, 0.5], ["BAD", -0.9, 0.5]], "b": [["C", 0.1, 1]] });
    let ours = blend(&signals, &json!({}));
    assert!(weight(&ours, "GOOD") > weight(&ours, "BAD"));
    let recorded = answer("blend", &json!({ "version": 1, "compat": "000", "signals": signals }));
    assert!(weight(&recorded, "GOOD") < weight(&recorded, "BAD"));
}

#[test]
fn b1_a_weight_of_zero_contributes_nothing() {
    let blended = blend(&json!({ "a": [["A", 0.9, 0.0], ["B", 0.1, 1.0]], "b": [["C", 0.1, 1]] }), &json!({}));
    assert_eq!(weight(&blended, "A"), 0.0);
    assert_near(weight(&blended, "B"), 0.4);
}

#[test]
fn b1_shorts_keep_their_sign() {
    let signals = json!({ "ls": [["A", 0.05, 0.5], ["B", -0.04, -0.5]], "l": [["C", 0.1, 1]] });
    let blended = blend(&signals, &json!({ "allow_short_positions": true }));
    assert!(weight(&blended, "A") > 0.0 && weight(&blended, "B") < 0.0);
}

// B2: inverse volatility.

#[test]
fn b2_a_strategy_of_half_the_volatility_gets_twice_the_weight() {
    let request = json!({ "version": 1, "signals": { "calm": [["A", 1, 1]], "wild": [["B", 1, 1]] },
        "config": { "method": "inverse_vol", "per_strategy_max": 1.0 }, "stats": { "calm": { "vol": 0.2 }, "wild": { "vol": 0.4 } } });
    let blended = answer("blend", &request);
    assert_near(weight(&blended, "A"), 2.0 / 3.0);
    assert_near(weight(&blended, "B"), 1.0 / 3.0);
}

#[test]
fn b2_strategies_are_normalised_first() {
    let request = json!({ "version": 1, "signals": { "a": [["A", 0.5, 2], ["B", 0.4, 2]], "b": [["C", 0.5, 1]] },
        "config": { "method": "inverse_vol", "per_strategy_max": 1.0 }, "stats": { "a": { "vol": 0.2 }, "b": { "vol": 0.2 } } });
    let blended = answer("blend", &request);
    assert_near(number(&blended["strategy_weights"]["a"]), 0.5);
}

#[test]
fn b2_impossible_volatilities_are_refused() {
    for vol in [json!(0.0), json!(-0.15), json!("NaN"), json!("Infinity"), json!("0.15")] {
        let request = json!({ "version": 1, "signals": two(), "config": { "method": "inverse_vol" }, "stats": { "a": { "vol": vol }, "b": { "vol": 0.2 } } });
        let found = faults("blend", &request);
        assert!(found.iter().all(|(_, path)| path == "/stats/a/vol") && !found.is_empty(), "{vol}: {found:?}");
    }
}

#[test]
fn b2_realised_volatility_needs_thirty_returns() {
    let history = |days| json!({ "a": returns(days, |i| if i % 2 == 0 { 0.01 } else { -0.01 }), "b": returns(days, |i| if i % 2 == 0 { 0.02 } else { -0.02 }) });
    let ask = |days| {
        reply(
            "blend",
            &json!({ "version": 1, "signals": two(), "returns": history(days), "config": { "method": "inverse_vol", "per_strategy_max": 1.0 } }),
        )
    };
    let blended = ask(30).expect("30 returns are enough");
    assert_near(number(&blended["strategy_weights"]["a"]), 2.0 / 3.0);
    // One return fewer: unknown, and by default that is no weight, with the reason.
    if let Ok(blended) = ask(29) {
        assert_eq!(blended["status"], "nothing_deployed");
        assert!(items(&blended["strategies"]).all(|line| line["unknown"].is_string()));
    }
}

// B3: equal weight.

#[test]
fn b3_each_strategy_counts_the_same_whatever_it_sums_to() {
    let signals = json!({ "big": [["A", 1, 300], ["B", 1, 100]], "small": [["C", 1, 0.001]] });
    let blended = blend(&signals, &json!({ "method": "equal_weight", "per_strategy_max": 1.0 }));
    assert_near(weight(&blended, "A"), 0.375);
    assert_near(weight(&blended, "C"), 0.5);
}

#[test]
fn b3_a_net_near_zero_is_never_divided_by() {
    let signals = json!({ "ls": [["A", 0.05, 0.5], ["B", -0.05, -0.4999999999]], "l": [["C", 0.1, 1]] });
    let blended = blend(&signals, &json!({ "method": "equal_weight", "allow_short_positions": true, "per_strategy_max": 1.0 }));
    assert!(number(&blended["totals"]["gross"]) <= 1.0 + 1e-12);
    assert!((weight(&blended, "A") - 0.25).abs() < 1e-6 && (weight(&blended, "B") + 0.25).abs() < 1e-6);
}

// B4: other weights.

#[test]
fn b4_fixed_weights_that_leave_something_leave_it_in_cash() {
    let blended = blend(&two(), &json!({ "method": "fixed", "strategy_weights": { "a": 0.3, "b": 0.2 } }));
    assert_near(number(&blended["totals"]["gross"]), 0.5);
    assert_eq!(blended["totals"]["cash_reasons"][0]["reason"], "plan");
}

#[test]
fn b4_no_edge_deploys_nothing() {
    let request = json!({ "version": 1, "signals": two(), "config": { "method": "sharpe" }, "stats": { "a": { "sharpe": -0.5 }, "b": { "sharpe": 0.0 } } });
    let blended = answer("blend", &request);
    assert_eq!((number(&blended["totals"]["gross"]), &blended["status"]), (0.0, &json!("nothing_deployed")));
    assert_eq!(blended["totals"]["cash_reasons"][0]["reason"], "no_edge");
}

// B5: minimum score.

#[test]
fn b5_a_symbol_below_the_minimum_score_of_all_is_dropped_and_named() {
    let signals = json!({ "a": [["A", 0.9, 0.5], ["B", 0.1, 0.5]], "b": [["B", 0.2, 0.5], ["C", 0.8, 0.5]] });
    let blended = blend(&signals, &json!({ "min_score": 0.5 }));
    assert_eq!(weight(&blended, "B"), 0.0);
    assert_eq!(blended["dropped"], json!([{ "limit": "min_score", "symbol": "B" }]));
    assert!(codes(&blended).contains(&"symbols_dropped"));
}

// B6: caps.

#[test]
fn b6_two_strategies_under_forty_percent_leave_twenty_in_cash_and_say_why() {
    let blended = blend(&two(), &json!({}));
    let totals = &blended["totals"];
    assert_near(number(&totals["gross"]), 0.8);
    assert_near(number(&totals["cash"]), 0.2);
    assert_eq!(blended["status"], "infeasible_capped");
    assert_eq!(
        items(&totals["cash_reasons"]).map(|reason| reason["reason"].as_str().unwrap_or_default()).collect::<Vec<_>>(),
        ["caps"]
    );
    assert!(codes(&blended).contains(&"cap_binds"));
    assert!(
        items(&blended["strategies"])
            .all(|line| near(number(&line["gross"]), 0.4) && number(&line["gross"]) <= 0.4 && line["capped"] == true)
    );
}

#[test]
fn b6_freed_weight_is_water_filled_into_headroom() {
    let request = json!({ "version": 1, "config": { "method": "inverse_vol" },
        "signals": { "low": [["A", 1, 1]], "mid": [["B", 1, 1]], "high": [["C", 1, 1]] },
        "stats": { "low": { "vol": 0.1 }, "mid": { "vol": 0.2 }, "high": { "vol": 0.4 } } });
    let blended = answer("blend", &request);
    for (symbol, expected) in [("A", 0.4), ("B", 0.4), ("C", 0.2)] {
        assert_near(weight(&blended, symbol), expected);
    }
}

#[test]
fn b6_infeasible_caps_may_be_relaxed_or_refused() {
    let relaxed = blend(&two(), &json!({ "on_infeasible_cap": "relax" }));
    assert_near(number(&relaxed["totals"]["gross"]), 1.0);
    assert!(codes(&relaxed).contains(&"cap_relaxed"));
    assert_eq!(refused(&two(), &json!({ "on_infeasible_cap": "error" })), [fault("infeasible_caps", "/config/per_strategy_max")]);
}

#[test]
fn b6_negative_weights_are_refused_unless_allowed() {
    let signals = json!({ "a": [["A", 0.5, 0.6], ["B", -0.3, -0.4]], "b": [["C", 0.5, 1]] });
    let found = refused(&signals, &json!({}));
    assert_eq!(found.iter().map(|(code, _)| code.as_str()).collect::<Vec<_>>(), ["short_not_allowed"]);
    let blended = blend(&signals, &json!({ "allow_short_positions": true }));
    assert_near(number(&blended["totals"]["gross"]), 0.8);
}

#[test]
fn b6_all_limits_hold_together_and_the_binding_ones_are_named() {
    let signals = json!({ "a": [["A", 0.9, 0.8], ["B", 0.7, 0.2]], "b": [["A", 0.9, 0.5], ["D", 0.7, 0.5]], "c": [["E", 1, 1]] });
    let config = json!({ "method": "equal_weight", "symbol_max": 0.25, "groups": { "D": "x", "E": "x" }, "group_max": { "x": 0.3 }, "positions_max": 4 });
    let blended = blend(&signals, &config);
    assert!(weight(&blended, "A") <= 0.25 && weight(&blended, "D") + weight(&blended, "E") <= 0.3 + 1e-12);
    assert!(items(&blended["weights"]).filter(|row| number(&row["final_weight"]) != 0.0).count() <= 4);
    let bindings: Vec<&str> = items(&blended["bindings"]).filter_map(|binding| binding["limit"].as_str()).collect();
    assert!(bindings.contains(&"symbol_max") && bindings.contains(&"group_max"), "{bindings:?}");
}

#[test]
fn b6_lots_are_rounded_toward_zero() {
    let config = json!({ "lots": { "capital": 10_000, "prices": { "A": 300, "B": 300, "C": 300, "D": 300 } } });
    let blended = blend(&two(), &config);
    for row in items(&blended["weights"]) {
        let shares = number(&row["final_weight"]) * 10_000.0 / 300.0;
        assert!((shares - shares.round()).abs() < 1e-9, "{row}");
    }
    assert!(items(&blended["totals"]["cash_reasons"]).any(|reason| reason["reason"] == "lots"));
}

// B7: totals.

#[test]
fn b7_the_target_is_met_unless_a_cap_binds() {
    for target in [0.25, 0.6, 0.8, 1.0, 1.5] {
        let blended = blend(&two(), &json!({ "target_total": target, "per_strategy_max": 1.0 }));
        assert!((number(&blended["totals"]["gross"]) - target).abs() <= 1e-4 * target, "{target}");
    }
}

#[test]
fn b7_a_declared_reserve_survives() {
    let blended = blend(&two(), &json!({ "cash_reserve": 0.3, "per_strategy_max": 1.0 }));
    assert_near(number(&blended["totals"]["cash"]), 0.3);
    assert_eq!(blended["totals"]["cash_reasons"][0]["reason"], "reserve");
}

#[test]
fn b7_a_market_neutral_blend_is_bounded_by_its_gross() {
    let signals = json!({ "x": [["A", 1, 0.5], ["B", -1, -0.5]], "y": [["C", 1, 0.5], ["D", -1, -0.5]] });
    let blended = blend(&signals, &json!({ "method": "equal_weight", "allow_short_positions": true, "per_strategy_max": 0.5 }));
    assert_near(number(&blended["totals"]["gross"]), 1.0);
    assert_near(number(&blended["totals"]["net"]), 0.0);
}

// B8: one strategy, none, and the switch.

#[test]
fn b8_one_declared_strategy_passes_through_uncapped_and_flagged() {
    let blended = blend(&json!({ "only": [["A", 0.8, 100], ["B", 0.6, 50]] }), &json!({}));
    assert_near(weight(&blended, "A"), 2.0 / 3.0);
    assert_eq!(blended["bypassed"], true);
    assert!(codes(&blended).contains(&"single_strategy"));
}

#[test]
fn b8_one_of_two_that_is_empty_is_not_that_case() {
    let blended = blend(&json!({ "a": [["A", 0.8, 0.6], ["B", 0.6, 0.4]], "b": [] }), &json!({}));
    assert_near(number(&blended["totals"]["gross"]), 0.4);
    assert_eq!(blended["bypassed"], false);
    assert!(codes(&blended).contains(&"empty_strategy"));
}

#[test]
fn b8_all_empty_is_an_empty_result_and_no_strategy_is_refused() {
    let blended = blend(&json!({ "a": [], "b": [] }), &json!({}));
    assert_eq!((&blended["weights"], &blended["status"]), (&json!([]), &json!("empty")));
    assert_near(number(&blended["totals"]["cash"]), 1.0);
    assert_eq!(refused(&json!({}), &json!({})), [fault("empty", "/signals")]);
}

#[test]
fn b8_switched_off_the_primary_strategy_passes_through() {
    let blended = blend(&two(), &json!({ "enabled": false, "primary_strategy": "b" }));
    assert_near(weight(&blended, "C"), 0.7);
    assert_eq!(weight(&blended, "A"), 0.0);
    assert!(codes(&blended).contains(&"allocator_disabled"));
}

// B9: correlation.

/// Two histories with a correlation of 1, and one with -1 to both.
fn histories(days: usize) -> Value {
    let rule = |i: usize| if i.is_multiple_of(3) { 0.02 } else { -0.005 + i as f64 * 1e-5 };
    json!({ "a": returns(days, rule), "b": returns(days, |i| 2.0 * rule(i) + 0.001), "c": returns(days, |i| -rule(i)) })
}

#[test]
fn b9_pairs_carry_correlation_count_probability_and_interval() {
    let correlated = answer("correlation", &json!({ "version": 1, "returns": histories(40) }));
    let pair = items(&correlated["pairs"]).find(|pair| pair["a"] == "a" && pair["b"] == "c").expect("a pair of a and c");
    assert_near(number(&pair["value"]), -1.0);
    assert_eq!(pair["n"], 40);
    assert_eq!(items(&correlated["pairs"]).count(), 3);
}

#[test]
fn b9_alerts_are_strict_one_sided_and_once_for_each_crossing() {
    let ask = |config: Value, active: Value| {
        answer("correlation", &json!({ "version": 1, "returns": histories(40), "config": config, "active": active }))
    };
    let first = ask(json!({}), json!([]));
    let alerts: Vec<&Value> = items(&first["alerts"]).collect();
    assert_eq!(alerts.len(), 1);
    let alert = alerts[0];
    assert_eq!(
        (&alert["metric"], &alert["severity"], &alert["pair"]),
        (&json!("strategy_correlation"), &json!("WARNING"), &json!(["a", "b"]))
    );
    assert_eq!((&alert["threshold"], &alert["n"]), (&json!(0.7), &json!(40)));
    assert!(alert["id"].is_string() && alert["at"].is_string());
    assert_eq!(items(&ask(json!({}), first["active"].clone())["alerts"]).count(), 0, "the same crossing alerts once");
    assert_eq!(
        items(&ask(json!({ "threshold": 1.0 }), json!([]))["alerts"]).count(),
        0,
        "equal to the threshold is not above it"
    );
    assert_eq!(items(&ask(json!({ "absolute": true }), json!([]))["alerts"]).count(), 3);
}

#[test]
fn b9_too_few_dates_and_flat_series_are_unknown_not_zero() {
    let few = answer("correlation", &json!({ "version": 1, "returns": histories(19) }));
    let flat = json!({ "a": returns(40, |i| if i % 2 == 0 { 0.01 } else { -0.01 }), "b": returns(40, |_| 0.005) });
    let flat = answer("correlation", &json!({ "version": 1, "returns": flat }));
    for pair in items(&few["pairs"]).chain(items(&flat["pairs"])) {
        assert!(pair["value"].is_null() && items(&pair["unknown"]).next().is_some(), "{pair}");
    }
    assert_eq!(items(&few["alerts"]).count(), 0);
}

#[test]
fn b9_the_weaker_of_an_alerted_pair_may_be_dropped() {
    let request = |action: &str| {
        json!({ "version": 1, "signals": { "a": [["A", 1, 1]], "b": [["B", 1, 1]], "c": [["C", 1, 1]] }, "returns": histories(40),
                "config": { "method": "equal_weight", "correlation_action": action, "per_strategy_max": 1.0 } })
    };
    let kept = answer("blend", &request("none"));
    assert_eq!(items(&kept["alerts"]).count(), 1);
    assert_near(number(&kept["strategy_weights"]["b"]), 1.0 / 3.0);
    let dropped = answer("blend", &request("drop"));
    assert_eq!(number(&dropped["strategy_weights"]["b"]), 0.0);
    assert_near(number(&dropped["totals"]["gross"]), 1.0);
}

// B10: diversification.

#[test]
fn b10_equal_strategies_without_overlap_count_as_many_as_they_are() {
    let signals = json!({ "a": [["A", 1, 1]], "b": [["B", 1, 1]], "c": [["C", 1, 1]], "d": [["D", 1, 1]] });
    let blended = blend(&signals, &json!({ "method": "equal_weight" }));
    let text = blended["diversification"].to_string();
    let figures: Vec<f64> =
        blended["diversification"].as_object().expect("an object").values().filter_map(Value::as_f64).collect();
    assert!(figures.iter().any(|figure| (figure - 4.0).abs() < 1e-9), "{text}");
}

// B11: explanation; the exact sums are a law, see laws.rs.

#[test]
fn b11_every_weight_names_its_strategies_and_their_parts() {
    let signals = json!({ "a": [["X", 0.9, 1]], "b": [["X", 0.8, 1]], "c": [["Y", 0.7, 1]] });
    let blended = blend(&signals, &json!({ "method": "equal_weight" }));
    let row = items(&blended["weights"]).find(|row| row["symbol"] == "X").expect("X is held");
    assert_eq!(row["contributing_strategies"], json!(["a", "b"]));
    for part in items(&row["contributions"]) {
        for field in ["strategy", "raw", "normalised", "capped", "redistributed", "scaled", "value"] {
            assert!(part.get(field).is_some(), "{field} of {part}");
        }
    }
}

// C: the contract.

#[test]
fn c2_the_answer_carries_a_digest_and_ends_without_a_line_break() {
    let request = json!({ "version": 1, "signals": two() }).to_string();
    let bytes = allocator_core::op::run("blend", request.as_bytes()).expect("it is answered");
    assert_eq!(bytes.last(), Some(&b'}'));
    let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
    assert!(
        answer["digest"].as_str().is_some_and(|digest| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
    );
}

#[test]
fn c2_a_preset_and_its_settings_written_out_are_the_same_request() {
    let by_preset = answer("blend", &json!({ "version": 1, "compat": "000", "signals": two() }));
    let text = json!({ "version": 1, "compat": "000", "signals": two() }).to_string();
    let written = allocator_core::op::canonical_request("blend", text.as_bytes()).expect("a request");
    let written: Value = serde_json::from_slice(&written).expect("JSON");
    assert!(written.get("compat").is_none());
    assert_eq!(answer("blend", &written)["digest"], by_preset["digest"]);
}

#[test]
fn c4_nan_infinity_null_and_duplicates_are_refused_at_their_place() {
    for (rows, code, path) in [
        (json!([["A", "NaN", 0.5]]), "not_finite", "/signals/a/0/1"),
        (json!([["A", 0.5, "Infinity"]]), "not_finite", "/signals/a/0/2"),
        (json!([["A", 0.5, null]]), "not_finite", "/signals/a/0/2"),
        (json!([["A", 0.5, 0.5], ["A", 0.4, 0.5]]), "duplicate", "/signals/a/1/symbol"),
        (json!([["", 0.5, 0.5]]), "invalid_name", "/signals/a/0/symbol"),
        (json!([["A", 0.5]]), "broken_row", "/signals/a/0"),
    ] {
        let found = refused(&json!({ "a": rows, "b": [["B", 0.5, 1]] }), &json!({}));
        assert_eq!(found[0].0, code, "{found:?}");
        assert!(found[0].1.starts_with(path.rsplit_once('/').expect("a path").0), "{found:?} not at {path}");
    }
}

#[test]
fn c4_several_faults_are_reported_together_up_to_fifty() {
    let found = refused(&json!({ "a": [["A", "NaN", "NaN"], ["B", null, 1]] }), &json!({}));
    assert_eq!(found.len(), 3, "{found:?}");
    let many: Vec<Value> = (0..80).map(|i| json!([format!("S{i}"), "NaN", 1])).collect();
    let problem = reply("blend", &json!({ "version": 1, "signals": { "a": many } })).expect_err("it is refused");
    assert_eq!((items(&problem["problems"]).count(), &problem["omitted"]), (50, &json!(30)));
}

#[test]
fn c4_every_fault_says_what_is_wrong_and_how_to_mend_it() {
    let problem = reply("blend", &json!({ "version": 1, "signals": two(), "config": { "per_strategy_max": 40 } }))
        .expect_err("it is refused");
    for field in ["type", "title", "status", "detail", "code", "path", "message", "hint"] {
        assert!(!problem[field].is_null(), "{field}");
    }
    assert!(problem["message"].as_str().is_some_and(|message| message.contains("40")), "the message holds the value");
}

#[test]
fn c10_unknown_fields_are_refused_with_the_nearest_known_name() {
    let request = json!({ "version": 1, "signals": two(), "config": { "per_stratgy_max": 0.4 } });
    let problem = reply("blend", &request).expect_err("it is refused");
    assert_eq!((&problem["code"], &problem["path"]), (&json!("unknown_field"), &json!("/config/per_stratgy_max")));
    assert!(problem["hint"].as_str().is_some_and(|hint| hint.contains("per_strategy_max")));
}

#[test]
fn c10_the_version_must_be_there_and_known() {
    assert_eq!(faults("blend", &json!({ "signals": two() }))[0].0, "missing_field");
    assert_eq!(faults("blend", &json!({ "version": 2, "signals": two() }))[0], fault("unsupported_version", "/version"));
}

#[test]
fn c11_every_value_is_validated_before_work_begins_and_all_faults_are_told() {
    let found = refused(&two(), &json!({ "per_strategy_max": -0.1, "cash_reserve": 2, "correlation": { "threshold": 1.5 } }));
    let paths: Vec<&str> = found.iter().map(|(_, path)| path.as_str()).collect();
    for path in ["/config/per_strategy_max", "/config/cash_reserve", "/config/correlation/threshold"] {
        assert!(paths.contains(&path), "{path} is not in {paths:?}");
    }
}

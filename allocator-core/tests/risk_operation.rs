//! Operations `risk`, `audit`, `tune` and `position_limits` through JSON: every failure mode a risk officer fears.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use allocator_core::op::run;
use serde_json::{Value, json};

fn date(i: usize) -> String {
    allocator_core::units::UnixNanos::from_days(18_262 + i as i64).unwrap().to_string()
}

/// A deterministic wiggle, wild for a while.
fn wave(i: usize, k: usize) -> f64 {
    let size = if (100..130).contains(&i) { 0.04 } else { 0.006 };
    ((((i * 7919 + k * 104_729) % 1009) as f64) / 1009.0 - 0.5) * size - if (100..130).contains(&i) { 0.006 } else { -0.0002 }
}

fn series(days: impl Iterator<Item = usize>, k: usize) -> Value {
    days.map(|i| json!([date(i), wave(i, k)])).collect()
}

fn market(n: usize, assets: usize) -> Value {
    let book: serde_json::Map<String, Value> = (0..assets).map(|k| (format!("A{k}"), series(0..n, k))).collect();
    json!({ "version": 1, "portfolio_returns": { "p": series(0..n, 0) }, "asset_returns": book })
}

fn ask(operation: &str, request: &Value) -> Result<Value, Vec<String>> {
    match run(operation, request.to_string().as_bytes()) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap()),
        Err(problem) => Err(problem.problems.iter().map(|fault| format!("{} {}", fault.path, fault.code)).collect()),
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn a_crash_is_noticed_and_the_warm_up_is_conservative() {
    let answer = ask("risk", &market(200, 3)).unwrap();
    let scalars = numbers(&answer["scalars"]["scalar"]);
    // Sixty days without a state, at the target of STRESS; the first state is known on the sixtieth.
    assert!(scalars[..59].iter().all(|scalar| *scalar == 0.55));
    assert_eq!(answer["coverage"]["effective_start"], json!(date(59)));
    assert!(answer["regimes"]["regime"][58].is_null());
    assert!(scalars[100..135].iter().any(|scalar| *scalar <= 0.55), "{:?}", &scalars[100..135]);
    assert!(
        answer["state"]["unknown"].as_array().unwrap().iter().any(|span| span["figure"] == "corr_60d" && span["dates"] == 59)
    );
    let omit = ask("risk", &{
        let mut request = market(200, 3);
        request["config"] = json!({ "warmup": "omit" });
        request
    });
    assert_eq!(omit.unwrap()["scalars"]["date"][0], json!(date(59)));
}

#[test]
fn a_book_of_one_asset_is_never_normal() {
    let answer = ask("risk", &market(150, 1)).unwrap();
    assert!(answer["regimes"]["regime"].as_array().unwrap().iter().all(Value::is_null));
    assert!(numbers(&answer["scalars"]["scalar"]).iter().all(|scalar| *scalar == 0.55));
    assert_eq!(answer["warnings"][0]["code"], "fail_safe");
}

#[test]
fn a_missing_day_is_held_and_a_missing_fortnight_fails_safe() {
    let mut request = market(160, 3);
    request["portfolio_returns"]["p"] = series((0..160).filter(|i| *i != 80 && !(140..154).contains(i)), 0);
    let answer = ask("risk", &request).unwrap();
    let basis = |i: usize| answer["regimes"]["basis"][i].as_str().unwrap().to_owned();
    assert_eq!((basis(79), basis(80), basis(81)), ("state".into(), "held".into(), "state".into()));
    // Day 139 is known; five days are held, and then not knowing is not calm.
    assert_eq!((basis(144), basis(145)), ("held".into(), "fail_safe".into()));
    assert!(["STRESS", "CRISIS"].contains(&answer["regimes"]["regime"][150].as_str().unwrap()));
    // After fourteen missing days twenty returns reach over 34: the window is stale, and says so.
    assert!(answer["state"]["unknown"].as_array().unwrap().iter().any(|span| span["code"] == "stale"));
    assert!(answer["warnings"].as_array().unwrap().iter().any(|warning| warning["code"] == "fail_safe"));
}

#[test]
fn nan_and_contradictions_are_refused_at_the_boundary() {
    let mut request = market(70, 2);
    request["portfolio_returns"]["p"][3][1] = json!("NaN");
    assert_eq!(ask("risk", &request).unwrap_err(), ["/portfolio_returns/p/3/1 not_finite"]);
    assert_eq!(ask("risk", &json!({ "version": 1 })).unwrap_err(), [" missing_field"]);
    let two = json!({ "version": 1, "scalars": { "date": [], "scalar": [] }, "regimes": { "date": [], "regime": [] } });
    assert_eq!(ask("risk", &two).unwrap_err(), ["/regimes conflict", "/scalars conflict"][1..]);
    let wat = json!({ "version": 1, "regimes": { "date": [date(0)], "regime": ["WAT"] } });
    assert_eq!(ask("risk", &wat).unwrap_err(), ["/regimes/regime/0 unknown_choice"]);
    let raised = json!({ "version": 1, "scalars": { "date": [date(0), date(0)], "scalar": [1.5, 0.0] } });
    assert_eq!(
        ask("risk", &raised).unwrap_err(),
        ["/scalars/scalar/0 out_of_range", "/scalars/scalar/1 out_of_range", "/scalars/date/1 duplicate"]
    );
}

#[test]
fn nothing_runs_unscaled_by_accident() {
    let weights = json!({ "A": [[date(0), 0.5], [date(7), 0.5]] });
    let precomputed = |scalars: &str, meta: Value| json!({ "version": 1, "weights": weights, "config": { "mode": "precomputed" }, "precomputed": { "scalars": scalars, "meta": meta } });
    // Missing.
    let none = json!({ "version": 1, "weights": weights, "config": { "mode": "precomputed" } });
    assert_eq!(ask("risk", &none).unwrap_err(), [" missing_field"]);
    // Without its meta file.
    let text = format!("date,risk_scalar_applied\n{},0.7\n{},0.6\n", date(0), date(7));
    assert_eq!(ask("risk", &precomputed(&text, Value::Null)).unwrap_err(), ["/precomputed/meta missing_field"]);
    let meta = |text: &str, universe: &str| {
        let digest = allocator_core::wire::Digest::of(text.as_bytes());
        json!(json!({ "rows": 2, "sha256": digest.to_string(), "universe": [universe] }).to_string())
    };
    // As it should be: the scalars of the file.
    let answer = ask("risk", &precomputed(&text, meta(&text, "A"))).unwrap();
    assert_eq!(numbers(&answer["weights"]["weights"]["A"]), [0.35, 0.3]);
    // From another universe, cut short, stale, unsorted.
    assert_eq!(ask("risk", &precomputed(&text, meta(&text, "B"))).unwrap_err(), ["/precomputed/meta#universe scalar_file"]);
    let cut = &text[..text.len() - 8];
    assert!(ask("risk", &precomputed(cut, meta(&text, "A"))).is_err());
    let old = String::from("date,risk_scalar_applied\n2010-01-01,0.7\n2010-01-08,0.6\n");
    assert_eq!(ask("risk", &precomputed(&old, meta(&old, "A"))).unwrap_err(), ["/precomputed/scalars stale"]);
    let unsorted = format!("date,risk_scalar_applied\n{},0.7\n{},0.6\n", date(7), date(0));
    assert_eq!(ask("risk", &precomputed(&unsorted, meta(&unsorted, "A"))).unwrap_err(), ["/precomputed/scalars:3:1 unsorted"]);
    // A file in another mode is a contradiction, not a detail.
    let mut compute = market(70, 2);
    compute["precomputed"] = json!({ "scalars": text });
    assert_eq!(ask("risk", &compute).unwrap_err(), ["/precomputed conflict"]);
}

#[test]
fn every_fault_of_a_file_of_scalars_is_refused_at_its_place() {
    let rows = |rows: &[(usize, &str)]| {
        let row = |(i, scalar): &(usize, &str)| format!("{},{scalar}\n", date(*i));
        format!("date,risk_scalar_applied\n{}", rows.iter().map(row).collect::<String>())
    };
    let good = rows(&[(0, "0.7"), (7, "0.6")]);
    let meta = |text: &str| {
        let count = text.lines().count().saturating_sub(1);
        let digest = allocator_core::wire::Digest::of(text.as_bytes()).to_string();
        json!({ "rows": count, "run_id": "base", "sha256": digest, "universe": ["A", "B"] })
    };
    let asked = |text: &str, meta: &Value, settings: Value, symbol: &str| {
        let mut config = json!({ "mode": "precomputed", "precomputed_run_id": "base" });
        config.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
        let mut precomputed = json!({ "scalars": text });
        if !meta.is_null() {
            precomputed["meta"] = json!(meta.to_string());
        }
        ask(
            "risk",
            &json!({ "version": 1, "config": config, "weights": { symbol: [[date(0), 0.5], [date(7), 0.5]] }, "precomputed": precomputed }),
        )
    };
    let answer = asked(&good, &meta(&good), json!({}), "A").unwrap();
    assert_eq!(numbers(&answer["exposure"]["scalar"]), [0.7, 0.6]);
    let refused = |text: &str, meta: &Value, wanted: &str| {
        assert_eq!(asked(text, meta, json!({}), "A").unwrap_err(), [wanted], "{text}");
    };
    for (text, wanted) in [
        ("", "/precomputed/scalars empty"),
        ("date,risk_scalar_applied\n", "/precomputed/scalars empty"),
        ("date,scalar\n2020-01-01,0.7\n", "/precomputed/scalars:1:1 missing_column"),
    ] {
        refused(text, &meta(text), wanted);
    }
    for (given, wanted) in [
        ([(0, "0.7"), (7, "")], "/precomputed/scalars:3:2 not_finite"),
        ([(0, "0.7"), (7, "NaN")], "/precomputed/scalars:3:2 not_finite"),
        ([(0, "0.7"), (7, "0")], "/precomputed/scalars:3:2 out_of_range"),
        ([(0, "0.7"), (7, "1.01")], "/precomputed/scalars:3:2 out_of_range"),
        ([(0, "0.7"), (7, "high")], "/precomputed/scalars:3:2 invalid_cell"),
        ([(7, "0.7"), (0, "0.6")], "/precomputed/scalars:3:1 unsorted"),
        ([(7, "0.7"), (7, "0.6")], "/precomputed/scalars:3:1 duplicate"),
    ] {
        let text = rows(&given);
        refused(&text, &meta(&text), wanted);
    }
    refused(
        &good.replace(&date(7), "yesterday"),
        &meta(&good.replace(&date(7), "yesterday")),
        "/precomputed/scalars:3:1 invalid_date",
    );
    // Cut in the middle of a row, and after a whole one, which only the meta file can tell.
    let cut = &good[..good.len() - 5];
    refused(cut, &meta(cut), "/precomputed/scalars:3:1 broken_row");
    let whole = rows(&[(0, "0.7")]);
    let found = asked(&whole, &meta(&good), json!({}), "A").unwrap_err();
    assert_eq!(found, ["/precomputed/scalars#rows scalar_file", "/precomputed/scalars#sha256 scalar_file"]);
    // Another value of the same length.
    refused(&good.replace("0.6", "0.9"), &meta(&good), "/precomputed/scalars#sha256 scalar_file");
    refused(&good, &Value::Null, "/precomputed/meta missing_field");
    let mut other = meta(&good);
    other["run_id"] = json!("older");
    refused(&good, &other, "/precomputed/meta#run_id scalar_file");
    let mut bare = meta(&good);
    bare.as_object_mut().unwrap().remove("universe");
    refused(&good, &bare, "/precomputed/meta#universe scalar_file");
    assert_eq!(asked(&good, &meta(&good), json!({}), "C").unwrap_err(), ["/precomputed/meta#universe scalar_file"]);
    // Two days old at the second rebalance, and one is allowed.
    let early = rows(&[(0, "0.7"), (5, "0.6")]);
    assert_eq!(asked(&early, &meta(&early), json!({ "stale_days_max": 1 }), "A").unwrap_err(), ["/precomputed/scalars stale"]);
    // Rebalances before the file begins have no scalar: what stands in for it is a setting, and running unscaled is said.
    let late = rows(&[(5, "0.7"), (7, "0.6")]);
    let answer = asked(&late, &meta(&late), json!({}), "A").unwrap();
    assert_eq!(numbers(&answer["exposure"]["scalar"]), [1.0, 0.6]);
    assert_eq!((&answer["warnings"][0]["path"], &answer["warnings"][0]["code"]), (&json!("/weights"), &json!("stale")));
    let answer = asked(&late, &meta(&late), json!({ "apply_missing_scalar_as": 0.5 }), "A").unwrap();
    assert_eq!((numbers(&answer["exposure"]["scalar"]), answer["warnings"].as_array().unwrap().len()), (vec![0.5, 0.6], 0));
}

#[test]
fn a_regime_set_by_hand_overrides_the_state_and_is_in_the_digest() {
    let mut request = market(120, 3);
    request["weights"] = json!({ "A0": [[date(70), 0.5], [date(77), 0.5], [date(84), 0.5]] });
    let free = ask("risk", &request).unwrap();
    request["config"] = json!({ "override_regime": "CRISIS" });
    let forced = ask("risk", &request).unwrap();
    assert!(numbers(&forced["scalars"]["scalar"]).iter().all(|scalar| *scalar == 0.3));
    assert_eq!(numbers(&forced["weights"]["weights"]["A0"])[1..], [0.15, 0.15]);
    // What was seen stays in the answer beside what was ordered.
    assert_eq!((&forced["state"], &forced["regimes"]), (&free["state"], &free["regimes"]));
    assert_ne!(forced["digest"], free["digest"]);
}

#[test]
fn mode_off_reports_and_leaves_the_weights() {
    let mut request = market(120, 3);
    request["weights"] = json!({ "A0": [[date(10), 0.5], [date(110), -0.25]] });
    let scaled = ask("risk", &request).unwrap();
    assert_eq!(numbers(&scaled["weights"]["weights"]["A0"])[0], 0.5 * 0.55);
    request["config"] = json!({ "enabled": false });
    let off = ask("risk", &request).unwrap();
    assert_eq!(off["mode"], "off");
    assert_eq!(numbers(&off["weights"]["weights"]["A0"]), [0.5, -0.25]);
    assert_eq!(off["exposure"]["scalar"], scaled["exposure"]["scalar"]);
}

#[test]
fn sleeves_follow_by_their_sensitivity() {
    let mut request = market(200, 3);
    request["weights"] = json!({ "A0": [[date(10), 1.0], [date(17), 1.0]], "A1": [[date(10), 1.0], [date(17), 1.0]], "A2": [[date(10), 1.0], [date(17), 1.0]] });
    request["config"] = json!({ "sleeves": {
        "calm": { "assets": ["A0"], "sensitivity": 0.0 }, "half": { "assets": ["A1"], "sensitivity": 0.5 },
    } });
    let answer = ask("risk", &request).unwrap();
    // Warm-up: 0.55 for the portfolio, 1 − 0.5 · 0.45 for the half, 1 for the sleeve that does not follow.
    let at = |symbol: &str| answer["weights"]["weights"][symbol][1].as_f64().unwrap();
    assert_eq!(at("A0"), 1.0);
    assert!((at("A1") - 0.775).abs() < 1e-15);
    assert_eq!(at("A2"), 0.55);
    // So it is at the first rebalance, before anything is known.
    let first = |symbol: &str| answer["weights"]["weights"][symbol][0].as_f64().unwrap();
    assert_eq!((first("A0"), first("A2")), (1.0, 0.55));
    assert!((first("A1") - 0.775).abs() < 1e-15);
    let own = json!({ "sleeves": { "x": { "assets": ["A0"], "own_state": true } } });
    request["config"] = own;
    assert_eq!(ask("risk", &request).unwrap_err(), ["/config/sleeves/x missing_statistics"]);
}

#[test]
fn sleeves_have_thresholds_and_a_state_of_their_own() {
    let mut request = audit_request(200);
    // The sleeve begins forty days later than the portfolio, and the audit ends before its returns do.
    request["sleeve_returns"] = json!({ "late": series(40..200, 2) });
    request["end"] = json!(date(170));
    request["config"]["risk"] = json!({ "sleeves": {
        "blind": { "assets": ["A0"], "thresholds": { "vol_accel_enter": 9.0, "vol_accel_exit": 8.0, "corr_shock_enter": 9.0, "corr_shock_exit": 8.0,
            "dd_enter": -0.9, "dd_exit": -0.8, "dd_stress_enter": -0.95, "dd_crisis_enter": -0.99, "dd_slope_enter": -0.9, "dd_slope_exit": -0.8 } },
        "late": { "assets": ["A1", "A7"], "own_state": true },
    } });
    let answer = ask("audit", &request).unwrap();
    let (blind, late) = (&answer["sleeves"][0], &answer["sleeves"][1]);
    // Thresholds that nothing reaches: full exposure once the state is known, whatever the portfolio does.
    assert!(numbers(&blind["scalars"]["scalar"])[100..].iter().all(|scalar| *scalar > 0.99));
    assert!(numbers(&answer["scalars"]["scalar"])[100..].iter().any(|scalar| *scalar <= 0.55));
    let dates = |table: &Value| -> Vec<String> {
        table["scalars"]["date"].as_array().unwrap().iter().map(|date| date.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((dates(late)[0].clone(), dates(late).last().unwrap().clone()), (date(40), date(170)));
    // The file has the dates of all sleeves, and an empty cell where a sleeve has none.
    let file = answer["artefacts"]["allocator_risk_v1_sleeve_scalars.csv"].as_str().unwrap();
    assert_eq!(file.lines().next(), Some("date,blind,late"));
    let row = |i: usize| {
        file.lines().find(|line| line.starts_with(&date(i))).unwrap_or_default().split(',').map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!((row(39)[2].as_str(), row(40)[2].as_str(), row(170).len(), row(171).len()), ("", "0.55", 3, 1));
    // What is scaled is what the sleeve's own column of applied scalars says.
    let weight = |symbol: &str, i: usize| answer["weights"]["weights"][symbol][i].as_f64().unwrap();
    for (symbol, raw, table) in [("A0", 0.3, blind), ("A1", 0.4, late)] {
        for (i, scalar) in numbers(&table["applied"]["scalar"]).into_iter().enumerate() {
            assert!((weight(symbol, i) - raw * scalar).abs() < 1e-15, "{symbol} {i}");
        }
    }
    assert!(answer["artefacts"]["two_pass_comparison.md"].as_str().unwrap().contains("| late | "));
    // A name that no weight has is told, since its asset would follow the portfolio.
    let warning = &answer["warnings"].as_array().unwrap().iter().find(|warning| warning["code"] == "not_found").unwrap();
    assert_eq!(warning["path"], "/config/risk/sleeves/late/assets/1");
}

#[test]
fn protection_is_shown_with_its_cost_and_is_off_unless_asked_for() {
    let mut request = audit_request(260);
    let plain = ask("audit", &request).unwrap();
    assert!(plain["convexity"].is_null());
    request["config"]["convexity"] = json!({ "enabled": true, "budget": 0.05 });
    let answer = ask("audit", &request).unwrap();
    let report = &answer["convexity"];
    assert!(!report["pieces"].as_array().unwrap().is_empty() && report["premium"].as_f64().unwrap() > 0.0);
    // The passes are what they were: protection is judged beside them.
    assert_eq!((&answer["scaled"], &answer["verdicts"]), (&plain["scaled"], &plain["verdicts"]));
    let better = ["cvar", "max_drawdown", "worst_month"].iter().all(|figure| {
        let pair = numbers(&report[*figure]);
        pair[1] > pair[0]
    });
    assert_eq!(report["adopted"], json!(better));
    let files = &answer["artefacts"];
    assert!(files["two_pass_comparison.md"].as_str().unwrap().contains("## Protection"));
    let comparison: Value = serde_json::from_str(files["two_pass_comparison.json"].as_str().unwrap()).unwrap();
    assert_eq!(&comparison["convexity"], report);
}

fn audit_request(n: usize) -> Value {
    let mut request = market(n, 3);
    let rows = |k: usize| -> Value { (0..n).step_by(7).map(|i| json!([date(i), 0.3 + 0.1 * k as f64])).collect() };
    request.as_object_mut().unwrap().remove("portfolio_returns");
    request["weights"] = json!({ "A0": rows(0), "A1": rows(1), "A2": rows(2) });
    request["config"] = json!({ "artefacts": true, "bootstrap": { "resamples": 200 }, "cost_bps": 2 });
    request
}

#[test]
fn an_audit_has_everything_a_risk_officer_signs() {
    let answer = ask("audit", &audit_request(260)).unwrap();
    assert_eq!(answer["comparison"].as_array().unwrap().len(), 6);
    assert_eq!(answer["verdicts"].as_array().unwrap().len(), 13);
    let files = answer["artefacts"].as_object().unwrap();
    for name in [
        "allocator_state_v1.csv",
        "allocator_state_v1_meta.json",
        "allocator_regime_v1.csv",
        "allocator_regime_v1_meta.json",
        "allocator_risk_v1.csv",
        "allocator_risk_v1_meta.json",
        "allocator_risk_v1_applied.csv",
        "allocator_risk_v1_applied_meta.json",
        "allocator_risk_v1_applied_source.csv",
        "allocator_risk_v1_applied_used.csv",
        "allocator_precomputed_meta.json",
        "weights_raw.csv",
        "weights_scaled.csv",
        "allocator_scalars_at_rebalances.csv",
        "two_pass_comparison.json",
        "two_pass_comparison.md",
    ] {
        assert!(files.contains_key(name), "{name}");
    }
    // What the file holds is what was used, at the same dates: the recorded look-ahead is this equality broken.
    let body = |name: &str| files[name].as_str().unwrap().lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(body("allocator_risk_v1_applied_source.csv"), body("allocator_risk_v1_applied_used.csv"));
    assert_eq!(body("allocator_risk_v1_applied.csv").len(), 38);
    // The scaled pass falls less in the crash, by the interval's own word.
    let of = |figure: &str| answer["comparison"].as_array().unwrap().iter().find(|row| row["figure"] == figure).unwrap().clone();
    assert!(of("volatility")["delta"].as_f64().unwrap() < 0.0 && of("volatility")["interval"]["distinct"] == json!(true));
    assert!(of("max_drawdown")["delta"].as_f64().unwrap() > 0.0);
    let transitions: u64 = answer["transitions"].as_array().unwrap().iter().map(|row| row["count"].as_u64().unwrap()).sum();
    assert!(transitions > 0);
    // What explains a cut was known before it.
    let events = answer["events"].as_array().unwrap();
    let known =
        |row: &Value| row["event"]["known_at"].as_str().is_none_or(|known| known < row["event"]["date"].as_str().unwrap());
    assert!(!events.is_empty() && events.iter().all(known), "{events:?}");
}

#[test]
fn an_audit_runs_no_rebalance_unscaled_before_anything_is_known() {
    let answer = ask("audit", &audit_request(260)).unwrap();
    // The first rebalance has none before it, the second one from before the first return: both at the warm-up scalar.
    let basis: Vec<&str> =
        answer["exposure"]["basis"].as_array().unwrap().iter().take(3).map(|basis| basis.as_str().unwrap()).collect();
    assert_eq!(basis, ["first", "missing", "scalar"]);
    assert!(numbers(&answer["exposure"]["scalar"])[..9].iter().all(|scalar| *scalar == 0.55));
}

#[test]
fn scalars_that_are_too_old_are_bounded_and_said() {
    let mut request = audit_request(260);
    // Returns end on day 259; the last two decisions look back further than 35 days.
    for symbol in ["A0", "A1", "A2"] {
        request["weights"][symbol].as_array_mut().unwrap().extend([300, 307, 314].map(|i| json!([date(i), 0.2])));
    }
    let answer = ask("audit", &request).unwrap();
    let basis: Vec<&str> =
        answer["exposure"]["basis"].as_array().unwrap().iter().rev().take(3).map(|basis| basis.as_str().unwrap()).collect();
    assert_eq!(basis, ["stale", "stale", "scalar"]);
    assert!(
        answer["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|warning| warning["message"].as_str().unwrap().starts_with("2 rebalances found no scalar"))
    );
}

#[test]
fn windows_are_judged_on_judged_days_alone() {
    let mut request = audit_request(260);
    let windows = json!([{ "name": "crash", "start": date(100), "end": date(129) }]);
    request["config"]["stress_windows"] = windows;
    let whole = ask("audit", &request).unwrap();
    assert_eq!((&whole["windows"][0]["flagged"], &whole["windows"][0]["days"]), (&json!(true), &json!(30)));
    let known = |i: usize| whole["regimes"]["date"].as_array().unwrap().contains(&json!(date(i)));
    assert!(known(100) && known(129));
    // From day 150 on the crash is history that warms the state up, and nothing that is judged.
    request["start"] = json!(date(150));
    let later = ask("audit", &request).unwrap();
    assert_eq!((&later["windows"][0]["flagged"], &later["windows"][0]["days"]), (&Value::Null, &json!(0)));
    let rule = later["verdicts"].as_array().unwrap().iter().find(|rule| rule["rule"] == "stress_windows").unwrap().clone();
    assert_eq!(rule["verdict"], Value::Null);
}

#[test]
fn a_later_run_can_use_the_artefacts_of_an_audit() {
    let request = audit_request(260);
    let answer = ask("audit", &request).unwrap();
    let files = &answer["artefacts"];
    let scaled = ask(
        "risk",
        &json!({
            "version": 1, "weights": request["weights"],
            "config": { "mode": "precomputed", "precomputed_run_id": "baseline" },
            "precomputed": { "scalars": files["allocator_risk_v1_applied.csv"], "meta": files["allocator_risk_v1_applied_meta.json"] },
        }),
    )
    .unwrap();
    assert_eq!(scaled["weights"], answer["weights"]);
}

#[test]
fn start_moves_what_is_judged_and_keeps_the_warm_up() {
    let mut request = audit_request(260);
    request["start"] = json!(date(100));
    request["end"] = json!(date(200));
    let answer = ask("audit", &request).unwrap();
    assert_eq!(answer["curves"]["date"].as_array().unwrap().len(), 102);
    assert_eq!(answer["curves"]["date"][0], json!(date(99)));
    assert_eq!(answer["curves"]["date"][101], json!(date(200)));
    assert!(answer["regime_distribution"].as_array().unwrap().iter().all(|row| !row["regime"].is_null()));
    // Nothing after the end is anywhere in the answer.
    let last = answer["scalars"]["date"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last, json!(date(200)));
}

#[test]
fn an_audit_refuses_what_it_cannot_judge() {
    let mut request = audit_request(100);
    request["weights"]["B"] = json!([[date(0), 0.1]]);
    request["config"]["risk"] = json!({ "mode": "off" });
    request["scaled_run"] = json!("baseline");
    request["start"] = json!(date(50));
    request["end"] = json!(date(40));
    assert_eq!(
        ask("audit", &request).unwrap_err(),
        ["/config/risk/mode conflict", "/weights/B not_found", "/scaled_run duplicate", "/end conflict"]
    );
    let mut ruined = audit_request(140);
    ruined["weights"] = json!({ "A0": [[date(0), 60.0]] });
    assert_eq!(ask("audit", &ruined).unwrap_err(), ["/weights impossible_value"]);
    let mut early = audit_request(100);
    early["weights"] = json!({ "A0": [[date(99), 0.1]] });
    assert_eq!(ask("audit", &early).unwrap_err(), ["/asset_returns empty"]);
}

#[test]
fn tuning_judges_out_of_sample_and_says_when_it_cannot() {
    let mut request = market(400, 3);
    request["config"] = json!({ "folds": 3, "dd_enter": [-0.1], "dd_slope_enter": [-0.06], "corr_shock_enter": [0.1, 0.2] });
    let answer = ask("tune", &request).unwrap();
    assert_eq!(answer["folds"].as_array().unwrap().len(), 3);
    assert_eq!(answer["candidates_tried"], 8);
    let losses: Vec<f64> =
        answer["candidates"].as_array().unwrap().iter().map(|row| row["behaviour"]["loss"].as_f64().unwrap()).collect();
    assert!(losses.windows(2).all(|pair| pair[0] <= pair[1]));
    let advised = answer["loss_chosen"].as_f64().unwrap() < answer["loss_present"].as_f64().unwrap();
    assert!(advised || answer["advised"] == json!(false));
    assert_eq!(ask("tune", &market(40, 3)).unwrap_err(), ["/portfolio_returns insufficient_history"]);
    request["config"]["vol_accel_enter"] = json!([0.9]);
    assert_eq!(ask("tune", &request).unwrap_err(), ["/config/vol_accel_enter/0 out_of_range"]);
}

#[test]
fn position_limits_close_what_is_no_target() {
    let request = json!({ "version": 1, "target": { "A": 0.6 }, "previous": { "B": 0.4 }, "config": { "turnover_max": 0.5 } });
    let answer = ask("position_limits", &request).unwrap();
    assert_eq!(answer["weights"][1]["closing"], json!(true));
    assert!((answer["weights"][1]["weight"].as_f64().unwrap() - 0.2).abs() < 1e-15);
    assert!(answer["turnover"].as_f64().unwrap() <= 0.5);
    let wrong = json!({ "version": 1, "target": { "A": 1e300 }, "config": { "gross_max": 0, "weight_min": 0.1 } });
    assert_eq!(
        ask("position_limits", &wrong).unwrap_err(),
        ["/config/gross_max out_of_range", "/config/weight_min out_of_range", "/target/A out_of_range"]
    );
}

#[test]
fn work_out_of_all_proportion_is_refused() {
    // Few values, a huge table: every symbol is decided on dates of its own.
    let mut request = audit_request(60);
    let rows = |k: usize| -> Value { (0..1_300).map(|i| json!([date(k * 1_300 + i), 0.001])).collect() };
    request["weights"] = (0..60).map(|k| (format!("W{k}"), rows(k))).collect::<serde_json::Map<_, _>>().into();
    request["config"]["bootstrap"]["resamples"] = json!(20_000);
    let refused = ask("audit", &request).unwrap_err();
    assert_eq!(refused[0], "/weights limit_exceeded");
    let mut long = audit_request(6_000);
    long["config"]["bootstrap"]["resamples"] = json!(20_000);
    assert_eq!(ask("audit", &long).unwrap_err(), ["/config/bootstrap/resamples limit_exceeded"]);
    let mut wide = market(2_500, 2);
    let many: Vec<f64> = (0..1_000).map(|i| 1.2 + f64::from(i) * 1e-4).collect();
    wide["config"] = json!({ "vol_accel_enter": many, "corr_shock_enter": [0.1], "dd_enter": [-0.1], "dd_slope_enter": [-0.06] });
    assert_eq!(ask("tune", &wide).unwrap_err(), ["/config limit_exceeded"]);
}

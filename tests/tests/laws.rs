//! Laws that hold for every request, each tried on ten thousand generated ones.

use allocator_core::wire::{Digest, to_canonical_bytes};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::contract::{answer, items, number, reply};
use tests::engine::{Native, Request};
use tests::generate;
use tests::random::Random;

const CASES: u64 = 10_000;
const SEED: u64 = 271_828;

/// Answered blends: refused ones (an infeasible cap, a missing statistic) do not count.
fn answered_blends(seed: u64, mut law: impl FnMut(&Value, &Value, &mut Random)) {
    let mut answered = 0;
    for case in 0..CASES * 3 {
        let random = &mut Random::for_case(seed, case);
        let request = generate::blend::blend(random);
        if let Ok(answer) = reply("blend", &request) {
            law(&request, &answer, random);
            answered += 1;
            if answered == CASES {
                return;
            }
        }
    }
    panic!("only {answered} blends were answered");
}

/// What every law says when it is broken.
macro_rules! law {
    ($holds:expr, $law:expr, $request:expr, $($detail:tt)*) => {
        assert!($holds, "{}: {}\n{}", $law, format_args!($($detail)*), $request)
    };
}

fn f64_of(value: &Value) -> Option<f64> {
    value.as_f64()
}

/// B6, B7, B11 and behaviour 1 to 3 of the specification.
#[test]
fn caps_are_hard_and_every_weight_is_the_sum_of_its_parts() {
    answered_blends(SEED, |request, answer, _| {
        let config = &request["config"];
        let mut held: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
        let mut before = (f64::INFINITY, String::new());
        for row in items(&answer["weights"]) {
            let (symbol, weight) = (row["symbol"].as_str().unwrap(), number(&row["final_weight"]));
            let mut sum = 0.0;
            for part in items(&row["contributions"]) {
                let [raw, normalised, capped, freed, scaled, value] =
                    ["raw", "normalised", "capped", "redistributed", "scaled", "value"].map(|field| number(&part[field]));
                law!((normalised + capped + freed) + scaled == value, "parts sum to the value", request, "{symbol}: {part}");
                law!(value * raw >= 0.0 && normalised * raw >= 0.0, "signs never flip", request, "{symbol}: {part}");
                law!(
                    capped * raw <= 0.0 && freed * raw >= 0.0 && scaled * raw <= 0.0,
                    "caps take and freed weight gives",
                    request,
                    "{symbol}: {part}"
                );
                sum += value;
                held.entry(part["strategy"].as_str().unwrap().to_owned()).or_default().push((symbol.to_owned(), value));
            }
            law!(sum == weight, "values sum to the final weight", request, "{symbol}: {sum} is not {weight}");
            if let Some(cap) = f64_of(&config["symbol_max"]) {
                law!(weight.abs() <= cap, "symbol_max holds", request, "{symbol}: {weight} above {cap}");
            }
            let names = |field: &Value| items(field).map(|name| name.as_str().unwrap().to_owned()).collect::<Vec<_>>();
            let parts: Vec<String> =
                items(&row["contributions"]).map(|part| part["strategy"].as_str().unwrap().to_owned()).collect();
            law!(
                names(&row["contributing_strategies"]) == parts && parts.is_sorted(),
                "contributors are the parts",
                request,
                "{row}"
            );
            let here = (weight.abs(), symbol.to_owned());
            law!(
                before.0 > here.0 || (before.0 == here.0 && before.1 < here.1),
                "largest first, then by symbol",
                request,
                "{symbol}"
            );
            before = here;
        }
        for line in items(&answer["strategies"]) {
            let mut mine = held.remove(line["strategy"].as_str().unwrap()).unwrap_or_default();
            mine.sort_by(|a, b| a.0.cmp(&b.0));
            let gross: f64 = mine.iter().map(|(_, value)| value.abs()).sum();
            law!(gross == number(&line["gross"]), "gross is the sum of its parts", request, "{gross} in {line}");
            if let Some(cap) = f64_of(&line["cap"]) {
                law!(gross <= cap, "the cap of a strategy holds", request, "{gross} above {cap}: {line}");
            }
        }
        law!(held.is_empty(), "only declared strategies contribute", request, "{held:?}");
    });
}

/// B6 and B7: the whole.
#[test]
fn totals_stay_within_limits_and_cash_is_explained() {
    answered_blends(SEED + 1, |request, answer, _| {
        let (config, totals) = (&request["config"], &answer["totals"]);
        let weights: Vec<f64> = items(&answer["weights"]).map(|row| number(&row["final_weight"])).collect();
        let gross: f64 = weights.iter().map(|weight| weight.abs()).sum();
        let net: f64 = weights.iter().sum();
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-12;
        law!(
            near(gross, number(&totals["gross"])) && near(net, number(&totals["net"])),
            "totals are those of the weights",
            request,
            "{totals}"
        );
        law!(near(number(&totals["long"]) + number(&totals["short"]), net), "long and short make the net", request, "{totals}");
        law!(gross <= number(&totals["target"]) + 1e-12, "never more than the target", request, "{totals}");
        law!(near(1.0 - gross, number(&totals["cash"])), "cash is what is not placed", request, "{totals}");
        let explained: f64 = items(&totals["cash_reasons"]).map(|reason| number(&reason["amount"])).sum();
        law!(near(explained, number(&totals["cash"])), "the reasons sum to the cash", request, "{totals}");
        let reserve = f64_of(&config["cash_reserve"]).unwrap_or(0.0);
        law!(reserve == 0.0 || number(&totals["cash"]) >= reserve - 1e-12, "a declared reserve survives", request, "{totals}");
        if let Some(limit) = f64_of(&config["gross_max"]) {
            law!(gross <= limit + 1e-12, "gross_max holds", request, "{gross} above {limit}");
        }
        for (name, sign) in [("net_max", 1.0), ("net_min", -1.0)] {
            if let Some(limit) = f64_of(&config[name]) {
                // A limit that the long side alone cannot meet without growing is met as far as cutting goes.
                let beyond = sign * (net - limit);
                let possible = if sign > 0.0 { limit >= 0.0 } else { limit <= 0.0 };
                law!(beyond <= 1e-12 || !possible, name, request, "net {net}, limit {limit}");
            }
        }
        if let Some(most) = f64_of(&config["positions_max"]) {
            let held = weights.iter().filter(|weight| **weight != 0.0).count();
            law!(held as f64 <= most, "positions_max holds", request, "{held} positions");
        }
        let groups: BTreeMap<String, String> = serde_json::from_value(config["groups"].clone()).unwrap_or_default();
        for (group, limit) in config["group_max"].as_object().into_iter().flatten() {
            let members = items(&answer["weights"]).filter(|row| groups.get(row["symbol"].as_str().unwrap()) == Some(group));
            let gross: f64 = members.flat_map(|row| items(&row["contributions"])).map(|part| number(&part["value"]).abs()).sum();
            law!(gross <= number(limit) + 1e-12, "group_max holds", request, "{group}: {gross} above {limit}");
        }
        if let Some(lots) = config["lots"].as_object() {
            for row in items(&answer["weights"]) {
                let price = number(&lots["prices"][row["symbol"].as_str().unwrap()]);
                let count = number(&row["final_weight"]) * number(&lots["capital"]) / price / number(&lots["lot_size"]);
                law!((count - count.round()).abs() < 1e-6, "whole lots", request, "{count} lots: {row}");
            }
        }
    });
}

/// C2: anyone can check the digest; it depends on every weight.
#[test]
fn the_digest_is_the_published_formula_and_sees_every_weight() {
    answered_blends(SEED + 2, |request, answer, random| {
        let body = request.to_string();
        let canonical = allocator_core::op::canonical_request("blend", body.as_bytes()).unwrap();
        let mut result = answer.clone();
        let digest = result.as_object_mut().unwrap().remove("digest").unwrap();
        let mut text = b"blend\n".to_vec();
        text.extend(&canonical);
        text.push(b'\n');
        text.extend(to_canonical_bytes(&result).unwrap());
        law!(
            digest == Digest::of(&text).to_string(),
            "the digest is SHA-256 over operation, request and result",
            request,
            "{digest}"
        );
        // The canonical request is a request, and the same one.
        let again = allocator_core::op::run("blend", &canonical).unwrap();
        law!(
            serde_json::from_slice::<Value>(&again).unwrap() == *answer,
            "the canonical request gives the same answer",
            request,
            ""
        );

        let mut other = request.clone();
        let ids: Vec<String> = request["signals"].as_object().unwrap().keys().cloned().collect();
        let rows = other["signals"][random.pick(&ids)].as_array_mut().unwrap();
        if rows.is_empty() {
            return;
        }
        let row = random.below(rows.len());
        rows[row][2] = json!(number(&rows[row][2]) * 1.5 + 0.125);
        if let Ok(changed) = reply("blend", &other) {
            law!(changed["digest"] != digest, "another weight gives another digest", request, "row {row}");
        }
    });
}

/// B1: ranks are what counts, not scores; B3: sizes inside a strategy are what counts, not their scale.
#[test]
fn scale_does_not_matter() {
    answered_blends(SEED + 3, |request, answer, random| {
        let config = &request["config"];
        let ranked = config["method"] == "rank_aggregation" && config["rows"] != "weights" || config["rows"] == "ranks";
        let factor: f64 = *random.pick(&[0.25, 2.0, 64.0, 1024.0]);
        let mut other = request.clone();
        let by_score = config["method"] == "score" || config["min_score"].is_number();
        let column = if ranked && !by_score { 1 } else { 2 };
        for rows in other["signals"].as_object_mut().unwrap().values_mut() {
            for row in rows.as_array_mut().unwrap() {
                row[column] = json!(number(&row[column]) * factor);
            }
        }
        let changed = tests::contract::answer("blend", &other);
        let weights = |answer: &Value| -> Vec<(String, f64)> {
            items(&answer["weights"])
                .map(|row| (row["symbol"].as_str().unwrap().to_owned(), number(&row["final_weight"])))
                .collect()
        };
        law!(weights(answer) == weights(&changed), "scaling changes nothing", request, "column {column} times {factor}");
    });
}

/// B6: with freed weight redistributed, more room never places less.
#[test]
fn a_higher_cap_never_places_less() {
    for case in 0..CASES {
        let random = &mut Random::for_case(SEED + 4, case);
        let mut signals = serde_json::Map::new();
        for s in 0..random.between(2, 6) {
            let rows: Vec<Value> =
                (0..random.between(1, 6)).map(|j| json!([format!("S{j}"), random.bell(), random.range(0.01, 1.0)])).collect();
            signals.insert(format!("s{s}"), rows.into());
        }
        let (low, high) = (random.unit(), random.unit());
        let placed = |cap: f64| {
            let request = json!({ "version": 1, "signals": signals, "config": { "per_strategy_max": cap } });
            number(&answer("blend", &request)["totals"]["gross"])
        };
        let (less, more) = (placed(low.min(high)), placed(low.max(high)));
        assert!(less <= more + 1e-12, "cap {low} and {high}: {less} above {more}");
    }
}

/// C4: whatever comes in, a problem comes out and no panic.
#[test]
fn hostile_text_is_refused_without_a_panic() {
    let pieces: &[&[u8]] = &[
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b":",
        b"\"",
        b"null",
        b"1e999",
        b"-",
        b"\xff",
        b"\\u0000",
        b"NaN",
        b"[[[[[[[[",
        b"0.",
        b"\0",
    ];
    let mut refused = 0;
    for case in 0..CASES {
        let mut request = generate::pair(SEED + 5, case).request;
        let random = &mut Random::for_case(SEED + 6, case);
        for _ in 0..random.between(1, 3) {
            let at = random.below(request.body.len());
            match random.below(4) {
                0 => drop(request.body.splice(at..at, random.pick(pieces).iter().copied())),
                1 => request.body[at] = random.bits() as u8,
                2 => drop(request.body.drain(at..(at + 9).min(request.body.len()))),
                _ => {
                    let end = random.between(at, request.body.len());
                    let copy: Vec<u8> = request.body[at..end.min(at + 200)].to_vec();
                    drop(request.body.splice(at..at, copy));
                }
            }
            if request.body.is_empty() {
                break;
            }
        }
        let text = |request: &Request| String::from_utf8_lossy(&request.body).into_owned();
        let reply = Native::carry_out(&request).unwrap_or_else(|broken| panic!("case {case}: {broken}\n{}", text(&request)));
        if reply.refused {
            refused += 1;
            let problem: Value = serde_json::from_slice(&reply.bytes).unwrap();
            assert_ne!(problem["code"], "internal", "case {case}: {problem}\n{}", text(&request));
            assert!(
                !problem["message"].as_str().unwrap().is_empty() && !problem["hint"].as_str().unwrap().is_empty(),
                "{problem}"
            );
        }
    }
    assert!(refused > CASES / 2, "only {refused} were refused");
}

/// B9: what a correlation is, and C5: what is unknown says why.
#[test]
fn correlations_are_correlations_and_unknowns_say_why() {
    for case in 0..CASES {
        let request = generate::correlation::correlation(&mut Random::for_case(SEED + 7, case));
        let Ok(answer) = reply("correlation", &request) else { continue };
        let text = &request;
        for pair in items(&answer["pairs"]) {
            law!(pair["a"].as_str() < pair["b"].as_str(), "names in order", text, "{pair}");
            let unknown: Vec<&str> = items(&pair["unknown"]).filter_map(|line| line["figure"].as_str()).collect();
            for figure in ["value", "low", "high", "p_value"] {
                law!(
                    pair[figure].is_null() == unknown.contains(&figure),
                    "null exactly where a reason stands",
                    text,
                    "{figure} of {pair}"
                );
            }
            if let Some(value) = f64_of(&pair["value"]) {
                law!(value.abs() <= 1.0, "from -1 to 1", text, "{pair}");
                let inside =
                    f64_of(&pair["low"]).is_none_or(|low| low <= value) && f64_of(&pair["high"]).is_none_or(|high| value <= high);
                law!(inside, "inside its interval", text, "{pair}");
                law!(f64_of(&pair["p_value"]).is_none_or(|p| (0.0..=1.0).contains(&p)), "a probability", text, "{pair}");
            }
        }
        for alert in items(&answer["alerts"]) {
            law!(
                number(&alert["value"]).abs() > number(&alert["threshold"]),
                "alerts lie strictly above the threshold",
                text,
                "{alert}"
            );
        }
    }
}

/// K11: what performance figures cannot be, and C5.
#[test]
fn figures_stay_in_their_range_and_unknowns_say_why() {
    for case in 0..CASES {
        let request = generate::metrics::metrics(&mut Random::for_case(SEED + 8, case));
        let Ok(answer) = reply("metrics", &request) else { continue };
        let text = &request;
        for series in items(&answer["series"]) {
            let unknown: Vec<&str> = items(&series["unknown"]).filter_map(|line| line["figure"].as_str()).collect();
            for (figure, value) in series.as_object().unwrap() {
                // What was not asked for is null as well, and nothing needs to say why.
                let asked =
                    !matches!(figure.as_str(), "account" | "benchmark" | "curves" | "rolling" | "first_date" | "last_date");
                law!(
                    !asked || value.is_null() == unknown.contains(&figure.as_str()),
                    "null exactly where a reason stands",
                    text,
                    "{figure}"
                );
            }
            let within =
                |figure: &str, low: f64, high: f64| f64_of(&series[figure]).is_none_or(|value| (low..=high).contains(&value));
            law!(within("max_drawdown", -1.0, 0.0) && within("current_drawdown", -1.0, 0.0), "drawdowns", text, "{series}");
            law!(within("win_rate", 0.0, 1.0) && within("volatility", 0.0, f64::MAX), "rates and volatility", text, "{series}");
            if let (Some(var), Some(tail)) = (f64_of(&series["var_gaussian"]), f64_of(&series["cvar_gaussian"])) {
                law!(tail <= var, "the tail's mean lies beyond its edge", text, "{tail} {var}");
            }
        }
    }
}

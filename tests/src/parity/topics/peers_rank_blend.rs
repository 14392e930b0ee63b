//! Peers: ranks blended under named variants, `rank_blend.json`.

use super::Skipped;
use crate::parity::Bench;
use crate::parity::case::Case;
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const TOLERANCE: Tolerance = Tolerance::Absolute(1e-12);

/// One variant of one set of signals.
pub(super) fn variant(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<Skipped, Finding> {
    let uncapped = json!(1.0);
    let config = match case.function.as_str() {
        "A_rank_over_n__missing_is_0" => json!({ "rank_transform": "fraction", "missing": "zero" }),
        "A_rank_over_n__mean_over_present" => json!({ "rank_transform": "fraction", "missing": "mean" }),
        "B_minmax_rank__missing_is_0" => json!({ "rank_transform": "zero_one", "missing": "zero" }),
        "B_minmax_rank__mean_over_present" => json!({ "rank_transform": "zero_one", "missing": "mean" }),
        "C_rank_weights_equal_strategies" | "contributing_strategies" => json!({ "rank_transform": "rank_sum" }),
        "C_rank_weights_given_strategies" => {
            json!({ "rank_transform": "rank_sum", "rows": "ranks", "method": "fixed", "strategy_weights": case.input["strategy_weights"] })
        }
        "C_rank_weights_inverse_vol_strategies" | "inverse_vol_strategy_weights" => {
            json!({ "rank_transform": "rank_sum", "rows": "ranks", "method": "inverse_vol" })
        }
        "C_rank_weights_inverse_vol_cap40_waterfill" | "inverse_vol_strategy_weights_cap40_waterfill" => {
            json!({ "rank_transform": "rank_sum", "rows": "ranks", "method": "inverse_vol", "per_strategy_max": 0.4 })
        }
        // The ranks themselves: with the transform a/n and one strategy at a time, the weights are proportional to them.
        "ranks_average_ascending" => return ranks(case, bench, findings).map(|()| None),
        _ => return Ok(Some("the variant is not known")),
    };
    let mut config = config;
    config["rank_by"] = json!("score");
    config["ties"] = json!("average");
    if config.get("per_strategy_max").is_none() {
        config["per_strategy_max"] = uncapped;
    }
    let answer = answered(bench.ask("blend", &request(case, &case.input["signals"], &config))?)?;
    match case.function.as_str() {
        "inverse_vol_strategy_weights" | "inverse_vol_strategy_weights_cap40_waterfill" => {
            for (id, expected) in case.output().as_object().into_iter().flatten() {
                findings.number(
                    &format!("weight of {id}"),
                    number(expected).unwrap_or(f64::NAN),
                    &answer["strategy_weights"][id],
                    TOLERANCE,
                );
            }
        }
        "contributing_strategies" => contributors(case, &answer, findings),
        name => match contradicted(name, case) {
            Some(defined) => weights(&defined, &answer, findings),
            None => weights(case.output(), &answer, findings),
        },
    }
    Ok(None)
}

/// What variant B is by its definition, the mean of (rank - 1)/(n - 1), from the ranks recorded beside it; `None` where the record
/// agrees with it or the variant is another.
///
/// In every file seen the recorded weights of variant B are 1/N for all symbols, whatever their ranks. That contradicts the
/// definition in the recordings' own README and the ranks in the same file, so the definition is what we are held against.
fn contradicted(variant: &str, case: &Case) -> Option<Value> {
    let over_all = match variant {
        "B_minmax_rank__missing_is_0" => true,
        "B_minmax_rank__mean_over_present" => false,
        _ => return None,
    };
    let recorded = case.output().as_object()?;
    let first = recorded.values().next()?;
    if recorded.values().any(|weight| weight != first) {
        return None;
    }
    let all = case.input["ranks_average_ascending"].as_object()?;
    let mut sums: BTreeMap<&String, (f64, f64)> = BTreeMap::new();
    for ranks in all.values().filter_map(Value::as_object) {
        let last = ranks.len() as f64 - 1.0;
        for (symbol, rank) in ranks {
            let (sum, count) = sums.entry(symbol).or_default();
            *sum += if last > 0.0 { (number(rank)? - 1.0) / last } else { 0.0 };
            *count += 1.0;
        }
    }
    let means = || sums.iter().map(|(symbol, (sum, count))| (*symbol, sum / if over_all { all.len() as f64 } else { *count }));
    let total: f64 = means().map(|(_, mean)| mean).sum();
    (total > 0.0).then(|| means().map(|(symbol, mean)| (symbol.clone(), json!(mean / total))).collect::<Map<_, _>>().into())
}

fn request(case: &Case, signals: &Value, config: &Value) -> Value {
    let signals: Map<String, Value> = signals
        .as_object()
        .into_iter()
        .flatten()
        .map(|(id, scores)| {
            // The peers blend scores alone; ours says the side by the sign of a weight, here always long.
            let rows = scores.as_object().into_iter().flatten().map(|(symbol, score)| json!([symbol, score, 1.0])).collect();
            (id.clone(), rows)
        })
        .collect();
    let mut request = json!({ "version": 1, "signals": signals, "config": config });
    if config["method"] == "inverse_vol" {
        let volatilities = case.input["strategy_vol"].as_object().into_iter().flatten();
        request["stats"] = volatilities.map(|(id, vol)| (id.clone(), json!({ "vol": vol }))).collect::<Map<_, _>>().into();
    }
    request
}

fn by_symbol(answer: &Value) -> BTreeMap<&str, &Value> {
    let rows = answer["weights"].as_array().into_iter().flatten();
    rows.filter_map(|row| row["symbol"].as_str().map(|symbol| (symbol, row))).collect()
}

fn weights(expected: &Value, answer: &Value, findings: &mut Findings) {
    let mut ours = by_symbol(answer);
    let nothing = json!(0.0);
    for (symbol, weight) in expected.as_object().into_iter().flatten() {
        // A symbol of weight 0 takes no position; ours need not list it.
        let mine = ours.remove(symbol.as_str()).map_or(&nothing, |row| &row["final_weight"]);
        findings.number(&format!("weight of {symbol}"), number(weight).unwrap_or(f64::NAN), mine, TOLERANCE);
    }
    for (symbol, row) in ours {
        findings.push(Finding::new(format!("weight of {symbol}"), "no such symbol", row["final_weight"].to_string(), "exact"));
    }
}

fn contributors(case: &Case, answer: &Value, findings: &mut Findings) {
    let ours = by_symbol(answer);
    for (symbol, expected) in case.output().as_object().into_iter().flatten() {
        let mine = ours.get(symbol.as_str()).map_or(&Value::Null, |row| &row["contributing_strategies"]);
        let field = format!("contributors of {symbol}");
        findings.exact(&field, &crate::parity::judge::strings(expected), &crate::parity::judge::strings(mine));
    }
}

fn ranks(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    for (id, expected) in case.output().as_object().into_iter().flatten() {
        let config = json!({ "rank_by": "score", "ties": "average", "rank_transform": "rank_sum", "single_strategy": "cap", "per_strategy_max": 1.0 });
        let signals = json!({ id: case.input["signals"][id] });
        let answer = answered(bench.ask("blend", &request(case, &signals, &config))?)?;
        let total: f64 = expected.as_object().into_iter().flatten().filter_map(|(_, rank)| number(rank)).sum();
        let ours = by_symbol(&answer);
        for (symbol, rank) in expected.as_object().into_iter().flatten() {
            let weight = ours.get(symbol.as_str()).and_then(|row| row["final_weight"].as_f64()).unwrap_or(f64::NAN);
            let expected = number(rank).unwrap_or(f64::NAN);
            findings.number(&format!("rank of {symbol} in {id}"), expected, &json!(weight * total), Tolerance::Relative(1e-12));
        }
    }
    Ok(())
}

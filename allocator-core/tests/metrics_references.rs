//! Metrics against numbers of other libraries and recorded systems.
//!
//! `tests/vectors/peers`: definitions evaluated with NumPy 2.4.6 (certified `reference`), beside empyrical-reloaded 0.7.1 and quantstats
//! 0.0.86. `tests/vectors/seed-systems`: recorded systems 002 and 003. Their READMEs have the definitions. Tolerance: relative 1e-12, the
//! rounding of a few thousand operations in another order.

use allocator_core::op::Request;
use allocator_core::op::metrics::{MetricsRequest, SeriesMetrics, metrics};
use serde_json::{Value, json};

fn read(path: &str) -> Value {
    let path = format!("{}/../tests/vectors/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).expect("the vectors are part of the project")).expect("they are JSON")
}

fn run(request: &Value) -> Result<Vec<SeriesMetrics>, allocator_core::Problem> {
    let request = MetricsRequest::from_json(request.to_string().as_bytes())?;
    Ok(metrics(&request)?.result.series)
}

#[track_caller]
fn near(what: &str, got: Option<f64>, wanted: &Value) {
    let Some(wanted) = wanted.as_f64().or_else(|| wanted.as_str().and_then(|text| text.parse().ok())).filter(|v| !v.is_nan())
    else {
        assert_eq!(got, None, "{what}: recorded {wanted}");
        return;
    };
    match got {
        Some(got) => assert!((got - wanted).abs() <= 1e-12 * wanted.abs().max(1e-3), "{what}: {got} for {wanted}"),
        // Ours is unknown where theirs is a zero that means undefined.
        None => assert_eq!(wanted, 0.0, "{what}: unknown, recorded {wanted}"),
    }
}

/// Index of a date among the dates of the returns; -1 for the start.
fn index(date: Option<allocator_core::units::UnixNanos>, dates: &[Value]) -> i64 {
    date.map_or(-1, |date| dates.iter().position(|d| d.as_str() == Some(&date.to_string())).map_or(-2, |i| i as i64))
}

#[test]
fn peers() {
    for case in ["syn05_s1001", "syn10_s1002", "edge_zerovol4_s1104"] {
        let returns = read(&format!("peers/{case}/returns.json"));
        let references = read(&format!("peers/{case}/metrics.json"));
        let dates = returns["dates"].as_array().unwrap();
        let rows: Vec<Vec<f64>> = serde_json::from_value(returns["returns"].clone()).unwrap();
        let names: Vec<String> = serde_json::from_value(returns["columns"].clone()).unwrap();
        for (name, reference) in references["series"].as_object().unwrap() {
            let values: Vec<f64> = match names.iter().position(|column| column == name) {
                Some(column) => rows.iter().map(|row| row[column]).collect(),
                // X @ (1/N), each day.
                None => rows.iter().map(|row| row.iter().sum::<f64>() * (1.0 / row.len() as f64)).collect(),
            };
            let wanted = &reference["reference"];
            let all = |config: Value| {
                run(&json!({ "version": 1, "config": config, "returns": { "s": { "date": dates, "value": values } } }))
                    .unwrap()
                    .remove(0)
            };
            let one = all(json!({}));
            for (figure, got) in [
                ("total_return", one.total_return),
                ("cagr", one.cagr),
                ("ann_vol_ddof1", one.volatility),
                ("sharpe_ddof1", one.sharpe),
                ("ann_mean_arith", one.mean_annualized),
                ("downside_dev_ann", one.downside_volatility),
                ("sortino", one.sortino),
                ("max_drawdown", one.max_drawdown),
                ("current_drawdown", one.current_drawdown),
                ("calmar", one.calmar),
                ("worst_day", one.worst_return),
                ("best_day", one.best_return),
                ("worst_month", one.worst_month),
                ("worst_quarter", one.worst_quarter),
                ("win_rate_nonzero", one.win_rate),
                ("profit_factor", one.profit_factor),
                ("var95_hist_linear", one.var_historical),
                ("cvar95_le_quantile", one.cvar_historical),
                ("var95_normal", one.var_gaussian),
                ("skew_population", one.skewness),
                ("excess_kurtosis_population", one.kurtosis),
            ] {
                near(&format!("{case} {name} {figure}"), got, &wanted[figure]);
            }
            assert_eq!(u64::from(one.n), wanted["n"].as_u64().unwrap());
            if one.max_drawdown != Some(0.0) {
                let places = [index(one.max_drawdown_start, dates), index(one.max_drawdown_trough, dates)];
                assert_eq!(
                    places,
                    [wanted["max_drawdown_peak_index"].as_i64().unwrap(), wanted["max_drawdown_trough_index"].as_i64().unwrap()]
                );
                assert_eq!(i64::from(one.max_drawdown_decline), places[1] - places[0]);
            }
            let month = one.worst_month_end.unwrap().date();
            assert_eq!(json!([month.0, month.1]), wanted["worst_month_key"]);
            let quarter = one.worst_quarter_end.unwrap().date();
            assert_eq!(json!([quarter.0, quarter.1 / 3]), wanted["worst_quarter_key"]);
            let population = all(json!({ "ddof": 0, "cvar_rule": "lowest_count", "win_rate_basis": "all" }));
            near("ann_vol_ddof0", population.volatility, &wanted["ann_vol_ddof0"]);
            near("sharpe_ddof0", population.sharpe, &wanted["sharpe_ddof0"]);
            near("cvar95_empyrical", population.cvar_historical, &wanted["cvar95_empyrical"]);
            near("win_rate_all", population.win_rate, &wanted["win_rate_all"]);
            let exact = all(json!({ "cvar_rule": "rockafellar_uryasev" }));
            near(
                "cvar95_rockafellar_uryasev_loss",
                exact.cvar_historical.map(|r| -r),
                &wanted["cvar95_rockafellar_uryasev_loss"],
            );
            if let Some(tail) = reference["empyrical"]["tail_ratio"].as_f64()
                && one.tail_ratio.is_some()
            {
                near("tail_ratio", one.tail_ratio, &json!(tail));
                near("omega", one.omega, &reference["empyrical"]["omega_ratio"]);
            }
        }
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok())).expect("a number or a decimal string")
}

#[test]
fn recorded_system_002() {
    let topic = read("seed-systems/s002_strategy_performance.json");
    for case in topic["cases"].as_array().unwrap() {
        let (id, input, output) = (&case["id"], &case["input"], &case["output"]);
        let values: Vec<f64> = input["values"].as_array().unwrap().iter().map(number).collect();
        // The recorded system has no dates; consecutive days stand in for them.
        let dates: Vec<String> = (0..values.len())
            .map(|i| allocator_core::units::UnixNanos::from_days(19_000 + i as i64).unwrap().to_string())
            .collect();
        let answer = run(&json!({
            "version": 1, "compat": "002", "config": { "lookback": input["lookback_window"] },
            "values": { "s": { "date": dates, "value": values } },
        }));
        if values.iter().any(|value| *value <= 0.0) {
            assert_eq!(case["status"], "defect");
            assert_eq!(answer.unwrap_err().code, allocator_core::Code::ImpossibleValue, "{id}");
            continue;
        }
        let one = answer.unwrap().remove(0);
        for (figure, got) in [
            ("current_drawdown", one.current_drawdown),
            ("max_drawdown", one.max_drawdown),
            ("total_profit", Some(one.gross_gain)),
            ("total_loss", Some(one.gross_loss)),
            ("volatility", one.volatility),
            ("mean_return", one.mean_annualized),
            ("sharpe_ratio", one.sharpe),
            ("win_rate", one.win_rate),
            ("peak_value", one.account.as_ref().and_then(|account| account.peak_value)),
            ("winning_periods", Some(f64::from(one.winning_periods))),
            ("losing_periods", Some(f64::from(one.losing_periods))),
        ] {
            near(&format!("{id} {figure}"), got, &output[figure]);
        }
        if case["status"] == "defect" {
            assert_eq!(one.profit_factor, None, "{id}: nothing was lost, so 999 is no figure");
        } else {
            near(&format!("{id} profit_factor"), one.profit_factor, &output["profit_factor"]);
        }
    }
}

#[test]
fn recorded_system_003() {
    let topic = read("seed-systems/s003_two_pass_metrics.json");
    for case in topic["cases"].as_array().unwrap() {
        let (id, input, output) = (&case["id"], &case["input"], &case["output"]);
        let answer = run(&json!({
            "version": 1, "compat": "003", "values": { "s": { "date": input["dates"], "value": input["equity"] } },
        }));
        if case["status"] == "info" {
            assert_eq!(answer.unwrap_err().code, allocator_core::Code::Duplicate, "{id}");
            continue;
        }
        let one = answer.unwrap().remove(0);
        for (figure, got) in
            [("cagr", one.cagr), ("ann_vol", one.volatility), ("sharpe", one.sharpe), ("max_drawdown", one.max_drawdown)]
        {
            near(&format!("{id} {figure}"), got, &output[figure]);
        }
        for (figure, value, end) in
            [("worst_month", one.worst_month, one.worst_month_end), ("worst_quarter", one.worst_quarter, one.worst_quarter_end)]
        {
            near(&format!("{id} {figure}"), value, &output[figure][1]);
            assert_eq!(json!(end.map(|end| end.to_string())), output[figure][0], "{id}");
        }
    }
}

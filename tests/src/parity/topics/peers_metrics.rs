//! Peers: figures of a return series, `metrics.json`; the definitions are those of its `reference`.

use super::metrics::{book, figures, is_flat};
use crate::parity::Bench;
use crate::parity::case::Case;
use crate::parity::judge::{Finding, Findings, Tolerance, number};
use serde_json::{Value, json};

const TOLERANCE: Tolerance = Tolerance::Relative(1e-12);

/// Figures under our defaults: the reference's name and ours.
const DEFAULTS: &[(&str, &str)] = &[
    ("n", "n"),
    ("total_return", "total_return"),
    ("cagr", "cagr"),
    ("ann_vol_ddof1", "volatility"),
    ("sharpe_ddof1", "sharpe"),
    ("ann_mean_arith", "mean_annualized"),
    ("downside_dev_ann", "downside_volatility"),
    ("sortino", "sortino"),
    ("max_drawdown", "max_drawdown"),
    ("current_drawdown", "current_drawdown"),
    ("calmar", "calmar"),
    ("worst_day", "worst_return"),
    ("best_day", "best_return"),
    ("worst_month", "worst_month"),
    ("worst_quarter", "worst_quarter"),
    ("win_rate_nonzero", "win_rate"),
    ("profit_factor", "profit_factor"),
    ("var95_hist_linear", "var_historical"),
    ("cvar95_le_quantile", "cvar_historical"),
    ("var95_normal", "var_gaussian"),
    ("skew_population", "skewness"),
    ("excess_kurtosis_population", "kurtosis"),
];

/// Figures under other conventions.
const POPULATION: &[(&str, &str)] = &[
    ("ann_vol_ddof0", "volatility"),
    ("sharpe_ddof0", "sharpe"),
    ("win_rate_all", "win_rate"),
    ("cvar95_empyrical", "cvar_historical"),
];

/// All figures of one series.
pub(super) fn metrics(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let reference = case.output();
    let returns: Vec<f64> = case.input["returns"].as_array().into_iter().flatten().filter_map(number).collect();
    let dates = &case.input["dates"];
    let mut ask = |config: Value| {
        let mut request = json!({ "version": 1, "returns": book(dates, &case.input["returns"]), "config": config });
        request["config"]["periods_per_year"] = case.input["periods_per_year"].clone();
        request["config"]["risk_free"] = case.input["rf"].clone();
        figures(bench, &request)
    };
    let flat = is_flat(&returns);
    let mut compare = |names: &[(&str, &str)], series: &Value| {
        for (recorded, ours) in names {
            let undefined = flat && matches!(*ours, "volatility" | "sharpe" | "var_gaussian" | "downside_volatility");
            findings.figure(recorded, &reference[*recorded], &series[*ours], undefined, TOLERANCE);
        }
    };
    let ours = ask(json!({}))?;
    compare(DEFAULTS, &ours);
    compare(POPULATION, &ask(json!({ "ddof": 0, "win_rate_basis": "all", "cvar_rule": "lowest_count" }))?);
    let tail = ask(json!({ "cvar_rule": "rockafellar_uryasev" }))?;
    let loss = number(&reference["cvar95_rockafellar_uryasev_loss"]).unwrap_or(f64::NAN);
    findings.number("cvar95_rockafellar_uryasev_loss", -loss, &tail["cvar_historical"], TOLERANCE);
    places(case, &ours, findings);
    Ok(())
}

/// Dates of the deepest fall, and of the worst month and quarter.
fn places(case: &Case, ours: &Value, findings: &mut Findings) {
    let (reference, dates) = (case.output(), &case.input["dates"]);
    if number(&reference["max_drawdown"]).is_some_and(|fall| fall < 0.0) {
        for (index, date) in
            [("max_drawdown_peak_index", "max_drawdown_start"), ("max_drawdown_trough_index", "max_drawdown_trough")]
        {
            // -1 is the start, which has no date.
            let expected = reference[index].as_u64().map_or(&Value::Null, |index| &dates[index as usize]);
            findings.exact(index, expected, &ours[date]);
        }
    }
    for (key, end, months) in [("worst_month_key", "worst_month_end", 1), ("worst_quarter_key", "worst_quarter_end", 3)] {
        let part = |from: usize, to: usize| ours[end].as_str().and_then(|date| date.get(from..to)?.parse::<u64>().ok());
        let period = part(5, 7).map(|month| (month - 1) / months + 1);
        findings.exact(key, &(reference[key][0].as_u64(), reference[key][1].as_u64()), &(part(0, 4), period));
    }
}

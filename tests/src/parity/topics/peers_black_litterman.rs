//! Peers: Black-Litterman posteriors, `black_litterman.json`; the references are evaluated in NumPy from their definitions.

use super::peers_data::Data;
use crate::parity::Bench;
use crate::parity::case::Case;
use crate::parity::judge::{Finding, Findings, Tolerance, answered, number};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::Path;

const TOLERANCE: f64 = 1e-12;

/// One posterior, mean and covariance.
pub(super) fn posterior(case: &Case, bench: &mut Bench, findings: &mut Findings) -> Result<(), Finding> {
    let folder = case.input["folder"].as_str().unwrap_or_default();
    let file: Option<Value> =
        fs::read(Path::new(folder).join("black_litterman.json")).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let (Some(file), Some(data)) = (file, Data::of(folder)) else {
        findings.holds("returns", false, "returns.json and black_litterman.json beside the case", "none");
        return Ok(());
    };
    let inputs = &file["inputs"];
    let n = data.columns.len();
    let by_name = |row: &Value| -> Map<String, Value> {
        (0..n).filter(|i| row[*i].as_f64() != Some(0.0)).map(|i| (data.columns[i].clone(), row[i].clone())).collect()
    };
    let confident = case.function.contains("idzorek");
    let per_year = data.periods_per_year().unwrap_or(252.0);
    let views: Vec<Value> = (0..inputs["P"].as_array().map_or(0, Vec::len))
        .map(|k| {
            let confidence = if confident { inputs["view_confidences_idzorek"][k].clone() } else { Value::Null };
            let expected = number(&inputs["Q"][k]).unwrap_or(f64::NAN) * per_year;
            json!({ "exposure": by_name(&inputs["P"][k]), "expected": expected, "confidence": confidence })
        })
        .collect();
    // Riskfolio-Lib's τ is 1/n.
    let tau = if case.function.contains("tau_1_over_T") { Value::Null } else { inputs["tau"].clone() };
    let config = json!({
        "method": "black_litterman", "estimates": true,
        "black_litterman": {
            "market_weights": by_name(&inputs["market_weights"]), "risk_aversion": inputs["delta"], "tau": tau, "views": views,
        },
    });
    let answer = answered(bench.ask("capital", &data.request(&config))?)?;
    let (ours, recorded) = (&answer["estimates"], case.output());
    let largest =
        |values: &Value| values.as_array().into_iter().flatten().filter_map(number).fold(0.0_f64, |most, x| most.max(x.abs()));
    let size = largest(&recorded["mu"]);
    for i in 0..n {
        let wanted = number(&recorded["mu"][i]).unwrap_or(f64::NAN);
        // A mean that is nearly nothing beside the others has the rounding of the terms that cancel in it.
        let tolerance = Tolerance::Absolute(TOLERANCE * wanted.abs().max(1e-2 * size));
        findings.number(&format!("mu[{i}]"), wanted, &ours["mean"][data.place_of(i)], tolerance);
        for j in 0..n {
            let wanted = number(&recorded["cov"][i][j]).unwrap_or(f64::NAN);
            let own = |k: usize| number(&recorded["cov"][k][k]).unwrap_or_default().abs().sqrt();
            let tolerance = Tolerance::Absolute(TOLERANCE * wanted.abs().max(1e-2 * own(i) * own(j)));
            let got = &ours["covariance"][data.place_of(i)][data.place_of(j)];
            findings.number(&format!("cov[{i}][{j}]"), wanted, got, tolerance);
        }
    }
    Ok(())
}

//! The optimisers against certified optima and other libraries' answers.
//!
//! `tests/vectors/peers`: `reference` weights are optima solved in 300-bit arithmetic for the stored covariance; peers are skfolio 1.12.2,
//! riskfolio-lib 7.4.0 and `PyPortfolioOpt` 1.6.0 at their default settings (README there). Tolerances are the specification's: weights 1e-9
//! (1e-6 on the two ill-conditioned cases), sum 1e-12, caps exactly; where there is no certified optimum the objective is at most the best
//! peer's plus 1e-7 of it.

use allocator_core::optimise::black_litterman::{View, equilibrium, posterior};
use allocator_core::optimise::{
    Costs, Limits, Nothing, Solution, Status, log_growth, max_diversification, max_sharpe, min_cvar, min_variance, utility,
};
use serde_json::Value;

const CASES: &[&str] = &[
    "syn05_s1001",
    "syn10_s1002",
    "syn50_s1003",
    "edge_allneg4_s1101",
    "edge_highcorr5_s1102",
    "edge_scales6_s1103",
    "edge_zerovol4_s1104",
];

fn read(path: &str) -> Value {
    let path = format!("{}/../tests/vectors/peers/{path}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).expect("the vectors are part of the project")).expect("they are JSON")
}

/// A matrix by rows, or a vector.
fn numbers(value: &Value) -> Vec<f64> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|row| if row.is_array() { numbers(row) } else { row.as_f64().into_iter().collect() })
        .collect()
}

fn near(what: &str, got: &[f64], wanted: &[f64], tolerance: impl Fn(f64) -> f64) {
    assert_eq!(got.len(), wanted.len(), "{what}");
    for (got, wanted) in got.iter().zip(wanted) {
        assert!((got - wanted).abs() <= tolerance(*wanted), "{what}: {got} for {wanted}");
    }
}

struct Data {
    mean: Vec<f64>,
    sample: Vec<f64>,
    shrunk: Vec<f64>,
    scenarios: Vec<f64>,
}

fn solve(method: &str, data: &Data, limits: &Limits) -> Option<Solution> {
    let none = Costs::none();
    Some(match method {
        "min_variance" => min_variance(&data.sample, 1.0, &none, limits),
        "min_variance_ledoit_wolf" => min_variance(&data.shrunk, 1.0, &none, limits),
        "max_sharpe" => max_sharpe(&data.mean, &data.sample, 0.0, limits),
        "mv_utility" => utility(&data.mean, &data.sample, 5.0, &none, limits),
        "mv_utility_lam50" => utility(&data.mean, &data.sample, 50.0, &none, limits),
        "max_diversification" => max_diversification(&data.sample, limits),
        "kelly_log_growth" => log_growth(&data.scenarios, &none, limits),
        "min_cvar95" => min_cvar(&data.scenarios, 0.05, &none, limits),
        _ => return None,
    })
}

#[test]
fn weights_are_the_certified_optima() {
    let mut judged = 0;
    for case in CASES {
        let (weights, covariance) = (read(&format!("{case}/weights.json")), read(&format!("{case}/covariance.json")));
        let entry = |name: &str| numbers(&covariance[name]["value"]);
        let scenarios = numbers(&read(&format!("{case}/returns.json"))["returns"]);
        let data = Data { mean: entry("mean"), sample: entry("sample_ddof1"), shrunk: entry("ledoit_wolf"), scenarios };
        let tolerance = if case.contains("highcorr") || case.contains("scales") { 1e-6 } else { 1e-9 };
        for (method, variants) in weights["methods"].as_object().expect("methods") {
            for (variant, record) in variants.as_object().expect("variants") {
                let cap = match variant.as_str() {
                    "long_only" => 1.0,
                    "cap40" => 0.4,
                    _ => weights["inputs"]["cap_tight"].as_f64().unwrap_or(f64::NAN),
                };
                let limits = Limits::capped(data.mean.len(), cap);
                let Some(solution) = solve(method, &data, &limits) else { continue };
                judged += 1;
                let what = format!("{case}/{method}/{variant}");
                let reference = &record["reference"];
                if reference["status"].as_str().is_some_and(|status| status.starts_with("undefined")) {
                    assert_eq!(solution.status, Status::Undefined(Nothing::NoEdge), "{what}");
                    continue;
                }
                assert_eq!(solution.status, Status::Optimal, "{what}");
                let total: f64 = solution.weights.iter().sum();
                assert!((total - 1.0).abs() <= 1e-12, "{what}: the sum is {total}");
                assert!(solution.weights.iter().all(|weight| *weight <= cap && *weight >= 0.0), "{what}: a limit is exceeded");
                if reference["w"].is_array() {
                    near(&what, &solution.weights, &numbers(&reference["w"]), |_| tolerance);
                } else if method == "min_cvar95" {
                    let best =
                        record["peers"].as_object().into_iter().flatten().filter_map(|(_, peer)| peer["objective"].as_f64());
                    let best = best.fold(f64::INFINITY, f64::min);
                    assert!(solution.objective <= best + 1e-7 * best.abs(), "{what}: {} beside {best}", solution.objective);
                }
            }
        }
    }
    assert!(judged > 100, "only {judged} were judged");
}

#[test]
fn black_litterman_posteriors() {
    for case in CASES.iter().filter(|case| !case.contains("allneg") && !case.contains("zerovol")) {
        let record = read(&format!("{case}/black_litterman.json"));
        let covariance = numbers(&read(&format!("{case}/covariance.json"))["sample_ddof1"]["value"]);
        let inputs = &record["inputs"];
        let days = read(&format!("{case}/returns.json"))["T"].as_f64().expect("a count");
        let number = |name: &str| inputs[name].as_f64().expect("a number");
        let prior = equilibrium(&covariance, &numbers(&inputs["market_weights"]), number("delta"));
        let confidences = numbers(&inputs["view_confidences_idzorek"]);
        let views = |confident: bool| -> Vec<View> {
            let rows = inputs["P"].as_array().expect("views").iter().zip(numbers(&inputs["Q"])).enumerate();
            rows.map(|(k, (row, expected))| View {
                exposure: numbers(row),
                expected,
                confidence: confident.then(|| confidences[k]),
            })
            .collect()
        };
        for (name, tau, confident) in [
            ("reference_numpy", number("tau"), false),
            ("reference_numpy_tau_1_over_T", 1.0 / days, false),
            ("reference_numpy_idzorek", number("tau"), true),
        ] {
            let got = posterior(&prior, &covariance, tau, &views(confident)).expect("the views agree");
            let what = format!("{case}/{name}");
            // Relative to the largest: a mean that happens to be nearly nothing has the error of its terms.
            let size = |values: &[f64]| values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
            let (mean, wanted) = (numbers(&record[name]["mu"]), numbers(&record[name]["cov"]));
            near(&what, &got.mean, &mean, |x| 1e-12 * x.abs().max(1e-3 * size(&mean)));
            near(&what, &got.covariance, &wanted, |x| 1e-12 * x.abs().max(1e-3 * size(&wanted)));
        }
    }
}

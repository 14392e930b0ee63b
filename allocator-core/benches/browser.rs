//! The work of `blend.rs`, `capital.rs` and `optimise.rs` in headless Chromium, in a Worker as the dashboard does it.
//!
//! `cargo xtask bench` runs it; docs/benchmarks.md has the figures beside the native ones. The module is built with the profile of what
//! ships, without wasm-opt.
#![cfg(target_family = "wasm")]

use allocator_core::blend::{Contributors, blend};
use allocator_core::capital::{hrp, risk_budget_weights};
use allocator_core::config::capital::{CapitalMethod, ClusteringConfig};
use allocator_core::estimate::sample;
use allocator_core::op::correlation::CorrelationRequest;
use allocator_core::op::{Request, blend::BlendRequest, run};
use allocator_core::optimise::{Costs, Limits, min_variance};
use allocator_core::wire::to_canonical_bytes;
use std::hint::black_box;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};

#[allow(dead_code, reason = "shared with the other benches")]
mod workload;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

fn least<T>(name: &str, work: impl FnMut() -> T) {
    workload::least(name, now, |line| console_log!("{line}"), work);
}

#[wasm_bindgen_test]
fn blends() {
    for (strategies, symbols) in [(10, 100), (50, 5_000)] {
        let size = format!("{strategies}x{symbols}");
        let json = workload::blend_request(strategies, symbols);
        let request = BlendRequest::from_json(json.as_bytes()).expect("the workload is a valid request");
        least(&format!("blend/core/{size}"), || {
            let blended = blend(&request.inputs(), &request.config).expect("valid");
            (Contributors::new(&request.signals, &blended), blended)
        });
        least(&format!("blend/result/{size}"), || black_box(&request).run().expect("valid"));
        least(&format!("blend/json/{size}"), || run("blend", black_box(json.as_bytes())).expect("valid"));
    }
}

#[wasm_bindgen_test]
fn correlations() {
    let json = workload::correlation_request(10, 2_520);
    let request = CorrelationRequest::from_json(json.as_bytes()).expect("the workload is a valid request");
    least("correlation/result/10x2520", || black_box(&request).run().expect("valid"));
    least("correlation/json/10x2520", || run("correlation", black_box(json.as_bytes())).expect("valid"));
}

#[wasm_bindgen_test]
fn capital() {
    for count in workload::SIZES {
        let columns = workload::columns(count);
        let covariance = sample::covariance(&columns, 1).expect("numbers").matrix;
        let correlation = workload::correlation(&covariance);
        let budgets = vec![1.0; count];
        let (limits, none) = (Limits::long_only(count), Costs::none());
        least(&format!("capital/erc/{count}"), || risk_budget_weights(black_box(&covariance), &budgets));
        least(&format!("capital/min_variance/{count}"), || min_variance(black_box(covariance.as_slice()), 1.0, &none, &limits));
        least(&format!("capital/hrp/{count}"), || {
            hrp::weights(black_box(&covariance), &correlation, &ClusteringConfig::default())
        });
    }
}

#[wasm_bindgen_test]
fn capital_after_one_new_day() {
    for method in [CapitalMethod::EqualRiskContribution, CapitalMethod::MinVariance, CapitalMethod::HierarchicalRiskParity] {
        let mut days = workload::NewDays::new(10, method).expect("the workload is a valid request");
        let name = format!("capital/new_day/{}/10", method.as_str());
        workload::slowest(&name, now, |line| console_log!("{line}"), || days.next());
    }
}

#[wasm_bindgen_test]
fn capital_side_by_side() {
    let request = workload::side_by_side(10).expect("the workload is a valid request");
    let json = to_canonical_bytes(&request).expect("finite numbers");
    least("capital/side_by_side/10", || black_box(&request).run().expect("valid"));
    least("capital/side_by_side/json/10", || run("capital", black_box(&json)).expect("valid"));
}

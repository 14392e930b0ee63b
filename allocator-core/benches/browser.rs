//! The work of `blend.rs` in headless Chromium, in a Worker as the dashboard does it.
//!
//! `cargo xtask bench` runs it; docs/benchmarks.md has the figures beside the native ones. The module is built with the profile of what
//! ships, without wasm-opt.
#![cfg(target_family = "wasm")]

use allocator_core::blend::{Contributors, blend};
use allocator_core::op::correlation::CorrelationRequest;
use allocator_core::op::{Request, blend::BlendRequest, run};
use std::hint::black_box;
use std::time::Duration;
use wasm_bindgen_test::{Criterion, wasm_bindgen_bench, wasm_bindgen_test_configure};

mod workload;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

fn shorter(c: &mut Criterion) -> Criterion {
    std::mem::take(c).sample_size(30).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3))
}

#[wasm_bindgen_bench]
fn blends(c: &mut Criterion) {
    *c = shorter(c);
    for (strategies, symbols) in [(10, 100), (50, 5_000)] {
        let size = format!("{strategies}x{symbols}");
        let json = workload::blend_request(strategies, symbols);
        let request = BlendRequest::from_json(json.as_bytes()).expect("the workload is a valid request");
        c.bench_function(&format!("blend/core/{size}"), |b| {
            b.iter(|| {
                let blended = blend(&request.inputs(), &request.config).expect("valid");
                (Contributors::new(&request.signals, &blended), blended)
            });
        });
        c.bench_function(&format!("blend/result/{size}"), |b| b.iter(|| black_box(&request).run().expect("valid")));
        c.bench_function(&format!("blend/json/{size}"), |b| {
            b.iter(|| run("blend", black_box(json.as_bytes())).expect("valid"));
        });
    }
}

#[wasm_bindgen_bench]
fn correlations(c: &mut Criterion) {
    *c = shorter(c);
    let json = workload::correlation_request(10, 2_520);
    let request = CorrelationRequest::from_json(json.as_bytes()).expect("the workload is a valid request");
    c.bench_function("correlation/result/10x2520", |b| b.iter(|| black_box(&request).run().expect("valid")));
    c.bench_function("correlation/json/10x2520", |b| b.iter(|| run("correlation", black_box(json.as_bytes())).expect("valid")));
}

//! What a user waits for: the blend alone, with the whole answer, and from JSON to JSON; 10 × 100 and 50 × 5,000.
//!
//! `core` is the blend with the contributors of every symbol, in columns. A regression of `fill` or ranking shows there; of the answer's assembly in `result`; of reading and writing JSON in `json`.
//! Timings are read, never asserted: docs/benchmarks.md has the figures and how they were taken.

use allocator_core::blend::{Contributors, blend};
use allocator_core::op::correlation::CorrelationRequest;
use allocator_core::op::{Request, blend::BlendRequest, run};
use allocator_core::wire::{digest_of, to_canonical_bytes};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::{Duration, Instant};

#[allow(dead_code, reason = "shared with the other benches")]
mod workload;

/// Strategies and symbols: a desk of today, and a large one.
const SIZES: [(u64, u64); 2] = [(10, 100), (50, 5_000)];

fn blends(c: &mut Criterion) {
    let mut group = c.benchmark_group("blend");
    for (strategies, symbols) in SIZES {
        let size = format!("{strategies}x{symbols}");
        let json = workload::blend_request(strategies, symbols);
        let request = BlendRequest::from_json(json.as_bytes()).expect("the workload is a valid request");
        let answer = request.answer().expect("the workload can be blended");
        group.bench_function(BenchmarkId::new("core", &size), |b| {
            b.iter(|| {
                let blended = blend(&request.inputs(), &request.config).expect("valid");
                (Contributors::new(&request.signals, &blended), blended)
            });
        });
        group.bench_function(BenchmarkId::new("result", &size), |b| b.iter(|| black_box(&request).run().expect("valid")));
        group.bench_function(BenchmarkId::new("json", &size), |b| {
            b.iter(|| run("blend", black_box(json.as_bytes())).expect("valid"));
        });
        group.bench_function(BenchmarkId::new("read", &size), |b| {
            b.iter(|| BlendRequest::from_json(black_box(json.as_bytes())).expect("valid"));
        });
        group.bench_function(BenchmarkId::new("canonical", &size), |b| {
            b.iter(|| to_canonical_bytes(black_box(&answer)).expect("valid"));
        });
        group.bench_function(BenchmarkId::new("digest", &size), |b| {
            b.iter(|| digest_of("blend", black_box(&request), &answer.result).expect("valid"));
        });
    }
    group.finish();
}

fn correlations(c: &mut Criterion) {
    let mut group = c.benchmark_group("correlation");
    let json = workload::correlation_request(10, 2_520);
    let request = CorrelationRequest::from_json(json.as_bytes()).expect("the workload is a valid request");
    group.bench_function("result/10x2520", |b| b.iter(|| black_box(&request).run().expect("valid")));
    group.bench_function("json/10x2520", |b| b.iter(|| run("correlation", black_box(json.as_bytes())).expect("valid")));
    group.finish();
}

/// The same work by its least time, as `browser.rs` prints it: to be read side by side.
#[allow(clippy::disallowed_methods, reason = "a bench reads the clock; the core does not")]
fn leasts(_: &mut Criterion) {
    let start = Instant::now();
    let now = || start.elapsed().as_secs_f64() * 1e3;
    let print = |line: &str| println!("{line}");
    for (strategies, symbols) in SIZES {
        let size = format!("{strategies}x{symbols}");
        let json = workload::blend_request(strategies, symbols);
        let request = BlendRequest::from_json(json.as_bytes()).expect("the workload is a valid request");
        workload::least(&format!("blend/core/{size}"), now, print, || {
            let blended = blend(&request.inputs(), &request.config).expect("valid");
            (Contributors::new(&request.signals, &blended), blended)
        });
        workload::least(&format!("blend/result/{size}"), now, print, || black_box(&request).run().expect("valid"));
        workload::least(&format!("blend/json/{size}"), now, print, || run("blend", black_box(json.as_bytes())).expect("valid"));
    }
    let json = workload::correlation_request(10, 2_520);
    let request = CorrelationRequest::from_json(json.as_bytes()).expect("the workload is a valid request");
    workload::least("correlation/result/10x2520", now, print, || black_box(&request).run().expect("valid"));
    workload::least("correlation/json/10x2520", now, print, || run("correlation", black_box(json.as_bytes())).expect("valid"));
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(30).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = leasts, blends, correlations
}
criterion_main!(benches);

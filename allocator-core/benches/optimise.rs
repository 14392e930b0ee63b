//! Q3b: minimum variance of 10, 50, 200 and 500 strategies from the covariance of 1,000 days, long only; and the other programmes.
//!
//! A regression of the active set shows here: more steps, or dearer ones. `tests/bench/peers/capital.py` times Clarabel on the same work.
//! Timings are read, never asserted: docs/benchmarks.md has the figures.

use allocator_core::optimise::{Costs, Limits, max_sharpe, min_cdar, min_cvar, min_variance};
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;

#[allow(dead_code, reason = "each bench uses its part of the workload")]
mod workload;

fn covariance(rows: &[f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let mean: Vec<f64> = (0..n).map(|i| rows.iter().skip(i).step_by(n).sum::<f64>() / workload::DAYS as f64).collect();
    let mut matrix = vec![0.0; n * n];
    for row in rows.chunks_exact(n) {
        for i in 0..n {
            for j in 0..n {
                matrix[i * n + j] += (row[i] - mean[i]) * (row[j] - mean[j]) / (workload::DAYS - 1) as f64;
            }
        }
    }
    (mean, matrix)
}

fn programmes(c: &mut Criterion) {
    let mut group = c.benchmark_group("optimise");
    for n in workload::SIZES {
        let rows = workload::rows(n);
        let (mean, matrix) = covariance(&rows, n);
        let (limits, none) = (Limits::long_only(n), Costs::none());
        group.bench_function(BenchmarkId::new("min_variance", n), |b| {
            b.iter(|| min_variance(black_box(&matrix), 1.0, &none, &limits));
        });
        group.bench_function(BenchmarkId::new("max_sharpe", n), |b| {
            b.iter(|| max_sharpe(black_box(&mean), &matrix, 0.0, &limits));
        });
        if n <= 50 {
            group.bench_function(BenchmarkId::new("min_cvar", n), |b| {
                b.iter(|| min_cvar(black_box(&rows), 0.05, &none, &limits));
            });
            group.sample_size(10).bench_function(BenchmarkId::new("min_cdar", n), |b| {
                b.iter(|| min_cdar(black_box(&rows), 0.05, &none, &limits));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, programmes);
criterion_main!(benches);

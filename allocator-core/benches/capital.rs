//! Splitting capital: 1,000 days of 10, 50, 200 and 500 strategies with three common factors (Q3a, Q3c), one new day (Q18), and all methods
//! side by side as the dashboard asks for them.
//!
//! `covariance` is the estimate alone, `erc` and `hrp` start from it, `request` is the whole operation from typed request to answer. A
//! regression of `erc` or `hrp` is felt in every slider of the dashboard, one of `covariance` in every walk-forward. Minimum variance (Q3b)
//! is in `optimise.rs`; `tests/bench/peers/capital.py` times peers on the same numbers.

use allocator_core::capital::{hrp, risk_budget_weights};
use allocator_core::config::capital::{CapitalMethod, ClusteringConfig};
use allocator_core::estimate::sample;
use allocator_core::op::Request;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Instant;

#[allow(dead_code, reason = "each bench uses its part of the workload")]
mod workload;

fn capital(c: &mut Criterion) {
    let mut group = c.benchmark_group("capital");
    group.sample_size(20);
    for count in workload::SIZES {
        let columns = workload::columns(count);
        let Ok(estimate) = sample::covariance(&columns, 1) else { continue };
        let covariance = estimate.matrix;
        let correlation = workload::correlation(&covariance);
        let budgets = vec![1.0; count];
        group.bench_function(BenchmarkId::new("covariance", count), |b| b.iter(|| sample::covariance(black_box(&columns), 1)));
        group.bench_function(BenchmarkId::new("erc", count), |b| {
            b.iter(|| risk_budget_weights(black_box(&covariance), &budgets));
        });
        group.bench_function(BenchmarkId::new("hrp", count), |b| {
            b.iter(|| hrp::weights(black_box(&covariance), &correlation, &ClusteringConfig::default()));
        });
        for method in [CapitalMethod::EqualRiskContribution, CapitalMethod::HierarchicalRiskParity, CapitalMethod::MinVariance] {
            if let Some(request) = workload::capital_request(count, 0..workload::DAYS, method) {
                let name = format!("request_{}", method.as_str());
                group.bench_function(BenchmarkId::new(name, count), |b| b.iter(|| black_box(&request).run()));
            }
        }
    }
    if let Some(request) = workload::side_by_side(10) {
        group.bench_function("side_by_side/10", |b| b.iter(|| black_box(&request).run()));
    }
    group.finish();
}

/// Q18: the newest day joins a history of 252, the oldest leaves it, and ten strategies are split anew under a cap.
#[allow(clippy::disallowed_methods, reason = "a bench has a clock")]
fn new_day(_: &mut Criterion) {
    let start = Instant::now();
    let now = || start.elapsed().as_secs_f64() * 1e3;
    for method in [CapitalMethod::EqualRiskContribution, CapitalMethod::MinVariance, CapitalMethod::HierarchicalRiskParity] {
        let Some(mut days) = workload::NewDays::new(10, method) else { continue };
        let name = format!("new_day/{}/10", method.as_str());
        workload::slowest(&name, now, |line| println!("{line}"), || days.next());
    }
}

criterion_group!(benches, capital, new_day);
criterion_main!(benches);

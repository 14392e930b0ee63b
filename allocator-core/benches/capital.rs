//! Splitting capital (Q3): 1,000 days of 10, 50, 200 and 500 strategies with three common factors.
//!
//! `covariance` is the estimate alone, `erc` and `hrp` start from it, `request` is the whole operation from typed request to answer. A
//! regression of `erc` or `hrp` is felt in every slider of the dashboard, one of `covariance` in every walk-forward.

use allocator_core::Faults;
use allocator_core::capital::hrp;
use allocator_core::capital::risk_budget_weights;
use allocator_core::config::capital::{CapitalConfig, CapitalMethod, ClusteringConfig};
use allocator_core::estimate::sample;
use allocator_core::frame::ReturnBook;
use allocator_core::linalg::Symmetric;
use allocator_core::op::Request;
use allocator_core::op::capital::CapitalRequest;
use allocator_core::units::UnixNanos;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use std::hint::black_box;

const DAYS: usize = 1_000;
const SIZES: &[usize] = &[10, 50, 200, 500];

/// A scatter from -1 to 1, the same everywhere.
fn noise(a: usize, b: usize) -> f64 {
    let mut x = (a as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (b as u64 + 1).wrapping_mul(0xD1B5_4A32_D192_ED03);
    x ^= x >> 29;
    x = x.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 32;
    (x % 2_000_001) as f64 / 1e6 - 1.0
}

fn columns(count: usize) -> Vec<Vec<f64>> {
    let column = |i: usize| {
        let size = 0.002 * (1.0 + 9.0 * (noise(i, 7).abs()));
        let loading: Vec<f64> = (0..3).map(|f| noise(i, 100 + f)).collect();
        let day = |t: usize| {
            let common: f64 = loading.iter().enumerate().map(|(f, l)| l * noise(10_000 + f, t)).sum();
            size * (0.6 * common + noise(i, 1_000 + t)) + 0.0002
        };
        (0..DAYS).map(day).collect()
    };
    (0..count).map(column).collect()
}

fn correlation(covariance: &Symmetric) -> Symmetric {
    let deviation: Vec<f64> = covariance.diagonal().iter().map(|variance| variance.sqrt()).collect();
    Symmetric::from_lower(deviation.len(), |i, j| if i == j { 1.0 } else { covariance.get(i, j) / (deviation[i] * deviation[j]) })
}

fn request(columns: &[Vec<f64>], method: CapitalMethod) -> Option<CapitalRequest> {
    let start = UnixNanos::from_date(2020, 1, 1)?.days();
    let points = columns
        .iter()
        .enumerate()
        .map(|(i, column)| {
            let dated = column.iter().enumerate().filter_map(|(t, r)| Some((UnixNanos::from_days(start + t as i64)?, *r)));
            (format!("s{i:03}"), dated.collect())
        })
        .collect();
    let returns = ReturnBook::from_points(points, |name, _| name.to_owned(), &mut Faults::new())?;
    Some(CapitalRequest { config: CapitalConfig { method, ..CapitalConfig::default() }, ..CapitalRequest::new(returns) })
}

fn capital(c: &mut Criterion) {
    let mut group = c.benchmark_group("capital");
    group.sample_size(20);
    for &count in SIZES {
        let columns = columns(count);
        let Ok(estimate) = sample::covariance(&columns, 1) else { continue };
        let covariance = estimate.matrix;
        let correlation = correlation(&covariance);
        let budgets = vec![1.0; count];
        group.bench_function(BenchmarkId::new("covariance", count), |b| b.iter(|| sample::covariance(black_box(&columns), 1)));
        group.bench_function(BenchmarkId::new("erc", count), |b| {
            b.iter(|| risk_budget_weights(black_box(&covariance), &budgets));
        });
        group.bench_function(BenchmarkId::new("hrp", count), |b| {
            b.iter(|| hrp::weights(black_box(&covariance), &correlation, &ClusteringConfig::default()));
        });
        for (name, method) in
            [("request_erc", CapitalMethod::EqualRiskContribution), ("request_hrp", CapitalMethod::HierarchicalRiskParity)]
        {
            if let Some(request) = request(&columns, method) {
                group.bench_function(BenchmarkId::new(name, count), |b| b.iter(|| black_box(&request).run()));
            }
        }
    }
    group.finish();
}

criterion_group!(benches, capital);
criterion_main!(benches);

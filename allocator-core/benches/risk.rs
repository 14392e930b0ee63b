//! What a risk officer waits for: the state of seven years and of one day, the whole chain, and an audit (Q4).
//!
//! 1,819 days × 13 assets, of which some miss days as futures do. Timings are read, never asserted: docs/benchmarks.md has the figures.

use allocator_core::error::Faults;
use allocator_core::frame::{ReturnBook, WeightBook};
use allocator_core::op::Request;
use allocator_core::op::audit::AuditRequest;
use allocator_core::op::risk::RiskRequest;
use allocator_core::overlay::state::{Day, StateInputs, StateTracker};
use allocator_core::stats::random::SplitMix64;
use allocator_core::units::UnixNanos;
use criterion::{Criterion, criterion_group, criterion_main};
use std::collections::BTreeMap;
use std::hint::black_box;

const DAYS: usize = 1_819;
const ASSETS: usize = 13;

fn day(i: usize) -> UnixNanos {
    UnixNanos::from_days(18_267 + i as i64).expect("in range")
}

/// Returns of the assets by day; every third misses one day in six, every fifth one in twenty.
fn cells() -> Vec<Vec<Option<f64>>> {
    let mut random = SplitMix64::new(7);
    let mut row = |i: usize| -> Vec<Option<f64>> {
        let common = random.unit() - 0.5;
        (0..ASSETS)
            .map(|k| {
                let value = 0.02 * (common + random.unit() - 0.5);
                let gone = (k % 3 == 0 && i % 6 == 5) || (k % 5 == 1 && (i + k).is_multiple_of(20));
                (!gone).then_some(value)
            })
            .collect()
    };
    (0..DAYS).map(&mut row).collect()
}

type Points = BTreeMap<String, Vec<(UnixNanos, f64)>>;

fn books(cells: &[Vec<Option<f64>>]) -> (ReturnBook, ReturnBook, WeightBook) {
    let mut faults = Faults::new();
    let asset = |k: usize| cells.iter().enumerate().filter_map(|(i, row)| Some((day(i), row[k]?))).collect();
    let assets: Points = (0..ASSETS).map(|k| (format!("A{k:02}"), asset(k))).collect();
    let mean = |row: &Vec<Option<f64>>| row.iter().flatten().sum::<f64>() / ASSETS as f64;
    let portfolio: Points =
        BTreeMap::from([(String::from("portfolio"), cells.iter().enumerate().map(|(i, row)| (day(i), mean(row))).collect())]);
    let weight = |k: usize| (0..DAYS).step_by(7).map(|i| (day(i), 0.05 + 0.01 * k as f64)).collect();
    let weights: Points = (0..ASSETS).map(|k| (format!("A{k:02}"), weight(k))).collect();
    let place = |_: &str, _: usize| String::new();
    (
        ReturnBook::from_points(assets, place, &mut faults).expect("valid"),
        ReturnBook::from_points(portfolio, place, &mut faults).expect("valid"),
        WeightBook::from_points(weights, place, &mut faults).expect("valid"),
    )
}

fn overlay(c: &mut Criterion) {
    let cells = cells();
    let (assets, portfolio, weights) = books(&cells);
    let inputs =
        StateInputs { portfolio: &portfolio.series()[0], equity: None, assets: Some(&assets), trend_units: None, sleeves: None };
    let mut group = c.benchmark_group("risk");
    group.bench_function("state/1819x13", |b| {
        b.iter(|| black_box(&inputs).states(allocator_core::config::risk::CalendarRule::Union, 252.0));
    });
    let mut tracker = StateTracker::new(inputs.shape(), 252.0);
    let mut next = 0;
    group.bench_function("state/one day", |b| {
        b.iter(|| {
            // After the last day the first comes again, and with it a new tracker: time does not go on for ever.
            if next == DAYS {
                (next, tracker) = (0, StateTracker::new(inputs.shape(), 252.0));
            }
            let row = &cells[next];
            let taken = Day {
                date: day(next),
                portfolio: Some(0.001 * (next % 17) as f64),
                equity: None,
                assets: black_box(row),
                trend_units: &[],
                sleeves: &[],
            };
            next += 1;
            tracker.push(&taken)
        });
    });
    let request = RiskRequest {
        asset_returns: Some(assets.clone()),
        portfolio_returns: Some(portfolio.clone()),
        weights: Some(weights.clone()),
        ..RiskRequest::empty()
    };
    group.bench_function("result/1819x13", |b| b.iter(|| black_box(&request).run().expect("valid")));
    let audit = AuditRequest::new(assets, weights);
    group.sample_size(10);
    group.bench_function("audit/1819x13, 1000 resamples", |b| b.iter(|| black_box(&audit).run().expect("valid")));
    group.finish();
}

criterion_group!(benches, overlay);
criterion_main!(benches);

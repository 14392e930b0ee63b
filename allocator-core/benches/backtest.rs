//! Backtests of ten years (Q5): five strategies of ten symbols every month with costs, and ten strategies of five hundred every day, by
//! weights and on ledgers.
//!
//! `run` is the simulation with attribution; `answer` adds the figures and tables of the operation. A regression of the daily case shows in the
//! sleeves' profits or in the trades of a rebalance. Timings are read, never asserted.

use allocator_core::Faults;
use allocator_core::alpha::Alpha;
use allocator_core::backtest::{MarketData, run};
use allocator_core::config::backtest::{BacktestConfig, Rebalance, StrategySpec};
use allocator_core::config::blend::{BlendConfig, BlendMethod};
use allocator_core::frame::{PriceBook, ScoreBook};
use allocator_core::op::Request;
use allocator_core::op::backtest::BacktestRequest;
use allocator_core::units::UnixNanos;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

/// Days of ten years.
const DAYS: usize = 2_520;

/// The same numbers in every run: a linear congruential generator of 2³² is enough for prices nobody trades.
fn noise(state: &mut u32) -> f64 {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    f64::from(*state) / f64::from(u32::MAX) - 0.5
}

fn day(t: usize) -> UnixNanos {
    UnixNanos::from_days(15_000 + t as i64).expect("in range")
}

fn prices(symbols: usize) -> PriceBook {
    let mut state = 7;
    let mut points = BTreeMap::new();
    for j in 0..symbols {
        let mut price = 100.0;
        let mut rows = Vec::with_capacity(DAYS);
        for t in 0..DAYS {
            price *= 1.0 + 0.02 * noise(&mut state);
            rows.push((day(t), price));
        }
        points.insert(format!("S{j:03}"), rows);
    }
    PriceBook::from_points(points, |_, _| String::new(), &mut Faults::new()).expect("healthy prices")
}

/// Weights of every symbol on every day.
fn daily(symbols: usize, seed: u32) -> ScoreBook {
    let mut state = seed;
    let points = (0..symbols).map(|j| {
        let rows = (0..DAYS).map(|t| (day(t), (noise(&mut state) + 0.5) * 2.0 / symbols as f64)).collect();
        (format!("S{j:03}"), rows)
    });
    ScoreBook::from_points(points.collect(), |_, _| String::new(), &mut Faults::new()).expect("healthy weights")
}

fn data(prices: &PriceBook) -> MarketData<'_> {
    MarketData { prices, high: None, low: None, open: None, volume: None, splits: None, dividends: None, delistings: None }
}

fn backtests(c: &mut Criterion) {
    let mut group = c.benchmark_group("backtest");
    let book = prices(10);
    let alphas = [Alpha::Momentum20d, Alpha::MeanReversion, Alpha::LowVolatility, Alpha::ShortTermReversal];
    let mut strategies: BTreeMap<String, StrategySpec> =
        alphas.iter().map(|alpha| (alpha.as_str().to_owned(), StrategySpec::of_alpha(*alpha))).collect();
    strategies.insert(String::from("formula"), StrategySpec::of_formula("rank(-delta(close, 5) / ts_std(close, 20))"));
    let blended = BacktestConfig {
        blend: Some(BlendConfig { method: BlendMethod::InverseVolatility, ..BlendConfig::default() }),
        ..BacktestConfig::default()
    };
    group.bench_function("run/5x10/monthly", |b| b.iter(|| run(&data(&book), black_box(&strategies), &blended).expect("runs")));
    let request = BacktestRequest { config: blended, ..BacktestRequest::new(book.clone(), strategies) };
    group.bench_function("answer/5x10/monthly", |b| b.iter(|| Request::run(black_box(&request)).expect("runs")));

    let book = prices(500);
    let strategies: BTreeMap<String, StrategySpec> =
        (0..10).map(|s| (format!("s{s}"), StrategySpec::of_weights(daily(500, s)))).collect();
    let config = BacktestConfig { rebalance: Some(Rebalance::OnSignal), rows_max: 0, ..BacktestConfig::default() };
    group.bench_function("run/10x500/daily", |b| b.iter(|| run(&data(&book), black_box(&strategies), &config).expect("runs")));
    let books = BacktestConfig { rebalance: Some(Rebalance::Monthly), ledgers: true, ..config };
    // Postings a second, the rest of the run among them.
    let (_, once) = run(&data(&book), &strategies, &books).expect("runs");
    group.throughput(Throughput::Elements(once.ledgers.map_or(0, |ledgers| ledgers.postings as u64)));
    group.bench_function("run/10x500/monthly/ledgers", |b| {
        b.iter(|| run(&data(&book), black_box(&strategies), &books).expect("runs"));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    targets = backtests
}
criterion_main!(benches);

//! What books cost: postings in memory, and a netted bar of many strategies (Q12).
//!
//! `fill` is one trade with the outside: five postings, checked, balanced, booked into lots. `execute` is a netted execution of fifty strategies. A
//! regression of the decimals shows in both, of lots in `fill`, of the fold in `replay`.

use allocator_core::config::netting::NettingConfig;
use allocator_core::ledger::{Fill, Ledger, StrategyId, SymbolId};
use allocator_core::money::{Money, Price, Quantity};
use allocator_core::netting::{Order, net};
use allocator_core::units::UnixNanos;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::collections::BTreeMap;
use std::hint::black_box;

const FILLS: i64 = 20_000;

fn opened(strategies: usize, symbols: usize) -> (Ledger, Vec<StrategyId>, Vec<SymbolId>) {
    let mut ledger = Ledger::default();
    let day = UnixNanos(0);
    ledger.contribute(day, Money::whole(1_000_000_000), None).expect("valid");
    let ids: Vec<StrategyId> = (0..strategies).map(|i| ledger.open(&format!("s{i}")).expect("valid")).collect();
    let moves: Vec<(StrategyId, Money)> = ids.iter().map(|id| (*id, Money::whole(1_000_000))).collect();
    ledger.allocate(day, &moves, None).expect("valid");
    let symbols = (0..symbols).map(|i| ledger.symbol(&format!("SYM{i}")).expect("valid")).collect();
    (ledger, ids, symbols)
}

/// Fills that open, add, reduce and turn positions.
fn book(ledger: &mut Ledger, ids: &[StrategyId], symbols: &[SymbolId]) {
    for i in 0..FILLS {
        let at = i as usize;
        let fill = Fill {
            strategy: ids[at % ids.len()],
            symbol: symbols[at / ids.len() % symbols.len()],
            quantity: Quantity::whole(if i / 1_000 % 3 == 1 { -150 } else { 100 }),
            price: Price::from_units(i128::from(10_000 + i % 700) * 1_000_000),
            fee: Money::from_units(50_000_000),
        };
        ledger.fill(UnixNanos(i), &fill, None).expect("valid");
    }
}

fn postings(c: &mut Criterion) {
    let (ledger, ids, symbols) = opened(10, 50);
    let mut group = c.benchmark_group("ledger");
    group.throughput(Throughput::Elements(FILLS as u64 * 5));
    group.bench_function("fill", |b| {
        b.iter_batched(|| ledger.clone(), |mut ledger| book(&mut ledger, &ids, &symbols), BatchSize::LargeInput);
    });
    let mut full = ledger.clone();
    book(&mut full, &ids, &symbols);
    group.throughput(Throughput::Elements(full.journal().postings() as u64));
    group.bench_function("replay", |b| b.iter(|| black_box(&full).replayed().expect("it folds")));
    group.finish();
}

fn netting(c: &mut Criterion) {
    let mut orders = Vec::new();
    for i in 0..50_i64 {
        for j in 0..20_i64 {
            let quantity = Quantity::whole((i * 7 + j * 13) % 41 - 20);
            orders.push(Order { symbol: format!("SYM{j}"), strategy: format!("s{i:02}"), id: None, limit_price: None, quantity });
        }
    }
    let prices: BTreeMap<String, Price> = (0..20).map(|j| (format!("SYM{j}"), Price::whole(100 + j))).collect();
    let config = NettingConfig::default();
    let mut group = c.benchmark_group("net");
    group.throughput(Throughput::Elements(orders.len() as u64));
    group.bench_function("50x20", |b| b.iter(|| net(black_box(orders.clone()), &prices, &config)));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = postings, netting
}
criterion_main!(benches);

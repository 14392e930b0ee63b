//! A CSV of a million rows: to a table, and to signals.
//!
//! A regression of cell parsing shows in `table`, of names and checks in `signals`.

use allocator_core::codec::{Limits, read};
use allocator_core::frame::from_table::{Options, signals};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;

#[allow(dead_code, reason = "shared with the other benches")]
mod workload;

fn csv(c: &mut Criterion) {
    let text = workload::signals_csv(1_000_000);
    let limits = Limits::native();
    let mut group = c.benchmark_group("csv");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("table/1000000", |b| {
        b.iter(|| read(black_box(text.as_bytes()), "signals.csv", &limits).expect("valid"));
    });
    let table = read(text.as_bytes(), "signals.csv", &limits).expect("valid");
    group.bench_function("signals/1000000", |b| {
        b.iter(|| signals(&[(None, black_box(&table))], &Options::default(), &limits).expect("valid"));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10);
    targets = csv
}
criterion_main!(benches);

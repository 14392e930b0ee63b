//! The sample strategies over the sample file against an independent computation.
//!
//! Reference numbers: NumPy 2.4.6, `tests/golden/sample_strategies.py` beside `sample_strategies.json`. Tolerance: relative 1e-9, because 6,873
//! drifting weights carry their rounding on, and one tie broken otherwise would show as 1e-3.
#![cfg(feature = "codec")]

use allocator_core::Faults;
use allocator_core::codec::{ColumnData, Limits, read};
use allocator_core::frame::PriceBook;
use allocator_core::op::metrics::{MetricsRequest, metrics};
use allocator_core::sample::{Sample, sample};
use serde_json::Value;
use std::collections::BTreeMap;

fn shipped() -> Sample {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../dashboard/assets/sample/ecb_euro_reference_rates.csv");
    let bytes = std::fs::read(path).expect("the sample is part of the project");
    let table = read(&bytes, "ecb_euro_reference_rates.csv", &Limits::default()).expect("it reads");
    let ColumnData::Time(times) = &table.columns[0].data else { panic!("the first column is the date") };
    let points = table.columns[1..]
        .iter()
        .map(|column| {
            let values: Vec<f64> = match &column.data {
                ColumnData::Float(values) => values.clone(),
                ColumnData::Int(values) => values.iter().map(|value| *value as f64).collect(),
                other => panic!("{other:?}"),
            };
            (column.name.clone(), times.iter().copied().zip(values).collect())
        })
        .collect::<BTreeMap<_, Vec<_>>>();
    let rates = PriceBook::from_points(points, |name, _| name.to_owned(), &mut Faults::new()).expect("rates are positive");
    sample(&rates).expect("it is the sample file")
}

#[test]
fn the_sample_is_the_independent_computation() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/sample_strategies.json");
    let golden: Value = serde_json::from_slice(&std::fs::read(path).expect("golden numbers")).expect("JSON");
    let sample = shipped();
    assert_eq!(sample.as_of.to_string(), "2026-10-30");
    let figures = metrics(&MetricsRequest::of_returns(sample.returns.clone())).expect("valid").result.series;
    for (s, strategy) in sample.signals.strategies().iter().enumerate() {
        let wanted = &golden[strategy];
        let near = |what: &str, got: f64, wanted: &Value| {
            let wanted = wanted.as_f64().unwrap_or(f64::NAN);
            assert!((got - wanted).abs() <= 1e-9 * wanted.abs().max(1e-3), "{strategy} {what}: {got} for {wanted}");
        };
        let one = figures.iter().find(|one| one.name == *strategy).expect("every strategy has returns");
        assert_eq!(Some(u64::from(one.n)), wanted["n"].as_u64());
        near("total return", one.total_return.unwrap_or(f64::NAN), &wanted["total"]);
        near("volatility", one.volatility.unwrap_or(f64::NAN), &wanted["vol"]);
        near("Sharpe", one.sharpe.unwrap_or(f64::NAN), &wanted["sharpe"]);
        near("drawdown", one.max_drawdown.unwrap_or(f64::NAN), &wanted["mdd"]);
        let rows = sample.signals.rows(s);
        assert_eq!(Some(rows.symbols.len()), wanted["weights"].as_object().map(serde_json::Map::len));
        for (i, symbol) in rows.symbols.iter().enumerate() {
            let symbol = &sample.signals.symbols()[*symbol as usize];
            near(symbol, rows.weights[i], &wanted["weights"][symbol]);
            near(symbol, rows.scores[i], &wanted["scores"][symbol]);
        }
    }
}

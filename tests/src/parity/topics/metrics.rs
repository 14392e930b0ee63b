//! What the topics answered by `metrics` share.

use crate::parity::Bench;
use crate::parity::judge::{Finding, answered};
use serde_json::{Value, json};

/// The figures of the one series of a request.
pub(super) fn figures(bench: &mut Bench, request: &Value) -> Result<Value, Finding> {
    Ok(answered(bench.ask("metrics", request)?)?["series"][0].clone())
}

/// Dates for a recorded history that has none: one calendar day after the other.
pub(super) fn days(count: usize) -> Vec<String> {
    let start = allocator_core::units::UnixNanos::from_date(2020, 1, 1).map_or(0, allocator_core::units::UnixNanos::days);
    let day = |i: usize| allocator_core::units::UnixNanos::from_days(start + i as i64).map(|day| day.to_string());
    (0..count).map(|i| day(i).unwrap_or_default()).collect()
}

/// A history in columns, under one name.
pub(super) fn book(dates: &Value, values: &Value) -> Value {
    json!({ "x": { "date": dates, "value": values } })
}

/// Whether a series has no spread: fewer than two values, or all equal.
pub(super) fn is_flat(values: &[f64]) -> bool {
    values.len() < 2 || values.windows(2).all(|pair| pair[0] == pair[1])
}

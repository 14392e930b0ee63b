//! Histories by name.

use crate::random::Random;
use allocator_core::units::UnixNanos;
use serde_json::{Map, Value, json};

/// What the values of a history are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Returns per period.
    Return,
    /// Scores.
    Score,
    /// Prices or account values.
    Value,
}

/// Histories that share most of their dates; some flat, some proportional to the first, some short.
pub fn series(random: &mut Random, names: &[String], length: usize, kind: Kind) -> Value {
    let first = UnixNanos::from_date(2021, 1, 4).map_or(0, UnixNanos::days);
    let step = *random.pick(&[1, 1, 1, 7]);
    let mut common: Vec<f64> = Vec::new();
    let mut book = Map::new();
    for name in names {
        let (size, tie, gaps) = (random.range(0.001, 0.03), random.range(-1.0, 1.0), random.chance(30));
        let flat = random.chance(5);
        let length = if random.chance(10) { random.between(0, length) } else { length };
        let mut value = 100.0;
        let mut rows = Vec::new();
        for i in 0..length {
            if common.len() <= i {
                common.push(random.bell());
            }
            let shock = if flat { 0.0 } else { (size * (tie * common[i] + (1.0 - tie.abs()) * random.bell())).max(-0.9) };
            value *= 1.0 + shock;
            let gone = gaps && random.chance(10);
            if let Some(date) = UnixNanos::from_days(first + step * i as i64).filter(|_| !gone) {
                let cell = match kind {
                    Kind::Return => shock,
                    Kind::Score => shock * 100.0,
                    Kind::Value => value,
                };
                rows.push(json!([date.to_string(), cell]));
            }
        }
        book.insert(name.clone(), rows.into());
    }
    book.into()
}

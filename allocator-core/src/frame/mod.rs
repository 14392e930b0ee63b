//! Validated tables: what they hold is finite, sorted and free of duplicates, so later code need not ask.

mod series;
mod signal;

pub use series::{PriceBook, ReturnBook, Series, SeriesKind};
pub use signal::{SignalBook, SignalRow, StrategyRows};

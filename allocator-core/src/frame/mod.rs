//! Validated tables: what they hold is finite, sorted and free of duplicates, so later code need not ask.

mod series;
mod signal;

pub use series::{FlowBook, PriceBook, ReturnBook, ScoreBook, Series, SeriesKind};
pub use signal::{STRATEGIES_MAX, SYMBOLS_MAX, SignalBook, StrategyRows};

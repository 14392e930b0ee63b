//! Validated tables: what they hold is finite, sorted and free of duplicates, so later code need not ask.

#[cfg(feature = "codec")]
mod frequency;
#[cfg(feature = "codec")]
pub mod from_table;
#[cfg(feature = "codec")]
pub mod mapping;
#[cfg(feature = "codec")]
mod points;
mod series;
mod signal;

pub(crate) use series::all_times;
pub use series::{FlowBook, PriceBook, ReturnBook, ScoreBook, Series, SeriesKind, WeightBook};
pub use signal::{STRATEGIES_MAX, SYMBOLS_MAX, SignalBook, StrategyRows};

//! The backtest view as plain Rust: what it asks, what comes back, and what a period of it says.
//!
//! ```text
//! Settings ── request ──> engine ── answer ──> Run ── Period ──> figures, months, earned, rolling
//!     └────── run.yaml ─> command line: the same digest
//! ```

pub mod earned;
pub mod export;
pub mod figures;
pub mod formula;
pub mod months;
pub mod period;
pub mod ranks;
pub mod run;
pub mod settings;

//! The Risk view as plain Rust: its settings, what it asks, and what came back.
//!
//! ```text
//! settings ──> question ──> audit, risk, tune (worker) ──> report, tuning ──> lanes: series, ribbon, tables
//! ```

pub mod dial;
pub mod file_run;
pub mod lanes;
pub mod question;
pub mod report;
pub mod settings;
pub mod sleeve;
pub mod tuning;

/// Id of the view, under which its settings are kept.
pub const VIEW_ID: &str = "risk";

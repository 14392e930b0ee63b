//! The pure core of the Multi-Alpha Allocator: no I/O, no clock, no randomness of its own; the same request gives the same bytes
//! natively and in WebAssembly.
//!
//! ```text
//! bytes ── codec ──> Table ── frame ──> SignalBook, ReturnBook, PriceBook      (what they hold is finite, sorted, unique)
//!                                          │
//!                     stats, alpha ────────┤
//!                                          ▼
//!              monitor ── alerts ──>     blend ── weights, cash and its causes, explanation
//!                                          │
//!  JSON request ── op::run ────────────────┴──> canonical JSON answer with its digest
//! ```
//!
//! ```
//! let request = br#"{"version":1,"signals":{
//!     "momentum":{"symbol":["AAPL","MSFT"],"score":[0.9,0.4],"weight":[0.6,0.4]},
//!     "value":[["MSFT",1.2,1.0]]}}"#;
//! let answer = allocator_core::op::run("blend", request)?;
//! assert!(answer.starts_with(b"{\"alerts\":[]"));
//! # Ok::<(), allocator_core::Problem>(())
//! ```
#![forbid(unsafe_code)]

pub mod alpha;
pub mod attribution;
pub mod backtest;
pub mod blend;
pub mod calendar;
pub mod capital;
#[cfg(feature = "codec")]
pub mod codec;
pub mod config;
pub mod error;
pub mod estimate;
pub mod frame;
pub mod ledger;
pub mod limits;
pub mod linalg;
pub mod math;
pub mod money;
pub mod monitor;
pub mod netting;
pub mod op;
pub mod optimise;
pub mod overlay;
pub mod portfolio;
pub mod report;
pub mod sample;
#[cfg(feature = "schema")]
pub mod schema;
pub mod stats;
pub mod units;
pub mod wire;

pub use error::{Code, Fault, Faults, Problem};

/// The snippets of the book that are Rust.
#[cfg(doctest)]
#[doc = include_str!("../../docs/concepts/signals.md")]
mod book {}

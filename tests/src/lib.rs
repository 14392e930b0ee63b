//! What crosses crates: parity with recorded systems, the same bytes natively and in WebAssembly, acceptance.
//!
//! ```text
//! vectors/ ── parity ──┐
//!                      ├─> requests as JSON ──> engine (native | wasm in Node.js) ──> answers ──> judged or compared
//! seed ──── generate ──┘
//! ```
//!
//! Everything goes through the JSON contract, so the same requests run natively, in WebAssembly and, one day, over HTTP.

pub mod contract;
pub mod engine;
pub mod files;
pub mod fuzz;
pub mod generate;
pub mod parity;
pub mod place;
pub mod random;
pub mod snippets;

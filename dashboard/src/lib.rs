//! The dashboard: one page that shows an allocation and lets the data and settings behind it be changed.
//!
//! ```text
//! frame, view, component (Leptos) ── Event ──> state::Model ── Command ──> client ──> Web Worker (allocator-wasm)
//!          ^                                 |                                     |
//!          +───────────── shows ─────────────+ <──────────── Event ────────────────+
//! ```
//!
//! [`state`] is plain Rust and tested natively; everything that touches a browser exists on wasm32 only.

#![allow(clippy::needless_pass_by_value, reason = "a component owns what it shows")]
#![allow(clippy::format_collect, reason = "paths of SVG are short, and read as they are written")]

pub mod figure;
pub mod state;

#[cfg(target_arch = "wasm32")]
pub mod app;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(target_arch = "wasm32")]
pub mod chart;
#[cfg(target_arch = "wasm32")]
mod client;
#[cfg(target_arch = "wasm32")]
pub mod component;
#[cfg(target_arch = "wasm32")]
pub mod frame;
#[cfg(target_arch = "wasm32")]
mod keep;
#[cfg(target_arch = "wasm32")]
pub mod later;
#[cfg(target_arch = "wasm32")]
pub mod live;
#[cfg(target_arch = "wasm32")]
mod near;
#[cfg(target_arch = "wasm32")]
mod offline;
#[cfg(target_arch = "wasm32")]
pub mod remote;
#[cfg(target_arch = "wasm32")]
mod report;
#[cfg(target_arch = "wasm32")]
pub mod store;
#[cfg(target_arch = "wasm32")]
pub mod view;

#[cfg(target_arch = "wasm32")]
pub use app::mount;

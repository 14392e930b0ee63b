//! Capital across strategies on the page: what is set, what the engine answers, and what is drawn from it.
//!
//! ```text
//! settings ── request ──> engine ── answer ──> methods side by side, frontier, limits that bind
//!    │                       ^
//!    └── what_if ── plan ────┘
//! ```

pub mod answer;
pub mod code;
pub mod dial;
pub mod export;
pub mod frontier;
pub mod group;
pub mod limit;
pub mod method;
pub mod price;
pub mod settings;
pub mod what_if;

#[cfg(test)]
pub(crate) mod example;

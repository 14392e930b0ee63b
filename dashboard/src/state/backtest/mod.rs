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

use std::ops::Deref;
use std::sync::Arc;

/// Something large that is the same only where it is the same object: a comparison of every figure at every event would cost the page
/// more than showing them.
#[derive(Debug, Default)]
pub struct Same<T> {
    held: Arc<T>,
}

impl<T> Same<T> {
    /// Holds something new.
    pub fn new(value: T) -> Self {
        Same::of(Arc::new(value))
    }

    /// Holds what somebody else holds too.
    pub fn of(held: Arc<T>) -> Self {
        Same { held }
    }
}

impl<T> Clone for Same<T> {
    fn clone(&self) -> Self {
        Same::of(Arc::clone(&self.held))
    }
}

impl<T> PartialEq for Same<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.held, &other.held)
    }
}

impl<T> Deref for Same<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.held
    }
}

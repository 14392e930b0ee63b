//! Settings: one file per operation, every field with its default, range and reason; all faults are reported together.

pub mod blend;
pub mod compat;
pub mod correlation;
pub mod metrics;

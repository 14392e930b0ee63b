//! Settings: one file per operation, every field with its default, range and reason; all faults are reported together.

pub mod alpha;
pub mod attribution;
pub mod audit;
pub mod backtest;
pub mod blend;
pub mod capital;
pub mod compat;
pub mod correlation;
pub mod limits;
pub mod metrics;
pub mod netting;
pub mod portfolio;
pub mod position_limits;
pub mod risk;
pub mod schedule;
pub mod tune;
pub mod walk_forward;

use crate::error::Faults;
use crate::wire::{At, Decode};
use compat::Compat;
use serde::Serialize;

/// The settings of one operation.
pub trait OperationConfig: Clone + Decode + Default + Serialize {
    /// The settings of a recorded system where they differ from ours.
    fn compat(preset: Compat) -> Self;

    /// Checks every number and every rule between settings; pushes all faults found.
    fn validate(&self, at: &At<'_>, faults: &mut Faults);
}

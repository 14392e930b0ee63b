//! Watching strategies for what a blend hides: correlations that rise, and the alerts they raise.

mod alert;
mod correlation;
mod frequency;

pub use alert::{Alert, Severity};
pub use correlation::{CorrelationReport, PairCorrelation, correlations};
pub use frequency::{frequency_faults, typical_gap};

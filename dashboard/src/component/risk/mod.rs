//! The parts of the Risk view. They share a [`Desk`]: settings, what is asked, what came back, and one cursor.

mod audit;
mod desk;
mod events;
mod lanes;
mod overlay;
mod regime_time;
mod thresholds;
mod tuning;

pub use audit::Audit;
pub use desk::Desk;
pub use events::Events;
pub use lanes::Lanes;
pub use overlay::Overlay;
pub use regime_time::RegimeTime;
pub use thresholds::Thresholds;
pub use tuning::Tuning;

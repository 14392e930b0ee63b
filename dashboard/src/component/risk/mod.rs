//! The parts of the Risk view. They share a [`Desk`]: settings, what is asked, what came back, and one cursor.

pub mod audit;
pub mod desk;
pub mod events;
pub mod lanes;
pub mod overlay;
pub mod protection;
pub mod regime_time;
pub mod sleeves;
pub mod thresholds;
pub mod tuning;

pub use audit::{Audit, TakeAway};
pub use desk::Desk;
pub use events::Events;
pub use lanes::Lanes;
pub use overlay::Overlay;
pub use protection::{Protection, ProtectionReport};
pub use regime_time::RegimeTime;
pub use sleeves::Sleeves;
pub use thresholds::Thresholds;
pub use tuning::Tuning;

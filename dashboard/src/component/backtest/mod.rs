//! The parts of the Backtest view. They share a [`Desk`]: what is asked, what came back, and the period that is looked at.

pub mod curves;
pub mod desk;
pub mod earned;
pub mod entry;
pub mod figures;
pub mod formula;
pub mod months;
pub mod notes;
pub mod period_bar;
pub mod rules;
pub mod standing;
pub mod strategies;
pub mod take;
pub mod trades;

pub use curves::Curves;
pub use desk::Desk;
pub use earned::{Earned, Steps};
pub use figures::Figures;
pub use months::Months;
pub use notes::RunNotes;
pub use period_bar::PeriodBar;
pub use rules::{Held, Trading};
pub use standing::Standing;
pub use strategies::Strategies;
pub use take::Take;
pub use trades::Trades;

//! The parts of the Capital view.

pub mod choose;
pub mod contributions;
pub mod desk;
pub mod dials;
pub mod elsewhere;
pub mod frontier;
pub mod groups;
pub mod limits;
pub mod methods;
pub mod reasons;
pub mod refusal;
pub mod what_if;

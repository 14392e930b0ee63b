//! The parts of the page, one file each.

pub mod capital_bar;
pub mod cells;
pub mod correlation;
pub mod diversification;
pub mod downloads;
pub mod dropzone;
pub mod explain;
pub mod faults;
pub mod files;
pub mod heat;
pub mod mapping;
pub mod notices;
pub mod palette;
pub mod parameters;
pub mod strategies;
pub mod stream;
pub mod weights;

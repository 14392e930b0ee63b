//! The page as plain Rust: what is known, what is asked, what is shown. Tested natively.

pub mod blend;
pub mod export;
pub mod file;
pub mod flight;
pub mod model;
pub mod number;
pub mod parameter;
pub mod problem;
pub mod setting;
pub mod tag;

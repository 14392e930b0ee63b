//! The page as plain Rust: what is known, what is asked, what is shown. Tested natively.

pub mod blend;
pub mod change;
pub mod code;
pub mod export;
pub mod file;
pub mod flight;
pub mod locale;
pub mod model;
pub mod number;
pub mod palette;
pub mod parameter;
pub mod persist;
pub mod pool;
pub mod problem;
pub mod progress;
pub mod scenario;
pub mod setting;
pub mod share;
pub mod stream;
pub mod tag;
pub mod undo;

//! The pure core of the Multi-Alpha Allocator.
#![forbid(unsafe_code)]

pub mod error;
pub mod frame;
pub mod math;
pub mod units;
pub mod wire;

pub use error::{Code, Fault, Faults, Problem};

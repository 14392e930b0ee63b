//! The core in this process.

use super::{Broken, Engine, Reply, Request};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The core in this process.
#[derive(Clone, Copy, Debug, Default)]
pub struct Native;

impl Native {
    /// Carries out a request; nothing is remembered between two.
    ///
    /// # Errors
    /// A panic.
    pub fn carry_out(request: &Request) -> Result<Reply, Broken> {
        let outcome = catch_unwind(AssertUnwindSafe(|| allocator_core::op::run(&request.operation, &request.body)));
        match outcome {
            Ok(Ok(bytes)) => Ok(Reply { bytes, refused: false }),
            Ok(Err(problem)) => Ok(Reply { bytes: problem.to_json().into_bytes(), refused: true }),
            Err(panic) => {
                let text = panic.downcast_ref::<String>().cloned();
                let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                Err(Broken(format!("panicked: {}", text.unwrap_or_else(|| "without a message".to_owned()))))
            }
        }
    }
}

impl Engine for Native {
    fn name(&self) -> &'static str {
        "native"
    }

    fn run(&mut self, request: &Request) -> Result<Reply, Broken> {
        Self::carry_out(request)
    }
}

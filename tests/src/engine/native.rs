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
        let carried_out = catch_unwind(AssertUnwindSafe(|| match allocator_core::op::run(&request.operation, &request.body) {
            Ok(bytes) => Reply { bytes, refused: false },
            Err(problem) => Reply { bytes: problem.to_json().into_bytes(), refused: true },
        }));
        carried_out.map_err(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Broken(format!("panicked: {}", text.unwrap_or_else(|| "without a message".to_owned())))
        })
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

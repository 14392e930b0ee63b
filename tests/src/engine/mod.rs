//! Who carries out a request: the core natively, or the shipped WebAssembly module inside Node.js.

mod native;
mod wasm;

pub use native::Native;
pub use wasm::Wasm;

use std::fmt;

/// A request by the name of its operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The operation.
    pub operation: String,
    /// The request, usually JSON.
    pub body: Vec<u8>,
}

/// What came back: an answer, or a problem; canonical JSON either way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The answer or the problem.
    pub bytes: Vec<u8>,
    /// Whether it is a problem.
    pub refused: bool,
}

/// No reply: a panic, a trap, or a host that went away. Always a defect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Carries out requests.
pub trait Engine {
    /// `native` or `wasm`.
    fn name(&self) -> &'static str;

    /// Carries out one.
    ///
    /// # Errors
    /// A panic or trap.
    fn run(&mut self, request: &Request) -> Result<Reply, Broken>;
}

//! Redis: where alerts and submissions go, and where signals may come from. Never the authority.
//!
//! ```text
//! journal ── relay ──┬─ XADD <prefix>:alerts  (the record)      ─ PUBLISH alerts (the doorbell)
//!                    └─ XADD <prefix>:submissions
//! <prefix>:signals ── intake ── journal ── XACK;   what cannot be read ──> <prefix>:signals:dead
//! ```
//! Whatever Redis answers, or does not, the journal has it already: an answer that does not come means "unknown", and the same
//! is sent again under the same id.

mod connection;
mod intake;
mod relay;

pub use connection::{Facts, Link, OLDEST, address, connect, masked};
pub use intake::{GROUP, Intake};
pub use relay::{Relay, Status, drain, without_redis};

/// Names of streams and channels.
#[derive(Clone, Debug)]
pub struct Names {
    /// First part of all streams.
    pub prefix: String,
    /// The channel of alerts.
    pub channel: String,
}

impl Names {
    /// The Redis stream that a stream of the journal goes to.
    pub fn stream(&self, stream: crate::journal::Stream) -> String {
        format!("{}:{}", self.prefix, stream.as_str())
    }

    /// The Redis stream that signals come from.
    pub fn signals(&self) -> String {
        format!("{}:signals", self.prefix)
    }

    /// The Redis stream of what could not be read.
    pub fn dead(&self) -> String {
        format!("{}:signals:dead", self.prefix)
    }
}

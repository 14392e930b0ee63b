//! The journal: the one authority. What happened is durable here before anything follows from it.
//!
//! ```text
//! work ── Store::commit ── writer thread ── one transaction for many ── fsync ──> entries, chained by SHA-256
//!                               │                                                       │
//!                               └── State (the same entries, applied) <── replay ───────┘   the only way to start
//! ```
//! An entry never changes. Everything else that the server knows is [`State`]: the fold of all entries, rebuilt at every
//! start. Large texts (requests, responses, signals) lie beside the entries under their SHA-256, which the entries carry, so the chain
//! covers them too. Several processes may write to one journal: each takes over the entries of the others before it adds its own.

mod backup;
mod chain;
mod event;
mod open;
mod replay;
mod state;
mod store;

pub use backup::{Copied, backup, restore};
pub(crate) use chain::hex;
pub use chain::{Entry, GENESIS, Hash, hash_entry};
pub use event::{BlobId, Event, Stage, Step, Stream};
pub use open::{BLOB_BYTES_MAX, FILE, Options, SCHEMA_VERSION};
pub use replay::{Mismatch, Verified, digest_in, verify};
pub use state::{Held, HeldFrom, Outbox, Portfolio, Role, SignalsOf, State, Submission, Token};
pub use store::{Draft, JOBS_MAX, Store};

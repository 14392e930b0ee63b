//! Requests and responses as JSON: reading with every fault named, writing in one canonical form, and the digest.
//!
//! ```text
//! bytes ── tree::parse ──> Json ── Decode ──> request ── op ──> response ── canonical ──> bytes ── digest ──> hex
//! ```

mod canonical;
mod decode;
mod digest;
mod fixed;
mod held;
mod tree;

pub(crate) use canonical::insert_entry;
pub use canonical::{to_canonical_bytes, to_canonical_string};
pub use decode::{At, Choice, Decode, Fields, nearest};
pub(crate) use decode::{choice, record};
pub(crate) use digest::digest_of_result_bytes;
pub use digest::{Digest, digest_of, digest_of_bytes};
pub use held::Held;
pub use tree::{Json, parse};

//! Entries and the chain of hashes over them.
//!
//! `hash(n) = SHA-256("allocator journal 1\n" ‖ hash(n − 1) ‖ n ‖ at_ns ‖ length of body ‖ body)`, numbers as eight bytes, big-endian;
//! `hash(0)` is 32 zero bytes. Whoever changes, drops or inserts an entry must change every hash after it, and with them the head that
//! was noted elsewhere.

use super::event::Event;
use allocator_core::{Code, Problem};
use sha2::Digest as _;

/// SHA-256.
pub type Hash = [u8; 32];

/// What stands before the first entry.
pub const GENESIS: Hash = [0; 32];

/// One line of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// When it was written, nanoseconds since 1970; never before the entry before it.
    pub at_ns: i64,
    /// What happened.
    pub event: Event,
    /// The event as it stands in the journal: canonical JSON.
    pub body: Vec<u8>,
    /// The chain up to here.
    pub hash: Hash,
}

/// The hash of an entry behind the one with the hash `before`.
pub fn hash_entry(before: &Hash, seq: u64, at_ns: i64, body: &[u8]) -> Hash {
    let mut hash = sha2::Sha256::new();
    hash.update(b"allocator journal 1\n");
    hash.update(before);
    hash.update(seq.to_be_bytes());
    hash.update(at_ns.to_be_bytes());
    hash.update((body.len() as u64).to_be_bytes());
    hash.update(body);
    hash.finalize().into()
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Hexadecimal digits as 32 bytes.
pub(crate) fn unhex(text: &str) -> Option<Hash> {
    let digits = text.as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// The journal does not hold together.
pub(crate) fn damaged(place: impl std::fmt::Display, what: impl Into<String>) -> Problem {
    Problem::new(
        Code::JournalDamaged,
        place,
        what,
        "Stop writing to it, keep a copy, and restore the newest backup whose head is known (allocator restore).",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one_and_every_part_enters() {
        // python3 -c "import hashlib,struct; print(hashlib.sha256(b'allocator journal 1\n'+bytes(32)+struct.pack('>qqq',1,2,2)+b'{}').hexdigest())"
        let hash = hash_entry(&GENESIS, 1, 2, b"{}");
        assert_eq!(hex(&hash), "215be0068457544cff04572584ee28726e13ce6ec7f7682eb6340b4ce7bb9d4d");
        for other in [hash_entry(&hash, 1, 2, b"{}"), hash_entry(&GENESIS, 2, 2, b"{}"), hash_entry(&GENESIS, 1, 3, b"{}")] {
            assert_ne!(hash, other);
        }
        assert_ne!(hash, hash_entry(&GENESIS, 1, 2, b"{ }"));
    }

    #[test]
    fn hexadecimal_digits_there_and_back() {
        let hash = hash_entry(&GENESIS, 1, 2, b"{}");
        assert_eq!(unhex(&hex(&hash)), Some(hash));
        for bad in ["", "00", &"g".repeat(64), &"é".repeat(32)] {
            assert_eq!(unhex(bad), None, "{bad}");
        }
    }
}

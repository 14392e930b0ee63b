//! SHA-256 over request and result, the number that the browser shows and production recomputes.

use super::canonical::to_canonical_bytes;
use crate::error::Problem;
use serde::{Serialize, Serializer};
use sha2::Digest as _;
use std::fmt;

/// SHA-256, printed as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Digest(sha2::Sha256::digest(bytes).into())
    }
}

/// The digest of an operation: SHA-256 of
/// `operation ‖ 0x0A ‖ canonical JSON of the request ‖ 0x0A ‖ canonical JSON of the result`.
///
/// The request is in canonical order with every default filled in, the result without its own digest. Anyone can check it with
/// a JSON canonicaliser (RFC 8785) and `sha256sum`.
///
/// # Errors
/// A number that JSON cannot hold, which would be a defect.
pub fn digest_of(operation: &str, request: &impl Serialize, result: &impl Serialize) -> Result<Digest, Problem> {
    Ok(digest_of_bytes(operation, &to_canonical_bytes(request)?, &to_canonical_bytes(result)?))
}

/// As [`digest_of`], from canonical bytes.
pub fn digest_of_bytes(operation: &str, request: &[u8], result: &[u8]) -> Digest {
    let mut hash = sha2::Sha256::new();
    for part in [operation.as_bytes(), b"\n", request, b"\n", result] {
        hash.update(part);
    }
    Digest(hash.finalize().into())
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Digest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Digest".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 over request and result." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_nothing_is_the_published_one() {
        assert_eq!(Digest::of(b"").to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}

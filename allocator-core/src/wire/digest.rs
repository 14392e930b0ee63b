//! SHA-256 over request and result, the number that the browser shows and production recomputes.

use super::canonical::hash_canonical;
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
    let mut hash = of_request(operation, request)?;
    hash_canonical(result, &mut hash)?;
    Ok(Digest(hash.finalize().into()))
}

/// As [`digest_of`], the result from its canonical bytes.
///
/// # Errors
/// As [`digest_of`].
pub(crate) fn digest_of_result_bytes(operation: &str, request: &impl Serialize, result: &[u8]) -> Result<Digest, Problem> {
    let mut hash = of_request(operation, request)?;
    hash.update(result);
    Ok(Digest(hash.finalize().into()))
}

/// The hash as far as it does not depend on the result.
fn of_request(operation: &str, request: &impl Serialize) -> Result<sha2::Sha256, Problem> {
    let mut hash = sha2::Sha256::new();
    hash.update(operation);
    hash.update(b"\n");
    hash_canonical(request, &mut hash)?;
    hash.update(b"\n");
    Ok(hash)
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

    /// Piece by piece and as a whole: the same, whether keys come in order, out of order within a piece, or over several.
    #[test]
    fn what_is_hashed_in_pieces_is_hashed_as_a_whole() {
        use crate::wire::{parse, to_canonical_bytes};
        let numbers = |n: usize| (0..n).map(|i| format!("{}.5", i * 7919 % 100_003)).collect::<Vec<_>>().join(",");
        let (few, many) = (numbers(40), numbers(30_000));
        let small = format!(r#"{{"b":[{few}],"a":{{"z":[],"y":"é\u20ac"}}}}"#);
        for text in [
            String::from("{}"),
            small.clone(),
            format!("[{many}]"),
            format!(r#"{{"a":[{many}],"b":[{many}],"c":{{}}}}"#),
            format!(r#"{{"a":[{many}],"aa":{{"k":[{small},{small}],"l":[{many},{small}]}},"b":[]}}"#),
            format!(r#"{{"b":[{many}],"a":1}}"#),
            format!(r#"{{"x":{{"b":[{many}],"a":[{many}]}},"y":[{small},{many},{small}]}}"#),
            format!(r#"{{"a":[[{many}],{small},[{small}]],"b":{small}}}"#),
        ] {
            let json = parse(text.as_bytes()).unwrap();
            let bytes = to_canonical_bytes(&json).unwrap();
            let whole = digest_of_bytes("op", &bytes, &bytes);
            assert_eq!(digest_of("op", &json, &json).unwrap(), whole, "{}", &text[..40.min(text.len())]);
            assert_eq!(digest_of_result_bytes("op", &json, &bytes).unwrap(), whole);
        }
        assert!(digest_of("op", &f64::NAN, &0.0).is_err());
    }
}

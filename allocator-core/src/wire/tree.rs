//! JSON as a tree that hides nothing: a key that stands twice is refused, numbers are exact or refused.

use super::held::Held;
use crate::error::{Code, Problem};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A JSON value. Objects keep the order they were written in.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number; integers beyond 2^53 that f64 cannot hold exactly are refused on reading.
    Number(f64),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object; its keys are unique.
    Object(Vec<(String, Json)>),
    /// Data that are in memory already: no text has them, and only what they are can read them.
    Held(Held),
}

impl Json {
    /// What kind of value it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a boolean",
            Json::Number(_) => "a number",
            Json::String(_) => "a string",
            Json::Array(_) => "an array",
            Json::Object(_) => "an object",
            Json::Held(_) => "loaded data",
        }
    }

    /// The value of a key, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(fields) => fields.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text, if this is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, if this is one.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Json::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// The elements, if this is an array.
    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The value as a short text for a message: at most 40 characters of it.
    pub fn brief(&self) -> String {
        let text = match self {
            Json::Null => String::from("null"),
            Json::Bool(value) => value.to_string(),
            Json::Number(value) => value.to_string(),
            Json::String(value) => format!("{value:?}"),
            Json::Array(items) => format!("an array of {}", items.len()),
            Json::Object(fields) => format!("an object of {}", fields.len()),
            Json::Held(_) => String::from("loaded data"),
        };
        if text.chars().count() > 40 { text.chars().take(39).chain(['…']).collect() } else { text }
    }
}

/// Reads JSON text into a tree.
///
/// # Errors
/// `invalid_json` with line and column: not JSON, a key twice, a number that f64 cannot hold, nesting beyond 128.
pub fn parse(bytes: &[u8]) -> Result<Json, Problem> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|error| {
        let text = error.to_string();
        // serde_json appends the place to its sentence; the path carries it already.
        let sentence = text.split(" at line ").next().unwrap_or(&text).to_owned();
        let hint = if bytes.is_empty() {
            "The input is empty: send a JSON object."
        } else if sentence.contains("number out of range")
            || sentence.contains("expected value")
            || sentence.contains("expected ident")
        {
            "JSON knows neither NaN nor Infinity; leave the row out or write a finite number."
        } else {
            "Mend the text at that line and column."
        };
        Problem::new(
            Code::InvalidJson,
            format!("{}:{}", error.line(), error.column()),
            format!("Not valid JSON: {sentence}."),
            hint,
        )
    })
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

/// Largest whole number that f64 holds exactly together with all below it.
const EXACT_INTEGER_MAX: u64 = 1 << 53;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_none<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json, D::Error> {
        Json::deserialize(deserializer)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }
    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Json, E> {
        if value > EXACT_INTEGER_MAX && (value as f64) as u128 != u128::from(value) {
            return Err(E::custom(format!("the number {value} cannot be held exactly; write it as a string")));
        }
        Ok(Json::Number(value as f64))
    }
    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Json, E> {
        if value.unsigned_abs() > EXACT_INTEGER_MAX && (value as f64) as i128 != i128::from(value) {
            return Err(E::custom(format!("the number {value} cannot be held exactly; write it as a string")));
        }
        Ok(Json::Number(value as f64))
    }
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Json, E> {
        if !value.is_finite() {
            return Err(E::custom("number out of range"));
        }
        Ok(Json::Number(value))
    }
    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Json::String(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Json, E> {
        Ok(Json::String(value))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut fields: Vec<(String, Json)> = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            if !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!("the key {key:?} stands twice in one object")));
            }
            fields.push((key, value));
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_twice_is_refused_with_its_place() {
        let problem = parse(b"{\"a\": 1,\n \"a\": 2}").unwrap_err();
        assert_eq!(problem.code, Code::InvalidJson);
        assert!(problem.message.contains("\"a\""), "{}", problem.message);
        assert!(problem.path.starts_with("2:"), "{}", problem.path);
    }

    #[test]
    fn nan_infinity_and_overflow_are_refused() {
        for text in ["[NaN]", "[Infinity]", "[1e999]", "[12345678901234567891]", "", "[1,]", "{", "nul"] {
            assert_eq!(parse(text.as_bytes()).unwrap_err().code, Code::InvalidJson, "{text}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = "[".repeat(100_000);
        assert_eq!(parse(deep.as_bytes()).unwrap_err().code, Code::InvalidJson);
    }

    #[test]
    fn numbers_are_read_to_the_last_bit() {
        let Json::Array(items) = parse(b"[0.1, 0.30000000000000004, 2.2250738585072014e-308, -0.0, 9007199254740993.0]").unwrap()
        else {
            panic!()
        };
        let read: Vec<u64> = items.iter().map(|item| item.as_f64().unwrap().to_bits()).collect();
        let wanted: Vec<u64> =
            [0.1, 0.1 + 0.2, f64::MIN_POSITIVE, -0.0, 9007199254740992.0].iter().map(|x: &f64| x.to_bits()).collect();
        assert_eq!(read, wanted);
    }
}

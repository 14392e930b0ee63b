//! Canonical JSON (RFC 8785): keys sorted by UTF-16 code units, numbers as ECMAScript prints them, no spaces.
//!
//! A serde serializer that writes straight into one buffer; an object whose keys arrive in order, as ours are declared,
//! costs nothing extra, any other is put in order when it closes.

use crate::error::Problem;
use serde::ser::{self, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A value as canonical JSON bytes.
///
/// # Errors
/// A number that JSON cannot hold (NaN, infinity, a whole number beyond 2^53): a defect of the caller.
pub fn to_canonical_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, Problem> {
    let mut writer = Writer { out: Vec::with_capacity(256), spans: Vec::new(), hashing: None };
    match value.serialize(&mut writer) {
        Ok(()) => Ok(writer.out),
        Err(Unwritable(why)) => Err(Problem::internal(format!("canonical JSON: {why}"))),
    }
}

/// Adds the canonical bytes of a value to a hash, without holding more of them than a piece at a time.
///
/// # Errors
/// As [`to_canonical_bytes`].
pub(super) fn hash_canonical<T: Serialize + ?Sized>(value: &T, hash: &mut Sha256) -> Result<(), Problem> {
    let hashing = Hashing { hash: hash.clone(), kept: 0, entries: 0, too_late: false };
    let mut writer = Writer { out: Vec::with_capacity(2 * PIECE_BYTES), spans: Vec::new(), hashing: Some(hashing) };
    let written = value.serialize(&mut writer);
    let Some(mut hashing) = writer.hashing else {
        return Err(Problem::internal("canonical JSON: the hash is gone"));
    };
    match written {
        Ok(()) => {
            hashing.hash.update(&writer.out[hashing.kept..]);
            *hash = hashing.hash;
        }
        // Keys out of order, and the first of them hashed already: once more, as a whole.
        Err(_) if hashing.too_late => hash.update(to_canonical_bytes(value)?),
        Err(Unwritable(why)) => return Err(Problem::internal(format!("canonical JSON: {why}"))),
    }
    Ok(())
}

/// A value as canonical JSON text.
///
/// # Errors
/// As [`to_canonical_bytes`].
pub fn to_canonical_string<T: Serialize + ?Sized>(value: &T) -> Result<String, Problem> {
    String::from_utf8(to_canonical_bytes(value)?).map_err(|_| Problem::internal("canonical JSON is not UTF-8"))
}

/// Here rather than beside the type, because errors know nothing of JSON.
impl Problem {
    /// The problem as canonical JSON.
    pub fn to_json(&self) -> String {
        // A problem holds strings and small integers only, which always serialise.
        to_canonical_string(self).unwrap_or_else(|_| String::from("{\"code\":\"internal\"}"))
    }
}

struct Writer {
    out: Vec<u8>,
    /// Entries of all objects that are open, outermost first.
    spans: Vec<Span>,
    /// Set where the bytes are to be hashed and not kept.
    hashing: Option<Hashing>,
}

/// From this size on what has been written goes into the hash.
const PIECE_BYTES: usize = 1 << 16;

struct Hashing {
    hash: Sha256,
    /// Bytes at the begin of the buffer that are copies of open keys, hashed before.
    kept: usize,
    /// Entries that were begun before the last piece went: they cannot be put in order any more.
    entries: usize,
    /// Whether such entries turned out to be out of order.
    too_late: bool,
}

#[derive(Debug)]
struct Unwritable(String);

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for Unwritable {}
impl ser::Error for Unwritable {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Unwritable(message.to_string())
    }
}

/// Largest whole number that every JSON reader holds exactly.
const SAFE_INTEGER_MAX: u64 = 1 << 53;

/// Whether a text is ASCII without anything to escape: nearly every name is.
fn is_plain(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b' ' | b'!' | b'#'..=b'[' | b']'..=b'~'))
}

impl Writer {
    /// Hashes what has been written, if it is a piece's worth. Of it only the keys of open entries stay, with which the next key of
    /// their object is compared. Never called behind a comma that closing an object may take back.
    fn hash_piece(&mut self) {
        let Some(hashing) = &mut self.hashing else { return };
        if self.out.len() < PIECE_BYTES {
            return;
        }
        hashing.hash.update(&self.out[hashing.kept..]);
        let mut keys = Vec::with_capacity(2 * PIECE_BYTES);
        for open in self.spans.iter_mut().filter(|span| span.to == OPEN) {
            let from = keys.len();
            keys.extend_from_slice(&self.out[open.from..open.key_end]);
            (open.from, open.key_end) = (from, keys.len());
        }
        hashing.kept = keys.len();
        hashing.entries = self.spans.len();
        self.out = keys;
    }

    /// Writes a text in quotation marks, and answers whether it is ASCII without anything to escape.
    fn text(&mut self, text: &str) -> bool {
        if is_plain(text.as_bytes()) {
            self.out.reserve(text.len() + 2);
            self.out.push(b'"');
            self.out.extend_from_slice(text.as_bytes());
            self.out.push(b'"');
            return true;
        }
        self.escaped(text);
        false
    }

    fn escaped(&mut self, text: &str) {
        self.out.push(b'"');
        let mut from = 0;
        for (i, byte) in text.bytes().enumerate() {
            let escape: Option<&[u8]> = match byte {
                b'"' => Some(b"\\\""),
                b'\\' => Some(b"\\\\"),
                0x08 => Some(b"\\b"),
                0x09 => Some(b"\\t"),
                0x0A => Some(b"\\n"),
                0x0C => Some(b"\\f"),
                0x0D => Some(b"\\r"),
                0x00..=0x1F => None,
                _ => continue,
            };
            self.out.extend_from_slice(&text.as_bytes()[from..i]);
            match escape {
                Some(escape) => self.out.extend_from_slice(escape),
                None => self.out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            }
            from = i + 1;
        }
        self.out.extend_from_slice(&text.as_bytes()[from..]);
        self.out.push(b'"');
    }

    fn number(&mut self, value: f64) -> Result<(), Unwritable> {
        if !value.is_finite() {
            return Err(Unwritable(format!("{value} is not a JSON number")));
        }
        if value == 0.0 {
            // Minus zero too, as ECMAScript prints it; most terms of an explanation are zero.
            self.out.push(b'0');
            return Ok(());
        }
        let mut buffer = ryu_js::Buffer::new();
        self.out.extend_from_slice(buffer.format_finite(value).as_bytes());
        Ok(())
    }

    fn unsigned(&mut self, value: u64) -> Result<(), Unwritable> {
        if value > SAFE_INTEGER_MAX {
            return Err(Unwritable(format!("{value} is beyond 2^53; it must travel as a string")));
        }
        self.out.extend_from_slice(value.to_string().as_bytes());
        Ok(())
    }

    fn signed(&mut self, value: i64) -> Result<(), Unwritable> {
        if value < 0 {
            self.out.push(b'-');
        }
        self.unsigned(value.unsigned_abs())
    }
}

/// An object while it is open. Its entries are spans in the writer's stack, from `base` on; no key is copied.
struct Object<'a> {
    writer: &'a mut Writer,
    /// Where the first entry begins in the buffer.
    start: usize,
    base: usize,
    sorted: bool,
    /// Whether the last key was plain.
    plain: bool,
    /// Closing brackets: one for an object, two for an enum variant.
    closing: &'static [u8],
}

/// The end of an entry that is being written.
const OPEN: usize = usize::MAX;

/// One entry in the buffer: `"key":value` without its comma.
#[derive(Clone, Copy)]
struct Span {
    from: usize,
    key_end: usize,
    to: usize,
}

impl<'a> Object<'a> {
    fn open(writer: &'a mut Writer, closing: &'static [u8]) -> Self {
        writer.out.push(b'{');
        let (start, base) = (writer.out.len(), writer.spans.len());
        Object { writer, start, base, sorted: true, plain: true, closing }
    }

    fn key(&mut self, key: &str) {
        let from = self.writer.out.len();
        let plain = self.writer.text(key);
        let key_end = self.writer.out.len();
        if let Some(last) = self.writer.spans[self.base..].last() {
            let out = &self.writer.out;
            self.sorted &= if plain && self.plain {
                out[last.from + 1..last.key_end - 1] < *key.as_bytes()
            } else {
                compare_keys(&out[last.from..last.key_end], &out[from..key_end]).is_lt()
            };
        }
        self.plain = plain;
        self.writer.out.push(b':');
        self.writer.spans.push(Span { from, key_end, to: OPEN });
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        value.serialize(&mut *self.writer)?;
        let to = self.writer.out.len();
        if let Some(last) = self.writer.spans.last_mut() {
            last.to = to;
        }
        // The comma stands after every entry and is cut from the last one on closing.
        self.writer.out.push(b',');
        Ok(())
    }

    fn close(self) -> Result<(), Unwritable> {
        let Writer { out, spans, hashing } = self.writer;
        let empty = spans.len() == self.base;
        if !self.sorted {
            if let Some(hashing) = hashing
                && self.base < hashing.entries
            {
                hashing.too_late = true;
                return Err(Unwritable(String::from("keys out of order, of which some are hashed")));
            }
            let own = &mut spans[self.base..];
            own.sort_by(|a, b| compare_keys(&out[a.from..a.key_end], &out[b.from..b.key_end]));
            if let Some(twice) =
                own.windows(2).find(|pair| out[pair[0].from..pair[0].key_end] == out[pair[1].from..pair[1].key_end])
            {
                return Err(Unwritable(format!(
                    "the key {} stands twice",
                    String::from_utf8_lossy(&out[twice[0].from..twice[0].key_end])
                )));
            }
            let mut ordered = Vec::with_capacity(out.len() - self.start);
            for span in own.iter() {
                ordered.extend_from_slice(&out[span.from..span.to]);
                ordered.push(b',');
            }
            out.truncate(self.start);
            out.extend_from_slice(&ordered);
        }
        spans.truncate(self.base);
        if !empty {
            out.pop();
        }
        out.extend_from_slice(self.closing);
        Ok(())
    }
}

/// Order of two quoted keys by UTF-16 code units.
fn compare_keys(a: &[u8], b: &[u8]) -> std::cmp::Ordering {
    let plain = |key: &[u8]| key.iter().all(|byte| byte.is_ascii() && *byte != b'\\');
    if plain(a) && plain(b) {
        // Without the closing quotation mark, which sorts after "!" and before everything else.
        return a[..a.len() - 1].cmp(&b[..b.len() - 1]);
    }
    let text = |key: &[u8]| serde_json::from_slice::<String>(key).unwrap_or_default();
    text(a).encode_utf16().cmp(text(b).encode_utf16())
}

/// Puts `"key":value` at its place among the entries of a canonical object.
///
/// # Errors
/// `object` is no object, or has the key already: a defect of the caller.
pub(crate) fn insert_entry(mut object: Vec<u8>, key: &str, value: &[u8]) -> Result<Vec<u8>, Problem> {
    let quoted = to_canonical_bytes(key)?;
    if object.first() != Some(&b'{') || object.len() < 2 {
        return Err(Problem::internal("canonical JSON: an entry can only be put into an object"));
    }
    let (mut at, mut place) = (1, None);
    while object[at] == b'"' {
        let key_end = at + quoted_length(&object[at..]);
        match compare_keys(&quoted, &object[at..key_end]) {
            std::cmp::Ordering::Less => {
                place = Some(at);
                break;
            }
            std::cmp::Ordering::Equal => return Err(Problem::internal(format!("canonical JSON: the key {key:?} stands twice"))),
            std::cmp::Ordering::Greater => {}
        }
        at = key_end + 1 + value_length(&object[key_end + 1..]);
        if object[at] == b'}' {
            break;
        }
        at += 1;
    }
    let (before, after): (&[u8], &[u8]) = match place {
        Some(_) => (b"", b","),
        None if object.len() > 2 => (b",", b""),
        None => (b"", b""),
    };
    let cut = place.unwrap_or(object.len() - 1);
    object.splice(cut..cut, [before, &quoted, b":", value, after].concat());
    Ok(object)
}

/// Bytes of the quoted text at the begin of canonical JSON.
fn quoted_length(json: &[u8]) -> usize {
    let mut at = 1;
    while json[at] != b'"' {
        at += if json[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// Bytes of the value at the begin of canonical JSON.
fn value_length(json: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0_u32);
    loop {
        match json[at] {
            b'"' => {
                at += quoted_length(&json[at..]);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' | b',' if depth == 0 => return at,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
}

/// An array while it is open.
struct Array<'a> {
    writer: &'a mut Writer,
    first: bool,
    closing: &'static [u8],
}

impl<'a> Array<'a> {
    fn open(writer: &'a mut Writer, closing: &'static [u8]) -> Self {
        writer.out.push(b'[');
        Array { writer, first: true, closing }
    }
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        if !self.first {
            self.writer.out.push(b',');
        }
        self.first = false;
        self.writer.hash_piece();
        value.serialize(&mut *self.writer)
    }
    fn close(self) {
        self.writer.out.extend_from_slice(self.closing);
    }
}

impl<'a> ser::Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Array<'a>;
    type SerializeTuple = Array<'a>;
    type SerializeTupleStruct = Array<'a>;
    type SerializeTupleVariant = Array<'a>;
    type SerializeMap = Object<'a>;
    type SerializeStruct = Object<'a>;
    type SerializeStructVariant = Object<'a>;

    fn serialize_bool(self, value: bool) -> Result<(), Unwritable> {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }
    fn serialize_i8(self, value: i8) -> Result<(), Unwritable> {
        self.signed(value.into())
    }
    fn serialize_i16(self, value: i16) -> Result<(), Unwritable> {
        self.signed(value.into())
    }
    fn serialize_i32(self, value: i32) -> Result<(), Unwritable> {
        self.signed(value.into())
    }
    fn serialize_i64(self, value: i64) -> Result<(), Unwritable> {
        self.signed(value)
    }
    fn serialize_u8(self, value: u8) -> Result<(), Unwritable> {
        self.unsigned(value.into())
    }
    fn serialize_u16(self, value: u16) -> Result<(), Unwritable> {
        self.unsigned(value.into())
    }
    fn serialize_u32(self, value: u32) -> Result<(), Unwritable> {
        self.unsigned(value.into())
    }
    fn serialize_u64(self, value: u64) -> Result<(), Unwritable> {
        self.unsigned(value)
    }
    fn serialize_f32(self, value: f32) -> Result<(), Unwritable> {
        self.number(value.into())
    }
    fn serialize_f64(self, value: f64) -> Result<(), Unwritable> {
        self.number(value)
    }
    fn serialize_char(self, value: char) -> Result<(), Unwritable> {
        self.text(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }
    fn serialize_str(self, value: &str) -> Result<(), Unwritable> {
        self.text(value);
        Ok(())
    }
    fn serialize_bytes(self, _: &[u8]) -> Result<(), Unwritable> {
        Err(Unwritable(String::from("bytes have no JSON form")))
    }
    fn serialize_none(self) -> Result<(), Unwritable> {
        self.serialize_unit()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }
    fn serialize_unit(self) -> Result<(), Unwritable> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unwritable> {
        self.serialize_unit()
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Unwritable> {
        self.text(variant);
        Ok(())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        let mut object = Object::open(self, b"}");
        object.key(variant);
        object.value(value)?;
        object.close()
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Array<'a>, Unwritable> {
        Ok(Array::open(self, b"]"))
    }
    fn serialize_tuple(self, _: usize) -> Result<Array<'a>, Unwritable> {
        Ok(Array::open(self, b"]"))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Array<'a>, Unwritable> {
        Ok(Array::open(self, b"]"))
    }
    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, _: usize) -> Result<Array<'a>, Unwritable> {
        self.out.push(b'{');
        self.text(variant);
        self.out.push(b':');
        Ok(Array::open(self, b"]}"))
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Object<'a>, Unwritable> {
        Ok(Object::open(self, b"}"))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Object<'a>, Unwritable> {
        Ok(Object::open(self, b"}"))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Object<'a>, Unwritable> {
        self.out.push(b'{');
        self.text(variant);
        self.out.push(b':');
        Ok(Object::open(self, b"}}"))
    }
}

impl ser::SerializeSeq for Array<'_> {
    type Ok = ();
    type Error = Unwritable;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.item(value)
    }
    fn end(self) -> Result<(), Unwritable> {
        self.close();
        Ok(())
    }
}
impl ser::SerializeTuple for Array<'_> {
    type Ok = ();
    type Error = Unwritable;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.item(value)
    }
    fn end(self) -> Result<(), Unwritable> {
        self.close();
        Ok(())
    }
}
impl ser::SerializeTupleStruct for Array<'_> {
    type Ok = ();
    type Error = Unwritable;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.item(value)
    }
    fn end(self) -> Result<(), Unwritable> {
        self.close();
        Ok(())
    }
}
impl ser::SerializeTupleVariant for Array<'_> {
    type Ok = ();
    type Error = Unwritable;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.item(value)
    }
    fn end(self) -> Result<(), Unwritable> {
        self.close();
        Ok(())
    }
}
impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = Unwritable;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritable> {
        // Keys are strings in JSON; whatever prints as a string is one.
        let mut text = Writer { out: Vec::new(), spans: Vec::new(), hashing: None };
        key.serialize(&mut text)?;
        let quoted: String = serde_json::from_slice(&text.out).map_err(|_| Unwritable(String::from("a key must be a string")))?;
        self.key(&quoted);
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.value(value)
    }
    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}
impl ser::SerializeStruct for Object<'_> {
    type Ok = ();
    type Error = Unwritable;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Unwritable> {
        self.key(key);
        self.value(value)
    }
    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}
impl ser::SerializeStructVariant for Object<'_> {
    type Ok = ();
    type Error = Unwritable;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Unwritable> {
        self.key(key);
        self.value(value)
    }
    fn end(self) -> Result<(), Unwritable> {
        self.close()
    }
}

impl Serialize for super::Json {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use super::Json;
        match self {
            Json::Null => serializer.serialize_unit(),
            Json::Bool(value) => serializer.serialize_bool(*value),
            Json::Number(value) => serializer.serialize_f64(*value),
            Json::String(value) => serializer.serialize_str(value),
            Json::Array(items) => serializer.collect_seq(items),
            Json::Object(fields) => serializer.collect_map(fields.iter().map(|(key, value)| (key, value))),
            Json::Held(_) => Err(ser::Error::custom("loaded data have no text")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::parse;

    fn canonical(text: &str) -> String {
        to_canonical_string(&parse(text.as_bytes()).unwrap()).unwrap()
    }

    #[test]
    fn keys_are_sorted_by_utf16_code_units() {
        // The example of RFC 8785, section 3.2.3: U+FB33 sorts after the surrogate pair of U+1F600.
        let text = "{\"\\u20ac\":1,\"\\r\":2,\"\\ufb33\":3,\"1\":4,\"\\ud83d\\ude00\":5,\"\\u0080\":6,\"\\u00f6\":7}";
        assert_eq!(canonical(text), "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"\u{1F600}\":5,\"\u{FB33}\":3}");
    }

    #[test]
    fn numbers_as_ecmascript_prints_them() {
        // From RFC 8785, appendix B.
        assert_eq!(
            canonical(
                "[0, -0.0, 5e-324, 1.7976931348623157e308, 9007199254740992, 295147905179352830000, 1e21, 1e-7, 0.000001, 333333333.3333332]"
            ),
            "[0,0,5e-324,1.7976931348623157e+308,9007199254740992,295147905179352830000,1e+21,1e-7,0.000001,333333333.3333332]"
        );
    }

    #[test]
    fn nested_objects_are_put_in_order() {
        assert_eq!(canonical("{\"b\":{\"y\":[],\"x\":{}},\"a\":null}"), "{\"a\":null,\"b\":{\"x\":{},\"y\":[]}}");
    }

    #[test]
    fn an_entry_goes_to_its_place() {
        for (object, wanted) in [
            ("{}", "{\"d\":1}"),
            ("{\"a\":[{\"z\":\"}\"}]}", "{\"a\":[{\"z\":\"}\"}],\"d\":1}"),
            ("{\"a\":\"x\\\"y\",\"e\":2}", "{\"a\":\"x\\\"y\",\"d\":1,\"e\":2}"),
            ("{\"dd\":0}", "{\"d\":1,\"dd\":0}"),
        ] {
            assert_eq!(String::from_utf8(insert_entry(object.as_bytes().to_vec(), "d", b"1").unwrap()).unwrap(), wanted);
        }
        assert!(insert_entry(b"{\"d\":0}".to_vec(), "d", b"1").is_err());
    }

    #[test]
    fn what_json_cannot_hold_is_a_defect_not_a_panic() {
        assert!(to_canonical_bytes(&f64::NAN).is_err());
        assert!(to_canonical_bytes(&u64::MAX).is_err());
    }
}

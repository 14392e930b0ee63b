//! From a JSON tree to a typed request, reading on after a fault so that all are reported together.
//!
//! [`record!`] declares a settings type once: its fields, their defaults and their documentation. [`choice!`] declares a
//! word with its aliases. Both answer an unknown name with the nearest known one.

use super::Json;
use crate::error::{Code, Fault, Faults};
use std::collections::BTreeMap;
use std::fmt;

/// Where in the tree we are; prints as a JSON pointer (RFC 6901). Lives on the stack, so a healthy request allocates nothing.
#[derive(Clone, Copy)]
pub enum At<'a> {
    /// The whole document.
    Root,
    /// A key of an object.
    Key(&'a At<'a>, &'a str),
    /// A place in an array, from 0.
    Index(&'a At<'a>, usize),
}

impl At<'_> {
    /// The place of a key below this one.
    pub fn key<'b>(&'b self, key: &'b str) -> At<'b> {
        At::Key(self, key)
    }
    /// The place of an element below this one.
    pub fn index(&self, index: usize) -> At<'_> {
        At::Index(self, index)
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            At::Root => Ok(()),
            At::Key(parent, key) => write!(f, "{parent}/{}", key.replace('~', "~0").replace('/', "~1")),
            At::Index(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// A type that can be read from a JSON tree.
pub trait Decode: Sized {
    /// Reads the value, or pushes every fault found and answers `None`.
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self>;

    /// As [`Decode::decode`], with `base` for what the value leaves out; settings inside settings keep a preset that way.
    fn decode_over(json: &Json, at: &At<'_>, faults: &mut Faults, base: Self) -> Option<Self> {
        let _ = base;
        Self::decode(json, at, faults)
    }
}

/// Pushes "expected this, found that".
fn wrong_type(json: &Json, at: &At<'_>, faults: &mut Faults, expected: &str) {
    let code = if matches!(json, Json::Null) && expected.contains("number") { Code::NotFinite } else { Code::WrongType };
    let hint = match json {
        Json::String(text) if expected.contains("number") && text.trim().parse::<f64>().is_ok_and(f64::is_finite) => {
            format!("Write {} without quotation marks.", text.trim())
        }
        _ => format!("Give {expected}."),
    };
    faults.push(Fault::new(code, at, format!("Expected {expected}, found {}.", json.brief()), hint));
}

impl Decode for f64 {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        match json {
            Json::Number(value) => Some(*value),
            Json::String(text)
                if matches!(text.to_ascii_lowercase().trim_start_matches(['+', '-']), "nan" | "inf" | "infinity") =>
            {
                faults.push(Fault::new(
                    Code::NotFinite,
                    at,
                    format!("{text} is not a finite number."),
                    "Give a finite number, or leave the row out.",
                ));
                None
            }
            _ => {
                wrong_type(json, at, faults, "a number");
                None
            }
        }
    }
}

impl Decode for u32 {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        match json {
            Json::Number(value) if *value >= 0.0 && *value <= f64::from(u32::MAX) && value.fract() == 0.0 => Some(*value as u32),
            _ => {
                wrong_type(json, at, faults, "a whole number from 0");
                None
            }
        }
    }
}

impl Decode for bool {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        if let Json::Bool(value) = json {
            return Some(*value);
        }
        wrong_type(json, at, faults, "true or false");
        None
    }
}

impl Decode for String {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        if let Json::String(value) = json {
            return Some(value.clone());
        }
        wrong_type(json, at, faults, "a string");
        None
    }
}

impl Decode for crate::units::UnixNanos {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        if let Json::String(text) = json
            && let Some(time) = Self::parse(text)
        {
            return Some(time);
        }
        faults.push(Fault::new(
            Code::InvalidDate,
            at,
            format!("{} is not a date.", json.brief()),
            "Write 2024-01-31, or 2024-01-31T09:30:00Z.",
        ));
        None
    }
}

impl Decode for Json {
    fn decode(json: &Json, _: &At<'_>, _: &mut Faults) -> Option<Self> {
        Some(json.clone())
    }
}

/// `null` is `None`.
impl<T: Decode> Decode for Option<T> {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        match json {
            Json::Null => Some(None),
            _ => T::decode(json, at, faults).map(Some),
        }
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let Json::Array(items) = json else {
            wrong_type(json, at, faults, "an array");
            return None;
        };
        let mut all = Vec::with_capacity(items.len());
        for (i, item) in items.iter().enumerate() {
            if let Some(value) = T::decode(item, &at.index(i), faults) {
                all.push(value);
            }
        }
        (all.len() == items.len()).then_some(all)
    }
}

impl<T: Decode> Decode for BTreeMap<String, T> {
    fn decode(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let Json::Object(fields) = json else {
            wrong_type(json, at, faults, "an object");
            return None;
        };
        let mut all = BTreeMap::new();
        for (key, value) in fields {
            if let Some(value) = T::decode(value, &at.key(key), faults) {
                all.insert(key.clone(), value);
            }
        }
        (all.len() == fields.len()).then_some(all)
    }
}

/// The fields of one object while they are being taken out; what is left at the end is unknown.
pub struct Fields<'a> {
    fields: &'a [(String, Json)],
    known: Vec<&'static str>,
}

impl<'a> Fields<'a> {
    /// Opens an object; anything else is a fault.
    pub fn open(json: &'a Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        if let Json::Object(fields) = json {
            return Some(Fields { fields, known: Vec::new() });
        }
        wrong_type(json, at, faults, "an object");
        None
    }

    /// The raw value of a field, if it is there.
    pub fn raw(&mut self, name: &'static str) -> Option<&'a Json> {
        self.known.push(name);
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// A field that may be left out; then it is `default`.
    pub fn optional<T: Decode>(&mut self, name: &'static str, default: T, at: &At<'_>, faults: &mut Faults) -> Option<T> {
        match self.raw(name) {
            None => Some(default),
            Some(json) => T::decode_over(json, &at.key(name), faults, default),
        }
    }

    /// A field that must be there.
    pub fn required<T: Decode>(&mut self, name: &'static str, at: &At<'_>, faults: &mut Faults) -> Option<T> {
        self.required_raw(name, at, faults).and_then(|json| T::decode(json, &at.key(name), faults))
    }

    /// The raw value of a field that must be there.
    pub fn required_raw(&mut self, name: &'static str, at: &At<'_>, faults: &mut Faults) -> Option<&'a Json> {
        let found = self.raw(name);
        if found.is_none() {
            faults.push(Fault::new(Code::MissingField, at, format!("The field {name:?} is missing."), format!("Add {name:?}.")));
        }
        found
    }

    /// Refuses what was not asked for, with the nearest known name.
    pub fn close(self, at: &At<'_>, faults: &mut Faults) {
        for (key, _) in self.fields {
            if !self.known.contains(&key.as_str()) {
                let hint = match nearest(key, self.known.iter().copied()) {
                    Some(near) => format!("Did you mean {near:?}?"),
                    None => format!("Known fields: {}.", self.known.join(", ")),
                };
                faults.push(Fault::new(Code::UnknownField, at.key(key), format!("There is no field {key:?} here."), hint));
            }
        }
    }
}

/// The candidate nearest to `name` by edit distance, if any is near enough to be meant.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: Vec<char> = name.to_lowercase().chars().take(64).collect();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let distance = edit_distance(&wanted, &candidate.to_lowercase().chars().collect::<Vec<_>>());
        if distance <= (candidate.chars().count() / 3).max(2) && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Levenshtein distance.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

/// A word of a fixed vocabulary.
pub trait Choice: Sized + Copy + 'static {
    /// Every word with its spelling on the wire, its aliases, and what it means.
    const WORDS: &'static [(Self, &'static str, &'static [&'static str], &'static str)];

    /// The word, or `None` if it is not of the vocabulary.
    fn from_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, text, aliases, _)| *text == word || aliases.contains(&word)).map(|(choice, ..)| *choice)
    }

    /// Reads the word, or pushes a fault with the nearest one.
    fn decode_word(json: &Json, at: &At<'_>, faults: &mut Faults) -> Option<Self> {
        let words = || Self::WORDS.iter().map(|(_, text, ..)| *text);
        let Json::String(text) = json else {
            wrong_type(json, at, faults, "a string");
            return None;
        };
        let found = Self::from_word(text);
        if found.is_none() {
            let all = words().collect::<Vec<_>>().join(", ");
            let hint = match nearest(text, words()) {
                Some(near) => format!("Did you mean {near:?}? Known: {all}."),
                None => format!("Known: {all}."),
            };
            faults.push(Fault::new(Code::UnknownChoice, at, format!("{text:?} is not one of the choices."), hint));
        }
        found
    }
}

/// Declares a fixed vocabulary: `pub enum Name { /// doc \n Variant = "word" | "alias", }`. The first variant is the default.
macro_rules! choice {
    ($(#[doc = $outer:literal])* pub enum $name:ident { $(#[doc = $first_doc:literal])* $first:ident = $first_word:literal $(| $first_alias:literal)* $(, $(#[doc = $doc:literal])* $variant:ident = $word:literal $(| $alias:literal)*)* $(,)? }) => {
        $(#[doc = $outer])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
        pub enum $name { $(#[doc = $first_doc])* #[default] $first, $($(#[doc = $doc])* $variant),* }

        impl $crate::wire::Choice for $name {
            const WORDS: &'static [(Self, &'static str, &'static [&'static str], &'static str)] = &[
                ($name::$first, $first_word, &[$($first_alias),*], concat!($($first_doc),*)),
                $(($name::$variant, $word, &[$($alias),*], concat!($($doc),*)),)*
            ];
        }
        impl $name {
            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $name::$first => $first_word, $($name::$variant => $word),* }
            }
        }
        impl $crate::wire::Decode for $name {
            fn decode(json: &$crate::wire::Json, at: &$crate::wire::At<'_>, faults: &mut $crate::error::Faults) -> Option<Self> {
                <Self as $crate::wire::Choice>::decode_word(json, at, faults)
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "type": "string",
                    "enum": [$first_word $(, $word)*],
                    "description": concat!($($outer, "\n",)* "\n", $("\n- `", $first_word, "`:", $first_doc,)* $($("\n- `", $word, "`:", $doc,)*)*),
                })
            }
        }
    };
}
pub(crate) use choice;

/// Declares settings whose every field has a default: struct, `Default`, reading, writing and schema in one place.
macro_rules! record {
    ($(#[doc = $outer:literal])* pub struct $name:ident { $($(#[doc = $doc:literal])* pub $field:ident: $type:ty = $default:expr,)* }) => {
        $(#[doc = $outer])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", serde(default, deny_unknown_fields))]
        pub struct $name { $($(#[doc = $doc])* pub $field: $type,)* }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: $default,)* }
            }
        }
        impl $name {
            /// The names of the fields.
            pub const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];
        }
        impl $crate::wire::Decode for $name {
            fn decode(json: &$crate::wire::Json, at: &$crate::wire::At<'_>, faults: &mut $crate::error::Faults) -> Option<Self> {
                Self::decode_over(json, at, faults, Self::default())
            }
            fn decode_over(
                json: &$crate::wire::Json,
                at: &$crate::wire::At<'_>,
                faults: &mut $crate::error::Faults,
                base: Self,
            ) -> Option<Self> {
                let mut fields = $crate::wire::Fields::open(json, at, faults)?;
                $(let $field: Option<$type> = fields.optional(stringify!($field), base.$field, at, faults);)*
                fields.close(at, faults);
                Some($name { $($field: $field?,)* })
            }
        }
    };
}
pub(crate) use record;

#[cfg(test)]
mod tests {
    #![allow(unreachable_pub, reason = "the macros declare public types")]
    use super::*;
    use crate::wire::parse;

    choice! {
        /// A colour.
        pub enum Colour {
            /// Red.
            Red = "red",
            /// Green.
            Green = "green" | "verde",
        }
    }
    record! {
        /// Settings of a test.
        pub struct Paint {
            /// The colour.
            pub colour: Colour = Colour::Green,
            /// Layers.
            pub layers: u32 = 2,
            /// Share of gloss.
            pub gloss: Option<f64> = None,
        }
    }

    fn read(text: &str) -> (Option<Paint>, Faults) {
        let mut faults = Faults::new();
        let paint = Paint::decode(&parse(text.as_bytes()).unwrap(), &At::Root, &mut faults);
        (paint, faults)
    }

    #[test]
    fn defaults_and_aliases() {
        assert_eq!(read("{}").0, Some(Paint::default()));
        assert_eq!(Paint::FIELDS, ["colour", "layers", "gloss"]);
        assert_eq!(read("{\"colour\":\"verde\",\"gloss\":0.5}").0, Some(Paint { gloss: Some(0.5), ..Paint::default() }));
    }

    #[test]
    fn all_faults_at_once_with_place_and_mend() {
        let (paint, faults) = read("{\"color\":\"red\",\"layers\":-1,\"gloss\":\"0.5\"}");
        assert_eq!(paint, None);
        let lines: Vec<String> = faults.as_slice().iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "/layers: Expected a whole number from 0, found -1. Give a whole number from 0.",
                "/gloss: Expected a number, found \"0.5\". Write 0.5 without quotation marks.",
                "/color: There is no field \"color\" here. Did you mean \"colour\"?",
            ]
        );
    }

    #[test]
    fn an_unknown_word_names_the_nearest() {
        let (_, faults) = read("{\"colour\":\"grean\"}");
        assert!(faults.as_slice()[0].hint.contains("\"green\""));
    }

    #[test]
    fn pointers_are_escaped() {
        assert_eq!(At::Root.key("a/b~c").index(3).to_string(), "/a~1b~0c/3");
    }
}

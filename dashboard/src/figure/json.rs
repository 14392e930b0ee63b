//! Short words for building specifications as JSON trees.

use allocator_core::wire::{Json, to_canonical_string};

/// An object; a later key of the same name takes the place of the earlier one.
pub fn object<const N: usize>(fields: [(&str, Json); N]) -> Json {
    let mut all: Vec<(String, Json)> = Vec::with_capacity(N);
    for (key, value) in fields {
        all.retain(|(known, _)| known != key);
        all.push((key.to_owned(), value));
    }
    Json::Object(all)
}

/// A text.
pub fn text(value: impl Into<String>) -> Json {
    Json::String(value.into())
}

/// A number; what is not finite is unknown, which is null.
pub fn number(value: f64) -> Json {
    if value.is_finite() { Json::Number(value) } else { Json::Null }
}

/// A number or null.
pub fn maybe(value: Option<f64>) -> Json {
    value.map_or(Json::Null, number)
}

/// A whole number.
pub fn whole(value: usize) -> Json {
    Json::Number(value as f64)
}

/// A list.
pub fn list(items: impl IntoIterator<Item = Json>) -> Json {
    Json::Array(items.into_iter().collect())
}

/// A list of texts.
pub fn texts<T: AsRef<str>>(items: impl IntoIterator<Item = T>) -> Json {
    list(items.into_iter().map(|item| text(item.as_ref())))
}

/// `true` or `false`.
pub fn flag(value: bool) -> Json {
    Json::Bool(value)
}

/// Puts a field into an object; anything else stays as it is.
pub fn put(target: &mut Json, key: &str, value: Json) {
    if let Json::Object(fields) = target {
        fields.retain(|(known, _)| known != key);
        fields.push((key.to_owned(), value));
    }
}

/// The text of a tree: keys sorted, so that the same figure has the same text.
pub fn text_of(json: &Json) -> String {
    let mut out = String::new();
    write(json, &mut out);
    out
}

fn write(json: &Json, out: &mut String) {
    let between = |out: &mut String, first: &mut bool| {
        if !std::mem::take(first) {
            out.push(',');
        }
    };
    match json {
        Json::Null | Json::Held(_) => out.push_str("null"),
        Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        // A text or a finite number always has a form.
        Json::Number(value) => out.push_str(&to_canonical_string(value).unwrap_or_else(|_| String::from("null"))),
        Json::String(value) => out.push_str(&to_canonical_string(value.as_str()).unwrap_or_default()),
        Json::Array(items) => {
            out.push('[');
            let mut first = true;
            for item in items {
                between(out, &mut first);
                write(item, out);
            }
            out.push(']');
        }
        Json::Object(fields) => {
            let mut sorted: Vec<&(String, Json)> = fields.iter().collect();
            sorted.sort_by(|a, b| a.0.cmp(&b.0));
            out.push('{');
            let mut first = true;
            for (key, value) in sorted {
                between(out, &mut first);
                out.push_str(&to_canonical_string(key.as_str()).unwrap_or_default());
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::wire::parse;

    #[test]
    fn what_is_written_is_read_back() {
        let tree = object([
            ("b", list([number(0.1), number(f64::NAN), whole(3), maybe(None)])),
            ("a", text("a \"quoted\"\nline")),
            ("c", flag(true)),
        ]);
        let written = text_of(&tree);
        assert_eq!(written, r#"{"a":"a \"quoted\"\nline","b":[0.1,null,3,null],"c":true}"#);
        assert_eq!(parse(written.as_bytes()).unwrap().get("b").unwrap().as_array().unwrap().len(), 4);
    }

    #[test]
    fn a_field_is_replaced_and_not_doubled() {
        let mut tree = object([("a", whole(1)), ("a", whole(2))]);
        put(&mut tree, "a", whole(3));
        assert_eq!(text_of(&tree), r#"{"a":3}"#);
    }
}

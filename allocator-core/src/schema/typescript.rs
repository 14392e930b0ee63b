//! TypeScript declarations from the same schemas: one exported type for every named schema, no `any`.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The declarations of all requests and responses.
///
/// A request and a response of operation `blend` are `BlendRequest` and `BlendResponse`; the types that they share are declared once.
pub fn typescript() -> String {
    let mut declarations: BTreeMap<String, String> = BTreeMap::new();
    for (stem, schema) in super::all() {
        let name: String = stem.split(['.', '_']).map(capitalised).collect();
        let request = stem.ends_with(".request");
        for (definition, schema) in schema.get("$defs").and_then(Value::as_object).into_iter().flatten() {
            declare(definition, schema, request, &mut declarations);
        }
        declare(&name, &schema, request, &mut declarations);
    }
    let mut text = String::from("// Generated from the Rust types by `cargo xtask schemas`; do not edit.\n");
    for declaration in declarations.values() {
        text.push('\n');
        text.push_str(declaration);
    }
    text
}

fn declare(name: &str, schema: &Value, request: bool, declarations: &mut BTreeMap<String, String>) {
    let mut text = doc(schema, "");
    match schema.get("properties").and_then(Value::as_object) {
        Some(properties) => {
            let _ = writeln!(text, "export interface {name} {}", members(schema, properties, request, ""));
        }
        None => {
            let _ = writeln!(text, "export type {name} = {};", type_of(schema, request, ""));
        }
    }
    declarations.insert(name.to_owned(), text);
}

fn members(schema: &Value, properties: &Map<String, Value>, request: bool, indent: &str) -> String {
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let inner = format!("{indent}  ");
    let mut text = String::from("{\n");
    for (key, property) in properties {
        // A field with a default may be left out of a request; an answer always has it.
        let optional = if request && !required.contains(&key.as_str()) { "?" } else { "" };
        let _ = writeln!(text, "{}{inner}{key}{optional}: {};", doc(property, &inner), type_of(property, request, &inner));
    }
    text.push_str(indent);
    text.push('}');
    text
}

fn type_of(schema: &Value, request: bool, indent: &str) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return reference.rsplit('/').next().unwrap_or("unknown").to_owned();
    }
    if let Some(constant) = schema.get("const") {
        return constant.to_string();
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = schema.get(key).and_then(Value::as_array) {
            let mut types: Vec<String> = choices.iter().map(|choice| type_of(choice, request, indent)).collect();
            types.dedup();
            return types.join(" | ");
        }
    }
    match schema.get("type") {
        Some(Value::Array(names)) => {
            let parts: Vec<String> =
                names.iter().filter_map(Value::as_str).map(|name| simple(name, schema, request, indent)).collect();
            parts.join(" | ")
        }
        Some(Value::String(name)) => simple(name, schema, request, indent),
        _ => String::from("unknown"),
    }
}

fn simple(name: &str, schema: &Value, request: bool, indent: &str) -> String {
    match name {
        "number" | "integer" => String::from("number"),
        "string" => String::from("string"),
        "boolean" => String::from("boolean"),
        "null" => String::from("null"),
        "array" => {
            if let Some(items) = schema.get("prefixItems").and_then(Value::as_array) {
                let items: Vec<String> = items.iter().map(|item| type_of(item, request, indent)).collect();
                return format!("[{}]", items.join(", "));
            }
            let item = schema.get("items").map_or_else(|| String::from("unknown"), |items| type_of(items, request, indent));
            let (least, most) = (schema.get("minItems").and_then(Value::as_u64), schema.get("maxItems").and_then(Value::as_u64));
            match (least, most) {
                (Some(least), Some(most)) if least == most && most <= 4 => format!("[{}]", vec![item; most as usize].join(", ")),
                _ if item.contains(" | ") => format!("({item})[]"),
                _ => format!("{item}[]"),
            }
        }
        "object" => match (schema.get("properties").and_then(Value::as_object), schema.get("additionalProperties")) {
            (Some(properties), _) => members(schema, properties, request, indent),
            (None, Some(values @ Value::Object(_))) => format!("Record<string, {}>", type_of(values, request, indent)),
            _ => String::from("Record<string, unknown>"),
        },
        _ => String::from("unknown"),
    }
}

fn doc(schema: &Value, indent: &str) -> String {
    let Some(text) = schema.get("description").and_then(Value::as_str) else { return String::new() };
    let text = text.trim().replace("*/", "* /");
    if !text.contains('\n') {
        return format!("{indent}/** {text} */\n");
    }
    let lines: Vec<String> = text.lines().map(|line| format!("{indent} * {}", line.trim()).trim_end().to_owned()).collect();
    format!("{indent}/**\n{}\n{indent} */\n", lines.join("\n"))
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_type_that_is_named_is_declared() {
        let text = super::typescript();
        assert!(text.contains("export interface BlendRequest {") && text.contains("export interface BlendResponse {"));
        assert!(text.contains("per_strategy_max?: number;") && text.contains("digest: Digest;"));
        assert!(
            text.contains("export interface PositionLimitsRequest {") && text.contains("export interface TearSheetResponse {")
        );
        assert!(!text.contains(": any"), "{text}");
        let declared: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("export interface ").or_else(|| line.strip_prefix("export type ")))
            .filter_map(|line| line.split_whitespace().next())
            .collect();
        for name in ["Alert", "BlendConfig", "BlendMethod", "Code", "Contribution", "Problem", "Signals", "Returns"] {
            assert!(declared.contains(&name), "{name} is used and not declared");
        }
    }
}

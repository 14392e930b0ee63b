//! TypeScript declarations from the same schemas: one exported type for every named schema, no `any`.

use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The declarations of all requests and responses.
///
/// A request and a response of operation `blend` are `BlendRequest` and `BlendResponse`; the types that they share are declared once. Where two
/// types have one name, what a request reads is `…Input` beside what responses write, and else the later one bears its operation before it.
pub fn typescript() -> String {
    let schemas = super::all();
    let definitions: Vec<Definition<'_>> = schemas.iter().flat_map(|(stem, schema)| Definition::all(stem, schema)).collect();
    let names = names(&definitions);
    let name_in =
        |stem: &str, definition: &str| names.get(&(stem, definition)).cloned().unwrap_or_else(|| String::from("unknown"));
    let mut declarations: BTreeMap<String, String> = BTreeMap::new();
    for definition in &definitions {
        let name = name_in(definition.stem, definition.name);
        let text = declaration(&name, definition.schema, &Scope::new(definition.stem, &|other| name_in(definition.stem, other)));
        declarations.insert(name, text);
    }
    for (stem, schema) in &schemas {
        let name: String = stem.split(['.', '_']).map(capitalised).collect();
        let text = declaration(&name, schema, &Scope::new(stem, &|other| name_in(stem, other)));
        declarations.insert(name, text);
    }
    let mut text = String::from("// Generated from the Rust types by `cargo xtask schemas`; do not edit.\n");
    for declaration in declarations.values() {
        text.push('\n');
        text.push_str(declaration);
    }
    text
}

/// A named schema inside that of a request or a response.
struct Definition<'a> {
    /// `blend.request`.
    stem: &'a str,
    name: &'a str,
    schema: &'a Value,
}

impl<'a> Definition<'a> {
    fn all(stem: &'a str, schema: &'a Value) -> impl Iterator<Item = Definition<'a>> {
        let definitions = schema.get("$defs").and_then(Value::as_object).into_iter().flatten();
        definitions.map(move |(name, schema)| Definition { stem, name, schema })
    }
}

/// Where a type is written: whether fields may be left out, and what other types are called there.
struct Scope<'a> {
    request: bool,
    name: &'a dyn Fn(&str) -> String,
}

impl<'a> Scope<'a> {
    fn new(stem: &str, name: &'a dyn Fn(&str) -> String) -> Self {
        Scope { request: stem.ends_with(".request"), name }
    }
}

/// What each definition is called, by schema and name.
fn names<'a>(definitions: &[Definition<'a>]) -> BTreeMap<(&'a str, &'a str), String> {
    // Definitions of one name are one type where they read the same and so does all that they name: told apart round after round, until
    // no round finds a new difference.
    let mut kinds: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut known = 0;
    loop {
        let mut found: BTreeMap<(&str, String), usize> = BTreeMap::new();
        let mut next = BTreeMap::new();
        for definition in definitions {
            let name = |other: &str| format!("{other}#{}", kinds.get(&(definition.stem, other)).copied().unwrap_or_default());
            let text = declaration(definition.name, definition.schema, &Scope::new(definition.stem, &name));
            let number = found.len();
            next.insert((definition.stem, definition.name), *found.entry((definition.name, text)).or_insert(number));
        }
        kinds = next;
        if found.len() == known {
            break;
        }
        known = found.len();
    }
    let mut called: BTreeMap<usize, String> = BTreeMap::new();
    for definition in definitions {
        let kinds = &kinds;
        let kind = kinds[&(definition.stem, definition.name)];
        if called.contains_key(&kind) {
            continue;
        }
        let others = definitions.iter().filter(|other| other.name == definition.name);
        let stems = |same: bool| {
            others.clone().filter(move |other| (kinds[&(other.stem, other.name)] == kind) == same).map(|other| other.stem)
        };
        let plain = definition.name.to_owned();
        let is_input = stems(true).all(|stem| stem.ends_with(".request")) && stems(false).all(|stem| stem.ends_with(".response"));
        let name = if stems(false).next().is_none() {
            plain
        } else if is_input {
            format!("{plain}Input")
        } else if called.values().any(|taken| *taken == plain) {
            definition.stem.split('.').next().unwrap_or_default().split('_').map(capitalised).collect::<String>() + &plain
        } else {
            plain
        };
        called.insert(kind, name);
    }
    kinds.into_iter().map(|(place, kind)| (place, called[&kind].clone())).collect()
}

fn declaration(name: &str, schema: &Value, scope: &Scope<'_>) -> String {
    let mut text = doc(schema, "");
    match schema.get("properties").and_then(Value::as_object) {
        Some(properties) => {
            let _ = writeln!(text, "export interface {name} {}", members(schema, properties, scope, ""));
        }
        None => {
            let _ = writeln!(text, "export type {name} = {};", type_of(schema, scope, ""));
        }
    }
    text
}

fn members(schema: &Value, properties: &Map<String, Value>, scope: &Scope<'_>, indent: &str) -> String {
    let required: Vec<&str> =
        schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let inner = format!("{indent}  ");
    let mut text = String::from("{\n");
    for (key, property) in properties {
        // A field with a default may be left out of a request; an answer always has it.
        let optional = if scope.request && !required.contains(&key.as_str()) { "?" } else { "" };
        let _ = writeln!(text, "{}{inner}{key}{optional}: {};", doc(property, &inner), type_of(property, scope, &inner));
    }
    text.push_str(indent);
    text.push('}');
    text
}

fn type_of(schema: &Value, scope: &Scope<'_>, indent: &str) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return (scope.name)(reference.rsplit('/').next().unwrap_or_default());
    }
    if let Some(constant) = schema.get("const") {
        return constant.to_string();
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return words.iter().map(Value::to_string).collect::<Vec<_>>().join(" | ");
    }
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = schema.get(key).and_then(Value::as_array) {
            let mut types: Vec<String> = choices.iter().map(|choice| type_of(choice, scope, indent)).collect();
            types.dedup();
            return types.join(" | ");
        }
    }
    match schema.get("type") {
        Some(Value::Array(names)) => {
            let parts: Vec<String> =
                names.iter().filter_map(Value::as_str).map(|name| simple(name, schema, scope, indent)).collect();
            parts.join(" | ")
        }
        Some(Value::String(name)) => simple(name, schema, scope, indent),
        _ => String::from("unknown"),
    }
}

fn simple(name: &str, schema: &Value, scope: &Scope<'_>, indent: &str) -> String {
    match name {
        "number" | "integer" => String::from("number"),
        "string" => String::from("string"),
        "boolean" => String::from("boolean"),
        "null" => String::from("null"),
        "array" => {
            if let Some(items) = schema.get("prefixItems").and_then(Value::as_array) {
                let items: Vec<String> = items.iter().map(|item| type_of(item, scope, indent)).collect();
                return format!("[{}]", items.join(", "));
            }
            let item = schema.get("items").map_or_else(|| String::from("unknown"), |items| type_of(items, scope, indent));
            let (least, most) = (schema.get("minItems").and_then(Value::as_u64), schema.get("maxItems").and_then(Value::as_u64));
            match (least, most) {
                (Some(least), Some(most)) if least == most && most <= 4 => format!("[{}]", vec![item; most as usize].join(", ")),
                _ if item.contains(" | ") => format!("({item})[]"),
                _ => format!("{item}[]"),
            }
        }
        "object" => match (schema.get("properties").and_then(Value::as_object), schema.get("additionalProperties")) {
            (Some(properties), _) => members(schema, properties, scope, indent),
            (None, Some(values @ Value::Object(_))) => format!("Record<string, {}>", type_of(values, scope, indent)),
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
    /// The lines of a declaration.
    fn declared<'a>(text: &'a str, name: &str) -> &'a str {
        let start = ["interface", "type"].iter().find_map(|kind| text.find(&format!("\nexport {kind} {name} ")));
        let start = start.unwrap_or_else(|| panic!("{name} is not declared")) + 1;
        let rest = &text[start..];
        &rest[..rest.find("\n\n").unwrap_or(rest.len())]
    }

    #[test]
    fn two_types_of_one_name_are_two() {
        let text = super::typescript();
        // What an audit says of a rule, and what limits say of an order.
        assert!(declared(&text, "Verdict").contains("CAUTION") && declared(&text, "LimitsVerdict").contains("reject"));
        assert!(declared(&text, "OrderVerdict").contains(": LimitsVerdict;"));
        assert!(declared(&text, "RuleVerdict").contains(": Verdict | null;"));
        // Numbers are read as money; answers write decimal strings only.
        assert!(declared(&text, "MoneyInput").contains("number") && !declared(&text, "Money").contains("number"));
        assert!(declared(&text, "PortfolioRequest").contains("MoneyInput"));
    }

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

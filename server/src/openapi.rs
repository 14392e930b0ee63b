//! The OpenAPI 3.1 description of the server, put together from the core's schemas.

use allocator_core::{Code, Problem, op, schema, wire};
use serde_json::{Map, Value, json};

/// Where a JSON Schema keeps the types it refers to, and where OpenAPI does.
const DEFINITIONS: [&str; 2] = ["#/$defs/", "#/components/schemas/"];

/// The description as canonical JSON.
///
/// # Errors
/// `internal`.
pub fn document() -> Result<Vec<u8>, Problem> {
    wire::to_canonical_bytes(&tree())
}

/// The description.
pub fn tree() -> Value {
    let mut paths = Map::new();
    for (name, summary) in op::SUMMARIES {
        let request = reference(&format!("{name}.request"));
        paths.insert(
            format!("/api/v1/{name}"),
            json!({ "post": {
                "operationId": name,
                "summary": summary,
                "requestBody": { "required": true, "content": { "application/json": { "schema": request } } },
                "responses": responses("The answer, as canonical JSON (RFC 8785).", &format!("{name}.response")),
            } }),
        );
    }
    paths.insert(
        "/api/v1/inspect".to_owned(),
        json!({ "post": {
            "operationId": "inspect",
            "summary": "Say what is in a data file and what is wrong with it",
            "parameters": [{
                "name": "name", "in": "query", "required": false, "schema": { "type": "string" },
                "description": "The file's name, for messages and, with its extension, for its format.",
            }],
            "requestBody": { "required": true, "content": { "application/octet-stream": {} } },
            "responses": responses("What is in the file.", "inspect.response"),
        } }),
    );
    for (path, id, summary) in [
        ("/healthz", "healthz", "Whether the process is alive"),
        ("/readyz", "readyz", "Whether work should be sent here; 503 if not"),
        ("/api/v1/operations", "operations", "What can be asked"),
        ("/api/v1/openapi.json", "openapi", "This description"),
    ] {
        let answer = json!({ "description": summary, "content": { "application/json": { "schema": { "type": "object" } } } });
        let mut answers = Map::from_iter([("200".to_owned(), answer.clone())]);
        if id == "readyz" {
            answers.insert("503".to_owned(), answer);
        }
        paths.insert(path.to_owned(), json!({ "get": { "operationId": id, "summary": summary, "responses": answers } }));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Multi-Alpha Allocator",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "One request, one answer, everywhere: the same bytes natively, in the browser and over HTTP.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "http://127.0.0.1:8080" }],
        "paths": paths,
        "components": { "schemas": components() },
    })
}

/// Every schema as a component, with the types it refers to lifted out beside it.
fn components() -> Map<String, Value> {
    let mut all = Map::new();
    for (stem, mut schema) in schema::all() {
        let definitions = match schema.as_object_mut() {
            Some(object) => {
                object.remove("$schema");
                object.remove("$defs")
            }
            None => None,
        };
        let Some(Value::Object(definitions)) = definitions else {
            all.insert(stem, schema);
            continue;
        };
        // A type can read differently in a request (defaults may be left out) than in an answer; then it goes by both names.
        let mut renamed = Vec::new();
        for (name, definition) in &definitions {
            let mut lifted = definition.clone();
            point_to_components(&mut lifted, &[]);
            if all.get(name).is_some_and(|known| *known != lifted) {
                renamed.push((name.clone(), format!("{name}.{stem}")));
            }
        }
        for (name, mut definition) in definitions {
            let renamed_to = renamed.iter().find(|(old, _)| *old == name).map(|(_, new)| new.clone());
            point_to_components(&mut definition, &renamed);
            all.insert(renamed_to.unwrap_or(name), definition);
        }
        point_to_components(&mut schema, &renamed);
        all.insert(stem, schema);
    }
    all
}

/// Rewrites every `$ref` to a definition.
fn point_to_components(value: &mut Value, renamed: &[(String, String)]) {
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields {
                if key == "$ref"
                    && let Some(name) = inner.as_str().and_then(|text| text.strip_prefix(DEFINITIONS[0]))
                {
                    let name = renamed.iter().find(|(old, _)| old == name).map_or(name, |(_, new)| new);
                    *inner = Value::String(format!("{}{name}", DEFINITIONS[1]));
                } else {
                    point_to_components(inner, renamed);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| point_to_components(item, renamed)),
        _ => {}
    }
}

fn reference(stem: &str) -> Value {
    json!({ "$ref": format!("{}{stem}", DEFINITIONS[1]) })
}

/// The good answer, and the problems that any operation may answer instead.
fn responses(description: &str, answer: &str) -> Value {
    let mut all = json!({ "200": {
        "description": description,
        "content": { "application/json": { "schema": reference(answer) } },
    } });
    for status in [400_u16, 403, 405, 408, 413, 415, 422, 500, 503] {
        let codes: Vec<&str> = Code::ALL.iter().filter(|code| code.status() == status).map(|code| code.as_str()).collect();
        all[status.to_string()] = json!({
            "description": format!("Refused: {}.", codes.join(", ")),
            "content": { "application/problem+json": { "schema": reference("problem") } },
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str));
                fields.values().for_each(|inner| references(inner, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_reference_has_its_target() {
        let tree = tree();
        let mut found = Vec::new();
        references(&tree, &mut found);
        assert!(found.len() > 20);
        for reference in found {
            let name = reference.strip_prefix(DEFINITIONS[1]).unwrap_or_else(|| panic!("{reference}"));
            assert!(tree["components"]["schemas"].get(name).is_some(), "{reference}");
        }
    }

    #[test]
    fn every_operation_is_described() {
        let mut described: Vec<&str> = op::SUMMARIES.iter().map(|(name, _)| *name).collect();
        described.sort_unstable();
        let mut known: Vec<&str> = crate::http::json_operations().collect();
        known.sort_unstable();
        assert_eq!(described, known);
    }
}

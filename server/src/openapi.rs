//! The OpenAPI 3.1 description of the server, put together from the core's schemas.

use allocator_core::{Code, Problem, op, schema, wire};
use serde_json::{Map, Value, json};

/// Where a JSON Schema keeps the types it refers to, and where OpenAPI does.
const DEFINITIONS: [&str; 2] = ["#/$defs/", "#/components/schemas/"];

/// An address that is no operation.
struct Resource {
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    post: bool,
    /// The body's media type and its fields with their meaning.
    body: Option<(&'static str, &'static [(&'static str, &'static str)])>,
    /// Query and headers: name, place, meaning.
    parameters: &'static [(&'static str, &'static str, &'static str)],
    status: &'static str,
    answer: &'static str,
}

const PAGED: &[(&str, &str, &str)] =
    &[("limit", "query", "Lines of a page, 1 to 1000; 100 unless given."), ("before", "query", "`next` of the page before.")];

const RESOURCES: &[Resource] = &[
    Resource {
        path: "/api/v1/alerts",
        id: "alerts",
        summary: "Alerts that were raised, newest first",
        post: false,
        body: None,
        parameters: PAGED,
        status: "200",
        answer: "A page of alerts.",
    },
    Resource {
        path: "/api/v1/events",
        id: "events",
        summary: "What happened, as pages, or as server-sent events for who accepts text/event-stream",
        post: false,
        body: None,
        parameters: &[
            ("topics", "query", "Any of alerts, allocations, runs, signals, submissions; all unless given."),
            ("after", "query", "Begin behind this number. A stream without it begins now, a page at the beginning."),
            ("last-event-id", "header", "As after; what a browser sends when it comes back."),
            ("limit", "query", "Lines of a page, 1 to 1000; 100 unless given."),
        ],
        status: "200",
        answer: "Events, oldest first.",
    },
    Resource {
        path: "/api/v1/socket",
        id: "socket",
        summary: "The same events over a WebSocket, and signals in",
        post: false,
        body: None,
        parameters: &[("topics", "query", "As for events."), ("after", "query", "As for events.")],
        status: "101",
        answer: "A WebSocket.",
    },
    Resource {
        path: "/api/v1/portfolios",
        id: "portfolios",
        summary: "The portfolios, their settings and what has arrived for them",
        post: false,
        body: None,
        parameters: &[],
        status: "200",
        answer: "All portfolios.",
    },
    Resource {
        path: "/api/v1/portfolios/{id}",
        id: "portfolio",
        summary: "One portfolio",
        post: false,
        body: None,
        parameters: &[],
        status: "200",
        answer: "The portfolio.",
    },
    Resource {
        path: "/api/v1/portfolios/{id}/signals",
        id: "sendSignals",
        summary: "Signals in: JSON, or a data file as application/vnd.apache.arrow.stream, text/csv or application/vnd.apache.parquet",
        post: true,
        body: Some((
            "application/json",
            &[
                ("as_of", "When the signals were made; now unless given."),
                ("returns", "Return histories of the strategies."),
                ("signals", "Rows by strategy, as in a blend."),
                ("version", "1."),
            ],
        )),
        parameters: &[
            ("as_of", "query", "For data files: when the signals were made."),
            ("strategy", "query", "For data files: the strategy of rows that name none."),
            ("name", "query", "For data files: the file's name."),
        ],
        status: "200",
        answer: "What became of each strategy's signals: taken, unchanged or older.",
    },
    Resource {
        path: "/api/v1/portfolios/{id}/cycles",
        id: "runCycle",
        summary: "Run a production cycle now (role operator)",
        post: true,
        body: None,
        parameters: &[],
        status: "201",
        answer: "The cycle, step by step.",
    },
    Resource {
        path: "/api/v1/portfolios/{id}/positions",
        id: "reportPositions",
        summary: "Say what is held, for plans and turnover limits (role operator)",
        post: true,
        body: Some((
            "application/json",
            &[
                ("as_of", "When it was so; now unless given."),
                ("positions", "Fractions of capital by symbol; short positions are negative."),
                ("version", "1."),
            ],
        )),
        parameters: &[],
        status: "200",
        answer: "What became of it: taken, or older.",
    },
    Resource {
        path: "/api/v1/portfolios/{id}/submissions",
        id: "submit",
        summary: "Hand in an allocation by the digest that was seen",
        post: true,
        body: Some((
            "application/json",
            &[
                ("digest", "The digest of the answer that was seen."),
                ("operation", "blend unless given."),
                ("request", "The request; without it, a recorded run with the digest is meant."),
                ("version", "1."),
            ],
        )),
        parameters: &[(
            "idempotency-key",
            "header",
            "New for each submission, the same for each retry of it; at most 128 characters.",
        )],
        status: "201",
        answer: "The submission. 200 with the header idempotent-replayed where the key made it before.",
    },
    Resource {
        path: "/api/v1/portfolios/{id}/submissions",
        id: "submissionsOfPortfolio",
        summary: "The submissions of a portfolio, newest first",
        post: false,
        body: None,
        parameters: PAGED,
        status: "200",
        answer: "A page of submissions.",
    },
    Resource {
        path: "/api/v1/submissions",
        id: "submissions",
        summary: "All submissions, newest first",
        post: false,
        body: None,
        parameters: PAGED,
        status: "200",
        answer: "A page of submissions.",
    },
    Resource {
        path: "/api/v1/submissions/{id}",
        id: "submission",
        summary: "One submission with its history",
        post: false,
        body: None,
        parameters: &[],
        status: "200",
        answer: "The submission.",
    },
    Resource {
        path: "/api/v1/submissions/{id}/stage",
        id: "moveSubmission",
        summary: "Report how far a submission has come (role operator)",
        post: true,
        body: Some((
            "application/json",
            &[
                ("reason", "In words, at most 1024 bytes."),
                ("stage", "acknowledged, executing, done, rejected or failed."),
                ("version", "1."),
            ],
        )),
        parameters: &[],
        status: "200",
        answer: "The submission.",
    },
    Resource {
        path: "/api/v1/runs",
        id: "runs",
        summary: "Recorded runs, newest first",
        post: false,
        body: None,
        parameters: PAGED,
        status: "200",
        answer: "A page of runs.",
    },
    Resource {
        path: "/api/v1/runs/{seq}",
        id: "run",
        summary: "One run",
        post: false,
        body: None,
        parameters: &[],
        status: "200",
        answer: "The run, with an ETag.",
    },
    Resource {
        path: "/api/v1/runs/{seq}/request",
        id: "runRequest",
        summary: "The canonical request of a run",
        post: false,
        body: None,
        parameters: &[],
        status: "200",
        answer: "The request, with an ETag.",
    },
    Resource {
        path: "/api/v1/runs/{seq}/response",
        id: "runResponse",
        summary: "The answer of a run, byte for byte",
        post: false,
        body: None,
        parameters: &[],
        status: "200",
        answer: "The answer, with an ETag.",
    },
    Resource {
        path: "/metrics",
        id: "metricsText",
        summary: "Figures about the server, in the text format of Prometheus",
        post: false,
        body: None,
        parameters: &[],
        status: "200",
        answer: "Text.",
    },
];

impl Resource {
    fn describe(&self) -> Value {
        let in_path = self
            .path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
        let others = self.parameters.iter().map(|(name, place, meaning)| {
            json!({ "name": name, "in": place, "required": *name == "idempotency-key", "schema": { "type": "string" },
                "description": meaning })
        });
        let mut all = json!({
            "operationId": self.id,
            "summary": self.summary,
            "parameters": in_path.chain(others).collect::<Vec<_>>(),
            "responses": problems(json!({ self.status: {
                "description": self.answer,
                "content": { "application/json": { "schema": { "type": "object" } } },
            } })),
        });
        if let Some((kind, fields)) = self.body {
            let properties: Map<String, Value> =
                fields.iter().map(|(name, meaning)| ((*name).to_owned(), json!({ "description": meaning }))).collect();
            all["requestBody"] = json!({ "required": true, "content": { kind: { "schema": {
                "type": "object", "properties": properties, "required": ["version"],
            } } } });
        }
        all
    }
}

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
                "parameters": [
                    flag("emit", "Raise the answer's alerts for real (correlation and blend): journal, log, Redis, streams."),
                    flag("record", "Keep the run: request, answer and digest."),
                    flag("portfolio", "What alerts and run belong to; the whole desk unless given."),
                ],
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
    for resource in RESOURCES {
        let verb = if resource.body.is_some() || resource.post { "post" } else { "get" };
        let entry = paths.entry(resource.path.to_owned()).or_insert_with(|| json!({}));
        entry[verb] = resource.describe();
    }
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

fn flag(name: &str, meaning: &str) -> Value {
    json!({ "name": name, "in": "query", "required": false, "schema": { "type": "string" }, "description": meaning })
}

/// The good answer, and the problems that any operation may answer instead.
fn responses(description: &str, answer: &str) -> Value {
    let mut content = json!({ "application/json": { "schema": reference(answer) } });
    if answer.strip_suffix(".response").is_some_and(crate::table::is_there) {
        content["application/vnd.apache.arrow.stream"] = json!({});
    }
    problems(json!({ "200": {
        "description": description,
        "content": content,
    } }))
}

/// Adds the problems that any address may answer.
fn problems(mut all: Value) -> Value {
    for status in [400_u16, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 503, 507] {
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

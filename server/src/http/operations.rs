//! `POST /api/v1/<operation>`: the core's answer, byte for byte.

use super::problem::Refusal;
use super::{App, body, gate};
use crate::config::milliseconds;
use allocator_core::codec::Limits;
use allocator_core::{Code, Problem, op};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

/// Name of a file that came without one.
const UNNAMED: &str = "upload";

/// The operations that take a JSON request; `inspect` takes a file.
pub fn json_operations() -> impl Iterator<Item = &'static str> {
    op::NAMES.iter().copied().filter(|name| *name != "inspect")
}

/// Runs one operation.
pub(crate) async fn run(State(app): State<Arc<App>>, name: &'static str, request: Request) -> Response {
    if !is_json(request.headers()) {
        let problem = wrong_media_type(request.headers());
        body::discard(request.into_body()).await;
        return Refusal(problem).into_response();
    }
    let answer = async {
        let (reserve, bytes) = body::read(&app.gate, &app.config, request).await?;
        within_time(&app, app.gate.compute(reserve, move || op::run(name, &bytes))).await
    };
    respond(answer.await)
}

/// Says what is in a file.
pub(crate) async fn inspect(State(app): State<Arc<App>>, request: Request) -> Response {
    let name = request.uri().query().and_then(|query| query_value(query, "name"));
    let answer = async {
        let (reserve, bytes) = body::read(&app.gate, &app.config, request).await?;
        let limits = upload_limits(&app);
        let work = move || {
            let inspection = op::inspect::inspect(&bytes, name.as_deref().unwrap_or(UNNAMED), &limits);
            allocator_core::wire::to_canonical_bytes(&inspection)
        };
        within_time(&app, app.gate.compute(reserve, work)).await
    };
    respond(answer.await)
}

/// A file over HTTP may unfold to a few times the largest body, whatever its compression promises.
fn upload_limits(app: &App) -> Limits {
    let body = u64::from(app.config.body_bytes_max);
    let usual = Limits::default();
    Limits {
        bytes: body,
        decompressed_bytes: usual.decompressed_bytes.min(body * 8),
        cells: usual.cells.min(body),
        text_bytes: usual.text_bytes.min(body * 2),
        ..usual
    }
}

/// What can be asked.
pub(crate) async fn list() -> Response {
    #[derive(Serialize)]
    struct Operation {
        body: &'static str,
        method: &'static str,
        name: &'static str,
        path: String,
    }
    #[derive(Serialize)]
    struct Operations {
        operations: Vec<Operation>,
        version: &'static str,
    }
    let operations = json_operations()
        .map(|name| Operation { body: "application/json", method: "POST", name, path: format!("/api/v1/{name}") })
        .chain([Operation {
            body: "application/octet-stream",
            method: "POST",
            name: "inspect",
            path: "/api/v1/inspect?name={name}".to_owned(),
        }])
        .collect();
    super::status::json(StatusCode::OK, &Operations { operations, version: env!("CARGO_PKG_VERSION") })
}

/// The OpenAPI description.
pub(crate) async fn openapi() -> Response {
    respond(crate::openapi::document())
}

async fn within_time<T>(app: &App, work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    tokio::time::timeout(milliseconds(app.config.answer_timeout_ms), work).await.unwrap_or_else(|_| {
        Err(gate::overloaded(format!("The answer was not ready within {} ms.", app.config.answer_timeout_ms)))
    })
}

fn respond(answer: Result<Vec<u8>, Problem>) -> Response {
    match answer {
        Ok(bytes) => ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], bytes).into_response(),
        Err(problem) => Refusal(problem).into_response(),
    }
}

/// `application/json`, with or without parameters, or a kind of it (`application/…+json`).
fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn wrong_media_type(headers: &HeaderMap) -> Problem {
    let message = match headers.get(header::CONTENT_TYPE) {
        None => "The request does not say of what media type its body is.".to_owned(),
        Some(kind) => format!("The body is {:?}, not JSON.", kind.to_str().unwrap_or("unreadable")),
    };
    Problem::new(Code::UnsupportedMediaType, "", message, "Send the header Content-Type: application/json.")
}

/// The value of a key of a query, percent-decoded; `None` where it is missing or not UTF-8.
fn query_value(query: &str, key: &str) -> Option<String> {
    let raw = query.split('&').find_map(|pair| pair.strip_prefix(key)?.strip_prefix('='))?;
    let mut bytes = raw.bytes();
    let mut decoded = Vec::with_capacity(raw.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [bytes.next()?, bytes.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            _ => byte,
        });
    }
    String::from_utf8(decoded).ok().filter(|name| !name.is_empty() && name.len() <= 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_a_query() {
        assert_eq!(query_value("x=1&name=my%20file+2.csv", "name").as_deref(), Some("my file 2.csv"));
        for bad in ["", "name=", "name=%", "name=%zz", "name=%ff", "nam=x"] {
            assert_eq!(query_value(bad, "name"), None, "{bad}");
        }
    }

    #[test]
    fn media_types() {
        let is = |kind: &str| is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]));
        assert!(is("application/json") && is("Application/JSON; charset=utf-8") && is("application/vnd.x+json"));
        assert!(!is("text/plain") && !is("application/jsonx") && !is_json(&HeaderMap::new()));
    }
}

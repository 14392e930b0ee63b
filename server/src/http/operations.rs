//! `POST /api/v1/<operation>`: the core's answer, byte for byte.

use super::problem::Refusal;
use super::{App, body, gate, guard, query};
use crate::config::milliseconds;
use crate::journal::{Event, Role, digest_in};
use crate::monitor::{DESK, Watch};
use crate::table;
use allocator_core::codec::{self, Format};
use allocator_core::wire::{Json, parse};
use allocator_core::{Code, Problem, op};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

/// Media type of an Arrow stream.
pub(super) const ARROW_STREAM: &str = "application/vnd.apache.arrow.stream";

/// Name of a file that came without one.
const UNNAMED: &str = "upload";

/// The operations that take a JSON request; `inspect` takes a file.
pub fn json_operations() -> impl Iterator<Item = &'static str> {
    op::NAMES.iter().copied().filter(|name| *name != "inspect")
}

/// Runs one operation; with `?record=true` its run is kept, with `?emit=true` its alerts are raised for real too. Neither changes a byte
/// of the answer.
pub(crate) async fn run(State(app): State<Arc<App>>, name: &'static str, request: Request) -> Response {
    if !is_json(request.headers()) {
        let problem = wrong_media_type(request.headers());
        body::discard(request.into_body()).await;
        return Refusal(problem).into_response();
    }
    let query = query::Query::of(request.uri());
    let actor = guard::actor_of(&request);
    let answer = async {
        let (emit, record) = (query.flag("emit")?, query.flag("record")?);
        let scope = query.get("portfolio");
        let as_table = wants_table(name, request.headers());
        if let Some(portfolio) = &scope {
            app.portfolio(portfolio)?;
        }
        if !(emit || record) {
            let (reserve, bytes) = body::read(&app.gate, &app.config, request).await?;
            let work = move || {
                let answer = op::run(name, &bytes)?;
                let table = as_table.then(|| Rows::of(name, &answer)).transpose()?;
                Ok((answer, table))
            };
            let (answer, table) = within_time(&app, app.gate.compute(reserve, work)).await?;
            return Ok(table.map_or_else(|| json_bytes(answer), Rows::respond));
        }
        crate::auth::require(&actor, Role::Analyst)?;
        let store = app.store()?;
        let (reserve, bytes) = body::read(&app.gate, &app.config, request).await?;
        let work = move || {
            let canonical = op::canonical_request(name, &bytes)?;
            let watch = emit.then(|| Watch::of(name, &canonical)).transpose()?;
            let answer = op::run(name, &canonical)?;
            let table = as_table.then(|| Rows::of(name, &answer)).transpose()?;
            Ok((answer, table, canonical, watch))
        };
        let (answer, table, canonical, watch) = within_time(&app, app.gate.compute(reserve, work)).await?;
        let digest = digest_in(&answer).ok_or_else(|| Problem::internal("the answer has no digest"))?;
        let (kept, portfolio, who) = (answer.clone(), scope.clone(), actor.name.clone());
        let (run, alerts) = store
            .commit(move |draft| {
                let run = if record {
                    let (request, response) = (draft.keep(canonical)?, draft.keep(kept)?);
                    Some(draft.push(Event::Run {
                        digest,
                        operation: name.to_owned(),
                        portfolio: portfolio.clone(),
                        request,
                        response,
                        source: "http".to_owned(),
                        actor: who,
                        program: env!("CARGO_PKG_VERSION").to_owned(),
                    }))
                } else {
                    None
                };
                let scope = portfolio.as_deref().unwrap_or(DESK);
                let alerts = watch.map(|watch| watch.raise(draft, scope)).transpose()?.unwrap_or_default();
                Ok((run, alerts))
            })
            .await?;
        app.note_alerts(scope.as_deref().unwrap_or(DESK), &alerts);
        let mut response = table.map_or_else(|| json_bytes(answer), Rows::respond);
        let headers = response.headers_mut();
        headers.insert("x-alerts-raised", HeaderValue::from(alerts.len()));
        if let Some(run) = run {
            headers.insert("x-run", HeaderValue::from(run));
        }
        Ok(response)
    };
    answer.await.unwrap_or_else(|problem: Problem| Refusal(problem).into_response())
}

/// The main table of an answer, for who reads it as an Arrow stream: the rows are those of the command line's `--format arrow`. The digest is
/// that of the whole answer.
struct Rows {
    digest: String,
    stream: Vec<u8>,
}

impl Rows {
    fn of(name: &str, answer: &[u8]) -> Result<Self, Problem> {
        let tree = parse(answer)?;
        let digest = tree.get("digest").and_then(Json::as_str).unwrap_or_default().to_owned();
        Ok(Rows { digest, stream: codec::write(&table::of(&tree, name)?, Format::ArrowStream)? })
    }

    fn respond(self) -> Response {
        let mut response = ([(header::CONTENT_TYPE, HeaderValue::from_static(ARROW_STREAM))], self.stream).into_response();
        if let Ok(digest) = HeaderValue::from_str(&self.digest) {
            response.headers_mut().insert("x-digest", digest);
        }
        response
    }
}

/// Whether the answer has a table, and its caller asks for that before JSON.
fn wants_table(name: &str, headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let first = accepted.split([',', ';']).next().unwrap_or_default().trim();
    first.eq_ignore_ascii_case(ARROW_STREAM) && table::is_there(name)
}

/// Says what is in a file.
pub(crate) async fn inspect(State(app): State<Arc<App>>, request: Request) -> Response {
    let name = query::Query::of(request.uri()).get("name");
    let answer = async {
        let (reserve, bytes) = body::read(&app.gate, &app.config, request).await?;
        let limits = app.upload_limits();
        let work = move || {
            let inspection = op::inspect::inspect(&bytes, name.as_deref().unwrap_or(UNNAMED), &limits);
            allocator_core::wire::to_canonical_bytes(&inspection)
        };
        within_time(&app, app.gate.compute(reserve, work)).await
    };
    respond(answer.await)
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

pub(super) async fn within_time<T>(app: &App, work: impl Future<Output = Result<T, Problem>>) -> Result<T, Problem> {
    tokio::time::timeout(milliseconds(app.config.answer_timeout_ms), work).await.unwrap_or_else(|_| {
        Err(gate::overloaded(format!("The answer was not ready within {} ms.", app.config.answer_timeout_ms)))
    })
}

pub(super) fn respond(answer: Result<Vec<u8>, Problem>) -> Response {
    match answer {
        Ok(bytes) => json_bytes(bytes),
        Err(problem) => Refusal(problem).into_response(),
    }
}

/// Bytes that are JSON already.
pub(super) fn json_bytes(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], bytes).into_response()
}

/// `application/json`, with or without parameters, or a kind of it (`application/…+json`).
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let Some(kind) = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()) else { return false };
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

pub(super) fn wrong_media_type(headers: &HeaderMap) -> Problem {
    let message = match headers.get(header::CONTENT_TYPE) {
        None => "The request does not say of what media type its body is.".to_owned(),
        Some(kind) => format!("The body is {:?}, not JSON.", kind.to_str().unwrap_or("unreadable")),
    };
    Problem::new(Code::UnsupportedMediaType, "", message, "Send the header Content-Type: application/json.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types() {
        let is = |kind: &str| is_json(&HeaderMap::from_iter([(header::CONTENT_TYPE, kind.parse().unwrap())]));
        assert!(is("application/json") && is("Application/JSON; charset=utf-8") && is("application/vnd.x+json"));
        assert!(!is("text/plain") && !is("application/jsonx") && !is_json(&HeaderMap::new()));
    }
}

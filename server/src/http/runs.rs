//! `/api/v1/runs` and `/api/v1/alerts`: what was recorded.

use super::operations::{json_bytes, respond};
use super::query::Query;
use super::{App, Refusal};
use crate::clock::iso8601;
use crate::journal::{BlobId, Entry, Event, Store};
use allocator_core::wire::to_canonical_bytes;
use allocator_core::{Code, Problem};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

/// What a run's request and answer may be cached as: they never change under their number.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

#[derive(Serialize)]
struct Run {
    at: String,
    by: String,
    digest: String,
    operation: String,
    portfolio: Option<String>,
    program: String,
    request: String,
    response: String,
    seq: u64,
    source: String,
}

fn run_of(entry: Entry) -> Option<(Run, BlobId, BlobId)> {
    let Event::Run { digest, operation, portfolio, request, response, source, actor, program } = entry.event else { return None };
    let run = Run {
        at: iso8601(entry.at_ns),
        by: actor,
        digest,
        operation,
        portfolio,
        program,
        request: request.to_string(),
        response: response.to_string(),
        seq: entry.seq,
        source,
    };
    Some((run, request, response))
}

/// Reads the journal away from the threads that answer sockets.
pub(super) async fn reading<T: Send + 'static>(
    app: &App,
    read: impl FnOnce(&Store) -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let store = Arc::clone(app.store()?);
    tokio::task::spawn_blocking(move || read(&store))
        .await
        .unwrap_or_else(|error| Err(Problem::internal(format!("reading the journal did not finish: {error}"))))
}

/// Recorded runs, newest first.
pub(crate) async fn list(State(app): State<Arc<App>>, request: Request) -> Response {
    #[derive(Serialize)]
    struct Page {
        next: Option<u64>,
        runs: Vec<Run>,
    }
    let query = Query::of(request.uri());
    let answer = async {
        let (limit, before) = (query.limit()?, query.number("before")?.unwrap_or(u64::MAX));
        let entries = reading(&app, move |store| store.entries_before(before, &["run"], limit)).await?;
        let next = (entries.len() == limit as usize).then(|| entries.last().map(|entry| entry.seq)).flatten();
        let runs = entries.into_iter().filter_map(run_of).map(|(run, ..)| run).collect();
        to_canonical_bytes(&Page { next, runs })
    };
    respond(answer.await)
}

/// Alerts, newest first.
pub(crate) async fn alerts(State(app): State<Arc<App>>, request: Request) -> Response {
    #[derive(Serialize)]
    struct Line {
        alert: serde_json::Value,
        raised: String,
        scope: String,
        seq: u64,
    }
    #[derive(Serialize)]
    struct Page {
        alerts: Vec<Line>,
        next: Option<u64>,
    }
    let query = Query::of(request.uri());
    let answer = async {
        let (limit, before) = (query.limit()?, query.number("before")?.unwrap_or(u64::MAX));
        let entries = reading(&app, move |store| store.entries_before(before, &["alert"], limit)).await?;
        let next = (entries.len() == limit as usize).then(|| entries.last().map(|entry| entry.seq)).flatten();
        let alerts = entries
            .into_iter()
            .filter_map(|entry| match entry.event {
                Event::Alert { alert, scope, .. } => Some(Line { alert, raised: iso8601(entry.at_ns), scope, seq: entry.seq }),
                _ => None,
            })
            .collect();
        to_canonical_bytes(&Page { alerts, next })
    };
    respond(answer.await)
}

async fn found(app: &App, seq: &str) -> Result<(Run, BlobId, BlobId), Problem> {
    let missing = || {
        let shown: String = seq.chars().take(40).collect();
        Problem::new(Code::NotFound, "", format!("There is no run {shown:?}."), "GET /api/v1/runs lists them.")
    };
    let number: u64 = seq.parse().map_err(|_| missing())?;
    let entry = reading(app, move |store| store.entry(number)).await?;
    entry.and_then(run_of).ok_or_else(missing)
}

/// One run, without its texts.
pub(crate) async fn one(State(app): State<Arc<App>>, Path(seq): Path<String>, headers: HeaderMap) -> Response {
    let answer = async {
        let (run, ..) = found(&app, &seq).await?;
        Ok((run.digest.clone(), to_canonical_bytes(&run)?))
    };
    tagged(answer.await, &headers)
}

/// The canonical request of a run.
pub(crate) async fn request(State(app): State<Arc<App>>, Path(seq): Path<String>, headers: HeaderMap) -> Response {
    text(&app, &seq, &headers, |(_, request, _)| *request).await
}

/// The answer of a run, byte for byte.
pub(crate) async fn response(State(app): State<Arc<App>>, Path(seq): Path<String>, headers: HeaderMap) -> Response {
    text(&app, &seq, &headers, |(.., response)| *response).await
}

async fn text(app: &App, seq: &str, headers: &HeaderMap, which: fn(&(Run, BlobId, BlobId)) -> BlobId) -> Response {
    let answer = async {
        let id = which(&found(app, seq).await?);
        Ok((id.to_string(), reading(app, move |store| store.blob(id)).await?))
    };
    tagged(answer.await, headers)
}

/// An answer with its `ETag`, or 304 where the caller has it. Weak, because the same answer may go out compressed.
fn tagged(answer: Result<(String, Vec<u8>), Problem>, headers: &HeaderMap) -> Response {
    let (tag, bytes) = match answer {
        Ok(answer) => answer,
        Err(problem) => return Refusal(problem).into_response(),
    };
    let tag = format!("W/\"{tag}\"");
    let given = headers.get(header::IF_NONE_MATCH).and_then(|given| given.to_str().ok()).unwrap_or_default();
    let has =
        given.split(',').map(str::trim).any(|one| one == "*" || one.trim_start_matches("W/") == tag.trim_start_matches("W/"));
    let mut response = if has { StatusCode::NOT_MODIFIED.into_response() } else { json_bytes(bytes) };
    if let Ok(value) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response.headers_mut().insert(header::CACHE_CONTROL, IMMUTABLE);
    response
}

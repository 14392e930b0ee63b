//! `/api/v1/…/submissions`: handing in what was seen, exactly once, and following it.

use super::operations::{is_json, json_bytes, respond, within_time, wrong_media_type};
use super::query::Query;
use super::{App, Refusal, body, guard};
use crate::auth;
use crate::journal::{Event, Role, Stage, digest_in};
use crate::submission::{self, Checked, OPERATIONS, Shown, Taken};
use allocator_core::wire::{At, Fields, Json, parse, to_canonical_bytes};
use allocator_core::{Code, Fault, Faults, Problem, op};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

/// Name of the header that makes a retry the same submission.
const KEY: &str = "idempotency-key";

/// What is asked.
struct Asked {
    digest: String,
    operation: String,
    /// The canonical request; without one, a recorded run with the digest is meant.
    request: Option<Vec<u8>>,
}

/// Hands in an allocation: computed again, compared with the digest that was seen, recorded once.
pub(crate) async fn submit(State(app): State<Arc<App>>, Path(portfolio): Path<String>, request: Request) -> Response {
    if !is_json(request.headers()) {
        let problem = wrong_media_type(request.headers());
        body::discard(request.into_body()).await;
        return Refusal(problem).into_response();
    }
    let actor = guard::actor_of(&request);
    let key = request.headers().get(KEY).map(|value| value.to_str().unwrap_or("\u{0}").to_owned());
    let answer = async {
        auth::require(&actor, Role::Analyst)?;
        app.portfolio(&portfolio)?;
        let store = Arc::clone(app.store()?);
        let (reserve, bytes) = body::read(&app.gate, &app.config, request).await?;
        let key = submission::check_key(key.as_deref())?;
        let kept = Arc::clone(&store);
        let (name, who) = (portfolio.clone(), actor.name.clone());
        let work = move || {
            let asked = read(&bytes)?;
            let fingerprint = submission::fingerprint(&asked.operation, &asked.digest);
            let request = match asked.request {
                Some(request) => request,
                None => recorded(&kept, &asked.operation, &asked.digest)?,
            };
            let response = op::run(&asked.operation, &request)?;
            let digest = digest_in(&response).ok_or_else(|| Problem::internal("the answer has no digest"))?;
            submission::compare(&asked.digest, &digest)?;
            Ok(Checked {
                portfolio: name,
                key,
                fingerprint,
                operation: asked.operation,
                digest,
                request,
                response,
                actor: who,
                plan: None,
                source: "submission",
            })
        };
        let checked = within_time(&app, app.gate.compute(reserve, work)).await?;
        let exposure = crate::cycle::exposure_of(&checked.operation, &checked.response);
        let taken = store.commit(move |draft| submission::record(draft, &checked)).await?;
        if matches!(taken, Taken::New(_)) {
            crate::cycle::note_exposure(&app, &portfolio, exposure);
        }
        Ok(taken)
    };
    match answer.await {
        Ok(Taken::New(found)) => {
            app.metrics.count("allocator_submissions_total", &[("portfolio", &portfolio)]);
            tracing::info!(portfolio, submission = found.id, digest = found.digest, by = found.actor, "submission taken");
            shown(StatusCode::CREATED, &Shown::from(&found), false)
        }
        Ok(Taken::Repeated(found)) => shown(StatusCode::OK, &Shown::from(&found), true),
        Err(problem) => {
            let problem: Problem = problem;
            tracing::warn!(
                portfolio,
                code = problem.code.as_str(),
                by = actor.name,
                reason = problem.message,
                "submission refused"
            );
            app.metrics.count("allocator_submissions_refused_total", &[("code", problem.code.as_str())]);
            Refusal(problem).into_response()
        }
    }
}

/// The request of a run that was recorded.
fn recorded(store: &crate::journal::Store, operation: &str, digest: &str) -> Result<Vec<u8>, Problem> {
    let unknown = || {
        Problem::new(
            Code::NotFound,
            "/digest",
            format!("No run of {operation} with the digest {digest} is recorded."),
            "Send the request with it, or record the run first (POST /api/v1/<operation>?record=true).",
        )
    };
    let run = store.state().runs.get(digest).copied().ok_or_else(unknown)?;
    match store.entry(run)?.map(|entry| entry.event) {
        Some(Event::Run { operation: recorded, request, .. }) if recorded == operation => store.blob(request),
        _ => Err(unknown()),
    }
}

fn read(bytes: &[u8]) -> Result<Asked, Problem> {
    let tree = parse(bytes)?;
    let (at, mut faults) = (At::Root, Faults::new());
    let read = Fields::open(&tree, &at, &mut faults).and_then(|mut fields| {
        let version: Option<f64> = fields.required("version", &at, &mut faults);
        if version.is_some_and(|version| version != 1.0) {
            let message = format!("Version {} is not known.", version.unwrap_or_default());
            faults.push(Fault::new(Code::UnsupportedVersion, "/version", message, "Write \"version\": 1."));
        }
        let digest: Option<String> = fields.required("digest", &at, &mut faults);
        if digest.as_deref().is_some_and(|digest| digest.len() != 64 || !digest.bytes().all(|b| b.is_ascii_hexdigit())) {
            faults.push(Fault::new(
                Code::InvalidName,
                "/digest",
                "The digest is not 64 hexadecimal digits.",
                "Give the digest of the answer that was seen.",
            ));
        }
        let operation: Option<String> = fields.optional("operation", "blend".to_owned(), &at, &mut faults);
        let submittable = |name: &str| OPERATIONS.contains(&name) && op::NAMES.contains(&name);
        if let Some(name) = operation.as_deref().filter(|name| !submittable(name)) {
            let known: Vec<&str> = OPERATIONS.iter().copied().filter(|name| submittable(name)).collect();
            let message = format!("An answer of {name:?} cannot be handed in.");
            faults.push(Fault::new(Code::UnknownChoice, "/operation", message, format!("Known: {}.", known.join(", "))));
        }
        let request = fields.raw("request").filter(|request| **request != Json::Null);
        fields.close(&at, &mut faults);
        Some((digest?, operation?, request))
    });
    let (digest, operation, request) = faults.finish(read)?;
    let request = request
        .map(|request| {
            op::canonical_request(&operation, &to_canonical_bytes(request)?).map_err(|problem| problem.under("/request"))
        })
        .transpose()?;
    Ok(Asked { digest: digest.to_ascii_lowercase(), operation, request })
}

fn shown(status: StatusCode, found: &Shown, repeated: bool) -> Response {
    match to_canonical_bytes(found) {
        Ok(bytes) => {
            let mut response = (status, json_bytes(bytes)).into_response();
            if repeated {
                response.headers_mut().insert("idempotent-replayed", HeaderValue::from_static("true"));
            }
            response
        }
        Err(problem) => Refusal(problem).into_response(),
    }
}

/// One submission.
pub(crate) async fn one(State(app): State<Arc<App>>, Path(id): Path<String>) -> Response {
    let found = || {
        let known = app.store()?.state();
        let found = known.submissions.get(&id).ok_or_else(|| {
            Problem::new(Code::NotFound, "", format!("There is no submission {id:?}."), "GET /api/v1/submissions lists them.")
        })?;
        to_canonical_bytes(&Shown::from(found))
    };
    respond(found())
}

/// All submissions, newest first.
pub(crate) async fn list(State(app): State<Arc<App>>, request: Request) -> Response {
    respond(page(&app, None, &Query::of(request.uri())))
}

/// The submissions of a portfolio, newest first.
pub(crate) async fn of_portfolio(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let answer = app.portfolio(&id).and_then(|_| page(&app, Some(&id), &Query::of(request.uri())));
    respond(answer)
}

fn page(app: &App, portfolio: Option<&str>, query: &Query) -> Result<Vec<u8>, Problem> {
    #[derive(Serialize)]
    struct Page {
        /// `before` of the next page.
        next: Option<u64>,
        submissions: Vec<Shown>,
    }
    let (limit, before) = (query.limit()? as usize, query.number("before")?.unwrap_or(u64::MAX));
    let known = app.store()?.state();
    let mut found: Vec<_> = known
        .submissions
        .values()
        .filter(|found| found.seq < before && portfolio.is_none_or(|id| found.portfolio == id))
        .collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.seq));
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|found| found.seq);
    to_canonical_bytes(&Page { next, submissions: found.into_iter().map(Shown::from).collect() })
}

/// Moves a submission on: what the execution side reports.
pub(crate) async fn stage(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    if !is_json(request.headers()) {
        let problem = wrong_media_type(request.headers());
        body::discard(request.into_body()).await;
        return Refusal(problem).into_response();
    }
    let actor = guard::actor_of(&request);
    let answer = async {
        auth::require(&actor, Role::Operator)?;
        let store = Arc::clone(app.store()?);
        let (_reserve, bytes) = body::read(&app.gate, &app.config, request).await?;
        let (to, reason) = read_stage(&bytes)?;
        let who = actor.name.clone();
        let moved = store.commit(move |draft| submission::advance(draft, &id, to, &who, &reason)).await?;
        to_canonical_bytes(&Shown::from(&moved))
    };
    respond(answer.await)
}

fn read_stage(bytes: &[u8]) -> Result<(Stage, String), Problem> {
    let tree = parse(bytes)?;
    let (at, mut faults) = (At::Root, Faults::new());
    let read = Fields::open(&tree, &at, &mut faults).and_then(|mut fields| {
        let _version: Option<f64> = fields.required("version", &at, &mut faults);
        let word: Option<String> = fields.required("stage", &at, &mut faults);
        let reason: Option<String> = fields.optional("reason", String::new(), &at, &mut faults);
        fields.close(&at, &mut faults);
        let word = word?;
        // `approved` and `submitted` are the server's own to say.
        let reportable = Stage::ALL.into_iter().filter(|stage| *stage > Stage::Submitted);
        let stage = reportable.clone().find(|stage| stage.as_str() == word);
        if stage.is_none() {
            let known: Vec<&str> = reportable.map(Stage::as_str).collect();
            let message = format!("{word:?} is no stage that can be reported.");
            faults.push(Fault::new(Code::UnknownChoice, "/stage", message, format!("Known: {}.", known.join(", "))));
        }
        let reason = reason?;
        if reason.len() > 1024 {
            faults.push(Fault::new(Code::LimitExceeded, "/reason", "The reason is longer than 1024 bytes.", "Shorten it."));
        }
        Some((stage?, reason))
    });
    faults.finish(read)
}

/// Headers that a page of another origin may send.
pub(crate) const ALLOWED_HEADERS: &str =
    "authorization, content-encoding, content-type, idempotency-key, last-event-id, traceparent, x-request-id";

//! `/api/v1/portfolios`: what is configured, what has arrived, signals in, cycles on demand.

use super::operations::{ARROW_STREAM, is_json, json_bytes, within_time};
use super::{App, Refusal, body, guard, query};
use crate::auth;
use crate::clock::iso8601;
use crate::config::PortfolioConfig;
use crate::cycle;
use crate::journal::{Role, Stage, State as Known};
use crate::positions;
use crate::signals::{self, Form};
use allocator_core::units::UnixNanos;
use allocator_core::wire::to_canonical_bytes;
use allocator_core::{Code, Problem};
use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Serialize)]
struct Shown<'a> {
    config: &'a PortfolioConfig,
    held: Option<positions::Shown>,
    id: &'a str,
    last_cycle: Option<LastCycle>,
    open_submissions: usize,
    returns: Option<String>,
    signals: BTreeMap<String, SignalsShown>,
}

#[derive(Serialize)]
struct LastCycle {
    at: String,
    outcome: String,
    seq: u64,
}

#[derive(Serialize)]
struct SignalsShown {
    as_of: String,
    content: String,
    fresh: bool,
    rows: u64,
    seq: u64,
}

fn show<'a>(id: &'a str, config: &'a PortfolioConfig, known: &Known, now_ns: i64) -> Shown<'a> {
    let held = known.portfolios.get(id).cloned().unwrap_or_default();
    let limit_ns = i64::from(config.freshness_ms) * crate::clock::NS_PER_MS;
    Shown {
        config,
        held: held.held.as_ref().map(positions::Shown::from),
        id,
        last_cycle: held.last_cycle.map(|(seq, at_ns, outcome)| LastCycle { at: iso8601(at_ns), outcome, seq }),
        open_submissions: known
            .submissions
            .values()
            .filter(|found| found.portfolio == id && !matches!(found.stage, Stage::Done | Stage::Rejected | Stage::Failed))
            .count(),
        returns: held.returns.map(|id| id.to_string()),
        signals: held
            .signals
            .into_iter()
            .map(|(strategy, of)| {
                let shown = SignalsShown {
                    as_of: iso8601(of.as_of_ns),
                    content: of.content.to_string(),
                    fresh: now_ns.saturating_sub(of.as_of_ns) <= limit_ns,
                    rows: of.rows,
                    seq: of.seq,
                };
                (strategy, shown)
            })
            .collect(),
    }
}

/// All portfolios.
pub(crate) async fn list(State(app): State<Arc<App>>) -> Response {
    #[derive(Serialize)]
    struct All<'a> {
        portfolios: Vec<Shown<'a>>,
    }
    let answer = || {
        let store = app.store()?;
        let now_ns = store.clock().now_ns();
        let known = store.state();
        let portfolios = app.config.portfolios.iter().map(|(id, config)| show(id, config, &known, now_ns)).collect();
        to_canonical_bytes(&All { portfolios })
    };
    super::operations::respond(answer())
}

/// One portfolio.
pub(crate) async fn one(State(app): State<Arc<App>>, Path(id): Path<String>) -> Response {
    let answer = || {
        let (config, store) = (app.portfolio(&id)?, app.store()?);
        let now_ns = store.clock().now_ns();
        let shown = show(&id, config, &store.state(), now_ns);
        to_canonical_bytes(&shown)
    };
    super::operations::respond(answer())
}

/// Signals in: JSON, an Arrow stream, or a data file.
pub(crate) async fn signals(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let actor = guard::actor_of(&request);
    let answer = async {
        let form = form_of(&request)?;
        app.portfolio(&id)?;
        let (reserve, bytes) = body::read(&app.gate, &app.config, request).await?;
        let received = within_time(&app, signals::take(&app, &id, bytes, form, "http", &actor.name)).await;
        drop(reserve);
        to_canonical_bytes(&received?)
    };
    super::operations::respond(answer.await)
}

/// What is held, as whoever executes reports it.
pub(crate) async fn positions(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    if !is_json(request.headers()) {
        let problem = super::operations::wrong_media_type(request.headers());
        body::discard(request.into_body()).await;
        return Refusal(problem).into_response();
    }
    let actor = guard::actor_of(&request);
    let answer = async {
        auth::require(&actor, Role::Operator)?;
        app.portfolio(&id)?;
        let store = Arc::clone(app.store()?);
        let (reserve, bytes) = body::read(&app.gate, &app.config, request).await?;
        let report = within_time(&app, app.gate.compute(reserve, move || positions::read(&bytes))).await?;
        let (tolerance_ms, who) = (app.config.clock_tolerance_ms, actor.name.clone());
        let received = store.commit(move |draft| positions::record(draft, &id, &report, tolerance_ms, &who)).await?;
        tracing::info!(portfolio = received.portfolio, status = received.status, seq = received.seq, "positions");
        to_canonical_bytes(&received)
    };
    super::operations::respond(answer.await)
}

/// In which form the body comes, by its media type.
fn form_of(request: &Request) -> Result<Form, Problem> {
    if is_json(request.headers()) {
        return Ok(Form::Json);
    }
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let query = query::Query::of(request.uri());
    let usual = match kind.as_str() {
        ARROW_STREAM | "application/vnd.apache.arrow.file" => "signals.arrow",
        "text/csv" => "signals.csv",
        "application/vnd.apache.parquet" => "signals.parquet",
        _ => return Err(super::operations::wrong_media_type(request.headers())),
    };
    let as_of = query
        .get("as_of")
        .map(|text| {
            UnixNanos::parse(&text).ok_or_else(|| {
                Problem::new(
                    Code::InvalidDate,
                    "as_of",
                    format!("{:?} is not a date.", text.chars().take(40).collect::<String>()),
                    "Write 2024-01-31, or 2024-01-31T09:30:00Z.",
                )
            })
        })
        .transpose()?;
    let name = query.get("name").unwrap_or_else(|| usual.to_owned());
    Ok(Form::File { name, strategy: query.get("strategy"), as_of })
}

/// A cycle on demand.
pub(crate) async fn cycle(State(app): State<Arc<App>>, Path(id): Path<String>, request: Request) -> Response {
    let actor = guard::actor_of(&request);
    body::discard(request.into_body()).await;
    let answer = async {
        auth::require(&actor, Role::Operator)?;
        let outcome = within_time(&app, cycle::run(&app, &id, "demand", &actor.name)).await?;
        to_canonical_bytes(&outcome)
    };
    match answer.await {
        Ok(bytes) => (StatusCode::CREATED, json_bytes(bytes)).into_response(),
        Err(problem) => Refusal(problem).into_response(),
    }
}

//! Is the process alive, and should work be sent to it?

use super::App;
use crate::journal::{BlobId, Stream};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Answers as long as the process can answer anything.
pub(crate) async fn healthz() -> Response {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
        version: &'static str,
    }
    json(StatusCode::OK, &Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// What readiness knows of the journal.
#[derive(Serialize)]
struct JournalShown {
    entries: u64,
    head: String,
    outbox: BTreeMap<&'static str, usize>,
}

/// What readiness knows of Redis.
#[derive(Serialize)]
struct RedisShown {
    mend: String,
    message: String,
    status: &'static str,
    warnings: Vec<&'static str>,
}

/// Answers 200 while work is welcome, 503 while shutting down or when the data directory is gone. Redis away is said and is no
/// reason to send work elsewhere: what is to be sent is kept.
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Response {
    #[derive(Serialize)]
    struct Readiness {
        admitted: usize,
        computing: usize,
        data: &'static str,
        journal: Option<JournalShown>,
        redis: Option<RedisShown>,
        status: &'static str,
    }
    let draining = app.draining.load(Ordering::Relaxed);
    let data = tokio::fs::metadata(&app.config.data).await.is_ok_and(|found| found.is_dir());
    let (computing, admitted) = app.gate.load();
    let journal = app.store().ok().map(|store| {
        let known = store.state();
        let outbox = Stream::ALL.iter().map(|stream| (stream.as_str(), known.outbox(*stream).pending.len())).collect();
        JournalShown { entries: known.seq, head: BlobId(known.hash).to_string(), outbox }
    });
    let redis = app.config.redis.as_ref().map(|_| redis_shown(&app));
    let away = redis.as_ref().is_some_and(|redis| redis.status != "ok");
    let status = if draining {
        "shutting down"
    } else if !data {
        "not ready"
    } else if away {
        "ready, without Redis"
    } else {
        "ready"
    };
    let code = if data && !draining { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json(code, &Readiness { admitted, computing, data: if data { "ok" } else { "missing" }, journal, redis, status })
}

fn redis_shown(app: &App) -> RedisShown {
    match app.redis.get() {
        Some(Ok(facts)) => RedisShown {
            mend: facts.warnings().first().map_or("", |(_, mend)| mend).to_owned(),
            message: format!("Redis {}", facts.version),
            status: "ok",
            warnings: facts.warnings().into_iter().map(|(what, _)| what).collect(),
        },
        Some(Err(problem)) => RedisShown { mend: problem.hint, message: problem.message, status: "away", warnings: Vec::new() },
        None => RedisShown { mend: String::new(), message: String::new(), status: "connecting", warnings: Vec::new() },
    }
}

/// Everything measured, for Prometheus.
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Response {
    let (computing, admitted) = app.gate.load();
    app.metrics.set("allocator_gate", &[("what", "admitted")], admitted as f64);
    app.metrics.set("allocator_gate", &[("what", "computing")], computing as f64);
    let open = (app.config.streams_max as usize).saturating_sub(app.streams.available_permits());
    app.metrics.set("allocator_streams_open", &[], open as f64);
    if let Ok(store) = app.store() {
        let known = store.state();
        app.metrics.set("allocator_journal_entries", &[], known.seq as f64);
        for stream in Stream::ALL {
            let depth = known.outbox(stream).pending.len() as f64;
            app.metrics.set("allocator_outbox_depth", &[("stream", stream.as_str())], depth);
        }
    }
    if app.config.redis.is_some() {
        let connected = matches!(app.redis.get(), Some(Ok(_)));
        app.metrics.set("allocator_redis_connected", &[], f64::from(u8::from(connected)));
    }
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], app.metrics.text()).into_response()
}

/// A value as canonical JSON.
pub(super) fn json(code: StatusCode, value: &impl Serialize) -> Response {
    match allocator_core::wire::to_canonical_bytes(value) {
        Ok(bytes) => (code, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], bytes).into_response(),
        Err(problem) => super::Refusal(problem).into_response(),
    }
}

//! Is the process alive, and should work be sent to it?

use super::App;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
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

/// Answers 200 while work is welcome, 503 while shutting down or when the data directory is gone.
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Response {
    #[derive(Serialize)]
    struct Readiness {
        admitted: usize,
        computing: usize,
        data: &'static str,
        status: &'static str,
    }
    let draining = app.draining.load(Ordering::Relaxed);
    let data = tokio::fs::metadata(&app.config.data).await.is_ok_and(|found| found.is_dir());
    let (computing, admitted) = app.gate.load();
    let status = if draining {
        "shutting down"
    } else if data {
        "ready"
    } else {
        "not ready"
    };
    let code = if data && !draining { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    json(code, &Readiness { admitted, computing, data: if data { "ok" } else { "missing" }, status })
}

/// A value as canonical JSON.
pub(super) fn json(code: StatusCode, value: &impl Serialize) -> Response {
    match allocator_core::wire::to_canonical_bytes(value) {
        Ok(bytes) => (code, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], bytes).into_response(),
        Err(problem) => super::Refusal(problem).into_response(),
    }
}

//! The HTTP face of the operations.
//!
//! ```text
//! socket ── guard (id, host, headers, log) ── route ──┬─ /api/v1/<operation>  gate ── body ── core ──> the core's bytes
//!                                                     ├─ /healthz /readyz /api/v1/operations /api/v1/openapi.json
//!                                                     └─ everything else: the dashboard's files
//! ```

mod assets;
mod body;
mod gate;
mod guard;
mod operations;
mod problem;
mod status;

pub use guard::REQUEST_ID;
pub use operations::json_operations;
pub use problem::{PROBLEM_JSON, Refusal};

use crate::config::ServerConfig;
use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tower_http::catch_panic::CatchPanicLayer;

/// What all requests share.
#[derive(Debug)]
pub struct App {
    /// The settings, checked.
    pub config: ServerConfig,
    /// Directory of the built dashboard, if there is one.
    pub assets: Option<PathBuf>,
    gate: gate::Gate,
    draining: AtomicBool,
    /// Start of this process, so that request ids differ between two runs.
    run: u64,
    requests: AtomicU64,
}

impl App {
    /// The state of a server with these settings. Creates and checks nothing outside the process.
    pub fn new(config: ServerConfig) -> Self {
        let run = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64);
        App {
            assets: assets::locate(config.assets.as_deref()),
            gate: gate::Gate::new(&config),
            draining: AtomicBool::new(false),
            run,
            requests: AtomicU64::new(0),
            config,
        }
    }

    /// Says on `/readyz` that no new work should be sent here.
    pub fn start_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    fn next_request_id(&self) -> String {
        format!("{:x}-{:x}", self.run, self.requests.fetch_add(1, Ordering::Relaxed))
    }
}

/// The whole HTTP service, testable without a socket.
pub fn router(app: Arc<App>) -> Router {
    let mut routes = Router::new()
        .route("/healthz", get(status::healthz))
        .route("/readyz", get(status::readyz))
        .route("/api/v1/operations", get(operations::list))
        .route("/api/v1/openapi.json", get(operations::openapi))
        .route("/api/v1/inspect", post(operations::inspect));
    for name in operations::json_operations() {
        routes = routes.route(
            &format!("/api/v1/{name}"),
            post(move |state: axum::extract::State<Arc<App>>, request: axum::extract::Request| {
                operations::run(state, name, request)
            }),
        );
    }
    routes
        .fallback(assets::fallback)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), guard::guard))
        .with_state(app)
}

/// A panic is a defect; the client hears so, the log (through the panic hook) where.
fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    axum::response::IntoResponse::into_response(Refusal(allocator_core::Problem::internal("a handler panicked")))
}

//! The HTTP face of the operations.
//!
//! ```text
//! socket ── guard (id, host, headers, log) ── route ──┬─ /api/v1/<operation>  gate ── body ── core ──> the core's bytes
//!                                                     ├─ /healthz /readyz /api/v1/operations /api/v1/openapi.json
//!                                                     └─ everything else: the dashboard's files
//! ```

mod assets;
mod body;
mod docs;
mod encoding;
mod events;
mod gate;
mod guard;
mod operations;
mod portfolios;
mod problem;
mod query;
mod rate;
mod runs;
mod socket;
mod status;
mod submissions;

pub(crate) use gate::Reserve;
pub use guard::REQUEST_ID;
pub use operations::json_operations;
pub use problem::{PROBLEM_JSON, Refusal};

use crate::config::{PortfolioConfig, ServerConfig};
use crate::journal::Store;
use crate::metrics::Metrics;
use crate::redis_link::Status;
use crate::spans::{self, Exporter, Spans};
use allocator_core::codec::Limits;
use allocator_core::{Code, Problem};
use axum::Router;
use axum::middleware;
use axum::routing::{get, post};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::{Notify, Semaphore, watch};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// What all requests share.
#[derive(Debug)]
pub struct App {
    /// The settings, checked.
    pub config: ServerConfig,
    /// Directory of the built dashboard, if there is one.
    pub assets: Option<PathBuf>,
    /// Counts and measures.
    pub metrics: Arc<Metrics>,
    /// How the link to Redis is.
    pub redis: Arc<Status>,
    store: Option<Arc<Store>>,
    streams: Arc<Semaphore>,
    stop: watch::Sender<bool>,
    wakes: BTreeMap<String, Arc<Notify>>,
    gate: gate::Gate,
    rate: rate::Rate,
    /// Where spans go, where there is a collector.
    pub spans: Option<Spans>,
    exporter: Mutex<Option<Exporter>>,
    draining: AtomicBool,
    /// Start of this process, so that request ids differ between two runs.
    run: u64,
    requests: AtomicU64,
}

impl App {
    /// The state of a server with these settings. Creates and checks nothing outside the process; nothing can be recorded.
    pub fn new(config: ServerConfig) -> Self {
        Self::made(config, None)
    }

    /// The state of a server with a journal.
    pub fn with_store(config: ServerConfig, store: Arc<Store>) -> Self {
        Self::made(config, Some(store))
    }

    fn made(config: ServerConfig, store: Option<Arc<Store>>) -> Self {
        let metrics: Arc<Metrics> = Arc::default();
        let (spans, exporter) = config.otlp_endpoint.as_deref().and_then(|url| spans::channel(url, &metrics)).unzip();
        let run = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros() as u64);
        App {
            assets: assets::locate(config.assets.as_deref()),
            metrics,
            spans,
            exporter: Mutex::new(exporter),
            redis: Arc::default(),
            store,
            streams: Arc::new(Semaphore::new(config.streams_max as usize)),
            stop: watch::Sender::new(false),
            wakes: config.portfolios.keys().map(|name| (name.clone(), Arc::default())).collect(),
            gate: gate::Gate::new(&config),
            rate: rate::Rate::new(config.token_requests_per_second),
            draining: AtomicBool::new(false),
            run,
            requests: AtomicU64::new(0),
            config,
        }
    }

    /// Says on `/readyz` that no new work should be sent here.
    pub fn start_draining(&self) {
        self.draining.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
    }

    /// Becomes true when the server stops.
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// The journal.
    ///
    /// # Errors
    /// `overloaded` where this server keeps none.
    pub fn store(&self) -> Result<&Arc<Store>, Problem> {
        self.store.as_ref().ok_or_else(|| {
            Problem::new(
                Code::Overloaded,
                "",
                "This server keeps no journal.",
                "Ask a server that was started by allocator serve.",
            )
        })
    }

    /// A portfolio's settings.
    ///
    /// # Errors
    /// `not_found`, with the nearest name.
    pub fn portfolio(&self, name: &str) -> Result<&PortfolioConfig, Problem> {
        self.config.portfolios.get(name).ok_or_else(|| {
            let known = || self.config.portfolios.keys().map(String::as_str);
            let hint = match allocator_core::wire::nearest(name, known()) {
                Some(near) => format!("Did you mean {near:?}?"),
                None => format!("Known portfolios: {}.", known().take(20).collect::<Vec<_>>().join(", ")),
            };
            Problem::new(Code::NotFound, "", format!("There is no portfolio {name:?}."), hint)
        })
    }

    /// Says that signals of a portfolio have come.
    pub fn wake(&self, portfolio: &str) {
        if let Some(wake) = self.wakes.get(portfolio) {
            wake.notify_one();
        }
    }

    /// Hears when signals of a portfolio have come.
    pub fn woken(&self, portfolio: &str) -> Arc<Notify> {
        self.wakes.get(portfolio).cloned().unwrap_or_default()
    }

    /// Writes alerts to the log and counts them.
    pub fn note_alerts(&self, scope: &str, alerts: &[serde_json::Value]) {
        crate::cycle::note_alerts(self, scope, alerts);
    }

    /// What takes spans to the collector; once, where there is one.
    pub fn take_exporter(&self) -> Option<Exporter> {
        self.exporter.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Counts a request of who asks; those without tokens are not told apart, and not counted.
    ///
    /// # Errors
    /// `rate_limited`.
    pub(crate) fn admit(&self, actor: &crate::auth::Actor) -> Result<(), Problem> {
        actor.token.as_ref().map_or(Ok(()), |token| self.rate.admit(token, std::time::Instant::now()))
    }

    pub(crate) fn gate(&self) -> &gate::Gate {
        &self.gate
    }

    /// What a file over HTTP may hold and unfold to: a few times the largest body, whatever its compression promises.
    pub(crate) fn upload_limits(&self) -> Limits {
        let body = u64::from(self.config.body_bytes_max);
        let usual = Limits::default();
        Limits {
            bytes: body,
            decompressed_bytes: usual.decompressed_bytes.min(body * 8),
            cells: usual.cells.min(body),
            text_bytes: usual.text_bytes.min(body * 2),
            ..usual
        }
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
        .route("/api/v1/inspect", post(operations::inspect))
        .route("/metrics", get(status::metrics))
        .route("/api/docs", get(docs::page))
        .route("/api/docs/style.css", get(docs::style))
        .route("/api/v1/alerts", get(runs::alerts))
        .route("/api/v1/events", get(events::events))
        .route("/api/v1/socket", get(socket::socket))
        .route("/api/v1/portfolios", get(portfolios::list))
        .route("/api/v1/portfolios/{id}", get(portfolios::one))
        .route("/api/v1/portfolios/{id}/signals", post(portfolios::signals))
        .route("/api/v1/portfolios/{id}/cycles", post(portfolios::cycle))
        .route("/api/v1/portfolios/{id}/positions", post(portfolios::positions))
        .route("/api/v1/portfolios/{id}/submissions", get(submissions::of_portfolio).post(submissions::submit))
        .route("/api/v1/runs", get(runs::list))
        .route("/api/v1/runs/{seq}", get(runs::one))
        .route("/api/v1/runs/{seq}/request", get(runs::request))
        .route("/api/v1/runs/{seq}/response", get(runs::response))
        .route("/api/v1/submissions", get(submissions::list))
        .route("/api/v1/submissions/{id}", get(submissions::one))
        .route("/api/v1/submissions/{id}/stage", post(submissions::stage));
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
        .layer(middleware::from_fn(encoding::answer))
        .layer(CompressionLayer::new().gzip(true))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), guard::guard))
        .with_state(app)
}

/// A panic is a defect; the client hears so, the log (through the panic hook) where.
fn panicked(_: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    axum::response::IntoResponse::into_response(Refusal(allocator_core::Problem::internal("a handler panicked")))
}

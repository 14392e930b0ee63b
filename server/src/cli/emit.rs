//! `--emit`: alerts of the command line, recorded in the journal first and sent to Redis then.

use super::args::EmitArgs;
use crate::clock::SystemClock;
use crate::config::ServerConfig;
use crate::journal::{Options, Store};
use crate::metrics::Metrics;
use crate::monitor::{DESK, Watch};
use crate::redis_link::{Names, Relay, Status, drain};
use allocator_core::{Code, Problem};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// How long Redis is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Raises the alerts of a request for real.
///
/// # Errors
/// `redis_unavailable` and the like: the alerts are in the journal then, and go out with the next that uses it.
pub(crate) fn emit(args: &EmitArgs, operation: &str, request: &[u8]) -> Result<(), Problem> {
    let Some(url) = args.redis.clone().filter(|_| args.emit) else { return Ok(()) };
    crate::redis_link::address(&url).map_err(|problem| problem.under("--redis"))?;
    let watch = Watch::of(operation, request)?;
    let defaults = ServerConfig::default();
    let directory = args.data.clone().unwrap_or_else(|| PathBuf::from(&defaults.data));
    std::fs::create_dir_all(&directory).map_err(|error| {
        Problem::new(Code::Io, "--data", format!("{} cannot be made: {error}.", directory.display()), "Name another directory.")
    })?;
    let store = Store::open(&Options::new(&directory), Arc::new(SystemClock))?;
    let alerts = store.commit_blocking(move |draft| watch.raise(draft, DESK))?;
    for alert in &alerts {
        let text = format!("WARNING {} {} {}", alert["metric"], alert["pair"], alert["value"]);
        let _ = writeln!(std::io::stderr().lock(), "{}", text.replace('"', ""));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::new(Code::Io, "", format!("The sender cannot be started: {error}."), "Free some memory."))?;
    let relay = Relay {
        store: Arc::clone(&store),
        url,
        names: Names { prefix: defaults.redis_prefix, channel: defaults.redis_channel },
        patience: Duration::from_millis(u64::from(defaults.redis_timeout_ms)),
        status: Arc::new(Status::default()),
        metrics: Arc::new(Metrics::default()),
    };
    runtime.block_on(drain(&relay, PATIENCE))
}

//! What a server does besides answering: relay, intake of signals, cycles on schedule, and a look at the clock.

use crate::clock::NS_PER_MS;
use crate::config::milliseconds;
use crate::cycle;
use crate::http::App;
use crate::redis_link::{Intake, Names, Relay, without_redis};
use allocator_core::Code;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How often the two clocks are compared.
const LOOK: Duration = Duration::from_secs(1);

/// A difference between the clocks that is no drift but a jump.
const JUMP_MS: i64 = 2_000;

/// Tasks that end with the server.
#[derive(Debug)]
pub struct Background(JoinSet<()>);

impl Background {
    /// Waits until all have ended, but not for long: what they do is in the journal, and goes on after the next start.
    pub async fn finish(mut self) {
        let all = async { while self.0.join_next().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(2), all).await.is_err() {
            self.0.abort_all();
        }
    }
}

/// Starts everything that the settings ask for; nothing without a journal.
pub fn start(app: &Arc<App>) -> Background {
    let mut tasks = JoinSet::new();
    if let Some(exporter) = app.take_exporter() {
        tasks.spawn(exporter.run(app.stopping()));
    }
    let Ok(store) = app.store() else { return Background(tasks) };
    match &app.config.redis {
        Some(url) => {
            let names = Names { prefix: app.config.redis_prefix.clone(), channel: app.config.redis_channel.clone() };
            let patience = milliseconds(app.config.redis_timeout_ms);
            let relay = Relay {
                store: Arc::clone(store),
                url: url.clone(),
                names: names.clone(),
                patience,
                status: Arc::clone(&app.redis),
                metrics: Arc::clone(&app.metrics),
            };
            tasks.spawn(relay.run(app.stopping()));
            tasks.spawn(Intake { app: Arc::clone(app), url: url.clone(), names, patience }.run(app.stopping()));
        }
        None => {
            tasks.spawn(without_redis(Arc::clone(store), app.stopping()));
        }
    }
    for (name, portfolio) in &app.config.portfolios {
        if portfolio.every_ms.is_some() || portfolio.on_signals {
            tasks.spawn(cycle::keep_running(Arc::clone(app), name.clone(), app.stopping()));
        }
    }
    tasks.spawn(watch_clock(Arc::clone(app)));
    Background(tasks)
}

/// Notices a wall clock that jumps. Nothing depends on it here (entries keep their order, schedules count on the monotonic clock), but
/// what is called stale or in the future does.
async fn watch_clock(app: Arc<App>) {
    let Ok(store) = app.store().map(Arc::clone) else { return };
    let mut stop = app.stopping();
    let (mut wall, mut steady) = (store.clock().now_ns(), Instant::now());
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let passed_ms = (store.clock().now_ns() - wall) / NS_PER_MS;
        let jump_ms = passed_ms - i64::try_from(steady.elapsed().as_millis()).unwrap_or(i64::MAX);
        if jump_ms.abs() > JUMP_MS {
            let direction = if jump_ms > 0 { "forward" } else { "back" };
            tracing::warn!(
                code = Code::ClockSkew.as_str(),
                jump_ms,
                "the wall clock jumped {direction}; freshness is judged by it"
            );
            app.metrics.count("allocator_clock_jumps_total", &[("direction", direction)]);
        }
        (wall, steady) = (store.clock().now_ns(), Instant::now());
    }
}

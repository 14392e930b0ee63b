//! Signals from Redis: a consumer group, acknowledged after the effect.
//!
//! An entry of `<prefix>:signals` has the fields `portfolio` and `payload`; the payload is what would be posted over HTTP. It is
//! acknowledged when it is durable in the journal, so a crash in between brings it again, and the same signals again change nothing.
//! Entries that another reader left behind are taken over. What cannot be read, or was taken too often without an end, goes to
//! `<prefix>:signals:dead` with the reason, and the original is acknowledged in the same transaction.

use super::Names;
use super::connection::{Link, connect, unavailable};
use crate::http::App;
use crate::signals;
use allocator_core::{Code, Problem};
use redis::aio::MultiplexedConnection;
use redis::streams::{StreamAutoClaimReply, StreamId, StreamPendingCountReply, StreamReadReply};
use redis::{RedisError, Value};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The consumer group that all servers share.
pub const GROUP: &str = "allocator";

/// Entries taken at once.
const COUNT: usize = 16;

/// How long Redis holds a reading that finds nothing; below every answer timeout.
const BLOCK: Duration = Duration::from_millis(500);

/// Pause after a failure.
const PAUSE: Duration = Duration::from_secs(1);

/// Reads signals from Redis.
#[derive(Debug)]
pub struct Intake {
    /// What all requests share.
    pub app: Arc<App>,
    /// Where Redis is.
    pub url: String,
    /// What streams are called.
    pub names: Names,
    /// Longest wait for an answer.
    pub patience: Duration,
}

impl Intake {
    /// Reads until `stop` becomes true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let ended = tokio::select! {
                _ = stop.changed() => return,
                ended = self.session() => ended,
            };
            if let Err(problem) = ended {
                tracing::debug!(code = problem.code.as_str(), "signals are not read from Redis: {}", problem.message);
            }
            tokio::select! {
                _ = stop.changed() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    async fn session(&self) -> Result<(), Problem> {
        let Link { mut connection, .. } = connect(&self.url, self.patience + BLOCK).await?;
        let key = self.names.signals();
        let made: Result<(), RedisError> =
            redis::cmd("XGROUP").arg("CREATE").arg(&key).arg(GROUP).arg("0").arg("MKSTREAM").query_async(&mut connection).await;
        if let Err(error) = made
            && error.code() != Some("BUSYGROUP")
        {
            return Err(self.failed(&error));
        }
        let claim = Duration::from_millis(u64::from(self.app.config.redis_claim_ms));
        let mut claimed = Instant::now().checked_sub(claim);
        // What this consumer took before it was interrupted comes first; bounded, because the rest is claimed like anybody's.
        for _ in 0..64 {
            if self.read(&mut connection, &key, "0").await? == 0 {
                break;
            }
        }
        loop {
            if claimed.is_none_or(|at| at.elapsed() >= claim) {
                self.claim(&mut connection, &key, claim).await?;
                claimed = Some(Instant::now());
            }
            self.read(&mut connection, &key, ">").await?;
        }
    }

    fn consumer(&self) -> String {
        self.app.store().map_or_else(|_| "server".to_owned(), |store| store.state().journal.clone())
    }

    async fn read(&self, connection: &mut MultiplexedConnection, key: &str, from: &str) -> Result<usize, Problem> {
        let mut command = redis::cmd("XREADGROUP");
        command.arg("GROUP").arg(GROUP).arg(self.consumer()).arg("COUNT").arg(COUNT);
        if from == ">" {
            command.arg("BLOCK").arg(BLOCK.as_millis() as u64);
        }
        command.arg("STREAMS").arg(key).arg(from);
        let reply: Option<StreamReadReply> = command.query_async(connection).await.map_err(|error| self.failed(&error))?;
        let mut taken = 0;
        for entry in reply.into_iter().flat_map(|reply| reply.keys).flat_map(|key| key.ids) {
            self.take(connection, key, entry).await?;
            taken += 1;
        }
        Ok(taken)
    }

    /// Takes over what others left behind.
    async fn claim(&self, connection: &mut MultiplexedConnection, key: &str, idle: Duration) -> Result<(), Problem> {
        let mut cursor = "0-0".to_owned();
        // Bounded: what comes meanwhile is for the next round.
        for _ in 0..64 {
            let reply: StreamAutoClaimReply = redis::cmd("XAUTOCLAIM")
                .arg(key)
                .arg(GROUP)
                .arg(self.consumer())
                .arg(idle.as_millis() as u64)
                .arg(&cursor)
                .arg("COUNT")
                .arg(COUNT)
                .query_async(connection)
                .await
                .map_err(|error| self.failed(&error))?;
            for entry in reply.claimed {
                let deliveries = self.deliveries(connection, key, &entry.id).await?;
                if deliveries > u64::from(self.app.config.redis_deliveries_max) {
                    let problem = Problem::new(
                        Code::LimitExceeded,
                        &entry.id,
                        format!("The entry was taken {deliveries} times and never came to an end."),
                        "See the log for what happened each time; send the signals again when that is mended.",
                    );
                    self.bury(connection, key, &entry, &problem).await?;
                } else {
                    self.take(connection, key, entry).await?;
                }
            }
            cursor = reply.next_stream_id;
            if cursor == "0-0" {
                break;
            }
        }
        Ok(())
    }

    async fn deliveries(&self, connection: &mut MultiplexedConnection, key: &str, id: &str) -> Result<u64, Problem> {
        let pending: StreamPendingCountReply = redis::cmd("XPENDING")
            .arg(key)
            .arg(GROUP)
            .arg(id)
            .arg(id)
            .arg(1)
            .query_async(connection)
            .await
            .map_err(|error| self.failed(&error))?;
        Ok(pending.ids.first().map_or(0, |entry| entry.times_delivered as u64))
    }

    /// The effect, then the acknowledgement.
    async fn take(&self, connection: &mut MultiplexedConnection, key: &str, entry: StreamId) -> Result<(), Problem> {
        let taken = async {
            let portfolio = text(&entry, "portfolio")?;
            let payload = bytes(&entry, "payload")?;
            let source = format!("redis {}", entry.id);
            signals::take(&self.app, &portfolio, payload, signals::Form::Json, &source, "redis").await
        };
        match taken.await {
            Ok(_) => {
                crate::crash::point("before_xack");
                let _: i64 = redis::cmd("XACK")
                    .arg(key)
                    .arg(GROUP)
                    .arg(&entry.id)
                    .query_async(connection)
                    .await
                    .map_err(|error| self.failed(&error))?;
                Ok(())
            }
            // Ours to mend, not the sender's: it stays unacknowledged and comes again.
            Err(problem) if problem.status >= 500 => Err(problem),
            Err(problem) => self.bury(connection, key, &entry, &problem).await,
        }
    }

    /// Puts an entry aside with the reason, and acknowledges it.
    async fn bury(
        &self,
        connection: &mut MultiplexedConnection,
        key: &str,
        entry: &StreamId,
        problem: &Problem,
    ) -> Result<(), Problem> {
        tracing::warn!(entry = entry.id, code = problem.code.as_str(), reason = problem.message, "a message was put aside");
        self.app.metrics.count("allocator_dead_letters_total", &[("code", problem.code.as_str())]);
        let mut add = redis::cmd("XADD");
        add.arg(self.names.dead()).arg("*").arg("entry").arg(&entry.id).arg("code").arg(problem.code.as_str());
        add.arg("reason").arg(&problem.message).arg("path").arg(&problem.path).arg("hint").arg(&problem.hint);
        for name in ["portfolio", "payload"] {
            if let Some(Value::BulkString(bytes)) = entry.map.get(name) {
                add.arg(name).arg(bytes.as_slice());
            }
        }
        let mut both = redis::pipe();
        both.atomic().add_command(add).cmd("XACK").arg(key).arg(GROUP).arg(&entry.id);
        let _: Value = both.query_async(connection).await.map_err(|error| self.failed(&error))?;
        Ok(())
    }

    fn failed(&self, error: &RedisError) -> Problem {
        unavailable(&super::address(&self.url).unwrap_or_default(), error)
    }
}

fn bytes(entry: &StreamId, name: &str) -> Result<Vec<u8>, Problem> {
    match entry.map.get(name) {
        Some(Value::BulkString(bytes)) => Ok(bytes.clone()),
        Some(Value::SimpleString(text)) => Ok(text.clone().into_bytes()),
        Some(Value::Int(number)) => Ok(number.to_string().into_bytes()),
        _ => Err(Problem::new(
            Code::MissingField,
            format!("{}/{name}", entry.id),
            format!("The entry has no field {name}."),
            "Add the fields portfolio and payload.",
        )),
    }
}

fn text(entry: &StreamId, name: &str) -> Result<String, Problem> {
    String::from_utf8(bytes(entry, name)?).map_err(|_| {
        Problem::new(Code::InvalidName, format!("{}/{name}", entry.id), format!("The field {name} is not UTF-8."), "Send UTF-8.")
    })
}

//! The relay: drains the outbox into Redis, in order, each entry under an id that never changes.
//!
//! The id of an entry in its stream is `<epoch>-<number of the entry>`, so Redis itself refuses a repetition, and the relay needs no
//! memory of its own: after any interruption it asks Redis for the last id it holds and goes on behind it. If Redis has lost what
//! it had taken (killed without an append-only file, say), that is sent again; alerts then without ringing the doorbell. If somebody
//! else has written to the stream, so that our ids no longer come last, a higher epoch is recorded in the journal first.

use super::Names;
use super::connection::{Link, brief, connect, unavailable};
use crate::journal::{Entry, Event, Stage, Store, Stream};
use crate::metrics::Metrics;
use allocator_core::wire::to_canonical_string;
use allocator_core::{Code, Problem};
use redis::aio::MultiplexedConnection;
use redis::{RedisError, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Entries sent between two notes in the journal of how far Redis is.
const BATCH_MAX: usize = 128;

/// First and longest pause after a failure.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// Without anything to send, Redis is asked this often whether it is there.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// How the link to Redis is, for readiness, metrics and the dashboard.
#[derive(Debug, Default)]
pub struct Status(Mutex<Option<Result<super::Facts, Problem>>>);

impl Status {
    /// The facts while connected, the problem while not; nothing before the first try.
    pub fn get(&self) -> Option<Result<super::Facts, Problem>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, now: Result<super::Facts, Problem>) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (&*held, &now) {
            (Some(Ok(_)), Ok(_)) => {}
            (Some(Err(before)), Err(after)) if before.message == after.message => {}
            (_, Ok(facts)) => {
                tracing::info!(version = facts.version, "Redis takes what it is sent");
                for (what, mend) in facts.warnings() {
                    tracing::warn!(mend, "{what}");
                }
            }
            (_, Err(problem)) => {
                tracing::warn!(
                    code = problem.code.as_str(),
                    place = problem.path,
                    mend = problem.hint,
                    "{} The outbox keeps what is to be sent.",
                    problem.message
                );
            }
        }
        *held = Some(now);
    }
}

/// Sends what the journal holds for others.
#[derive(Debug)]
pub struct Relay {
    /// The journal.
    pub store: Arc<Store>,
    /// Where Redis is.
    pub url: String,
    /// What streams and channels are called.
    pub names: Names,
    /// Longest wait for an answer.
    pub patience: Duration,
    /// How it goes.
    pub status: Arc<Status>,
    /// Counts.
    pub metrics: Arc<Metrics>,
}

/// What became of one entry.
enum Sent {
    /// Redis has it, now or from before.
    Taken,
    /// Ids of somebody else come after it.
    Overtaken,
}

impl Relay {
    /// Sends until `stop` becomes true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut head = self.store.head();
        let mut pause = PAUSE.0;
        while !*stop.borrow() {
            let ended = tokio::select! {
                _ = stop.changed() => return,
                ended = self.session(&mut head) => ended,
            };
            let Err(problem) = ended else { continue };
            // Only a session that came to nothing makes the next pause longer.
            pause = if matches!(self.status.get(), Some(Ok(_))) { PAUSE.0 } else { (pause * 2).min(PAUSE.1) };
            self.status.set(Err(problem));
            tokio::select! {
                _ = stop.changed() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One connection, as long as it lasts.
    async fn session(&self, head: &mut watch::Receiver<u64>) -> Result<(), Problem> {
        let Link { mut connection, facts } = connect(&self.url, self.patience).await?;
        for stream in Stream::ALL {
            self.take_up(&mut connection, stream).await?;
        }
        self.status.set(Ok(facts));
        loop {
            head.borrow_and_update();
            for stream in Stream::ALL {
                while self.send_batch(&mut connection, stream).await? {}
            }
            match tokio::time::timeout(HEARTBEAT, head.changed()).await {
                Ok(Ok(())) => {}
                // The journal is closing.
                Ok(Err(_)) => return Ok(()),
                Err(_) => {
                    let () = redis::cmd("PING").query_async(&mut connection).await.map_err(|error| self.failed(&error))?;
                }
            }
        }
    }

    /// Compares what Redis holds with what it has taken, and sends again what it lost.
    async fn take_up(&self, connection: &mut MultiplexedConnection, stream: Stream) -> Result<(), Problem> {
        let key = self.names.stream(stream);
        let last = last_id(connection, &key).await.map_err(|error| self.failed(&error))?;
        let (delivered, floor, lost) = {
            let state = self.store.state();
            let outbox = state.outbox(stream);
            (outbox.delivered, outbox.floor, outbox.delivered > outbox.floor && last < outbox.stream_id(outbox.delivered))
        };
        if !lost {
            return Ok(());
        }
        tracing::warn!(stream = stream.as_str(), "Redis has lost entries that it had taken; they are sent again");
        let mut after = floor;
        while after < delivered {
            let entries = self.read(after, stream).await?;
            let Some(newest) = entries.last().map(|entry| entry.seq) else { break };
            for entry in entries.iter().filter(|entry| entry.seq <= delivered) {
                let id = self.store.state().outbox(stream).stream_id(entry.seq);
                if id <= last || !self.is_open(&entry.event) {
                    continue;
                }
                // In order and under the old ids; the doorbell rang when they were new.
                self.add(connection, &key, id, entry).await?;
                self.metrics.count("allocator_relay_resent_total", &[("stream", stream.as_str())]);
            }
            after = newest;
        }
        Ok(())
    }

    /// Whether an entry is of use to who reads it late: an alert always, a submission until somebody has taken it up.
    fn is_open(&self, event: &Event) -> bool {
        match event {
            Event::Submission { id, .. } => {
                let state = self.store.state();
                state.submissions.get(id).is_some_and(|found| found.stage <= Stage::Submitted)
            }
            _ => true,
        }
    }

    async fn read(&self, after: u64, stream: Stream) -> Result<Vec<Entry>, Problem> {
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || store.entries(after, &[stream.kind()], BATCH_MAX as u32))
            .await
            .unwrap_or_else(|error| Err(Problem::internal(format!("reading the journal did not finish: {error}"))))
    }

    /// Sends up to a batch of what waits, and notes how far Redis is. Says whether there was anything.
    async fn send_batch(&self, connection: &mut MultiplexedConnection, stream: Stream) -> Result<bool, Problem> {
        let Some(first) = self.store.state().outbox(stream).pending.front().copied() else { return Ok(false) };
        let entries = self.read(first - 1, stream).await?;
        let key = self.names.stream(stream);
        let (mut through, mut ended) = (0, Ok(()));
        'entries: for entry in &entries {
            // Twice at most: an epoch that is overtaken at once would mean that somebody writes faster than we can look.
            for _ in 0..3 {
                let id = self.store.state().outbox(stream).stream_id(entry.seq);
                match self.send(connection, stream, &key, id, entry).await {
                    Ok(Sent::Taken) => {
                        through = entry.seq;
                        self.metrics.count("allocator_relay_sent_total", &[("stream", stream.as_str())]);
                        continue 'entries;
                    }
                    Ok(Sent::Overtaken) => {
                        if let Err(problem) = self.overtake(connection, stream, &key, id.0, entry.seq).await {
                            ended = Err(problem);
                            break 'entries;
                        }
                    }
                    Err(problem) => {
                        ended = Err(problem);
                        break 'entries;
                    }
                }
            }
            if through != entry.seq {
                let message = format!("Somebody else writes to {key} faster than its ids can be followed.");
                ended = Err(Problem::new(Code::RedisUnavailable, &key, message, "Let one server write to a stream."));
                break;
            }
        }
        if through > 0 {
            crate::crash::point("before_delivered");
            let sent = entries
                .iter()
                .filter(|entry| entry.seq <= through)
                .filter_map(|entry| {
                    let (epoch, seq) = self.store.state().outbox(stream).stream_id(entry.seq);
                    Some((submission_in(entry)?, format!("{epoch}-{seq}")))
                })
                .collect();
            note_delivered(&self.store, stream, through, true, sent).await?;
        }
        ended.map(|()| true)
    }

    async fn send(
        &self,
        connection: &mut MultiplexedConnection,
        stream: Stream,
        key: &str,
        id: (u64, u64),
        entry: &Entry,
    ) -> Result<Sent, Problem> {
        if !self.add(connection, key, id, entry).await? {
            return Ok(Sent::Overtaken);
        }
        crate::crash::point("after_xadd");
        if let (Stream::Alerts, Event::Alert { alert, .. }) = (stream, &entry.event) {
            let payload = to_canonical_string(alert)?;
            let _: i64 = redis::cmd("PUBLISH")
                .arg(&self.names.channel)
                .arg(payload)
                .query_async(connection)
                .await
                .map_err(|error| self.failed(&error))?;
            crate::crash::point("after_publish");
        }
        Ok(Sent::Taken)
    }

    /// Adds an entry to its stream. False where Redis refuses the id and holds something else.
    async fn add(
        &self,
        connection: &mut MultiplexedConnection,
        key: &str,
        id: (u64, u64),
        entry: &Entry,
    ) -> Result<bool, Problem> {
        let (own, payload) = match &entry.event {
            Event::Alert { alert, .. } => (alert["id"].as_str().unwrap_or_default().to_owned(), to_canonical_string(alert)?),
            Event::Submission { id, payload, .. } => (id.clone(), to_canonical_string(payload)?),
            _ => return Ok(true),
        };
        let stream_id = format!("{}-{}", id.0, id.1);
        let added: Result<String, RedisError> = redis::cmd("XADD")
            .arg(key)
            .arg(&stream_id)
            .arg("id")
            .arg(&own)
            .arg("at")
            .arg(crate::clock::iso8601(entry.at_ns))
            .arg("payload")
            .arg(payload)
            .query_async(connection)
            .await;
        match added {
            Ok(_) => Ok(true),
            Err(error) if is_refused_id(&error) => {
                // Either it is there already (an answer got lost), or ids of somebody else come after it.
                let found: Value = redis::cmd("XRANGE")
                    .arg(key)
                    .arg(&stream_id)
                    .arg(&stream_id)
                    .query_async(connection)
                    .await
                    .map_err(|error| self.failed(&error))?;
                Ok(holds(&found, &own))
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Records a higher epoch, so that ids from this entry on come last again.
    async fn overtake(
        &self,
        connection: &mut MultiplexedConnection,
        stream: Stream,
        key: &str,
        epoch: u64,
        from: u64,
    ) -> Result<(), Problem> {
        let last = last_id(connection, key).await.map_err(|error| self.failed(&error))?;
        let epoch = epoch.max(last.0).checked_add(1).ok_or_else(|| {
            let message = format!("{key} holds the largest id there can be.");
            Problem::new(Code::RedisUnavailable, key, message, "Somebody wrote to it by hand: delete the stream.")
        })?;
        tracing::warn!(
            stream = stream.as_str(),
            epoch,
            "somebody else has written to the stream; ids begin with a higher number"
        );
        self.store.commit(move |draft| Ok(draft.push(Event::Epoch { stream, from, epoch }))).await?;
        Ok(())
    }

    fn failed(&self, error: &RedisError) -> Problem {
        let place = super::address(&self.url).unwrap_or_default();
        if error.code() == Some("WRONGTYPE") {
            return Problem::new(
                Code::RedisUnavailable,
                place,
                format!("A key that must be a stream is something else: {}.", brief(error)),
                "Name other streams with server.redis_prefix, or delete the key.",
            );
        }
        unavailable(&place, error)
    }
}

/// The submission that an entry holds.
fn submission_in(entry: &Entry) -> Option<String> {
    match &entry.event {
        Event::Submission { id, .. } => Some(id.clone()),
        _ => None,
    }
}

/// Notes how far a stream has been taken; submissions in it have been submitted.
async fn note_delivered(
    store: &Store,
    stream: Stream,
    through: u64,
    redis: bool,
    sent: Vec<(String, String)>,
) -> Result<(), Problem> {
    store
        .commit(move |draft| {
            if draft.state.outbox(stream).delivered >= through {
                // Another relay of the same journal was faster.
                return Ok(());
            }
            for (submission, reason) in sent {
                if draft.state.submissions.get(&submission).is_some_and(|found| found.stage == Stage::Approved) {
                    draft.push(Event::Moved { submission, to: Stage::Submitted, actor: "relay".to_owned(), reason });
                }
            }
            draft.push(Event::Delivered { stream, redis, through });
            Ok(())
        })
        .await
}

/// The last id that a stream ever gave; 0-0 where there is none.
async fn last_id(connection: &mut MultiplexedConnection, key: &str) -> Result<(u64, u64), RedisError> {
    let info: Result<BTreeMap<String, Value>, RedisError> =
        redis::cmd("XINFO").arg("STREAM").arg(key).query_async(connection).await;
    let info = match info {
        Ok(info) => info,
        Err(error) if error.to_string().contains("no such key") => return Ok((0, 0)),
        Err(error) => return Err(error),
    };
    let text = match info.get("last-generated-id") {
        Some(Value::BulkString(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        Some(Value::SimpleString(text)) => text.clone(),
        _ => String::new(),
    };
    Ok(id_of(&text).unwrap_or_default())
}

fn id_of(text: &str) -> Option<(u64, u64)> {
    let (first, second) = text.split_once('-')?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

fn is_refused_id(error: &RedisError) -> bool {
    error.to_string().contains("equal or smaller")
}

/// Whether a reply of XRANGE holds an entry of ours.
fn holds(reply: &Value, own: &str) -> bool {
    match reply {
        Value::BulkString(bytes) => bytes == own.as_bytes(),
        Value::SimpleString(text) => text == own,
        Value::Array(items) => items.iter().any(|item| holds(item, own)),
        Value::Map(pairs) => pairs.iter().any(|(key, value)| holds(key, own) || holds(value, own)),
        _ => false,
    }
}

/// Sends everything that waits and ends; for a command that does not stay.
///
/// # Errors
/// `redis_unavailable`, `redis_unsupported`: what waits stays in the journal.
pub async fn drain(relay: &Relay, within: Duration) -> Result<(), Problem> {
    let deadline = Instant::now() + within;
    loop {
        let tried = async {
            let Link { mut connection, .. } = connect(&relay.url, relay.patience).await?;
            for stream in Stream::ALL {
                relay.take_up(&mut connection, stream).await?;
                while relay.send_batch(&mut connection, stream).await? {}
            }
            Ok::<(), Problem>(())
        };
        match tried.await {
            Ok(()) => return Ok(()),
            Err(problem) if Instant::now() + PAUSE.1 > deadline || problem.code != Code::RedisUnavailable => return Err(problem),
            Err(_) => tokio::time::sleep(PAUSE.1 / 4).await,
        }
    }
}

/// Stands in for the relay where there is no Redis: what waits is left to readers of the journal (events over HTTP), at once.
pub async fn without_redis(store: Arc<Store>, mut stop: watch::Receiver<bool>) {
    let mut head = store.head();
    loop {
        head.borrow_and_update();
        for stream in Stream::ALL {
            let Some(first) = store.state().outbox(stream).pending.front().copied() else { continue };
            let kept = Arc::clone(&store);
            let read = tokio::task::spawn_blocking(move || kept.entries(first - 1, &[stream.kind()], BATCH_MAX as u32)).await;
            let Ok(Ok(entries)) = read else { continue };
            let Some(through) = entries.last().map(|entry| entry.seq) else { continue };
            let sent =
                entries.iter().filter_map(|entry| Some((submission_in(entry)?, format!("journal {}", entry.seq)))).collect();
            if let Err(problem) = note_delivered(&store, stream, through, false, sent).await {
                tracing::warn!(code = problem.code.as_str(), "the outbox could not be noted as read: {}", problem.message);
                tokio::time::sleep(PAUSE.1).await;
            }
        }
        tokio::select! {
            _ = stop.changed() => return,
            changed = head.changed() => if changed.is_err() { return },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_and_compared_as_numbers() {
        assert_eq!(id_of("1764-9"), Some((1764, 9)));
        assert!(id_of("1764-10") > id_of("1764-9"));
        assert_eq!((id_of(""), id_of("x-1")), (None, None));
    }

    #[test]
    fn an_entry_of_ours_is_found_in_a_reply() {
        let text = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let reply = Value::Array(vec![Value::Array(vec![text("1-1"), Value::Array(vec![text("id"), text("abc")])])]);
        assert!(holds(&reply, "abc") && !holds(&reply, "abd") && !holds(&Value::Array(vec![]), "abc"));
    }
}

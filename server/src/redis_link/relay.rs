//! The relay: drains the outbox into Redis, in order, each entry under an id that never changes.
//!
//! The id of an entry in its stream is `<epoch>-<number of the entry>`, so Redis itself refuses a repetition, and the relay needs no
//! memory of its own: after any interruption it asks Redis for the last id it holds and goes on behind it. If Redis has lost what
//! it had taken (killed without an append-only file, say), that is sent again; alerts then without ringing the doorbell. If somebody
//! else has written to the stream, so that our ids no longer come last, a higher epoch is recorded in the journal first.
//!
//! Many entries go in one round trip, as one transaction of Redis (MULTI … EXEC): it carries out all of them in their order or, where
//! it is full or the connection breaks before the end, none. How far it is goes into the journal along with the next entries
//! ([`Store::commit_along`]), so that the notes do not stand before new entries in the queue for the disk. What was sent and not noted
//! yet when the process ends is sent again, and refused by its id.

use super::Names;
use super::connection::{Link, brief, connect, unavailable};
use crate::journal::{Draft, Entry, Event, Stage, Store, Stream};
use crate::metrics::Metrics;
use allocator_core::wire::to_canonical_string;
use allocator_core::{Code, Problem};
use redis::aio::MultiplexedConnection;
use redis::{RedisError, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

/// Entries in one round trip, at most.
const BATCH_MAX: usize = 256;

/// Payload in one round trip, bytes; a single larger entry goes by itself. Redis holds a transaction in memory until its end.
const BATCH_BYTES_MAX: usize = 4 << 20;

/// First and longest pause after a failure: a Redis that comes back is noticed within half a second.
const PAUSE: (Duration, Duration) = (Duration::from_millis(25), Duration::from_millis(500));

/// Without anything to send, Redis is asked this often whether it is there.
const HEARTBEAT: Duration = Duration::from_secs(1);

/// An entry that is overtaken at once so often means that somebody writes faster than we can look.
const OVERTAKEN_MAX: u32 = 3;

/// How the link to Redis is, for readiness, metrics and the dashboard.
#[derive(Debug, Default)]
pub struct Status(Mutex<Option<Result<super::Facts, Problem>>>);

impl Status {
    /// The facts while connected, the problem while not; nothing before the first try.
    pub fn get(&self) -> Option<Result<super::Facts, Problem>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes over how it is now; says whether that is news.
    fn set(&self, now: Result<super::Facts, Problem>) -> bool {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let news = match (&*held, &now) {
            (Some(Ok(_)), Ok(_)) => false,
            (Some(Err(before)), Err(after)) => before.message != after.message,
            _ => true,
        };
        match &now {
            _ if !news => {}
            Ok(facts) => {
                tracing::info!(version = facts.version, "Redis takes what it is sent");
                for (what, mend) in facts.warnings() {
                    tracing::warn!(mend, "{what}");
                }
            }
            Err(problem) => {
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
        news
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

/// An entry as it goes out.
struct Item {
    seq: u64,
    id: (u64, u64),
    /// Its own id, by which readers de-duplicate.
    own: String,
    at: String,
    payload: String,
}

/// What was sent during a session, and what the journal has not noted of it yet.
#[derive(Default)]
struct Progress {
    through: BTreeMap<Stream, u64>,
    /// Streams that were sent to since the last note.
    sent: BTreeSet<Stream>,
    /// Submissions among that, with their ids in the stream.
    submissions: Vec<(String, String)>,
    /// Notes on their way into the journal.
    notes: Vec<oneshot::Receiver<Result<(), Problem>>>,
    /// The entry that ids of others came after, and how often.
    overtaken: (u64, u32),
}

impl Progress {
    fn through(&self, stream: Stream) -> u64 {
        self.through.get(&stream).copied().unwrap_or(0)
    }

    /// Forgets the notes that have arrived.
    ///
    /// # Errors
    /// Why one could not be written.
    fn arrived(&mut self) -> Result<(), Problem> {
        let mut done = Ok(());
        self.notes.retain_mut(|note| match note.try_recv() {
            Ok(Err(problem)) => {
                done = Err(problem);
                false
            }
            Err(oneshot::error::TryRecvError::Empty) => true,
            Ok(Ok(())) | Err(oneshot::error::TryRecvError::Closed) => false,
        });
        done
    }

    /// Waits until all notes have arrived.
    ///
    /// # Errors
    /// Why one could not be written.
    async fn settled(&mut self) -> Result<(), Problem> {
        let mut done = Ok(());
        for note in std::mem::take(&mut self.notes) {
            if let Ok(Err(problem)) = note.await {
                done = Err(problem);
            }
        }
        done
    }
}

impl Relay {
    /// Sends until `stop` becomes true.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut head = self.store.head();
        let mut pause = PAUSE.0;
        while !*stop.borrow() {
            let mut progress = Progress::default();
            let ended = tokio::select! {
                _ = stop.changed() => Ok(()),
                ended = self.session(&mut head, &mut progress) => ended,
            };
            // What Redis has taken needs no Redis to be noted.
            let noted = self.note(&mut progress);
            let noted = noted.and(progress.settled().await);
            let Err(problem) = ended.and(noted) else { continue };
            // Only a session that came to nothing makes the next pause longer.
            pause = if matches!(self.status.get(), Some(Ok(_))) { PAUSE.0 } else { (pause * 2).min(PAUSE.1) };
            let code = problem.code;
            if self.status.set(Err(problem)) {
                self.metrics.count("allocator_problems_total", &[("code", code.as_str())]);
            }
            tokio::select! {
                _ = stop.changed() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One connection, as long as it lasts.
    async fn session(&self, head: &mut watch::Receiver<u64>, progress: &mut Progress) -> Result<(), Problem> {
        let Link { mut connection, facts } = connect(&self.url, self.patience).await?;
        for stream in Stream::ALL {
            self.take_up(&mut connection, stream).await?;
        }
        self.status.set(Ok(facts));
        loop {
            head.borrow_and_update();
            for stream in Stream::ALL {
                while self.send_batch(&mut connection, stream, progress).await? {}
            }
            self.note(progress)?;
            progress.arrived()?;
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
            if entries.is_empty() {
                break;
            }
            let mut items = Vec::new();
            for entry in entries.iter().take(fitting(&entries)) {
                after = entry.seq;
                if entry.seq <= delivered && self.is_open(&entry.event) {
                    items.extend(self.item(stream, entry)?.filter(|item| item.id > last));
                }
            }
            // In order and under the old ids; the doorbell rang when they were new.
            self.add(connection, &key, &items, false).await?;
            self.metrics.add("allocator_relay_resent_total", &[("stream", stream.as_str())], items.len() as f64);
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

    async fn read(&self, after: u64, stream: Stream) -> Result<Vec<Arc<Entry>>, Problem> {
        self.store.outgoing(after, stream.kind(), BATCH_MAX).await
    }

    /// An entry as it goes out; nothing for one that is not sent.
    fn item(&self, stream: Stream, entry: &Entry) -> Result<Option<Item>, Problem> {
        let (own, payload) = match &entry.event {
            Event::Alert { alert, .. } => (alert["id"].as_str().unwrap_or_default().to_owned(), to_canonical_string(alert)?),
            Event::Submission { id, payload, .. } => (id.clone(), to_canonical_string(payload)?),
            _ => return Ok(None),
        };
        let id = self.store.state().outbox(stream).stream_id(entry.seq);
        Ok(Some(Item { seq: entry.seq, id, own, at: crate::clock::iso8601(entry.at_ns), payload }))
    }

    /// Sends up to a batch of what waits. Says whether there was anything.
    async fn send_batch(
        &self,
        connection: &mut MultiplexedConnection,
        stream: Stream,
        progress: &mut Progress,
    ) -> Result<bool, Problem> {
        let waiting: Vec<u64> = {
            let state = self.store.state();
            let pending = &state.outbox(stream).pending;
            let sent = pending.partition_point(|seq| *seq <= progress.through(stream));
            pending.range(sent..).take(BATCH_MAX).copied().collect()
        };
        let Some(first) = waiting.first().copied() else { return Ok(false) };
        let entries = self.read(first - 1, stream).await?;
        let mut items = Vec::with_capacity(entries.len());
        for entry in entries.iter().take(fitting(&entries)).filter(|entry| waiting.binary_search(&entry.seq).is_ok()) {
            items.extend(self.item(stream, entry)?);
        }
        let key = self.names.stream(stream);
        let held = self.add(connection, &key, &items, stream == Stream::Alerts).await?;
        crate::crash::point("after_xadd");
        // Ids of others that lie between ours would let a later one in and an earlier one not. Then the later one is sent
        // once more behind it: twice for who does not de-duplicate, and lost for nobody.
        let taken = held.iter().take_while(|held| **held).count();
        for item in &items[..taken] {
            progress.through.insert(stream, item.seq);
            progress.sent.insert(stream);
            if stream == Stream::Submissions {
                progress.submissions.push((item.own.clone(), format!("{}-{}", item.id.0, item.id.1)));
            }
        }
        self.metrics.add("allocator_relay_sent_total", &[("stream", stream.as_str())], taken as f64);
        if let Some(item) = items.get(taken) {
            let (seq, times) = progress.overtaken;
            progress.overtaken = (item.seq, if seq == item.seq { times + 1 } else { 1 });
            if progress.overtaken.1 > OVERTAKEN_MAX {
                let message = format!("Somebody else writes to {key} faster than its ids can be followed.");
                return Err(Problem::new(Code::RedisUnavailable, &key, message, "Let one server write to a stream."));
            }
            self.overtake(connection, stream, &key, item.id.0, item.seq).await?;
        }
        Ok(true)
    }

    /// Hands to the journal how far each stream was sent, all in one piece of work.
    fn note(&self, progress: &mut Progress) -> Result<(), Problem> {
        if progress.sent.is_empty() {
            return Ok(());
        }
        crate::crash::point("before_delivered");
        let streams = std::mem::take(&mut progress.sent);
        let through: Vec<(Stream, u64)> = streams.into_iter().map(|stream| (stream, progress.through(stream))).collect();
        let submissions = std::mem::take(&mut progress.submissions);
        let note = self.store.commit_along(move |draft| {
            for (stream, through) in through {
                let sent = if stream == Stream::Submissions { submissions.as_slice() } else { &[] };
                delivered(draft, stream, through, true, sent);
            }
            Ok(())
        })?;
        progress.notes.push(note);
        Ok(())
    }

    /// Adds entries to their stream, in one transaction, with the doorbell if it is to `ring`. Says of each whether Redis has it, now
    /// or from before; where it has not, ids of somebody else come after it.
    async fn add(
        &self,
        connection: &mut MultiplexedConnection,
        key: &str,
        items: &[Item],
        ring: bool,
    ) -> Result<Vec<bool>, Problem> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let text = |item: &Item| format!("{}-{}", item.id.0, item.id.1);
        let mut all = redis::pipe();
        all.atomic().ignore_errors();
        for item in items {
            all.cmd("XADD").arg(key).arg(text(item)).arg("id").arg(&item.own);
            all.arg("at").arg(&item.at).arg("payload").arg(&item.payload);
            if ring {
                all.cmd("PUBLISH").arg(&self.names.channel).arg(&item.payload).ignore();
            }
        }
        let replies: Vec<Result<Value, RedisError>> = all.query_async(connection).await.map_err(|error| self.failed(&error))?;
        if replies.len() != items.len() {
            let message = format!("Redis gave {} answers to {} entries.", replies.len(), items.len());
            return Err(Problem::new(Code::RedisUnavailable, key, message, "See what stands between this server and Redis."));
        }
        let mut refused = redis::pipe();
        for (item, reply) in items.iter().zip(&replies) {
            match reply {
                Ok(_) => {}
                Err(error) if is_refused_id(error) => {
                    refused.cmd("XRANGE").arg(key).arg(text(item)).arg(text(item));
                }
                Err(error) => return Err(self.failed(error)),
            }
        }
        if refused.is_empty() {
            return Ok(vec![true; items.len()]);
        }
        // Either it is there already (an answer got lost), or ids of somebody else come after it.
        let found: Vec<Value> = refused.query_async(connection).await.map_err(|error| self.failed(&error))?;
        let mut found = found.into_iter();
        let held = items
            .iter()
            .zip(&replies)
            .map(|(item, reply)| reply.is_ok() || found.next().is_some_and(|found| holds(&found, &item.own)));
        Ok(held.collect())
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

/// How many of some entries go into one round trip: as many as fit, and at least one.
fn fitting(entries: &[Arc<Entry>]) -> usize {
    let mut before = 0;
    let fits = entries.iter().take_while(|entry| {
        let fits = before == 0 || before + entry.body.len() <= BATCH_BYTES_MAX;
        before += entry.body.len();
        fits
    });
    fits.count()
}

/// The submission that an entry holds.
fn submission_in(entry: &Entry) -> Option<String> {
    match &entry.event {
        Event::Submission { id, .. } => Some(id.clone()),
        _ => None,
    }
}

/// Notes how far a stream has been taken; submissions in it have been submitted.
fn delivered(draft: &mut Draft<'_>, stream: Stream, through: u64, redis: bool, sent: &[(String, String)]) {
    if draft.state.outbox(stream).delivered >= through {
        // Another relay of the same journal was faster.
        return;
    }
    for (submission, reason) in sent {
        if draft.state.submissions.get(submission).is_some_and(|found| found.stage == Stage::Approved) {
            draft.push(Event::Moved {
                submission: submission.clone(),
                to: Stage::Submitted,
                actor: "relay".to_owned(),
                reason: reason.clone(),
            });
        }
    }
    draft.push(Event::Delivered { stream, redis, through });
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
            let mut progress = Progress::default();
            let sent = async {
                for stream in Stream::ALL {
                    relay.take_up(&mut connection, stream).await?;
                    while relay.send_batch(&mut connection, stream, &mut progress).await? {}
                }
                Ok::<(), Problem>(())
            };
            let sent = sent.await;
            let noted = relay.note(&mut progress);
            sent.and(noted).and(progress.settled().await)
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
            let Ok(entries) = store.outgoing(first - 1, stream.kind(), BATCH_MAX).await else { continue };
            let Some(through) = entries.last().map(|entry| entry.seq) else { continue };
            let sent: Vec<(String, String)> =
                entries.iter().filter_map(|entry| Some((submission_in(entry)?, format!("journal {}", entry.seq)))).collect();
            let noted = store.commit(move |draft| {
                delivered(draft, stream, through, false, &sent);
                Ok(())
            });
            if let Err(problem) = noted.await {
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

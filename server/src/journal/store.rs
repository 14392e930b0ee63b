//! The one writer of this process, and readers beside it.
//!
//! Work is handed to a thread that carries out many pieces in one transaction, so that they share one fsync. A piece decides on the
//! state as it will be when everything before it is durable; it is answered only when it is durable itself. A transaction that fails
//! leaves the state as it was, and every piece in it hears so.

use super::chain::{Entry, Hash, damaged, hash_entry};
use super::event::{BlobId, Event, Stream};
use super::open::{BLOB_BYTES_MAX, Options, extend_log, open_reader, open_writer, problem};
use super::state::State;
use crate::clock::{Clock, NS_PER_MS};
use allocator_core::wire::to_canonical_bytes;
use allocator_core::{Code, Problem};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

/// Pieces of work that may wait for the writer; beyond it they are shed.
pub const JOBS_MAX: usize = 4_096;

/// Pieces of work that share one transaction, at most.
const BATCH_MAX: usize = 256;

/// How often entries of other processes are looked for.
const LOOK: Duration = Duration::from_millis(500);

/// The log goes into the file after so many looks in a row without work.
const QUIET_LOOKS: u32 = 4;

/// Work that nobody waits for goes along with the next that somebody does, and by itself after so long.
const LINGER: Duration = Duration::from_millis(20);

/// The newest entries for others that are kept in memory: how many, and bytes of them. Whoever sends them on need not read them back.
const RECENT_MAX: (usize, usize) = (1_024, 16 << 20);

/// Entries read at once while replaying.
const PAGE: u64 = 1_000;

type Answer = Box<dyn FnOnce(Result<(), Problem>) + Send>;
type Decide = Box<dyn FnOnce(&mut Draft<'_>) -> (bool, Answer) + Send>;

/// A piece of work for the writer.
struct Job {
    decide: Decide,
    /// Whether somebody waits for it.
    urgent: bool,
}

/// What a piece of work sees and adds to.
#[derive(Debug)]
pub struct Draft<'a> {
    /// Everything before it.
    pub state: &'a State,
    /// The time its entries will carry, nanoseconds since 1970.
    pub at_ns: i64,
    events: Vec<Event>,
    blobs: Vec<(BlobId, Vec<u8>)>,
}

impl Draft<'_> {
    /// Adds an event and says the number of its entry.
    pub fn push(&mut self, event: Event) -> u64 {
        self.events.push(event);
        self.state.seq + self.events.len() as u64
    }

    /// Adds a large text and says its name.
    ///
    /// # Errors
    /// `limit_exceeded`.
    pub fn keep(&mut self, bytes: Vec<u8>) -> Result<BlobId, Problem> {
        if bytes.len() > BLOB_BYTES_MAX - 1024 {
            return Err(Problem::new(
                Code::LimitExceeded,
                "",
                format!("{} bytes are more than the journal keeps in one piece.", bytes.len()),
                "Send less at once.",
            ));
        }
        let id = BlobId::of(&bytes);
        self.blobs.push((id, bytes));
        Ok(id)
    }
}

/// The journal of this process: one writer, readers, and the state.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    jobs: Mutex<Option<SyncSender<Job>>>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    state: Arc<RwLock<State>>,
    recent: Arc<Mutex<Recent>>,
    head: watch::Receiver<u64>,
    reader: Mutex<Connection>,
    clock: Arc<dyn Clock>,
}

impl Store {
    /// Opens the journal, replays it, and starts the writer. An empty one is begun.
    ///
    /// # Errors
    /// `io`, `journal_damaged`, `storage_full`, `unsupported_version`.
    pub fn open(options: &Options, clock: Arc<dyn Clock>) -> Result<Arc<Self>, Problem> {
        let path = options.path();
        let mut connection = open_writer(options)?;
        if options.log_ahead > 0 {
            extend_log(&mut connection, options);
        }
        let mut state = State::default();
        let snapshot = connection.unchecked_transaction().map_err(|error| problem(&path, &error))?;
        replay(&snapshot, &path, &mut state, &mut |_| {})?;
        drop(snapshot);
        let shared = Arc::new(RwLock::new(state.clone()));
        let (announce, head) = watch::channel(state.seq);
        let (jobs, inbox) = sync_channel(JOBS_MAX);
        let recent = Arc::new(Mutex::new(Recent { after: state.seq, ..Recent::default() }));
        let mut writer = Writer {
            connection,
            path: path.clone(),
            state,
            shared: Arc::clone(&shared),
            recent: Arc::clone(&recent),
            announce,
            clock: Arc::clone(&clock),
        };
        if writer.state.seq == 0 {
            writer.begin()?;
        }
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || writer.run(&inbox))
            .map_err(|error| Problem::new(Code::Io, "", format!("The journal's thread cannot be started: {error}."), ""))?;
        Ok(Arc::new(Store {
            jobs: Mutex::new(Some(jobs)),
            writer: Mutex::new(Some(thread)),
            state: shared,
            recent,
            head,
            reader: Mutex::new(open_reader(options)?),
            path,
            clock,
        }))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The wall clock.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Milliseconds since 1970 now.
    pub fn now_ms(&self) -> u64 {
        u64::try_from(self.clock.now_ns() / NS_PER_MS).unwrap_or(0)
    }

    /// What is known now. Hold it briefly: the writer waits for it.
    pub fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears of every new head.
    pub fn head(&self) -> watch::Receiver<u64> {
        self.head.clone()
    }

    /// Hands a piece of work to the writer; answers when its entries are durable.
    ///
    /// # Errors
    /// What the work refuses, and then nothing is written; `overloaded` where too much waits; `storage_full`, `io`.
    pub async fn commit<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Draft<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.hand_in(work, true)?.await.unwrap_or_else(|_| Err(gone()))
    }

    /// As [`Store::commit`], for work that nobody waits for: it shares the transaction of the next piece that somebody does wait for,
    /// so that it costs no fsync before it, and has its own only when none comes. It is carried out before the store is closed.
    ///
    /// # Errors
    /// `overloaded`; what else goes wrong comes through the receiver.
    pub fn commit_along<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Draft<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, Problem>>, Problem> {
        self.hand_in(work, false)
    }

    /// As [`Store::commit`], for a thread that may wait.
    ///
    /// # Errors
    /// As [`Store::commit`].
    pub fn commit_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Draft<'_>) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        self.hand_in(work, true)?.blocking_recv().unwrap_or_else(|_| Err(gone()))
    }

    fn hand_in<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Draft<'_>) -> Result<T, Problem> + Send + 'static,
        urgent: bool,
    ) -> Result<oneshot::Receiver<Result<T, Problem>>, Problem> {
        let (answer, answered) = oneshot::channel();
        let decide: Decide = Box::new(move |draft| match work(draft) {
            Ok(value) => (true, Box::new(move |done| drop(answer.send(done.map(|()| value))))),
            Err(problem) => (false, Box::new(move |_| drop(answer.send(Err(problem))))),
        });
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone().ok_or_else(gone)?;
        match jobs.try_send(Job { decide, urgent }) {
            Ok(()) => Ok(answered),
            Err(TrySendError::Full(_)) => Err(Problem::new(
                Code::Overloaded,
                "",
                format!("{JOBS_MAX} pieces of work wait for the journal already."),
                "Try again after the seconds that Retry-After names.",
            )),
            Err(TrySendError::Disconnected(_)) => Err(gone()),
        }
    }

    /// Entries behind `after`, of these kinds (of all where none is named), at most `limit`.
    ///
    /// # Errors
    /// `io`, `journal_damaged`.
    pub fn entries(&self, after: u64, kinds: &[&str], limit: u32) -> Result<Vec<Entry>, Problem> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let which = kinds_clause(kinds);
        let sql = format!("SELECT seq, at_ns, kind, body, hash FROM entry WHERE seq > ?1 {which} ORDER BY seq LIMIT ?2");
        read_entries(&reader, &self.path, &sql, after, limit)
    }

    /// Entries for others of one kind behind `after`, at most `limit`: from memory where all of them are there, which they are unless
    /// much waits or they were written before the start; else from the file.
    ///
    /// # Errors
    /// `io`, `journal_damaged`.
    pub async fn outgoing(self: &Arc<Self>, after: u64, kind: &'static str, limit: usize) -> Result<Vec<Arc<Entry>>, Problem> {
        let held = self.recent.lock().unwrap_or_else(PoisonError::into_inner).behind(after, kind, limit);
        if let Some(held) = held {
            return Ok(held);
        }
        let store = Arc::clone(self);
        tokio::task::spawn_blocking(move || store.entries(after, &[kind], u32::try_from(limit).unwrap_or(u32::MAX)))
            .await
            .unwrap_or_else(|error| Err(Problem::internal(format!("reading the journal did not finish: {error}"))))
            .map(|entries| entries.into_iter().map(Arc::new).collect())
    }

    /// The newest entries of some kinds before `before`, newest first.
    ///
    /// # Errors
    /// `io`, `journal_damaged`.
    pub fn entries_before(&self, before: u64, kinds: &[&str], limit: u32) -> Result<Vec<Entry>, Problem> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let which = kinds_clause(kinds);
        let sql = format!("SELECT seq, at_ns, kind, body, hash FROM entry WHERE seq < ?1 {which} ORDER BY seq DESC LIMIT ?2");
        read_entries(&reader, &self.path, &sql, before.min(i64::MAX as u64), limit)
    }

    /// One entry.
    ///
    /// # Errors
    /// `io`, `journal_damaged`.
    pub fn entry(&self, seq: u64) -> Result<Option<Entry>, Problem> {
        if seq == 0 {
            return Ok(None);
        }
        Ok(self.entries(seq - 1, &[], 1)?.into_iter().find(|entry| entry.seq == seq))
    }

    /// A large text.
    ///
    /// # Errors
    /// `journal_damaged` where it is missing or not what its name says; `io`.
    pub fn blob(&self, id: BlobId) -> Result<Vec<u8>, Problem> {
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        read_blob(&reader, &self.path, id)
    }

    /// Lets the writer finish what waits, and ends it.
    pub fn close(&self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.close();
    }
}

fn gone() -> Problem {
    Problem::new(Code::Overloaded, "", "The journal is shutting down.", "Try again when the server runs again.")
}

fn kinds_clause(kinds: &[&str]) -> String {
    // Kinds are words of ours, never of a caller's.
    if kinds.is_empty() { String::new() } else { format!("AND kind IN ('{}')", kinds.join("', '")) }
}

/// The newest entries that are for others.
#[derive(Debug, Default)]
struct Recent {
    /// All of them behind this entry are here.
    after: u64,
    entries: VecDeque<Arc<Entry>>,
    bytes: usize,
}

impl Recent {
    fn add(&mut self, entry: &Arc<Entry>) {
        if !Stream::ALL.iter().any(|stream| stream.kind() == entry.event.kind()) {
            return;
        }
        self.bytes += entry.body.len();
        self.entries.push_back(Arc::clone(entry));
        while self.entries.len() > RECENT_MAX.0 || self.bytes > RECENT_MAX.1 {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.after = oldest.seq;
            self.bytes -= oldest.body.len();
        }
    }

    /// Entries of a kind behind `after`; nothing where some of them are no longer here.
    fn behind(&self, after: u64, kind: &str, limit: usize) -> Option<Vec<Arc<Entry>>> {
        if after < self.after {
            return None;
        }
        let first = self.entries.partition_point(|entry| entry.seq <= after);
        Some(self.entries.range(first..).filter(|entry| entry.event.kind() == kind).take(limit).cloned().collect())
    }
}

/// The writer's side.
struct Writer {
    connection: Connection,
    path: PathBuf,
    /// As it will be when the open transaction is durable.
    state: State,
    /// As it is.
    shared: Arc<RwLock<State>>,
    recent: Arc<Mutex<Recent>>,
    announce: watch::Sender<u64>,
    clock: Arc<dyn Clock>,
}

impl Writer {
    fn begin(&mut self) -> Result<(), Problem> {
        let mut id = [0_u8; 16];
        getrandom::fill(&mut id).map_err(|error| Problem::internal(format!("no randomness: {error}")))?;
        let epoch = u64::try_from(self.clock.now_ns() / NS_PER_MS).unwrap_or(0);
        let opened = Event::Opened { journal: super::chain::hex(&id), epoch, program: env!("CARGO_PKG_VERSION").to_owned() };
        let (answer, answered) = std::sync::mpsc::channel();
        self.carry_out(vec![Box::new(move |draft: &mut Draft<'_>| {
            if draft.state.seq == 0 {
                draft.push(opened);
            }
            let answer: Answer = Box::new(move |done| drop(answer.send(done)));
            (true, answer)
        })]);
        answered.recv().unwrap_or_else(|_| Err(gone()))
    }

    fn run(mut self, inbox: &Receiver<Job>) {
        // Looks without work since there was some.
        let mut quiet = QUIET_LOOKS;
        // Work that nobody waits for, and since when the oldest of it is here.
        let mut along: Vec<Decide> = Vec::new();
        let mut since = Instant::now();
        loop {
            let mut batch = Vec::new();
            let patience = if along.is_empty() { LOOK } else { LINGER.saturating_sub(since.elapsed()) };
            match inbox.recv_timeout(patience) {
                Ok(job) => {
                    quiet = 0;
                    for job in std::iter::once(job).chain(inbox.try_iter().take(BATCH_MAX - 1)) {
                        if job.urgent {
                            batch.push(job.decide);
                        } else {
                            if along.is_empty() {
                                since = Instant::now();
                            }
                            along.push(job.decide);
                        }
                    }
                    if batch.is_empty() && along.len() < BATCH_MAX {
                        continue;
                    }
                    batch.append(&mut along);
                }
                Err(RecvTimeoutError::Timeout) if !along.is_empty() => batch.append(&mut along),
                Err(RecvTimeoutError::Timeout) => {
                    quiet = quiet.saturating_add(1);
                    if quiet == QUIET_LOOKS {
                        // Never waits for readers; what it cannot move now, it moves the next time.
                        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE);");
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.carry_out(batch);
        }
        if !along.is_empty() {
            self.carry_out(along);
        }
        // A journal at rest is one file.
        let _ = self.connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);");
    }

    /// Carries out pieces of work in one transaction, publishes what they wrote, and answers them.
    fn carry_out(&mut self, batch: Vec<Decide>) {
        let mut answers = Vec::with_capacity(batch.len());
        let mut written = Vec::new();
        let done = self.transact(batch, &mut answers, &mut written);
        match &done {
            Ok(()) => {
                if !written.is_empty() {
                    // Before the state: what it says waits is found there.
                    let written: Vec<Arc<Entry>> = written.into_iter().map(Arc::new).collect();
                    let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
                    for entry in &written {
                        recent.add(entry);
                    }
                    drop(recent);
                    let mut shared = self.shared.write().unwrap_or_else(PoisonError::into_inner);
                    for entry in &written {
                        shared.apply(entry.seq, entry.at_ns, entry.hash, &entry.event);
                    }
                    drop(shared);
                    let seq = self.state.seq;
                    self.announce.send_replace(seq);
                }
            }
            Err(problem) => {
                tracing::error!(code = problem.code.as_str(), detail = problem.message, "the journal could not be written");
                self.state = self.shared.read().unwrap_or_else(PoisonError::into_inner).clone();
            }
        }
        for answer in answers {
            answer(done.clone());
        }
    }

    fn transact(&mut self, batch: Vec<Decide>, answers: &mut Vec<Answer>, written: &mut Vec<Entry>) -> Result<(), Problem> {
        let failed = |error: rusqlite::Error| problem(&self.path, &error);
        let idle = batch.is_empty();
        // Without work of our own nothing is locked: it is enough to look.
        let behavior = if idle { TransactionBehavior::Deferred } else { TransactionBehavior::Immediate };
        let transaction = match self.connection.transaction_with_behavior(behavior) {
            Ok(transaction) => transaction,
            Err(error) => {
                let problem = failed(error);
                // Each piece must still be heard, so that it can be answered.
                for decide in batch {
                    let mut draft = Draft { state: &self.state, at_ns: self.state.at_ns, events: Vec::new(), blobs: Vec::new() };
                    if let Ok((_, answer)) = catch_unwind(AssertUnwindSafe(|| decide(&mut draft))) {
                        answers.push(answer);
                    }
                }
                return Err(problem);
            }
        };
        let state = &mut self.state;
        let caught_up = catch_up(&transaction, &self.path, state, &mut |entry| {
            written.push(entry);
        });
        let mut outcome = caught_up;
        let at_ns = self.clock.now_ns();
        for decide in batch {
            let mut draft = Draft { state, at_ns: at_ns.max(state.at_ns), events: Vec::new(), blobs: Vec::new() };
            // A panic is a defect; the one who asked hears of it because the answer is dropped.
            let Ok((keep, answer)) = catch_unwind(AssertUnwindSafe(|| decide(&mut draft))) else { continue };
            answers.push(answer);
            let Draft { at_ns, events, blobs, .. } = draft;
            if keep && outcome.is_ok() {
                outcome = insert(&transaction, state, at_ns, events, &blobs, written).map_err(|error| match error {
                    Failed::Sqlite(error) => problem(&self.path, &error),
                    Failed::Canonical(problem) => problem,
                });
            }
        }
        outcome?;
        if !idle {
            crate::crash::point("before_commit");
        }
        transaction.commit().map_err(|error| problem(&self.path, &error))?;
        if !idle {
            crate::crash::point("after_commit");
        }
        Ok(())
    }
}

enum Failed {
    Sqlite(rusqlite::Error),
    Canonical(Problem),
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Failed::Sqlite(error)
    }
}

fn insert(
    connection: &Connection,
    state: &mut State,
    at_ns: i64,
    events: Vec<Event>,
    blobs: &[(BlobId, Vec<u8>)],
    written: &mut Vec<Entry>,
) -> Result<(), Failed> {
    for (id, bytes) in blobs {
        connection.prepare_cached("INSERT OR IGNORE INTO blob (id, bytes) VALUES (?1, ?2)")?.execute((&id.0[..], bytes))?;
    }
    for event in events {
        let body = to_canonical_bytes(&event).map_err(Failed::Canonical)?;
        let seq = state.seq + 1;
        let hash = hash_entry(&state.hash, seq, at_ns, &body);
        connection.prepare_cached("INSERT INTO entry (seq, at_ns, kind, body, hash) VALUES (?1, ?2, ?3, ?4, ?5)")?.execute((
            seq as i64,
            at_ns,
            event.kind(),
            &body,
            &hash[..],
        ))?;
        state.apply(seq, at_ns, hash, &event);
        written.push(Entry { seq, at_ns, event, body, hash });
    }
    Ok(())
}

/// Applies every entry from the beginning, checking the chain, and that none is missing at its end. Within one transaction, so that
/// nobody adds any in between.
///
/// The chain proves what is read, and nothing proves that all of it was read: a single flipped bit can hide the last rows of a page, or
/// the number of the last one. The index of kinds holds every number a second time, on other pages.
///
/// # Errors
/// `journal_damaged`, `io`.
pub(crate) fn replay(
    connection: &Connection,
    path: &Path,
    state: &mut State,
    each: &mut dyn FnMut(Entry),
) -> Result<(), Problem> {
    catch_up(connection, path, state, each)?;
    let failed = |error: rusqlite::Error| problem(path, &error);
    let indexed: bool = connection
        .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'entry_by_kind'", [], |row| row.get(0))
        .map_err(failed)?;
    // A journal of the oldest layout that is only read has no index.
    if indexed {
        let (count, newest): (i64, i64) = connection
            .query_row("SELECT count(*), coalesce(max(seq), 0) FROM entry INDEXED BY entry_by_kind", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .map_err(failed)?;
        if (count as u64, newest as u64) != (state.seq, state.seq) {
            return Err(damaged(
                path.display(),
                format!("{} entries can be read, and the index knows {count}, the last of them {newest}.", state.seq),
            ));
        }
    }
    Ok(())
}

/// Applies every entry behind the state's, checking the chain.
///
/// # Errors
/// `journal_damaged`, `io`.
pub(crate) fn catch_up(
    connection: &Connection,
    path: &Path,
    state: &mut State,
    each: &mut dyn FnMut(Entry),
) -> Result<(), Problem> {
    let newest: Option<i64> = connection
        .prepare_cached("SELECT max(seq) FROM entry")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(|error| problem(path, &error))?;
    let newest = newest.unwrap_or(0) as u64;
    if newest < state.seq {
        return Err(damaged(
            path.display(),
            format!("The journal ends at entry {newest}, and entry {} was read before.", state.seq),
        ));
    }
    while state.seq < newest {
        let sql = "SELECT seq, at_ns, kind, body, hash FROM entry WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let entries = read_entries(connection, path, sql, state.seq, PAGE as u32)?;
        if entries.is_empty() {
            return Err(damaged(path.display(), format!("Entry {} cannot be read.", state.seq + 1)));
        }
        for entry in entries {
            let place = format!("{}#{}", path.display(), state.seq + 1);
            if entry.seq != state.seq + 1 {
                return Err(damaged(place, format!("Entry {} is missing.", state.seq + 1)));
            }
            if hash_entry(&state.hash, entry.seq, entry.at_ns, &entry.body) != entry.hash {
                return Err(damaged(place, format!("Entry {} is not what was written: its hash does not hold.", entry.seq)));
            }
            state.apply(entry.seq, entry.at_ns, entry.hash, &entry.event);
            each(entry);
        }
    }
    Ok(())
}

/// The columns of an entry: number, time, kind, body, hash.
type Row = (i64, i64, String, Vec<u8>, Vec<u8>);

fn read_entries(connection: &Connection, path: &Path, sql: &str, from: u64, limit: u32) -> Result<Vec<Entry>, Problem> {
    let failed = |error: rusqlite::Error| problem(path, &error);
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let mut rows = statement.query((from as i64, limit)).map_err(failed)?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let read = || -> rusqlite::Result<Row> { Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)) };
        let (seq, at_ns, kind, body, hash) =
            read().map_err(|error| damaged(path.display(), format!("An entry cannot be read: {error}.")))?;
        let place = || format!("{}#{seq}", path.display());
        let event: Event = serde_json::from_slice(&body).map_err(|error| {
            damaged(place(), format!("Entry {seq} says what this program does not know (a newer one may): {error}."))
        })?;
        let hash = Hash::try_from(hash.as_slice()).map_err(|_| damaged(place(), format!("Entry {seq} has no whole hash.")))?;
        if kind != event.kind() {
            return Err(damaged(place(), format!("Entry {seq} is filed under {kind:?}, and is {:?}.", event.kind())));
        }
        entries.push(Entry { seq: seq as u64, at_ns, event, body, hash });
    }
    Ok(entries)
}

pub(crate) fn read_blob(connection: &Connection, path: &Path, id: BlobId) -> Result<Vec<u8>, Problem> {
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached("SELECT bytes FROM blob WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([&id.0[..]], |row| row.get(0)).optional())
        .map_err(|error| problem(path, &error))?;
    let place = || format!("{}#{id}", path.display());
    let bytes = bytes.ok_or_else(|| damaged(place(), format!("The text {id} is missing.")))?;
    if BlobId::of(&bytes) != id {
        return Err(damaged(place(), format!("The text {id} is not what was written: its hash is another.")));
    }
    Ok(bytes)
}

//! The journal: durable before it is answered, the same after any interruption, and honest about damage.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use allocator_core::Code;
use server::clock::{ManualClock, SystemClock};
use server::journal::{self, Event, FILE, Options, State, Store, hash_entry};
use std::path::Path;
use std::sync::Arc;

fn open(dir: &Path) -> Arc<Store> {
    Store::open(&Options::new(dir), Arc::new(SystemClock)).unwrap()
}

fn monitored(scope: &str) -> Event {
    Event::Monitored { scope: scope.to_owned(), active: vec![["a".to_owned(), "b".to_owned()]] }
}

fn add(store: &Store, scope: &str) -> u64 {
    let event = monitored(scope);
    store.commit_blocking(move |draft| Ok(draft.push(event))).unwrap()
}

fn hex(hash: &[u8; 32]) -> String {
    journal::BlobId(*hash).to_string()
}

/// What can be compared between two openings.
fn known(dir: &Path) -> State {
    open(dir).state().clone()
}

/// The journal with its log, as a crash would leave them: copied while the writer is alive.
fn crashed(from: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        // The shared-memory file is rebuilt from the log.
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
        }
    }
    copy
}

#[test]
fn what_was_answered_is_there_after_a_crash_and_entries_are_numbered_without_gaps() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    // 1 is the entry that begins the journal.
    assert_eq!((2..12).map(|i| add(&store, &format!("s{i}"))).collect::<Vec<_>>(), (2..12).collect::<Vec<_>>());
    let copy = crashed(dir.path());
    assert_eq!(known(copy.path()), *store.state());
    assert_eq!(store.entries(0, &[], 100).unwrap().len(), 11);
    assert_eq!(store.entries(0, &["opened"], 100).unwrap().len(), 1);
    assert_eq!(store.entries_before(10, &["monitored"], 2).unwrap().iter().map(|e| e.seq).collect::<Vec<_>>(), [9, 8]);
}

#[test]
fn work_that_refuses_writes_nothing_and_work_that_panics_harms_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let refused = store.commit_blocking(|draft| {
        draft.push(monitored("x"));
        Err::<(), _>(allocator_core::Problem::new(Code::Conflict, "", "no", ""))
    });
    assert_eq!(refused.unwrap_err().code, Code::Conflict);
    assert!(store.commit_blocking::<()>(|_| panic!("defect")).is_err());
    assert_eq!(add(&store, "y"), 2);
}

#[test]
fn many_writers_share_transactions_and_each_gets_its_own_number() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let threads: Vec<_> = (0..8)
        .map(|t| {
            let store = Arc::clone(&store);
            std::thread::spawn(move || (0..50).map(|i| add(&store, &format!("{t}-{i}"))).collect::<Vec<_>>())
        })
        .collect();
    let mut all: Vec<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
    all.sort_unstable();
    assert_eq!(all, (2..402).collect::<Vec<_>>());
    assert_eq!(known(crashed(dir.path()).path()).seq, 401);
}

#[test]
fn a_log_that_is_made_longer_beforehand_holds_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { log_ahead: 1 << 20, ..Options::new(dir.path()) };
    let log = || std::fs::metadata(dir.path().join("journal.sqlite-wal")).map(|found| found.len());
    let store = Store::open(&options, Arc::new(SystemClock)).unwrap();
    assert_eq!(log().unwrap(), 1 << 20, "from the beginning");
    // A second process that opens it meanwhile does not disturb what is there.
    let other = Store::open(&options, Arc::new(SystemClock)).unwrap();
    for i in 0..20 {
        add(&store, &format!("one {i}"));
        add(&other, &format!("two {i}"));
    }
    assert_eq!(log().unwrap(), 1 << 20, "written over, not longer");
    assert_eq!(known(crashed(dir.path()).path()).seq, 41);
    drop(other);
    store.close();
    drop(store);
    assert_eq!(log().unwrap_or(0), 0, "a journal at rest is one file");
    assert_eq!(known(dir.path()).seq, 41);
}

#[test]
fn work_that_nobody_waits_for_goes_along_with_the_next_or_by_itself_and_is_never_lost() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let along = |name: &'static str| store.commit_along(move |draft| Ok(draft.push(monitored(name)))).unwrap();
    // Behind the one that somebody waits for, and in its transaction: both have its time.
    let (first, second) = (along("along"), add(&store, "waited for"));
    assert_eq!((second, first.blocking_recv().unwrap().unwrap()), (2, 3));
    let times: Vec<i64> = store.entries(1, &[], 10).unwrap().iter().map(|entry| entry.at_ns).collect();
    assert!(times.len() == 2 && times[0] == times[1], "{times:?}");
    // Alone it does not wait for ever.
    assert_eq!(along("alone").blocking_recv().unwrap().unwrap(), 4);
    let last = along("at the end");
    store.close();
    assert_eq!(last.blocking_recv().unwrap().unwrap(), 5);
    assert_eq!(known(dir.path()).seq, 5);
}

#[tokio::test]
async fn entries_for_others_are_found_in_memory_and_in_the_file_alike() {
    let dir = tempfile::tempdir().unwrap();
    let alert = |i: usize, size: usize| Event::Alert {
        alert: serde_json::json!({ "id": i.to_string(), "text": "x".repeat(size) }),
        id: i.to_string(),
        scope: "desk".to_owned(),
        occurrence: 0,
    };
    let store = open(dir.path());
    store.commit(move |draft| Ok((0..3).map(|i| draft.push(alert(i, 1))).max())).await.unwrap();
    store.close();
    // What was written before the start is in the file only; what is too much for memory as well.
    let store = open(dir.path());
    store.commit(move |draft| Ok((3..6).map(|i| draft.push(alert(i, 1))).max())).await.unwrap();
    store.commit(move |draft| Ok(draft.push(monitored("not for others")))).await.unwrap();
    store.commit(move |draft| Ok((6..12).map(|i| draft.push(alert(i, 4 << 20))).max())).await.unwrap();
    for after in [0, 3, 4, 6, 8, 11, 13, 14] {
        for limit in [1, 4, 100] {
            let found: Vec<u64> = store.outgoing(after, "alert", limit).await.unwrap().iter().map(|entry| entry.seq).collect();
            let filed: Vec<u64> = store.entries(after, &["alert"], limit as u32).unwrap().iter().map(|entry| entry.seq).collect();
            assert_eq!(found, filed, "after {after}, at most {limit}");
        }
    }
    assert!(store.outgoing(0, "submission", 10).await.unwrap().is_empty());
}

#[test]
fn two_processes_may_write_to_one_journal() {
    // Two stores stand for two processes: they share nothing but the file.
    let dir = tempfile::tempdir().unwrap();
    let (one, two) = (open(dir.path()), open(dir.path()));
    assert_eq!((add(&one, "1"), add(&two, "2"), add(&one, "3")), (2, 3, 4));
    // The second hears of the first's without writing anything itself.
    let mut head = two.head();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let heard = runtime.block_on(async {
        tokio::time::timeout(std::time::Duration::from_secs(10), head.wait_for(|seq| *seq == 4)).await.is_ok()
    });
    assert!(heard);
    assert_eq!(*one.state(), *two.state());
}

#[test]
fn time_never_runs_backwards_in_the_journal() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::at(2_000_000_000_000_000_000));
    let store = Store::open(&Options::new(dir.path()), clock.clone()).unwrap();
    add(&store, "before");
    clock.set(1_000_000_000_000_000_000);
    add(&store, "after");
    let times: Vec<i64> = store.entries(0, &[], 10).unwrap().iter().map(|entry| entry.at_ns).collect();
    assert_eq!(times, [2_000_000_000_000_000_000; 3]);
}

/// A directory whose files are in memory where there is such a thing: thousands of copies of a journal are judged by what is read, not by
/// how fast a disk syncs.
fn scratch() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// Does something for each number, on every processor.
fn for_each(count: usize, work: impl Fn(usize) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = &work;
    std::thread::scope(|scope| {
        for first in 0..threads {
            scope.spawn(move || (first..count).step_by(threads).for_each(work));
        }
    });
}

mod figures {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// What was durable before the last transaction is whole, and nothing is invented.
    #[test]
    fn a_log_cut_at_each_of_its_last_4096_bytes_loses_only_what_was_not_answered() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        for i in 0..20 {
            add(&store, &format!("s{i}"));
        }
        let acknowledged = store.state().clone();
        let before = std::fs::metadata(dir.path().join("journal.sqlite-wal")).unwrap().len() as usize;
        // The transaction in flight: written, and not yet answered when the power goes.
        add(&store, "in flight");
        let whole = store.state().clone();
        let (file, log) = (dir.path().join(FILE), dir.path().join("journal.sqlite-wal"));
        let (file, log) = (std::fs::read(file).unwrap(), std::fs::read(log).unwrap());
        assert!(log.len() - before >= 4096, "the last transaction is a page at least: {}", log.len() - before);
        // Opening mends the files, so each cut has its own.
        for_each(4_097, |cut| {
            let copy = scratch();
            std::fs::write(copy.path().join(FILE), &file).unwrap();
            std::fs::write(copy.path().join("journal.sqlite-wal"), &log[..log.len() - cut]).unwrap();
            let expected = if cut == 0 { &whole } else { &acknowledged };
            assert_eq!(&known(copy.path()), expected, "{cut} bytes cut");
            if cut % 16 == 0 {
                // In a log that was made longer beforehand there are zeros behind the cut.
                let copy = scratch();
                std::fs::write(copy.path().join(FILE), &file).unwrap();
                let longer = copy.path().join("journal.sqlite-wal");
                std::fs::write(&longer, &log[..log.len() - cut]).unwrap();
                std::fs::File::options().write(true).open(longer).unwrap().set_len(4 << 20).unwrap();
                assert_eq!(&known(copy.path()), expected, "{cut} bytes cut, and zeros behind");
            }
        });
        println!("the log cut at each of its last 4,096 bytes: only what was not answered is lost, 4,096 of 4,096");
    }

    /// A journal at rest is refused, or says exactly what it said.
    #[test]
    fn of_ten_thousand_flipped_bits_each_is_refused_or_harms_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        for i in 0..60 {
            add(&store, &format!("scope number {i}"));
        }
        let head = hex(&store.state().hash);
        store.close();
        let content = std::fs::read(dir.path().join(FILE)).unwrap();
        let (refused, unharmed) = (AtomicU32::new(0), AtomicU32::new(0));
        for_each(10_000, |i| {
            // A fixed walk through all bits: 2654435761 is odd, so steps of it reach everything.
            let bit = (i as u64 * 2_654_435_761) as usize % (content.len() * 8);
            let mut damaged = content.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let copy = scratch();
            std::fs::write(copy.path().join(FILE), &damaged).unwrap();
            match journal::verify(&Options::new(copy.path()), true, &mut |_, _| {}) {
                Err(problem) => {
                    assert!(
                        matches!(problem.code, Code::JournalDamaged | Code::UnknownFormat | Code::UnsupportedVersion | Code::Io),
                        "bit {bit}: {problem}"
                    );
                    refused.fetch_add(1, Ordering::Relaxed);
                }
                // Free space, or a hint of SQLite's own: what is read is what was written.
                Ok(found) => {
                    assert_eq!(found.head, head, "bit {bit}: an invented record");
                    unharmed.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        let (refused, unharmed) = (refused.into_inner(), unharmed.into_inner());
        println!("10,000 flips: {refused} refused, {unharmed} unharmed");
        assert!(refused > 1_000, "{refused}");
    }
}

/// Ten thousand flips found a damaged page that SQLite reads without a word, with rows missing at its end. This is the plainest one.
#[test]
fn rows_that_a_damaged_page_hides_are_missed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for i in 0..60 {
        add(&store, &format!("scope number {i}"));
    }
    store.close();
    let path = dir.path().join(FILE);
    let content = std::fs::read(&path).unwrap();
    let leaves = rusqlite::Connection::open(&path).unwrap();
    let last: i64 = leaves
        .query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'entry'", [], |row| row.get(0))
        .map(|root: i64| {
            // The right-most child of an interior page of a table stands in bytes 8 to 11.
            let page = &content[(root as usize - 1) * 4096..];
            i64::from(u32::from_be_bytes([page[8], page[9], page[10], page[11]]))
        })
        .unwrap();
    let at = (last as usize - 1) * 4096;
    assert_eq!(content[at], 13, "a leaf of a table");
    let cells = u16::from_be_bytes([content[at + 3], content[at + 4]]);
    assert!(cells > 1, "{cells}");
    // One row fewer, as the page's header has it: SQLite reads it without a word.
    let mut damaged = content;
    damaged[at + 3..at + 5].copy_from_slice(&(cells - 1).to_be_bytes());
    std::fs::write(&path, &damaged).unwrap();
    let verified = journal::verify(&Options::new(dir.path()), true, &mut |_, _| {});
    assert_eq!(verified.unwrap_err().code, Code::JournalDamaged);
    assert!(Store::open(&Options::new(dir.path()), Arc::new(SystemClock)).is_err());
}

/// Writes to the file behind the journal's back.
fn tamper(dir: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(dir.join(FILE)).unwrap();
    connection.execute_batch("DROP TRIGGER entry_stays; DROP TRIGGER entry_remains;").unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn an_edit_a_gap_and_an_insertion_are_found_with_their_place() {
    for (sql, place) in [
        ("UPDATE entry SET body = CAST(replace(CAST(body AS TEXT), 's3', 's9') AS BLOB) WHERE seq = 5", "#5"),
        ("UPDATE entry SET at_ns = at_ns + 1 WHERE seq = 4", "#4"),
        ("UPDATE entry SET kind = 'alert' WHERE seq = 4", "#4"),
        ("DELETE FROM entry WHERE seq = 4", "#4"),
        ("INSERT INTO entry SELECT 99, at_ns, kind, body, hash FROM entry WHERE seq = 4", "#12"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let store = open(dir.path());
        for i in 2..12 {
            add(&store, &format!("s{}", i - 2));
        }
        store.close();
        tamper(dir.path(), sql);
        let problem = Store::open(&Options::new(dir.path()), Arc::new(SystemClock)).unwrap_err();
        assert_eq!(problem.code, Code::JournalDamaged, "{sql}");
        assert!(problem.path.ends_with(place), "{sql}: {problem}");
    }
}

#[test]
fn a_rewritten_history_has_another_head() {
    // Someone with the file and this program can write a consistent chain; the head that was noted elsewhere tells.
    let hash = hash_entry(&journal::GENESIS, 1, 0, b"{}");
    assert_ne!(hash, hash_entry(&journal::GENESIS, 1, 0, b"[]"));
}

#[test]
fn a_full_journal_refuses_loses_nothing_and_goes_on_with_more_room() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { bytes_max: 256 << 10, ..Options::new(dir.path()) };
    let store = Store::open(&options, Arc::new(SystemClock)).unwrap();
    let mut written = 1;
    let problem = (0..200)
        .find_map(|i: u32| {
            let text = vec![i as u8; 8 << 10];
            let added = store.commit_blocking(move |draft| {
                let content = draft.keep(text)?;
                Ok(draft.push(Event::Returns { portfolio: "p".to_owned(), content, actor: "a".to_owned() }))
            });
            match added {
                Ok(seq) => {
                    written = seq;
                    None
                }
                Err(problem) => Some(problem),
            }
        })
        .unwrap();
    assert_eq!((problem.code, problem.status), (Code::StorageFull, 507));
    assert!(written > 5);
    assert_eq!(store.state().seq, written, "the state is that of the last durable entry");
    store.close();
    let more = open(dir.path());
    assert_eq!(more.state().seq, written);
    assert_eq!(add(&more, "room again"), written + 1);
}

#[test]
fn a_backup_is_made_while_the_journal_is_written_to_and_restores_to_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let writing = {
        let store = Arc::clone(&store);
        std::thread::spawn(move || {
            for i in 0..100 {
                add(&store, &format!("w{i}"));
            }
        })
    };
    let to = dir.path().join("backup.sqlite");
    let copied = journal::backup(&Options::new(dir.path()), &to).unwrap();
    writing.join().unwrap();
    assert_eq!(journal::backup(&Options::new(dir.path()), &to).unwrap_err().code, Code::Conflict, "never over another");
    let entry = store.entry(copied.seq).unwrap().unwrap();
    assert_eq!(copied.head, hex(&entry.hash));
    let target = tempfile::tempdir().unwrap();
    let restored = journal::restore(&to, &Options::new(target.path())).unwrap();
    assert_eq!(restored.seq, copied.seq + 1, "the restoration is an entry itself");
    assert_eq!(known(target.path()).journal, store.state().journal);
    assert_eq!(journal::restore(&to, &Options::new(target.path())).unwrap_err().code, Code::Conflict);
    let epochs = |state: &State| state.outbox(journal::Stream::Alerts).epochs.clone();
    let (before, after) = (epochs(&store.state()), epochs(&known(target.path())));
    assert!(after.len() == 2 && after[1].1 >= before[0].1, "ids in Redis go on behind what was sent: {after:?}");
}

#[test]
fn a_damaged_backup_is_not_restored() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let content = b"rows".to_vec();
    store
        .commit_blocking(move |draft| {
            let content = draft.keep(content)?;
            Ok(draft.push(Event::Returns { portfolio: "p".to_owned(), content, actor: "a".to_owned() }))
        })
        .unwrap();
    let to = dir.path().join("backup.sqlite");
    journal::backup(&Options::new(dir.path()), &to).unwrap();
    let connection = rusqlite::Connection::open(&to).unwrap();
    connection.execute_batch("UPDATE blob SET bytes = x'00'").unwrap();
    drop(connection);
    let target = tempfile::tempdir().unwrap();
    assert_eq!(journal::restore(&to, &Options::new(target.path())).unwrap_err().code, Code::JournalDamaged);
    assert!(!target.path().join(FILE).exists());
}

/// Lines of a log, in memory.
#[derive(Clone, Default)]
struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_is_noticed_and_moves_what_is_in_the_future() {
    use server::config::ServerConfig;
    use server::http::App;
    use server::signals::{Form, take};
    let dir = tempfile::tempdir().unwrap();
    let noon = 1_767_355_200_000_000_000; // 2026-01-02 12:00 UTC
    let clock = Arc::new(ManualClock::at(noon));
    let log = Log::default();
    let lines = log.clone();
    let subscriber = tracing_subscriber::fmt().json().with_writer(move || lines.clone()).finish();
    // The first test of a process that asks for it gets the log; nextest gives each a process of its own.
    let heard = tracing::subscriber::set_global_default(subscriber).is_ok();
    let store = Store::open(&Options::new(dir.path()), clock.clone()).unwrap();
    let config = ServerConfig { data: dir.path().to_str().unwrap().to_owned(), ..ServerConfig::default() };
    let app = Arc::new(App::with_store(config, store));
    let background = server::background::start(&app);
    let signals = |at: &str| format!(r#"{{"version":1,"as_of":"{at}","signals":{{"a":[["X",1,1]]}}}}"#).into_bytes();
    let send = |at: &str| {
        let (app, bytes) = (Arc::clone(&app), signals(at));
        async move { take(&app, "main", bytes, Form::Json, "http", "test").await }
    };
    assert_eq!(send("2026-01-02T11:00:00Z").await.unwrap().strategies["a"].status, "taken");
    assert_eq!(send("2026-01-02T13:00:00Z").await.unwrap_err().code, Code::ClockSkew);
    // Two hours back, and the watch looks every second.
    clock.set(noon - 7_200_000_000_000);
    let counted = || app.metrics.get("allocator_clock_jumps_total", &[("direction", "back")]);
    for _ in 0..200 {
        if counted().is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(counted().is_some());
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(!heard || log.contains("\"code\":\"clock_skew\"") && log.contains("the wall clock jumped back"), "{log}");
    assert_eq!(send("2026-01-02T11:30:00Z").await.unwrap().strategies["a"].status, "taken", "the journal's own time stays");
    app.start_draining();
    background.finish().await;
}

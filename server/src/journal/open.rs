//! The file: SQLite with a write-ahead log, its settings, and migrations that only go forward.

use super::chain::damaged;
use allocator_core::{Code, Problem};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Name of the journal in the data directory.
pub const FILE: &str = "journal.sqlite";

/// Marks the file as a journal of ours: "ALLC".
const APPLICATION_ID: i32 = 0x414C_4C43;

/// The newest layout of the file.
pub const SCHEMA_VERSION: i32 = MIGRATIONS.len() as i32;

/// Largest single text beside an entry, bytes.
pub const BLOB_BYTES_MAX: usize = 256 << 20;

/// How long a writer waits for another process.
const BUSY: Duration = Duration::from_secs(5);

/// Each brings the layout from one version to the next. Never edited once released: a new one is added.
const MIGRATIONS: &[&str] = &[
    "CREATE TABLE entry (
        seq INTEGER PRIMARY KEY,
        at_ns INTEGER NOT NULL,
        kind TEXT NOT NULL,
        body BLOB NOT NULL,
        hash BLOB NOT NULL
    ) STRICT;
    CREATE TABLE blob (id BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT;",
    // Entries are read by kind (a stream of alerts, the list of runs), and are never edited by accident.
    "CREATE INDEX entry_by_kind ON entry (kind, seq);
    CREATE TRIGGER entry_stays BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entries are final'); END;
    CREATE TRIGGER entry_remains BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entries are final'); END;",
];

/// Where the journal lies and how it is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data directory.
    pub directory: PathBuf,
    /// Largest file, bytes; 0 is no limit but the disk's.
    pub bytes_max: u64,
    /// So long the log is made at the start, bytes, for who commits much: see `extend_log`.
    pub log_ahead: u64,
}

impl Options {
    /// A journal in a directory, without a limit of its own.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Options { directory: directory.into(), bytes_max: 0, log_ahead: 0 }
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.directory.join(FILE)
    }
}

/// Opens for writing, creates what is missing, brings an older layout up to date.
///
/// # Errors
/// `io`, `journal_damaged`, `storage_full`; `unsupported_version` for the file of a newer program.
pub(crate) fn open_writer(options: &Options) -> Result<Connection, Problem> {
    let path = options.path();
    let mut connection = Connection::open(&path).map_err(|error| problem(&path, &error))?;
    prepare(&connection, &path)?;
    // Every commit is on the disk when it is answered; in a write-ahead log that is one fsync. The log goes into the file in quiet moments (see
    // the writer), and in between only beyond 64 MiB: whoever commits then would wait for all of it.
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384;")
        .map_err(|error| problem(&path, &error))?;
    migrate(&mut connection, &path)?;
    if options.bytes_max > 0 {
        let page: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0)).map_err(|error| problem(&path, &error))?;
        let pages = (options.bytes_max / page.unsigned_abs().max(1)).max(1);
        connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            .map_err(|error| problem(&path, &error))?;
    }
    Ok(connection)
}

/// Makes the log as long at once as it becomes in a busy minute. A commit that writes over what is there flushes the disk once; one that
/// makes the file longer makes the file system write its own journal too (ext4: p99 10 ms, against 4). What lies behind the last entry of
/// the log is never read, and while the lock for writing is held nobody writes there. Where it cannot be done, it is left.
pub(crate) fn extend_log(connection: &mut Connection, options: &Options) {
    use std::io::{Seek as _, SeekFrom, Write as _};
    let Ok(_lock) = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate) else { return };
    let mut log = options.path().into_os_string();
    log.push("-wal");
    let Ok(mut file) = std::fs::File::options().write(true).open(log) else { return };
    let Ok(length) = file.metadata().map(|found| found.len()) else { return };
    let missing = options.log_ahead.saturating_sub(length) as usize;
    if missing == 0 {
        return;
    }
    let written = file.seek(SeekFrom::End(0)).and_then(|_| file.write_all(&vec![0; missing])).and_then(|()| file.sync_all());
    if let Err(error) = written {
        tracing::debug!(%error, "the log is not made longer");
        let _ = file.set_len(length);
    }
}

/// Opens for reading only.
///
/// # Errors
/// As [`open_writer`]; `file_not_found` where there is no journal.
pub(crate) fn open_reader(options: &Options) -> Result<Connection, Problem> {
    let path = options.path();
    if !path.is_file() {
        return Err(Problem::new(
            Code::FileNotFound,
            path.display(),
            format!("There is no journal in {}.", options.directory.display()),
            "Name the data directory of a server with --data.",
        ));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags).map_err(|error| problem(&path, &error))?;
    prepare(&connection, &path)?;
    let found = schema_version(&connection, &path)?;
    if found > SCHEMA_VERSION {
        return Err(newer(&path, found));
    }
    Ok(connection)
}

fn prepare(connection: &Connection, path: &Path) -> Result<(), Problem> {
    connection.busy_timeout(BUSY).map_err(|error| problem(path, &error))?;
    // What a damaged or crafted file says about itself is not believed.
    connection
        .execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")
        .map_err(|error| problem(path, &error))?;
    connection
        .set_limit(rusqlite::limits::Limit::SQLITE_LIMIT_LENGTH, BLOB_BYTES_MAX as i32)
        .map_err(|error| problem(path, &error))?;
    Ok(())
}

fn schema_version(connection: &Connection, path: &Path) -> Result<i32, Problem> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|error| problem(path, &error))
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), Problem> {
    let failed = |error: rusqlite::Error| problem(path, &error);
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(failed)?;
    let found = schema_version(&transaction, path)?;
    let application: i32 = transaction.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(failed)?;
    let tables: i64 = transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(failed)?;
    if application != APPLICATION_ID && (tables > 0 || application != 0) {
        return Err(Problem::new(
            Code::UnknownFormat,
            path.display(),
            "The file is an SQLite database, and not a journal of this program.",
            "Name another data directory with --data.",
        ));
    }
    if found > SCHEMA_VERSION {
        return Err(newer(path, found));
    }
    for (version, statements) in MIGRATIONS.iter().enumerate().skip(found.max(0) as usize) {
        transaction.execute_batch(statements).map_err(failed)?;
        transaction.pragma_update(None, "user_version", version as i32 + 1).map_err(failed)?;
    }
    if application != APPLICATION_ID {
        transaction.pragma_update(None, "application_id", APPLICATION_ID).map_err(failed)?;
    }
    transaction.commit().map_err(failed)
}

fn newer(path: &Path, found: i32) -> Problem {
    Problem::new(
        Code::UnsupportedVersion,
        path.display(),
        format!("The journal has layout {found}, and this program knows up to {SCHEMA_VERSION}."),
        "Use the version of the program that wrote it, or a later one; layouts only go forward.",
    )
}

/// What SQLite says, as a problem with its own code.
pub(crate) fn problem(place: impl AsRef<Path>, error: &rusqlite::Error) -> Problem {
    let place = place.as_ref().display();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(place, format!("The journal is damaged: {error}.")),
        Some(ErrorCode::DiskFull) => Problem::new(
            Code::StorageFull,
            place,
            "The journal cannot grow: the disk, or the limit server.journal_bytes_max, is full. Nothing was done.",
            "Free some space or raise the limit, then send the same again.",
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Problem::new(
            Code::Overloaded,
            place,
            format!("Another process holds the journal for more than {} s.", BUSY.as_secs()),
            "Try again; if it lasts, see which process it is.",
        ),
        _ => Problem::new(Code::Io, place, format!("The journal cannot be used: {error}."), "See that the disk is well."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> (tempfile::TempDir, Options) {
        let dir = tempfile::tempdir().unwrap();
        let options = Options::new(dir.path());
        (dir, options)
    }

    #[test]
    fn the_oldest_layout_is_brought_up_to_date_and_a_newer_one_refused() {
        let (_dir, options) = options();
        let old = Connection::open(options.path()).unwrap();
        old.execute_batch(MIGRATIONS[0]).unwrap();
        old.execute_batch(&format!("PRAGMA user_version = 1; PRAGMA application_id = {APPLICATION_ID};")).unwrap();
        drop(old);
        let new = open_writer(&options).unwrap();
        assert_eq!(schema_version(&new, &options.path()).unwrap(), SCHEMA_VERSION);
        let indices: i64 =
            new.query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'entry_by_kind'", [], |row| row.get(0)).unwrap();
        assert_eq!(indices, 1);
        new.pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
        drop(new);
        assert_eq!(open_writer(&options).unwrap_err().code, Code::UnsupportedVersion);
        assert_eq!(open_reader(&options).unwrap_err().code, Code::UnsupportedVersion);
    }

    #[test]
    fn what_is_no_journal_is_refused_and_left_alone() {
        let (dir, options) = options();
        assert_eq!(open_reader(&options).unwrap_err().code, Code::FileNotFound);
        std::fs::write(options.path(), b"something else entirely, and long enough to be looked at").unwrap();
        assert_eq!(open_writer(&options).unwrap_err().code, Code::JournalDamaged);
        std::fs::remove_file(options.path()).unwrap();
        let foreign = Connection::open(options.path()).unwrap();
        foreign.execute_batch("CREATE TABLE theirs (x)").unwrap();
        drop(foreign);
        assert_eq!(open_writer(&options).unwrap_err().code, Code::UnknownFormat);
        drop(dir);
    }

    #[test]
    fn entries_cannot_be_edited_through_sql() {
        let (_dir, options) = options();
        let connection = open_writer(&options).unwrap();
        connection.execute("INSERT INTO entry VALUES (1, 0, 'x', x'00', x'00')", []).unwrap();
        assert!(connection.execute("UPDATE entry SET kind = 'y'", []).is_err());
        assert!(connection.execute("DELETE FROM entry", []).is_err());
    }
}

//! Backup while the server runs, and the way back.

use super::chain::hex;
use super::event::Event;
use super::open::{FILE, Options, open_reader, problem};
use super::replay::verify;
use super::store::Store;
use crate::clock::{Clock as _, NS_PER_MS, SystemClock};
use allocator_core::{Code, Problem};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Copied {
    /// The chain's end in the copy.
    pub head: String,
    /// The last entry in the copy.
    pub seq: u64,
}

/// Copies a journal into one file, whole or not at all, and checks the copy. A server may be writing meanwhile.
///
/// # Errors
/// `journal_damaged`, `file_not_found`, `io`; `conflict` where the file exists.
pub fn backup(options: &Options, to: &Path) -> Result<Copied, Problem> {
    if to.exists() {
        return Err(exists(to));
    }
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let io = |error: std::io::Error| {
        Problem::new(Code::Io, to.display(), format!("{} cannot be written: {error}.", to.display()), "Name another file.")
    };
    let staging = tempfile::Builder::new().prefix(".allocator-").tempdir_in(folder).map_err(io)?;
    let copy = staging.path().join(FILE);
    let source = open_reader(options)?;
    // In one statement: a consistent snapshot, without stopping the writer.
    let target = copy.to_string_lossy().into_owned();
    source.execute("VACUUM INTO ?1", [target]).map_err(|error| problem(options.path(), &error))?;
    let checked = verify(&Options::new(staging.path()), false, &mut |_, _| {})?;
    std::fs::File::open(&copy).and_then(|file| file.sync_all()).map_err(io)?;
    std::fs::hard_link(&copy, to).or_else(|_| std::fs::rename(&copy, to)).map_err(io)?;
    Ok(Copied { head: checked.head, seq: checked.seq })
}

/// Puts a backup in place of a missing journal, after checking every entry and text of it, and notes that in the journal.
///
/// # Errors
/// `journal_damaged`, `file_not_found`, `io`; `conflict` where there is a journal already.
pub fn restore(from: &Path, options: &Options) -> Result<Copied, Problem> {
    let target = options.path();
    if target.exists() {
        return Err(exists(&target));
    }
    if !from.is_file() {
        return Err(Problem::new(
            Code::FileNotFound,
            from.display(),
            format!("There is no file {}.", from.display()),
            "Check the path.",
        ));
    }
    let io = |error: std::io::Error| {
        Problem::new(
            Code::Io,
            target.display(),
            format!("{} cannot be written: {error}.", target.display()),
            "Check the directory.",
        )
    };
    std::fs::create_dir_all(&options.directory).map_err(io)?;
    let staging = tempfile::Builder::new().prefix(".allocator-").tempdir_in(&options.directory).map_err(io)?;
    let copy = staging.path().join(FILE);
    std::fs::copy(from, &copy).map_err(io)?;
    let checked = verify(&Options::new(staging.path()), true, &mut |_, _| {})?;
    let staged = Store::open(&Options::new(staging.path()), Arc::new(SystemClock))?;
    let head = checked.head.clone();
    let seq = staged.commit_blocking(move |draft| {
        // Redis may hold ids that the backup does not know; what comes now must come behind them.
        let epoch = u64::try_from(SystemClock.now_ns() / NS_PER_MS).unwrap_or(0);
        Ok(draft.push(Event::Restored { head, epoch }))
    })?;
    let head = hex(&staged.state().hash);
    drop(staged);
    std::fs::rename(&copy, &target).map_err(io)?;
    Ok(Copied { head, seq })
}

fn exists(path: &Path) -> Problem {
    Problem::new(
        Code::Conflict,
        path.display(),
        format!("{} exists already and is not replaced.", path.display()),
        "Name another place, or move it away.",
    )
}

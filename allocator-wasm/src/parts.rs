//! What the first answer does without: on a built site each part is a file of its own (`cargo xtask pages` splits it off), fetched
//! after the first answer or when it is wanted first, whichever comes sooner.
//!
//! | part | what is in it |
//! |---|---|
//! | `files` | every reader and writer but that of the sample |
//! | `operations` | every operation but `blend` |
//! | `archive` | what writes everything of a run into one archive |
//!
//! What a part offers is a table of functions, which its one split point hands over. Before, whoever wants one gets a `Problem`. Where
//! nothing was split off (tests, a page being made) every part is here from the beginning.

#![allow(clippy::unnecessary_wraps, reason = "what is split off answers as well whether it came")]

use crate::reading;
use crate::session::{FileKey, Session};
use allocator_core::codec::Limits;
use allocator_core::error::{Code, Problem};
use allocator_core::op;
use allocator_core::op::inspect::{Inspection, inspect};
use allocator_core::wire::to_canonical_string;
use std::sync::OnceLock;
use wasm_split_helpers::SplitLoaderError;

/// Readers and writers.
pub(crate) struct Files {
    /// Reads a file into a session; the report as JSON text.
    pub(crate) add: fn(&mut Session, FileKey, &str, Vec<u8>, &str) -> Result<String, Problem>,
    /// How the columns of a file are read.
    pub(crate) inspect: fn(&str, &[u8]) -> Inspection,
    /// A table in another format.
    pub(crate) convert: fn(&str, &[u8], &str) -> Result<Vec<u8>, Problem>,
    /// Loaded data as a CSV.
    pub(crate) table: fn(&Session, &str) -> Result<Vec<u8>, Problem>,
}

/// Operations.
pub(crate) struct Operations {
    /// Any operation on a request of its own.
    pub(crate) run: fn(&str, &[u8]) -> Result<Vec<u8>, Problem>,
    /// The canonical request of any operation.
    pub(crate) canonical_request: fn(&str, &[u8]) -> Result<Vec<u8>, Problem>,
    /// Correlations of the loaded returns.
    pub(crate) correlation: fn(&Session, &str) -> Result<String, Problem>,
    /// Figures of the loaded returns.
    pub(crate) metrics: fn(&Session, &str) -> Result<String, Problem>,
    /// Any operation on the loaded data.
    pub(crate) ask: fn(&Session, &str, &str, &[String]) -> Result<String, Problem>,
    /// The canonical request of such an operation.
    pub(crate) compose: fn(&Session, &str, &str, &[String]) -> Result<Vec<u8>, Problem>,
}

/// What writes everything of a run into one archive.
pub(crate) struct Archive {
    /// Everything that a run on the loaded data leaves behind.
    pub(crate) of_run: fn(&Session, &str, &str, &[String]) -> Result<Vec<u8>, Problem>,
}

type Fetched<T> = Result<T, SplitLoaderError>;

#[cfg_attr(feature = "split", wasm_split_helpers::wasm_split(files, fallible))]
fn files_apart() -> Fetched<Files> {
    Ok(Files {
        add: |session, key, name, bytes, said| to_canonical_string(&session.add_as(key, name, bytes, said)?),
        inspect: |name, bytes| inspect(bytes, name, &Limits::default()),
        convert: reading::convert,
        table: Session::table,
    })
}

#[cfg_attr(feature = "split", wasm_split_helpers::wasm_split(operations, fallible))]
fn operations_apart() -> Fetched<Operations> {
    Ok(Operations {
        run: op::run,
        canonical_request: op::canonical_request,
        correlation: Session::correlation,
        metrics: Session::metrics,
        ask: Session::ask,
        compose: Session::compose,
    })
}

#[cfg_attr(feature = "split", wasm_split_helpers::wasm_split(archive, fallible))]
fn archive_apart() -> Fetched<Archive> {
    Ok(Archive { of_run: Session::archive })
}

static FILES: OnceLock<Files> = OnceLock::new();
static OPERATIONS: OnceLock<Operations> = OnceLock::new();
static ARCHIVE: OnceLock<Archive> = OnceLock::new();

/// A part that is here; where nothing was split off, it always is.
fn here<T>(part: &'static OnceLock<T>, apart: impl FnOnce() -> Option<Fetched<T>>) -> Result<&'static T, Problem> {
    if let (None, Some(Ok(table))) = (part.get(), apart()) {
        // Whoever was first has put the same there.
        let _ = part.set(table);
    }
    part.get().ok_or_else(|| missing("has not been fetched yet"))
}

/// What is in one piece is at hand; what was split off must have been fetched.
macro_rules! at_hand {
    ($apart:ident) => {
        || {
            #[cfg(feature = "split")]
            let table = None;
            #[cfg(not(feature = "split"))]
            let table = Some($apart());
            table
        }
    };
}

/// Readers and writers, if they are here.
pub(crate) fn files() -> Result<&'static Files, Problem> {
    here(&FILES, at_hand!(files_apart))
}

/// Operations, if they are here.
pub(crate) fn operations() -> Result<&'static Operations, Problem> {
    here(&OPERATIONS, at_hand!(operations_apart))
}

/// The writer of archives, if it is here.
pub(crate) fn archive() -> Result<&'static Archive, Problem> {
    here(&ARCHIVE, at_hand!(archive_apart))
}

/// Fetches a part by its name, unless it is here.
#[allow(clippy::unused_async, reason = "in one piece there is nothing to wait for")]
pub(crate) async fn fetched(part: &str) -> Result<(), Problem> {
    /// Of a part that is apart, its table.
    macro_rules! fetched {
        ($part:ident, $at_hand:ident, $apart:ident) => {{
            #[cfg(feature = "split")]
            if $part.get().is_none() {
                let _ = $part.set($apart().await.map_err(|_| missing("did not come"))?);
            }
            $at_hand().map(|_| ())
        }};
    }
    match part {
        "files" => fetched!(FILES, files, files_apart),
        "operations" => fetched!(OPERATIONS, operations, operations_apart),
        "archive" => fetched!(ARCHIVE, archive, archive_apart),
        _ => Err(Problem::new(
            Code::NotFound,
            "/part",
            format!("There is no part {part:?}."),
            "Known: files, operations, archive.",
        )),
    }
}

fn missing(why: &str) -> Problem {
    let hint = "Check the connection to where the page came from, and try again.";
    Problem::new(Code::Io, "", format!("A part of the engine {why}."), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_one_piece_is_here() {
        assert!(files().is_ok() && operations().is_ok() && archive().is_ok());
    }
}

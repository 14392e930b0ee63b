//! `allocator replay --verify`: every entry, every text and every answer once more, from the beginning.

use super::chain::hex;
use super::event::Event;
use super::open::{Options, open_reader, problem};
use super::state::State;
use super::store::{catch_up, read_blob};
use allocator_core::wire::parse;
use allocator_core::{Problem, op};
use serde::Serialize;
use std::collections::BTreeMap;

/// As many differences are listed; the rest are counted.
const MISMATCHES_MAX: usize = 50;

/// A record that does not come out as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// Its entry.
    pub entry: u64,
    /// The digest that was recorded.
    pub recorded: String,
    /// What is computed now, or why nothing is.
    pub rebuilt: String,
    /// Version of the program that recorded it.
    pub program: String,
}

/// What a replay found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Entries by kind.
    pub entries: BTreeMap<String, u64>,
    /// The chain's end: note it elsewhere, and no later edit goes unseen.
    pub head: String,
    /// The journal's id.
    pub journal: String,
    /// The differences found, at most 50.
    pub mismatches: Vec<Mismatch>,
    /// How many there are.
    pub mismatches_count: u64,
    /// Records that were computed again.
    pub rebuilt: u64,
    /// The last entry.
    pub seq: u64,
    /// Whether everything came out as it was written.
    pub valid: bool,
}

/// Replays a journal; with `rebuild`, computes every recorded answer again. `each` hears how far it has come.
///
/// # Errors
/// `journal_damaged` where the chain or a text does not hold, `file_not_found`, `io`.
pub fn verify(options: &Options, rebuild: bool, each: &mut dyn FnMut(u64, u64)) -> Result<Verified, Problem> {
    let path = options.path();
    let connection = open_reader(options)?;
    // One snapshot: a server may be writing meanwhile.
    let snapshot = connection.unchecked_transaction().map_err(|error| problem(&path, &error))?;
    let total: i64 = snapshot
        .query_row("SELECT coalesce(max(seq), 0) FROM entry", [], |row| row.get(0))
        .map_err(|error| problem(&path, &error))?;
    let mut state = State::default();
    let (mut mismatches, mut mismatches_count, mut rebuilt) = (Vec::new(), 0, 0);
    let mut failed = None;
    catch_up(&snapshot, &path, &mut state, &mut |entry| {
        if failed.is_some() || !rebuild {
            return;
        }
        each(entry.seq, total as u64);
        let mut look = || -> Result<(), Problem> {
            let texts: Vec<Vec<u8>> =
                entry.event.blobs().into_iter().map(|id| read_blob(&snapshot, &path, id)).collect::<Result<_, _>>()?;
            if let (Event::Run { digest, operation, program, .. }, [request, response]) = (&entry.event, texts.as_slice()) {
                rebuilt += 1;
                let again = match op::run(operation, request) {
                    Ok(bytes) if bytes == *response && digest_in(&bytes).as_deref() == Some(digest) => return Ok(()),
                    Ok(bytes) => digest_in(&bytes).unwrap_or_default(),
                    Err(problem) => format!("refused: {}", problem.message),
                };
                mismatches_count += 1;
                if mismatches.len() < MISMATCHES_MAX {
                    mismatches.push(Mismatch {
                        entry: entry.seq,
                        recorded: digest.clone(),
                        rebuilt: again,
                        program: program.clone(),
                    });
                }
            }
            Ok(())
        };
        failed = look().err();
    })?;
    if let Some(problem) = failed {
        return Err(problem);
    }
    Ok(Verified {
        entries: state.counts.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect(),
        head: hex(&state.hash),
        journal: state.journal,
        valid: mismatches_count == 0,
        mismatches,
        mismatches_count,
        rebuilt,
        seq: state.seq,
    })
}

/// The digest that an answer carries.
pub fn digest_in(answer: &[u8]) -> Option<String> {
    parse(answer).ok()?.get("digest")?.as_str().map(str::to_owned)
}

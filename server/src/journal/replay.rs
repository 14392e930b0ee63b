//! `allocator replay --verify`: every entry, every text and every answer once more, from the beginning.

use super::chain::hex;
use super::event::{BlobId, Event, Step};
use super::open::{Options, open_reader, problem};
use super::state::State;
use super::store::{read_blob, replay};
use crate::plan;
use crate::submission::allocation;
use allocator_core::wire::{parse, to_canonical_bytes};
use allocator_core::{Problem, op};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

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
    /// Steps of cycles whose digests were compared.
    pub steps: u64,
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
    let (mut mismatches, mut mismatches_count, mut rebuilt, mut steps) = (Vec::new(), 0, 0, 0);
    let mut differs = |entry: u64, recorded: &str, rebuilt: String, program: &str| {
        mismatches_count += 1;
        if mismatches.len() < MISMATCHES_MAX {
            mismatches.push(Mismatch { entry, recorded: recorded.to_owned(), rebuilt, program: program.to_owned() });
        }
    };
    let mut runs = Runs::default();
    let mut failed = None;
    replay(&snapshot, &path, &mut state, &mut |entry| {
        if failed.is_some() || !rebuild {
            return;
        }
        each(entry.seq, total as u64);
        let mut look = || -> Result<(), Problem> {
            let texts: Vec<Vec<u8>> =
                entry.event.blobs().into_iter().map(|id| read_blob(&snapshot, &path, id)).collect::<Result<_, _>>()?;
            if let (Event::Run { digest, operation, program, response: kept, .. }, [request, response]) =
                (&entry.event, texts.as_slice())
            {
                rebuilt += 1;
                runs.add(entry.seq, operation, digest, *kept);
                let again = match op::run(operation, request) {
                    Ok(bytes) if bytes == *response && digest_in(&bytes).as_deref() == Some(digest) => return Ok(()),
                    Ok(bytes) => digest_in(&bytes).unwrap_or_default(),
                    Err(problem) => format!("refused: {}", problem.message),
                };
                differs(entry.seq, digest, again, program);
            }
            if let Event::Cycle { steps: taken, .. } = &entry.event {
                for step in taken {
                    let Some(recorded) = &step.digest else { continue };
                    steps += 1;
                    let again = runs.digest_of(step, &|blob| read_blob(&snapshot, &path, blob))?;
                    if again.as_ref() != Some(recorded) {
                        differs(entry.seq, recorded, again.unwrap_or_else(|| format!("no run of the step {}", step.name)), "");
                    }
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
        steps,
    })
}

/// The runs seen so far, for the steps that name them.
#[derive(Default)]
struct Runs {
    by_entry: BTreeMap<u64, (String, String, BlobId)>,
    digests: BTreeSet<String>,
}

impl Runs {
    fn add(&mut self, entry: u64, operation: &str, digest: &str, response: BlobId) {
        self.by_entry.insert(entry, (operation.to_owned(), digest.to_owned(), response));
        self.digests.insert(digest.to_owned());
    }

    /// The digest that a step should have: that of the run which it names, or of its details. A plan is made again from that run and
    /// from what was held.
    fn digest_of(&self, step: &Step, read: &dyn Fn(BlobId) -> Result<Vec<u8>, Problem>) -> Result<Option<String>, Problem> {
        let run = step.detail["run"].as_u64().and_then(|entry| self.by_entry.get(&entry));
        match step.name.as_str() {
            "plan" if step.outcome == "done" => {
                let Some((operation, _, response)) = run else { return Ok(None) };
                let target = allocation(operation, &parse(&read(*response)?)?).into_iter().collect();
                let held = step.detail["held"].as_object().into_iter().flatten();
                let held = held.filter_map(|(symbol, weight)| Some((symbol.clone(), weight.as_f64()?))).collect();
                let trades = plan::trades(&target, &held);
                let mut again = step.detail.clone();
                again["turnover"] = Value::from(plan::turnover(&trades));
                again["trades"] = serde_json::to_value(trades).unwrap_or_default();
                Ok(Some(BlobId::of(&to_canonical_bytes(&again)?).to_string()))
            }
            "blend" | "capital" | "capital_blend" | "risk" | "limits" | "record" | "submit" if step.outcome == "done" => {
                let before = || step.digest.clone().filter(|digest| self.digests.contains(digest));
                // Journals of before name no run in every step.
                Ok(if step.detail["run"].is_u64() { run.map(|(_, digest, _)| digest.clone()) } else { before() })
            }
            _ => Ok(Some(BlobId::of(&to_canonical_bytes(&step.detail)?).to_string())),
        }
    }
}

/// The digest that an answer carries.
pub fn digest_in(answer: &[u8]) -> Option<String> {
    parse(answer).ok()?.get("digest")?.as_str().map(str::to_owned)
}

//! Submissions: what the analyst saw is computed again, compared, and handed in exactly once.
//!
//! ```text
//! digest that was seen ─┐
//! request ── compute ───┴─ the same? ── one transaction: run + submission ──> outbox ──> allocator:submissions
//! ```
//! The id of a submission is a function of portfolio and `Idempotency-Key`, so a retry, a duplicate and a crash all meet the same
//! entry of the journal, and the entry is what is sent.

use crate::journal::{Draft, Event, Stage, Submission};
use allocator_core::wire::{Digest, Json, parse};
use allocator_core::{Code, Problem};
use serde::Serialize;
use serde_json::{Value, json};

/// Operations whose answer is an allocation that can be handed in.
pub const OPERATIONS: &[&str] = &["blend", "capital"];

/// Longest `Idempotency-Key`, bytes.
pub const KEY_BYTES_MAX: usize = 128;

/// A submission that was computed again and is ready to be recorded.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The portfolio.
    pub portfolio: String,
    /// The `Idempotency-Key`.
    pub key: String,
    /// SHA-256 of operation, digest and request.
    pub fingerprint: String,
    /// The operation.
    pub operation: String,
    /// The digest, seen and computed.
    pub digest: String,
    /// The canonical request.
    pub request: Vec<u8>,
    /// The answer.
    pub response: Vec<u8>,
    /// Who hands it in.
    pub actor: String,
    /// The trades that lead there, where it is known what is held: `digest` and `trades`.
    pub plan: Option<Value>,
    /// `submission` or `cycle`.
    pub source: &'static str,
}

/// Whether a submission was made now or before.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// Now.
    New(Submission),
    /// Before, under the same key, with the same content.
    Repeated(Submission),
}

/// The id of a submission.
pub fn id_of(portfolio: &str, key: &str) -> String {
    let mut id = Digest::of(format!("submission\n{portfolio}\n{key}").as_bytes()).to_string();
    id.truncate(32);
    id
}

/// What tells a repetition from something else under the same key.
pub fn fingerprint(operation: &str, digest: &str) -> String {
    // The digest covers operation, request and result; nothing else can be asked.
    Digest::of(format!("{operation}\n{digest}").as_bytes()).to_string()
}

/// Sees that a key can be one.
///
/// # Errors
/// `missing_field`, `invalid_name`.
pub fn check_key(key: Option<&str>) -> Result<String, Problem> {
    let key = key.map(str::trim).filter(|key| !key.is_empty()).ok_or_else(|| {
        Problem::new(
            Code::MissingField,
            "idempotency-key",
            "The request has no Idempotency-Key.",
            "Send a header Idempotency-Key that is new for each submission and the same for each retry of it.",
        )
    })?;
    if key.len() > KEY_BYTES_MAX || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Problem::new(
            Code::InvalidName,
            "idempotency-key",
            "The Idempotency-Key is no plain word.",
            format!("Use at most {KEY_BYTES_MAX} visible ASCII characters, a UUID for example."),
        ));
    }
    Ok(key.to_owned())
}

/// Compares the digest that was seen with the one that was computed.
///
/// # Errors
/// `digest_mismatch`, with both.
pub fn compare(seen: &str, computed: &str) -> Result<(), Problem> {
    if seen == computed {
        return Ok(());
    }
    Err(Problem::new(
        Code::DigestMismatch,
        "/digest",
        format!("The digest {seen} was seen, and {computed} is what the request gives."),
        "Look at the allocation again: settings, data or version of the program differ from what was seen.",
    ))
}

/// Whether the key was used before: the submission it made, or nothing.
///
/// # Errors
/// `idempotency_mismatch` where it was used for something else.
pub fn known(draft: &Draft<'_>, portfolio: &str, key: &str, fingerprint: &str) -> Result<Option<Submission>, Problem> {
    match draft.state.submissions.get(&id_of(portfolio, key)) {
        None => Ok(None),
        Some(found) if found.fingerprint == fingerprint => Ok(Some(found.clone())),
        Some(found) => Err(Problem::new(
            Code::IdempotencyMismatch,
            "idempotency-key",
            format!("The key was used for the digest {} before.", found.digest),
            "Use a new key for a new submission, and the old one only for a retry of the same.",
        )),
    }
}

/// Records the run and the submission, or finds the one that the key made before.
///
/// # Errors
/// `idempotency_mismatch`, `limit_exceeded`, `internal`.
pub fn record(draft: &mut Draft<'_>, checked: &Checked) -> Result<Taken, Problem> {
    if let Some(found) = known(draft, &checked.portfolio, &checked.key, &checked.fingerprint)? {
        return Ok(Taken::Repeated(found));
    }
    let run = match draft.state.runs.get(&checked.digest) {
        Some(run) if checked.source == "submission" => *run,
        _ => push_run(draft, checked)?,
    };
    let submission = push_submission(draft, checked, run)?;
    Ok(Taken::New(submission))
}

/// Records the run of a submission or cycle.
///
/// # Errors
/// `limit_exceeded`.
pub fn push_run(draft: &mut Draft<'_>, checked: &Checked) -> Result<u64, Problem> {
    let request = draft.keep(checked.request.clone())?;
    let response = draft.keep(checked.response.clone())?;
    Ok(draft.push(Event::Run {
        digest: checked.digest.clone(),
        operation: checked.operation.clone(),
        portfolio: Some(checked.portfolio.clone()),
        request,
        response,
        source: checked.source.to_owned(),
        actor: checked.actor.clone(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
    }))
}

/// Records the submission of a run.
///
/// # Errors
/// `internal`.
pub fn push_submission(draft: &mut Draft<'_>, checked: &Checked, run: u64) -> Result<Submission, Problem> {
    let id = id_of(&checked.portfolio, &checked.key);
    let rows = allocation(&checked.operation, &parse(&checked.response)?);
    let rows: Vec<Value> = rows.into_iter().map(|(symbol, weight)| json!({ "symbol": symbol, "weight": weight })).collect();
    let mut payload = json!({
        "allocation": rows,
        "digest": checked.digest,
        "id": id,
        "operation": checked.operation,
        "portfolio": checked.portfolio,
        "run": run,
    });
    if let Some(plan) = &checked.plan {
        payload["plan"] = plan.clone();
    }
    let (at_ns, stage) = (draft.at_ns, Stage::Approved);
    let seq = draft.push(Event::Submission {
        id: id.clone(),
        portfolio: checked.portfolio.clone(),
        key: checked.key.clone(),
        fingerprint: checked.fingerprint.clone(),
        digest: checked.digest.clone(),
        run,
        actor: checked.actor.clone(),
        stage,
        payload,
    });
    Ok(Submission {
        seq,
        id,
        portfolio: checked.portfolio.clone(),
        key: checked.key.clone(),
        fingerprint: checked.fingerprint.clone(),
        digest: checked.digest.clone(),
        operation: checked.operation.clone(),
        run,
        actor: checked.actor.clone(),
        stage,
        at_ns,
        history: vec![(stage, at_ns, checked.actor.clone(), String::new())],
    })
}

/// What an answer allocates, in the answer's own order: symbols with their weights, strategies for `capital`. Of weights by date, as `risk`
/// gives them, the last. Empty where it has none.
pub fn allocation(operation: &str, answer: &Json) -> Vec<(String, f64)> {
    if operation == "risk" {
        let columns = answer.get("weights").and_then(|weights| weights.get("weights"));
        let Some(Json::Object(columns)) = columns else { return Vec::new() };
        let last = |(symbol, column): &(String, Json)| Some((symbol.clone(), column.as_array()?.last()?.as_f64()?));
        return columns.iter().filter_map(last).collect();
    }
    let table = if operation == "capital" { "allocations" } else { "weights" };
    let rows = answer.get(table).and_then(Json::as_array).unwrap_or_default();
    rows.iter()
        .filter_map(|row| {
            let name = row.get("symbol").or_else(|| row.get("strategy")).and_then(Json::as_str)?;
            let weight = row.get("final_weight").or_else(|| row.get("weight")).and_then(Json::as_f64)?;
            Some((name.to_owned(), weight))
        })
        .collect()
}

/// Moves a submission on.
///
/// # Errors
/// `not_found`; `invalid_state` where the stage may not follow. The same stage again is no fault and changes nothing.
pub fn advance(draft: &mut Draft<'_>, id: &str, to: Stage, actor: &str, reason: &str) -> Result<Submission, Problem> {
    let Some(found) = draft.state.submissions.get(id) else {
        return Err(Problem::new(
            Code::NotFound,
            "",
            format!("There is no submission {id}."),
            "GET /api/v1/submissions lists them.",
        ));
    };
    let mut moved = found.clone();
    if moved.stage == to {
        return Ok(moved);
    }
    // Who reports on it has it: that it was sent may be noted a moment later than it is read there.
    if moved.stage == Stage::Approved && Stage::Submitted.next().contains(&to) && to != Stage::Failed {
        let reason = "it was reported on";
        draft.push(Event::Moved {
            submission: id.to_owned(),
            to: Stage::Submitted,
            actor: actor.to_owned(),
            reason: reason.to_owned(),
        });
        moved.stage = Stage::Submitted;
        moved.history.push((Stage::Submitted, draft.at_ns, actor.to_owned(), reason.to_owned()));
    }
    if !moved.stage.next().contains(&to) {
        let next: Vec<&str> = moved.stage.next().iter().map(|stage| stage.as_str()).collect();
        let hint =
            if next.is_empty() { "It has come to its end.".to_owned() } else { format!("It may become {}.", next.join(", ")) };
        return Err(Problem::new(
            Code::InvalidState,
            "/stage",
            format!("The submission is {} and cannot become {}.", moved.stage.as_str(), to.as_str()),
            hint,
        ));
    }
    draft.push(Event::Moved { submission: id.to_owned(), to, actor: actor.to_owned(), reason: reason.to_owned() });
    moved.stage = to;
    moved.history.push((to, draft.at_ns, actor.to_owned(), reason.to_owned()));
    Ok(moved)
}

/// A submission as the API shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    at: String,
    by: String,
    digest: String,
    history: Vec<Step>,
    id: String,
    portfolio: String,
    run: u64,
    seq: u64,
    stage: &'static str,
}

#[derive(Clone, Debug, Serialize)]
struct Step {
    at: String,
    by: String,
    reason: String,
    stage: &'static str,
}

impl From<&Submission> for Shown {
    fn from(found: &Submission) -> Self {
        use crate::clock::iso8601;
        Shown {
            at: iso8601(found.at_ns),
            by: found.actor.clone(),
            digest: found.digest.clone(),
            history: found
                .history
                .iter()
                .map(|(stage, at_ns, by, reason)| Step {
                    at: iso8601(*at_ns),
                    by: by.clone(),
                    reason: reason.clone(),
                    stage: stage.as_str(),
                })
                .collect(),
            id: found.id.clone(),
            portfolio: found.portfolio.clone(),
            run: found.run,
            seq: found.seq,
            stage: found.stage.as_str(),
        }
    }
}

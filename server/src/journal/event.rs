//! What the journal can say.

use super::chain::{hex, unhex};
use super::state::Role;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The name of a large text: SHA-256 of its bytes, 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub [u8; 32]);

impl BlobId {
    /// The name of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest as _;
        BlobId(sha2::Sha256::digest(bytes).into())
    }
}

impl std::fmt::Display for BlobId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&hex(&self.0))
    }
}

impl Serialize for BlobId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BlobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        unhex(&text).map(BlobId).ok_or_else(|| serde::de::Error::custom("not 64 hexadecimal digits"))
    }
}

/// What is sent onwards, each in an order of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stream {
    /// Alerts: the channel `alerts` and the Redis stream `allocator:alerts`.
    Alerts,
    /// Submissions: the Redis stream `allocator:submissions`.
    Submissions,
}

impl Stream {
    /// All of them.
    pub const ALL: [Stream; 2] = [Stream::Alerts, Stream::Submissions];

    /// The word in paths, metrics and keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stream::Alerts => "alerts",
            Stream::Submissions => "submissions",
        }
    }

    /// The kind of the events that go into it.
    pub const fn kind(self) -> &'static str {
        match self {
            Stream::Alerts => "alert",
            Stream::Submissions => "submission",
        }
    }
}

/// How far a submission has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Asked for; somebody must approve it.
    Proposed,
    /// Approved, or nobody has to; waits to be sent.
    Approved,
    /// Sent: it is in the stream, or, without Redis, in the journal for whoever reads there.
    Submitted,
    /// The execution side has taken it.
    Acknowledged,
    /// Orders are being worked.
    Executing,
    /// Carried out.
    Done,
    /// Refused by whoever had to approve or execute it.
    Rejected,
    /// Could not be carried out.
    Failed,
}

impl Stage {
    /// All of them, in order.
    pub const ALL: [Stage; 8] = [
        Stage::Proposed,
        Stage::Approved,
        Stage::Submitted,
        Stage::Acknowledged,
        Stage::Executing,
        Stage::Done,
        Stage::Rejected,
        Stage::Failed,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Proposed => "proposed",
            Stage::Approved => "approved",
            Stage::Submitted => "submitted",
            Stage::Acknowledged => "acknowledged",
            Stage::Executing => "executing",
            Stage::Done => "done",
            Stage::Rejected => "rejected",
            Stage::Failed => "failed",
        }
    }

    /// The stages that may follow.
    pub const fn next(self) -> &'static [Stage] {
        match self {
            Stage::Proposed => &[Stage::Approved, Stage::Rejected],
            Stage::Approved => &[Stage::Submitted, Stage::Failed],
            Stage::Submitted => &[Stage::Acknowledged, Stage::Rejected, Stage::Failed],
            Stage::Acknowledged => &[Stage::Executing, Stage::Done, Stage::Rejected, Stage::Failed],
            Stage::Executing => &[Stage::Done, Stage::Failed],
            Stage::Done | Stage::Rejected | Stage::Failed => &[],
        }
    }
}

/// One step of a production cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// What was done: `collect`, `correlation`, `blend` …
    pub name: String,
    /// What it came to, in a word: `done`, `skipped`, `refused`.
    pub outcome: String,
    /// The digest of the operation's answer, or SHA-256 of what the step found.
    pub digest: Option<String>,
    /// The details.
    pub detail: Value,
}

/// What happened. The names and fields are part of the journal's format: they only grow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The journal was begun.
    Opened {
        /// Its id, 32 hexadecimal digits.
        journal: String,
        /// First part of the ids in Redis streams: milliseconds since 1970 when the journal was begun.
        epoch: u64,
        /// Version of the program.
        program: String,
    },
    /// An operation was carried out and is kept.
    Run {
        /// The digest of its answer.
        digest: String,
        /// Its name.
        operation: String,
        /// The portfolio it was for, if any.
        portfolio: Option<String>,
        /// The canonical request.
        request: BlobId,
        /// The answer.
        response: BlobId,
        /// Where it came from: `http`, `cycle`, `command_line`, `submission`.
        source: String,
        /// Who asked.
        actor: String,
        /// Version of the program.
        program: String,
    },
    /// Correlations were looked at, and pairs went into alert state or out of it.
    Crossed {
        /// What they belong to: a portfolio, or `desk`.
        scope: String,
        /// In it from now on.
        entered: Vec<[String; 2]>,
        /// No longer in it.
        left: Vec<[String; 2]>,
    },
    /// As journals of before have it: every pair that is in alert state now.
    Monitored {
        /// What they belong to: a portfolio, or `desk`.
        scope: String,
        /// Every pair in alert state.
        active: Vec<[String; 2]>,
    },
    /// An alert was raised; goes into the stream `alerts`.
    Alert {
        /// The payload, with its id.
        alert: Value,
        /// Its id.
        id: String,
        /// What it belongs to.
        scope: String,
        /// How often an alert of the same crossing was raised before.
        occurrence: u32,
    },
    /// An allocation was handed in for execution; goes into the stream `submissions`.
    Submission {
        /// Its id, 32 hexadecimal digits: a function of portfolio and key.
        id: String,
        /// The portfolio.
        portfolio: String,
        /// The `Idempotency-Key` it came with.
        key: String,
        /// SHA-256 of what was asked, to tell a repetition from something else under the same key.
        fingerprint: String,
        /// The digest that was seen, and that was computed again.
        digest: String,
        /// The run that it submits.
        run: u64,
        /// Who handed it in.
        actor: String,
        /// Where it stands at once: `approved` where nobody has to approve.
        stage: Stage,
        /// What goes into the stream.
        payload: Value,
    },
    /// A submission moved on.
    Moved {
        /// The submission.
        submission: String,
        /// Its new stage.
        to: Stage,
        /// Who moved it.
        actor: String,
        /// Why, in words.
        reason: String,
    },
    /// Everything of a stream up to an entry has been taken by Redis, or, where there is none, is left to readers of the journal.
    Delivered {
        /// The stream.
        stream: Stream,
        /// Whether it was Redis.
        redis: bool,
        /// The last entry that was.
        through: u64,
    },
    /// From an entry on, ids in the Redis stream begin with another number, because somebody else has written there.
    Epoch {
        /// The stream.
        stream: Stream,
        /// The first entry with the new number.
        from: u64,
        /// The number.
        epoch: u64,
    },
    /// Signals of a strategy arrived.
    Signals {
        /// The portfolio.
        portfolio: String,
        /// The strategy.
        strategy: String,
        /// When they were made, nanoseconds since 1970, as text: it does not fit a JSON number.
        as_of_ns: String,
        /// The rows, as canonical JSON.
        content: BlobId,
        /// How many rows.
        rows: u64,
        /// `http`, `websocket`, or `redis <entry id>`.
        source: String,
        /// Who sent them.
        actor: String,
    },
    /// Return histories of a portfolio's strategies arrived.
    Returns {
        /// The portfolio.
        portfolio: String,
        /// All histories, as canonical JSON.
        content: BlobId,
        /// Who sent them.
        actor: String,
    },
    /// It was said what a portfolio holds.
    Positions {
        /// The portfolio.
        portfolio: String,
        /// When it was so, nanoseconds since 1970, as text: it does not fit a JSON number.
        as_of_ns: String,
        /// Fractions of capital by symbol, as canonical JSON.
        content: BlobId,
        /// How many positions.
        count: u64,
        /// Who said so.
        actor: String,
    },
    /// A production cycle ran.
    Cycle {
        /// The portfolio.
        portfolio: String,
        /// Why it ran: `demand`, `schedule`, `signals`.
        cause: String,
        /// `done`, `aborted` or `empty`.
        outcome: String,
        /// The run it ended in.
        run: Option<u64>,
        /// The submission it made.
        submission: Option<String>,
        /// Step by step.
        steps: Vec<Step>,
    },
    /// A token was given out.
    Token {
        /// Its public id.
        id: String,
        /// Whose it is.
        name: String,
        /// What it may do.
        role: Role,
        /// SHA-256 of the secret.
        hash: String,
        /// When it ends, milliseconds since 1970.
        expires_ms: Option<u64>,
    },
    /// A token was taken back.
    TokenRevoked {
        /// Its public id.
        id: String,
        /// Who did it.
        actor: String,
    },
    /// The journal was put back from a backup.
    Restored {
        /// The head of the backup.
        head: String,
        /// The first part of the ids in Redis streams from here on.
        epoch: u64,
    },
}

impl Event {
    /// The word in the column `kind` and in streams.
    pub const fn kind(&self) -> &'static str {
        match self {
            Event::Opened { .. } => "opened",
            Event::Run { .. } => "run",
            Event::Crossed { .. } => "crossed",
            Event::Monitored { .. } => "monitored",
            Event::Alert { .. } => "alert",
            Event::Submission { .. } => "submission",
            Event::Moved { .. } => "moved",
            Event::Delivered { .. } => "delivered",
            Event::Epoch { .. } => "epoch",
            Event::Signals { .. } => "signals",
            Event::Returns { .. } => "returns",
            Event::Positions { .. } => "positions",
            Event::Cycle { .. } => "cycle",
            Event::Token { .. } => "token",
            Event::TokenRevoked { .. } => "token_revoked",
            Event::Restored { .. } => "restored",
        }
    }

    /// The large texts that it names.
    pub fn blobs(&self) -> Vec<BlobId> {
        match self {
            Event::Run { request, response, .. } => vec![*request, *response],
            Event::Signals { content, .. } | Event::Returns { content, .. } | Event::Positions { content, .. } => vec![*content],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_stage_leads_back_and_the_last_ones_lead_nowhere() {
        for stage in Stage::ALL {
            for next in stage.next() {
                assert!(*next > stage, "{stage:?} -> {next:?}");
            }
        }
        assert!([Stage::Done, Stage::Rejected, Stage::Failed].iter().all(|stage| stage.next().is_empty()));
    }

    #[test]
    fn an_event_reads_back_as_it_was_written_under_its_kind() {
        let event = Event::Moved { submission: "s".to_owned(), to: Stage::Done, actor: "a".to_owned(), reason: String::new() };
        let bytes = allocator_core::wire::to_canonical_bytes(&event).unwrap();
        let tree: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(tree["event"], event.kind());
        assert_eq!(serde_json::from_slice::<Event>(&bytes).unwrap(), event);
    }
}

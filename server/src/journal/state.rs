//! What the entries come to: everything the server knows, folded from the journal and from nothing else.

use super::chain::{GENESIS, Hash};
use super::event::{BlobId, Event, Stage, Stream};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What the bearer of a token may do; each may also do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Read everything.
    Viewer,
    /// Compute, send signals, hand in submissions.
    Analyst,
    /// Approve submissions.
    Approver,
    /// Move submissions on, run production cycles.
    Operator,
}

impl Role {
    /// All of them with their words.
    pub const WORDS: [(Role, &'static str); 4] =
        [(Role::Viewer, "viewer"), (Role::Analyst, "analyst"), (Role::Approver, "approver"), (Role::Operator, "operator")];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(role, _)| *role == self).map_or("viewer", |(_, word)| word)
    }
}

/// A token as the server knows it: never the secret itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its public id.
    pub id: String,
    /// Whose it is.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it ends, milliseconds since 1970.
    pub expires_ms: Option<u64>,
    /// When it was made, nanoseconds since 1970.
    pub made_ns: i64,
    /// Whether it was taken back.
    pub revoked: bool,
}

/// A submission and how far it has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Submission {
    /// Its entry.
    pub seq: u64,
    /// Its id.
    pub id: String,
    /// The portfolio.
    pub portfolio: String,
    /// The key it came with.
    pub key: String,
    /// SHA-256 of what was asked.
    pub fingerprint: String,
    /// The digest that was seen and computed.
    pub digest: String,
    /// The operation whose answer it is.
    pub operation: String,
    /// The run that it submits.
    pub run: u64,
    /// Who handed it in.
    pub actor: String,
    /// Where it stands.
    pub stage: Stage,
    /// When it came, nanoseconds since 1970.
    pub at_ns: i64,
    /// Every step with its time, actor and reason.
    pub history: Vec<(Stage, i64, String, String)>,
}

/// The newest signals of a strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalsOf {
    /// When they were made, nanoseconds since 1970.
    pub as_of_ns: i64,
    /// The rows.
    pub content: BlobId,
    /// How many rows.
    pub rows: u64,
    /// Their entry.
    pub seq: u64,
}

/// How it is known what a portfolio holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeldFrom {
    /// It was reported: fractions of capital by symbol.
    Reported(BlobId),
    /// A submission was carried out: what it asked for.
    Submission {
        /// Its entry.
        entry: u64,
        /// Its id.
        id: String,
    },
}

impl std::fmt::Display for HeldFrom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            HeldFrom::Reported(_) => f.write_str("reported"),
            HeldFrom::Submission { id, .. } => write!(f, "submission {id}"),
        }
    }
}

/// What a portfolio holds, as far as anybody has said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// When it was so, nanoseconds since 1970.
    pub as_of_ns: i64,
    /// How it is known.
    pub from: HeldFrom,
    /// The entry that said so.
    pub seq: u64,
}

/// What has arrived for a portfolio.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Portfolio {
    /// The newest signals by strategy.
    pub signals: BTreeMap<String, SignalsOf>,
    /// Return histories of the strategies.
    pub returns: Option<BlobId>,
    /// The entry of the last cycle, its time and its outcome.
    pub last_cycle: Option<(u64, i64, String)>,
    /// When a cycle was last done, nanoseconds since 1970.
    pub last_done_ns: Option<i64>,
    /// What it holds, as far as anybody has said.
    pub held: Option<Held>,
    /// The split of capital across strategies that the last done cycle made.
    pub split: BTreeMap<String, f64>,
}

/// What is sent onwards, and how far it has got.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// First entry and the number that ids in Redis begin with from there on, ascending.
    pub epochs: Vec<(u64, u64)>,
    /// The last entry that was taken.
    pub delivered: u64,
    /// The last entry that was taken while there was no Redis: what comes before it is never sent there.
    pub floor: u64,
    /// Entries that it has not.
    pub pending: VecDeque<u64>,
}

impl Outbox {
    /// The id of an entry in the Redis stream.
    pub fn stream_id(&self, seq: u64) -> (u64, u64) {
        let epoch = self.epochs.iter().rev().find(|(from, _)| *from <= seq).map_or(0, |(_, epoch)| *epoch);
        (epoch, seq)
    }
}

/// The fold of all entries.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The last entry.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// Its time.
    pub at_ns: i64,
    /// The journal's id.
    pub journal: String,
    /// What is sent onwards.
    pub outbox: BTreeMap<Stream, Outbox>,
    /// Pairs in alert state, by scope.
    pub monitored: BTreeMap<String, BTreeSet<[String; 2]>>,
    /// How often the alert of a crossing was raised, by the crossing's own id.
    pub occurrences: BTreeMap<String, u32>,
    /// Submissions by id.
    pub submissions: BTreeMap<String, Submission>,
    /// The newest run with a digest.
    pub runs: BTreeMap<String, u64>,
    /// What has arrived, by portfolio.
    pub portfolios: BTreeMap<String, Portfolio>,
    /// Tokens by the hash of their secret.
    pub tokens: BTreeMap<String, Token>,
    /// How many entries of each kind there are.
    pub counts: BTreeMap<&'static str, u64>,
}

impl Default for State {
    fn default() -> Self {
        State {
            seq: 0,
            hash: GENESIS,
            at_ns: i64::MIN,
            journal: String::new(),
            outbox: Stream::ALL.iter().map(|stream| (*stream, Outbox::default())).collect(),
            monitored: BTreeMap::new(),
            occurrences: BTreeMap::new(),
            submissions: BTreeMap::new(),
            runs: BTreeMap::new(),
            portfolios: BTreeMap::new(),
            tokens: BTreeMap::new(),
            counts: BTreeMap::new(),
        }
    }
}

impl State {
    /// The outbox of a stream.
    pub fn outbox(&self, stream: Stream) -> &Outbox {
        // Every stream has one from the beginning.
        &self.outbox[&stream]
    }

    /// Whether a token exists that still works.
    pub fn has_tokens(&self, now_ms: u64) -> bool {
        self.tokens.values().any(|token| !token.revoked && token.expires_ms.is_none_or(|end| end > now_ms))
    }

    /// Takes over one entry.
    pub fn apply(&mut self, seq: u64, at_ns: i64, hash: Hash, event: &Event) {
        self.seq = seq;
        self.at_ns = at_ns;
        self.hash = hash;
        *self.counts.entry(event.kind()).or_default() += 1;
        match event {
            Event::Opened { journal, epoch, .. } => {
                self.journal.clone_from(journal);
                for outbox in self.outbox.values_mut() {
                    outbox.epochs.push((0, *epoch));
                }
            }
            Event::Restored { epoch, .. } => {
                for outbox in self.outbox.values_mut() {
                    outbox.epochs.push((seq, *epoch));
                }
            }
            Event::Run { digest, .. } => {
                self.runs.insert(digest.clone(), seq);
            }
            Event::Crossed { scope, entered, left } => {
                let active = self.monitored.entry(scope.clone()).or_default();
                for pair in left {
                    active.remove(pair);
                }
                active.extend(entered.iter().cloned());
            }
            Event::Monitored { scope, active } => {
                self.monitored.insert(scope.clone(), active.iter().cloned().collect());
            }
            Event::Alert { id, occurrence, .. } => {
                self.occurrences.insert(id.clone(), occurrence + 1);
                self.send(Stream::Alerts, seq);
            }
            Event::Submission { id, portfolio, key, fingerprint, digest, run, actor, stage, payload } => {
                let submission = Submission {
                    seq,
                    id: id.clone(),
                    portfolio: portfolio.clone(),
                    key: key.clone(),
                    fingerprint: fingerprint.clone(),
                    digest: digest.clone(),
                    operation: payload["operation"].as_str().unwrap_or_default().to_owned(),
                    run: *run,
                    actor: actor.clone(),
                    stage: *stage,
                    at_ns,
                    history: vec![(*stage, at_ns, actor.clone(), String::new())],
                };
                self.submissions.insert(id.clone(), submission);
                if *stage == Stage::Approved {
                    self.send(Stream::Submissions, seq);
                }
            }
            Event::Moved { submission, to, actor, reason } => {
                if let Some(found) = self.submissions.get_mut(submission) {
                    found.stage = *to;
                    found.history.push((*to, at_ns, actor.clone(), reason.clone()));
                    // A split of capital names strategies: it says nothing about positions.
                    if *to == Stage::Done && found.operation != "capital" {
                        let from = HeldFrom::Submission { entry: found.seq, id: found.id.clone() };
                        let portfolio = self.portfolios.entry(found.portfolio.clone()).or_default();
                        if portfolio.held.as_ref().is_none_or(|held| held.as_of_ns <= at_ns) {
                            portfolio.held = Some(Held { as_of_ns: at_ns, from, seq });
                        }
                    }
                }
            }
            Event::Delivered { stream, redis, through } => {
                if let Some(outbox) = self.outbox.get_mut(stream) {
                    if !redis {
                        outbox.floor = outbox.floor.max(*through);
                    }
                    outbox.delivered = outbox.delivered.max(*through);
                    while outbox.pending.front().is_some_and(|first| first <= through) {
                        outbox.pending.pop_front();
                    }
                }
            }
            Event::Epoch { stream, from, epoch } => {
                if let Some(outbox) = self.outbox.get_mut(stream) {
                    outbox.epochs.push((*from, *epoch));
                }
            }
            Event::Signals { portfolio, strategy, as_of_ns, content, rows, .. } => {
                let as_of_ns = as_of_ns.parse().unwrap_or_default();
                let signals = SignalsOf { as_of_ns, content: *content, rows: *rows, seq };
                self.portfolios.entry(portfolio.clone()).or_default().signals.insert(strategy.clone(), signals);
            }
            Event::Returns { portfolio, content, .. } => {
                self.portfolios.entry(portfolio.clone()).or_default().returns = Some(*content);
            }
            Event::Positions { portfolio, as_of_ns, content, .. } => {
                let as_of_ns = as_of_ns.parse().unwrap_or_default();
                self.portfolios.entry(portfolio.clone()).or_default().held =
                    Some(Held { as_of_ns, from: HeldFrom::Reported(*content), seq });
            }
            Event::Cycle { portfolio, outcome, steps, .. } => {
                let portfolio = self.portfolios.entry(portfolio.clone()).or_default();
                portfolio.last_cycle = Some((seq, at_ns, outcome.clone()));
                if outcome == "done" {
                    portfolio.last_done_ns = Some(at_ns);
                    let split = steps.iter().find(|step| step.name == "capital").map(|step| &step.detail["split"]);
                    portfolio.split = split
                        .and_then(serde_json::Value::as_object)
                        .into_iter()
                        .flatten()
                        .filter_map(|(strategy, share)| Some((strategy.clone(), share.as_f64()?)))
                        .collect();
                }
            }
            Event::Token { id, name, role, hash, expires_ms } => {
                let token = Token {
                    id: id.clone(),
                    name: name.clone(),
                    role: *role,
                    expires_ms: *expires_ms,
                    made_ns: at_ns,
                    revoked: false,
                };
                self.tokens.insert(hash.clone(), token);
            }
            Event::TokenRevoked { id, .. } => {
                for token in self.tokens.values_mut().filter(|token| token.id == *id) {
                    token.revoked = true;
                }
            }
        }
    }

    fn send(&mut self, stream: Stream, seq: u64) {
        if let Some(outbox) = self.outbox.get_mut(&stream) {
            outbox.pending.push_back(seq);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_go_into_alert_state_and_out_of_it_and_journals_of_before_are_read() {
        let mut state = State::default();
        let pair = |name: &str| ["a".to_owned(), name.to_owned()];
        let crossed = |entered: &[&str], left: &[&str]| Event::Crossed {
            scope: "desk".to_owned(),
            entered: entered.iter().map(|name| pair(name)).collect(),
            left: left.iter().map(|name| pair(name)).collect(),
        };
        state.apply(1, 0, GENESIS, &Event::Monitored { scope: "desk".to_owned(), active: vec![pair("b"), pair("c")] });
        state.apply(2, 0, GENESIS, &crossed(&["d"], &["b"]));
        assert_eq!(state.monitored["desk"], BTreeSet::from([pair("c"), pair("d")]));
        state.apply(3, 0, GENESIS, &crossed(&[], &["c", "d"]));
        assert!(state.monitored["desk"].is_empty());
    }

    #[test]
    fn an_outbox_holds_what_is_not_delivered_under_the_epoch_in_force() {
        let mut state = State::default();
        let opened = Event::Opened { journal: "j".to_owned(), epoch: 100, program: String::new() };
        state.apply(1, 0, GENESIS, &opened);
        for seq in 2..5 {
            let alert = Event::Alert { alert: serde_json::Value::Null, id: seq.to_string(), scope: String::new(), occurrence: 0 };
            state.apply(seq, 0, GENESIS, &alert);
        }
        state.apply(5, 0, GENESIS, &Event::Delivered { stream: Stream::Alerts, redis: true, through: 3 });
        state.apply(6, 0, GENESIS, &Event::Epoch { stream: Stream::Alerts, from: 4, epoch: 200 });
        let outbox = state.outbox(Stream::Alerts);
        assert_eq!((outbox.delivered, outbox.pending.iter().copied().collect::<Vec<_>>()), (3, vec![4]));
        assert_eq!((outbox.stream_id(3), outbox.stream_id(4)), ((100, 3), (200, 4)));
        assert!(state.outbox(Stream::Submissions).pending.is_empty());
    }
}

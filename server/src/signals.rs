//! Signals in, by whatever road: read, checked whole, recorded strategy by strategy, acknowledged when durable.

use crate::clock::NS_PER_MS;
use crate::http::App;
use crate::journal::{BlobId, Draft, Event};
use allocator_core::codec::{self, Limits};
use allocator_core::frame::from_table::{self, Options};
use allocator_core::frame::{ReturnBook, SignalBook};
use allocator_core::units::UnixNanos;
use allocator_core::wire::{At, Fields, Json, parse, to_canonical_bytes};
use allocator_core::{Code, Fault, Faults, Problem};
use serde::Serialize;
use std::collections::BTreeMap;

/// In which form signals come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// `{"version": 1, "as_of": …, "signals": {…}, "returns": {…}}`.
    Json,
    /// A data file: Arrow, CSV or Parquet.
    File {
        /// Its name, for messages and, with its extension, for its format.
        name: String,
        /// The strategy of rows that name none.
        strategy: Option<String>,
        /// When the signals were made, where the caller says so.
        as_of: Option<UnixNanos>,
    },
}

/// What became of the signals of one strategy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// When they were made.
    pub as_of: UnixNanos,
    /// The entry that holds them.
    pub seq: u64,
    /// `taken`; `unchanged` where the same were there already; `older` where newer ones were.
    pub status: &'static str,
}

/// What became of everything that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Received {
    /// The portfolio.
    pub portfolio: String,
    /// Whether return histories were taken.
    pub returns: bool,
    /// By strategy.
    pub strategies: BTreeMap<String, Receipt>,
}

/// Everything that one message holds.
struct Message {
    as_of: Option<UnixNanos>,
    /// Canonical JSON of each strategy's rows, and how many.
    strategies: Vec<(String, Vec<u8>, u64)>,
    returns: Option<Vec<u8>>,
}

/// Reads, checks and records signals; answers when they are durable.
///
/// # Errors
/// Everything wrong with them; `not_found` for a portfolio that is not configured, `clock_skew` for a time in the future;
/// `overloaded`, `storage_full`.
pub async fn take(
    app: &App,
    portfolio: &str,
    bytes: Vec<u8>,
    form: Form,
    source: &str,
    actor: &str,
) -> Result<Received, Problem> {
    let store = app.store()?;
    app.portfolio(portfolio)?;
    let limits = app.upload_limits();
    let message = app.gate().compute(super::http::Reserve::default(), move || read(&bytes, &form, &limits)).await?;
    let tolerance_ns = i64::from(app.config.clock_tolerance_ms) * NS_PER_MS;
    // A message of a queue was made when it was queued, not when it is read: taken a second time, it is the same.
    let queued_ns = source.strip_prefix("redis ").and_then(queued_at);
    let (name, source, actor) = (portfolio.to_owned(), source.to_owned(), actor.to_owned());
    let road = source.split(' ').next().unwrap_or_default().to_owned();
    let received = store.commit(move |draft| record(draft, &name, message, queued_ns, tolerance_ns, &source, &actor)).await?;
    if received.returns || received.strategies.values().any(|receipt| receipt.status == "taken") {
        app.metrics.count("allocator_signals_total", &[("portfolio", portfolio), ("source", &road)]);
        app.wake(portfolio);
    }
    Ok(received)
}

/// The time in the id of a Redis entry.
fn queued_at(id: &str) -> Option<i64> {
    id.split('-').next()?.parse::<i64>().ok()?.checked_mul(NS_PER_MS)
}

fn record(
    draft: &mut Draft<'_>,
    portfolio: &str,
    message: Message,
    queued_ns: Option<i64>,
    tolerance_ns: i64,
    source: &str,
    actor: &str,
) -> Result<Received, Problem> {
    let as_of_ns = message.as_of.map(|at| at.0).or(queued_ns).unwrap_or(draft.at_ns);
    if as_of_ns > draft.at_ns.saturating_add(tolerance_ns) {
        return Err(Problem::new(
            Code::ClockSkew,
            "/as_of",
            format!("as_of {} lies ahead of this server's clock.", UnixNanos(as_of_ns)),
            "See that both clocks are right; server.clock_tolerance_ms says how much is tolerated.",
        ));
    }
    let held = draft.state.portfolios.get(portfolio).cloned().unwrap_or_default();
    let mut strategies = BTreeMap::new();
    for (strategy, bytes, rows) in message.strategies {
        let content = BlobId::of(&bytes);
        let (status, seq, at) = match held.signals.get(&strategy) {
            Some(known) if known.content == content && known.as_of_ns == as_of_ns => ("unchanged", known.seq, known.as_of_ns),
            Some(known) if known.as_of_ns > as_of_ns => ("older", known.seq, known.as_of_ns),
            _ => {
                let content = draft.keep(bytes)?;
                let seq = draft.push(Event::Signals {
                    portfolio: portfolio.to_owned(),
                    strategy: strategy.clone(),
                    as_of_ns: as_of_ns.to_string(),
                    content,
                    rows,
                    source: source.to_owned(),
                    actor: actor.to_owned(),
                });
                ("taken", seq, as_of_ns)
            }
        };
        strategies.insert(strategy, Receipt { as_of: UnixNanos(at), seq, status });
    }
    let mut returns = false;
    if let Some(bytes) = message.returns
        && held.returns != Some(BlobId::of(&bytes))
    {
        let content = draft.keep(bytes)?;
        draft.push(Event::Returns { portfolio: portfolio.to_owned(), content, actor: actor.to_owned() });
        returns = true;
    }
    Ok(Received { portfolio: portfolio.to_owned(), returns, strategies })
}

fn read(bytes: &[u8], form: &Form, limits: &Limits) -> Result<Message, Problem> {
    match form {
        Form::Json => read_json(bytes),
        Form::File { name, strategy, as_of } => {
            let table = codec::read(bytes, name, limits)?;
            let reading = from_table::signals(&[(strategy.as_deref(), &table)], &Options::default(), limits)?;
            Ok(Message { as_of: *as_of, strategies: split(&reading.value)?, returns: None })
        }
    }
}

fn read_json(bytes: &[u8]) -> Result<Message, Problem> {
    let tree = parse(bytes)?;
    let (at, mut faults) = (At::Root, Faults::new());
    let read = Fields::open(&tree, &at, &mut faults).and_then(|mut fields| {
        let version: Option<f64> = fields.required("version", &at, &mut faults);
        if version.is_some_and(|version| version != 1.0) {
            let message = format!("Version {} is not known.", version.unwrap_or_default());
            faults.push(Fault::new(Code::UnsupportedVersion, "/version", message, "Write \"version\": 1."));
        }
        let as_of: Option<Option<UnixNanos>> = fields.optional("as_of", None, &at, &mut faults);
        let signals: Option<Option<SignalBook>> = fields.optional("signals", None, &at, &mut faults);
        let returns: Option<Option<ReturnBook>> = fields.optional("returns", None, &at, &mut faults);
        fields.close(&at, &mut faults);
        Some((as_of?, signals?, returns?))
    });
    let (as_of, signals, returns) = faults.finish(read)?;
    if signals.is_none() && returns.is_none() {
        return Err(Problem::new(Code::Empty, "", "There are neither signals nor returns.", "Give signals, returns, or both."));
    }
    let strategies = signals.as_ref().map(split).transpose()?.unwrap_or_default();
    let returns = returns.as_ref().map(to_canonical_bytes).transpose()?;
    Ok(Message { as_of, strategies, returns })
}

/// The rows of each strategy by themselves.
fn split(book: &SignalBook) -> Result<Vec<(String, Vec<u8>, u64)>, Problem> {
    let Json::Object(strategies) = parse(&to_canonical_bytes(book)?)? else {
        return Err(Problem::internal("signals are no object"));
    };
    strategies
        .into_iter()
        .map(|(strategy, rows)| {
            let count = match &rows {
                Json::Array(rows) => rows.len(),
                rows => rows.get("symbol").and_then(Json::as_array).map_or(0, <[Json]>::len),
            };
            Ok((strategy, to_canonical_bytes(&rows)?, count as u64))
        })
        .collect()
}

//! What a portfolio holds, as whoever executes says: reported, or, where a submission was carried out later, what that asked for.

use crate::clock::{NS_PER_MS, iso8601};
use crate::journal::{Draft, Event, Held, HeldFrom, Store};
use allocator_core::units::{UnixNanos, name_fault};
use allocator_core::wire::{At, Fields, parse, to_canonical_bytes};
use allocator_core::{Code, Fault, Faults, Problem};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most positions of one report.
pub const POSITIONS_MAX: usize = 50_000;

/// Largest position that is believed, as a fraction of capital.
pub const POSITION_MAX: f64 = 1e9;

/// What is held, and how that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Positions {
    /// When it was so, nanoseconds since 1970.
    pub as_of_ns: i64,
    /// `reported`, or `submission <id>`.
    pub source: String,
    /// Fractions of capital by symbol; short positions are negative.
    pub weights: BTreeMap<String, f64>,
}

/// What became of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// When it was so.
    pub as_of: UnixNanos,
    /// The portfolio.
    pub portfolio: String,
    /// How many positions.
    pub positions: usize,
    /// The entry that says what is held now.
    pub seq: u64,
    /// `taken`, or `older` where something newer is known.
    pub status: &'static str,
}

/// A report that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    as_of: Option<UnixNanos>,
    weights: BTreeMap<String, f64>,
}

/// Reads `{"version": 1, "as_of": …, "positions": {"AAPL": 0.4}}`.
///
/// # Errors
/// Everything wrong with it.
pub fn read(bytes: &[u8]) -> Result<Report, Problem> {
    let tree = parse(bytes)?;
    let (at, mut faults) = (At::Root, Faults::new());
    let read = Fields::open(&tree, &at, &mut faults).and_then(|mut fields| {
        let version: Option<f64> = fields.required("version", &at, &mut faults);
        if version.is_some_and(|version| version != 1.0) {
            let message = format!("Version {} is not known.", version.unwrap_or_default());
            faults.push(Fault::new(Code::UnsupportedVersion, "/version", message, "Write \"version\": 1."));
        }
        let as_of: Option<Option<UnixNanos>> = fields.optional("as_of", None, &at, &mut faults);
        let weights: Option<BTreeMap<String, f64>> = fields.required("positions", &at, &mut faults);
        fields.close(&at, &mut faults);
        let (as_of, weights) = (as_of?, weights?);
        let here = at.key("positions");
        if weights.len() > POSITIONS_MAX {
            let message = format!("{} positions, and {POSITIONS_MAX} are the most.", weights.len());
            faults.push(Fault::new(Code::LimitExceeded, here, message, "Report a portfolio at a time."));
        }
        for (symbol, weight) in &weights {
            if let Some(why) = name_fault(symbol) {
                let message = format!("The name {symbol:?} {why}.");
                faults.push(Fault::new(Code::InvalidName, here.key(symbol), message, "Give a plain name."));
            }
            if weight.abs() > POSITION_MAX {
                let message = format!("The position in {symbol} is {weight}.");
                let hint = "Write fractions of capital: 0.40 is 40 %.";
                faults.push(Fault::new(Code::OutOfRange, here.key(symbol), message, hint));
            }
        }
        Some(Report { as_of, weights })
    });
    faults.finish(read)
}

/// Records a report, unless something newer is known.
///
/// # Errors
/// `clock_skew` for a time in the future, `limit_exceeded`.
pub fn record(
    draft: &mut Draft<'_>,
    portfolio: &str,
    report: &Report,
    tolerance_ms: u32,
    actor: &str,
) -> Result<Receipt, Problem> {
    let as_of_ns = report.as_of.map_or(draft.at_ns, |at| at.0);
    if as_of_ns > draft.at_ns.saturating_add(i64::from(tolerance_ms) * NS_PER_MS) {
        return Err(Problem::new(
            Code::ClockSkew,
            "/as_of",
            format!("as_of {} lies ahead of this server's clock.", UnixNanos(as_of_ns)),
            "See that both clocks are right; server.clock_tolerance_ms says how much is tolerated.",
        ));
    }
    let receipt = |as_of_ns: i64, seq: u64, status: &'static str| Receipt {
        as_of: UnixNanos(as_of_ns),
        portfolio: portfolio.to_owned(),
        positions: report.weights.len(),
        seq,
        status,
    };
    let held = draft.state.portfolios.get(portfolio).and_then(|known| known.held.as_ref());
    if let Some(held) = held.filter(|held| held.as_of_ns > as_of_ns) {
        return Ok(receipt(held.as_of_ns, held.seq, "older"));
    }
    let content = draft.keep(to_canonical_bytes(&report.weights)?)?;
    let seq = draft.push(Event::Positions {
        portfolio: portfolio.to_owned(),
        as_of_ns: as_of_ns.to_string(),
        content,
        count: report.weights.len() as u64,
        actor: actor.to_owned(),
    });
    Ok(receipt(as_of_ns, seq, "taken"))
}

/// Fetches what is held.
///
/// # Errors
/// `journal_damaged`, `io`.
pub fn of(store: &Store, held: &Held) -> Result<Positions, Problem> {
    let weights = match &held.from {
        HeldFrom::Reported(content) => {
            let at = At::Root;
            let mut faults = Faults::new();
            let read = allocator_core::wire::Decode::decode(&parse(&store.blob(*content)?)?, &at, &mut faults);
            faults.finish(read)?
        }
        HeldFrom::Submission { entry, .. } => match store.entry(*entry)?.map(|entry| entry.event) {
            Some(Event::Submission { payload, .. }) => payload["allocation"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|row| Some((row["symbol"].as_str()?.to_owned(), row["weight"].as_f64()?)))
                .collect(),
            _ => return Err(Problem::internal(format!("entry {entry} is no submission"))),
        },
    };
    Ok(Positions { as_of_ns: held.as_of_ns, source: held.from.to_string(), weights })
}

/// What is held, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    as_of: String,
    seq: u64,
    source: String,
}

impl From<&Held> for Shown {
    fn from(held: &Held) -> Self {
        Shown { as_of: iso8601(held.as_of_ns), seq: held.seq, source: held.from.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(text: &str) -> Vec<(String, String)> {
        let fault = |fault: &Fault| (fault.path.clone(), fault.code.as_str().to_owned());
        read(text.as_bytes()).map_or_else(|problem| problem.problems.iter().map(fault).collect(), |_| Vec::new())
    }

    #[test]
    fn a_report_is_read_whole_or_refused_with_every_fault() {
        let report = read(br#"{"version":1,"as_of":"2026-01-02","positions":{"A":0.5,"B":-0.25}}"#).unwrap();
        assert_eq!((report.weights["B"], report.as_of), (-0.25, UnixNanos::parse("2026-01-02")));
        let of = |path: &str, code: &str| (path.to_owned(), code.to_owned());
        assert_eq!(
            codes(r#"{"version":2,"position":{},"as_of":"soon"}"#),
            [
                of("/version", "unsupported_version"),
                of("/as_of", "invalid_date"),
                of("", "missing_field"),
                of("/position", "unknown_field")
            ]
        );
        assert_eq!(
            codes(r#"{"version":1,"positions":{"":0.1,"A":2e9}}"#),
            [of("/positions/", "invalid_name"), of("/positions/A", "out_of_range")]
        );
        assert_eq!(codes(r#"{"version":1,"positions":{"A":null}}"#), [of("/positions/A", "not_finite")]);
    }
}

//! Signals that arrive while one looks: rows of strategies over WebSocket or server-sent events, with a pause.
//!
//! ```text
//! message ──> Feed::update ──> newest row of each (strategy, symbol) ──> a table, when due ──> the engine reads it as a file
//! ```
//!
//! A message is one row or a list of rows, each `{"strategy","symbol","score","weight"}`; a weight of null takes the symbol out. What
//! is refused is counted and the last one shown; the stream goes on. While paused, rows are kept, newest first, and nothing is recomputed.

use super::number::counted;
use super::progress::duration;
use crate::figure::json::{list, object, text, text_of};
use allocator_core::wire::{Json, parse};
use std::collections::BTreeMap;

/// What the table of a stream is called among the files.
pub const NAME: &str = "stream.json";
/// Most rows kept; a stream that names more symbols is refused from there on.
pub const ROWS_MAX: usize = 100_000;
/// Most characters of one message.
pub const MESSAGE_MAX: usize = 4 << 20;
/// How long rows are gathered before the engine reads them, in milliseconds.
pub const GATHER_MS: f64 = 250.0;
/// After so long without a word the stream counts as dead, in milliseconds.
pub const SILENCE_MS: f64 = 30_000.0;
/// First wait before connecting again, doubled each time up to [`RETRY_MAX_MS`].
pub const RETRY_MS: f64 = 1_000.0;
/// Longest wait before connecting again.
pub const RETRY_MAX_MS: f64 = 30_000.0;
/// Attempts in a row before giving up.
pub const ATTEMPTS_MAX: u32 = 8;

/// How the stream is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Status {
    /// Not wanted.
    #[default]
    Off,
    /// Being connected; the number is the attempt.
    Connecting(u32),
    /// Rows come.
    Live,
    /// Connected, and silent for too long.
    Silent,
    /// Lost; it is tried again at this time (milliseconds, the page's clock).
    Waiting(f64),
    /// Given up.
    Dead,
}

/// What happened. Times are milliseconds of the page's clock.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The user wants the stream of an address.
    Started(String, f64),
    /// The user no longer wants it.
    Stopped,
    /// The user pauses or goes on.
    Paused(bool),
    /// Connected.
    Opened(f64),
    /// A message.
    Message(String, f64),
    /// Lost, with what the browser says.
    Lost(String, f64),
    /// Time passes; told about four times a second while the stream is wanted.
    Tick(f64),
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Connect to an address.
    Connect(String),
    /// Close the connection.
    Close,
    /// Give a table to the engine: name and JSON text.
    Give(String, String),
}

/// One row.
type Row = (f64, f64);

/// The stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Feed {
    status: Status,
    address: String,
    paused: bool,
    rows: BTreeMap<(String, String), Row>,
    changed: bool,
    given_ms: f64,
    heard_ms: f64,
    attempts: u32,
    /// Rows taken and messages refused since the start.
    taken: u64,
    refused: u64,
    /// The last refusal.
    complaint: String,
}

/// Whether an address can be listened to.
///
/// # Errors
/// A sentence that says how to write one.
pub fn is_address(address: &str) -> Result<(), String> {
    let address = address.trim();
    let known = ["ws://", "wss://", "http://", "https://"]
        .iter()
        .any(|scheme| address.len() > scheme.len() && address.starts_with(scheme));
    let plain = !address.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    if known && plain {
        return Ok(());
    }
    Err(format!("\"{address}\" is not an address of a stream. Write wss:// for a WebSocket, https:// for server-sent events."))
}

impl Feed {
    /// How it is.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// Whether it is paused.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Whether rows wait to be shown.
    pub fn has_waiting(&self) -> bool {
        self.changed
    }

    /// What the last refused message lacked; empty if none was.
    pub fn complaint(&self) -> &str {
        &self.complaint
    }

    /// What an event does, and what is to be done.
    pub fn update(&mut self, event: Event) -> Vec<Act> {
        match event {
            Event::Started(address, now) => {
                *self = Feed {
                    status: Status::Connecting(1),
                    address: address.trim().to_owned(),
                    given_ms: now - GATHER_MS,
                    heard_ms: now,
                    attempts: 1,
                    ..Feed::default()
                };
                vec![Act::Close, Act::Connect(self.address.clone())]
            }
            Event::Stopped => {
                self.status = Status::Off;
                vec![Act::Close]
            }
            Event::Paused(paused) => {
                self.paused = paused;
                Vec::new()
            }
            Event::Opened(now) => {
                if self.status == Status::Off {
                    return vec![Act::Close];
                }
                self.status = Status::Live;
                self.heard_ms = now;
                Vec::new()
            }
            Event::Message(message, now) => {
                if matches!(self.status, Status::Off | Status::Dead) {
                    return Vec::new();
                }
                self.status = Status::Live;
                self.heard_ms = now;
                self.attempts = 1;
                match self.take(&message) {
                    Ok(rows) => self.taken += rows,
                    Err(complaint) => {
                        self.refused += 1;
                        self.complaint = complaint;
                    }
                }
                self.give(now)
            }
            Event::Lost(_, _) if matches!(self.status, Status::Off | Status::Dead) => Vec::new(),
            Event::Lost(why, now) => {
                self.complaint = if why.is_empty() { String::from("The connection was lost.") } else { why };
                if self.attempts >= ATTEMPTS_MAX {
                    self.status = Status::Dead;
                    return vec![Act::Close];
                }
                let wait = (0..self.attempts.saturating_sub(1)).fold(RETRY_MS, |wait, _| (wait * 2.0).min(RETRY_MAX_MS));
                self.attempts += 1;
                self.status = Status::Waiting(now + wait);
                vec![Act::Close]
            }
            Event::Tick(now) => {
                match self.status {
                    Status::Waiting(at) if now >= at => {
                        self.status = Status::Connecting(self.attempts);
                        return vec![Act::Connect(self.address.clone())];
                    }
                    Status::Live if now - self.heard_ms >= SILENCE_MS => self.status = Status::Silent,
                    _ => {}
                }
                self.give(now)
            }
        }
    }

    fn give(&mut self, now: f64) -> Vec<Act> {
        if self.paused || !self.changed || now - self.given_ms < GATHER_MS || self.rows.is_empty() {
            return Vec::new();
        }
        self.changed = false;
        self.given_ms = now;
        vec![Act::Give(NAME.to_owned(), self.table())]
    }

    /// The newest rows as the engine reads them.
    fn table(&self) -> String {
        let rows = self.rows.iter().map(|((strategy, symbol), (score, weight))| {
            object([
                ("strategy", text(strategy.clone())),
                ("symbol", text(symbol.clone())),
                ("score", Json::Number(*score)),
                ("weight", Json::Number(*weight)),
            ])
        });
        text_of(&list(rows))
    }

    /// Takes the rows of a message, all of them or none.
    fn take(&mut self, message: &str) -> Result<u64, String> {
        if message.len() > MESSAGE_MAX {
            return Err(format!("A message of {} characters is longer than the {MESSAGE_MAX} that are read.", message.len()));
        }
        let json = parse(message.as_bytes()).map_err(|problem| format!("A message is not JSON ({}).", problem.message))?;
        let rows = match &json {
            Json::Array(rows) => rows.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut changes = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            changes.push(read(row).map_err(|why| format!("Row {}: {why}", index + 1))?);
        }
        let count = changes.len() as u64;
        let fresh = changes.iter().filter(|(key, row)| row.is_some() && !self.rows.contains_key(key)).count();
        if self.rows.len() + fresh > ROWS_MAX {
            return Err(format!("The stream names more than {ROWS_MAX} rows; those beyond are not taken."));
        }
        for (key, row) in changes {
            let changed = match row {
                Some(row) => self.rows.insert(key, row) != Some(row),
                None => self.rows.remove(&key).is_some(),
            };
            self.changed |= changed;
        }
        Ok(count)
    }

    /// What to say about it: one line.
    pub fn sentence(&self, now: f64) -> String {
        let rows = counted(self.rows.len() as u64, "row", "rows");
        let refused = if self.refused > 0 {
            format!(" {} refused; the last: {}", counted(self.refused, "message", "messages"), self.complaint)
        } else {
            String::new()
        };
        match &self.status {
            Status::Off => String::from("No stream."),
            Status::Connecting(attempt) => format!("Connecting to {}, attempt {attempt} of {ATTEMPTS_MAX}.", self.address),
            Status::Live if self.paused => format!("Paused with {rows}; the newest are kept and not shown.{refused}"),
            Status::Live => format!("Live: {rows} of {}, {} taken.{refused}", self.address, counted(self.taken, "row", "rows")),
            Status::Silent => format!(
                "Nothing has come for {}. What is shown may be stale; the connection is open.{refused}",
                duration(now - self.heard_ms)
            ),
            Status::Waiting(at) => {
                format!("{} Connecting again in {}. What was received is kept.", self.complaint, duration(at - now))
            }
            Status::Dead => format!(
                "The stream is dead: {} {ATTEMPTS_MAX} attempts failed. What was received is kept. Check the address and start it again.",
                self.complaint
            ),
        }
    }
}

fn read(row: &Json) -> Result<((String, String), Option<Row>), String> {
    let word = |key: &str| match row.get(key) {
        Some(Json::String(word)) if !word.trim().is_empty() => Ok(word.trim().to_owned()),
        Some(other) => Err(format!("\"{key}\" is {}, not a name.", other.brief())),
        None => Err(format!("\"{key}\" is missing.")),
    };
    let strategy = match row.get("strategy") {
        None => String::from("stream"),
        Some(_) => word("strategy")?,
    };
    let key = (strategy, word("symbol")?);
    let number = |name: &str| match row.get(name) {
        Some(Json::Number(value)) if value.is_finite() => Ok(Some(*value)),
        Some(Json::Null) => Ok(None),
        Some(other) => Err(format!("\"{name}\" is {}, not a number.", other.brief())),
        None => Err(format!("\"{name}\" is missing.")),
    };
    let Some(weight) = number("weight")? else {
        return Ok((key, None));
    };
    // A stream of weights alone says nothing about conviction: the weight stands for it.
    let score = if row.get("score").is_some() { number("score")?.unwrap_or(weight) } else { weight };
    Ok((key, Some((score, weight))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use allocator_core::codec::{self, Limits};

    fn live() -> Feed {
        let mut feed = Feed::default();
        assert_eq!(
            feed.update(Event::Started(" wss://desk.example/s ".into(), 0.0)),
            [Act::Close, Act::Connect("wss://desk.example/s".into())]
        );
        feed.update(Event::Opened(1.0));
        feed
    }

    fn message(text: &str, now: f64) -> Event {
        Event::Message(text.into(), now)
    }

    const ROW: &str = r#"{"strategy":"m","symbol":"X","score":1,"weight":0.5}"#;

    #[test]
    fn rows_are_gathered_and_the_newest_of_each_symbol_counts() {
        let mut feed = live();
        assert_eq!(feed.update(message(ROW, 2.0)).len(), 1, "the first is shown at once");
        assert_eq!(feed.update(message(&ROW.replace("0.5", "0.4"), 3.0)), []);
        assert_eq!(feed.update(message(r#"[{"symbol":"Y","weight":0.2}]"#, 100.0)), []);
        let acts = feed.update(Event::Tick(2.0 + GATHER_MS));
        let [Act::Give(name, table)] = acts.as_slice() else { panic!("{acts:?}") };
        let read = codec::read(table.as_bytes(), name, &Limits::default()).unwrap();
        assert_eq!(read.rows, 2);
        assert!(table.contains("0.4") && !table.contains("0.5"));
        assert_eq!(feed.update(Event::Tick(1e4)), [], "nothing new");
        assert_eq!(feed.update(message(&ROW.replace("0.5", "0.4"), 2e4)), [], "the same again is nothing new");
    }

    #[test]
    fn a_pause_keeps_rows_and_shows_none() {
        let mut feed = live();
        feed.update(Event::Paused(true));
        assert_eq!(feed.update(message(ROW, 500.0)), []);
        assert!(feed.has_waiting());
        assert!(feed.sentence(500.0).starts_with("Paused with 1 row"));
        feed.update(Event::Paused(false));
        assert_eq!(feed.update(Event::Tick(600.0)).len(), 1);
    }

    #[test]
    fn a_bad_message_is_counted_and_changes_nothing() {
        let mut feed = live();
        feed.update(message(ROW, 300.0));
        for bad in [
            "{",
            "[{}]",
            r#"{"symbol":"X","weight":"a"}"#,
            r#"{"symbol":7,"weight":1}"#,
            r#"[{"symbol":"Z","weight":1},{"symbol":"W"}]"#,
        ] {
            feed.update(message(bad, 400.0));
        }
        assert_eq!((feed.refused, feed.rows.len()), (5, 1));
        assert!(
            feed.sentence(400.0).contains("5 messages refused; the last: Row 2: \"weight\" is missing."),
            "{}",
            feed.sentence(400.0)
        );
    }

    #[test]
    fn a_weight_of_null_takes_a_symbol_out() {
        let mut feed = live();
        feed.update(message(&format!("[{ROW},{}]", ROW.replace('X', "Y")), 300.0));
        feed.update(message(r#"{"strategy":"m","symbol":"X","weight":null}"#, 400.0));
        assert_eq!(feed.rows.len(), 1);
    }

    #[test]
    fn silence_is_said_and_a_word_ends_it() {
        let mut feed = live();
        feed.update(message(ROW, 0.0));
        feed.update(Event::Tick(SILENCE_MS));
        assert_eq!(*feed.status(), Status::Silent);
        assert!(feed.sentence(SILENCE_MS).contains("Nothing has come for 30 s"));
        feed.update(message(ROW, SILENCE_MS + 1.0));
        assert_eq!(*feed.status(), Status::Live);
    }

    #[test]
    fn a_lost_stream_is_tried_again_ever_more_slowly_and_then_given_up() {
        let mut feed = live();
        let mut now = 0.0;
        let mut waits = Vec::new();
        while *feed.status() != Status::Dead {
            feed.update(Event::Lost("closed".into(), now));
            if let Status::Waiting(at) = *feed.status() {
                waits.push(at - now);
                now = at;
                assert_eq!(feed.update(Event::Tick(now)).len(), 1);
            }
        }
        assert_eq!(waits, [1e3, 2e3, 4e3, 8e3, 16e3, 30e3, 30e3]);
        assert!(feed.sentence(now).contains("dead") && feed.sentence(now).contains("kept"));
        assert_eq!(feed.update(message(ROW, now)), [], "a late message of a dead stream");
    }

    #[test]
    fn a_stream_that_was_stopped_stays_stopped() {
        let mut feed = live();
        assert_eq!(feed.update(Event::Stopped), [Act::Close]);
        assert_eq!(feed.update(Event::Lost("closed".into(), 5.0)), []);
        assert_eq!(feed.update(Event::Opened(6.0)), [Act::Close]);
    }

    #[test]
    fn only_addresses_of_streams_are_taken() {
        assert!(is_address("wss://desk.example/signals").is_ok() && is_address(" https://desk.example/sse ").is_ok());
        for bad in ["", "ws://", "file:///etc/passwd", "javascript:alert(1)", "https://a b"] {
            assert!(is_address(bad).is_err(), "{bad}");
        }
    }
}

//! `/api/v1/events`: what happened, as pages or as a stream of server-sent events that resumes from any id.
//!
//! A stream reads the journal at the pace of its reader, so a slow one costs a cursor and not memory, and one that comes back with
//! `Last-Event-ID` misses nothing.

use super::operations::respond;
use super::query::Query;
use super::runs::reading;
use super::{App, Refusal, gate};
use crate::clock::iso8601;
use crate::journal::{Entry, Event};
use allocator_core::wire::{to_canonical_bytes, to_canonical_string};
use allocator_core::{Code, Problem};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, watch};

/// What can be followed, and the kinds of entries it is made of.
const TOPICS: &[(&str, &[&str])] = &[
    ("alerts", &["alert"]),
    ("allocations", &["cycle"]),
    ("runs", &["run"]),
    ("signals", &["signals"]),
    ("submissions", &["submission", "moved"]),
];

/// Entries read at once.
const PAGE: u32 = 256;

/// Without an event for so long, a comment is sent: the connection lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// An event as it goes out.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Shown {
    at: String,
    data: Value,
    kind: &'static str,
    pub(crate) seq: u64,
}

/// What a caller wants to hear of.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    kinds: Vec<&'static str>,
    /// Hear of what comes behind this entry; `None` begins now.
    after: Option<u64>,
}

impl Wanted {
    /// From `?topics=alerts,submissions&after=17`, or the header `Last-Event-ID`.
    ///
    /// # Errors
    /// `unknown_choice`, `wrong_type`.
    pub(crate) fn of(request: &Request) -> Result<Self, Problem> {
        let query = Query::of(request.uri());
        let last = request.headers().get("last-event-id").and_then(|value| value.to_str().ok());
        let after = match last {
            // What is no number of ours is from another stream: begin as one without.
            Some(last) if last.trim().parse::<u64>().is_ok() => last.trim().parse().ok(),
            _ => query.number("after")?,
        };
        let mut kinds = Vec::new();
        match query.get("topics") {
            None => kinds.extend(TOPICS.iter().flat_map(|(_, kinds)| kinds.iter().copied())),
            Some(names) => {
                for name in names.split(',').map(str::trim) {
                    let found = TOPICS.iter().find(|(topic, _)| *topic == name).ok_or_else(|| {
                        let known: Vec<&str> = TOPICS.iter().map(|(topic, _)| *topic).collect();
                        let shown: String = name.chars().take(40).collect();
                        let message = format!("There is no topic {shown:?}.");
                        Problem::new(Code::UnknownChoice, "topics", message, format!("Known: {}.", known.join(", ")))
                    })?;
                    kinds.extend(found.1);
                }
            }
        }
        Ok(Wanted { kinds, after })
    }
}

/// An entry as callers see it.
pub(crate) fn show(entry: Entry) -> Shown {
    let kind = entry.event.kind();
    let data = match entry.event {
        Event::Alert { mut alert, scope, .. } => {
            alert["scope"] = json!(scope);
            alert
        }
        Event::Submission { payload, actor, stage, .. } => {
            let mut payload = payload;
            payload["by"] = json!(actor);
            payload["stage"] = json!(stage.as_str());
            payload
        }
        // What is kept beside an event is fetched by its number.
        event => {
            let mut value = serde_json::to_value(&event).unwrap_or_default();
            if let Some(fields) = value.as_object_mut() {
                fields.remove("event");
            }
            value
        }
    };
    Shown { at: iso8601(entry.at_ns), data, kind, seq: entry.seq }
}

/// Follows the journal.
pub(crate) struct Follower {
    app: Arc<App>,
    kinds: Vec<&'static str>,
    after: u64,
    ready: VecDeque<Shown>,
    head: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
    _permit: OwnedSemaphorePermit,
}

/// What a follower hears next.
pub(crate) enum Heard {
    /// Something happened.
    Event(Shown),
    /// Nothing happened for a while.
    Silence,
    /// The server stops, or the journal cannot be read.
    End,
}

impl Follower {
    /// A follower, if there is room for one more.
    ///
    /// # Errors
    /// `overloaded`.
    pub(crate) fn new(app: &Arc<App>, wanted: Wanted) -> Result<Self, Problem> {
        let permit = Arc::clone(&app.streams)
            .try_acquire_owned()
            .map_err(|_| gate::overloaded(format!("{} streams are open already.", app.config.streams_max)))?;
        let head = app.store()?.head();
        let after = wanted.after.unwrap_or_else(|| *head.borrow());
        Ok(Follower {
            app: Arc::clone(app),
            kinds: wanted.kinds,
            after,
            ready: VecDeque::new(),
            head,
            stop: app.stopping(),
            _permit: permit,
        })
    }

    /// The next thing to hear of. May be cancelled and called again.
    pub(crate) async fn next(&mut self) -> Heard {
        loop {
            if let Some(event) = self.ready.pop_front() {
                self.after = self.after.max(event.seq);
                return Heard::Event(event);
            }
            if *self.stop.borrow() {
                return Heard::End;
            }
            let head = *self.head.borrow_and_update();
            if self.after < head {
                let (after, kinds) = (self.after, self.kinds.clone());
                match reading(&self.app, move |store| store.entries(after, &kinds, PAGE)).await {
                    Ok(entries) if entries.is_empty() => self.after = head,
                    Ok(entries) => {
                        self.ready.extend(entries.into_iter().map(show));
                        continue;
                    }
                    Err(problem) => {
                        tracing::error!(code = problem.code.as_str(), "a stream ends: {}", problem.message);
                        return Heard::End;
                    }
                }
            }
            tokio::select! {
                changed = self.head.changed() => if changed.is_err() { return Heard::End },
                _ = self.stop.changed() => return Heard::End,
                () = tokio::time::sleep(KEEP_ALIVE) => return Heard::Silence,
            }
        }
    }
}

/// One page.
#[derive(Serialize)]
struct Page {
    events: Vec<Shown>,
    next: Option<u64>,
}

/// A page of events, or, for who accepts `text/event-stream`, a stream.
pub(crate) async fn events(State(app): State<Arc<App>>, request: Request) -> Response {
    let streams = request.headers().get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/event-stream"));
    let limit = Query::of(request.uri()).limit();
    let wanted = match Wanted::of(&request) {
        Ok(wanted) => wanted,
        Err(problem) => return Refusal(problem).into_response(),
    };
    if streams {
        return match Follower::new(&app, wanted) {
            Ok(follower) => stream(follower),
            Err(problem) => Refusal(problem).into_response(),
        };
    }
    let answer = async {
        let limit = limit?;
        let (after, kinds) = (wanted.after.unwrap_or(0), wanted.kinds);
        let entries = reading(&app, move |store| store.entries(after, &kinds, limit)).await?;
        let next = (entries.len() == limit as usize).then(|| entries.last().map(|entry| entry.seq)).flatten();
        to_canonical_bytes(&Page { events: entries.into_iter().map(show).collect(), next })
    };
    respond(answer.await)
}

fn stream(follower: Follower) -> Response {
    let hello = Some(Bytes::from_static(b"retry: 1000\n: connected\n\n"));
    let events = futures_util::stream::unfold((follower, hello), |(mut follower, hello)| async move {
        if let Some(hello) = hello {
            return Some((Ok::<Bytes, std::convert::Infallible>(hello), (follower, None)));
        }
        let bytes = match follower.next().await {
            Heard::Event(event) => {
                let text = to_canonical_string(&event).ok()?;
                Bytes::from(format!("id: {}\nevent: {}\ndata: {text}\n\n", event.seq, event.kind))
            }
            Heard::Silence => Bytes::from_static(b": still here\n\n"),
            Heard::End => return None,
        };
        Some((Ok(bytes), (follower, None)))
    });
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    response
}

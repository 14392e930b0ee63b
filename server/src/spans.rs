//! What took how long, for an OpenTelemetry collector: one span for each request and each production cycle, as OTLP over HTTP with JSON.
//!
//! Off unless `otlp_endpoint` is set. Nothing waits for the collector: spans go into a bounded queue, and what does not fit, or cannot be
//! delivered, is counted (`allocator_spans_dropped_total`) and forgotten. A request that carries a W3C `traceparent` continues its trace.

use crate::clock::{Clock as _, SystemClock};
use crate::metrics::Metrics;
use allocator_core::{Code, Problem};
use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Spans that may wait.
const QUEUE_MAX: usize = 2_048;

/// Spans of one delivery.
const BATCH_MAX: usize = 512;

/// The longest that a span waits for others to go with.
const LINGER: Duration = Duration::from_secs(1);

/// The longest that a delivery takes.
const PATIENCE: Duration = Duration::from_secs(5);

/// A trace, and the span in it that others hang on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    trace: [u8; 16],
    span: [u8; 8],
    parent: Option<[u8; 8]>,
}

impl Context {
    /// A span below the one that `traceparent` names, else one of a trace of its own; `None` without randomness.
    pub fn of(headers: Option<&HeaderMap>) -> Option<Self> {
        let mut random = [0; 24];
        getrandom::fill(&mut random).ok()?;
        let mut fresh = Context { trace: [0; 16], span: [0; 8], parent: None };
        fresh.trace.copy_from_slice(&random[..16]);
        fresh.span.copy_from_slice(&random[16..]);
        let given = headers.and_then(|headers| headers.get("traceparent")).and_then(|value| value.to_str().ok());
        if let Some((trace, parent)) = given.and_then(parse) {
            (fresh.trace, fresh.parent) = (trace, Some(parent));
        }
        Some(fresh)
    }
}

/// `00-<32 hexadecimal digits>-<16>-<2>`, neither all zeros.
fn parse(text: &str) -> Option<([u8; 16], [u8; 8])> {
    let mut parts = text.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (mut ids, mut parents) = ([0; 16], [0; 8]);
    let shaped = version.len() == 2 && version != "ff" && flags.len() == 2 && (version != "00" || parts.next().is_none());
    let read = shaped && unhex(trace, &mut ids) && unhex(parent, &mut parents);
    (read && ids != [0; 16] && parents != [0; 8]).then_some((ids, parents))
}

fn unhex(text: &str, to: &mut [u8]) -> bool {
    let digit = |byte: u8| char::from(byte).to_digit(16).filter(|_| !byte.is_ascii_uppercase());
    text.len() == to.len() * 2
        && to.iter_mut().zip(text.as_bytes().chunks_exact(2)).all(|(byte, pair)| match (digit(pair[0]), digit(pair[1])) {
            (Some(high), Some(low)) => {
                *byte = (high * 16 + low) as u8;
                true
            }
            _ => false,
        })
}

/// Something that took time.
#[derive(Clone, Debug)]
pub struct Span {
    /// Where it hangs.
    pub context: Context,
    /// What it is, in few words and without names of anybody's.
    pub name: String,
    /// Whether it answers somebody outside.
    pub serves: bool,
    /// How long it took, until now.
    pub took: Duration,
    /// What else is known, by the names that OpenTelemetry gives it.
    pub attributes: Vec<(&'static str, Value)>,
    /// Whether it failed through a fault of ours.
    pub failed: bool,
}

/// Where spans are handed in.
#[derive(Debug)]
pub struct Spans {
    queue: mpsc::Sender<(Span, i64)>,
    metrics: Arc<Metrics>,
}

/// Takes spans to the collector.
#[derive(Debug)]
pub struct Exporter {
    collector: Collector,
    queue: mpsc::Receiver<(Span, i64)>,
    metrics: Arc<Metrics>,
}

/// The address of a collector.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Collector {
    authority: String,
    path: String,
}

impl Collector {
    fn parse(url: &str) -> Option<Self> {
        let rest = url.strip_prefix("http://")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = authority.rsplit_once(':')?;
        let plain = |text: &str, also: &[u8]| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || also.contains(&byte));
        let is_address = !host.is_empty() && plain(host, b"-.[]:") && port.parse::<u16>().is_ok() && plain(path, b"-._/");
        let path = path.trim_end_matches('/');
        let path = if path.is_empty() { "/v1/traces".to_owned() } else { format!("/{path}/v1/traces") };
        is_address.then(|| Collector { authority: authority.to_owned(), path })
    }
}

/// Sees that the address of a collector can be one.
///
/// # Errors
/// `out_of_range`.
pub fn check(url: &str) -> Result<(), Problem> {
    Collector::parse(url).map(|_| ()).ok_or_else(|| {
        Problem::new(
            Code::OutOfRange,
            "/otlp_endpoint",
            format!("{url:?} is no address of a collector."),
            "Write http://host:port, for example http://127.0.0.1:4318; TLS and headers are for a collector beside this server.",
        )
    })
}

/// Both ends of the queue; `None` where the address is none.
pub fn channel(url: &str, metrics: &Arc<Metrics>) -> Option<(Spans, Exporter)> {
    let collector = Collector::parse(url)?;
    let (sender, queue) = mpsc::channel(QUEUE_MAX);
    let spans = Spans { queue: sender, metrics: Arc::clone(metrics) };
    Some((spans, Exporter { collector, queue, metrics: Arc::clone(metrics) }))
}

impl Spans {
    /// Hands in something that has just ended.
    pub fn add(&self, span: Span) {
        if self.queue.try_send((span, SystemClock.now_ns())).is_err() {
            self.metrics.count("allocator_spans_dropped_total", &[]);
        }
    }
}

impl Exporter {
    /// Delivers until `stop` becomes true, and then once more.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut away = false;
        loop {
            let mut batch = Vec::new();
            let stopping = tokio::select! {
                () = stopped(&mut stop) => true,
                first = self.queue.recv() => match first {
                    Some(first) => {
                        batch.push(first);
                        self.fill(&mut batch, &mut stop).await
                    }
                    None => true,
                },
            };
            while batch.len() < BATCH_MAX
                && let Ok(span) = self.queue.try_recv()
            {
                batch.push(span);
            }
            if !batch.is_empty() {
                let delivered = tokio::time::timeout(PATIENCE, self.deliver(&batch)).await;
                let reason = match delivered {
                    Ok(Ok(())) => None,
                    Ok(Err(reason)) => Some(reason),
                    Err(_) => Some("no answer in time".to_owned()),
                };
                if let Some(reason) = &reason {
                    self.metrics.add("allocator_spans_dropped_total", &[], batch.len() as f64);
                    if !away {
                        tracing::warn!(collector = self.collector.authority, reason, "spans are not taken and are dropped");
                    }
                }
                away = reason.is_some();
            }
            if stopping {
                return;
            }
        }
    }

    /// Waits for more to go along. Says whether the server stops.
    async fn fill(&mut self, batch: &mut Vec<(Span, i64)>, stop: &mut watch::Receiver<bool>) -> bool {
        let until = tokio::time::Instant::now() + LINGER;
        while batch.len() < BATCH_MAX {
            tokio::select! {
                () = tokio::time::sleep_until(until) => return false,
                () = stopped(stop) => return true,
                more = self.queue.recv() => match more {
                    Some(span) => batch.push(span),
                    None => return true,
                },
            }
        }
        false
    }

    async fn deliver(&self, batch: &[(Span, i64)]) -> Result<(), String> {
        let body = written(batch).to_string();
        let stream = TcpStream::connect(&self.collector.authority).await.map_err(|error| error.to_string())?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        let request = Request::post(&self.collector.path)
            .header(header::HOST, &self.collector.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONNECTION, "close")
            .body(Body::from(body))
            .map_err(|error| error.to_string())?;
        // Driven beside the answer, and no longer than it is waited for.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let status = sender.send_request(request).await.map_err(|error| error.to_string())?.status();
        if status.is_success() { Ok(()) } else { Err(format!("status {status}")) }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stopping| *stopping).await);
}

/// The request that OTLP wants: numbers of 64 bits as text, ids as hexadecimal digits.
fn written(batch: &[(Span, i64)]) -> Value {
    let value = |value: &Value| match value {
        Value::Number(number) => json!({ "intValue": number.to_string() }),
        Value::String(text) => json!({ "stringValue": text }),
        other => json!({ "stringValue": other.to_string() }),
    };
    let attribute = |(name, held): &(&str, Value)| json!({ "key": name, "value": value(held) });
    let spans: Vec<Value> = batch
        .iter()
        .map(|(span, end_ns)| {
            let start_ns = end_ns.saturating_sub(i64::try_from(span.took.as_nanos()).unwrap_or(i64::MAX));
            let mut written = json!({
                "attributes": span.attributes.iter().map(attribute).collect::<Vec<_>>(),
                "endTimeUnixNano": end_ns.to_string(),
                "kind": if span.serves { 2 } else { 1 },
                "name": span.name,
                "spanId": crate::journal::hex(&span.context.span),
                "startTimeUnixNano": start_ns.to_string(),
                "traceId": crate::journal::hex(&span.context.trace),
            });
            if let Some(parent) = &span.context.parent {
                written["parentSpanId"] = json!(crate::journal::hex(parent));
            }
            if span.failed {
                written["status"] = json!({ "code": 2 });
            }
            written
        })
        .collect();
    let us = [("service.name", json!("allocator")), ("service.version", json!(env!("CARGO_PKG_VERSION")))];
    json!({ "resourceSpans": [{
        "resource": { "attributes": us.iter().map(attribute).collect::<Vec<_>>() },
        "scopeSpans": [{ "scope": { "name": "allocator" }, "spans": spans }],
    }] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_continued_where_the_caller_names_one() {
        let of = |text: &str| {
            Context::of(Some(&HeaderMap::from_iter([(header::HeaderName::from_static("traceparent"), text.parse().unwrap())])))
                .unwrap()
        };
        // The example of W3C's Trace Context.
        let given = of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        assert_eq!(crate::journal::hex(&given.trace), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(given.parent.map(|id| crate::journal::hex(&id)).as_deref(), Some("00f067aa0ba902b7"));
        for bad in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        ] {
            let fresh = of(bad);
            assert!(fresh.parent.is_none() && fresh.trace != given.trace && fresh.trace != [0; 16], "{bad}");
        }
    }

    #[test]
    fn addresses_of_collectors() {
        let of = |url: &str| Collector::parse(url).map(|it| (it.authority, it.path));
        let some = |authority: &str, path: &str| Some((authority.to_owned(), path.to_owned()));
        assert_eq!(of("http://127.0.0.1:4318"), some("127.0.0.1:4318", "/v1/traces"));
        assert_eq!(of("http://[::1]:4318/otel/"), some("[::1]:4318", "/otel/v1/traces"));
        for bad in
            ["", "https://a.b:4318", "http://a.b", "http://:4318", "http://u:p@a.b:4318", "http://a.b:4318/ x", "http://a.b:port"]
        {
            assert!(of(bad).is_none() && check(bad).is_err(), "{bad}");
        }
    }

    #[tokio::test]
    async fn a_full_queue_drops_and_counts() {
        let metrics: Arc<Metrics> = Arc::default();
        let (spans, exporter) = channel("http://127.0.0.1:9", &metrics).unwrap();
        let span = Span {
            context: Context::of(None).unwrap(),
            name: "x".to_owned(),
            serves: false,
            took: Duration::ZERO,
            attributes: Vec::new(),
            failed: false,
        };
        for _ in 0..QUEUE_MAX + 3 {
            spans.add(span.clone());
        }
        assert_eq!(metrics.get("allocator_spans_dropped_total", &[]), Some(3.0));
        drop(exporter);
    }
}

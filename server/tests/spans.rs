//! Spans for an OpenTelemetry collector: one for each request and cycle, and no harm without one.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use allocator_core::wire::{Json, parse};
use common::{Served, desk, text};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A collector that answers every delivery and passes its body on.
fn collector() -> (String, Receiver<Json>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (heard, hear) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map(Result::unwrap) {
            let mut stream = BufReader::new(stream);
            let (mut first, mut length) = (String::new(), 0);
            stream.read_line(&mut first).unwrap();
            assert!(first.starts_with("POST /v1/traces HTTP/1.1"), "{first}");
            loop {
                let mut line = String::new();
                stream.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
            if heard.send(parse(&body).unwrap()).is_err() {
                return;
            }
        }
    });
    (url, hear)
}

fn spans(delivery: &Json) -> Vec<Json> {
    let first = |json: &Json, key: &str| json.get(key).unwrap().as_array().unwrap()[0].clone();
    first(&first(delivery, "resourceSpans"), "scopeSpans").get("spans").unwrap().as_array().unwrap().to_vec()
}

/// The value of an attribute, as text.
fn attribute(span: &Json, key: &str) -> Option<String> {
    let found =
        span.get("attributes").unwrap().as_array().unwrap().iter().find(|one| text(one, "key") == key)?.get("value").unwrap();
    ["stringValue", "intValue"].iter().find_map(|kind| found.get(kind)?.as_str().map(str::to_owned))
}

#[test]
fn requests_and_cycles_become_spans_that_continue_the_callers_trace() {
    let (url, deliveries) = collector();
    let desk = desk();
    let server = Served::start(&desk, &["--set", &format!("otlp_endpoint={url}")]);
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    server.ask("POST", "/api/v1/blend", &[("traceparent", parent), ("x-request-id", "desk-1")], b"{}");
    server.post("/api/v1/portfolios/main/cycles", b"");
    let mut found = Vec::new();
    while found.len() < 3 {
        found.extend(spans(&deliveries.recv_timeout(Duration::from_secs(20)).unwrap()));
    }
    let named = |name: &str| found.iter().find(|span| text(span, "name") == name).unwrap_or_else(|| panic!("{name}: {found:?}"));
    let blend = named("POST /api/v1/blend");
    assert_eq!((text(blend, "traceId"), text(blend, "parentSpanId")), (&parent[3..35], &parent[36..52]));
    assert_eq!(attribute(blend, "http.response.status_code").as_deref(), Some("422"));
    assert_eq!(attribute(blend, "error.type").as_deref(), Some("missing_field"));
    assert_eq!(attribute(blend, "allocator.request_id").as_deref(), Some("desk-1"));
    assert!(blend.get("status").is_none(), "the caller's fault is no failure of ours");
    let number = |key: &str| text(blend, key).parse::<u64>().unwrap();
    assert!(number("startTimeUnixNano") < number("endTimeUnixNano"));
    let cycle = named("cycle");
    assert_eq!(
        (attribute(cycle, "allocator.portfolio").as_deref(), attribute(cycle, "allocator.outcome").as_deref()),
        (Some("main"), Some("empty"))
    );
    assert!(cycle.get("parentSpanId").is_none());
    assert_eq!(server.metric("allocator_spans_dropped_total"), None);
}

#[test]
fn without_its_collector_the_server_says_so_once_and_goes_on() {
    let desk = desk();
    // Nobody listens on the discard port.
    let server = Served::start(&desk, &["--set", "otlp_endpoint=http://127.0.0.1:9"]);
    let start = Instant::now();
    while server.metric("allocator_spans_dropped_total").is_none_or(|count| count < 3.0) {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(200));
    }
    let warned = desk.log().iter().filter(|line| line.get("collector").is_some()).count();
    assert_eq!(warned, 1);
    let run = desk.run(&["serve", "--listen", "127.0.0.1:0", "--set", "otlp_endpoint=collector:4318", "--format", "json"]);
    assert_eq!((run.code(), run.faults()), (2, vec![("out_of_range".to_owned(), "--set otlp_endpoint".to_owned())]));
}

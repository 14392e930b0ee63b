//! Events as they happen, by server-sent events and WebSocket, resumed from any id.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use allocator_core::wire::{Json, parse};
use common::{Served, desk, text};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn signals(server: &Served, i: usize) {
    let body = format!(r#"{{"version":1,"signals":{{"s{i}":[["X",1,1]]}}}}"#);
    assert_eq!(server.post("/api/v1/portfolios/main/signals", body.as_bytes()).status, 200);
}

/// An open stream of server-sent events.
struct Events(BufReader<TcpStream>);

impl Events {
    fn open(server: &Served, query: &str, last: Option<&str>) -> Events {
        let mut stream = server.connect();
        let last = last.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
        let head = format!("GET /api/v1/events{query} HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n{last}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut events = Events(BufReader::new(stream));
        while events.line() != ": connected" {}
        events
    }

    /// The next line, without what chunked transfer puts around it; at the end of the stream `end`.
    fn line(&mut self) -> String {
        let mut line = String::new();
        if self.0.read_line(&mut line).unwrap_or(0) == 0 { "end".to_owned() } else { line.trim_end().to_owned() }
    }

    /// Id and name of the strategy of the next event.
    fn next(&mut self) -> Option<(String, String)> {
        let mut id = String::new();
        loop {
            let line = self.line();
            if line == "end" {
                return None;
            }
            if let Some(found) = line.strip_prefix("id: ") {
                found.clone_into(&mut id);
            }
            if let Some(data) = line.strip_prefix("data: ") {
                let event = parse(data.as_bytes()).unwrap();
                return Some((id, text(event.get("data").unwrap(), "strategy").to_owned()));
            }
        }
    }
}

#[test]
fn a_stream_goes_on_where_it_was_left_also_after_a_crash() {
    let desk = desk();
    let mut server = Served::start(&desk, &[]);
    let mut events = Events::open(&server, "?topics=signals", None);
    for i in 0..3 {
        signals(&server, i);
    }
    let heard: Vec<_> = (0..3).map(|_| events.next().unwrap()).collect();
    assert_eq!(heard.iter().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["s0", "s1", "s2"]);
    drop(events);
    signals(&server, 3);
    server.kill();
    let server = Served::start(&desk, &[]);
    signals(&server, 4);
    let mut events = Events::open(&server, "?topics=signals", Some(&heard[1].0));
    let again: Vec<String> = (0..3).map(|_| events.next().unwrap().1).collect();
    assert_eq!(again, ["s2", "s3", "s4"], "nothing missed, nothing twice");
    let page = server.get(&format!("/api/v1/events?topics=signals&after={}&limit=1", heard[2].0)).json();
    assert_eq!(page.get("events").unwrap().as_array().unwrap().len(), 1);
    assert!(page.get("next").unwrap().as_f64().is_some());
    assert_eq!(server.get("/api/v1/events?topics=rumours").code(), "unknown_choice");
    assert_eq!(server.get("/api/v1/events?after=x").code(), "wrong_type");
}

#[test]
fn streams_are_counted_and_end_with_the_server() {
    let desk = desk();
    let mut server = Served::start(&desk, &["--set", "streams_max=2"]);
    let mut held = [Events::open(&server, "", None), Events::open(&server, "", None)];
    let refused = server.ask("GET", "/api/v1/events", &[("accept", "text/event-stream")], b"");
    assert_eq!((refused.status, refused.code().as_str(), refused.header("retry-after")), (503, "overloaded", Some("1")));
    assert_eq!(server.metric("allocator_streams_open"), Some(2.0));
    let start = Instant::now();
    server.terminate();
    for events in &mut held {
        assert_eq!(events.next(), None);
    }
    assert_eq!(common::wait(&mut server.child).code(), Some(0));
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn a_websocket_hears_the_same_and_takes_signals() {
    let desk = desk();
    let server = Served::start(&desk, &[]);
    let stream = server.connect();
    let url = format!("ws://{}/api/v1/socket?topics=signals", server.address);
    let (mut socket, _) = tungstenite::client(url, stream).unwrap();
    let send = |socket: &mut tungstenite::WebSocket<TcpStream>, message: &str| {
        socket.send(tungstenite::Message::text(message)).unwrap();
    };
    let hear = |socket: &mut tungstenite::WebSocket<TcpStream>| loop {
        if let tungstenite::Message::Text(said) = socket.read().unwrap() {
            return parse(said.as_bytes()).unwrap();
        }
    };
    let message = |portfolio: &str, rows: &str| {
        format!(r#"{{"type":"signals","ref":"r1","portfolio":"{portfolio}","body":{{"version":1,"signals":{{"m":{rows}}}}}}}"#)
    };
    send(&mut socket, &message("main", "[[\"X\",1,1]]"));
    let mut kinds = [hear(&mut socket), hear(&mut socket)];
    kinds.sort_by_key(|said| text(said, "type").to_owned());
    assert_eq!((text(&kinds[0], "type"), text(&kinds[0], "kind")), ("event", "signals"));
    assert_eq!((text(&kinds[1], "type"), text(&kinds[1], "ref")), ("received", "r1"));
    for (said, code) in [
        (message("mian", "[]"), "not_found"),
        (message("main", "[[\"X\",1,null]]"), "not_finite"),
        ("{".to_owned(), "invalid_json"),
        ("{\"type\":\"orders\"}".to_owned(), "unknown_choice"),
        ("{\"type\":\"signals\"}".to_owned(), "missing_field"),
    ] {
        send(&mut socket, &said);
        let answer = hear(&mut socket);
        assert_eq!((text(&answer, "type"), text(answer.get("problem").unwrap(), "code")), ("problem", code), "{said}");
    }
    assert!(matches!(server.get("/api/v1/portfolios/main").json().get("signals").unwrap().get("m"), Some(Json::Object(_))));
    assert_eq!(server.get("/api/v1/socket").code(), "invalid_usage", "not without an upgrade");
}

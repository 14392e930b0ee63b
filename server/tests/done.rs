//! The acceptance of the server's spine, as one script.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use allocator_core::wire::{Json, parse};
use common::redis_server::Redis;
use common::{Served, desk, text};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

#[test]
fn correlated_strategies_are_heard_by_redis_cli_and_an_allocation_is_submitted_once_by_its_digest() {
    let desk = desk();
    let mut redis = Redis::start(&["--appendonly", "yes", "--appendfsync", "always"]);
    let url = redis.url();
    let arguments = ["--redis", url.as_str()];
    let mut server = Served::start(&desk, &arguments);

    // The strategies of returns.csv as a request: `a` and `b` move together.
    let run = desk.run(&["correlation", "--returns", "returns.csv", "--emit-request", "request.json"]);
    assert_eq!(run.code(), 0);
    let mut subscriber = Command::new("redis-cli")
        .args(["-p", &redis.port.to_string(), "SUBSCRIBE", "alerts"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("redis-cli comes with redis-tools");
    let mut lines = BufReader::new(subscriber.stdout.take().unwrap()).lines().map(Result::unwrap);
    // "subscribe", "alerts", 1: the subscription stands.
    assert_eq!(lines.by_ref().take(3).last().unwrap(), "1");
    assert_eq!(server.post("/api/v1/correlation?emit=true", &desk.read("request.json")).status, 200);
    let heard = lines.by_ref().nth(2).unwrap();
    assert!(heard.contains("\"metric\":\"strategy_correlation\"") && heard.contains("\"severity\":\"WARNING\""), "{heard}");
    subscriber.kill().unwrap();
    subscriber.wait().unwrap();

    // What the browser shows is what the core computes: its digest.
    let request = br#"{"version":1,"signals":{"a":[["X",1,0.5],["Y",2,0.5]],"b":[["X",1,1]],"c":[["Z",1,1]]}}"#;
    let seen = parse(&allocator_core::op::run("blend", request).unwrap()).unwrap();
    let digest = text(&seen, "digest");
    let body = |request: &[u8]| {
        format!(r#"{{"version":1,"operation":"blend","digest":"{digest}","request":{}}}"#, std::str::from_utf8(request).unwrap())
    };
    let path = "/api/v1/portfolios/main/submissions";
    let submit = |server: &Served, key: &str, request: &[u8]| {
        server.ask("POST", path, &[("idempotency-key", key)], body(request).as_bytes())
    };
    redis.kill();
    assert_eq!(submit(&server, "decision-1", request).status, 201, "Redis is not needed to hand in");
    server.kill();
    let server = Served::start(&desk, &arguments);
    assert_eq!(submit(&server, "decision-1", request).status, 200, "the retry meets the same submission");
    redis.restart();
    let stream = redis.await_stream("allocator:submissions", 1);
    assert_eq!(stream.len(), 1);
    assert_eq!(text(&parse(stream[0].1["payload"].as_bytes()).unwrap(), "digest"), digest);

    // One weight is changed.
    let changed = std::str::from_utf8(request).unwrap().replace("0.5]]", "0.6]]");
    let refused = submit(&server, "decision-2", changed.as_bytes());
    assert_eq!((refused.status, refused.code().as_str()), (409, "digest_mismatch"));
    assert_eq!(redis.stream("allocator:submissions").len(), 1);

    drop(server);
    let verified = desk.run(&["replay", "--verify", "--format", "json"]).answer();
    assert_eq!(verified.get("valid"), Some(&Json::Bool(true)));
    assert_eq!(verified.get("rebuilt").unwrap().as_f64(), Some(1.0));
    assert_eq!(verified.get("entries").unwrap().get("alert").unwrap().as_f64(), Some(1.0));
}

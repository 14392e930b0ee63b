//! What must not get in: each has its typed error, its line in the log and its figure, and loses nothing.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use allocator_core::wire::Json;
use common::redis_server::Redis;
use common::{Desk, Served, desk, text};
use redis::Commands as _;
use std::io::Write as _;
use std::time::{Duration, Instant};

const REQUEST: &str = r#"{"version":1,"signals":{"a":[["X",1,0.5],["Y",2,0.5]],"b":[["X",1,1]]}}"#;
const OTHER: &str = r#"{"version":1,"signals":{"a":[["X",1,0.6],["Y",2,0.4]],"b":[["X",1,1]]}}"#;
const PATH: &str = "/api/v1/portfolios/main/submissions";

fn body(digest: &str, request: &str) -> String {
    format!(r#"{{"version":1,"operation":"blend","digest":"{digest}","request":{request}}}"#)
}

/// Lines of the log that say a code.
fn logged(desk: &Desk, code: &str) -> usize {
    desk.log().iter().filter(|line| line.get("code").and_then(Json::as_str) == Some(code)).count()
}

fn token(desk: &Desk, name: &str, role: &str) -> String {
    let made = desk.run(&["token", "add", "--name", name, "--role", role]).answer();
    format!("Bearer {}", text(&made, "token"))
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn over_http_each_has_its_code_its_line_and_its_figure_and_the_one_good_submission_stands() {
    let desk = desk();
    let (analyst, viewer) = (token(&desk, "ann", "analyst"), token(&desk, "vera", "viewer"));
    let server = Served::start(&desk, &["--set", "body_bytes_max=4096", "--set", "body_timeout_ms=300"]);
    let ask = |path: &str, bearer: &str, key: &str, said: &[u8]| {
        server.ask("POST", path, &[("authorization", bearer), ("idempotency-key", key)], said)
    };
    let digest = |request: &str| text(&ask("/api/v1/blend", &analyst, "-", request.as_bytes()).json(), "digest").to_owned();
    let (seen, other) = (digest(REQUEST), digest(OTHER));
    assert_eq!(ask(PATH, &analyst, "good", body(&seen, REQUEST).as_bytes()).status, 201);
    let figure = |code: &str| {
        let text = String::from_utf8(server.ask("GET", "/metrics", &[("authorization", &analyst)], b"").body).unwrap();
        let line = format!("allocator_problems_total{{code=\"{code}\"}}");
        text.lines().find_map(|found| found.strip_prefix(&line)?.trim().parse::<f64>().ok()).unwrap_or(0.0)
    };
    let long = "9".repeat(8192);
    for (what, bearer, key, said, status, code) in [
        ("a forged digest", &analyst, "k1", body(&"0".repeat(64), REQUEST), 409, "digest_mismatch"),
        ("the digest of another request", &analyst, "k2", body(&other, REQUEST), 409, "digest_mismatch"),
        ("a key replayed for something else", &analyst, "good", body(&other, OTHER), 409, "idempotency_mismatch"),
        ("a digest that nobody recorded", &analyst, "k3", format!(r#"{{"version":1,"digest":"{other}"}}"#), 404, "not_found"),
        ("an oversized body", &analyst, "k4", format!(r#"{{"version":1,"digest":"{long}"}}"#), 413, "limit_exceeded"),
        ("a wrong role", &viewer, "k5", body(&seen, REQUEST), 403, "forbidden"),
        ("a wrong token", &"Bearer maa_wrong".to_owned(), "k6", body(&seen, REQUEST), 401, "unauthorized"),
    ] {
        let (lines, before) = (logged(&desk, code), figure(code));
        let reply = ask(PATH, bearer, key, said.as_bytes());
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{what}");
        assert_eq!(reply.header("content-type"), Some("application/problem+json"), "{what}");
        assert!(logged(&desk, code) > lines, "{what} is in the log");
        assert_eq!(figure(code), before + 1.0, "{what} is counted");
    }
    // Half a body: one that stops, and one whose sender goes away.
    let half = format!(
        "POST {PATH} HTTP/1.1\r\nhost: localhost\r\nauthorization: {analyst}\r\nidempotency-key: half\r\ncontent-type: application/json\r\n\
         content-length: 200\r\n\r\n{{\"version\":1,"
    );
    let reply = server.send(half.as_bytes());
    assert_eq!((reply.status, reply.code().as_str()), (408, "request_timeout"));
    assert_eq!(figure("request_timeout"), 1.0);
    until("the half-sent body is in the log", || logged(&desk, "request_timeout") > 0);
    let (lines, before) = (logged(&desk, "invalid_usage"), figure("invalid_usage"));
    let mut gone = server.connect();
    gone.write_all(half.as_bytes()).unwrap();
    drop(gone);
    until("whose sender went away is in the log", || logged(&desk, "invalid_usage") > lines);
    assert_eq!(figure("invalid_usage"), before + 1.0);
    // Replayed as it was, it is the same; nothing of all that left anything behind.
    let again = ask(PATH, &analyst, "good", body(&seen, REQUEST).as_bytes());
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, Some("true")));
    let listed = server.ask("GET", "/api/v1/submissions", &[("authorization", &viewer)], b"").json();
    assert_eq!(listed.get("submissions").unwrap().as_array().unwrap().len(), 1);
    let log = String::from_utf8(desk.read("log.json")).unwrap();
    assert!(!log.contains("maa_"), "no secret in the log");
}

#[test]
fn a_poisoned_entry_is_put_aside_and_those_around_it_take_effect() {
    let (desk, redis) = (desk(), Redis::start(&[]));
    let server = Served::start(&desk, &["--redis", &redis.url()]);
    let mut connection = redis.connect();
    let good = |name: &str| format!(r#"{{"version":1,"signals":{{"{name}":[["X",1,1]]}}}}"#);
    let mut add = |fields: &[(&str, &[u8])]| {
        let _: String = connection.xadd("allocator:signals", "*", fields).unwrap();
    };
    add(&[("portfolio", b"main"), ("payload", good("first").as_bytes())]);
    add(&[("portfolio", b"main"), ("payload", b"\xff\xfe\x00 poison")]);
    add(&[("nonsense", b"1")]);
    add(&[("portfolio", b"nowhere"), ("payload", good("lost").as_bytes())]);
    add(&[("portfolio", b"main"), ("payload", good("last").as_bytes())]);
    let dead = redis.await_stream("allocator:signals:dead", 3);
    let codes: Vec<&str> = dead.iter().map(|(_, fields)| fields["code"].as_str()).collect();
    assert_eq!(codes, ["invalid_json", "missing_field", "not_found"]);
    assert!(dead.iter().all(|(_, fields)| !fields["reason"].is_empty()));
    until("the good ones have arrived", || {
        let held = server.get("/api/v1/portfolios/main").json();
        ["first", "last"].iter().all(|name| held.get("signals").unwrap().get(name).is_some())
    });
    for code in codes {
        assert!(logged(&desk, code) > 0, "{code}");
        assert_eq!(server.metric(&format!("allocator_dead_letters_total{{code=\"{code}\"}}")), Some(1.0));
    }
    until("all are acknowledged", || {
        let pending: redis::streams::StreamPendingReply = connection.xpending("allocator:signals", "allocator").unwrap();
        pending.count() == 0
    });
}

#[test]
fn a_redis_without_memory_takes_nothing_loses_nothing_and_is_named() {
    let (desk, redis) = (desk(), Redis::start(&["--maxmemory", "1", "--maxmemory-policy", "noeviction"]));
    let server = Served::start(&desk, &["--redis", &redis.url(), "--set", "redis_timeout_ms=500"]);
    let digest = text(&server.post("/api/v1/blend", REQUEST.as_bytes()).json(), "digest").to_owned();
    let taken = server.ask("POST", PATH, &[("idempotency-key", "k")], body(&digest, REQUEST).as_bytes());
    assert_eq!(taken.status, 201, "Redis is not needed to hand in");
    until("it is said", || text(&server.get("/readyz").json(), "status") == "ready, without Redis");
    assert!(logged(&desk, "redis_unavailable") > 0);
    assert!(server.metric("allocator_problems_total{code=\"redis_unavailable\"}").is_some_and(|count| count >= 1.0));
    assert_eq!(server.metric("allocator_redis_connected"), Some(0.0));
    assert_eq!(server.metric("allocator_outbox_depth{stream=\"submissions\"}"), Some(1.0));
    let _: () = redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("0").query(&mut redis.connect()).unwrap();
    assert_eq!(redis.await_stream("allocator:submissions", 1).len(), 1);
    until("it is said", || text(&server.get("/readyz").json(), "status") == "ready");
}

#[test]
fn times_in_the_future_are_refused_on_every_road() {
    let (desk, redis) = (desk(), Redis::start(&[]));
    let server = Served::start(&desk, &["--redis", &redis.url()]);
    let ahead = r#"{"version":1,"as_of":"2199-01-01","signals":{"a":[["X",1,1]]}}"#;
    let reply = server.post("/api/v1/portfolios/main/signals", ahead.as_bytes());
    assert_eq!((reply.status, reply.code().as_str()), (422, "clock_skew"));
    let positions = br#"{"version":1,"as_of":"2199-01-01","positions":{"X":1}}"#;
    assert_eq!(server.post("/api/v1/portfolios/main/positions", positions).code(), "clock_skew");
    assert_eq!(server.metric("allocator_problems_total{code=\"clock_skew\"}"), Some(2.0));
    assert!(logged(&desk, "clock_skew") >= 2);
    let _: String = redis.connect().xadd("allocator:signals", "*", &[("portfolio", "main"), ("payload", ahead)]).unwrap();
    assert_eq!(redis.await_stream("allocator:signals:dead", 1)[0].1["code"], "clock_skew");
    until("it is counted", || server.metric("allocator_dead_letters_total{code=\"clock_skew\"}") == Some(1.0));
    let shown = server.get("/api/v1/portfolios/main").json();
    assert!(shown.get("signals").unwrap().get("a").is_none() && shown.get("held") == Some(&Json::Null), "nothing was kept");
}

/// A file system of so few bytes in memory; nothing where this user may not make one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn make(kib: u32) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let size = format!("size={kib}k");
        let done = std::process::Command::new("mount").args(["-t", "tmpfs", "-o", &size, "allocator"]).arg(dir.path()).output();
        done.is_ok_and(|done| done.status.success()).then(|| SmallDisk(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
fn a_full_disk_refuses_a_submission_and_takes_it_when_there_is_room() {
    let desk = desk();
    let Some(disk) = SmallDisk::make(1_536) else {
        println!("skipped: this user may not mount a small disk; the journal's own limit is tested beside this");
        return;
    };
    let data = disk.0.path().to_str().unwrap().to_owned();
    let server = Served::start(&desk, &["--data", &data]);
    let digest = text(&server.post("/api/v1/blend", REQUEST.as_bytes()).json(), "digest").to_owned();
    let submit = |key: &str| server.ask("POST", PATH, &[("idempotency-key", key)], body(&digest, REQUEST).as_bytes());
    assert_eq!(submit("before").status, 201);
    // Somebody else fills the disk to its last byte.
    let filler = disk.0.path().join("filler");
    let mut file = std::fs::File::create(&filler).unwrap();
    while file.write(&[7; 4096]).is_ok_and(|count| count > 0) {}
    drop(file);
    let refused = (0..50).find_map(|i| {
        let reply = submit(&format!("full{i}"));
        (reply.status != 201).then_some((i, reply))
    });
    let (i, reply) = refused.expect("there was no room");
    assert_eq!((reply.status, reply.code().as_str()), (507, "storage_full"));
    assert!(logged(&desk, "storage_full") > 0);
    assert_eq!(server.metric("allocator_problems_total{code=\"storage_full\"}"), Some(1.0));
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(submit("before").status, 200, "what was answered before is still known");
    std::fs::remove_file(&filler).unwrap();
    assert_eq!(submit(&format!("full{i}")).status, 201, "room again");
    drop(server);
    let verified = desk.run(&["replay", "--verify", "--data", &data, "--format", "json"]).answer();
    assert_eq!(verified.get("valid"), Some(&Json::Bool(true)));
    assert_eq!(verified.get("entries").unwrap().get("submission").unwrap().as_f64(), Some(f64::from(i) + 2.0));
}

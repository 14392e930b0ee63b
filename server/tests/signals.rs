//! Signals in by every road, and the cycles that are made of them.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use allocator_core::wire::{Json, parse};
use common::redis_server::Redis;
use common::{Desk, Served, desk, text};
use redis::Commands as _;
use std::time::{Duration, Instant};

const SIGNALS: &str = r#"{"version":1,"as_of":"2026-01-02T09:30:00Z","signals":{"momentum":[["AAPL",0.9,0.6],["MSFT",0.4,0.4]],"value":[["MSFT",1.2,1]]}}"#;
const PATH: &str = "/api/v1/portfolios/main/signals";

fn configured(desk: &Desk, portfolio: &str) {
    desk.write("server.yaml", format!("server:\n  portfolios:\n    main: {portfolio}\n"));
}

fn status_of(reply: &Json, strategy: &str) -> String {
    text(reply.get("strategies").unwrap().get(strategy).unwrap(), "status").to_owned()
}

#[test]
fn signals_are_taken_once_and_older_ones_are_not() {
    let desk = desk();
    let mut server = Served::start(&desk, &[]);
    let taken = server.post(PATH, SIGNALS.as_bytes());
    assert_eq!((taken.status, status_of(&taken.json(), "value").as_str()), (200, "taken"));
    assert_eq!(status_of(&server.post(PATH, SIGNALS.as_bytes()).json(), "momentum"), "unchanged");
    let older = SIGNALS.replace("2026-01-02", "2026-01-01").replace("0.9", "0.8");
    assert_eq!(status_of(&server.post(PATH, older.as_bytes()).json(), "momentum"), "older");
    server.kill();
    let server = Served::start(&desk, &[]);
    let shown = server.get("/api/v1/portfolios/main").json();
    let momentum = shown.get("signals").unwrap().get("momentum").unwrap();
    assert_eq!((text(momentum, "as_of"), momentum.get("rows").unwrap().as_f64()), ("2026-01-02T09:30:00.000Z", Some(2.0)));
    assert_eq!(momentum.get("fresh"), Some(&Json::Bool(false)));
}

#[test]
fn bad_signals_are_refused_whole_with_every_fault() {
    let desk = desk();
    let server = Served::start(&desk, &[]);
    for (body, expected) in [
        ("{", (400, "invalid_json")),
        (r#"{"version":1}"#, (422, "empty")),
        (r#"{"version":2,"signals":{}}"#, (422, "unsupported_version")),
        (r#"{"version":1,"signls":{}}"#, (422, "unknown_field")),
        (r#"{"version":1,"as_of":"yesterday","signals":{"a":[["X",1,1]]}}"#, (422, "invalid_date")),
        (r#"{"version":1,"as_of":"2199-01-01","signals":{"a":[["X",1,1]]}}"#, (422, "clock_skew")),
        (r#"{"version":1,"signals":{"a":[["X",1,1],["X",1,1]]}}"#, (422, "duplicate")),
        (r#"{"version":1,"signals":{"a":[["X",1,null]]}}"#, (422, "not_finite")),
    ] {
        let reply = server.post(PATH, body.as_bytes());
        assert_eq!((reply.status, reply.code().as_str()), expected, "{body}");
    }
    assert_eq!(server.post("/api/v1/portfolios/mian/signals", SIGNALS.as_bytes()).status, 404);
    let kind = [("content-type", "image/png")];
    assert_eq!(server.ask("POST", PATH, &kind, b"x").code(), "unsupported_media_type");
    let shown = server.get("/api/v1/portfolios/main").json();
    assert_eq!(shown.get("signals").unwrap(), &parse(b"{}").unwrap(), "nothing of it was kept");
}

#[test]
fn data_files_are_signals_too() {
    let desk = desk();
    let run =
        desk.run(&["blend", "--signals", "momentum.csv", "--signals", "value.csv", "--format", "arrow", "--out", "w.arrow"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
    let server = Served::start(&desk, &[]);
    let csv =
        server.ask("POST", &format!("{PATH}?strategy=momentum"), &[("content-type", "text/csv")], common::MOMENTUM.as_bytes());
    assert_eq!(status_of(&csv.json(), "momentum"), "taken");
    let arrow = [("content-type", "application/vnd.apache.arrow.stream")];
    let reply = server.ask("POST", &format!("{PATH}?strategy=weights&as_of=2026-01-02"), &arrow, &desk.read("w.arrow"));
    assert_eq!(status_of(&reply.json(), "weights"), "taken", "{}", String::from_utf8_lossy(&reply.body));
    assert_eq!(server.ask("POST", PATH, &arrow, b"nonsense").status, 422);
}

#[test]
fn a_cycle_blends_what_has_arrived_and_records_every_step() {
    let desk = desk();
    configured(&desk, "{strategies: [momentum, value], freshness_ms: 4294967295, stale: hold_last, submit: true}");
    let server = Served::start(&desk, &["--config", "server.yaml"]);
    let missing = server.post("/api/v1/portfolios/main/cycles", b"");
    assert_eq!((missing.status, missing.code().as_str()), (422, "missing_signals"));
    assert_eq!(missing.json().get("problems").unwrap().as_array().unwrap().len(), 2);
    server.post(PATH, SIGNALS.as_bytes());
    let cycle = server.post("/api/v1/portfolios/main/cycles", b"");
    assert_eq!(cycle.status, 201, "{}", String::from_utf8_lossy(&cycle.body));
    let cycle = cycle.json();
    let steps: Vec<&str> = cycle.get("steps").unwrap().as_array().unwrap().iter().map(|step| text(step, "name")).collect();
    assert_eq!(steps, ["collect", "correlation", "blend", "record", "submit"]);
    // The same allocation as a blend of the same signals.
    let request =
        format!(r#"{{"version":1,"signals":{}}}"#, &SIGNALS[SIGNALS.find("\"signals\":").unwrap() + 10..SIGNALS.len() - 1]);
    let blended = server.post("/api/v1/blend", request.as_bytes()).json();
    assert_eq!(text(&cycle, "digest"), text(&blended, "digest"));
    let submission = server.get(&format!("/api/v1/submissions/{}", text(&cycle, "submission"))).json();
    assert_eq!(text(&submission, "digest"), text(&blended, "digest"));
    assert_eq!(server.metric("allocator_cycles_total{portfolio=\"main\",outcome=\"done\"}"), Some(1.0));
    assert_eq!(server.metric("allocator_cycles_total{portfolio=\"main\",outcome=\"aborted\"}"), Some(1.0));
    drop(server);
    let verified = desk.run(&["replay", "--verify", "--format", "json"]).answer();
    assert_eq!((verified.get("rebuilt").unwrap().as_f64(), verified.get("valid")), (Some(1.0), Some(&Json::Bool(true))));
}

#[test]
fn stale_signals_abort_or_are_dropped_as_the_portfolio_says() {
    let desk = desk();
    configured(&desk, "{strategies: [momentum], freshness_ms: 1000}");
    let server = Served::start(&desk, &["--config", "server.yaml"]);
    server.post(PATH, SIGNALS.as_bytes());
    assert_eq!(server.post("/api/v1/portfolios/main/cycles", b"").code(), "stale_signals");
    drop(server);
    configured(&desk, "{strategies: [momentum], freshness_ms: 1000, stale: drop}");
    let server = Served::start(&desk, &["--config", "server.yaml"]);
    let reply = server.post("/api/v1/portfolios/main/cycles", b"");
    assert_eq!((reply.status, text(&reply.json(), "outcome")), (201, "empty"), "nothing is left, and nothing is made up");
}

#[test]
fn cycles_run_on_schedule_and_on_signals_and_raise_alerts() {
    let desk = desk();
    let portfolio = "{on_signals: true, every_ms: 1000, stale: hold_last}";
    configured(&desk, portfolio);
    let server = Served::start(&desk, &["--config", "server.yaml"]);
    let mut columns = [Vec::new(), Vec::new()];
    for day in 1..=28_u32 {
        let a = f64::from(day as i32 * 37 % 23 - 11) / 1000.0;
        columns[0].push(format!("[\"2025-12-{day:02}\",{a}]"));
        columns[1].push(format!("[\"2025-12-{day:02}\",{}]", a * 0.9));
    }
    let with_returns = format!(
        r#"{},"returns":{{"momentum":[{}],"value":[{}]}}}}"#,
        &SIGNALS[..SIGNALS.len() - 1],
        columns[0].join(","),
        columns[1].join(",")
    );
    assert_eq!(server.post(PATH, with_returns.as_bytes()).status, 200);
    let start = Instant::now();
    loop {
        let page = server.get("/api/v1/events?topics=allocations").json();
        let causes: Vec<String> = page
            .get("events")
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|event| text(event.get("data").unwrap(), "cause").to_owned())
            .collect();
        if ["signals", "schedule"].iter().all(|cause| causes.iter().any(|found| found == cause)) {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{causes:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
    let alerts = server.get("/api/v1/alerts").json();
    let alerts = alerts.get("alerts").unwrap().as_array().unwrap();
    assert_eq!(alerts.len(), 1, "one crossing, however many cycles");
    assert_eq!(text(&alerts[0], "scope"), "main");
}

fn push(redis: &Redis, portfolio: &str, payload: &str) -> String {
    redis.connect().xadd("allocator:signals", "*", &[("portfolio", portfolio), ("payload", payload)]).unwrap()
}

/// Entries of the group that were taken and not acknowledged.
fn pending(redis: &Redis) -> usize {
    let reply: redis::streams::StreamPendingReply = redis.connect().xpending("allocator:signals", "allocator").unwrap();
    reply.count()
}

fn await_that(what: &str, mut met: impl FnMut() -> bool) {
    let start = Instant::now();
    while !met() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn known(server: &Served) -> Vec<String> {
    match server.get("/api/v1/portfolios/main").json().get("signals").unwrap() {
        Json::Object(fields) => fields.iter().map(|(name, _)| name.clone()).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn signals_come_from_redis_and_what_cannot_be_read_is_put_aside() {
    let (desk, redis) = (desk(), Redis::start(&[]));
    push(&redis, "main", SIGNALS);
    let server = Served::start(&desk, &["--redis", &redis.url()]);
    await_that("what was sent before the start", || known(&server) == ["momentum", "value"]);
    let poisoned = push(&redis, "main", "{\"version\":1,\"signals\":{\"x\":[[\"A\",1,null]]}}");
    push(&redis, "nowhere", SIGNALS);
    let _: String = redis.connect().xadd("allocator:signals", "*", &[("other", "fields")]).unwrap();
    push(&redis, "main", &SIGNALS.replace("momentum", "carry").replace("value", "carry2"));
    await_that("what comes after the poison", || known(&server).len() == 4);
    let dead = redis.await_stream("allocator:signals:dead", 3);
    let codes: Vec<&str> = dead.iter().map(|(_, fields)| fields["code"].as_str()).collect();
    assert_eq!(codes, ["not_finite", "not_found", "missing_field"]);
    assert_eq!(dead[0].1["entry"], poisoned);
    assert!(dead[0].1["reason"].contains("number") && dead[0].1["payload"].contains("null"), "{:?}", dead[0].1);
    await_that("everything is acknowledged", || pending(&redis) == 0);
    assert_eq!(server.metric("allocator_dead_letters_total{code=\"not_finite\"}"), Some(1.0));
    assert!(desk.log().iter().any(|line| line.get("entry").and_then(Json::as_str) == Some(&poisoned)));
}

#[test]
fn what_another_reader_abandoned_is_taken_over_and_what_never_ends_is_put_aside() {
    let (desk, redis) = (desk(), Redis::start(&[]));
    let mut connection = redis.connect();
    let _: () = connection.xgroup_create_mkstream("allocator:signals", "allocator", "0").unwrap();
    push(&redis, "main", SIGNALS);
    let stubborn = push(&redis, "main", &SIGNALS.replace("momentum", "stubborn"));
    // A reader that dies with both in hand, and has had one of them ten times.
    let _: redis::Value = redis::cmd("XREADGROUP")
        .arg(&["GROUP", "allocator", "dead-server", "COUNT", "2", "STREAMS", "allocator:signals", ">"])
        .query(&mut connection)
        .unwrap();
    let _: redis::Value = redis::cmd("XCLAIM")
        .arg(&["allocator:signals", "allocator", "dead-server", "0", &stubborn, "RETRYCOUNT", "10"])
        .query(&mut connection)
        .unwrap();
    let server = Served::start(&desk, &["--redis", &redis.url(), "--set", "redis_claim_ms=200"]);
    await_that("the abandoned is taken over", || known(&server) == ["momentum", "value"]);
    let dead = redis.await_stream("allocator:signals:dead", 1);
    assert_eq!((dead[0].1["entry"].as_str(), dead[0].1["code"].as_str()), (stubborn.as_str(), "limit_exceeded"));
    await_that("everything is acknowledged", || pending(&redis) == 0);
}

#[test]
fn a_crash_between_effect_and_acknowledgement_takes_signals_once() {
    let (desk, redis) = (desk(), Redis::start(&[]));
    let url = redis.url();
    let mut server = Served::start_with(&desk, &["--redis", &url], &[("ALLOCATOR_CRASH_AT", "before_xack")]);
    push(&redis, "main", &SIGNALS.replace("\"as_of\":\"2026-01-02T09:30:00Z\",", ""));
    common::wait(&mut server.child);
    assert_eq!(pending(&redis), 1);
    let server = Served::start(&desk, &["--redis", &url]);
    await_that("it is acknowledged", || pending(&redis) == 0);
    let page = server.get("/api/v1/events?topics=signals").json();
    assert_eq!(page.get("events").unwrap().as_array().unwrap().len(), 2, "one for each strategy");
}

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
fn answers_are_arrow_streams_for_who_asks_and_go_back_in_as_signals() {
    let desk = desk();
    let server = Served::start(&desk, &[]);
    let arrow = "application/vnd.apache.arrow.stream";
    let request = br#"{"version":1,"signals":{"a":[["X",1,0.5],["Y",2,0.5]],"b":[["X",1,1]],"c":[["Z",1,1]]}}"#;
    let plain = server.post("/api/v1/blend", request).json();
    for path in ["/api/v1/blend", "/api/v1/blend?record=true"] {
        let reply = server.ask("POST", path, &[("accept", arrow)], request);
        assert_eq!(
            (reply.status, reply.header("content-type"), reply.header("x-digest")),
            (200, Some(arrow), Some(text(&plain, "digest")))
        );
        let table = allocator_core::codec::read(&reply.body, "answer.arrows", &allocator_core::codec::Limits::native()).unwrap();
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!((table.rows, names), (3, vec!["symbol", "final_weight", "contributing_strategies"]));
        assert_eq!(server.ask("POST", &format!("{PATH}?strategy=mixed"), &[("content-type", arrow)], &reply.body).status, 200);
    }
    // Refusals are problems all the same, and what has no table is JSON.
    let refused = server.ask("POST", "/api/v1/blend", &[("accept", arrow)], b"{}");
    assert_eq!((refused.status, refused.header("content-type")), (422, Some("application/problem+json")));
    assert_eq!(server.ask("POST", "/api/v1/blend", &[("accept", "application/json")], request).json(), plain);
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
    assert_eq!(steps, ["collect", "correlation", "blend", "capital", "risk", "limits", "plan", "record", "submit"]);
    for (name, outcome) in [("blend", "done"), ("capital", "off"), ("risk", "off"), ("limits", "off"), ("plan", "off")] {
        let found = step(&cycle, name);
        assert_eq!((text(found, "outcome"), text(found, "digest").len()), (outcome, 64), "{name}");
        assert_eq!(outcome == "off", found.get("detail").unwrap().get("reason").is_some(), "what is off says why: {name}");
    }
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

/// A step of a cycle.
fn step<'a>(cycle: &'a Json, name: &str) -> &'a Json {
    let steps = cycle.get("steps").unwrap().as_array().unwrap();
    steps.iter().find(|step| text(step, "name") == name).unwrap_or_else(|| panic!("no step {name}"))
}

/// 80 days of returns of two strategies: calm, then `momentum` falls by 2 % a day for the last twelve.
fn falling() -> String {
    let day = |i: i32| format!("2025-{:02}-{:02}", 9 + i / 28, 1 + i % 28);
    let series =
        |returns: &dyn Fn(i32) -> f64| (0..80).map(|i| format!("[\"{}\",{}]", day(i), returns(i))).collect::<Vec<_>>().join(",");
    let wave = |i: i32, step: i32| f64::from(i * step % 23 - 11) / 10_000.0;
    let momentum = series(&|i| if i < 68 { wave(i, 37) } else { -0.02 });
    let value = series(&|i| if i < 68 { wave(i, 53) } else { -0.019 });
    format!(r#"{{"momentum":[{momentum}],"value":[{value}]}}"#)
}

#[test]
fn a_cycle_goes_through_capital_overlay_limits_and_plan_and_a_replay_proves_every_step() {
    let desk = desk();
    configured(
        &desk,
        "{strategies: [momentum, value], freshness_ms: 4294967295, stale: hold_last, submit: true, \
         blend: {per_strategy_max: 1}, capital: {method: inverse_variance}, risk: {profile: L}, limits: {weight_max: 0.3, turnover_max: null}}",
    );
    let mut server = Served::start(&desk, &["--config", "server.yaml"]);
    let without = server.post(PATH, SIGNALS.as_bytes());
    assert_eq!(without.status, 200);
    // Without a single history there is no split: what is held stays, and nothing is sold for want of data.
    let refused = server.post("/api/v1/portfolios/main/cycles", b"");
    assert_eq!(refused.status, 422, "{}", String::from_utf8_lossy(&refused.body));
    assert_eq!(refused.code(), "missing_statistics");
    let with_returns = format!(r#"{},"returns":{}}}"#, &SIGNALS[..SIGNALS.len() - 1], falling());
    assert_eq!(server.post(PATH, with_returns.as_bytes()).status, 200);

    let reply = server.post("/api/v1/portfolios/main/cycles", b"");
    assert_eq!(reply.status, 201, "{}", String::from_utf8_lossy(&reply.body));
    let cycle = reply.json();
    let detail = |cycle: &Json, name: &str, field: &str| step(cycle, name).get("detail").unwrap().get(field).cloned().unwrap();
    let split = detail(&cycle, "capital", "split");
    let shares: Vec<f64> = ["momentum", "value"].iter().map(|name| split.get(name).unwrap().as_f64().unwrap()).collect();
    assert!(shares.iter().all(|share| *share > 0.0) && (shares[0] + shares[1] - 1.0).abs() < 1e-9, "{shares:?}");
    // Twelve days of falling: drawdown, slope and volatility are signals, and the scalar of L in CRISIS is 0.30.
    let scalar = detail(&cycle, "risk", "scalar").as_f64().unwrap();
    assert!(scalar < 0.9, "{scalar}");
    assert_eq!(server.metric("allocator_risk_scalar{portfolio=\"main\"}"), Some(scalar));
    let regime = detail(&cycle, "risk", "regime").as_str().unwrap().to_owned();
    assert_eq!(server.metric(&format!("allocator_regime{{portfolio=\"main\",regime=\"{regime}\"}}")), Some(1.0));
    assert_eq!(
        detail(&cycle, "risk", "known_at").as_str().map(|at| &at[..10]),
        Some("2025-11-24"),
        "known the last day of the histories"
    );
    // Nobody has said what is held: no plan, and a reason.
    assert_eq!(text(step(&cycle, "plan"), "outcome"), "off");
    // What is handed in is what the limits left, under their digest.
    assert_eq!(text(&cycle, "digest"), text(step(&cycle, "limits"), "digest"));
    let allocation = |server: &Served, cycle: &Json| {
        let run = cycle.get("run").unwrap().as_f64().unwrap();
        server.get(&format!("/api/v1/runs/{run}/response")).json()
    };
    let weights = allocation(&server, &cycle);
    let of = |answer: &Json, symbol: &str, field: &str| {
        let rows = answer.get("weights").unwrap().as_array().unwrap();
        rows.iter().find(|row| text(row, "symbol") == symbol).unwrap().get(field).unwrap().as_f64().unwrap()
    };
    assert!(["AAPL", "MSFT"].iter().all(|symbol| of(&weights, symbol, "weight") <= 0.3), "caps are hard");

    // Positions are reported, and the plan is target less held; what is no target any more is closed.
    let positions = "/api/v1/portfolios/main/positions";
    let report = br#"{"version":1,"positions":{"AAPL":0.5,"XOM":0.125}}"#;
    assert_eq!(server.post(positions, report).status, 200);
    let older = br#"{"version":1,"as_of":"2020-01-01","positions":{"AAPL":0.9}}"#;
    assert_eq!(text(&server.post(positions, older).json(), "status"), "older");
    assert_eq!(server.post(positions, br#"{"version":1,"positions":{"AAPL":"much"}}"#).code(), "wrong_type");
    server.kill();
    let server = Served::start(&desk, &["--config", "server.yaml"]);
    let cycle = server.post("/api/v1/portfolios/main/cycles", b"").json();
    let trades = detail(&cycle, "plan", "trades");
    let trades: Vec<(&str, &str)> =
        trades.as_array().unwrap().iter().map(|trade| (text(trade, "symbol"), text(trade, "side"))).collect();
    assert_eq!(trades, [("AAPL", "sell"), ("MSFT", "buy"), ("XOM", "sell")]);
    let submission = text(&cycle, "submission").to_owned();
    let events = server.get("/api/v1/events?topics=submissions&limit=1000").json();
    let sent =
        events.get("events").unwrap().as_array().unwrap().iter().rev().find(|event| text(event, "kind") == "submission").unwrap();
    let data = sent.get("data").unwrap();
    assert_eq!(text(data.get("plan").unwrap(), "digest"), text(step(&cycle, "plan"), "digest"));

    // Carried out: what it asked for is held from then on, and the next cycle has nothing left to trade but drift of the overlay.
    let start = Instant::now();
    for stage in ["acknowledged", "done"] {
        let said = format!(r#"{{"version":1,"stage":"{stage}"}}"#);
        while server.post(&format!("/api/v1/submissions/{submission}/stage"), said.as_bytes()).status != 200 {
            assert!(start.elapsed() < Duration::from_secs(10));
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    let cycle = server.post("/api/v1/portfolios/main/cycles", b"").json();
    assert_eq!(detail(&cycle, "plan", "source").as_str(), Some(format!("submission {submission}").as_str()));
    assert_eq!(detail(&cycle, "plan", "trades"), Json::Array(Vec::new()), "the scalar was known before both");
    drop(server);

    let verified = desk.run(&["replay", "--verify", "--format", "json"]).answer();
    assert_eq!(verified.get("valid"), Some(&Json::Bool(true)), "{verified:?}");
    // Three cycles of blend, capital, blend by it, risk and limits; the aborted one came as far as capital.
    assert_eq!(verified.get("rebuilt").unwrap().as_f64(), Some(17.0));
    // Ten steps each, five in the aborted one.
    assert_eq!(verified.get("steps").unwrap().as_f64(), Some(35.0));
}

#[test]
fn a_turnover_limit_needs_what_is_held_and_a_portfolio_may_begin_with_nothing() {
    let desk = desk();
    let settings = |more: &str| {
        format!(
            "{{freshness_ms: 4294967295, stale: hold_last, limits: {{turnover_max: 0.5}}, blend: {{per_strategy_max: 1}}{more}}}"
        )
    };
    configured(&desk, &settings(""));
    let server = Served::start(&desk, &["--config", "server.yaml"]);
    server.post(PATH, SIGNALS.as_bytes());
    let refused = server.post("/api/v1/portfolios/main/cycles", b"");
    assert_eq!((refused.status, refused.code().as_str()), (422, "missing_field"));
    drop(server);
    configured(&desk, &settings(", unknown_positions: flat"));
    let server = Served::start(&desk, &["--config", "server.yaml"]);
    let cycle = server.post("/api/v1/portfolios/main/cycles", b"").json();
    let turnover = step(&cycle, "plan").get("detail").unwrap().get("turnover").unwrap().as_f64().unwrap();
    assert!((turnover - 0.5).abs() < 1e-9, "only so far as the limit allows: {turnover}");
    assert_eq!(text(step(&cycle, "plan").get("detail").unwrap(), "source"), "flat");
    drop(server);
    for (settings, expected) in [
        ("{unknown_positions: perhaps}", "unknown_choice"),
        ("{limits: {gross_max: -1}}", "out_of_range"),
        ("{risk: {mode: precomputed}}", "conflict"),
        ("{capital: {methud: equal_weight}}", "unknown_field"),
        ("{capital: {method: guess}}", "unknown_choice"),
    ] {
        configured(&desk, settings);
        let run = desk.run(&["serve", "--listen", "127.0.0.1:0", "--config", "server.yaml", "--format", "json"]);
        let codes: Vec<String> = run.faults().into_iter().map(|(code, _)| code).collect();
        assert_eq!((run.code(), codes), (2, vec![expected.to_owned()]), "{settings}");
    }
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

//! Alerts: once for each crossing, into log, journal, channel and stream, whatever becomes of Redis.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use allocator_core::wire::{Json, parse};
use common::redis_server::Redis;
use common::{Desk, Served, desk, text};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// Returns of 40 days: `b` is `a` with some noise, so that their correlation is high for little noise and low for much.
fn returns(noise: f64, names: [&str; 2]) -> String {
    let mut columns = [String::new(), String::new()];
    for day in 0..40_u32 {
        let a = f64::from(day as i32 * 37 % 23 - 11) / 1000.0;
        let b = a + noise * f64::from(day as i32 * 53 % 29 - 14) / 1000.0;
        for (column, value) in columns.iter_mut().zip([a, b]) {
            let (month, date) = (day / 28 + 1, day % 28 + 1);
            let comma = if day == 0 { "" } else { "," };
            write!(column, "{comma}[\"2024-{month:02}-{date:02}\",{value}]").unwrap();
        }
    }
    format!("{{\"{}\":[{}],\"{}\":[{}]}}", names[0], columns[0], names[1], columns[1])
}

fn request(noise: f64, names: [&str; 2]) -> String {
    format!(r#"{{"version":1,"returns":{}}}"#, returns(noise, names))
}

fn served(desk: &Desk, redis: &Redis) -> Served {
    Served::start(desk, &["--redis", &redis.url(), "--set", "redis_timeout_ms=500"])
}

/// Posts correlations with `emit` and says how many alerts were raised.
fn emit(server: &Served, body: &str) -> usize {
    let reply = server.post("/api/v1/correlation?emit=true", body.as_bytes());
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
    reply.header("x-alerts-raised").unwrap().parse().unwrap()
}

/// Hears of alerts as `redis-cli SUBSCRIBE alerts` would.
fn subscribe(redis: &Redis) -> std::sync::mpsc::Receiver<Json> {
    let (heard, hear) = std::sync::mpsc::channel();
    let (subscribed, ready) = std::sync::mpsc::channel();
    let mut connection = redis.connect();
    std::thread::spawn(move || {
        let mut channel = connection.as_pubsub();
        channel.subscribe("alerts").unwrap();
        subscribed.send(()).unwrap();
        while let Ok(message) = channel.get_message() {
            let payload: String = message.get_payload().unwrap();
            if heard.send(parse(payload.as_bytes()).unwrap()).is_err() {
                return;
            }
        }
    });
    ready.recv_timeout(Duration::from_secs(10)).unwrap();
    hear
}

#[test]
fn a_crossing_is_heard_on_the_channel_kept_in_the_stream_logged_and_counted() {
    let (desk, redis) = (desk(), Redis::start(&[]));
    let server = served(&desk, &redis);
    let channel = subscribe(&redis);
    let plain = server.post("/api/v1/correlation", request(0.1, ["a", "b"]).as_bytes());
    let reply = server.post("/api/v1/correlation?emit=true", request(0.1, ["a", "b"]).as_bytes());
    assert_eq!(plain.body, reply.body, "what is raised does not change the answer");
    let alert = channel.recv_timeout(Duration::from_secs(10)).unwrap();
    assert_eq!((text(&alert, "metric"), text(&alert, "severity")), ("strategy_correlation", "WARNING"));
    assert_eq!(alert.get("pair").unwrap(), &parse(b"[\"a\",\"b\"]").unwrap());
    assert!(alert.get("value").unwrap().as_f64().unwrap() > 0.7);
    for field in ["threshold", "n", "window", "at", "id"] {
        assert!(alert.get(field).is_some(), "{field}");
    }
    let stream = redis.await_stream("allocator:alerts", 1);
    assert_eq!(parse(stream[0].1["payload"].as_bytes()).unwrap(), alert);
    assert_eq!(stream[0].1["id"], text(&alert, "id"));
    assert!(channel.recv_timeout(Duration::from_millis(300)).is_err(), "the request without emit woke nobody");
    assert_eq!(server.metric("allocator_alerts_total{scope=\"desk\"}"), Some(1.0));
    let warned = desk.log().into_iter().find(|line| line.get("alert").is_some()).unwrap();
    assert_eq!((text(&warned, "level"), text(&warned, "alert")), ("WARN", text(&alert, "id")));
}

#[test]
fn an_alert_is_raised_once_for_each_crossing_and_armed_again_below_the_hysteresis() {
    let (desk, redis) = (desk(), Redis::start(&[]));
    let mut server = served(&desk, &redis);
    let (high, low) = (request(0.1, ["a", "b"]), request(5.0, ["a", "b"]));
    assert_eq!([emit(&server, &high), emit(&server, &high), emit(&server, &high)], [1, 0, 0]);
    // The state outlives the process.
    server.kill();
    let server = served(&desk, &redis);
    assert_eq!(emit(&server, &high), 0, "after a crash too");
    assert_eq!(emit(&server, &request(0.1, ["a", "c"])), 1, "another pair is another crossing");
    assert_eq!([emit(&server, &low), emit(&server, &high)], [0, 1], "armed again");
    // Another portfolio has a state of its own.
    let reply = server.post("/api/v1/correlation?emit=true&portfolio=main", high.as_bytes());
    assert_eq!(reply.header("x-alerts-raised"), Some("1"));
    let stream = redis.await_stream("allocator:alerts", 4);
    let ids: BTreeSet<&str> = stream.iter().map(|(_, fields)| fields["id"].as_str()).collect();
    assert_eq!((stream.len(), ids.len()), (4, 4), "who de-duplicates by id loses none of them");
}

#[test]
fn a_blend_with_returns_raises_them_too_and_other_operations_do_not() {
    let desk = desk();
    let server = Served::start(&desk, &[]);
    let body = format!(r#"{{"version":1,"signals":{{"a":[["X",1,1]],"b":[["Y",1,1]]}},"returns":{}}}"#, returns(0.1, ["a", "b"]));
    let reply = server.post("/api/v1/blend?emit", body.as_bytes());
    assert_eq!((reply.status, reply.header("x-alerts-raised")), (200, Some("1")));
    let reply = server.post("/api/v1/metrics?emit=true", request(0.1, ["a", "b"]).as_bytes());
    assert_eq!((reply.status, reply.code().as_str()), (400, "invalid_usage"));
    assert_eq!(server.post("/api/v1/correlation?emit=perhaps", b"{}").code(), "wrong_type");
    assert_eq!(server.post("/api/v1/correlation?emit=1&portfolio=mian", b"{}").code(), "not_found");
}

#[test]
fn the_command_line_emits_through_the_journal() {
    let (desk, mut redis) = (desk(), Redis::start(&[]));
    let channel = subscribe(&redis);
    let url = redis.url();
    let arguments = ["correlation", "--returns", "returns.csv", "--threshold", "0.7", "--emit", "--redis", &url];
    let run = desk.run(&arguments);
    assert_eq!(run.code(), 0, "{}", run.stderr());
    assert!(run.stderr().contains("WARNING strategy_correlation"));
    assert_eq!(run.stdout().as_bytes(), desk.run(&arguments[..5]).output.stdout, "the answer is the same");
    assert_eq!(text(&channel.recv_timeout(Duration::from_secs(10)).unwrap(), "metric"), "strategy_correlation");
    assert!(!desk.run(&arguments).stderr().contains("WARNING"), "once for each crossing");
    // Without Redis it fails and says so, and the alert goes out with the next run.
    redis.kill();
    let other = ["correlation", "--returns", "returns.csv", "--threshold", "0.5", "--data", "other", "--emit", "--redis", &url];
    let run = desk.run(&[&other[..], &["--format", "json"]].concat());
    assert_eq!(run.code(), 1, "{}", run.stderr());
    redis.restart();
    assert_eq!(desk.run(&other).code(), 0);
    assert_eq!(redis.await_stream("allocator:alerts", 1).len(), 1);
    let run = desk.run(&["correlation", "--returns", "returns.csv", "--emit", "--format", "json"]);
    assert_eq!(run.code(), 2, "--emit needs --redis");
}

/// Alerts of many pairs, one request each.
fn crossings(server: &Served, from: usize, to: usize) {
    for i in from..to {
        assert_eq!(emit(server, &request(0.1, ["a", &format!("b{i:04}")])), 1);
    }
}

/// All alerts of so many crossings are in the stream, each once, in order.
fn expect_all(redis: &Redis, count: usize) {
    let stream = redis.await_stream("allocator:alerts", count);
    let pairs: Vec<String> = stream
        .iter()
        .map(|(_, fields)| {
            let alert = parse(fields["payload"].as_bytes()).unwrap();
            alert.get("pair").unwrap().as_array().unwrap()[1].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(pairs, (0..count).map(|i| format!("b{i:04}")).collect::<Vec<_>>(), "none lost, none doubled, in order");
}

#[test]
fn redis_may_vanish_and_the_server_with_it() {
    let (desk, mut redis) = (desk(), Redis::start(&["--appendonly", "yes", "--appendfsync", "always"]));
    let mut server = served(&desk, &redis);
    crossings(&server, 0, 10);
    expect_all(&redis, 10);
    redis.kill();
    crossings(&server, 10, 20);
    // Readiness says what is going on, and stays ready: what is to be sent is kept.
    let start = Instant::now();
    loop {
        let ready = server.get("/readyz");
        if text(&ready.json(), "status") == "ready, without Redis" {
            let json = ready.json();
            assert_eq!(json.get("journal").unwrap().get("outbox").unwrap().get("alerts").unwrap().as_f64(), Some(10.0));
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "{}", String::from_utf8_lossy(&ready.body));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(server.metric("allocator_outbox_depth{stream=\"alerts\"}"), Some(10.0));
    assert_eq!(server.metric("allocator_redis_connected"), Some(0.0));
    server.kill();
    let server = served(&desk, &redis);
    crossings(&server, 20, 25);
    redis.restart();
    expect_all(&redis, 25);
}

/// Histories of so many strategies that all move together: every pair is a crossing.
fn together(first: usize, count: usize) -> String {
    let series = |k: usize| {
        let points = (0..40_u32).map(|day| {
            let common = f64::from(day as i32 * 37 % 23 - 11) / 1000.0;
            let own = f64::from((day as i32 * (k as i32 + 3)) % 7) / 100_000.0;
            format!("[\"2024-{:02}-{:02}\",{}]", day / 28 + 1, day % 28 + 1, common + own)
        });
        format!("\"s{k:03}\":[{}]", points.collect::<Vec<_>>().join(","))
    };
    format!(r#"{{"version":1,"returns":{{{}}}}}"#, (first..first + count).map(series).collect::<Vec<_>>().join(","))
}

#[test]
fn hundreds_at_once_go_out_in_batches_each_once_and_in_order() {
    let (desk, mut redis) = (desk(), Redis::start(&[]));
    redis.kill();
    let server = served(&desk, &redis);
    // 30 × 29 / 2 pairs: more than one batch.
    assert_eq!(emit(&server, &together(0, 30)), 435);
    redis.restart();
    let stream = redis.await_stream("allocator:alerts", 435);
    let numbers: Vec<u64> = stream.iter().map(|(id, _)| id.split_once('-').unwrap().1.parse().unwrap()).collect();
    assert!(stream.len() == 435 && numbers.windows(2).all(|pair| pair[0] < pair[1]), "none doubled, in the journal's order");
    let channel = subscribe(&redis);
    assert_eq!(emit(&server, &together(100, 25)), 300);
    let rung: Vec<String> =
        (0..300).map(|_| text(&channel.recv_timeout(Duration::from_secs(10)).unwrap(), "id").to_owned()).collect();
    let stream = redis.await_stream("allocator:alerts", 735);
    let kept: Vec<&str> = stream[435..].iter().map(|(_, fields)| fields["id"].as_str()).collect();
    assert_eq!(rung, kept, "the doorbell rings once for each, in the same order");
    let start = Instant::now();
    while server.metric("allocator_outbox_depth{stream=\"alerts\"}") != Some(0.0) {
        assert!(start.elapsed() < Duration::from_secs(5), "what was sent is noted");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(server.metric("allocator_relay_sent_total{stream=\"alerts\"}"), Some(735.0));
}

#[test]
fn what_redis_lost_is_sent_again_without_ringing_twice() {
    // Without an append-only file kill -9 loses everything.
    let (desk, mut redis) = (desk(), Redis::start(&["--appendonly", "no"]));
    let server = served(&desk, &redis);
    crossings(&server, 0, 10);
    expect_all(&redis, 10);
    redis.kill();
    redis.restart();
    let channel = subscribe(&redis);
    crossings(&server, 10, 12);
    expect_all(&redis, 12);
    let rung: Vec<Json> = std::iter::from_fn(|| channel.recv_timeout(Duration::from_millis(500)).ok()).collect();
    assert_eq!(rung.len(), 2, "the doorbell rings for what is new");
    assert_eq!(server.metric("allocator_relay_resent_total{stream=\"alerts\"}"), Some(10.0));
}

#[test]
fn a_paused_redis_is_waited_for() {
    let (desk, redis) = (desk(), Redis::start(&[]));
    let server = served(&desk, &redis);
    crossings(&server, 0, 3);
    expect_all(&redis, 3);
    redis.pause();
    let start = Instant::now();
    crossings(&server, 3, 8);
    assert!(start.elapsed() < Duration::from_secs(20), "answers do not wait for Redis");
    std::thread::sleep(Duration::from_millis(1200));
    redis.resume();
    expect_all(&redis, 8);
}

#[test]
fn a_full_redis_refuses_and_gets_everything_when_it_has_room() {
    let (desk, redis) = (desk(), Redis::start(&["--maxmemory", "1", "--maxmemory-policy", "noeviction"]));
    let server = served(&desk, &redis);
    crossings(&server, 0, 5);
    // Known after the first refusal, which a busy machine may take a while to hear.
    let start = Instant::now();
    let mut ready = server.get("/readyz").json();
    while text(&ready, "status") != "ready, without Redis" {
        assert!(start.elapsed() < Duration::from_secs(20), "{ready:?}");
        std::thread::sleep(Duration::from_millis(20));
        ready = server.get("/readyz").json();
    }
    assert!(text(ready.get("redis").unwrap(), "message").contains("OOM"), "{ready:?}");
    let _: () = redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg("0").query(&mut redis.connect()).unwrap();
    expect_all(&redis, 5);
}

#[test]
fn a_password_is_used_and_never_shown() {
    let (desk, redis) = (desk(), Redis::start(&["--requirepass", "open-sesame"]));
    let server = served(&desk, &redis);
    crossings(&server, 0, 2);
    expect_all(&redis, 2);
    drop(server);
    let wrong = format!("redis://:shut-sesame@127.0.0.1:{}", redis.port);
    let server = Served::start(&desk, &["--redis", &wrong, "--data", "other"]);
    crossings(&server, 0, 1);
    let start = Instant::now();
    // Until the first try has come to an end it is "connecting".
    while text(server.get("/readyz").json().get("redis").unwrap(), "status") != "away" {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(server);
    let log = String::from_utf8(desk.read("log.json")).unwrap();
    assert!(log.contains("redis_unavailable") && !log.contains("sesame"), "{log}");
    let run = desk.run_with(&["config", "check"], &[("ALLOCATOR_SERVER_REDIS", "redis://:open-sesame@127.0.0.1:1")], b"");
    assert!(run.stdout().contains("redis://:***@127.0.0.1:1") && !run.stdout().contains("sesame"));
}

#[test]
fn somebody_elses_entries_do_not_stop_ours() {
    let (desk, redis) = (desk(), Redis::start(&[]));
    let server = served(&desk, &redis);
    crossings(&server, 0, 2);
    expect_all(&redis, 2);
    // A far larger id than any of ours.
    let far = "9000000000000-5";
    let _: String = redis::cmd("XADD").arg("allocator:alerts").arg(far).arg("x").arg("y").query(&mut redis.connect()).unwrap();
    crossings(&server, 2, 4);
    let stream = redis.await_stream("allocator:alerts", 5);
    let ours: Vec<&str> = stream.iter().filter_map(|(_, fields)| fields.get("payload").map(String::as_str)).collect();
    assert_eq!((stream.len(), ours.len()), (5, 4));
    assert!(stream[3].0.starts_with("9000000000001-"), "{}", stream[3].0);
}

#[test]
fn a_redis_that_is_too_old_is_refused_by_name() {
    // What stands in for Redis 5 answers just enough of the protocol.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{Read as _, Write};
        for stream in listener.incoming().take(1_000) {
            let mut stream = stream.unwrap();
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(count) = stream.read(&mut bytes) {
                    let said = String::from_utf8_lossy(&bytes[..count]).into_owned();
                    if count == 0 {
                        return;
                    }
                    let mut answer = String::new();
                    for _ in said.matches("CLIENT") {
                        answer.push_str("+OK\r\n");
                    }
                    if said.contains("INFO\r\n") && !said.contains("LIB") {
                        let info = "redis_version:5.0.14\r\naof_enabled:1\r\n";
                        let _ = std::fmt::Write::write_fmt(&mut answer, format_args!("${}\r\n{info}\r\n", info.len()));
                    }
                    if stream.write_all(answer.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    let desk = desk();
    let run = desk.run(&["doctor", "--redis", &format!("redis://127.0.0.1:{port}"), "--format", "json"]);
    assert_eq!(run.code(), 1, "{}", run.stderr());
    assert!(run.stdout().contains("5.0.14") && run.stdout().contains("\"fit\":false"), "{}", run.stdout());
    // A server goes on without it, and says why.
    let server = Served::start(&desk, &["--redis", &format!("redis://127.0.0.1:{port}")]);
    assert_eq!(emit(&server, &request(0.1, ["a", "b"])), 1);
    let start = Instant::now();
    while text(&server.get("/readyz").json(), "status") != "ready, without Redis" {
        assert!(start.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(desk.log().iter().any(|line| line.get("code").and_then(Json::as_str) == Some("redis_unsupported")));
    assert_eq!(
        server.metric("allocator_problems_total{code=\"redis_unsupported\"}"),
        Some(1.0),
        "once, however often it is tried"
    );
    assert_eq!(server.metric("allocator_redis_connected"), Some(0.0));
    assert_eq!(server.metric("allocator_outbox_depth{stream=\"alerts\"}"), Some(1.0), "nothing is lost");
}

#[test]
fn the_doctor_names_what_would_lose_data() {
    let (desk, redis) = (desk(), Redis::start(&["--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"]));
    let run = desk.run(&["doctor", "--redis", &redis.url()]);
    assert_eq!(run.code(), 0, "warnings are no failures: {}", run.stdout());
    for part in ["appendonly yes", "noeviction", "store", "disk", "clock"] {
        assert!(run.stdout().contains(part), "{part}: {}", run.stdout());
    }
    let kept = Redis::start(&["--appendonly", "yes"]);
    assert!(!desk.run(&["doctor", "--redis", &kept.url()]).stdout().contains("warn"));
}

mod figures {
    use super::*;

    #[test]
    fn redis_away_amid_a_thousand_alerts_and_both_killed_loses_and_doubles_nothing() {
        let (desk, mut redis) = (desk(), Redis::start(&["--appendonly", "yes", "--appendfsync", "everysec"]));
        let mut server = served(&desk, &redis);
        crossings(&server, 0, 300);
        redis.kill();
        let away = Instant::now();
        crossings(&server, 300, 500);
        server.kill();
        let server = served(&desk, &redis);
        crossings(&server, 500, 700);
        let absence = if common::long() { Duration::from_mins(1) } else { Duration::from_secs(2) };
        std::thread::sleep(absence.saturating_sub(away.elapsed()));
        let away = away.elapsed();
        redis.restart();
        let back = Instant::now();
        redis.await_stream("allocator:alerts", 700);
        let drained = back.elapsed();
        crossings(&server, 700, 1_000);
        redis.kill();
        drop(server);
        let server = served(&desk, &redis);
        redis.restart();
        expect_all(&redis, 1_000);
        drop(server);
        println!(
            "1,000 alerts, Redis away for {away:?}, server and Redis killed: 0 lost, 0 doubled, in order; 400 drained in {drained:?}"
        );
    }

    #[test]
    fn from_crossing_to_channel() {
        let (desk, redis) = (desk(), Redis::start(&[]));
        let server = served(&desk, &redis);
        let channel = subscribe(&redis);
        let count = if common::long() { 1_000 } else { 300 };
        let mut times: Vec<Duration> = (0..count)
            .map(|i| {
                let body = request(0.1, ["a", &format!("b{i:04}")]);
                let start = Instant::now();
                assert_eq!(emit(&server, &body), 1);
                channel.recv_timeout(Duration::from_secs(10)).unwrap();
                start.elapsed()
            })
            .collect();
        let [half, most, longest] = [0.5, 0.99, 1.0].map(|share| common::quantile(&mut times, share));
        println!("from request to message on the channel, {count} times: p50 {half:?}, p99 {most:?}, longest {longest:?}");
    }
}

//! Submissions: what was seen, computed again, handed in exactly once, whatever is killed.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use allocator_core::wire::{Json, parse};
use common::redis_server::Redis;
use common::{Desk, Reply, Served, desk, text};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const REQUEST: &str = r#"{"version":1,"signals":{"a":[["X",1,0.5],["Y",2,0.5]],"b":[["X",1,1]],"c":[["Z",1,1]]}}"#;
const PATH: &str = "/api/v1/portfolios/main/submissions";

/// The digest that an analyst would see.
fn seen(server: &Served, request: &str) -> String {
    text(&server.post("/api/v1/blend", request.as_bytes()).json(), "digest").to_owned()
}

fn body(digest: &str, request: &str) -> String {
    format!(r#"{{"version":1,"operation":"blend","digest":"{digest}","request":{request}}}"#)
}

fn submit(server: &Served, key: &str, body: &str) -> Reply {
    server.ask("POST", PATH, &[("idempotency-key", key)], body.as_bytes())
}

#[test]
fn what_was_seen_is_taken_and_what_was_not_is_refused() {
    let desk = desk();
    let server = Served::start(&desk, &[]);
    let digest = seen(&server, REQUEST);
    let taken = submit(&server, "k1", &body(&digest, REQUEST));
    assert_eq!(taken.status, 201, "{}", String::from_utf8_lossy(&taken.body));
    assert_eq!(text(&taken.json(), "digest"), digest);
    // One weight is changed after the digest was seen.
    let changed = REQUEST.replace("0.5],[\"Y\"", "0.6],[\"Y\"");
    let refused = submit(&server, "k2", &body(&digest, &changed));
    assert_eq!((refused.status, refused.code().as_str()), (409, "digest_mismatch"));
    let message = text(&refused.json(), "message").to_owned();
    assert!(message.contains(&digest) && message.contains(&seen(&server, &changed)), "both digests side by side: {message}");
    // A digest of another request, forged ones, no key, another operation.
    for (key, said, expected) in [
        ("k3", body(&"0".repeat(64), REQUEST), (409, "digest_mismatch")),
        ("k3", body("abc", REQUEST), (422, "invalid_name")),
        ("", body(&digest, REQUEST), (422, "missing_field")),
        ("two words", body(&digest, REQUEST), (422, "invalid_name")),
        ("k3", body(&digest, REQUEST).replace("\"blend\"", "\"metrics\""), (422, "unknown_choice")),
        ("k3", body(&digest, "{\"version\":1}"), (422, "missing_field")),
        ("k3", format!("{{\"version\":1,\"digest\":\"{}\"}}", "1".repeat(64)), (404, "not_found")),
        ("k3", "{".to_owned(), (400, "invalid_json")),
    ] {
        let reply = submit(&server, key, &said);
        assert_eq!((reply.status, reply.code().as_str()), expected, "{key} {said}");
    }
    let elsewhere = server.ask("POST", "/api/v1/portfolios/other/submissions", &[("idempotency-key", "k")], b"{}");
    assert_eq!((elsewhere.status, elsewhere.code().as_str()), (404, "not_found"));
    assert_eq!(server.metric("allocator_submissions_refused_total{code=\"digest_mismatch\"}"), Some(2.0));
    let warned =
        desk.log().into_iter().filter(|line| line.get("message").is_some_and(|m| m.as_str() == Some("submission refused")));
    assert!(warned.count() >= 9, "each refusal is in the log");
    let listed = server.get("/api/v1/submissions").json();
    assert_eq!(listed.get("submissions").unwrap().as_array().unwrap().len(), 1, "nothing refused was recorded");
}

#[test]
fn a_key_makes_one_submission_however_often_it_comes() {
    let desk = desk();
    let mut server = Served::start(&desk, &[]);
    let digest = seen(&server, REQUEST);
    let first = submit(&server, "same", &body(&digest, REQUEST));
    let again = submit(&server, "same", &body(&digest, REQUEST));
    assert_eq!((first.status, again.status, again.header("idempotent-replayed")), (201, 200, Some("true")));
    assert_eq!(text(&first.json(), "id"), text(&again.json(), "id"));
    let other = REQUEST.replace("\"c\"", "\"d\"");
    let reused = submit(&server, "same", &body(&seen(&server, &other), &other));
    assert_eq!((reused.status, reused.code().as_str()), (409, "idempotency_mismatch"));
    server.kill();
    let server = Served::start(&desk, &[]);
    let after = submit(&server, "same", &body(&digest, REQUEST));
    assert_eq!((after.status, text(&after.json(), "id").to_owned()), (200, text(&first.json(), "id").to_owned()));
    // At once, too.
    let threads: Vec<_> = (0..8)
        .map(|_| {
            let (address, said) = (server.address.clone(), body(&digest, REQUEST));
            std::thread::spawn(move || post_to(&address, "race", &said).map(|reply| reply.status))
        })
        .collect();
    let mut statuses: Vec<u16> = threads.into_iter().filter_map(|thread| thread.join().unwrap()).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 201]);
}

/// A submission to an address; `None` where the server went away.
fn post_to(address: &str, key: &str, said: &str) -> Option<Reply> {
    use std::io::Write as _;
    let mut stream = std::net::TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: application/json\r\nidempotency-key: {key}\r\n\
         content-length: {}\r\n\r\n{said}",
        said.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    Reply::try_read(&mut stream)
}

#[test]
fn a_recorded_run_is_submitted_by_its_digest_alone() {
    let desk = desk();
    let server = Served::start(&desk, &[]);
    let run = server.post("/api/v1/blend?record=true", REQUEST.as_bytes());
    let digest = text(&run.json(), "digest").to_owned();
    let taken = submit(&server, "k", &format!(r#"{{"version":1,"digest":"{digest}"}}"#));
    assert_eq!(taken.status, 201, "{}", String::from_utf8_lossy(&taken.body));
    let number = run.header("x-run").unwrap();
    let shown = server.get(&format!("/api/v1/runs/{number}"));
    assert_eq!(text(&shown.json(), "digest"), digest);
    // The helper reads heads in lower case; a weak tag begins with a capital.
    let etag = shown.header("etag").unwrap().replacen("w/", "W/", 1);
    let known = server.ask("GET", &format!("/api/v1/runs/{number}"), &[("if-none-match", &etag)], b"");
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(server.get(&format!("/api/v1/runs/{number}/response")).body, run.body);
    for missing in ["/api/v1/runs/999", "/api/v1/runs/x", "/api/v1/runs/1"] {
        assert_eq!(server.get(missing).status, 404, "{missing}");
    }
    let verified = desk.run(&["replay", "--verify", "--format", "json"]);
    assert_eq!(verified.answer().get("rebuilt").unwrap().as_f64(), Some(1.0), "while the server runs");
}

#[test]
fn a_submission_goes_its_way_and_no_other() {
    let desk = desk();
    let server = Served::start(&desk, &[]);
    let taken = submit(&server, "k", &body(&seen(&server, REQUEST), REQUEST)).json();
    let id = text(&taken, "id");
    let stage = |word: &str| {
        server.post(&format!("/api/v1/submissions/{id}/stage"), format!(r#"{{"version":1,"stage":"{word}"}}"#).as_bytes())
    };
    // Without Redis it is submitted as soon as it is durable: whoever executes reads the events.
    let start = Instant::now();
    while text(&server.get(&format!("/api/v1/submissions/{id}")).json(), "stage") != "submitted" {
        assert!(start.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(stage("executing").code(), "invalid_state");
    assert_eq!(stage("approved").code(), "unknown_choice", "that is the server's own to say");
    assert_eq!([stage("acknowledged").status, stage("acknowledged").status, stage("done").status], [200; 3]);
    assert_eq!(stage("failed").code(), "invalid_state", "it has come to its end");
    let history: Vec<String> = server
        .get(&format!("/api/v1/submissions/{id}"))
        .json()
        .get("history")
        .unwrap()
        .as_array()
        .unwrap()
        .iter()
        .map(|step| text(step, "stage").to_owned())
        .collect();
    assert_eq!(history, ["approved", "submitted", "acknowledged", "done"]);
    assert_eq!(server.get("/api/v1/submissions/none").status, 404);
}

/// Submissions in the Redis stream, by their own id.
fn ids(redis: &Redis) -> Vec<String> {
    redis.stream("allocator:submissions").into_iter().map(|(_, fields)| fields["id"].clone()).collect()
}

#[test]
fn at_every_named_crash_point_a_submission_is_neither_lost_nor_doubled() {
    for point in ["before_commit", "after_commit", "after_xadd", "before_delivered"] {
        // The third time: the first entries are the journal's own.
        for time in ["1", "2", "3"] {
            let (desk, redis) = (desk(), Redis::start(&[]));
            let url = redis.url();
            let arguments = ["--redis", url.as_str()];
            let calm = Served::start(&desk, &arguments);
            let digest = seen(&calm, REQUEST);
            drop(calm);
            let at = format!("{point}:{time}");
            let mut server = Served::start_with(&desk, &arguments, &[("ALLOCATOR_CRASH_AT", &at)]);
            let mut crashed = false;
            for key in ["k1", "k2", "k3"] {
                let said = body(&digest, REQUEST);
                let start = Instant::now();
                loop {
                    if let Some(reply) = server.try_ask("POST", PATH, &[("idempotency-key", key)], said.as_bytes()) {
                        assert!(matches!(reply.status, 200 | 201), "{at} {}", reply.status);
                        break;
                    }
                    common::wait(&mut server.child);
                    crashed = true;
                    server = Served::start(&desk, &arguments);
                    assert!(start.elapsed() < Duration::from_secs(30), "{at}");
                }
                std::thread::sleep(Duration::from_millis(30));
            }
            // How far Redis is, is noted in a quiet moment.
            let quiet = Instant::now();
            while server.child.try_wait().unwrap().is_none() && !crashed && quiet.elapsed() < Duration::from_secs(1) {
                std::thread::sleep(Duration::from_millis(20));
            }
            if server.child.try_wait().unwrap().is_some() {
                crashed = true;
                server = Served::start(&desk, &arguments);
            }
            let stream = redis.await_stream("allocator:submissions", 3);
            let distinct: BTreeSet<String> = ids(&redis).into_iter().collect();
            assert_eq!((stream.len(), distinct.len()), (3, 3), "{at}");
            drop(server);
            let verified = desk.run(&["replay", "--verify", "--format", "json"]);
            assert_eq!(verified.answer().get("valid"), Some(&Json::Bool(true)), "{at}");
            assert!(crashed || time != "1", "{at} was never reached");
        }
    }
}

/// `count` submissions while the server is killed again and again; answers how often, and the longest way back to readiness.
fn storm(desk: &Desk, redis: &Redis, count: usize, kills_min: usize) -> (usize, Duration) {
    let url = redis.url();
    let arguments = ["--redis", url.as_str(), "--log-level", "error"];
    let mut server = Served::start(desk, &arguments);
    let said = body(&seen(&server, REQUEST), REQUEST);
    let (mut kills, mut longest) = (0, Duration::ZERO);
    let mut random = 12345_u64;
    let mut done = 0;
    while done < count || kills < kills_min {
        // Two senders at once, so that kills meet requests in every state.
        let upto = (done + 1 + count / kills_min.max(1)).min(count);
        let address = server.address.clone();
        let senders: Vec<_> = (0..2)
            .map(|lane| {
                let (address, said) = (address.clone(), said.clone());
                std::thread::spawn(move || {
                    (done..upto).filter(|i| i % 2 == lane).all(|i| {
                        post_to(&address, &format!("key-{i}"), &said).is_some_and(|reply| matches!(reply.status, 200 | 201))
                    })
                })
            })
            .collect();
        // A linear congruence (Knuth's MMIX) picks the moment, so that a run can be repeated.
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        std::thread::sleep(Duration::from_micros((random >> 33) % 30_000));
        let killed = kills < kills_min;
        if killed {
            server.kill();
            kills += 1;
        }
        let all = senders.into_iter().map(|sender| sender.join().unwrap()).fold(true, |all, one| all & one);
        if killed {
            let start = Instant::now();
            server = Served::start(desk, &arguments);
            assert_eq!(server.get("/readyz").status, 200);
            longest = longest.max(start.elapsed());
        }
        if all {
            done = upto;
        }
    }
    let stream = redis.await_stream("allocator:submissions", count);
    let distinct: BTreeSet<String> = ids(redis).into_iter().collect();
    assert_eq!((stream.len(), distinct.len()), (count, count), "0 lost, 0 doubled");
    (kills, longest)
}

mod figures {
    use super::*;

    #[test]
    fn a_thousand_submissions_and_two_hundred_kills_lose_and_double_nothing() {
        let (desk, redis) = (desk(), Redis::start(&["--appendonly", "yes"]));
        let start = Instant::now();
        let (kills, longest) = storm(&desk, &redis, 1_000, 200);
        println!(
            "1,000 submissions, {kills} kills in {:?}: 0 lost, 0 doubled; ready again in {longest:?} at most",
            start.elapsed()
        );
        let verified = desk.run(&["replay", "--verify", "--format", "json"]).answer();
        assert_eq!(verified.get("valid"), Some(&Json::Bool(true)));
        assert_eq!(verified.get("entries").unwrap().get("submission").unwrap().as_f64(), Some(1_000.0));
    }
}

#[test]
fn the_payload_says_what_to_hold_and_where_it_comes_from() {
    let (desk, redis) = (desk(), Redis::start(&[]));
    let server = Served::start(&desk, &["--redis", &redis.url()]);
    let answer = server.post("/api/v1/blend", REQUEST.as_bytes()).json();
    let taken = submit(&server, "k", &body(text(&answer, "digest"), REQUEST)).json();
    let stream = redis.await_stream("allocator:submissions", 1);
    let payload = parse(stream[0].1["payload"].as_bytes()).unwrap();
    assert_eq!(text(&payload, "digest"), text(&answer, "digest"));
    assert_eq!((text(&payload, "id"), text(&payload, "portfolio")), (text(&taken, "id"), "main"));
    let weights = |rows: &Json, name: &str| {
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| (text(row, "symbol").to_owned(), row.get(name).unwrap().as_f64().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(weights(payload.get("allocation").unwrap(), "weight"), weights(answer.get("weights").unwrap(), "final_weight"));
}

#[test]
fn the_sample_consumer_acts_once_also_when_it_is_killed_in_the_middle() {
    let (desk, redis) = (desk(), Redis::start(&[]));
    let server = Served::start(&desk, &["--redis", &redis.url()]);
    let said = body(&seen(&server, REQUEST), REQUEST);
    for i in 0..5 {
        assert_eq!(submit(&server, &format!("k{i}"), &said).status, 201);
    }
    redis.await_stream("allocator:submissions", 5);
    // Cargo builds examples beside the program.
    let example = std::path::Path::new(env!("CARGO_BIN_EXE_allocator")).parent().unwrap().join("examples/consumer");
    let file = desk.dir.path().join("handled.txt");
    let consumer = || {
        let mut command = std::process::Command::new(&example);
        command.arg(redis.url()).arg(format!("http://{}", server.address)).arg(&file).arg("--once");
        command.stdout(std::process::Stdio::piped());
        command
    };
    let mut killed = consumer().spawn().unwrap();
    let mut first = String::new();
    let mut out = std::io::BufReader::new(killed.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut first).unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    let mut acted = vec![first];
    acted.extend(std::io::BufRead::lines(out).map(Result::unwrap));
    let rest = consumer().output().unwrap();
    assert!(rest.status.success());
    acted.extend(String::from_utf8(rest.stdout).unwrap().lines().map(str::to_owned));
    let distinct: BTreeSet<String> =
        acted.iter().map(|line| text(&parse(line.trim().as_bytes()).unwrap(), "id").to_owned()).collect();
    assert_eq!(acted.len(), distinct.len(), "nothing twice: {acted:?}");
    // Killed between remembering and acting, one is left to somebody's attention; never more.
    assert!((4..=5).contains(&acted.len()), "{acted:?}");
    let page = server.get("/api/v1/submissions").json();
    for found in page.get("submissions").unwrap().as_array().unwrap() {
        assert_eq!(text(found, "stage"), "done");
    }
}

#[test]
fn a_full_journal_refuses_a_submission_and_takes_it_when_there_is_room() {
    let desk = desk();
    let server = Served::start(&desk, &["--set", "journal_mib_max=1"]);
    let rows: Vec<String> = (0..1_500).map(|i| format!(r#"["S{i}",{i},0.1]"#)).collect();
    let large = |i: usize| format!(r#"{{"version":1,"signals":{{"a{i}":[{0}],"b":[{0}]}}}}"#, rows.join(","));
    let refused = (0..40).find_map(|i| {
        let request = large(i);
        let reply = submit(&server, &format!("k{i}"), &body(&seen(&server, &request), &request));
        (reply.status != 201).then_some((i, reply))
    });
    let (i, reply) = refused.expect("1 MiB does not hold 40 of them");
    assert_eq!((reply.status, reply.code().as_str()), (507, "storage_full"));
    assert_eq!(server.get("/healthz").status, 200);
    assert_eq!(server.metric("allocator_problems_total{code=\"storage_full\"}"), Some(1.0));
    assert!(desk.log().iter().any(|line| line.get("code").and_then(Json::as_str) == Some("storage_full")));
    drop(server);
    let server = Served::start(&desk, &["--set", "journal_mib_max=64"]);
    let request = large(i);
    assert_eq!(submit(&server, &format!("k{i}"), &body(&seen(&server, &request), &request)).status, 201);
}

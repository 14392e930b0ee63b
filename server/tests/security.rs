//! Who may do what: tokens and their roles, foreign addresses, foreign pages.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use common::{Desk, Reply, Served, desk, text};
use std::time::{Duration, Instant};

const REQUEST: &str = r#"{"version":1,"signals":{"a":[["X",1,1]]}}"#;

/// Makes a token: its id and its secret.
fn token(desk: &Desk, name: &str, role: &str) -> (String, String) {
    let made = desk.run(&["token", "add", "--name", name, "--role", role]).answer();
    (text(&made, "id").to_owned(), format!("Bearer {}", text(&made, "token")))
}

fn ask(server: &Served, method: &str, path: &str, bearer: &str, body: &[u8]) -> Reply {
    server.ask(method, path, &[("authorization", bearer)], body)
}

#[test]
fn with_tokens_nobody_gets_in_without_one_and_each_role_does_its_own() {
    let desk = desk();
    let (viewer, analyst, operator) =
        (token(&desk, "vera", "viewer"), token(&desk, "ann", "analyst"), token(&desk, "otto", "operator"));
    let server = Served::start(&desk, &[]);
    for path in ["/api/v1/portfolios", "/metrics", "/api/v1/events", "/api/v1/nothing"] {
        let reply = server.get(path);
        assert_eq!(
            (reply.status, reply.code().as_str(), reply.header("www-authenticate")),
            (401, "unauthorized", Some("bearer"))
        );
    }
    // Where there is nothing to hide there is nothing to ask.
    for path in ["/healthz", "/readyz", "/", "/api/docs", "/api/v1/openapi.json", "/api/v1/operations"] {
        assert_eq!(server.get(path).status, 200, "{path}");
    }
    for forged in ["Bearer maa_forged", "Basic dXNlcjpwYXNz", "Bearer", &viewer.1[..viewer.1.len() - 1]] {
        assert_eq!(ask(&server, "GET", "/api/v1/portfolios", forged, b"").status, 401, "{forged}");
    }
    assert_eq!(ask(&server, "GET", "/api/v1/portfolios", &viewer.1, b"").status, 200);
    let blend = |bearer: &str| ask(&server, "POST", "/api/v1/blend", bearer, REQUEST.as_bytes());
    assert_eq!((blend(&viewer.1).status, blend(&viewer.1).code().as_str()), (403, "forbidden"));
    assert_eq!(blend(&analyst.1).status, 200);
    let cycle = |bearer: &str| ask(&server, "POST", "/api/v1/portfolios/main/cycles", bearer, b"");
    assert_eq!((cycle(&analyst.1).status, cycle(&operator.1).status), (403, 201));
    let record = ask(&server, "POST", "/api/v1/blend?record=true", &analyst.1, REQUEST.as_bytes());
    let run = ask(&server, "GET", &format!("/api/v1/runs/{}", record.header("x-run").unwrap()), &viewer.1, b"").json();
    assert_eq!(text(&run, "by"), "ann", "the journal knows who");
    assert!(server.ask("GET", "/metrics", &[("authorization", &viewer.1)], b"").status == 200);
    let log = String::from_utf8(desk.read("log.json")).unwrap();
    assert!(!log.contains("maa_"), "no secret in the log");
    let journal = desk.read("allocator-data/journal.sqlite");
    assert!(!journal.windows(4).any(|four| four == b"maa_"), "no secret in the journal");
}

#[test]
fn tokens_are_made_and_taken_back_while_the_server_runs() {
    let desk = desk();
    let first = token(&desk, "root", "operator");
    let server = Served::start(&desk, &[]);
    let await_status = |bearer: &str, status: u16| {
        let start = Instant::now();
        while ask(&server, "GET", "/api/v1/portfolios", bearer, b"").status != status {
            assert!(start.elapsed() < Duration::from_secs(10), "{status}");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let second = token(&desk, "late", "viewer");
    await_status(&second.1, 200);
    assert_eq!(desk.run(&["token", "revoke", &second.0]).code(), 0);
    await_status(&second.1, 401);
    await_status(&first.1, 200);
    assert_eq!(desk.run(&["token", "revoke", &second.0]).code(), 2, "once is enough");
    let listed = desk.run(&["token", "list"]);
    assert!(listed.stdout().contains("\"name\":\"late\"") && listed.stdout().contains("\"revoked\":true"));
    assert!(!listed.stdout().contains("maa_"));
    assert_eq!(desk.run(&["token", "add", "--name", "x", "--role", "king"]).code(), 2);
    assert_eq!(desk.run(&["token", "add", "--name", "x", "--role", "viewer", "--days", "0"]).code(), 2);
}

#[test]
fn any_other_address_than_loopback_needs_tokens() {
    let desk = desk();
    let run = desk.run(&["serve", "--listen", "0.0.0.0:0", "--format", "json"]);
    assert_eq!((run.code(), run.faults()), (2, vec![("unsafe_address".to_owned(), "--listen".to_owned())]));
    assert!(!desk.has("allocator-data"));
    let (id, _) = token(&desk, "root", "operator");
    assert_eq!(desk.run(&["token", "revoke", &id]).code(), 0);
    let run = desk.run(&["serve", "--listen", "0.0.0.0:0", "--format", "json"]);
    assert_eq!(run.code(), 2, "a token that was taken back guards nothing");
}

#[test]
fn pages_of_allowed_origins_may_ask_and_others_may_not() {
    let desk = desk();
    let portal = "https://portal.example.com";
    let server = Served::start(&desk, &["--set", &format!("allowed_origins={portal}")]);
    let preflight = server.ask("OPTIONS", "/api/v1/blend", &[("origin", portal), ("access-control-request-method", "POST")], b"");
    assert_eq!((preflight.status, preflight.header("access-control-allow-origin")), (204, Some(portal)));
    assert!(preflight.header("access-control-allow-headers").unwrap().contains("idempotency-key"));
    let asked = server.ask("POST", "/api/v1/blend", &[("origin", portal)], REQUEST.as_bytes());
    assert_eq!((asked.status, asked.header("access-control-allow-origin")), (200, Some(portal)));
    for foreign in ["https://evil.example", "https://portal.example.com.evil.example", "null"] {
        let asked = server.ask("POST", "/api/v1/blend", &[("origin", foreign)], REQUEST.as_bytes());
        assert_eq!((asked.code().as_str(), asked.header("access-control-allow-origin")), ("host_not_allowed", None));
        let preflight = server.ask("OPTIONS", "/api/v1/blend", &[("origin", foreign)], b"");
        assert_eq!(preflight.header("access-control-allow-origin"), None, "{foreign}");
        // A browser sends no preflight before a WebSocket.
        let socket = [("origin", foreign), ("upgrade", "websocket"), ("connection", "upgrade")];
        assert_eq!(server.ask("GET", "/api/v1/socket", &socket, b"").code(), "host_not_allowed");
    }
}

#[test]
fn the_description_is_rendered_here_and_runs_nothing() {
    let desk = desk();
    let server = Served::start(&desk, &[]);
    let page = server.get("/api/docs");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && !policy.contains("script"), "{policy}");
    let html = String::from_utf8(page.body).unwrap();
    assert!(html.contains("/api/v1/portfolios/{id}/submissions") && !html.contains("<script"));
    assert_eq!(server.get("/api/docs/style.css").header("content-type"), Some("text/css"));
}

#[test]
fn a_token_that_asks_too_often_is_held_back_and_others_are_not() {
    let desk = desk();
    let (busy, calm) = (token(&desk, "busy", "analyst"), token(&desk, "calm", "analyst"));
    let server = Served::start(&desk, &["--set", "token_requests_per_second=5"]);
    let list = |bearer: &str| ask(&server, "GET", "/api/v1/portfolios", bearer, b"");
    let replies: Vec<Reply> = (0..40).map(|_| list(&busy.1)).collect();
    let refused: Vec<&Reply> = replies.iter().filter(|reply| reply.status != 200).collect();
    assert!(replies.iter().take(5).all(|reply| reply.status == 200), "a second of them may come at once");
    assert!(!refused.is_empty());
    for reply in &refused {
        assert_eq!((reply.status, reply.code().as_str(), reply.header("retry-after")), (429, "rate_limited", Some("1")));
    }
    assert_eq!(list(&calm.1).status, 200, "each token has its own");
    assert!((0..10).all(|_| server.get("/healthz").status == 200), "who shows no token is not counted");
    let logged = desk.log().iter().filter(|line| line.get("code").and_then(|code| code.as_str()) == Some("rate_limited")).count();
    assert_eq!(logged, refused.len());
    std::thread::sleep(Duration::from_millis(1_100));
    let metrics = String::from_utf8(ask(&server, "GET", "/metrics", &busy.1, b"").body).unwrap();
    let counted = format!("allocator_problems_total{{code=\"rate_limited\"}} {}\n", refused.len());
    assert!(metrics.contains(&counted), "after a quiet second it goes on, and all are counted");
}

fn unzstd(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    std::io::Read::read_to_end(&mut ruzstd::decoding::StreamingDecoder::new(bytes).unwrap(), &mut plain).unwrap();
    plain
}

#[test]
fn bodies_may_be_packed_both_ways_and_say_the_same() {
    let desk = desk();
    let server = Served::start(&desk, &["--set", "body_bytes_max=65536"]);
    let plain = server.post("/api/v1/blend", REQUEST.as_bytes());
    let gzip = {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut packer, REQUEST.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let zstd = ruzstd::encoding::compress_to_vec(REQUEST.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
    let post = |encoding: &str, body: &[u8]| server.ask("POST", "/api/v1/blend", &[("content-encoding", encoding)], body);
    for (encoding, body) in [("gzip", &gzip), ("zstd", &zstd), ("identity", &REQUEST.as_bytes().to_vec())] {
        assert_eq!(post(encoding, body).body, plain.body, "{encoding}");
    }
    let other = post("br", &gzip);
    assert_eq!((other.status, other.header("accept-encoding")), (415, Some("gzip, zstd")));
    for (encoding, body) in [("gzip", &gzip[..gzip.len() / 2]), ("zstd", &zstd[..zstd.len() / 2]), ("gzip", &zstd)] {
        assert_eq!((post(encoding, body).status, post(encoding, body).code().as_str()), (400, "invalid_usage"), "{encoding}");
    }
    let bomb = ruzstd::encoding::compress_to_vec(&vec![b' '; 1 << 20][..], ruzstd::encoding::CompressionLevel::Fastest);
    assert!(bomb.len() < 65_536);
    assert_eq!((post("zstd", &bomb).status, post("zstd", &bomb).code().as_str()), (413, "limit_exceeded"));

    let get = |accepted: &str| server.ask("GET", "/api/v1/openapi.json", &[("accept-encoding", accepted)], b"");
    let (whole, small) = (get("identity"), get("gzip, deflate, br, zstd"));
    assert_eq!((small.header("content-encoding"), small.header("vary")), (Some("zstd"), Some("accept-encoding")));
    assert!(small.body.len() * 3 < whole.body.len(), "{} of {}", small.body.len(), whole.body.len());
    assert_eq!(unzstd(&small.body), whole.body);
    assert_eq!(get("zstd;q=0.5, gzip").header("content-encoding"), Some("gzip"));
    assert_eq!(server.ask("GET", "/healthz", &[("accept-encoding", "zstd")], b"").header("content-encoding"), None, "too small");
}

#[test]
fn answers_are_compressed_for_who_takes_it() {
    let desk = desk();
    let server = Served::start(&desk, &[]);
    let plain = server.get("/api/v1/openapi.json");
    let small = server.ask("GET", "/api/v1/openapi.json", &[("accept-encoding", "gzip")], b"");
    assert_eq!(small.header("content-encoding"), Some("gzip"));
    assert!(small.body.len() * 3 < plain.body.len());
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&small.body[..]), &mut unpacked).unwrap_or_default();
    assert!(unpacked == plain.body || small.header("transfer-encoding") == Some("chunked"));
}

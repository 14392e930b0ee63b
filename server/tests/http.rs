//! The router without a socket: what each path answers and refuses.
#![allow(missing_docs, reason = "tests are named after what they show")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use allocator_core::wire::{Json, parse};
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use common::text;
use http_body_util::BodyExt;
use server::config::ServerConfig;
use tower::ServiceExt;

const REQUEST: &str = r#"{"version":1,"signals":{"a":[["X",1,0.5],["Y",2,0.5]],"b":[["X",1,1]],"c":[["Z",1,1]]}}"#;

fn config() -> ServerConfig {
    ServerConfig { assets: Some("no such directory".to_owned()), ..ServerConfig::default() }
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Reply {
    fn json(&self) -> Json {
        parse(&self.body).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
    /// Status and code of a problem.
    fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json");
        let json = self.json();
        assert_eq!(json.get("status").unwrap().as_f64(), Some(f64::from(self.status)));
        (self.status, text(&json, "code").to_owned())
    }
}

async fn ask(app: &Router, request: Request<Body>) -> Reply {
    let response = app.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    Reply { status: parts.status.as_u16(), headers: parts.headers, body: body.collect().await.unwrap().to_bytes().to_vec() }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut builder = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(body.into()).unwrap()
}

async fn get(app: &Router, path: &str) -> Reply {
    ask(app, request("GET", path, &[], "")).await
}

async fn post(app: &Router, path: &str, body: impl Into<Body>) -> Reply {
    ask(app, request("POST", path, &[("content-type", "application/json")], body)).await
}

#[tokio::test]
async fn an_operation_answers_the_cores_own_bytes() {
    let app = server::app(config());
    let reply = post(&app, "/api/v1/blend", REQUEST).await;
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    assert_eq!(reply.body, allocator_core::op::run("blend", REQUEST.as_bytes()).unwrap());
    for name in ["correlation", "metrics"] {
        let body = r#"{"version":1,"returns":{"a":[["2024-01-01",0.01],["2024-01-02",0.02]],"b":[["2024-01-01",0.01]]}}"#;
        let reply = post(&app, &format!("/api/v1/{name}"), body).await;
        assert_eq!(reply.body, allocator_core::op::run(name, body.as_bytes()).unwrap_or_else(|p| p.to_json().into_bytes()));
    }
}

#[tokio::test]
async fn refusals_are_problems_with_their_status() {
    let app = server::app(config());
    for (body, expected) in [
        ("", (400, "invalid_json")),
        ("{", (400, "invalid_json")),
        ("{}", (422, "missing_field")),
        ("[]", (422, "wrong_type")),
        (r#"{"version":2,"signals":{}}"#, (422, "unsupported_version")),
        (r#"{"version":1,"signals":{"a":[["X",1,null]]}}"#, (422, "not_finite")),
    ] {
        let (status, code) = post(&app, "/api/v1/blend", body).await.problem();
        assert_eq!((status, code.as_str()), expected, "{body}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_404_and_a_wrong_method_405() {
    let app = server::app(config());
    for path in ["/api/v1/nothing", "/api/v2/blend", "/api", "/nothing", "/api/v1/blend/", "/../etc/passwd", "/%2e%2e/x"] {
        assert_eq!(get(&app, path).await.problem(), (404, "not_found".to_owned()), "{path}");
    }
    assert_eq!(post(&app, "/nothing", "{}").await.problem().0, 404);
    let reply = get(&app, "/api/v1/blend").await;
    assert_eq!((reply.problem(), reply.header("allow")), ((405, "method_not_allowed".to_owned()), "POST"));
    let reply = ask(&app, request("DELETE", "/healthz", &[], "")).await;
    assert_eq!((reply.problem().0, reply.header("allow")), (405, "GET,HEAD"));
}

#[tokio::test]
async fn the_body_must_say_that_it_is_json() {
    let app = server::app(config());
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp"] {
        let reply = ask(&app, request("POST", "/api/v1/blend", &[("content-type", kind)], REQUEST)).await;
        assert_eq!(reply.problem(), (415, "unsupported_media_type".to_owned()), "{kind}");
    }
    assert_eq!(ask(&app, request("POST", "/api/v1/blend", &[], REQUEST)).await.problem().0, 415);
    let reply =
        ask(&app, request("POST", "/api/v1/blend", &[("content-type", "application/json; charset=utf-8")], REQUEST)).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_413_with_and_without_a_length() {
    let app = server::app(ServerConfig { body_bytes_max: 1024, ..config() });
    let long = " ".repeat(1025);
    assert_eq!(post(&app, "/api/v1/blend", long.clone()).await.problem(), (413, "limit_exceeded".to_owned()));
    let declared = [("content-type", "application/json"), ("content-length", "99999999999")];
    assert_eq!(ask(&app, request("POST", "/api/v1/blend", &declared, "")).await.problem().0, 413);
    assert_eq!(ask(&app, request("POST", "/api/v1/inspect", &[], long)).await.problem().0, 413);
    assert_eq!(post(&app, "/api/v1/blend", " ".repeat(1024)).await.problem(), (400, "invalid_json".to_owned()));
}

#[tokio::test]
async fn foreign_names_and_foreign_pages_are_refused() {
    let app = server::app(ServerConfig { allowed_hosts: vec!["desk.example".to_owned()], ..config() });
    for host in ["evil.example", "127.0.0.1.evil.example:8080", "", "localhost@evil.example"] {
        let reply = ask(&app, request("GET", "/healthz", &[("host", host)], "")).await;
        assert_eq!(reply.problem(), (403, "host_not_allowed".to_owned()), "{host:?}");
    }
    for host in ["localhost:8080", "127.0.0.1:1", "[::1]:8080", "desk.example"] {
        assert_eq!(ask(&app, request("GET", "/healthz", &[("host", host)], "")).await.status, 200, "{host}");
    }
    let from = |origin: &'static str| {
        request(
            "POST",
            "/api/v1/blend",
            &[("content-type", "application/json"), ("host", "localhost:8080"), ("origin", origin)],
            REQUEST,
        )
    };
    assert_eq!(ask(&app, from("http://localhost:8080")).await.status, 200);
    for origin in ["https://evil.example", "null", "http://localhost.evil.example"] {
        assert_eq!(ask(&app, from(origin)).await.problem().0, 403, "{origin}");
    }
}

#[tokio::test]
async fn every_answer_carries_id_and_security_headers() {
    let app = server::app(config());
    for path in ["/healthz", "/nothing", "/", "/api/v1/operations"] {
        let reply = get(&app, path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert!(reply.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert!(!reply.header("x-request-id").is_empty());
    }
    let named = ask(&app, request("GET", "/healthz", &[("x-request-id", "desk-7.a")], "")).await;
    assert_eq!(named.header("x-request-id"), "desk-7.a");
    let odd = ask(&app, request("GET", "/healthz", &[("x-request-id", "a b<script>")], "")).await;
    assert_ne!(odd.header("x-request-id"), "a b<script>");
}

#[tokio::test]
async fn inspect_takes_a_file_by_name() {
    let app = server::app(config());
    let file = "symbol,score,weight\nA,1,0.5\nB,2,0.5\n";
    let reply = ask(&app, request("POST", "/api/v1/inspect?name=my%20signals.csv", &[("content-type", "text/csv")], file)).await;
    let json = reply.json();
    assert_eq!((reply.status, json.get("rows").unwrap().as_f64(), text(&json, "name")), (200, Some(2.0), "my signals.csv"));
    let reply = ask(&app, request("POST", "/api/v1/inspect", &[], vec![0_u8; 100])).await;
    assert!(!reply.json().get("problems").unwrap().as_array().unwrap().is_empty());
}

#[tokio::test]
async fn health_readiness_operations_and_description() {
    let dir = tempfile::tempdir().unwrap();
    let app = server::app(ServerConfig { data: dir.path().to_str().unwrap().to_owned(), ..config() });
    assert_eq!(text(&get(&app, "/healthz").await.json(), "status"), "ok");
    assert_eq!(text(&get(&app, "/readyz").await.json(), "status"), "ready");
    drop(dir);
    let gone = get(&app, "/readyz").await;
    assert_eq!((gone.status, text(&gone.json(), "status")), (503, "not ready"));
    let operations = get(&app, "/api/v1/operations").await.json();
    let listed = operations.get("operations").unwrap().as_array().unwrap();
    for name in allocator_core::op::NAMES {
        assert!(listed.iter().any(|entry| text(entry, "name") == *name), "{name}");
    }
    let description = get(&app, "/api/v1/openapi.json").await.json();
    assert_eq!(text(&description, "openapi"), "3.1.0");
    for entry in listed {
        let path = text(entry, "path").split('?').next().unwrap();
        assert!(description.get("paths").unwrap().get(path).is_some(), "{path}");
    }
}

#[tokio::test]
async fn the_dashboard_is_served_with_types_policy_and_caching() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| std::fs::write(dir.path().join(name), content).unwrap();
    write("index.html", "<!doctype html><script type=\"module\">go()</script><link rel=stylesheet href=/style.css>");
    write("app-0123456789abcdef_bg.wasm", "\0asm");
    write("app-0123456789abcdef.js", "export {}");
    write("app-0123456789abcdef.js.br", "compressed");
    write("style.css", "body{}");
    std::fs::create_dir(dir.path().join("sub")).unwrap();
    let app = server::app(ServerConfig { assets: Some(dir.path().to_str().unwrap().to_owned()), ..ServerConfig::default() });
    let page = get(&app, "/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), "no-cache");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("'wasm-unsafe-eval'") && policy.contains("'sha256-"), "{policy}");
    assert!(!policy.contains("'unsafe-inline' 'self'") && !policy.contains("script-src 'unsafe-inline'"));
    let wasm = get(&app, "/app-0123456789abcdef_bg.wasm").await;
    assert_eq!((wasm.status, wasm.header("content-type")), (200, "application/wasm"));
    assert!(wasm.header("cache-control").contains("immutable"));
    let script = ask(&app, request("GET", "/app-0123456789abcdef.js", &[("accept-encoding", "br, gzip")], "")).await;
    assert_eq!((script.header("content-encoding"), script.body.as_slice()), ("br", &b"compressed"[..]));
    assert_eq!(script.header("content-type"), "text/javascript");
    assert!(script.header("content-security-policy").contains("wasm-unsafe-eval"), "a worker's policy comes with its script");
    assert_eq!(get(&app, "/style.css").await.header("cache-control"), "no-cache");
    // A place inside the dashboard is the page for a browser that navigates, and nothing for a program.
    let navigation = [("accept", "text/html,application/xhtml+xml")];
    assert_eq!(ask(&app, request("GET", "/risk", &navigation, "")).await.body, page.body);
    assert_eq!(ask(&app, request("GET", "/risk/today", &navigation, "")).await.problem().0, 404);
    assert_eq!(get(&app, "/risk").await.problem().0, 404);
    assert_eq!(ask(&app, request("GET", "/missing.js", &navigation, "")).await.problem().0, 404);
    for path in ["/sub", "/sub/", "/..%2findex.html", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"] {
        let reply = get(&app, path).await;
        assert!(matches!(reply.status, 404 | 307 | 308), "{path} {}", reply.status);
    }
    write("index.html", "<!doctype html><p>rebuilt");
    assert_eq!(get(&app, "/").await.body, b"<!doctype html><p>rebuilt", "a rebuild needs no restart");
}

#[tokio::test]
async fn without_a_dashboard_the_page_says_how_to_build_it() {
    let page = get(&server::app(config()), "/").await;
    assert_eq!(page.status, 200);
    assert!(String::from_utf8(page.body).unwrap().contains("cargo xtask pages"));
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_workers_and_queue_requests_are_shed_and_the_rest_answered() {
    // One worker, nobody waits: of many at once some are shed, each with Retry-After, and none is lost.
    let app = server::app(ServerConfig { workers: 1, queue_max: 0, ..config() });
    let rows: Vec<String> = (0..20_000).map(|i| format!(r#"["S{i}",{i},0.1]"#)).collect();
    let body = format!(r#"{{"version":1,"signals":{{"a":[{0}],"b":[{0}]}}}}"#, rows.join(","));
    let all: Vec<_> = (0..16)
        .map(|_| {
            let (app, body) = (app.clone(), body.clone());
            tokio::spawn(async move { post(&app, "/api/v1/blend", body).await })
        })
        .collect();
    let (mut answered, mut shed) = (0, 0);
    for reply in all {
        let reply = reply.await.unwrap();
        if reply.status == StatusCode::OK.as_u16() {
            answered += 1;
        } else {
            assert_eq!((reply.problem(), reply.header("retry-after")), ((503, "overloaded".to_owned()), "1"));
            shed += 1;
        }
    }
    assert!(answered >= 1 && shed >= 1, "{answered} answered, {shed} shed");
    assert_eq!(post(&app, "/api/v1/blend", body).await.status, 200, "room again afterwards");
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let app = server::app(ServerConfig { answer_timeout_ms: 50, body_bytes_max: 1 << 28, ..config() });
    let rows: Vec<String> = (0..100_000).map(|i| format!(r#"["S{i}",{i},0.1]"#)).collect();
    let body = format!(r#"{{"version":1,"signals":{{"a":[{}]}}}}"#, rows.join(","));
    let reply = post(&app, "/api/v1/blend", body).await;
    assert_eq!((reply.problem(), reply.header("retry-after")), ((503, "overloaded".to_owned()), "1"));
}

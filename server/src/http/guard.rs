//! What surrounds every request: id, log line, host and origin check, security headers.
//!
//! A page on a foreign site can make a browser send requests to 127.0.0.1, and by rebinding its own name can even read the
//! answers. The `Host` header then still carries the foreign name, so only known names are answered. For what a browser
//! posts, `Origin` must be a known name as well.

use super::App;
use super::problem::{Refusal, Refused, dress};
use crate::auth::{self, Actor};
use crate::journal::Role;
use crate::spans::{Context, Span};
use allocator_core::{Code, Problem};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use tracing::Instrument;

/// Name of the request id, in requests and answers.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Headers that every answer carries unless it set its own. The policy is the one for data: nothing is loaded, run or framed.
const STANDING: &[(&str, &str)] = &[
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("referrer-policy", "no-referrer"),
    // By this the dashboard knows that there is a server behind it, and not a host of files.
    ("x-allocator-api", "v1"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];

/// Wraps every route, and what is no route.
pub(crate) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let id = request_id(&app, request.headers());
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let span = tracing::info_span!("request", id = %id);
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let origin = allowed_origin(&app, request.headers());
    let trace = app.spans.as_ref().and_then(|_| Context::of(Some(request.headers())));
    let answered = async {
        if let Err(problem) = check_host(&app, request.uri(), request.headers(), request.method()) {
            return Refusal(problem).into_response();
        }
        if method == Method::OPTIONS && origin.is_some() {
            return preflight();
        }
        match admit(&app, &path, &method, request.headers()) {
            Ok(actor) => {
                let mut request = request;
                request.extensions_mut().insert(actor);
                next.run(request).await
            }
            Err(problem) => {
                super::body::discard(request.into_body()).await;
                Refusal(problem).into_response()
            }
        }
    };
    let mut response = dress(answered.instrument(span.clone()).await, &path);
    let refused = response.extensions().get::<Refused>().map(|refused| refused.0);
    if let Some(code) = refused {
        app.metrics.count("allocator_problems_total", &[("code", code.as_str())]);
        if code == Code::Unauthorized {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
    }
    let headers = response.headers_mut();
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED_HEADERS));
    }
    if !app.config.allowed_origins.is_empty() {
        headers.append(header::VARY, HeaderValue::from_static("origin"));
    }
    for &(name, value) in STANDING {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    span.in_scope(|| {
        let status = response.status().as_u16();
        let elapsed_ms = start.elapsed().as_secs_f64() * 1e3;
        let code = refused.map(Code::as_str);
        tracing::info!(%method, path, status, elapsed_ms, code, "answered");
        app.metrics.count("allocator_http_requests_total", &[("route", &route), ("status", &status.to_string())]);
        app.metrics.observe("allocator_http_request_seconds", &[("route", &route)], start.elapsed());
        if let (Some(spans), Some(context)) = (&app.spans, trace) {
            let mut attributes = vec![
                ("http.request.method", json!(method.as_str())),
                ("http.response.status_code", json!(status)),
                ("http.route", json!(route)),
                ("allocator.request_id", json!(id)),
            ];
            attributes.extend(code.map(|code| ("error.type", json!(code))));
            let name = format!("{method} {route}");
            spans.add(Span { context, name, serves: true, took: start.elapsed(), attributes, failed: status >= 500 });
        }
    });
    response
}

/// Who asks, as found out before the handler runs.
pub(super) fn actor_of(request: &Request) -> Actor {
    // Without the guard (which every route has) nobody would be known.
    request.extensions().get::<Actor>().cloned().unwrap_or(Actor { name: "nobody".to_owned(), role: Role::Viewer, token: None })
}

/// Headers of ours that a page of another origin may read.
const EXPOSED_HEADERS: &str = "etag, idempotent-replayed, retry-after, x-alerts-raised, x-digest, x-request-id, x-run";

/// Addresses that say nothing about anybody's positions.
fn is_public(path: &str) -> bool {
    let told = ["/api/v1/openapi.json", "/api/v1/operations"];
    !(path.starts_with("/api/") || path == "/metrics") || told.contains(&path) || path.starts_with("/api/docs")
}

/// Who asks, and whether they may read (or, with an unsafe method, do) anything at all. Handlers may ask for more.
fn admit(app: &App, path: &str, method: &Method, headers: &HeaderMap) -> Result<Actor, Problem> {
    let (Some(store), false) = (&app.store, is_public(path)) else { return Ok(Actor::local()) };
    let header = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap_or_default());
    let actor = auth::identify(&store.state(), header, store.now_ms())?;
    app.admit(&actor)?;
    auth::require(&actor, if method.is_safe() { Role::Viewer } else { Role::Analyst })?;
    Ok(actor)
}

/// The origin of the page that asks, where its pages may.
fn allowed_origin(app: &App, headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(header::ORIGIN)?;
    let text = origin.to_str().ok()?;
    app.config.allowed_origins.iter().any(|allowed| allowed.eq_ignore_ascii_case(text)).then(|| origin.clone())
}

/// What a browser asks before it lets a page of another origin send anything.
fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(super::submissions::ALLOWED_HEADERS));
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    response
}

/// The caller's id where it is a plain word, else one of ours.
fn request_id(app: &App, headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    match given {
        Some(id) if (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) => {
            id.to_owned()
        }
        _ => app.next_request_id(),
    }
}

fn check_host(app: &App, uri: &Uri, headers: &HeaderMap, method: &Method) -> Result<(), Problem> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().map(|value| value.to_str().unwrap_or_default());
    // Without a Host (HTTP/1.0, or a router called in a test) there is no browser at the other end.
    let named = [host, uri.authority().map(axum::http::uri::Authority::as_str)];
    for name in named.into_iter().flatten() {
        if hosts.next().is_some() || !is_known(app, name) {
            return Err(Problem::new(
                Code::HostNotAllowed,
                "",
                format!("This server does not answer to the name {:?}.", shortened(name)),
                "Reach it as localhost, or add the name to server.allowed_hosts.",
            ));
        }
    }
    // A WebSocket is opened by GET, and no browser asks before: the origin is all there is.
    if method.is_safe() && !headers.contains_key(header::UPGRADE) {
        return Ok(());
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let allowed = allowed_origin(app, headers).is_some();
        let origin = origin.to_str().unwrap_or_default();
        let known = allowed || origin.split_once("://").is_some_and(|(_, authority)| is_known(app, authority));
        if !known {
            return Err(Problem::new(
                Code::HostNotAllowed,
                "",
                format!("A page of {:?} may not send this.", shortened(origin)),
                "Send it from a page of this server, or add the page's host to server.allowed_hosts.",
            ));
        }
    }
    Ok(())
}

/// Whether a `host[:port]` is this machine or a configured name. The port says nothing: it may be forwarded.
fn is_known(app: &App, authority: &str) -> bool {
    let host = match authority.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((inside, "")) => inside,
            Some((inside, port)) if is_port(port) => inside,
            _ => return false,
        },
        None => match authority.split_once(':') {
            Some((name, port)) if is_port(&format!(":{port}")) => name,
            Some(_) => return false,
            None => authority,
        },
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback())
        || app.config.allowed_hosts.iter().any(|allowed| allowed.trim_matches(['[', ']']).eq_ignore_ascii_case(host))
}

fn is_port(text: &str) -> bool {
    text.strip_prefix(':').is_some_and(|digits| digits.len() <= 5 && digits.bytes().all(|b| b.is_ascii_digit()))
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServerConfig;

    #[test]
    fn only_this_machine_and_configured_names_are_known() {
        let app = App::new(ServerConfig { allowed_hosts: vec!["desk.example".to_owned()], ..ServerConfig::default() });
        for good in
            ["localhost", "LOCALHOST:80", "127.0.0.1:8080", "[::1]:1", "[::1]", "127.1.2.3", "desk.example:443", "localhost."]
        {
            assert!(is_known(&app, good), "{good}");
        }
        for bad in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "10.0.0.1",
            "[::1",
            "[::1]x",
            "localhost:80@evil.example",
            "127.0.0.1:8080/x",
            "desk.example.evil",
        ] {
            assert!(!is_known(&app, bad), "{bad}");
        }
    }
}

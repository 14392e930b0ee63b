//! What surrounds every request: id, log line, host and origin check, security headers.
//!
//! A page on a foreign site can make a browser send requests to 127.0.0.1, and by rebinding its own name can even read the
//! answers. The `Host` header then still carries the foreign name, so only known names are answered. For what a browser
//! posts, `Origin` must be a known name as well.

use super::App;
use super::problem::{Refusal, dress};
use allocator_core::{Code, Problem};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
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
    let answered = async {
        match check_host(&app, request.uri(), request.headers(), request.method()) {
            Ok(()) => next.run(request).await,
            Err(problem) => Refusal(problem).into_response(),
        }
    };
    let mut response = dress(answered.instrument(span.clone()).await, &path);
    let headers = response.headers_mut();
    for &(name, value) in STANDING {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    span.in_scope(|| {
        let status = response.status().as_u16();
        let elapsed_ms = start.elapsed().as_secs_f64() * 1e3;
        tracing::info!(%method, path, status, elapsed_ms, "answered");
    });
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
    if method.is_safe() {
        return Ok(());
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let known = origin.split_once("://").is_some_and(|(_, authority)| is_known(app, authority));
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

//! The dashboard's files: right types, compressed twins beside them, long caching for hashed names, and a policy that runs no
//! script but the page's own.

use super::App;
use super::problem::{Refusal, not_found};
use allocator_core::{Code, Problem};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use sha2::Digest as _;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// What a hashed file says: its content never changes under this name.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// What every other file says: ask again, most likely to hear "unchanged".
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// Shown where no dashboard has been built.
const NO_DASHBOARD: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
content=\"width=device-width\"><title>Multi-Alpha Allocator</title></head><body>\n<h1>Multi-Alpha Allocator</h1>\n<p>The server \
runs. The dashboard is not built yet.</p>\n<p>In the project's directory run <code>cargo xtask pages</code>, then start \
<code>allocator serve --assets dist</code> again.</p>\n<p>The operations answer meanwhile: <a \
href=\"/api/v1/operations\">/api/v1/operations</a>.</p>\n</body></html>\n";

/// Where the built dashboard lies: as set, else `dist` in the current directory, else beside the program.
pub(crate) fn locate(set: Option<&str>) -> Option<PathBuf> {
    if let Some(set) = set {
        return Some(PathBuf::from(set));
    }
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("dist")));
    [Some(PathBuf::from("dist")), beside].into_iter().flatten().find(|dir| dir.join("index.html").is_file())
}

/// Answers what is no route: the page, one of its files, or 404.
pub(crate) async fn fallback(State(app): State<Arc<App>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    if !readable || path == "/api" || path.starts_with("/api/") {
        super::body::discard(request.into_body()).await;
        return Refusal(not_found(&path)).into_response();
    }
    if path == "/" || path == "/index.html" {
        return index(&app).await;
    }
    if let Some(dir) = &app.assets {
        let wants_page = is_page_of_the_dashboard(request.uri(), request.headers());
        let files = ServeDir::new(dir).append_index_html_on_directories(false).precompressed_br().precompressed_gzip();
        // The directory service never fails: what it cannot read, it answers with a status.
        let mut response = match files.oneshot(request).await {
            Ok(response) => response.map(Body::new),
            Err(never) => match never {},
        };
        if response.status().is_success() || response.status().is_redirection() {
            let lasting = if is_hashed(&path) { FOREVER } else { ASK_AGAIN };
            response.headers_mut().insert(header::CACHE_CONTROL, lasting);
            // A worker script brings its own policy, so files have the page's.
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy(&[], &app.config.connect_sources));
            return response;
        }
        if wants_page {
            return index(&app).await;
        }
    }
    Refusal(not_found(&path)).into_response()
}

/// Whether a browser navigates to a place inside the dashboard (`/risk`, say), which the page itself will find. One step deep
/// only: the page names its files relative to itself.
fn is_page_of_the_dashboard(uri: &Uri, headers: &HeaderMap) -> bool {
    let html = headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"));
    html && uri.path().strip_prefix('/').is_some_and(|name| !name.contains(['.', '/']))
}

/// The page, with a policy that names its inline scripts by hash. Read anew each time: it is small, and a rebuild changes it.
async fn index(app: &App) -> Response {
    let html = match &app.assets {
        None => NO_DASHBOARD.to_owned(),
        Some(dir) => match tokio::fs::read_to_string(dir.join("index.html")).await {
            Ok(html) => html,
            Err(error) if error.kind() == ErrorKind::NotFound => NO_DASHBOARD.to_owned(),
            Err(error) => return Refusal(Problem::new(Code::Io, "index.html", error.to_string(), "")).into_response(),
        },
    };
    let policy = policy(&inline_scripts(&html), &app.config.connect_sources);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, ASK_AGAIN),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, html).into_response()
}

/// The policy of the page: its own scripts, WebAssembly, Workers; no plug-in, no frame around it, no foreign address but those that
/// the configuration names for data and streams.
fn policy(inline: &[&str], sources: &[String]) -> HeaderValue {
    use std::fmt::Write as _;
    let mut text = String::from("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'");
    for script in inline {
        let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(script.as_bytes()));
        let _ = write!(text, " 'sha256-{hash}'");
    }
    text.push_str("; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'");
    for source in sources {
        text.push(' ');
        text.push_str(source);
    }
    text.push_str(
        "; worker-src 'self' blob:; manifest-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
    );
    // Base64, checked origins and the text above are plain ASCII.
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
}

/// The bodies of scripts that stand in the page itself, byte for byte.
fn inline_scripts(html: &str) -> Vec<&str> {
    let lower = html.to_ascii_lowercase();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = lower[from..].find("<script").map(|at| from + at) {
        let Some(begin) = tag_end(&lower, open) else { break };
        let Some(end) = lower[begin..].find("</script").map(|at| begin + at) else { break };
        let tag = &lower[open..begin];
        if !tag.split(|c: char| c.is_whitespace() || c == '/').any(|attribute| attribute.starts_with("src=")) && begin < end {
            found.push(&html[begin..end]);
        }
        from = end;
    }
    found
}

/// The byte after the `>` that closes a tag; quoted `>` do not close it.
fn tag_end(html: &str, open: usize) -> Option<usize> {
    let mut quote = None;
    for (i, byte) in html.bytes().enumerate().skip(open) {
        match (quote, byte) {
            (None, b'>') => return Some(i + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(q), b) if q == b => quote = None,
            _ => {}
        }
    }
    None
}

/// Whether the name carries a hash of the content: twelve hexadecimal digits or more in a row, as the build writes them.
fn is_hashed(path: &str) -> bool {
    // A folder is named by all that is in it.
    path.split(['/', '-', '_', '.']).any(|part| part.len() >= 12 && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_found_and_linked_ones_are_not() {
        let html =
            "<SCRIPT type=\"module\" data-x='a>b'>one\n</SCRIPT><script src=\"/x.js\"></script><script>two</script ><script>";
        assert_eq!(inline_scripts(html), ["one\n", "two"]);
    }

    #[test]
    fn the_hash_is_the_one_browsers_compute() {
        // The example of the CSP specification: alert('Hello, world.');
        let policy = policy(&["alert('Hello, world.');"], &[]);
        assert!(policy.to_str().unwrap().contains("'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"));
    }

    #[test]
    fn the_page_may_ask_the_hosts_that_are_named_and_no_other() {
        let named = policy(&[], &["wss://feed.example".to_owned(), "https://data.example:8443".to_owned()]);
        assert!(
            named.to_str().unwrap().contains("; connect-src 'self' wss://feed.example https://data.example:8443; worker-src")
        );
        assert!(policy(&[], &[]).to_str().unwrap().contains("; connect-src 'self'; worker-src"));
    }

    #[test]
    fn hashed_names() {
        assert!(is_hashed("/dashboard-4f2a9c0b1d3e5f67.js"));
        assert!(is_hashed("/dashboard-4f2a9c0b1d3e5f67_bg.wasm"));
        assert!(!is_hashed("/sample-momentum.csv"));
        assert!(!is_hashed("/index.html"));
        assert!(is_hashed("/engine-4f2a9c0b1d3e5f67/worker.js"));
        assert!(!is_hashed("/fonts/ibm-plex-sans-latin-400-normal.woff2"));
    }
}

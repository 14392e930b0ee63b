//! Compressed bodies, both ways: answers as zstd (gzip is the library's layer around this one), requests as gzip or zstd.
//!
//! zstd is the pure-Rust `ruzstd`, as for data files. Whatever a compressed body promises, it is unpacked within the limits of a plain
//! one: bytes are counted, and memory set aside, as they come out.

use super::gate::{Gate, Reserve};
use allocator_core::{Code, Problem};
use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt as _;
use std::io::Read;

/// What a request may be packed in, for who sent another.
pub(crate) const ACCEPTED: HeaderValue = HeaderValue::from_static("gzip, zstd");

/// Answers from this size on are worth it, bytes.
const WORTH: u64 = 1_024;

/// Answers up to this size are packed at once, and so in memory, bytes; a larger one goes as gzip, which is packed as it goes.
const WHOLE_MAX: u64 = 64 << 20;

/// Packing beyond this size is no work for the threads that answer sockets, bytes.
const AWAY: u64 = 64 << 10;

/// The largest window of a zstd body (RFC 9659), bytes: memory that its header merely claims to need.
const WINDOW_MAX: u64 = 8 << 20;

/// Unpacked so many bytes at a time.
const CHUNK: usize = 64 << 10;

/// How a request's body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packed {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Packed {
    /// What `Content-Encoding` says; nothing for a plain body.
    ///
    /// # Errors
    /// `unsupported_media_type`.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let mut named = headers.get_all(header::CONTENT_ENCODING).iter();
        let Some(first) = named.next() else { return Ok(None) };
        let word = first.to_str().unwrap_or_default().trim().to_ascii_lowercase();
        match (word.as_str(), named.next()) {
            ("" | "identity", None) => Ok(None),
            ("gzip" | "x-gzip", None) => Ok(Some(Packed::Gzip)),
            ("zstd", None) => Ok(Some(Packed::Zstd)),
            _ => Err(Problem::new(
                Code::UnsupportedMediaType,
                "content-encoding",
                format!("The body is packed as {:?}.", word.chars().take(40).collect::<String>()),
                "Send it plain, or packed once, as gzip or zstd.",
            )),
        }
    }

    /// The plain bytes, at most `limit` of them.
    ///
    /// # Errors
    /// `limit_exceeded`, `overloaded`; `invalid_usage` where it is damaged or ends too soon.
    pub(crate) fn unpack(self, packed: &[u8], gate: &Gate, reserve: &mut Reserve, limit: usize) -> Result<Vec<u8>, Problem> {
        let mut plain = Vec::new();
        match self {
            Packed::Gzip => drain(flate2::read::MultiGzDecoder::new(packed), &mut plain, gate, reserve, limit)?,
            Packed::Zstd => {
                let mut rest = packed;
                while !rest.is_empty() {
                    let frame = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(&mut rest, WINDOW_MAX)
                        .map_err(|error| damaged(&error))?;
                    drain(frame, &mut plain, gate, reserve, limit)?;
                }
            }
        }
        Ok(plain)
    }
}

fn drain(mut from: impl Read, plain: &mut Vec<u8>, gate: &Gate, reserve: &mut Reserve, limit: usize) -> Result<(), Problem> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = from.read(&mut chunk).map_err(|error| damaged(&error))?;
        if count == 0 {
            return Ok(());
        }
        if count > limit - plain.len() {
            return Err(super::body::too_large(limit));
        }
        gate.grow(reserve, count)?;
        plain.extend_from_slice(&chunk[..count]);
    }
}

fn damaged(error: &impl std::fmt::Display) -> Problem {
    Problem::new(
        Code::InvalidUsage,
        "content-encoding",
        format!("The body cannot be unpacked: {error}."),
        "Send the whole body, packed as Content-Encoding says.",
    )
}

/// Packs an answer as zstd for who takes that at least as gladly as gzip.
pub(crate) async fn answer(request: Request, next: Next) -> Response {
    let wanted = prefers_zstd(request.headers());
    let response = next.run(request).await;
    if !wanted || !is_worth_it(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let size = body.size_hint().exact().unwrap_or_default();
    // A body of known size is in memory already.
    let Ok(plain) = body.collect().await.map(http_body_util::Collected::to_bytes) else {
        return Response::from_parts(parts, Body::empty());
    };
    let source = plain.clone();
    let pack = move || ruzstd::encoding::compress_to_vec(&source[..], ruzstd::encoding::CompressionLevel::Fastest);
    let packed = if size > AWAY { tokio::task::spawn_blocking(pack).await.unwrap_or_default() } else { pack() };
    parts.headers.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    // Noise does not become smaller.
    if packed.is_empty() || packed.len() >= plain.len() {
        return Response::from_parts(parts, Body::from(plain));
    }
    parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("zstd"));
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(packed.len()));
    parts.headers.remove(header::ACCEPT_RANGES);
    Response::from_parts(parts, Body::from(packed))
}

/// Whole answers of text; not files (which have packed twins), parts of files, streams, or what is packed already.
fn is_worth_it(response: &Response) -> bool {
    let headers = response.headers();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let is_text = kind.starts_with("text/") && !kind.starts_with("text/event-stream") || kind.contains("json");
    let size = response.body().size_hint().exact();
    is_text
        && size.is_some_and(|size| (WORTH..=WHOLE_MAX).contains(&size))
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !headers.contains_key(header::CONTENT_RANGE)
        && !headers.contains_key(header::LAST_MODIFIED)
}

/// Whether `Accept-Encoding` names zstd, and nothing that we have above it.
fn prefers_zstd(headers: &HeaderMap) -> bool {
    let (mut zstd, mut gzip) = (0.0, 0.0);
    for value in headers.get_all(header::ACCEPT_ENCODING) {
        for part in value.to_str().unwrap_or_default().split(',') {
            let mut words = part.split(';').map(str::trim);
            let name = words.next().unwrap_or_default();
            let quality = words.find_map(|word| word.strip_prefix("q=")).map_or(1.0, |q| q.parse::<f64>().unwrap_or(0.0));
            if name.eq_ignore_ascii_case("zstd") {
                zstd = quality;
            } else if name.eq_ignore_ascii_case("gzip") {
                gzip = quality;
            }
        }
    }
    zstd > 0.0 && zstd >= gzip
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServerConfig;
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(bytes).unwrap();
        packer.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    #[test]
    fn bodies_are_unpacked_within_the_limits_of_plain_ones() {
        let gate = Gate::new(&ServerConfig { memory_bytes_max: 1 << 20, ..ServerConfig::default() });
        let text = b"weights sum to one, ".repeat(1_000);
        for (how, packed) in [(Packed::Gzip, gzip(&text)), (Packed::Zstd, zstd(&text))] {
            let unpack = |packed: &[u8], limit| how.unpack(packed, &gate, &mut Reserve::default(), limit);
            assert_eq!(unpack(&packed, text.len()).unwrap(), text);
            // Twice in a row is what `cat` makes of two of them.
            assert_eq!(unpack(&[&packed[..], &packed[..]].concat(), 2 * text.len()).unwrap().len(), 2 * text.len());
            assert_eq!(unpack(&packed, text.len() - 1).unwrap_err().code, Code::LimitExceeded);
            assert_eq!(unpack(&packed[..packed.len() / 2], text.len()).unwrap_err().code, Code::InvalidUsage, "{how:?} cut");
            assert_eq!(unpack(b"plain text", 100).unwrap_err().code, Code::InvalidUsage);
        }
        // A bomb: 64 MiB of zeros in some tens of KB. The memory set aside for bodies ends before the limit does.
        for (how, bomb) in [(Packed::Gzip, gzip(&vec![0; 64 << 20])), (Packed::Zstd, zstd(&vec![0; 64 << 20]))] {
            let problem = how.unpack(&bomb, &gate, &mut Reserve::default(), 1 << 30).unwrap_err();
            assert_eq!(problem.code, Code::Overloaded, "{how:?}");
        }
        let mut reserve = Reserve::default();
        gate.grow(&mut reserve, 1 << 20).unwrap();
    }

    #[test]
    fn what_is_asked_for_is_read() {
        let prefers = |text: &str| prefers_zstd(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, text.parse().unwrap())]));
        assert!(prefers("gzip, deflate, br, zstd") && prefers("zstd;q=0.9, gzip;q=0.8"));
        assert!(!prefers("gzip") && !prefers("zstd;q=0") && !prefers("zstd;q=0.5, gzip") && !prefers_zstd(&HeaderMap::new()));
        let packed = |text: &str| Packed::of(&HeaderMap::from_iter([(header::CONTENT_ENCODING, text.parse().unwrap())]));
        assert_eq!((packed("GZIP").unwrap(), packed("identity").unwrap()), (Some(Packed::Gzip), None));
        for other in ["br", "gzip, zstd", "deflate"] {
            assert_eq!(packed(other).unwrap_err().code, Code::UnsupportedMediaType, "{other}");
        }
    }
}

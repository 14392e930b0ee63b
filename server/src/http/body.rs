//! Reading a request body within its limits of size, time and memory.

use super::encoding::Packed;
use super::gate::{Gate, Reserve};
use crate::config::{ServerConfig, milliseconds};
use allocator_core::{Code, Problem};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use std::time::Duration;

/// How long the rest of a refused body is read and thrown away, so that the client gets to read the answer.
const DISCARD_TIME: Duration = Duration::from_secs(1);

/// Reads the whole body and unpacks it; what is left of a refused one is thrown away.
///
/// # Errors
/// `limit_exceeded`, `overloaded`, `request_timeout`, `unsupported_media_type` for an unknown `Content-Encoding`, or `invalid_usage`
/// where the connection broke off or the body cannot be unpacked.
pub(crate) async fn read(gate: &Gate, config: &ServerConfig, request: Request) -> Result<(Reserve, Vec<u8>), Problem> {
    let declared = declared_length(request.headers());
    let packed = Packed::of(request.headers());
    let limit = config.body_bytes_max as usize;
    let mut body = request.into_body();
    let collected = async {
        let packed = packed?;
        gate.expect_room()?;
        if declared.is_some_and(|length| length > limit as u64) {
            return Err(too_large(limit));
        }
        let read = tokio::time::timeout(milliseconds(config.body_timeout_ms), collect(gate, &mut body, limit)).await;
        let (mut reserve, bytes) = read.unwrap_or_else(|_| {
            Err(Problem::new(
                Code::RequestTimeout,
                "",
                format!("The body did not arrive within {} ms.", config.body_timeout_ms),
                "Send it faster, or raise server.body_timeout_ms.",
            ))
        })?;
        let Some(packed) = packed else { return Ok((reserve, bytes)) };
        let inside = gate.clone();
        let unpack = move || packed.unpack(&bytes, &inside, &mut reserve, limit).map(|plain| (reserve, plain));
        tokio::task::spawn_blocking(unpack)
            .await
            .unwrap_or_else(|error| Err(Problem::internal(format!("a body was not unpacked: {error}"))))
    }
    .await;
    if let Err(problem) = &collected
        && problem.code != Code::RequestTimeout
    {
        discard(body).await;
    }
    collected
}

async fn collect(gate: &Gate, body: &mut Body, limit: usize) -> Result<(Reserve, Vec<u8>), Problem> {
    let mut reserve = Reserve::default();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Problem::new(
                Code::InvalidUsage,
                "",
                format!("The body could not be read: {error}."),
                "Send the whole body, as long as Content-Length says.",
            )
        })?;
        let Some(data) = frame.data_ref() else { continue };
        if data.len() > limit - bytes.len() {
            return Err(too_large(limit));
        }
        gate.grow(&mut reserve, data.len())?;
        bytes.extend_from_slice(data);
    }
    Ok((reserve, bytes))
}

/// What `Content-Length` says, if anything.
fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

pub(super) fn too_large(limit: usize) -> Problem {
    Problem::new(
        Code::LimitExceeded,
        "",
        format!("The body is larger than {limit} bytes."),
        "Send less at once, or raise server.body_bytes_max.",
    )
}

/// Reads and forgets: closing a socket with unread bytes resets it, and the client would never see why.
pub(crate) async fn discard(mut body: Body) {
    let _ = tokio::time::timeout(DISCARD_TIME, async { while let Some(Ok(_)) = body.frame().await {} }).await;
}

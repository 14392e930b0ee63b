//! A [`Problem`] as an HTTP answer (RFC 9457).

use allocator_core::{Code, Problem};
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// Media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Seconds after which a request that was shed, or sent too often, may try again.
const RETRY_AFTER_S: &str = "1";

/// The code of a refusal, for who counts them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refused(pub(crate) Code);

/// A problem on its way out.
#[derive(Debug)]
pub struct Refusal(pub Problem);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Refusal(problem)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut problem = self.0;
        if matches!(problem.code, Code::Internal | Code::Io | Code::JournalDamaged) {
            // What went wrong inside is for the log, not for the client.
            tracing::error!(code = problem.code.as_str(), path = problem.path, detail = problem.message, "internal failure");
            problem = Problem::new(
                problem.code,
                "",
                "The server could not answer because of a defect or failure of its own.",
                "Report it with the request id of this answer; the server's log has the details.",
            );
        }
        let mut response = Response::new(Body::from(problem.to_json()));
        response.extensions_mut().insert(Refused(problem.code));
        *response.status_mut() = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if matches!(problem.code, Code::Overloaded | Code::RateLimited | Code::RedisUnavailable) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S));
        }
        if problem.code == Code::UnsupportedMediaType && problem.path == "content-encoding" {
            headers.insert(header::ACCEPT_ENCODING, super::encoding::ACCEPTED);
        }
        response
    }
}

/// There is nothing at this path.
pub(crate) fn not_found(path: &str) -> Problem {
    Problem::new(
        Code::NotFound,
        path,
        "There is nothing at this address.",
        "GET /api/v1/operations lists the operations; / is the dashboard.",
    )
}

/// Turns a bare error status of a library (404, 405, 413 …) into a problem; leaves every other answer as it is.
pub(crate) fn dress(response: Response, path: &str) -> Response {
    let status = response.status();
    let dressed = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/"));
    if !(status.is_client_error() || status.is_server_error()) || dressed {
        return response;
    }
    let problem = match status {
        StatusCode::NOT_FOUND => not_found(path),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            Code::MethodNotAllowed,
            path,
            "The address does not answer to this method.",
            "The Allow header names the methods that it answers to.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(Code::LimitExceeded, "", "The body is larger than the server takes.", "Send less at once.")
        }
        StatusCode::RANGE_NOT_SATISFIABLE => {
            // The only client error that is an ordinary part of fetching a file.
            return response;
        }
        _ if status.is_client_error() => {
            Problem::new(Code::InvalidUsage, "", format!("The request was refused: {status}."), "Mend the request.")
        }
        _ => Problem::internal(format!("bare status {status} at {path}")),
    };
    let mut answer = Refusal(problem).into_response();
    *answer.status_mut() = status;
    if let Some(allow) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}

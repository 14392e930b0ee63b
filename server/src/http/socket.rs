//! `/api/v1/socket`: the same events over a WebSocket, and signals the other way.
//!
//! Out: `{"type":"event", …}` as in the stream. In: `{"type":"signals","portfolio":…,"ref":…,"body":{…}}`, the body as it would be posted;
//! answered by `{"type":"received","ref":…}` when durable, or `{"type":"problem","ref":…,"problem":{…}}`. Nothing else is understood.

use super::events::{Follower, Heard, Wanted};
use super::{App, Refusal, guard};
use crate::auth::{self, Actor};
use crate::journal::Role;
use crate::signals::{self, Form};
use allocator_core::wire::{Json, parse, to_canonical_bytes, to_canonical_string};
use allocator_core::{Code, Problem};
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Opens the socket.
pub(crate) async fn socket(State(app): State<Arc<App>>, request: Request) -> Response {
    let actor = guard::actor_of(&request);
    let follower = Wanted::of(&request).and_then(|wanted| Follower::new(&app, wanted));
    let (mut parts, _) = request.into_parts();
    let upgrade = match WebSocketUpgrade::from_request_parts(&mut parts, &app).await {
        Ok(upgrade) => upgrade,
        Err(refused) => {
            let message = format!("This address speaks WebSocket: {refused}.");
            return Refusal(Problem::new(Code::InvalidUsage, "", message, "Open it as a WebSocket.")).into_response();
        }
    };
    match follower {
        Ok(follower) => {
            let limit = app.config.body_bytes_max as usize;
            upgrade.max_message_size(limit).max_frame_size(limit).on_upgrade(move |socket| speak(app, socket, follower, actor))
        }
        Err(problem) => Refusal(problem).into_response(),
    }
}

#[derive(Serialize)]
struct Envelope<'a, T> {
    #[serde(flatten)]
    content: &'a T,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(rename = "type")]
    kind: &'static str,
}

async fn speak(app: Arc<App>, mut socket: WebSocket, mut follower: Follower, actor: Actor) {
    loop {
        let answer = tokio::select! {
            heard = follower.next() => match heard {
                Heard::Event(event) => text("event", None, &event),
                Heard::Silence => Some(Message::Ping(axum::body::Bytes::new())),
                Heard::End => None,
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(said))) => answer(&app, said.as_bytes(), &actor).await,
                Some(Ok(Message::Binary(said))) => answer(&app, &said, &actor).await,
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(Message::Close(_)) | Err(_)) | None => None,
            },
        };
        let Some(answer) = answer else { break };
        let patience = crate::config::milliseconds(app.config.write_timeout_ms);
        if !matches!(tokio::time::timeout(patience, socket.send(answer)).await, Ok(Ok(()))) {
            return;
        }
    }
    let _ = tokio::time::timeout(std::time::Duration::from_secs(1), socket.send(Message::Close(None))).await;
}

fn text<T: Serialize>(kind: &'static str, reference: Option<String>, content: &T) -> Option<Message> {
    Some(Message::Text(to_canonical_string(&Envelope { content, reference, kind }).ok()?.into()))
}

async fn answer(app: &App, said: &[u8], actor: &Actor) -> Option<Message> {
    let mut reference = None;
    let taken = async {
        let tree = parse(said)?;
        let field = |name: &str| tree.get(name).and_then(Json::as_str);
        reference = field("ref").map(|text| text.chars().take(128).collect());
        let missing = |name: &str| {
            Problem::new(
                Code::MissingField,
                format!("/{name}"),
                format!("The message has no {name}."),
                "Send {\"type\":\"signals\",\"portfolio\":…,\"body\":{…}}.",
            )
        };
        if field("type") != Some("signals") {
            return Err(Problem::new(Code::UnknownChoice, "/type", "The message is of no known type.", "Known: signals."));
        }
        app.admit(actor)?;
        auth::require(actor, Role::Analyst)?;
        let portfolio = field("portfolio").ok_or_else(|| missing("portfolio"))?;
        let body = to_canonical_bytes(tree.get("body").ok_or_else(|| missing("body"))?)?;
        signals::take(app, portfolio, body, Form::Json, "websocket", &actor.name).await
    };
    match taken.await {
        Ok(received) => text("received", reference, &received),
        Err(problem) => {
            tracing::warn!(code = problem.code.as_str(), by = actor.name, reason = problem.message, "a message was refused");
            app.metrics.count("allocator_problems_total", &[("code", problem.code.as_str())]);
            // A problem has a `type` of its own.
            text("problem", reference, &BTreeMap::from([("problem", problem)]))
        }
    }
}

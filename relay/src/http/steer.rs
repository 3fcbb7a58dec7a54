//! Hints and requests over HTTP.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use pilothouse_shared::{
    Body, ChannelId, ErrorCode, EventId, Extra, HintAcknowledged, HintEntry, Outcome, RequestEntry,
    RequestId, Visibility,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::access::Caller;
use super::error::{HttpError, HttpResult};
use super::events::wait;
use crate::Server;
use crate::channel::{Proposal, Resolve};

/// How long to wait for something to happen.
#[derive(Debug, Deserialize)]
pub(super) struct WaitQuery {
    wait: Option<u64>,
}

/// Hints that are the caller's from now on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct HintList {
    /// Oldest first.
    #[schema(value_type = Vec<Object>)]
    hints: Vec<HintEntry>,
}

/// What an agent says of a hint.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub(super) struct Acknowledge {
    /// What it made of it.
    note: Option<String>,
}

/// How somebody resolves a request.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct ResolveBody {
    /// `allowed`, `denied`, `answered`, `elsewhere` or `withdrawn`.
    #[schema(value_type = String)]
    outcome: Outcome,
    /// What the agent is told.
    message: Option<String>,
    /// Input to use instead.
    #[schema(value_type = Option<Object>)]
    updated_input: Option<Value>,
    /// The answer to a question.
    answer: Option<String>,
}

pub(super) async fn hints(
    State(server): State<Server>,
    Caller(caller): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
    query: Result<Query<WaitQuery>, QueryRejection>,
) -> HttpResult<Json<HintList>> {
    let Path(channel) = channel?;
    let wait = wait(query?.wait)?;
    let channel = server.hub.find_or_create(&channel, &caller).await?;
    let _present = channel.enter(caller.clone());
    let stopping = server.stopping.clone().cancelled_owned();
    tokio::select! {
        hints = channel.take_hints(&caller, "poll", wait) => Ok(Json(HintList { hints: hints? })),
        () = stopping => Ok(Json(HintList { hints: Vec::new() })),
    }
}

pub(super) async fn acknowledge(
    State(server): State<Server>,
    Caller(author): Caller,
    path: Result<Path<(ChannelId, EventId)>, PathRejection>,
    body: axum::body::Bytes,
) -> HttpResult<StatusCode> {
    let Path((channel, hint)) = path?;
    let Acknowledge { note } = read_or_default(&body)?;
    let channel = server.hub.find(&channel)?;
    let body = Body::HintAcknowledged(HintAcknowledged {
        hint,
        note,
        extra: Extra::new(),
    });
    let visibility = Visibility::Public;
    channel
        .publish(vec![Proposal {
            author,
            body,
            id: None,
            visibility,
        }])
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks, and waits for the outcome if told to. Asking again with the same request id waits again.
pub(super) async fn ask(
    State(server): State<Server>,
    Caller(author): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
    query: Result<Query<WaitQuery>, QueryRejection>,
    body: Result<Json<Body>, JsonRejection>,
) -> HttpResult<Json<RequestEntry>> {
    let Path(channel) = channel?;
    let wait = query?.wait;
    let Json(body) = body?;
    let request = request_of(&body)?;
    let found = server.hub.find_or_create(&channel, &author).await?;
    let visibility = Visibility::Public;
    let proposal = Proposal {
        author: author.clone(),
        body,
        id: None,
        visibility,
    };
    match found.publish(vec![proposal]).await {
        Err(refusal) if refusal.code != ErrorCode::AlreadyExists => return Err(refusal.into()),
        _ => {}
    }
    outcome(&server, &author, &channel, &request, wait).await
}

pub(super) async fn request(
    State(server): State<Server>,
    Caller(caller): Caller,
    path: Result<Path<(ChannelId, RequestId)>, PathRejection>,
    query: Result<Query<WaitQuery>, QueryRejection>,
) -> HttpResult<Json<RequestEntry>> {
    let Path((channel, request)) = path?;
    outcome(&server, &caller, &channel, &request, query?.wait).await
}

pub(super) async fn resolve(
    State(server): State<Server>,
    Caller(author): Caller,
    path: Result<Path<(ChannelId, RequestId)>, PathRejection>,
    body: Result<Json<ResolveBody>, JsonRejection>,
) -> HttpResult<Json<RequestEntry>> {
    let Path((id, request)) = path?;
    let Json(ResolveBody {
        outcome: how,
        message,
        updated_input,
        answer,
    }) = body?;
    let channel = server.hub.find(&id)?;
    let resolve = Resolve {
        outcome: how,
        message,
        updated_input,
        answer,
    };
    let body = channel.resolution(&author, &request, resolve)?;
    let visibility = Visibility::Public;
    let proposal = Proposal {
        author: author.clone(),
        body,
        id: None,
        visibility,
    };
    channel.publish(vec![proposal]).await?;
    outcome(&server, &author, &id, &request, None).await
}

async fn outcome(
    server: &Server,
    viewer: &pilothouse_shared::Author,
    channel: &ChannelId,
    request: &RequestId,
    seconds: Option<u64>,
) -> HttpResult<Json<RequestEntry>> {
    let wait = wait(seconds)?;
    let channel = server.hub.find(channel)?;
    let not_found = || HttpError::new(ErrorCode::NotFound, "there is no such request");
    let stopping = || HttpError::new(ErrorCode::Unavailable, "the relay is stopping; ask again");
    let entry = tokio::select! {
        entry = channel.await_outcome(viewer, request, wait) => entry.ok_or_else(not_found)?,
        () = server.stopping.clone().cancelled_owned() => return Err(stopping()),
    };
    Ok(Json(entry))
}

fn request_of(body: &Body) -> HttpResult<RequestId> {
    match body {
        Body::PermissionRequested(body) => Ok(body.request.clone()),
        Body::QuestionAsked(body) => Ok(body.request.clone()),
        _ => {
            let message = "ask with a `permission_requested` or a `question_asked` body";
            Err(HttpError::new(ErrorCode::Invalid, message))
        }
    }
}

/// A JSON body that may be absent.
fn read_or_default<T: Default + serde::de::DeserializeOwned>(bytes: &[u8]) -> HttpResult<T> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(T::default());
    }
    let bad = |error: serde_json::Error| HttpError::new(ErrorCode::BadFrame, error.to_string());
    serde_json::from_slice(bytes).map_err(bad)
}

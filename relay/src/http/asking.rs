//! Requests over HTTP: asked, waited for, resolved.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use pilothouse_shared::{Body, ChannelId, ErrorCode, Outcome, RequestEntry, RequestId, Visibility};
use serde::Deserialize;
use serde_json::Value;

use super::access::{Caller, names_member};
use super::error::{HttpError, HttpResult};
use super::events::wait;
use super::openapi::shapes;
use super::steer::WaitQuery;
use crate::Server;
use crate::access::Action;
use crate::channel::{Proposal, Resolve};

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
    /// Those of the request's suggestions that hold from now on.
    #[schema(value_type = Option<Vec<Object>>)]
    suggestions: Option<Vec<Value>>,
    /// The answer to a question.
    answer: Option<String>,
}

/// Asks, and waits for the outcome if told to. Asking again with the same request id waits again.
#[utoipa::path(
    post,
    path = "/api/channels/{channel}/requests",
    operation_id = "ask",
    tag = "steering",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        WaitQuery,
    ),
    request_body(
        description = "A `permission_requested` or `question_asked` body.",
        content = shapes::Body
    ),
    responses(
        (status = 200, description = "The request; open while it has no `resolution`.", body = shapes::Request),
        (status = 400, description = "The body is not JSON, or not of this shape."),
        (status = 404, description = "The channel was removed: create it again."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 429, description = "The relay holds as many channels as it may."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn ask(
    State(server): State<Server>,
    Caller(author, access): Caller,
    headers: HeaderMap,
    channel: Result<Path<ChannelId>, PathRejection>,
    query: Result<Query<WaitQuery>, QueryRejection>,
    body: Result<Json<Body>, JsonRejection>,
) -> HttpResult<Json<RequestEntry>> {
    let Path(channel) = channel?;
    let wait = wait(query?.wait)?;
    let Json(mut body) = body?;
    let request = request_of(&body)?;
    // Whoever has no name is somebody else at its next call.
    if !wait.is_zero() && names_member(&headers) {
        stays(&mut body);
    }
    let visibility = Visibility::Public;
    let proposals = vec![Proposal {
        author: author.clone(),
        body,
        id: None,
        visibility,
    }];
    let entrance = server.hub.entrance(&access);
    let found = entrance.find_or_create_for(&channel, &author, &proposals);
    match found.await?.publish(proposals).await {
        Err(refusal) if refusal.code != ErrorCode::AlreadyExists => return Err(refusal.into()),
        _ => {}
    }
    outcome(&server, &Caller(author, access), &channel, &request, wait).await
}

/// A request; waits for its outcome if told to.
#[utoipa::path(
    get,
    path = "/api/channels/{channel}/requests/{request}",
    operation_id = "show_request",
    tag = "steering",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        ("request" = String, Path, description = "The id its asker chose."),
        WaitQuery,
    ),
    responses(
        (status = 200, description = "The request.", body = shapes::Request),
        (status = 404, description = "There is no such channel or request."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 503, description = "The relay is stopping: ask again."),
    )
)]
pub(super) async fn request(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    path: Result<Path<(ChannelId, RequestId)>, PathRejection>,
    query: Result<Query<WaitQuery>, QueryRejection>,
) -> HttpResult<Json<RequestEntry>> {
    let Path((channel, request)) = path?;
    outcome(
        &server,
        &Caller(caller, access),
        &channel,
        &request,
        wait(query?.wait)?,
    )
    .await
}

/// Resolves a request; the first outcome wins.
#[utoipa::path(
    post,
    path = "/api/channels/{channel}/requests/{request}/resolve",
    operation_id = "resolve_request",
    tag = "steering",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        ("request" = String, Path, description = "The id its asker chose."),
    ),
    request_body = ResolveBody,
    responses(
        (status = 200, description = "The request with its outcome.", body = shapes::Request),
        (status = 400, description = "The body is not JSON, or not of this shape."),
        (status = 404, description = "There is no such channel or request."),
        (status = 409, description = "Somebody else was first."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn resolve(
    State(server): State<Server>,
    Caller(author, access): Caller,
    path: Result<Path<(ChannelId, RequestId)>, PathRejection>,
    body: Result<Json<ResolveBody>, JsonRejection>,
) -> HttpResult<Json<RequestEntry>> {
    let Path((id, request)) = path?;
    let Json(ResolveBody {
        outcome: how,
        message,
        updated_input,
        suggestions,
        answer,
    }) = body?;
    let entrance = server.hub.entrance(&access);
    let channel = entrance.find(Action::Resolve(how), &id)?;
    let resolve = Resolve {
        outcome: how,
        message,
        updated_input,
        suggestions,
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
    outcome(
        &server,
        &Caller(author, access),
        &id,
        &request,
        Duration::ZERO,
    )
    .await
}

async fn outcome(
    server: &Server,
    Caller(viewer, access): &Caller,
    id: &ChannelId,
    request: &RequestId,
    wait: Duration,
) -> HttpResult<Json<RequestEntry>> {
    let entrance = server.hub.entrance(access);
    let channel = entrance.find(Action::Await, id)?;
    let _present = (!wait.is_zero()).then(|| channel.enter(Arc::new(viewer.clone())));
    let not_found = || HttpError::new(ErrorCode::NotFound, "there is no such request");
    let stopping = || HttpError::new(ErrorCode::Unavailable, "the relay is stopping; ask again");
    // Before anything is waited for.
    let asked = channel.await_outcome(viewer, request, Duration::ZERO).await;
    let asked = asked.filter(|entry| entrance.sees_request_of(id, &entry.author.member));
    asked.ok_or_else(not_found)?;
    let entry = tokio::select! {
        entry = channel.await_outcome(viewer, request, wait) => entry.ok_or_else(not_found)?,
        () = server.stopping.clone().cancelled_owned() => return Err(stopping()),
    };
    Ok(Json(entry))
}

/// Who waits for the outcome goes without a word when its connection breaks.
fn stays(body: &mut Body) {
    match body {
        Body::PermissionRequested(body) => body.waits = body.waits.or(Some(true)),
        Body::QuestionAsked(body) => body.waits = body.waits.or(Some(true)),
        _ => {}
    }
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

//! Hints over HTTP.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use pilothouse_shared::{
    Body, ChannelId, ErrorCode, EventId, Extra, HintAcknowledged, HintEntry, Visibility,
};
use serde::{Deserialize, Serialize};

use super::access::Caller;
use super::error::{HttpError, HttpResult};
use super::events::{wait, wait_over};
use super::handover;
use super::openapi::shapes;
use crate::Server;
use crate::access::Action;
use crate::channel::{Proposal, Taker};

/// How long to wait for something to happen.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct WaitQuery {
    /// Seconds, at most 60; 0 when absent.
    #[param(maximum = 60)]
    pub(super) wait: Option<u64>,
}

/// Which hints, and how long to wait for them.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct HintsQuery {
    /// Seconds, at most 60; 0 when absent.
    #[param(maximum = 60)]
    pub(super) wait: Option<u64>,
    /// The caller's session: hints for it are handed over too, those for others never.
    pub(super) session: Option<String>,
}

/// Hints that are the caller's from now on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct HintList {
    /// Oldest first.
    #[schema(value_type = Vec<shapes::Hint>)]
    hints: Vec<HintEntry>,
}

/// What an agent says of a hint.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
pub(super) struct Acknowledge {
    /// What it made of it.
    note: Option<String>,
}

/// Hands the caller the pending hints for it: at most 50, each to one agent, once. They are delivered when
/// the answer is written, and back in the queue when it cannot be.
#[utoipa::path(
    get,
    path = "/api/channels/{channel}/hints",
    operation_id = "take_hints",
    tag = "steering",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        HintsQuery,
    ),
    responses(
        (status = 200, description = "Hints that are the caller's now.", body = HintList),
        (status = 404, description = "The channel was removed: create it again."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 429, description = "The relay holds as many channels as it may."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn hints(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
    query: Result<Query<HintsQuery>, QueryRejection>,
) -> HttpResult<Response> {
    let Path(channel) = channel?;
    let Query(query) = query?;
    let over = wait_over(&server, wait(query.wait)?);
    let channel = server
        .hub
        .entrance(&access)
        .find_or_create(Action::Report, &channel, &caller)
        .await?;
    let _present = channel.enter(Arc::new(caller.clone()));
    let (author, session) = (caller, query.session);
    let taker = Taker { author, session };
    let lease = channel.lease_hints(&taker, over).await?;
    let hints = lease.hints().to_vec();
    handover::answer(&server, &HintList { hints }, lease, "poll")
}

/// Says that a hint was taken into account.
#[utoipa::path(
    post,
    path = "/api/channels/{channel}/hints/{hint}/acknowledge",
    operation_id = "acknowledge_hint",
    tag = "steering",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        ("hint" = String, Path, description = "The hint's id."),
    ),
    request_body = Option<Acknowledge>,
    responses(
        (status = 204, description = "It is acknowledged."),
        (status = 400, description = "The body is not JSON, or not of this shape."),
        (status = 404, description = "There is no such channel or hint."),
        (status = 409, description = "It was acknowledged before, or has expired."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn acknowledge(
    State(server): State<Server>,
    Caller(author, access): Caller,
    path: Result<Path<(ChannelId, EventId)>, PathRejection>,
    body: Result<Bytes, BytesRejection>,
) -> HttpResult<StatusCode> {
    let Path((channel, hint)) = path?;
    let Acknowledge { note } = read_or_default(&body?)?;
    let channel = server
        .hub
        .entrance(&access)
        .find(Action::Report, &channel)?;
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

/// A JSON body that may be absent.
fn read_or_default<T: Default + serde::de::DeserializeOwned>(bytes: &[u8]) -> HttpResult<T> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(T::default());
    }
    let bad = |error: serde_json::Error| HttpError::new(ErrorCode::BadFrame, error.to_string());
    serde_json::from_slice(bytes).map_err(bad)
}

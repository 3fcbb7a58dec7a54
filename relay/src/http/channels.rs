//! Channels: list, create, show, remove, join, leave.

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use pilothouse_shared::{Body, ChannelId, Extra, Joined, Left};
use serde::{Deserialize, Serialize};

use super::access::Caller;
use super::error::HttpResult;
use crate::access::Action;
use crate::channel::Summary;
use crate::{Server, clock};

/// Every channel.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ChannelList {
    /// Those heard of last come first.
    channels: Vec<Summary>,
}

/// A channel to create.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct NewChannel {
    /// Its id; made by the relay when absent.
    #[schema(value_type = Option<String>)]
    id: Option<ChannelId>,
    /// What people call it.
    name: String,
}

/// Every channel; those heard of last come first.
#[utoipa::path(
    get,
    path = "/api/channels",
    operation_id = "list_channels",
    tag = "channels",
    responses(
        (status = 200, description = "Every channel.", body = ChannelList),
    )
)]
pub(super) async fn list(
    State(server): State<Server>,
    Caller(caller, access): Caller,
) -> Json<ChannelList> {
    let summary = |channel: &std::sync::Arc<crate::channel::Channel>| channel.summary(&caller);
    let mut channels: Vec<_> = server
        .hub
        .entrance(&access)
        .all()
        .iter()
        .map(summary)
        .collect();
    channels.sort_by(|a, b| b.last_at.cmp(&a.last_at).then_with(|| a.id.cmp(&b.id)));
    Json(ChannelList { channels })
}

/// Creates a channel.
#[utoipa::path(
    post,
    path = "/api/channels",
    operation_id = "create_channel",
    tag = "channels",
    request_body = NewChannel,
    responses(
        (status = 201, description = "The new channel.", body = Summary),
        (status = 400, description = "The body is not JSON, or not of this shape."),
        (status = 409, description = "A channel of this id exists."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 429, description = "The relay holds as many channels as it may."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn create(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    body: Result<Json<NewChannel>, JsonRejection>,
) -> HttpResult<(StatusCode, Json<Summary>)> {
    let Json(NewChannel { id, name }) = body?;
    crate::name::check(&name)?;
    let id = id.unwrap_or_else(|| clock::fresh(ChannelId::new));
    let channel = server
        .hub
        .entrance(&access)
        .create(&id, &name, &caller)
        .await?;
    Ok((StatusCode::CREATED, Json(channel.summary(&caller))))
}

/// A channel in a few words.
#[utoipa::path(
    get,
    path = "/api/channels/{channel}",
    operation_id = "show_channel",
    tag = "channels",
    params(("channel" = String, Path, description = "The channel's id.")),
    responses(
        (status = 200, description = "The channel.", body = Summary),
        (status = 404, description = "There is no such channel."),
    )
)]
pub(super) async fn show(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
) -> HttpResult<Json<Summary>> {
    let Path(channel) = channel?;
    Ok(Json(
        server
            .hub
            .entrance(&access)
            .find(Action::Watch, &channel)?
            .summary(&caller),
    ))
}

/// Removes a channel and its history. Its subscribers are told.
#[utoipa::path(
    delete,
    path = "/api/channels/{channel}",
    operation_id = "remove_channel",
    tag = "channels",
    params(("channel" = String, Path, description = "The channel's id.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 404, description = "There is no such channel."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn remove(
    State(server): State<Server>,
    Caller(_, access): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
) -> HttpResult<StatusCode> {
    let Path(channel) = channel?;
    server.hub.entrance(&access).remove(&channel).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Joins the channel as a member that stays when its connections end. Joining again changes nothing.
#[utoipa::path(
    post,
    path = "/api/channels/{channel}/join",
    operation_id = "join_channel",
    tag = "channels",
    params(("channel" = String, Path, description = "The channel's id.")),
    responses(
        (status = 200, description = "The channel.", body = Summary),
        (status = 404, description = "The channel was removed: create it again."),
        (status = 429, description = "The relay holds as many channels as it may."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn join(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
) -> HttpResult<Json<Summary>> {
    let Path(channel) = channel?;
    let channel = server
        .hub
        .entrance(&access)
        .find_or_create(Action::Join, &channel, &caller)
        .await?;
    if !channel.has_joined(&caller) {
        let body = Body::Joined(Joined {
            extra: Extra::new(),
        });
        channel.announce(caller.clone(), body).await?;
    }
    Ok(Json(channel.summary(&caller)))
}

/// Leaves the channel. Leaving again changes nothing.
#[utoipa::path(
    post,
    path = "/api/channels/{channel}/leave",
    operation_id = "leave_channel",
    tag = "channels",
    params(("channel" = String, Path, description = "The channel's id.")),
    responses(
        (status = 200, description = "The channel.", body = Summary),
        (status = 404, description = "There is no such channel."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn leave(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
) -> HttpResult<Json<Summary>> {
    let Path(channel) = channel?;
    let channel = server.hub.entrance(&access).find(Action::Join, &channel)?;
    if channel.has_joined(&caller) {
        let body = Body::Left(Left {
            extra: Extra::new(),
        });
        channel.announce(caller.clone(), body).await?;
    }
    Ok(Json(channel.summary(&caller)))
}

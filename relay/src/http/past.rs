//! What was: the state of a channel at any moment that is kept.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use pilothouse_shared::{ChannelId, ErrorCode, Position, Seq, Snapshot};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use super::access::Caller;
use super::error::{HttpError, HttpResult};
use super::openapi::shapes;
use crate::Server;
use crate::access::Action;
use crate::channel::{Known, Past};

/// Folds at once. More would only take the processors and the store from those who follow the present.
const MAX_FOLDS: usize = 2;

/// What folding needs of the whole relay.
#[derive(Debug)]
pub(crate) struct Folds {
    /// Whose turn it is. Who waits holds nothing but its question.
    turns: Semaphore,
    known: Known,
}

impl Default for Folds {
    fn default() -> Self {
        Self {
            turns: Semaphore::new(MAX_FOLDS),
            known: Known::default(),
        }
    }
}

/// Which moment.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct SnapshotQuery {
    /// The seq of the last event to fold in; the newest when absent. From the floor less one, where
    /// nothing has happened yet, up to the head.
    #[param(value_type = Option<u64>)]
    at: Option<Seq>,
}

/// What was known of a channel at one position.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct PastSnapshot {
    /// The position it is of: the events after it lead on from here.
    #[schema(value_type = shapes::Position)]
    position: Position,
    /// The state: shared/PROTOCOL.md, section 11. Without what the caller may not see.
    #[schema(value_type = Object)]
    snapshot: Snapshot,
    /// The seq of the oldest event held; 0 when there is none.
    #[schema(value_type = u64)]
    floor: Seq,
    /// Whether everything up to the position is in it. If not, what happened before the floor is no
    /// longer known, and it is as if the channel had begun there.
    complete: bool,
}

/// The state of a channel at any moment that is kept, folded from its history.
#[utoipa::path(
    get,
    path = "/api/channels/{channel}/snapshot",
    operation_id = "show_snapshot",
    tag = "events",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        SnapshotQuery,
    ),
    responses(
        (status = 200, description = "The state.", body = PastSnapshot),
        (status = 404, description = "There is no such channel, or that part of its history is pruned."),
        (status = 422, description = "`at` is no seq, or none of the channel yet."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn snapshot(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
    query: Result<Query<SnapshotQuery>, QueryRejection>,
) -> HttpResult<Json<PastSnapshot>> {
    let Path(channel) = channel?;
    let Query(SnapshotQuery { at }) = query?;
    let channel = server.hub.entrance(&access).find(Action::Watch, &channel)?;
    let stopped = |_| HttpError::new(ErrorCode::Unavailable, "the relay stops: ask again later");
    let turn = server.folds.turns.acquire().await.map_err(stopped)?;
    let past = channel.past(&caller, at, &server.folds.known).await?;
    drop(turn);
    let Past {
        position,
        snapshot,
        floor,
        complete,
    } = past;
    Ok(Json(PastSnapshot {
        position,
        snapshot,
        floor,
        complete,
    }))
}

//! Hints for a program that hands them on: taken first, and delivered when it says that they arrived.
//! If it does not say so they are back in the queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use pilothouse_shared::limits::MAX_NAME_BYTES;
use pilothouse_shared::{ChannelId, ErrorCode, HintEntry, MemberId};
use serde::{Deserialize, Serialize};
use tokio::time::sleep;

use super::access::Caller;
use super::error::{HttpError, HttpResult};
use super::events::{wait, wait_over};
use super::openapi::shapes;
use super::steer::HintsQuery;
use crate::access::Action;
use crate::channel::{Lease, Taker};
use crate::{Server, clock};

/// Most leases at once.
const MAX_LEASES: usize = 1024;

/// How long the one who took hints has to hand them on.
const LEASE_FOR: Duration = Duration::from_secs(15);

/// The hints that programs are handing on. At most [`MAX_LEASES`]; each leaves when it is said what
/// became of it, or after [`LEASE_FOR`].
#[derive(Debug, Default)]
pub(crate) struct Leases {
    held: Mutex<HashMap<String, Held>>,
}

#[derive(Debug)]
struct Held {
    taker: MemberId,
    channel: ChannelId,
    lease: Lease,
}

/// Hints to hand on.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Leased {
    /// Names the lease; absent when there is no hint.
    #[serde(skip_serializing_if = "Option::is_none")]
    lease: Option<String>,
    /// Oldest first.
    #[schema(value_type = Vec<shapes::Hint>)]
    hints: Vec<HintEntry>,
}

/// That hints arrived.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(super) struct Deliver {
    /// The path by which the agent got them, for their authors.
    via: String,
}

/// Takes the pending hints for the caller, at most 50, to hand them on: nobody else gets them for 15 s.
/// Say within that time that they were delivered; else they are back in the queue.
#[utoipa::path(
    post,
    path = "/api/channels/{channel}/leases",
    operation_id = "lease_hints",
    tag = "steering",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        HintsQuery,
    ),
    responses(
        (status = 200, description = "The hints, and the lease that names them.", body = Leased),
        (status = 404, description = "The channel was removed: create it again."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 429, description = "The relay holds as many channels or leases as it may."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn take(
    State(server): State<Server>,
    Caller(author, access): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
    query: Result<Query<HintsQuery>, QueryRejection>,
) -> HttpResult<Json<Leased>> {
    let Path(id) = channel?;
    let Query(query) = query?;
    let over = wait_over(&server, wait(query.wait)?);
    let channel = server
        .hub
        .entrance(&access)
        .find_or_create(Action::Report, &id, &author)
        .await?;
    let _present = channel.enter(Arc::new(author.clone()));
    let taker = author.member.clone();
    let session = query.session;
    let agent = Taker { author, session };
    let lease = channel.lease_hints(&agent, over).await?;
    let hints = lease.hints().to_vec();
    let lease = match lease.is_empty() {
        true => None,
        false => Some(hold(
            &server,
            Held {
                taker,
                channel: id,
                lease,
            },
        )?),
    };
    Ok(Json(Leased { lease, hints }))
}

/// Says that the hints of a lease arrived: their authors are told.
#[utoipa::path(
    post,
    path = "/api/channels/{channel}/leases/{lease}/deliver",
    operation_id = "deliver_lease",
    tag = "steering",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        ("lease" = String, Path, description = "The lease."),
    ),
    request_body = Deliver,
    responses(
        (status = 204, description = "The hints count as delivered."),
        (status = 400, description = "The body is not JSON, or not of this shape."),
        (status = 404, description = "The lease is over, and the hints are back in the queue."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 503, description = "The relay is stopping."),
    )
)]
pub(super) async fn deliver(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    path: Result<Path<(ChannelId, String)>, PathRejection>,
    body: Result<Json<Deliver>, JsonRejection>,
) -> HttpResult<StatusCode> {
    let Path((channel, lease)) = path?;
    let Json(Deliver { via }) = body?;
    if via.is_empty() || via.len() > MAX_NAME_BYTES {
        let message = format!("`via` has between 1 and {MAX_NAME_BYTES} bytes");
        return Err(HttpError::new(ErrorCode::Invalid, message));
    }
    access.check(Action::Report, &channel)?;
    let held = server.leases.end(&lease, &channel, &caller.member)?;
    // To the end, whether or not the caller stays to hear of it.
    let receipts = async move { held.lease.delivered(&via).await };
    let stored = server.connections.spawn(receipts).await;
    let stopped = |_| HttpError::new(ErrorCode::Unavailable, "the relay is stopping");
    stored.map_err(stopped)??;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives the hints of a lease back at once: they did not arrive.
#[utoipa::path(
    delete,
    path = "/api/channels/{channel}/leases/{lease}",
    operation_id = "return_lease",
    tag = "steering",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        ("lease" = String, Path, description = "The lease."),
    ),
    responses(
        (status = 204, description = "The hints are back in the queue."),
        (status = 404, description = "The lease is over, and the hints are back in the queue."),
    )
)]
pub(super) async fn give_back(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    path: Result<Path<(ChannelId, String)>, PathRejection>,
) -> HttpResult<StatusCode> {
    let Path((channel, lease)) = path?;
    access.check(Action::Report, &channel)?;
    server.leases.end(&lease, &channel, &caller.member)?;
    Ok(StatusCode::NO_CONTENT)
}

fn hold(server: &Server, held: Held) -> HttpResult<String> {
    let id = clock::fresh(ChannelId::new).to_string();
    server.leases.begin(&id, held)?;
    let (leases, key) = (Arc::clone(&server.leases), id.clone());
    let stopping = server.stopping.clone();
    server.connections.spawn(async move {
        tokio::select! {
            () = sleep(LEASE_FOR) => {}
            () = stopping.cancelled() => {}
        }
        drop(leases.remove(&key));
    });
    Ok(id)
}

impl Leases {
    fn held(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, id: &str, held: Held) -> HttpResult<()> {
        let mut all = self.held();
        if all.len() < MAX_LEASES {
            all.insert(id.to_owned(), held);
            return Ok(());
        }
        drop(all);
        let message = "too many hints are being handed on; try again in a moment";
        Err(HttpError::new(ErrorCode::RateLimited, message))
    }

    /// The lease, if it is this taker's.
    fn end(&self, id: &str, channel: &ChannelId, taker: &MemberId) -> HttpResult<Held> {
        let mut all = self.held();
        let is_theirs = |held: &Held| held.taker == *taker && held.channel == *channel;
        let held = match all.get(id).is_some_and(is_theirs) {
            true => all.remove(id),
            false => None,
        };
        drop(all);
        let over = || {
            HttpError::new(
                ErrorCode::NotFound,
                "this lease is over; take the hints anew",
            )
        };
        held.ok_or_else(over)
    }

    fn remove(&self, id: &str) -> Option<Held> {
        self.held().remove(id)
    }
}

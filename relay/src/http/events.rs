//! Events and signals over HTTP: publish, read, wait.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use pilothouse_shared::codec::check_depth;
use pilothouse_shared::limits::{DEFAULT_HISTORY, MAX_BATCH, MAX_DEPTH, MAX_WAIT_SECONDS};
use pilothouse_shared::{
    Author, Body, ChannelId, DecodeError, ErrorCode, Event, EventId, Op, Seq, SignalKey, Visibility,
};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, timeout_at};

use super::access::{Caller, IDEMPOTENCY_KEY};
use super::error::{HttpError, HttpResult};
use super::lines;
use crate::Server;
use crate::channel::{Channel, Proposal};
use crate::engine::Stretch;

/// What was published, in order.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct PublishedList {
    published: Vec<PublishedItem>,
}

/// One published event.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct PublishedItem {
    /// Its id.
    #[schema(value_type = String)]
    id: EventId,
    /// Its seq.
    #[schema(value_type = u64)]
    seq: Seq,
    /// Present and true when the id was stored before, and nothing was stored now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    duplicate: bool,
}

/// Who may see what is published.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PublishQuery {
    /// `public` (the default), `agents`, or members parted by commas.
    visibility: Option<String>,
}

/// A page of events.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct EventList {
    /// Oldest first.
    #[schema(value_type = Vec<Object>)]
    events: Vec<Event>,
    /// Whether there are more in the direction asked for.
    more: bool,
}

/// Which events.
#[derive(Debug, Deserialize)]
pub(super) struct PageQuery {
    after: Option<Seq>,
    before: Option<Seq>,
    limit: Option<usize>,
    wait: Option<u64>,
}

pub(super) async fn publish(
    State(server): State<Server>,
    Caller(author): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
    query: Result<Query<PublishQuery>, QueryRejection>,
    request: Request,
) -> HttpResult<Response> {
    let Path(channel) = channel?;
    let visibility = visibility(query?.visibility.as_deref())?;
    let key = idempotency_key(request.headers())?;
    if is_plain(request.headers()) {
        let channel = server.hub.find_or_create(&channel, &author).await?;
        let id = key.map(EventId::new).transpose()?;
        let body = lines::message_body(String::new());
        let like = Proposal {
            author,
            body,
            id,
            visibility,
        };
        let done = lines::publish(&channel, &like, request.into_body()).await?;
        return Ok(Json(done).into_response());
    }
    let bodies = bodies(&Bytes::from_request(request, &()).await?)?;
    let channel = server.hub.find_or_create(&channel, &author).await?;
    let proposals = bodies.into_iter().enumerate().map(|(index, body)| {
        let id = key.as_ref().map(|key| event_id(key, index)).transpose()?;
        let (author, visibility) = (author.clone(), visibility.clone());
        Ok(Proposal {
            author,
            body,
            id,
            visibility,
        })
    });
    let proposals = proposals.collect::<HttpResult<Vec<_>>>()?;
    let stored = channel.publish(proposals).await?;
    let item = |stored: crate::engine::Stored| PublishedItem {
        id: stored.id,
        seq: stored.seq,
        duplicate: stored.duplicate,
    };
    Ok(Json(PublishedList {
        published: stored.into_iter().map(item).collect(),
    })
    .into_response())
}

/// Whether the body is text, a message a line.
fn is_plain(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/plain"))
}

/// One body, an array of bodies, or a body a line.
fn bodies(bytes: &[u8]) -> HttpResult<Vec<Body>> {
    let bad = |message: String| HttpError::new(ErrorCode::BadFrame, message);
    let is_array = bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    let bodies = if is_array {
        serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?
    } else {
        let stream = serde_json::Deserializer::from_slice(bytes).into_iter::<Body>();
        let limited = stream.take(MAX_BATCH + 1).enumerate();
        let read = limited
            .map(|(index, body)| body.map_err(|error| bad(format!("body {}: {error}", index + 1))));
        read.collect::<HttpResult<Vec<_>>>()?
    };
    match bodies.len() {
        0 => Err(bad(
            "send a body, an array of bodies, or a body a line".to_owned()
        )),
        1..=MAX_BATCH => Ok(bodies),
        _ => {
            let message = format!("a request has at most {MAX_BATCH} bodies; send several");
            Err(HttpError::new(ErrorCode::TooLarge, message))
        }
    }
}

fn visibility(text: Option<&str>) -> HttpResult<Visibility> {
    match text {
        None | Some("public") => Ok(Visibility::Public),
        Some("agents") => Ok(Visibility::Agents),
        Some(members) => {
            let members = members
                .split(',')
                .map(str::parse)
                .collect::<Result<_, _>>()?;
            Ok(Visibility::Only(members))
        }
    }
}

fn idempotency_key(headers: &HeaderMap) -> HttpResult<Option<String>> {
    let Some(key) = headers.get(IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let invalid = |_| HttpError::new(ErrorCode::Invalid, "the Idempotency-Key is not text");
    key.to_str()
        .map(|key| Some(key.to_owned()))
        .map_err(invalid)
}

/// The id of one event of a batch: the key itself for the first, so that one event keeps its name.
pub(super) fn event_id(key: &str, index: usize) -> HttpResult<EventId> {
    Ok(match index {
        0 => EventId::new(key)?,
        _ => EventId::new(format!("{key}.{index}"))?,
    })
}

pub(super) async fn page(
    State(server): State<Server>,
    Caller(caller): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> HttpResult<Json<EventList>> {
    let Path(channel) = channel?;
    let Query(query) = query?;
    let stretch = stretch(query.before, query.after)?;
    let limit = query.limit.unwrap_or(DEFAULT_HISTORY);
    let channel = server.hub.find(&channel)?;
    let wait = wait(query.wait)?;
    let stopping = server.stopping.clone().cancelled_owned();
    tokio::select! {
        page = await_page(&channel, &caller, stretch, limit, wait) => page.map(Json),
        () = stopping => Ok(Json(EventList { events: Vec::new(), more: false })),
    }
}

async fn await_page(
    channel: &Channel,
    caller: &Author,
    stretch: Stretch,
    limit: usize,
    wait: Duration,
) -> HttpResult<EventList> {
    let deadline = Instant::now() + wait;
    let mut changes = channel.changes();
    loop {
        // Marks the changes so far as seen before reading: what comes later ends the wait.
        changes.borrow_and_update();
        let (events, more) = channel.page(caller, stretch, limit).await?;
        let is_over = !events.is_empty() || more || matches!(stretch, Stretch::Before(_));
        if is_over || timeout_at(deadline, changes.changed()).await.is_err() {
            return Ok(EventList { events, more });
        }
    }
}

/// Which events a question is about: the newest when it names no seq.
pub(super) fn stretch(before: Option<Seq>, after: Option<Seq>) -> HttpResult<Stretch> {
    match (before, after) {
        (Some(_), Some(_)) => Err(HttpError::new(
            ErrorCode::Invalid,
            "ask for `before` or for `after`, not for both",
        )),
        (None, Some(after)) => Ok(Stretch::After(after)),
        (before, None) => Ok(Stretch::Before(before.unwrap_or(Seq(u64::MAX)))),
    }
}

/// The wait of a long poll.
pub(super) fn wait(seconds: Option<u64>) -> HttpResult<Duration> {
    let seconds = seconds.unwrap_or(0);
    if seconds > MAX_WAIT_SECONDS {
        let message = format!("`wait` is at most {MAX_WAIT_SECONDS} seconds; ask again after");
        return Err(HttpError::new(ErrorCode::Invalid, message));
    }
    Ok(Duration::from_secs(seconds))
}

/// A frame is held to its depth when it is read; what comes without a frame is held to the same.
fn check_op(op: &Op) -> HttpResult<()> {
    let Op::Set(value) = op else { return Ok(()) };
    let refused = |error: DecodeError| HttpError::new(error.code, error.message);
    check_depth(value, MAX_DEPTH - 2).map_err(refused)
}

pub(super) async fn signal(
    State(server): State<Server>,
    Caller(caller): Caller,
    path: Result<Path<(ChannelId, SignalKey)>, PathRejection>,
    op: Result<Json<Op>, JsonRejection>,
) -> HttpResult<StatusCode> {
    let Path((channel, key)) = path?;
    let Json(op) = op?;
    check_op(&op)?;
    server
        .hub
        .find_or_create(&channel, &caller)
        .await?
        .signal(&key, &op)?;
    Ok(StatusCode::NO_CONTENT)
}

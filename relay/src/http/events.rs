//! Events and signals over HTTP: publish, read, wait.

mod reading;

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use pilothouse_shared::codec::check_depth;
use pilothouse_shared::limits::{DEFAULT_HISTORY, MAX_DEPTH, MAX_WAIT_SECONDS};
use pilothouse_shared::{
    Author, ChannelId, DecodeError, Epoch, ErrorCode, Event, EventId, Op, Position, Refusal, Seq,
    SignalKey,
};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use self::reading::{bodies, idempotency_key, is_plain, visibility};
use super::access::Caller;
use super::error::{HttpError, HttpResult};
use super::lines;
use super::openapi::shapes;
use crate::Server;
use crate::access::Action;
use crate::channel::{Channel, Proposal, Reading};
use crate::engine::Stretch;
use crate::limits::Account;

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
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PublishQuery {
    /// `public` (the default), `agents`, or members parted by commas.
    visibility: Option<String>,
}

/// A page of events.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct EventList {
    /// Oldest first.
    #[schema(value_type = Vec<shapes::Event>)]
    events: Vec<Event>,
    /// Whether there are more in the direction asked for.
    more: bool,
    /// The newest event this page has looked at, be it in it or hidden: where to go on.
    #[schema(value_type = shapes::Position)]
    position: Position,
    /// The seq of the oldest event held; 0 when there is none.
    #[schema(value_type = u64)]
    floor: Seq,
    /// With `after` and `epoch`: whether nothing is missing between that position and this page. If
    /// not, it begins anew with the oldest events held.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovered: Option<bool>,
}

/// Which events.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// The oldest events after this seq; not together with `before`.
    #[param(value_type = Option<u64>)]
    after: Option<Seq>,
    /// With `after`: the epoch it belongs to, so that the answer can prove that nothing is missing.
    #[param(value_type = Option<String>)]
    epoch: Option<Epoch>,
    /// The newest events before this seq; the newest of all without either.
    #[param(value_type = Option<u64>)]
    before: Option<Seq>,
    /// At most this many: 1 to 1000, 50 when absent.
    limit: Option<usize>,
    /// With `after`: seconds to wait for an event when there is none, at most 60.
    #[param(maximum = 60)]
    wait: Option<u64>,
}

/// Publishes one body, an array of bodies, or a body a line: all or none; or plain text, a message a
/// line, as the lines come. Creates the channel if need be.
#[utoipa::path(
    post,
    path = "/api/channels/{channel}/events",
    operation_id = "publish",
    tag = "events",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        PublishQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "The id of the first event; the n-th after it has `<key>.<n>`. The same id is stored once."),
    ),
    request_body(
        description = "One body, or up to 1000; or text.",
        content(
            (shapes::Bodies = "application/json"),
            (String = "application/x-ndjson"),
            (String = "text/plain")
        )
    ),
    responses(
        (status = 200, description = "Where the events are, in order.", body = shapes::Done),
        (status = 400, description = "A body is not JSON, or not of this shape."),
        (status = 404, description = "The channel was removed: create it again."),
        (status = 409, description = "A request of this id exists, or somebody else was first."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 429, description = "The relay holds as many channels as it may."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn publish(
    State(server): State<Server>,
    Caller(author, access): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
    query: Result<Query<PublishQuery>, QueryRejection>,
    request: Request,
) -> HttpResult<Response> {
    let Path(channel) = channel?;
    let visibility = visibility(query?.visibility.as_deref())?;
    let key = idempotency_key(request.headers())?;
    if is_plain(request.headers()) {
        let id = key.map(EventId::new).transpose()?;
        let body = lines::message_body(String::new());
        let entrance = server.hub.entrance(&access);
        let found = entrance.find_or_create(Action::Publish(&body), &channel, &author);
        let channel = found.await?;
        let like = Proposal {
            author,
            body,
            id,
            visibility,
        };
        let done = lines::publish(&channel, &like, request.into_body()).await?;
        return Ok(Json(done).into_response());
    }
    let account = request.extensions().get::<Account>().cloned();
    let bodies = bodies(&Bytes::from_request(request, &()).await?)?;
    server.rules.limits.more(account.as_ref(), bodies.len());
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
    let entrance = server.hub.entrance(&access);
    let found = entrance.find_or_create_for(&channel, &author, &proposals);
    let stored = found.await?.publish(proposals).await?;
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

/// The id of one event of a batch: the key itself for the first, so that one event keeps its name.
pub(super) fn event_id(key: &str, index: usize) -> HttpResult<EventId> {
    Ok(match index {
        0 => EventId::new(key)?,
        _ => EventId::new(format!("{key}.{index}"))?,
    })
}

/// A page of past events that the caller may see, oldest first.
#[utoipa::path(
    get,
    path = "/api/channels/{channel}/events",
    operation_id = "list_events",
    tag = "events",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        PageQuery,
    ),
    responses(
        (status = 200, description = "The page.", body = EventList),
        (status = 404, description = "There is no such channel."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn page(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
    query: Result<Query<PageQuery>, QueryRejection>,
) -> HttpResult<Json<EventList>> {
    let Path(channel) = channel?;
    let Query(query) = query?;
    let stretch = stretch(query.before, query.after)?;
    if query.epoch.is_some() && query.after.is_none() {
        return Err(HttpError::new(
            ErrorCode::Invalid,
            "`epoch` goes with `after`: send both parts of the position, or neither",
        ));
    }
    let limit = query.limit.unwrap_or(DEFAULT_HISTORY);
    let channel = server.hub.entrance(&access).find(Action::Watch, &channel)?;
    let over = wait_over(&server, wait(query.wait)?);
    let reader = Reader {
        channel: &channel,
        caller: &caller,
        epoch: query.epoch.as_ref(),
        limit,
    };
    reader.page(stretch, over).await.map(Json)
}

/// One question for a page.
struct Reader<'a> {
    channel: &'a Channel,
    caller: &'a Author,
    /// Of the position to go on from.
    epoch: Option<&'a Epoch>,
    limit: usize,
}

impl Reader<'_> {
    /// Waits for an event, when there is none after a seq.
    async fn page(
        &self,
        mut stretch: Stretch,
        over: impl Future<Output = ()>,
    ) -> HttpResult<EventList> {
        tokio::pin!(over);
        let mut changes = self.channel.changes();
        loop {
            // Marks the changes so far as seen before reading: what comes later ends the wait.
            changes.borrow_and_update();
            let reading = self.read(stretch).await?;
            if self.is_lost(&reading) {
                let anew = self.read(Stretch::After(self.channel.base())).await?;
                return Ok(self.list(anew, Some(false)));
            }
            let is_any = !reading.events.is_empty() || reading.more;
            let recovered = self.epoch.map(|_| true);
            if is_any || matches!(stretch, Stretch::Before(_)) {
                return Ok(self.list(reading, recovered));
            }
            stretch = Stretch::After(reading.through);
            tokio::select! {
                _ = changes.changed() => {}
                () = &mut over => return Ok(self.list(reading, recovered)),
            }
        }
    }

    async fn read(&self, stretch: Stretch) -> Result<Reading, Refusal> {
        self.channel.read(self.caller, stretch, self.limit).await
    }

    /// Whether the position asked for cannot be gone on from.
    fn is_lost(&self, reading: &Reading) -> bool {
        let is_other = |epoch: &Epoch| epoch != self.channel.epoch() || !reading.follows;
        self.epoch.is_some_and(is_other)
    }

    fn list(&self, reading: Reading, recovered: Option<bool>) -> EventList {
        EventList {
            events: reading.events,
            more: reading.more,
            position: Position {
                epoch: self.channel.epoch().clone(),
                seq: reading.through,
            },
            floor: self.channel.floor(),
            recovered,
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

/// The end of a long poll: the time is over, or the relay stops.
pub(super) fn wait_over(server: &Server, wait: Duration) -> impl Future<Output = ()> + use<> {
    let stopping = server.stopping.clone().cancelled_owned();
    async move {
        // Either way the wait is over.
        let _ = timeout(wait, stopping).await;
    }
}

/// A frame is held to its depth when it is read; what comes without a frame is held to the same.
fn check_op(op: &Op) -> HttpResult<()> {
    let Op::Set(value) = op else { return Ok(()) };
    let refused = |error: DecodeError| HttpError::new(error.code, error.message);
    check_depth(value, MAX_DEPTH - 2).map_err(refused)
}

/// Changes a live value. Creates the channel if need be.
#[utoipa::path(
    put,
    path = "/api/channels/{channel}/signals/{key}",
    operation_id = "change_signal",
    tag = "signals",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        ("key" = String, Path, description = "The signal's key, such as `activity/claude`; write its `/` as `%2F`."),
    ),
    request_body = shapes::Op,
    responses(
        (status = 204, description = "It changed."),
        (status = 400, description = "The body is not JSON, or not of this shape."),
        (status = 404, description = "The channel was removed: create it again."),
        (status = 413, description = "Larger than a limit."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 429, description = "The channel holds as many signals as it may."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn signal(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    path: Result<Path<(ChannelId, SignalKey)>, PathRejection>,
    op: Result<Json<Op>, JsonRejection>,
) -> HttpResult<StatusCode> {
    let Path((channel, key)) = path?;
    let Json(op) = op?;
    check_op(&op)?;
    access.check_key(&caller.member, &key)?;
    let entrance = server.hub.entrance(&access);
    let found = entrance.find_or_create(Action::Signal(&key), &channel, &caller);
    found.await?.signal(&key, &op)?;
    Ok(StatusCode::NO_CONTENT)
}

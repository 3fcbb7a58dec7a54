//! Server-Sent Events: the same cursor as a socket's, the position as the id of each event.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName};
use axum::response::sse::{Event as Sse, KeepAlive, Sse as Response};
use axum::response::{AppendHeaders, IntoResponse};
use futures_util::stream::{self, Stream, StreamExt};
use pilothouse_shared::{
    ChannelId, Epoch, ErrorCode, Gap, Position, RelayFrame, Seq, Unsubscribed,
};
use serde::{Deserialize, Serialize};

use super::access::{Caller, LAST_EVENT_ID};
use super::error::{HttpError, HttpResult};
use crate::Server;
use crate::access::Action;
use crate::channel::{Item, Opening, Outlet, Subscription, Waker};

/// How often a comment keeps proxies from closing a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// How much history a new stream begins with.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct StreamQuery {
    /// Past events to begin with: 0 to 1000, 50 when absent.
    history: Option<usize>,
}

/// Follows a channel by Server-Sent Events. Each has the type of a frame as its event, the frame as its
/// data and the position after it as its id.
#[utoipa::path(
    get,
    path = "/api/channels/{channel}/stream",
    operation_id = "follow_channel",
    tag = "events",
    params(
        ("channel" = String, Path, description = "The channel's id."),
        StreamQuery,
        ("Last-Event-ID" = Option<String>, Header, description = "The last id received, `epoch:seq`, to resume there."),
    ),
    responses(
        (
            status = 200,
            description = "`subscribed`, then `event`, `skipped`, `signal`, `gap`, `unsubscribed`.",
            body = String,
            content_type = "text/event-stream"
        ),
        (status = 404, description = "There is no such channel."),
        (status = 422, description = "Well-formed but against a rule; the message names it."),
        (status = 503, description = "The store cannot do it now: try again."),
    )
)]
pub(super) async fn stream(
    State(server): State<Server>,
    Caller(caller, access): Caller,
    channel: Result<Path<ChannelId>, PathRejection>,
    query: Result<Query<StreamQuery>, QueryRejection>,
    headers: HeaderMap,
) -> HttpResult<impl IntoResponse> {
    let Path(id) = channel?;
    let opening = Opening {
        after: last_event_id(&headers)?,
        history: query?.history,
    };
    let waker = Arc::new(Waker::default());
    let channel = server.hub.entrance(&access).find(Action::Watch, &id)?;
    let outlet = Arc::clone(&waker) as Arc<dyn Outlet>;
    let (subscription, reply) = channel
        .subscribe(&Arc::new(caller), &opening, outlet)
        .await?;
    let epoch = reply.position.epoch.clone();
    let seq = reply.position.seq;
    let first = sse(
        "subscribed",
        &epoch,
        seq,
        &RelayFrame::Subscribed(Box::new(reply)),
    );
    let source = Source {
        subscription,
        waker,
        epoch,
        seq,
        is_over: false,
    };
    let stopping = server.stopping.clone().cancelled_owned();
    let items = stream::iter([Ok::<_, Infallible>(first)]).chain(source.into_stream());
    let stream = items.take_until(stopping);
    // Some proxies hold answers back until they are complete unless told.
    let unbuffered = AppendHeaders([(HeaderName::from_static("x-accel-buffering"), "no")]);
    Ok((
        unbuffered,
        Response::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)),
    ))
}

/// `epoch:seq`.
fn last_event_id(headers: &HeaderMap) -> HttpResult<Option<Position>> {
    let Some(id) = headers.get(LAST_EVENT_ID) else {
        return Ok(None);
    };
    let position = id.to_str().ok().and_then(|id| {
        let (epoch, seq) = id.rsplit_once(':')?;
        Some(Position {
            epoch: Epoch::new(epoch).ok()?,
            seq: Seq(seq.parse().ok()?),
        })
    });
    let message = "the Last-Event-ID is not one of this relay's; connect without it";
    position
        .map(Some)
        .ok_or_else(|| HttpError::new(ErrorCode::Invalid, message))
}

struct Source {
    subscription: Subscription,
    waker: Arc<Waker>,
    epoch: Epoch,
    seq: Seq,
    is_over: bool,
}

impl Source {
    fn into_stream(self) -> impl Stream<Item = Result<Sse, Infallible>> {
        stream::unfold(self, |mut source| async move {
            let batch = source.next().await?;
            Some((stream::iter(batch.into_iter().map(Ok)), source))
        })
        .flatten()
    }

    /// What comes next; `None` when the stream is over. A store with trouble ends it too: the client
    /// reconnects and resumes.
    async fn next(&mut self) -> Option<Vec<Sse>> {
        while !self.is_over {
            let items = self.subscription.take().await.ok()?;
            if !items.is_empty() {
                return Some(items.into_iter().map(|item| self.event(item)).collect());
            }
            self.waker.woken().await;
        }
        None
    }

    fn event(&mut self, item: Item) -> Sse {
        let channel = self.subscription.channel().id().clone();
        match item {
            Item::Event(event) => {
                self.seq = event.seq();
                let frame = event.frame_for(self.subscription.viewer());
                let name = if matches!(frame, RelayFrame::Event(_)) {
                    "event"
                } else {
                    "skipped"
                };
                sse(name, &self.epoch, self.seq, &frame)
            }
            Item::Signal(signal) => {
                let frame = RelayFrame::Signal(signal.frame().clone());
                sse("signal", &self.epoch, self.seq, &frame)
            }
            Item::Gap { from, to } => {
                self.seq = to;
                let gap = Gap {
                    channel,
                    from,
                    to,
                    reason: "pruned".to_owned(),
                };
                sse("gap", &self.epoch, self.seq, &RelayFrame::Gap(gap))
            }
            Item::Ended(reason) => {
                self.is_over = true;
                let reason = Some(reason.to_owned());
                let frame = Unsubscribed {
                    r#ref: None,
                    channel,
                    reason,
                };
                sse(
                    "unsubscribed",
                    &self.epoch,
                    self.seq,
                    &RelayFrame::Unsubscribed(frame),
                )
            }
        }
    }
}

/// One event of the stream. Its data is the frame a socket would get.
fn sse(name: &str, epoch: &Epoch, seq: Seq, frame: &impl Serialize) -> Sse {
    let event = Sse::default().event(name).id(format!("{epoch}:{seq}"));
    event.json_data(frame).unwrap_or_else(|error| {
        tracing::error!(%error, "event not encoded");
        Sse::default().comment("an event could not be encoded")
    })
}

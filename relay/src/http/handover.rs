//! Answers that hand hints over. The hints are delivered once the answer is written; if the connection
//! breaks before, or the question is given up, they are back in the queue.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use http_body::Frame;
use pilothouse_shared::ErrorCode;
use serde::Serialize;
use tokio_util::task::TaskTracker;

use super::error::{HttpError, HttpResult};
use crate::Server;
use crate::channel::Lease;

/// A JSON answer that makes these hints the caller's, by the path `via`.
pub(super) fn answer(
    server: &Server,
    answer: &impl Serialize,
    lease: Lease,
    via: &'static str,
) -> HttpResult<Response> {
    let failed = |error| HttpError::new(ErrorCode::Unavailable, format!("not written: {error}"));
    let json = serde_json::to_vec(answer).map_err(failed)?;
    Ok(with_lease(server, json.into(), lease, via))
}

/// The same for JSON that is written already.
pub(super) fn with_lease(
    server: &Server,
    json: Bytes,
    lease: Lease,
    via: &'static str,
) -> Response {
    let json_type = [(CONTENT_TYPE, "application/json")];
    if lease.is_empty() {
        return (json_type, json).into_response();
    }
    let handing = Handing {
        stage: Stage::Unwritten(json),
        lease: Some(lease),
        via,
        receipts: server.connections.clone(),
    };
    (json_type, Body::new(handing)).into_response()
}

/// The body of an answer that hands hints over.
struct Handing {
    stage: Stage,
    lease: Option<Lease>,
    via: &'static str,
    /// Shutdown waits for the receipts.
    receipts: TaskTracker,
}

/// How far the answer is.
enum Stage {
    Unwritten(Bytes),
    /// The server has the bytes, and flushes before it asks for more.
    Written,
    Flushed,
}

impl http_body::Body for Handing {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match std::mem::replace(&mut self.stage, Stage::Flushed) {
            Stage::Unwritten(json) => {
                self.stage = Stage::Written;
                Poll::Ready(Some(Ok(Frame::data(json))))
            }
            // A socket that is broken fails in the flush that follows on this, and the body is dropped.
            // One that is full and breaks later is not noticed; a lease is small, for that reason too.
            Stage::Written => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Stage::Flushed => {
                self.delivered();
                Poll::Ready(None)
            }
        }
    }
}

impl Handing {
    fn delivered(&mut self) {
        let Some(lease) = self.lease.take() else {
            return;
        };
        self.receipts.spawn(receipt(lease, self.via));
    }
}

/// Stores the receipts of hints that were handed over.
pub(super) async fn receipt(lease: Lease, via: &'static str) {
    if let Err(refusal) = lease.delivered(via).await {
        tracing::warn!(%refusal, via, "hints were handed over, and nobody can be told");
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use http_body_util::BodyExt;
    use pilothouse_shared::{
        Author, Body as EventBody, ChannelId, Extra, Hint, HintGiven, HintState, MemberId,
        MemberKind, Visibility,
    };

    use super::*;
    use crate::channel::{Proposal, Taker};
    use crate::config::{Config, Durability};

    fn member(name: &str) -> Author {
        Author {
            member: MemberId::new(name).unwrap(),
            name: name.to_owned(),
            kind: MemberKind::Agent,
        }
    }

    async fn one_hint() -> (Server, Lease) {
        let durability = Durability::Memory;
        let config = Config {
            durability,
            ..Config::default()
        };
        let server = Server::new(config).await.unwrap();
        let id = ChannelId::new("c").unwrap();
        let channel = server.hub.create(&id, "c", &member("ada")).await.unwrap();
        let given = HintGiven {
            hint: Hint::text("x"),
            to: None,
            session: None,
            expires_at: None,
            extra: Extra::new(),
        };
        let proposal = Proposal {
            author: member("ada"),
            body: EventBody::HintGiven(given),
            id: None,
            visibility: Visibility::Public,
        };
        channel.publish(vec![proposal]).await.unwrap();
        let (author, session) = (member("claude"), None);
        let lease = channel.pending_hints(&Taker { author, session }).unwrap();
        assert_eq!(lease.hints().len(), 1);
        (server, lease)
    }

    /// How the hint stands once every receipt is stored, and whether it is in the queue.
    async fn stands(server: &Server) -> (HintState, bool) {
        server.connections.close();
        server.connections.wait().await;
        let channel = server.hub.find(&ChannelId::new("c").unwrap()).unwrap();
        let state = channel.with_replica(|replica| replica.snapshot().hints[0].state);
        let (author, session) = (member("codex"), None);
        let again = channel.pending_hints(&Taker { author, session }).unwrap();
        (state, !again.is_empty())
    }

    #[tokio::test]
    async fn hints_are_delivered_once_the_whole_answer_is_taken() {
        let (server, lease) = one_hint().await;
        let response = answer(&server, &"hello", lease, "poll").unwrap();
        let body = to_bytes(response.into_body(), 100).await.unwrap();
        assert_eq!(body, &b"\"hello\""[..]);
        assert_eq!(stands(&server).await, (HintState::Delivered, false));
    }

    /// A hint counted as delivered although the connection broke while it was written.
    #[tokio::test]
    async fn hints_of_an_answer_that_broke_are_back_in_the_queue() {
        let (server, lease) = one_hint().await;
        let response = answer(&server, &"hello", lease, "poll").unwrap();
        let mut body = response.into_body();
        assert!(body.frame().await.unwrap().is_ok());
        drop(body);
        assert_eq!(stands(&server).await, (HintState::Accepted, true));
    }
}

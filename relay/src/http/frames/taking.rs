//! Hints over a socket: the answer comes when there is one.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

use futures_util::future::BoxFuture;
use pilothouse_shared::limits::MAX_SUBSCRIPTIONS;
use pilothouse_shared::{Author, ErrorCode, Hints, Refusal, RelayFrame, TakeHints};

use super::error_frame;
use crate::access::{Access, Action};
use crate::channel::{Channel, Lease, Taker};
use crate::http::connection::Connection;

/// The answer to a question for hints, once there is one, and the hints in it.
pub(in crate::http) type Taking = BoxFuture<'static, (RelayFrame, Option<Lease>)>;

impl Connection {
    pub(super) async fn take_hints(&mut self, access: &Access, take: TakeHints) {
        if self.taking.len() >= MAX_SUBSCRIPTIONS {
            let message = "wait for the answer to one `take_hints` before you send another";
            let refusal = Refusal::new(ErrorCode::RateLimited, message);
            return self.refuse(Some(take.r#ref), refusal);
        }
        let entrance = self.server.hub.entrance(access);
        let found = entrance.find_or_create(Action::Report, &take.channel, &self.member);
        let channel = match found.await {
            Ok(channel) => channel,
            Err(refusal) => return self.refuse(Some(take.r#ref), refusal),
        };
        let taker = Taker {
            author: Author::clone(&self.member),
            session: take.session.clone(),
        };
        // A subscriber is present already.
        let is_new = !self.subscriptions.contains_key(&take.channel);
        let present = is_new.then(|| channel.enter(Arc::clone(&self.member)));
        self.taking.push(Box::pin(async move {
            let _present = present;
            taking(take, channel, taker).await
        }));
    }
}

/// Waits for hints for as long as the connection lives.
async fn taking(
    take: TakeHints,
    channel: Arc<Channel>,
    taker: Taker,
) -> (RelayFrame, Option<Lease>) {
    let r#ref = take.r#ref;
    match channel.lease_hints(&taker, std::future::pending()).await {
        Ok(lease) => {
            let hints = lease.hints().to_vec();
            let channel = take.channel;
            let frame = Hints {
                r#ref,
                channel,
                hints,
            };
            (RelayFrame::Hints(frame), Some(lease))
        }
        Err(refusal) => (error_frame(Some(r#ref), refusal), None),
    }
}

/// Takes out the first that has an answer. A list, because an idle connection holds no room for it, and
/// one that waits waits mostly for one.
pub(in crate::http) async fn first_of(taking: &mut Vec<Taking>) -> (RelayFrame, Option<Lease>) {
    poll_fn(|cx| {
        for index in 0..taking.len() {
            if let Poll::Ready(answer) = taking[index].as_mut().poll(cx) {
                drop(taking.swap_remove(index));
                return Poll::Ready(answer);
            }
        }
        Poll::Pending
    })
    .await
}

//! What each frame of a client does, and what each item of a subscription becomes.

mod changing;
mod hello;
mod taking;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use pilothouse_shared::codec::check_size;
use pilothouse_shared::limits::{
    DEFAULT_HISTORY, MAX_FRAME_BYTES, MAX_SUBSCRIPTIONS, PING_EVERY_MS,
};
use pilothouse_shared::{
    AskHistory, Author, ChannelId, ClientFrame, DecodeError, Encoding, ErrorCode, ErrorFrame, Gap,
    History, Pong, Publish, Published, Ref, Refusal, RelayFrame, RelayInfo, Subscribe, Subscribed,
    Unsubscribe, Unsubscribed, Welcome,
};

pub(super) use taking::{Taking, first_of};

use super::connection::Connection;
use crate::access::{Access, Action};
use crate::channel::{Item, Opening, Proposal, Subscription, encode};
use crate::clock;
use crate::hub::Entrance;

/// The answer to a publish, once there is one.
pub(super) type Acknowledgement = BoxFuture<'static, RelayFrame>;

impl Connection {
    /// Does what one frame says.
    pub(super) async fn frame(&mut self, bytes: &[u8]) {
        let read = check_size(bytes.len()).and_then(|()| self.encoding.decode_client(bytes));
        let frame = match read {
            Ok(frame) => frame,
            Err(DecodeError {
                code,
                r#ref,
                message,
            }) => {
                return self.refuse(r#ref, Refusal { code, message });
            }
        };
        let is_first = std::mem::replace(&mut self.is_first, false);
        let implied = self.implied.take();
        if let ClientFrame::Hello(hello) = frame {
            self.hello(hello, is_first);
            return match implied {
                Some(channel) if self.access.is_some() => self.subscribe_implied(channel).await,
                _ => {}
            };
        }
        let Some(access) = self.access.clone() else {
            return self.turn_away("say `hello` with a token first");
        };
        match frame {
            ClientFrame::Hello(_) => {}
            ClientFrame::Subscribe(subscribe) => self.subscribe(subscribe).await,
            ClientFrame::Unsubscribe(unsubscribe) => self.unsubscribe(unsubscribe),
            ClientFrame::Publish(publish) => {
                self.publish(&access, publish).await;
                self.sizes_in_flight.push_back(bytes.len());
                self.bytes_in_flight += bytes.len();
            }
            ClientFrame::Signal(change) => self.signal(&access, change).await,
            ClientFrame::History(ask) => self.history(&access, ask).await,
            ClientFrame::TakeHints(take) => self.take_hints(&access, take).await,
            ClientFrame::Ping => self.send(&RelayFrame::Pong(Pong { now: clock::now() })),
        }
    }

    fn refuse(&mut self, r#ref: Option<Ref>, refusal: Refusal) {
        self.send(&error_frame(r#ref, refusal));
    }

    pub(super) fn welcome(&mut self, access: &Access) {
        self.send(&RelayFrame::Welcome(Welcome {
            protocol: 1,
            connection: self.id.clone(),
            member: self.member.member.clone(),
            access: access.rights(),
            relay: RelayInfo {
                name: "pilothouse".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            ping_every_ms: PING_EVERY_MS,
            max_frame_bytes: MAX_FRAME_BYTES,
            now: clock::now(),
        }));
    }

    async fn subscribe(&mut self, subscribe: Subscribe) {
        let Subscribe {
            r#ref,
            channel,
            after,
            history,
        } = subscribe;
        self.answer_subscribe(Some(r#ref), &channel, &Opening { after, history })
            .await;
    }

    /// Subscribes to the channel that the URL named.
    pub(super) async fn subscribe_implied(&mut self, channel: ChannelId) {
        self.answer_subscribe(None, &channel, &Opening::default())
            .await;
    }

    async fn answer_subscribe(&mut self, r#ref: Option<Ref>, id: &ChannelId, opening: &Opening) {
        match self.open(id, opening).await {
            Ok(mut reply) => {
                reply.r#ref = r#ref;
                self.send(&RelayFrame::Subscribed(Box::new(reply)));
            }
            Err(refusal) => self.refuse(r#ref, refusal),
        }
    }

    /// Opens a subscription; a second one to the same channel replaces the first.
    async fn open(&mut self, id: &ChannelId, opening: &Opening) -> Result<Subscribed, Refusal> {
        let is_new = !self.subscriptions.contains_key(id);
        if is_new && self.subscriptions.len() >= MAX_SUBSCRIPTIONS {
            let message = format!(
                "a connection has at most {MAX_SUBSCRIPTIONS} subscriptions; end one, or open \
                 another connection"
            );
            return Err(Refusal::new(ErrorCode::RateLimited, message));
        }
        let access = self.access.clone().ok_or_else(|| {
            Refusal::new(ErrorCode::Unauthenticated, "say `hello` with a token first")
        })?;
        let entrance = self.server.hub.entrance(&access);
        let channel = entrance.find(Action::Watch, id)?;
        let (subscription, reply) = channel
            .subscribe(&self.member, opening, self.outlet())
            .await?;
        self.subscriptions.insert(id.clone(), subscription);
        Ok(reply)
    }

    fn unsubscribe(&mut self, Unsubscribe { r#ref, channel }: Unsubscribe) {
        match self.subscriptions.remove(&channel) {
            Some(_) => {
                let r#ref = Some(r#ref);
                let frame = Unsubscribed {
                    r#ref,
                    channel,
                    reason: None,
                };
                self.send(&RelayFrame::Unsubscribed(frame));
            }
            None => {
                let message = "this connection is not subscribed to the channel";
                self.refuse(Some(r#ref), Refusal::new(ErrorCode::NotFound, message));
            }
        }
    }

    async fn publish(&mut self, access: &Access, publish: Publish) {
        let Publish {
            r#ref,
            channel,
            body,
            id,
            visibility,
        } = publish;
        let proposal = Proposal {
            author: Author::clone(&self.member),
            body,
            id,
            visibility,
        };
        let entrance = self.server.hub.entrance(access);
        let proposals = vec![proposal];
        let found = entrance.find_or_create_for(&channel, &self.member, &proposals);
        let submitted = match found.await {
            Ok(found) => found.submit(proposals).await,
            Err(refusal) => Err(refusal),
        };
        match submitted {
            Ok(submitted) => self.in_flight.push_back(Box::pin(async move {
                match submitted.stored().await {
                    Ok(stored) => published(r#ref, channel, stored),
                    Err(refusal) => error_frame(Some(r#ref), refusal),
                }
            })),
            // In turn with the acknowledgements, so that answers come in the order of the questions.
            Err(refusal) => self
                .in_flight
                .push_back(Box::pin(async move { error_frame(Some(r#ref), refusal) })),
        }
    }

    async fn history(&mut self, access: &Access, ask: AskHistory) {
        let hub = Arc::clone(&self.server.hub);
        let answer = page(&hub.entrance(access), &Arc::clone(&self.member), &ask).await;
        let AskHistory { r#ref, channel, .. } = ask;
        match answer {
            Ok((events, more)) => {
                self.send(&RelayFrame::History(History {
                    r#ref,
                    channel,
                    events,
                    more,
                }));
            }
            Err(refusal) => self.refuse(Some(r#ref), refusal),
        }
    }
}

async fn page(
    hub: &Entrance<'_>,
    viewer: &Author,
    ask: &AskHistory,
) -> Result<(Vec<pilothouse_shared::Event>, bool), Refusal> {
    let stretch = super::events::stretch(ask.before, ask.after).map_err(|error| error.0)?;
    let limit = ask.limit.unwrap_or(DEFAULT_HISTORY);
    let channel = hub.find(Action::Watch, &ask.channel)?;
    channel.page(viewer, stretch, limit).await
}

fn error_frame(r#ref: Option<Ref>, Refusal { code, message }: Refusal) -> RelayFrame {
    RelayFrame::Error(ErrorFrame {
        r#ref,
        code,
        message,
    })
}

fn published(r#ref: Ref, channel: ChannelId, stored: Vec<crate::engine::Stored>) -> RelayFrame {
    match stored.into_iter().next() {
        Some(stored) => RelayFrame::Published(Published {
            r#ref,
            channel,
            id: stored.id,
            seq: stored.seq,
            duplicate: stored.duplicate.then_some(true),
        }),
        None => {
            let message = "the store did not say where the event is; try again";
            error_frame(Some(r#ref), Refusal::new(ErrorCode::Unavailable, message))
        }
    }
}

/// Appends the bytes of one item; says how many events that were.
pub(super) fn write_item(
    channel: &ChannelId,
    subscription: &Subscription,
    item: Item,
    encoding: Encoding,
    out: &mut Vec<u8>,
    ended: &mut Vec<ChannelId>,
) -> u64 {
    let channel = channel.clone();
    match item {
        Item::Event(event) => {
            out.extend_from_slice(&event.bytes_for(subscription.viewer(), encoding));
            return 1;
        }
        Item::Signal(signal) => out.extend_from_slice(&signal.bytes(encoding)),
        Item::Gap { from, to } => {
            let reason = "pruned".to_owned();
            out.extend_from_slice(&encode(
                encoding,
                &RelayFrame::Gap(Gap {
                    channel,
                    from,
                    to,
                    reason,
                }),
            ));
        }
        Item::Ended(reason) => {
            ended.push(channel.clone());
            let reason = Some(reason.to_owned());
            let frame = Unsubscribed {
                r#ref: None,
                channel,
                reason,
            };
            out.extend_from_slice(&encode(encoding, &RelayFrame::Unsubscribed(frame)));
        }
    }
    0
}

//! What each frame of a client does, and what each item of a subscription becomes.

mod taking;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use pilothouse_shared::codec::check_size;
use pilothouse_shared::limits::{
    DEFAULT_HISTORY, MAX_FRAME_BYTES, MAX_NAME_BYTES, MAX_SUBSCRIPTIONS, PING_EVERY_MS,
};
use pilothouse_shared::{
    AskHistory, Author, ChangeSignal, ChannelId, ClientFrame, DecodeError, Encoding, ErrorCode,
    ErrorFrame, Gap, Hello, History, Pong, Publish, Published, Ref, Refusal, RelayFrame, RelayInfo,
    Right, Subscribe, Subscribed, Unsubscribe, Unsubscribed, Welcome,
};

pub(super) use taking::{Taking, first_of};

use super::access::short_name;
use super::connection::Connection;
use crate::channel::{Item, Opening, Proposal, Subscription, encode};
use crate::clock;
use crate::hub::Hub;

/// The answer to a publish, once there is one.
pub(super) type Acknowledgement = BoxFuture<'static, RelayFrame>;

/// In open mode everybody on this machine may do everything.
const OPEN_MODE: [Right; 5] = [
    Right::Publish,
    Right::Watch,
    Right::Steer,
    Right::Approve,
    Right::Admin,
];

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
        match frame {
            ClientFrame::Hello(hello) => {
                self.hello(hello, is_first);
                if let Some(channel) = implied {
                    self.subscribe_implied(channel).await;
                }
            }
            ClientFrame::Subscribe(subscribe) => self.subscribe(subscribe).await,
            ClientFrame::Unsubscribe(unsubscribe) => self.unsubscribe(unsubscribe),
            ClientFrame::Publish(publish) => {
                self.publish(publish).await;
                self.sizes_in_flight.push_back(bytes.len());
                self.bytes_in_flight += bytes.len();
            }
            ClientFrame::Signal(change) => self.signal(change).await,
            ClientFrame::History(ask) => self.history(ask).await,
            ClientFrame::TakeHints(take) => self.take_hints(take).await,
            ClientFrame::Ping => self.send(&RelayFrame::Pong(Pong { now: clock::now() })),
        }
    }

    fn refuse(&mut self, r#ref: Option<Ref>, refusal: Refusal) {
        self.send(&error_frame(r#ref, refusal));
    }

    pub(super) fn welcome(&mut self) {
        self.send(&RelayFrame::Welcome(Welcome {
            protocol: 1,
            connection: self.id.clone(),
            member: self.member.member.clone(),
            access: OPEN_MODE.to_vec(),
            relay: RelayInfo {
                name: "pilothouse".to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            },
            ping_every_ms: PING_EVERY_MS,
            max_frame_bytes: MAX_FRAME_BYTES,
            now: clock::now(),
        }));
    }

    fn hello(&mut self, hello: Hello, is_first: bool) {
        if !is_first {
            let message = "`hello` comes first or not at all; reconnect to be somebody else";
            return self.refuse(None, Refusal::new(ErrorCode::Invalid, message));
        }
        let member = hello.member.unwrap_or_else(|| self.member.member.clone());
        let name = hello
            .name
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| short_name(&member));
        if name.len() > MAX_NAME_BYTES {
            let message = format!("a name has at most {MAX_NAME_BYTES} bytes");
            return self.refuse(None, Refusal::new(ErrorCode::Invalid, message));
        }
        self.member = Arc::new(Author {
            member,
            name,
            kind: hello.kind,
        });
        self.welcome();
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
        let channel = self.server.hub.find(id)?;
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

    async fn publish(&mut self, publish: Publish) {
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
        let (hub, proposals) = (&self.server.hub, vec![proposal]);
        let found = hub.find_or_create_for(&channel, &self.member, &proposals);
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

    async fn signal(&mut self, ChangeSignal { channel, key, op }: ChangeSignal) {
        let found = self.server.hub.find_or_create(&channel, &self.member).await;
        if let Err(refusal) = found.and_then(|channel| channel.signal(&key, &op)) {
            self.refuse(None, refusal);
        }
    }

    async fn history(&mut self, ask: AskHistory) {
        let hub = Arc::clone(&self.server.hub);
        let answer = page(&hub, &Arc::clone(&self.member), &ask).await;
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
    hub: &Hub,
    viewer: &Author,
    ask: &AskHistory,
) -> Result<(Vec<pilothouse_shared::Event>, bool), Refusal> {
    let stretch = super::events::stretch(ask.before, ask.after).map_err(|error| error.0)?;
    let limit = ask.limit.unwrap_or(DEFAULT_HISTORY);
    hub.find(&ask.channel)?.page(viewer, stretch, limit).await
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

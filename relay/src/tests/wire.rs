//! The relay's end of a connection: frames of a client in, the bytes of the relay's frames out. This and
//! the [`pipe`](super::pipe) are all that knows how a subscription is served.

use std::collections::BTreeMap;
use std::sync::Arc;

use pilothouse_shared::{
    Author, ChannelId, ClientFrame, ConnectionId, Encoding, Epoch, ErrorFrame, Gap, Pong, Publish,
    Published, Ref, Refusal, RelayFrame, RelayInfo, Subscribe, Unsubscribe, Unsubscribed, Welcome,
};

use super::oracle::Truth;
use super::pipe::Pipe;
use super::verdict;
use crate::channel::{Item, Opening, Outlet, Proposal, Subscription, encode};
use crate::hub::Hub;

/// See the module.
pub(super) struct Wire {
    hub: Arc<Hub>,
    truth: Truth,
    viewer: Arc<Author>,
    encoding: Encoding,
    pipe: Arc<Pipe>,
    subscriptions: BTreeMap<ChannelId, (Epoch, Subscription)>,
}

impl Wire {
    /// A connection that was opened.
    pub(super) fn open(hub: Arc<Hub>, truth: Truth, viewer: Author, pipe: Arc<Pipe>) -> Self {
        let wire = Self {
            hub,
            truth,
            viewer: Arc::new(viewer),
            encoding: pipe.encoding(),
            pipe,
            subscriptions: BTreeMap::new(),
        };
        wire.send(&RelayFrame::Welcome(welcome(&wire.viewer)));
        wire.pipe.flush();
        wire
    }

    pub(super) fn pipe(&self) -> &Arc<Pipe> {
        &self.pipe
    }

    /// Works frames off, gathers what the subscriptions lack, and writes; if there is a reason to, and
    /// nothing from before is still to be written.
    pub(super) async fn work(mut self, frames: Vec<ClientFrame>) -> Self {
        let is_woken = self.pipe.is_woken();
        if is_woken || !frames.is_empty() {
            for frame in frames {
                self.frame(frame).await;
            }
            self.gather().await;
            self.pipe.flush();
        }
        self
    }

    async fn frame(&mut self, frame: ClientFrame) {
        match frame {
            ClientFrame::Subscribe(subscribe) => self.subscribe(subscribe).await,
            ClientFrame::Unsubscribe(unsubscribe) => self.unsubscribe(unsubscribe),
            ClientFrame::Publish(publish) => self.publish(publish).await,
            ClientFrame::Ping => self.send(&RelayFrame::Pong(Pong { now: 0 })),
            ClientFrame::Hello(_)
            | ClientFrame::Signal(_)
            | ClientFrame::History(_)
            | ClientFrame::TakeHints(_) => {}
        }
    }

    async fn subscribe(&mut self, asked: Subscribe) {
        let Subscribe {
            r#ref,
            channel,
            after,
            history,
        } = asked;
        let must = after
            .as_ref()
            .is_some_and(|after| self.truth.lock().provable(&channel, after).1);
        let opening = Opening { after, history };
        let found = match self.hub.find(&channel) {
            Ok(found) => found,
            Err(refusal) => return self.refuse(r#ref, refusal),
        };
        match found.subscribe(&self.viewer, &opening, self.outlet()).await {
            Ok((subscription, mut reply)) => {
                verdict::reply(&self.truth, &self.viewer, &opening, must, &reply);
                let epoch = reply.position.epoch.clone();
                self.subscriptions.insert(channel, (epoch, subscription));
                reply.r#ref = Some(r#ref);
                self.send(&RelayFrame::Subscribed(Box::new(reply)));
            }
            Err(refusal) => self.refuse(r#ref, refusal),
        }
    }

    fn unsubscribe(&mut self, Unsubscribe { r#ref, channel }: Unsubscribe) {
        self.subscriptions.remove(&channel);
        self.send(&RelayFrame::Unsubscribed(Unsubscribed {
            r#ref: Some(r#ref),
            channel,
            reason: None,
        }));
    }

    async fn publish(&mut self, publish: Publish) {
        let Publish {
            r#ref,
            channel,
            body,
            id,
            visibility,
        } = publish;
        let proposals = vec![Proposal {
            author: Author::clone(&self.viewer),
            body,
            id,
            visibility,
        }];
        // A channel is made beside the connections: whoever makes it must not be cut off half-way.
        let found = match self.hub.find(&channel) {
            Ok(found) => found,
            Err(refusal) => return self.refuse(r#ref, refusal),
        };
        match verdict::publish(&found, &self.truth, proposals).await {
            Ok(stored) => self.send(&RelayFrame::Published(Published {
                r#ref,
                channel,
                id: stored[0].id.clone(),
                seq: stored[0].seq,
                duplicate: stored[0].duplicate.then_some(true),
            })),
            Err(refusal) => self.refuse(r#ref, refusal),
        }
    }

    fn refuse(&self, of: Ref, Refusal { code, message }: Refusal) {
        self.send(&RelayFrame::Error(ErrorFrame {
            r#ref: Some(of),
            code,
            message,
        }));
    }

    fn send(&self, frame: &RelayFrame) {
        self.pipe.put(&encode(self.encoding, frame));
    }

    fn outlet(&self) -> Arc<dyn Outlet> {
        Arc::clone(&self.pipe) as Arc<dyn Outlet>
    }

    async fn gather(&mut self) {
        let mut held = std::mem::take(&mut self.subscriptions);
        let mut ended = Vec::new();
        for (channel, (epoch, subscription)) in &mut held {
            for item in subscription.take().await.expect("a store that works") {
                if matches!(item, Item::Ended(_)) {
                    ended.push(channel.clone());
                }
                self.item(channel, epoch, item);
            }
        }
        held.retain(|channel, _| !ended.contains(channel));
        self.subscriptions = held;
    }

    fn item(&self, channel: &ChannelId, epoch: &Epoch, item: Item) {
        let channel = channel.clone();
        match item {
            Item::Event(event) => self.pipe.put(&event.bytes_for(&self.viewer, self.encoding)),
            Item::Signal(signal) => self.pipe.put(&signal.bytes(self.encoding)),
            Item::Gap { from, to } => {
                verdict::gap(&self.truth, &channel, epoch, from.0, to.0);
                let reason = "pruned".to_owned();
                self.send(&RelayFrame::Gap(Gap {
                    channel,
                    from,
                    to,
                    reason,
                }));
            }
            Item::Ended(reason) => {
                verdict::ended(&self.truth, &channel, epoch, reason);
                let reason = Some(reason.to_owned());
                self.send(&RelayFrame::Unsubscribed(Unsubscribed {
                    r#ref: None,
                    channel,
                    reason,
                }));
            }
        }
    }
}

fn welcome(viewer: &Author) -> Welcome {
    Welcome {
        protocol: 1,
        connection: ConnectionId::new("c").unwrap(),
        member: viewer.member.clone(),
        access: Vec::new(),
        relay: RelayInfo {
            name: "pilothouse".to_owned(),
            version: String::new(),
        },
        ping_every_ms: 25_000,
        max_frame_bytes: 262_144,
        now: 0,
    }
}

//! What an agent waits for.

use std::collections::{BTreeMap, HashMap, VecDeque};

use pilothouse_shared::link::{Change, Input, SendState, StopReason};
use pilothouse_shared::{ChannelId, ClientFrame, EventId, Seq};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::Refused;
use super::hints::Takings;
use crate::client::Update;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// Publishes under way and who waits for each; each holds a permit, so they are bounded.
    under_way: HashMap<EventId, Vec<UnderWay>>,
    /// Channels somebody follows; the link refuses those above its bound, and they end.
    followed: BTreeMap<ChannelId, Followed>,
    /// Inputs to give the link as soon as it has room: at most one for each publish that ended, each
    /// channel that is no longer followed, and each place where hints are taken.
    errands: VecDeque<Errand>,
    pub(super) takings: Takings,
    over: Option<Refused>,
}

/// A publish under way.
#[derive(Debug)]
pub(super) struct UnderWay {
    pub(super) end: oneshot::Sender<Result<Seq, Refused>>,
    #[expect(dead_code, reason = "held for as long as the publish is under way")]
    pub(super) permit: OwnedSemaphorePermit,
}

/// A channel somebody follows.
#[derive(Debug, Default)]
pub(super) struct Followed {
    n_followers: usize,
    /// Grows with every snapshot that replaces what was known.
    pub(super) generation: u64,
    /// Why the relay ended it.
    pub(super) ended: Option<String>,
}

#[derive(Debug)]
enum Errand {
    Dismiss(EventId),
    /// If nobody follows it by then.
    Unfollow(ChannelId),
    Send(Box<ClientFrame>),
}

impl Books {
    /// Remembers who waits for a publish. Whether it is to be given to the link.
    pub(super) fn begin(&mut self, id: &EventId, waiting: UnderWay) -> bool {
        if let Some(over) = &self.over {
            let _ = waiting.end.send(Err(over.clone()));
            return false;
        }
        self.under_way.entry(id.clone()).or_default().push(waiting);
        true
    }

    pub(super) fn n_under_way(&self) -> usize {
        self.under_way.len()
    }

    /// Why nothing more is going to happen, if so.
    pub(super) fn check(&self) -> Result<(), Refused> {
        self.over.clone().map_or(Ok(()), Err)
    }

    /// One more follower; a subscription that ended begins anew.
    pub(super) fn follow(&mut self, channel: &ChannelId) {
        let followed = self.followed.entry(channel.clone()).or_default();
        followed.n_followers += 1;
        followed.ended = None;
    }

    /// One follower less.
    pub(super) fn unfollow(&mut self, channel: &ChannelId) {
        if let Some(followed) = self.followed.get_mut(channel) {
            followed.n_followers -= 1;
            if followed.n_followers == 0 {
                self.errands.push_back(Errand::Unfollow(channel.clone()));
            }
        }
    }

    /// A subscription that ended is asked for again.
    pub(super) fn revive(&mut self, channel: &ChannelId) {
        if let Some(followed) = self.followed.get_mut(channel) {
            followed.ended = None;
        }
    }

    pub(super) fn followed(&self, channel: &ChannelId) -> Option<&Followed> {
        self.followed.get(channel)
    }

    /// Sends this as soon as there is room, if there is a connection then.
    pub(super) fn send(&mut self, frame: ClientFrame) {
        self.errands.push_back(Errand::Send(Box::new(frame)));
    }

    pub(super) fn has_errands(&self) -> bool {
        !self.errands.is_empty()
    }

    /// The next input for the link. Give it at once: what follows it relies on the order.
    pub(super) fn errand(&mut self) -> Option<Input> {
        match self.errands.pop_front()? {
            Errand::Dismiss(id) => Some(Input::Dismiss { id }),
            Errand::Send(frame) => Some(Input::Send(*frame)),
            Errand::Unfollow(channel) => {
                let is_followed = |followed: &Followed| followed.n_followers > 0;
                if self.followed.get(&channel).is_none_or(is_followed) {
                    return None;
                }
                self.followed.remove(&channel);
                Some(Input::Unsubscribe { channel })
            }
        }
    }

    /// Takes note of what became of the link.
    pub(super) fn hear(&mut self, update: &Update) {
        match update {
            Update::Outbox {
                id,
                state: Some(state),
            } => self.outbox(id, state),
            Update::Reply(frame) => self.takings.hear(frame),
            Update::Snapshot { channel, .. } => {
                if let Some(followed) = self.followed.get_mut(channel) {
                    followed.generation += 1;
                }
            }
            Update::Changed {
                channel,
                change: Change::Ended { reason },
            } => {
                if let Some(followed) = self.followed.get_mut(channel) {
                    followed.ended = Some(reason.clone());
                }
            }
            _ => {}
        }
    }

    /// Nothing more is going to happen: everybody who waits is told.
    pub(super) fn end(&mut self, reason: &StopReason) {
        let over = self.over.insert(Refused::stopped(reason)).clone();
        for waiting in self.under_way.drain().flat_map(|(_, waiting)| waiting) {
            let _ = waiting.end.send(Err(over.clone()));
        }
    }

    fn outbox(&mut self, id: &EventId, state: &SendState) {
        let outcome = match state {
            SendState::Pending | SendState::Sent => return,
            SendState::Accepted { seq } => Ok(*seq),
            SendState::Failed { code, message } => Err(Refused::relay(*code, message)),
        };
        let Some(waiting) = self.under_way.remove(id) else {
            return;
        };
        for one in waiting {
            let _ = one.end.send(outcome.clone());
        }
        self.errands.push_back(Errand::Dismiss(id.clone()));
    }
}

//! Watched channels: asked for, answered, caught up.

use crate::limits::MAX_SUBSCRIPTIONS;
use crate::limits::snapshot::RECENT;
use crate::link::Change;
use crate::link::backoff::Backoff;
use crate::link::outbox::is_for_now;
use crate::link::turn::Turn;
use crate::sorted::Sorted;
use crate::{
    Applied, ChannelId, ClientFrame, ErrorFrame, Millis, Position, Ref, RelayFrame, Replica, Seq,
    Snapshot, Subscribe, Subscribed, Unsubscribe, Unsubscribed,
};

/// What every `ref` of a link starts with, save those of publishes, which are event ids.
pub(super) const REF_PREFIX: &str = "link-";

/// Every watched channel.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    /// At most [`MAX_SUBSCRIPTIONS`]; one leaves when the driver or the relay ends it.
    held: Sorted<ChannelId, Subscription>,
    n_refs: u64,
}

#[derive(Debug)]
struct Subscription {
    replica: Replica,
    history: usize,
    /// Only how it stands is wanted, and no events.
    is_bare: bool,
    stage: Stage,
    /// Asked for on this connection, and not ended by the relay since.
    is_known: bool,
    /// Ask for a snapshot: resuming brought an answer that does not follow on the replica, or events
    /// of before it are wanted.
    is_fresh: bool,
    backoff: Backoff,
}

#[derive(Debug, PartialEq)]
enum Stage {
    /// To be asked for, not before the backoff is due.
    Wanted,
    /// Asked for. Frames of an earlier subscription to the channel are passed over: the answer
    /// continues from the position that was asked for, so the replica must not move on.
    Asked(Ref),
    /// Answered; frames up to this head are still to come.
    Replaying { head: Seq, n_missed: usize },
    /// Caught up.
    Following,
}

impl Subscriptions {
    pub(super) fn replica(&self, channel: &ChannelId) -> Option<&Replica> {
        self.held
            .get(channel)
            .map(|subscription| &subscription.replica)
    }

    pub(super) fn replicas(&self) -> impl Iterator<Item = &Replica> {
        self.held
            .iter()
            .map(|(_, subscription)| &subscription.replica)
    }

    /// Whether this channel is caught up.
    pub(super) fn is_following(&self, channel: &ChannelId) -> bool {
        self.held
            .get(channel)
            .is_some_and(|held| held.stage == Stage::Following)
    }

    /// Whether every channel is caught up.
    pub(super) fn are_following(&self) -> bool {
        self.held
            .iter()
            .all(|(_, subscription)| subscription.stage == Stage::Following)
    }

    /// Whether an answer is to come.
    pub(super) fn are_unanswered(&self) -> bool {
        self.held
            .iter()
            .any(|(_, held)| matches!(held.stage, Stage::Asked(_)))
    }

    /// Begins to watch a channel; one whose events are watched already changes nothing.
    pub(super) fn add(
        &mut self,
        channel: ChannelId,
        history: usize,
        after: Option<Position>,
        turn: &mut Turn,
    ) {
        if let Some(held) = self.held.get_mut(&channel) {
            return held.ask_for_events(history);
        }
        if self.held.len() >= MAX_SUBSCRIPTIONS {
            let reason = format!("at most {MAX_SUBSCRIPTIONS} channels at once; close another one");
            return turn.changed(&channel, Change::Ended { reason });
        }
        let replica = match after {
            Some(after) => Replica::at(channel.clone(), after, Snapshot::default()),
            None => Replica::new(channel.clone()),
        };
        let subscription = Subscription {
            replica,
            history,
            is_bare: false,
            stage: Stage::Wanted,
            is_known: false,
            is_fresh: false,
            backoff: Backoff::default(),
        };
        self.held.insert(channel, subscription);
    }

    /// Begins to watch how a channel stands; one that is watched already lets go of its events.
    pub(super) fn follow(&mut self, channel: &ChannelId, turn: &mut Turn) {
        if self.held.get(channel).is_none() {
            self.add(channel.clone(), 0, None, turn);
        }
        if let Some(held) = self.held.get_mut(channel) {
            held.is_bare = true;
            held.history = 0;
            held.replica.keep(0);
        }
    }

    /// Ends watching a channel, and tells the relay if it knows.
    pub(super) fn remove(&mut self, channel: &ChannelId, turn: &mut Turn) {
        let Some(gone) = self.held.remove(channel) else {
            return;
        };
        if gone.is_known {
            let r#ref = self.new_ref();
            turn.send(ClientFrame::Unsubscribe(Unsubscribe {
                r#ref,
                channel: channel.clone(),
            }));
        }
    }

    /// Asks for every channel that is due. Call only while connected.
    pub(super) fn flush(&mut self, turn: &mut Turn) {
        let n_refs = &mut self.n_refs;
        for (channel, subscription) in self.held.iter_mut() {
            if subscription.stage == Stage::Wanted && subscription.backoff.due() <= turn.now {
                let r#ref = next_ref(n_refs);
                subscription.stage = Stage::Asked(r#ref.clone());
                subscription.is_known = true;
                turn.send(ClientFrame::Subscribe(Subscribe {
                    r#ref,
                    channel: channel.clone(),
                    after: subscription.after(),
                    history: Some(subscription.history),
                }));
            }
        }
    }

    /// When [`Self::flush`] has something to do again.
    pub(super) fn deadline(&self) -> Option<Millis> {
        let wanted = self
            .held
            .iter()
            .filter(|(_, held)| held.stage == Stage::Wanted);
        wanted.map(|(_, held)| held.backoff.due()).min()
    }

    /// The connection is gone: everything is to be asked for again.
    pub(super) fn disconnected(&mut self) {
        for (_, subscription) in self.held.iter_mut() {
            subscription.stage = Stage::Wanted;
            subscription.is_known = false;
            subscription.backoff.reset();
        }
    }

    /// The answer to a `subscribe`. One to an earlier `subscribe` is passed over.
    pub(super) fn subscribed(&mut self, reply: Box<Subscribed>, turn: &mut Turn) {
        let Some(held) = self.held.get_mut(&reply.channel) else {
            return;
        };
        if !matches!((&held.stage, &reply.r#ref), (Stage::Asked(asked), Some(of)) if asked == of) {
            return;
        }
        let (channel, head) = (reply.channel.clone(), reply.head);
        match held.replica.begin(*reply) {
            Applied::Replaced => turn.changed(&channel, Change::Snapshot),
            Applied::Resumed => turn.changed(&channel, Change::Resumed { head }),
            _ => {
                held.is_fresh = true;
                return held.ask_again(turn);
            }
        }
        held.is_fresh = false;
        held.stage = Stage::Replaying { head, n_missed: 0 };
        held.check_caught_up(turn);
    }

    /// An event, its absence, or a signal.
    pub(super) fn delivered(&mut self, channel: &ChannelId, frame: &RelayFrame, turn: &mut Turn) {
        if let Some(held) = self.held.get_mut(channel) {
            held.delivered(frame, turn);
        }
    }

    /// The end of a subscription; one that was asked for is known already.
    pub(super) fn unsubscribed(&mut self, frame: Unsubscribed, turn: &mut Turn) {
        if frame.r#ref.is_some() {
            return;
        }
        let Some(held) = self.held.get_mut(&frame.channel) else {
            return;
        };
        match (frame.reason.as_deref(), &held.stage) {
            // Of the subscription before; the answer is on its way.
            (Some("resync"), Stage::Asked(_)) => {}
            (Some("resync"), _) => held.ask_again(turn),
            (_, stage) => {
                held.is_known = matches!(stage, Stage::Asked(_));
                self.remove(&frame.channel, turn);
                let reason = frame
                    .reason
                    .unwrap_or_else(|| "ended by the relay".to_owned());
                turn.changed(&frame.channel, Change::Ended { reason });
            }
        }
    }

    /// The relay refused a `subscribe`, for now or for good. False when it is none of ours.
    pub(super) fn refused(&mut self, r#ref: &str, error: &ErrorFrame, turn: &mut Turn) -> bool {
        let asked =
            |held: &Subscription| matches!(&held.stage, Stage::Asked(asked) if asked == r#ref);
        let Some((channel, held)) = self.held.iter_mut().find(|(_, held)| asked(held)) else {
            return r#ref.starts_with(REF_PREFIX);
        };
        held.stage = Stage::Wanted;
        held.is_known = false;
        if is_for_now(error.code) {
            held.backoff.fail(turn.now, turn.jitter);
        } else {
            let channel = channel.clone();
            self.held.remove(&channel);
            turn.changed(
                &channel,
                Change::Ended {
                    reason: error.message.clone(),
                },
            );
        }
        true
    }

    fn new_ref(&mut self) -> Ref {
        next_ref(&mut self.n_refs)
    }
}

impl Subscription {
    /// Wants events where none were wanted; frames on their way are in the answer, too.
    fn ask_for_events(&mut self, history: usize) {
        if std::mem::take(&mut self.is_bare) {
            self.history = history;
            self.replica.keep(RECENT);
            self.is_fresh = true;
            self.stage = Stage::Wanted;
        }
    }

    fn after(&self) -> Option<Position> {
        let position = self.replica.position().filter(|_| !self.is_fresh);
        position.cloned()
    }

    fn delivered(&mut self, frame: &RelayFrame, turn: &mut Turn) {
        if matches!(self.stage, Stage::Wanted | Stage::Asked(_)) {
            return;
        }
        let change = match (self.replica.go_on(frame), frame) {
            (Applied::Missed, _) => return self.ask_again(turn),
            (Applied::Event, RelayFrame::Event(delivery)) => {
                if let Stage::Replaying { n_missed, .. } = &mut self.stage {
                    *n_missed += 1;
                }
                Some(Change::Event(Box::new(delivery.event.clone())))
            }
            (Applied::Gap, RelayFrame::Gap(gap)) => Some(Change::Gap {
                from: gap.from,
                to: gap.to,
            }),
            (Applied::Signal(key), _) => Some(Change::Signal(key)),
            _ => None,
        };
        if let Some(change) = change {
            turn.changed(self.replica.channel(), change);
        }
        self.check_caught_up(turn);
    }

    /// Something was missed. At once the first time; a relay that keeps sending what does not
    /// follow must not be asked as fast as it answers.
    fn ask_again(&mut self, turn: &Turn) {
        self.stage = Stage::Wanted;
        self.backoff.stumble(turn.now, turn.jitter);
    }

    fn check_caught_up(&mut self, turn: &mut Turn) {
        let Stage::Replaying { head, n_missed } = self.stage else {
            return;
        };
        if self
            .replica
            .position()
            .is_some_and(|position| position.seq >= head)
        {
            self.stage = Stage::Following;
            turn.changed(self.replica.channel(), Change::CaughtUp { n_missed });
        }
    }
}

fn next_ref(n_refs: &mut u64) -> Ref {
    *n_refs += 1;
    format!("{REF_PREFIX}{n_refs}")
}

//! Publishes on their way.

use std::collections::VecDeque;

use crate::link::Command;
use crate::link::backoff::Backoff;
use crate::link::turn::Turn;
use crate::{
    Body, ChannelId, ClientFrame, Encoding, ErrorCode, EventId, Millis, Publish, Seq, Visibility,
};

/// Most publishes that are under way at once, and also the most failed and the most accepted ones
/// that are remembered: a person's backlog, not a queue for a machine.
pub const MAX_OUTGOING: usize = 100;

/// How long a frame is once it is written, in bytes; `None` when it cannot be.
pub type Measure = fn(&ClientFrame) -> Option<usize>;

/// How long a frame is as this crate writes it.
pub(super) fn as_json(frame: &ClientFrame) -> Option<usize> {
    let bytes = Encoding::Json.encode(frame).ok()?;
    Some(bytes.len())
}

/// A publish on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Idempotency id.
    pub id: EventId,
    /// Where.
    pub channel: ChannelId,
    /// What.
    pub body: Body,
    /// Who may see it.
    pub visibility: Visibility,
    /// How far it has come.
    pub state: SendState,
}

/// How far a publish has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendState {
    /// Waits for a connection, or for a relay that said "later". It may have been sent before, on a
    /// connection that broke before the acknowledgement.
    Pending,
    /// Handed to the socket; not acknowledged.
    Sent,
    /// Durable.
    Accepted {
        /// Its seq.
        seq: Seq,
    },
    /// Refused, or turned away because too many are under way.
    Failed {
        /// Why, for programs.
        code: ErrorCode,
        /// Why, for people.
        message: String,
    },
}

impl SendState {
    /// Whether how it ends is still open.
    #[must_use]
    pub fn is_under_way(&self) -> bool {
        matches!(self, Self::Pending | Self::Sent)
    }
}

/// Every publish that is not forgotten, in the order they were made.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    /// At most 3 · [`MAX_OUTGOING`]; of those that failed and of those that were accepted, the one
    /// that ended first leaves first.
    entries: VecDeque<Entry>,
    n_changes: u64,
    /// One pause for all, so that what comes later does not overtake what was refused for now.
    pause: Backoff,
}

#[derive(Debug)]
struct Entry {
    outgoing: Outgoing,
    /// Grows with every change of any state: who ended first.
    changed: u64,
}

impl Outbox {
    pub(super) fn entries(&self) -> impl Iterator<Item = &Outgoing> {
        self.entries.iter().map(|entry| &entry.outgoing)
    }

    /// Takes a publish in; one whose id is known already changes nothing, and is told of anew.
    pub(super) fn publish(&mut self, outgoing: Outgoing, turn: &mut Turn) {
        let id = outgoing.id.clone();
        if self.entry(&id).is_some() {
            return turn.tell(Command::Outbox(id));
        }
        let is_full = self.n_under_way() >= MAX_OUTGOING;
        self.entries.push_back(Entry {
            outgoing,
            changed: 0,
        });
        let state = if is_full {
            too_many()
        } else {
            SendState::Pending
        };
        self.set(&id, state, turn);
    }

    /// Sends a failed publish again.
    pub(super) fn resend(&mut self, id: &EventId, turn: &mut Turn) {
        let is_full = self.n_under_way() >= MAX_OUTGOING;
        let is_failed = |entry: &Outgoing| matches!(entry.state, SendState::Failed { .. });
        if self.entry(id).is_some_and(is_failed) {
            let state = if is_full {
                too_many()
            } else {
                SendState::Pending
            };
            self.set(id, state, turn);
        }
    }

    /// Forgets a publish that is no longer under way.
    pub(super) fn dismiss(&mut self, id: &EventId, turn: &mut Turn) {
        if self
            .entry(id)
            .is_some_and(|entry| !entry.state.is_under_way())
        {
            self.entries.retain(|entry| entry.outgoing.id != *id);
            turn.tell(Command::Outbox(id.clone()));
        }
    }

    /// Sends what is pending, unless a pause is on. Call only while connected.
    pub(super) fn flush(&mut self, max_frame_bytes: usize, measure: Measure, turn: &mut Turn) {
        if self.pause.due() > turn.now {
            return;
        }
        let pending: Vec<_> = self.pending().map(publish_frame).collect();
        for (id, frame) in pending {
            let fits = measure(&frame).is_some_and(|n_bytes| n_bytes <= max_frame_bytes);
            if fits {
                turn.send(frame);
                self.set(&id, SendState::Sent, turn);
            } else {
                // A relay closes for good on a frame this large; only this publish should fail.
                let message = format!("this is larger than {max_frame_bytes} bytes; send less");
                self.set(
                    &id,
                    SendState::Failed {
                        code: ErrorCode::TooLarge,
                        message,
                    },
                    turn,
                );
            }
        }
    }

    /// When [`Self::flush`] has something to do again.
    pub(super) fn deadline(&self) -> Option<Millis> {
        self.pending().next().map(|_| self.pause.due())
    }

    /// Whether an acknowledgement is to come.
    pub(super) fn is_unanswered(&self) -> bool {
        self.entries().any(|entry| entry.state == SendState::Sent)
    }

    /// The relay stored it. False when no publish has this id.
    pub(super) fn accepted(&mut self, id: &EventId, seq: Seq, turn: &mut Turn) -> bool {
        let Some(entry) = self.entry(id) else {
            return false;
        };
        let state = SendState::Accepted { seq };
        if entry.state != state {
            self.set(id, state, turn);
        }
        // While the pause is on, others were refused: they wait it out.
        if self.pause.due() <= turn.now {
            self.pause.reset();
        }
        true
    }

    /// The relay refused it, for now or for good. False when no publish has this id.
    pub(super) fn refused(
        &mut self,
        id: &str,
        code: ErrorCode,
        message: &str,
        turn: &mut Turn,
    ) -> bool {
        let Some(entry) = self.entries().find(|entry| entry.id.as_str() == id) else {
            return false;
        };
        if !entry.state.is_under_way() {
            return true;
        }
        let id = entry.id.clone();
        if is_for_now(code) {
            if self.pause.due() <= turn.now {
                self.pause.fail(turn.now, turn.jitter);
            }
            self.set(&id, SendState::Pending, turn);
        } else {
            let message = message.to_owned();
            self.set(&id, SendState::Failed { code, message }, turn);
        }
        true
    }

    /// The connection is gone: what it did not acknowledge is to be sent again.
    pub(super) fn disconnected(&mut self, turn: &mut Turn) {
        let sent = |entry: &&Outgoing| entry.state == SendState::Sent;
        let sent: Vec<_> = self
            .entries()
            .filter(sent)
            .map(|entry| entry.id.clone())
            .collect();
        for id in sent {
            self.set(&id, SendState::Pending, turn);
        }
    }

    fn entry(&self, id: &EventId) -> Option<&Outgoing> {
        self.entries().find(|entry| entry.id == *id)
    }

    fn pending(&self) -> impl Iterator<Item = &Outgoing> {
        self.entries()
            .filter(|entry| entry.state == SendState::Pending)
    }

    fn n_under_way(&self) -> usize {
        self.entries()
            .filter(|entry| entry.state.is_under_way())
            .count()
    }

    fn set(&mut self, id: &EventId, state: SendState, turn: &mut Turn) {
        let is_of = |entry: &&mut Entry| entry.outgoing.id == *id;
        if let Some(entry) = self.entries.iter_mut().find(is_of) {
            entry.outgoing.state = state;
            entry.changed = self.n_changes;
            self.n_changes += 1;
        }
        turn.tell(Command::Outbox(id.clone()));
        self.evict(|state| matches!(state, SendState::Accepted { .. }), turn);
        self.evict(|state| matches!(state, SendState::Failed { .. }), turn);
    }

    fn evict(&mut self, is_kind: fn(&SendState) -> bool, turn: &mut Turn) {
        let is_of_kind = |(_, entry): &(usize, &Entry)| is_kind(&entry.outgoing.state);
        let of_kind = || self.entries.iter().enumerate().filter(is_of_kind);
        if of_kind().count() <= MAX_OUTGOING {
            return;
        }
        let first = of_kind().min_by_key(|(_, entry)| entry.changed);
        if let Some(gone) = first
            .map(|(at, _)| at)
            .and_then(|at| self.entries.remove(at))
        {
            turn.tell(Command::Outbox(gone.outgoing.id));
        }
    }
}

/// Whether the same question may get a better answer later.
pub(super) fn is_for_now(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::Unavailable | ErrorCode::RateLimited)
}

fn too_many() -> SendState {
    let message = format!("{MAX_OUTGOING} messages wait to be sent already; send it again later");
    SendState::Failed {
        code: ErrorCode::RateLimited,
        message,
    }
}

/// The `ref` is the id: the answer finds its entry, also after a reconnect.
fn publish_frame(entry: &Outgoing) -> (EventId, ClientFrame) {
    let frame = ClientFrame::Publish(Publish {
        r#ref: entry.id.to_string(),
        channel: entry.channel.clone(),
        body: entry.body.clone(),
        id: Some(entry.id.clone()),
        visibility: entry.visibility.clone(),
    });
    (entry.id.clone(), frame)
}

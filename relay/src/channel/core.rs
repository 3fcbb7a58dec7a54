//! What a channel knows, as a plain struct behind the channel's lock.

use std::collections::HashSet;
use std::sync::Arc;

use pilothouse_shared::limits::TYPING_MS;
use pilothouse_shared::{
    ErrorCode, Event, Millis, Op, Position, Refusal, Replica, Seq, SignalKey, Snapshot, True,
};

use super::admission::Claim;
use super::prepared::Prepared;
use super::presence::Presence;
use super::signals::Signals;
use super::tail::Tail;

/// The key that only the relay writes.
const PRESENCE: &str = "presence";

/// See the module.
#[derive(Debug)]
pub(crate) struct Core {
    replica: Replica,
    /// The seq before the oldest event held by the store.
    base: Seq,
    /// The seq of the last saved snapshot.
    saved: Seq,
    pub(super) tail: Tail,
    pub(super) signals: Signals,
    pub(super) presence: Presence,
    /// What is being decided by a publish that is not durable yet. Bounded by the publishes under
    /// way; each claim leaves with its publish.
    pub(super) claims: HashSet<Claim>,
    removed: bool,
}

impl Core {
    pub(super) fn new(replica: Replica, base: Seq, saved: Seq) -> Self {
        let head = replica.head();
        let signals = Signals::new(replica.channel().clone());
        Self {
            replica,
            base,
            saved,
            tail: Tail::new(head),
            signals,
            presence: Presence::default(),
            claims: HashSet::new(),
            removed: false,
        }
    }

    pub(super) fn replica(&self) -> &Replica {
        &self.replica
    }

    pub(super) fn is_removed(&self) -> bool {
        self.removed
    }

    pub(super) fn head(&self) -> Seq {
        self.replica.head()
    }

    pub(super) fn base(&self) -> Seq {
        self.base
    }

    /// The oldest seq held; 0 when there is none.
    pub(super) fn floor(&self) -> Seq {
        if self.base < self.head() {
            Seq(self.base.0 + 1)
        } else {
            Seq::ZERO
        }
    }

    /// Where the channel stands. A replica of the relay always has a position.
    pub(super) fn position(&self) -> Option<Position> {
        self.replica.position().cloned()
    }

    pub(super) fn committed(&mut self, events: Vec<Event>) {
        for event in events {
            self.replica.event(&event);
            if self.presence.is_watched() {
                let channel = self.replica.channel().clone();
                self.tail.push(Arc::new(Prepared::new(channel, event)));
            }
        }
        if !self.presence.is_watched() {
            self.tail.clear(self.head());
        }
        self.presence.wake_all();
    }

    pub(super) fn signal(&mut self, key: &SignalKey, op: &Op, at: Millis) -> Result<(), Refusal> {
        if self.removed {
            return Err(super::removed());
        }
        if key.as_str() == PRESENCE {
            let message = "the relay alone writes `presence`; connect to be in it";
            return Err(Refusal::new(ErrorCode::Invalid, message));
        }
        self.change_signal(key, op, at)
    }

    fn change_signal(&mut self, key: &SignalKey, op: &Op, at: Millis) -> Result<(), Refusal> {
        self.signals.change(key, op, at)?;
        self.presence.wake_all();
        Ok(())
    }

    pub(super) fn tick(&mut self, now: Millis) {
        for key in self.signals.older("typing/", now.saturating_sub(TYPING_MS)) {
            // Clearing what is there cannot be refused.
            let _ = self.change_signal(&key, &Op::Clear(True), now);
        }
        let Some(value) = self.presence.take_changed() else {
            return;
        };
        if let Ok(key) = SignalKey::new(PRESENCE)
            && let Err(refusal) = self.change_signal(&key, &Op::Set(value), now)
        {
            tracing::warn!(%refusal, "presence not told");
        }
    }

    /// The snapshot to save, when enough has happened since the last.
    pub(super) fn take_save_due(&mut self, every: u64) -> Option<(Seq, Snapshot)> {
        let head = self.head();
        if head.0 < self.saved.0 + every {
            return None;
        }
        self.saved = head;
        Some((head, self.replica.snapshot().clone()))
    }

    /// Through which seq history may go, when there is a fair amount too much of it.
    pub(super) fn prunable(&self, keep: u64) -> Option<Seq> {
        let through = self.head().0.saturating_sub(keep);
        let slack = (keep / 10).max(1);
        (through >= self.base.0 + slack).then_some(Seq(through))
    }

    pub(super) fn pruned(&mut self, base: Seq) {
        self.base = self.base.max(base);
        let floor = self.floor();
        self.replica.set_floor(floor);
    }

    pub(super) fn remove(&mut self) {
        self.removed = true;
        self.presence.wake_all();
    }
}

#[cfg(test)]
mod tests;

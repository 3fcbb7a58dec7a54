//! What a channel knows, as a plain struct behind the channel's lock.

use std::collections::HashSet;
use std::sync::Arc;

use pilothouse_shared::limits::TYPING_MS;
use pilothouse_shared::{
    ErrorCode, Event, Millis, Op, Position, Refusal, Replica, Seq, SignalKey, Snapshot, True,
};

use super::admission::Claim;
use super::batch::{Cursor, News};
use super::prepared::Prepared;
use super::presence::Presence;
use super::requests::Absences;
use super::signals::Signals;
use super::tail::Tail;

/// The key that only the relay writes.
const PRESENCE: &str = "presence";

/// See the module.
#[derive(Debug)]
pub(crate) struct Core {
    replica: Replica,
    /// The seq before the oldest event that is promised. The store holds no less.
    base: Seq,
    /// The seq before the oldest event the store holds: behind `base` while it is being pruned.
    held: Seq,
    /// The seq of the last saved snapshot.
    saved: Seq,
    pub(super) tail: Tail,
    pub(super) signals: Signals,
    pub(super) presence: Presence,
    /// What is being decided by a publish that is not durable yet. Bounded by the publishes under
    /// way; each claim leaves with its publish.
    pub(super) claims: HashSet<Claim>,
    /// Counts what asked for room to wait.
    pub(super) n_rooms: u64,
    /// Who does not wait any more.
    pub(super) absences: Absences,
    /// How far each lane of the fan-out has gone.
    passed: Box<[Cursor]>,
    removed: bool,
}

/// What a look from a cursor finds.
#[derive(Debug)]
pub(super) enum Look {
    /// This is what it lacks, or as much of it as is fair.
    Here(News),
    /// Some of it is no longer in memory.
    Behind,
    /// Signals changed that can no longer be told one by one.
    Resync,
    /// The channel is gone.
    Removed,
}

impl Core {
    pub(super) fn new(replica: Replica, base: Seq, saved: Seq, n_lanes: usize) -> Self {
        let head = replica.head();
        let signals = Signals::new(replica.channel().clone());
        Self {
            replica,
            base,
            held: base,
            saved,
            tail: Tail::new(head),
            signals,
            presence: Presence::default(),
            claims: HashSet::new(),
            n_rooms: 0,
            absences: Absences::default(),
            passed: vec![Cursor { seq: head, tick: 0 }; n_lanes].into(),
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
            self.nobody_watches();
        }
    }

    /// Keeps nothing for subscribers that are not there. The next one begins where all is told.
    pub(super) fn nobody_watches(&mut self) {
        self.tail.clear(self.head());
        self.passed.fill(self.cursor());
    }

    /// Takes back into the tail what the store had after `base`. Only for subscribers: else nothing
    /// would ever let it go. Says whether the tail begins there now.
    pub(super) fn recall(&mut self, base: Seq, older: Vec<Arc<Prepared>>) -> bool {
        self.presence.is_watched() && !self.removed && self.tail.extend_back(base, older)
    }

    /// Where a subscriber is that has everything.
    pub(super) fn cursor(&self) -> Cursor {
        Cursor {
            seq: self.head(),
            tick: self.signals.now(),
        }
    }

    pub(super) fn passed(&self, lane: usize) -> Cursor {
        self.passed.get(lane).copied().unwrap_or_default()
    }

    pub(super) fn pass_to(&mut self, lane: usize, cursor: Cursor) {
        if let Some(passed) = self.passed.get_mut(lane) {
            *passed = cursor;
        }
    }

    /// What comes next for a cursor.
    pub(super) fn look(&self, cursor: Cursor) -> Look {
        if self.removed {
            return Look::Removed;
        }
        let Some(events) = self.tail.after(cursor.seq) else {
            return Look::Behind;
        };
        match self.signals.since(cursor.tick) {
            Some(signals) => Look::Here(News { events, signals }),
            None => Look::Resync,
        }
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
        self.signals.change(key, op, at)
    }

    pub(super) fn tick(&mut self, now: Millis) {
        for key in self.signals.older("typing/", now.saturating_sub(TYPING_MS)) {
            // Clearing what is there cannot be refused.
            let _ = self.change_signal(&key, &Op::Clear(True), now);
        }
        let Some(value) = self.presence.take_changed(now) else {
            return;
        };
        if let Ok(key) = SignalKey::new(PRESENCE)
            && let Err(refusal) = self.change_signal(&key, &Op::Set(value), now)
        {
            tracing::warn!(%refusal, "presence not told");
        }
    }

    /// Whether there is a snapshot to save or history to prune.
    pub(super) fn is_house_due(&self, save_every: u64, keep: u64) -> bool {
        self.is_save_due(save_every) || self.prunable(keep).is_some()
    }

    /// Whether enough has happened since the last saved snapshot.
    pub(super) fn is_save_due(&self, every: u64) -> bool {
        self.head().0 >= self.saved.0 + every
    }

    /// The state to save.
    pub(super) fn state(&self) -> (Seq, Snapshot) {
        (self.head(), self.replica.snapshot().clone())
    }

    /// The store holds the state of this seq.
    pub(super) fn saved(&mut self, seq: Seq) {
        self.saved = self.saved.max(seq);
    }

    pub(super) fn last_saved(&self) -> Seq {
        self.saved
    }

    /// Through which seq history may go, when there is a fair amount too much of it, or when the store
    /// has not done yet what it was asked.
    pub(super) fn prunable(&self, keep: u64) -> Option<Seq> {
        let through = self.head().0.saturating_sub(keep);
        let slack = (keep / 10).max(1);
        let is_due = through >= self.base.0.saturating_add(slack) || self.held < self.base;
        is_due.then_some(self.base.max(Seq(through)))
    }

    /// Nothing up to `base` is promised any more.
    pub(super) fn unpromise(&mut self, base: Seq) {
        self.base = self.base.max(base);
        let floor = self.floor();
        self.replica.set_floor(floor);
    }

    /// The store holds nothing up to `held` any more. Says how many events went.
    pub(super) fn pruned(&mut self, held: Seq) -> u64 {
        let n_gone = held.0.saturating_sub(self.held.0);
        self.held = self.held.max(held);
        n_gone
    }

    pub(super) fn remove(&mut self) {
        self.removed = true;
    }
}

#[cfg(test)]
mod tests;

//! Where a follower stands in a replica, and what comes next. It is a cursor, not a queue: one that
//! does not come costs nothing, and is told what it missed.

use pilothouse_shared::limits::snapshot::RECENT;
use pilothouse_shared::{Event, Position, Replica, Seq};

/// What a follower is told.
#[derive(Debug, Clone, PartialEq)]
pub enum Happened {
    /// The channel runs under another epoch: what was known before may have been lost. The last events
    /// of the channel follow, which may have been told already. The state is in the replica.
    Anew,
    /// An event, each once within an epoch.
    Event(Box<Event>),
    /// Events of these seqs are not going to be told: they are no longer held, or the follower was
    /// too slow.
    Missed {
        /// First of them.
        from: Seq,
        /// Last of them.
        to: Seq,
    },
    /// The relay ended the subscription, such as for a channel that does not exist or was removed.
    Ended {
        /// What the relay said.
        reason: String,
    },
}

/// See the module.
#[derive(Debug, Clone, Default)]
pub(super) struct Cursor {
    at: Option<Position>,
    generation: u64,
}

impl Cursor {
    /// What comes next, if it is known; `generation` counts the snapshots that replaced the replica.
    pub(super) fn next(&mut self, replica: &Replica, generation: u64) -> Option<Happened> {
        let position = replica.position()?;
        let was_replaced = std::mem::replace(&mut self.generation, generation) != generation;
        let Some(at) = &mut self.at else {
            self.at = Some(start(position, replica));
            return self.next(replica, generation);
        };
        if at.epoch != position.epoch {
            *at = start(position, replica);
            return Some(Happened::Anew);
        }
        if let Some(to) = lost_after(at.seq, replica, was_replaced) {
            let from = Seq(at.seq.0 + 1);
            at.seq = to;
            return Some(Happened::Missed { from, to });
        }
        // The newest are at the back, and a follower is mostly near it.
        let newer = replica.recent().iter().rev();
        match newer.take_while(|event| event.seq > at.seq).last() {
            Some(event) => {
                at.seq = event.seq;
                Some(Happened::Event(Box::new(event.clone())))
            }
            None => {
                at.seq = at.seq.max(position.seq);
                None
            }
        }
    }

    /// Passes over everything there is.
    pub(super) fn skip(&mut self, replica: &Replica, generation: u64) {
        self.at = replica.position().cloned();
        self.generation = generation;
    }
}

/// Before the events that came with the snapshot.
fn start(position: &Position, replica: &Replica) -> Position {
    let oldest = replica.recent().front();
    Position {
        epoch: position.epoch.clone(),
        seq: oldest.map_or(position.seq, |event| event.prev),
    }
}

/// The last of the seqs after `at` that a follower is not going to get.
fn lost_after(at: Seq, replica: &Replica, was_replaced: bool) -> Option<Seq> {
    let recent = replica.recent();
    let is_before = |event: &Event, to: Seq| at < event.seq && event.seq < to;
    let gap = replica.gaps().iter().map(|gap| gap.to).find(|to| *to > at);
    let in_gap = gap.filter(|to| !recent.iter().any(|event| is_before(event, *to)));
    // In front of what is held there may be only events that are not for this member. A snapshot may
    // come without any.
    let may_miss = was_replaced || recent.len() >= RECENT;
    let whole = replica.position().map(|position| position.seq);
    let in_front = recent.front().map(|event| event.prev).or(whole);
    in_gap.max(in_front.filter(|to| may_miss && *to > at))
}

#[cfg(test)]
mod tests;

//! The newest events, ready to be sent. What fell out of it is read from the store.

use std::collections::VecDeque;
use std::sync::Arc;

use pilothouse_shared::Seq;

use super::prepared::Prepared;

/// Events a tail holds at most.
const MAX_EVENTS: usize = 4096;

/// Bytes a tail holds at most, counted as JSON frames. Both bounds are per channel, and only of
/// channels that somebody watches.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Bytes of one look: a good write, and a fair share.
const LOOK_BYTES: usize = 128 * 1024;

/// Events fetched back into it in one go: it has room for as many again.
const MAX_RECALLED: usize = MAX_EVENTS / 2;

/// What a tail lacks of what comes after a seq.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It is all here.
    Nothing,
    /// So many events, which may fit.
    Some(usize),
    /// More than is worth fetching.
    TooMuch,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Tail {
    /// The seq before the first event held.
    base: Seq,
    events: VecDeque<(Arc<Prepared>, usize)>,
    bytes: usize,
    /// Falls by half when what was fetched did not fit, so that large events are not fetched in vain
    /// again and again.
    max_recalled: usize,
}

impl Tail {
    /// Holds nothing, and begins after this seq.
    pub(super) fn new(base: Seq) -> Self {
        Self {
            base,
            events: VecDeque::new(),
            bytes: 0,
            max_recalled: MAX_RECALLED,
        }
    }

    /// What would have to be fetched to begin just after `seq`.
    pub(super) fn missing(&self, seq: Seq) -> Missing {
        match usize::try_from(self.base.0.saturating_sub(seq.0)) {
            Ok(0) => Missing::Nothing,
            Ok(n) if n <= self.max_recalled => Missing::Some(n),
            _ => Missing::TooMuch,
        }
    }

    /// The seq before the first event held.
    pub(super) fn base(&self) -> Seq {
        self.base
    }

    pub(super) fn push(&mut self, event: Arc<Prepared>) {
        let size = event.size();
        self.bytes += size;
        self.events.push_back((event, size));
        while self.events.len() > MAX_EVENTS || self.bytes > MAX_BYTES {
            let Some((event, size)) = self.events.pop_front() else {
                return;
            };
            self.bytes -= size;
            self.base = event.seq();
        }
    }

    /// Puts older events before those held: all after `base` up to them. Says whether it did; it does
    /// not when they do not fit, in number or in place.
    pub(super) fn extend_back(&mut self, base: Seq, older: Vec<Arc<Prepared>>) -> bool {
        let sizes: Vec<_> = older.iter().map(|event| event.size()).collect();
        let bytes: usize = sizes.iter().sum();
        let is_next = older.last().is_some_and(|event| event.seq() == self.base)
            && older.first().is_some_and(|event| event.prev() == base);
        let has_room =
            older.len() + self.events.len() <= MAX_EVENTS && bytes + self.bytes <= MAX_BYTES;
        if !is_next || !has_room {
            self.max_recalled = older.len() / 2;
            return false;
        }
        for held in older.into_iter().zip(sizes).rev() {
            self.events.push_front(held);
        }
        self.bytes += bytes;
        self.base = base;
        true
    }

    /// What is held up to `through`, newest first.
    pub(super) fn newest_first(&self, through: Seq) -> impl Iterator<Item = &Arc<Prepared>> {
        let events = self.events.iter().rev().map(|(event, _)| event);
        events.skip_while(move |event| event.seq() > through)
    }

    /// Forgets everything up to this seq, which is the newest.
    pub(super) fn clear(&mut self, head: Seq) {
        *self = Self::new(head);
    }

    /// The next events after `seq`, oldest first: at least one if there is one, no more than a fair
    /// share. `None` when some of them are no longer here.
    pub(super) fn after(&self, seq: Seq) -> Option<Vec<Arc<Prepared>>> {
        if seq < self.base {
            return None;
        }
        let start = self.events.partition_point(|(event, _)| event.seq() <= seq);
        let mut bytes = 0;
        let has_room = |(_, size): &&(Arc<Prepared>, usize)| {
            let has_room = bytes < LOOK_BYTES;
            bytes += size;
            has_room
        };
        let events = self.events.iter().skip(start).take_while(has_room);
        Some(events.map(|(event, _)| Arc::clone(event)).collect())
    }
}

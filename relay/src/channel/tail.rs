//! The newest events, ready to be sent. What fell out of it is read from the store.

use std::collections::VecDeque;
use std::sync::Arc;

use pilothouse_shared::Seq;

use super::prepared::Prepared;

/// Events a tail holds at most.
const MAX_EVENTS: usize = 1024;

/// Bytes a tail holds at most, counted as JSON bodies. Both bounds are per channel, and only of
/// channels that somebody watches.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// See the module.
#[derive(Debug)]
pub(super) struct Tail {
    /// The seq before the first event held.
    base: Seq,
    events: VecDeque<(Arc<Prepared>, usize)>,
    bytes: usize,
}

impl Tail {
    /// Holds nothing, and begins after this seq.
    pub(super) fn new(base: Seq) -> Self {
        Self {
            base,
            events: VecDeque::new(),
            bytes: 0,
        }
    }

    pub(super) fn push(&mut self, event: Arc<Prepared>) {
        let size = serde_json::to_vec(&event.event().body).map_or(0, |body| body.len());
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

    /// Forgets everything up to this seq, which is the newest.
    pub(super) fn clear(&mut self, head: Seq) {
        *self = Self::new(head);
    }

    /// At most `max` events after `seq`, oldest first; `None` when some of them are no longer here.
    pub(super) fn after(&self, seq: Seq, max: usize) -> Option<Vec<Arc<Prepared>>> {
        if seq < self.base {
            return None;
        }
        let start = self.events.partition_point(|(event, _)| event.seq() <= seq);
        let events = self.events.iter().skip(start).take(max);
        Some(events.map(|(event, _)| Arc::clone(event)).collect())
    }
}

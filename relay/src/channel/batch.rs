//! Frames for one kind of viewer, in one piece: a write of one is a write of all.

use std::sync::Arc;

use pilothouse_shared::{Author, Encoding, Seq};

use super::prepared::{Prepared, PreparedSignal};
use super::signals::Tick;

/// How far a subscriber has been given what there is: the last seq, and the last tick of the signals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) seq: Seq,
    pub(crate) tick: Tick,
}

/// What a cursor has not been given, oldest first: events, then signals by tick.
#[derive(Debug, Default)]
pub(super) struct News {
    pub(super) events: Vec<Arc<Prepared>>,
    pub(super) signals: Vec<(Tick, Arc<PreparedSignal>)>,
}

impl News {
    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.signals.is_empty()
    }

    /// Whether everybody may see all of it.
    pub(super) fn is_public(&self) -> bool {
        self.events.iter().all(|event| event.is_public())
    }

    /// Where it leaves a cursor.
    pub(super) fn end(&self, mut cursor: Cursor) -> Cursor {
        if let Some(event) = self.events.last() {
            cursor.seq = event.seq();
        }
        if let Some((tick, _)) = self.signals.last() {
            cursor.tick = *tick;
        }
        cursor
    }
}

/// See the module. Bounded by what a look at the tail gives.
#[derive(Debug)]
pub(crate) struct Batch {
    bytes: Vec<u8>,
    start: Cursor,
    marks: Vec<Mark>,
}

/// The end of one frame.
#[derive(Debug)]
struct Mark {
    offset: usize,
    /// Where a subscriber is that was given this frame.
    cursor: Cursor,
}

impl Batch {
    pub(super) fn new(start: Cursor, news: &News, viewer: &Author, encoding: Encoding) -> Self {
        let n_frames = news.events.len() + news.signals.len();
        let mut batch = Self {
            bytes: Vec::new(),
            start,
            marks: Vec::with_capacity(n_frames),
        };
        let mut cursor = start;
        for event in &news.events {
            cursor.seq = event.seq();
            batch.add(&event.bytes_for(viewer, encoding), cursor);
        }
        for (tick, signal) in &news.signals {
            cursor.tick = *tick;
            batch.add(&signal.bytes(encoding), cursor);
        }
        batch
    }

    fn add(&mut self, bytes: &[u8], cursor: Cursor) {
        self.bytes.extend_from_slice(bytes);
        self.marks.push(Mark {
            offset: self.bytes.len(),
            cursor,
        });
    }

    /// Frames in it.
    pub(crate) fn len(&self) -> usize {
        self.marks.len()
    }

    /// The bytes from this frame on.
    pub(crate) fn bytes_from(&self, start: usize) -> &[u8] {
        &self.bytes[self.offset(start)..]
    }

    /// After `n` bytes of what begins with frame `start`: how many frames were begun, and what is
    /// missing of the last of them.
    pub(crate) fn cut(&self, start: usize, n: usize) -> (usize, &[u8]) {
        let at = self.offset(start) + n;
        let n_begun = self.marks.partition_point(|mark| mark.offset < at) + usize::from(n > 0);
        let n_begun = n_begun.clamp(start, self.len());
        (
            n_begun - start,
            &self.bytes[at..self.offset(n_begun).max(at)],
        )
    }

    /// The frame that comes next for a cursor; `None` when the batch does not begin where it stands
    /// or before.
    pub(super) fn next_for(&self, cursor: Cursor) -> Option<usize> {
        if cursor == self.start {
            return Some(0);
        }
        let found = self.marks.iter().position(|mark| mark.cursor == cursor);
        found.map(|n| n + 1)
    }

    /// Where a subscriber is that was given the first `n` frames.
    pub(super) fn cursor_after(&self, n: usize) -> Cursor {
        match n.checked_sub(1) {
            Some(last) => self.marks.get(last).map_or(self.start, |mark| mark.cursor),
            None => self.start,
        }
    }

    fn offset(&self, n: usize) -> usize {
        match n.checked_sub(1) {
            Some(last) => self.marks.get(last).map_or(0, |mark| mark.offset),
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests;

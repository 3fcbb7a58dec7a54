//! The rows of a channel's feed, oldest first, each made of the events that belong together.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use pilothouse_shared::Event;

use super::row::{Row, Thread, thread_of};

/// Most rows a feed holds of what it saw happen; the oldest leave first and can be loaded again.
pub const MAX_ROWS: usize = 3_000;

/// Most rows a feed holds with the older ones that were loaded. History shows what is before.
pub const MAX_LOADED: usize = 20_000;

/// More events than this in one frame do not fade in, and are drawn with those of the next one.
pub const CALM: usize = 5;

/// The rows of a feed.
#[derive(Debug, Default)]
pub struct Feed {
    rows: VecDeque<Arc<Row>>,
    /// Where a thread's row is; an entry leaves with its row.
    threads: HashMap<Thread, u64>,
    /// Seq of the newest event taken up.
    newest: u64,
    /// Rows that older ones were loaded to: what comes takes nothing away from whoever reads those.
    n_loaded: usize,
}

impl Feed {
    /// A feed of these events, oldest first.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut feed = Self::default();
        for event in events {
            feed.push(event, false);
        }
        feed
    }

    /// The rows, oldest first.
    #[must_use]
    pub fn rows(&self) -> &VecDeque<Arc<Row>> {
        &self.rows
    }

    /// Seq of the oldest row.
    #[must_use]
    pub fn first_seq(&self) -> Option<u64> {
        self.rows.front().map(|row| row.seq)
    }

    /// Seq of the newest row.
    #[must_use]
    pub fn last_seq(&self) -> Option<u64> {
        self.rows.back().map(|row| row.seq)
    }

    /// Whether there is room for older rows.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.rows.len() < MAX_LOADED
    }

    /// Where the row with an event of this id is.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<usize> {
        self.rows.iter().position(|row| row.holds(id))
    }

    /// Takes up what one animation frame brought; what it holds already is left out, such as events
    /// that came right after a snapshot and were in the replica when the feed was made from it.
    pub fn extend(&mut self, events: &[Event]) {
        let is_calm = events.len() <= CALM;
        for event in events {
            self.push(event, is_calm);
        }
    }

    /// Says that a range is lost.
    pub fn push_gap(&mut self, from: u64, to: u64) {
        self.append(Row::gap(from, to));
    }

    /// Puts older events before the first row; those the feed holds already are left out.
    pub fn prepend(&mut self, events: &[Event]) {
        let first = self.first_seq().unwrap_or(u64::MAX);
        let mut older = Self::of(events.iter().filter(|event| event.seq.0 < first));
        older.rows.append(&mut self.rows);
        older.threads.extend(self.threads.drain());
        older.newest = older.newest.max(self.newest);
        older.n_loaded = older.rows.len();
        *self = older;
    }

    fn push(&mut self, event: &Event, is_fresh: bool) {
        if event.seq.0 <= self.newest {
            return;
        }
        self.newest = event.seq.0;
        if self.joined(event).is_some() {
            return;
        }
        if let Some((thread, true)) = thread_of(event) {
            self.threads.insert(thread, event.seq.0);
        }
        self.append(Row {
            is_fresh,
            ..Row::of(event)
        });
    }

    fn joined(&mut self, event: &Event) -> Option<()> {
        let (thread, opens) = thread_of(event)?;
        let seq = (!opens).then(|| self.threads.get(&thread)).flatten()?;
        let index = self.rows.binary_search_by_key(seq, |row| row.seq).ok()?;
        Arc::make_mut(self.rows.get_mut(index)?).join(event);
        Some(())
    }

    fn append(&mut self, row: Row) {
        self.rows.push_back(Arc::new(row));
        while self.rows.len() > MAX_ROWS.max(self.n_loaded) {
            let gone = self.rows.pop_front();
            let thread = gone.and_then(|row| thread_of(row.events.first()?));
            if let Some((thread, _)) = thread {
                self.threads.remove(&thread);
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! Cutting what was read to a page.

use pilothouse_shared::limits::{MAX_HISTORY, MAX_REPLY_BYTES};
use pilothouse_shared::{Author, Event, Refusal, Seq};

use super::{Channel, refusal, removed};
use crate::engine::Stretch;

/// A page of events for one viewer.
#[derive(Debug)]
pub(crate) struct Reading {
    /// Those the viewer may see, oldest first.
    pub(crate) events: Vec<Event>,
    /// Whether there are more in the direction asked for. Then there is at least one event, to go on
    /// from.
    pub(crate) more: bool,
    /// The newest seq that was looked at, seen or not; where the page was to begin if there is none.
    pub(crate) through: Seq,
    /// Whether nothing is missing between where it was to begin and its first event.
    pub(crate) follows: bool,
}

impl Channel {
    /// A page of events that `viewer` may see, oldest first, and whether there are more. A page that
    /// says there are more has at least one event, to go on from.
    pub(crate) async fn page(
        &self,
        viewer: &Author,
        stretch: Stretch,
        limit: usize,
    ) -> Result<(Vec<Event>, bool), Refusal> {
        let reading = self.read(viewer, stretch, limit).await?;
        Ok((reading.events, reading.more))
    }

    /// A page, and what it proves.
    pub(crate) async fn read(
        &self,
        viewer: &Author,
        mut stretch: Stretch,
        limit: usize,
    ) -> Result<Reading, Refusal> {
        let limit = limit.clamp(1, MAX_HISTORY);
        let (mut through, mut follows) = self.start_of(stretch);
        loop {
            if self.core().is_removed() {
                return Err(removed());
            }
            let (id, epoch) = (self.id.clone(), self.epoch.clone());
            let read = self.engine.read(id, epoch, stretch, limit + 1).await;
            let mut read = read.map_err(refusal)?;
            // The store has an event a moment before everybody is told of it. Nobody is ahead of that.
            let head = self.core().head();
            read.retain(|event| event.seq <= head);
            let page = Page::cut(read, stretch, limit);
            let Page {
                mut events,
                more,
                next,
            } = page;
            if let (Stretch::After(after), Some(first)) = (stretch, events.first()) {
                follows &= first.prev == after;
            }
            through = events.last().map_or(through, |last| through.max(last.seq));
            events.retain(|event| event.is_visible_to(&viewer.member, viewer.kind));
            match next {
                Some(next) if events.is_empty() && more => stretch = next,
                _ => {
                    break Ok(Reading {
                        events,
                        more,
                        through,
                        follows,
                    });
                }
            }
        }
    }

    /// Where a reading begins, and whether the channel holds, or will, all that follows on it.
    fn start_of(&self, stretch: Stretch) -> (Seq, bool) {
        let core = self.core();
        match stretch {
            Stretch::After(after) => (after, (core.base()..=core.head()).contains(&after)),
            Stretch::Before(_) => (core.base(), true),
        }
    }
}

/// Events of one reply, oldest first.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) events: Vec<Event>,
    /// Whether there are more in the direction asked for.
    pub(super) more: bool,
    /// Where the next page begins; absent when this one is empty.
    pub(super) next: Option<Stretch>,
}

impl Page {
    /// Keeps what fits of events that were read one beyond `limit`: those nearest to where the
    /// stretch begins.
    pub(super) fn cut(mut events: Vec<Event>, stretch: Stretch, limit: usize) -> Self {
        let n_read = events.len();
        let is_backward = matches!(stretch, Stretch::Before(_));
        if is_backward {
            events.reverse();
        }
        events.truncate(limit);
        events.truncate(n_within(&events, MAX_REPLY_BYTES));
        let more = events.len() < n_read;
        let next = events.last().map(|last| match stretch {
            Stretch::After(_) => Stretch::After(last.seq),
            Stretch::Before(_) => Stretch::Before(last.seq),
        });
        if is_backward {
            events.reverse();
        }
        Self { events, more, next }
    }
}

/// How many of the first events fit; always at least one, so that a page makes progress.
fn n_within(events: &[Event], limit: usize) -> usize {
    let mut total = 0;
    let fits = |event: &&Event| {
        total += serde_json::to_vec(event).map_or(0, |bytes| bytes.len());
        total <= limit
    };
    events.iter().take_while(fits).count().max(1)
}

#[cfg(test)]
mod tests;

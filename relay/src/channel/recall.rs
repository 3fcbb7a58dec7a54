//! Bringing the newest history back into the tail. A channel that nobody watched holds nothing in
//! memory; when a crowd returns to it, one read from the store serves them all, and each event is
//! encoded once.

use std::sync::Arc;

use pilothouse_shared::limits::MAX_REPLY_BYTES;
use pilothouse_shared::{Author, Event, Seq};

use super::Channel;
use super::prepared::Prepared;
use super::tail::Missing;
use crate::engine::{StoreResult, Stretch};

/// Whether the tail begins where somebody wants it to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Recalled {
    /// It does now.
    Yes,
    /// It does not: that would be too far.
    No,
    /// Somebody else is extending it. Whoever lacks something is woken after that.
    Busy,
}

impl Channel {
    /// Extends the tail back to just after `seq`, if that is not far and somebody watches.
    pub(super) async fn recall(&self, seq: Seq) -> StoreResult<Recalled> {
        // Nearly always it is decided here, at the cost of a look.
        let n_missing = match self.core().tail.missing(seq) {
            Missing::Nothing => return Ok(Recalled::Yes),
            Missing::TooMuch => return Ok(Recalled::No),
            Missing::Some(n) => n,
        };
        let Ok(turn) = self.recalling.try_lock() else {
            return Ok(Recalled::Busy);
        };
        let recalled = self.extend_tail(seq, n_missing).await;
        drop(turn);
        let seats = self.core().presence.all_seats();
        for seat in seats.iter().filter(|seat| seat.is_behind()) {
            seat.outlet.wake();
        }
        recalled
    }

    async fn extend_tail(&self, seq: Seq, n_missing: usize) -> StoreResult<Recalled> {
        let stretch = Stretch::After(seq);
        let (id, epoch) = (self.id.clone(), self.epoch.clone());
        let events = self.engine.read(id, epoch, stretch, n_missing).await?;
        let prepare = |event| Arc::new(Prepared::new(self.id.clone(), event));
        let prepared = events.into_iter().map(prepare).collect();
        match self.core().recall(seq, prepared) {
            true => Ok(Recalled::Yes),
            false => Ok(Recalled::No),
        }
    }

    /// Of the newest `limit` events up to `through`, in a history that begins after `base`, those that
    /// `viewer` may see, oldest first; `None` when memory cannot tell.
    pub(super) async fn newest(
        &self,
        viewer: &Author,
        base: Seq,
        through: Seq,
        limit: usize,
    ) -> StoreResult<Option<Vec<Event>>> {
        let after = Seq(through.0.saturating_sub(limit as u64)).max(base);
        if self.recall(after).await? != Recalled::Yes {
            return Ok(None);
        }
        let core = self.core();
        if core.tail.base() > after {
            return Ok(None);
        }
        let mut budget = MAX_REPLY_BYTES;
        let fits = |event: &&Arc<Prepared>| {
            let fits = budget >= event.size();
            budget = budget.saturating_sub(event.size());
            fits
        };
        let newest = core.tail.newest_first(through).take(limit);
        let mut events: Vec<_> = newest
            .filter(|event| event.is_visible_to(viewer))
            .take_while(fits)
            .map(|event| event.event().clone())
            .collect();
        drop(core);
        events.reverse();
        // Where all were passed over, the store has older ones.
        Ok((after == base || !events.is_empty()).then_some(events))
    }
}

#[cfg(test)]
mod tests;

//! The state of a channel at a past moment, folded again from what is kept.

mod known;

use std::sync::Arc;

use pilothouse_shared::{
    Applied, Author, ErrorCode, Event, Position, Refusal, Replica, Seq, Snapshot,
};

pub(crate) use known::Known;

use self::known::State;
use super::{Channel, refusal, removed};
use crate::engine::{StoreError, StoreResult, Stretch};

/// Events read and folded at a time: one such page and one state is all that a fold holds.
const PAGE: u64 = 256;

/// Folds begun anew because the history they began with was pruned. Pruning is rare; who meets it so
/// often in a row asks again.
const MAX_TRIES: usize = 3;

/// States kept on the way of one fold, so that the next one near by is short.
const STOPS: u64 = 16;

/// Events between two such states at least: what is folded in a moment.
const MIN_STRIDE: u64 = 1024;

/// What was known at one position.
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) position: Position,
    pub(crate) snapshot: Snapshot,
    pub(crate) floor: Seq,
    /// Whether everything up to the position is folded in. If not, it begins with the floor.
    pub(crate) complete: bool,
}

impl Channel {
    /// The state up to and including `at`, or up to the head, as `viewer` may see it.
    pub(crate) async fn past(
        &self,
        viewer: &Author,
        at: Option<Seq>,
        known: &Known,
    ) -> Result<Past, Refusal> {
        let past = match self.present(at)? {
            Some(present) => present,
            None => self.folded(at.unwrap_or_default(), known).await?,
        };
        let snapshot = past.snapshot.visible_to(&viewer.member, viewer.kind);
        Ok(Past { snapshot, ..past })
    }

    /// The state, if the head is meant, which needs no folding. Refuses what is no part of the history.
    fn present(&self, at: Option<Seq>) -> Result<Option<Past>, Refusal> {
        let core = self.core();
        if core.is_removed() {
            return Err(removed());
        }
        let (head, base) = (core.head(), core.base());
        let at = at.unwrap_or(head);
        if at > head {
            let message = format!("nothing is known of seq {at} yet: the newest is {head}");
            return Err(Refusal::new(ErrorCode::Invalid, message));
        }
        if at < base {
            let message = format!("seq {at} is pruned: ask for a seq from {base} to {head}");
            return Err(Refusal::new(ErrorCode::NotFound, message));
        }
        Ok((at == head).then(|| Past {
            position: self.position(head),
            snapshot: core.replica().snapshot().clone(),
            floor: core.floor(),
            complete: true,
        }))
    }

    fn position(&self, seq: Seq) -> Position {
        let epoch = self.epoch.clone();
        Position { epoch, seq }
    }

    async fn folded(&self, at: Seq, known: &Known) -> Result<Past, Refusal> {
        for _ in 0..MAX_TRIES {
            let beginning = self.beginning(at, known).await.map_err(refusal)?;
            if let Some(state) = self.fold(beginning, at, known).await.map_err(refusal)? {
                return Ok(Past {
                    position: self.position(at),
                    snapshot: Snapshot::clone(&state.snapshot),
                    floor: self.floor(),
                    complete: state.is_complete(),
                });
            }
            // It may be gone altogether by now.
            self.present(Some(at))?;
        }
        let message = "this part of the history is being pruned just now: ask again";
        Err(Refusal::new(ErrorCode::Unavailable, message))
    }

    /// The best state that is known at or before `at`: one in which nothing is missing, the newest of
    /// those; or nothing before the floor.
    async fn beginning(&self, at: Seq, known: &Known) -> StoreResult<State> {
        let saved = self.engine.saved(self.id.clone(), self.epoch.clone());
        let saved = saved.await?.filter(|(seq, _)| *seq <= at);
        let base = self.base();
        let saved = saved.map(|(seq, snapshot)| State {
            seq,
            base: Seq::ZERO,
            snapshot: Arc::new(snapshot),
        });
        let candidates = [saved, known.before(&self.epoch, at, base)];
        let best = candidates.into_iter().flatten();
        let nothing = || State {
            seq: base,
            base,
            snapshot: Arc::default(),
        };
        Ok(best.max_by_key(State::worth).unwrap_or_else(nothing))
    }

    /// Folds what follows on the beginning, page by page, off the async threads; `None` when the store
    /// has let go of what comes next.
    async fn fold(&self, mut state: State, at: Seq, known: &Known) -> StoreResult<Option<State>> {
        if state.seq > at {
            return Ok(None);
        }
        let stride = ((at.0 - state.seq.0) / STOPS).max(MIN_STRIDE);
        let mut stop = state.seq.0 + stride;
        while state.seq < at {
            let limit = usize::try_from(PAGE.min(at.0 - state.seq.0)).unwrap_or(usize::MAX);
            let stretch = Stretch::After(state.seq);
            let (id, epoch) = (self.id.clone(), self.epoch.clone());
            let events = self.engine.read(id, epoch, stretch, limit).await?;
            let position = self.position(state.seq);
            let replica = Replica::at(self.id.clone(), position, Snapshot::clone(&state.snapshot));
            let fold = tokio::task::spawn_blocking(move || fold_page(replica, &events, at));
            let Some((seq, snapshot)) = fold.await.map_err(StoreError::failed)? else {
                return Ok(None);
            };
            (state.seq, state.snapshot) = (seq, Arc::new(snapshot));
            if seq.0 >= stop {
                known.keep(&self.epoch, state.clone());
                stop = seq.0 + stride;
            }
        }
        Ok(Some(state))
    }
}

/// The state after a page, and how far that is; `None` when the page does not follow on.
fn fold_page(mut replica: Replica, events: &[Event], at: Seq) -> Option<(Seq, Snapshot)> {
    for event in events.iter().filter(|event| event.seq <= at) {
        if replica.event(event) != Applied::Event {
            return None;
        }
    }
    events.first()?;
    let seq = replica.position()?.seq;
    // The replica itself would keep the events for a feed.
    Some((seq, replica.snapshot().clone()))
}

#[cfg(test)]
mod tests {
    use pilothouse_shared::{ChannelId, Epoch};
    use serde_json::json;

    use super::*;

    fn replica(seq: u64) -> Replica {
        let epoch = Epoch::new("e").unwrap();
        let seq = Seq(seq);
        let position = Position { epoch, seq };
        Replica::at(ChannelId::new("c").unwrap(), position, Snapshot::default())
    }

    fn event(seq: u64) -> Event {
        let author = json!({"member": "a", "name": "a", "kind": "agent"});
        let event = json!({"seq": seq, "prev": seq - 1, "id": seq.to_string(), "at": 0,
            "author": author, "body": {"type": "joined"}});
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn a_page_is_folded_as_far_as_was_asked() {
        let (seq, snapshot) =
            fold_page(replica(4), &[event(5), event(6), event(7)], Seq(6)).unwrap();
        assert_eq!((seq, snapshot.n_events), (Seq(6), 2));
    }

    #[test]
    fn a_page_that_does_not_follow_on_is_not_folded() {
        for page in [&[][..], &[event(6)], &[event(5), event(7)]] {
            assert!(fold_page(replica(4), page, Seq(9)).is_none());
        }
    }
}

//! The state of a channel at a past moment, folded again from what is kept.

use pilothouse_shared::{
    Applied, Author, ErrorCode, Event, Position, Refusal, Replica, Seq, Snapshot,
};

use super::{Channel, refusal, removed};
use crate::engine::{StoreError, StoreResult, Stretch};

/// Events read and folded at a time: one such page and one state is all that a fold holds.
const PAGE: u64 = 256;

/// Folds begun anew because the history they began with was pruned. Pruning is rare; who meets it so
/// often in a row asks again.
const MAX_TRIES: usize = 3;

/// What was known at one position.
#[derive(Debug)]
pub(crate) struct Past {
    pub(crate) position: Position,
    pub(crate) snapshot: Snapshot,
    pub(crate) floor: Seq,
    /// Whether everything up to the position is folded in. If not, it begins with the floor.
    pub(crate) complete: bool,
}

/// Where a fold begins.
struct Beginning {
    seq: Seq,
    snapshot: Snapshot,
    complete: bool,
}

impl Channel {
    /// The state up to and including `at`, or up to the head, as `viewer` may see it.
    pub(crate) async fn past(&self, viewer: &Author, at: Option<Seq>) -> Result<Past, Refusal> {
        let past = match self.present(at)? {
            Some(present) => present,
            None => self.folded(at.unwrap_or_default()).await?,
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

    async fn folded(&self, at: Seq) -> Result<Past, Refusal> {
        for _ in 0..MAX_TRIES {
            let beginning = self.beginning(at).await.map_err(refusal)?;
            let complete = beginning.complete;
            if let Some(snapshot) = self.fold(beginning, at).await.map_err(refusal)? {
                return Ok(Past {
                    position: self.position(at),
                    snapshot,
                    floor: self.floor(),
                    complete,
                });
            }
            // It may be gone altogether by now.
            self.present(Some(at))?;
        }
        let message = "this part of the history is being pruned just now: ask again";
        Err(Refusal::new(ErrorCode::Unavailable, message))
    }

    /// The newest state that is known at or before `at`: the saved one, or nothing before the floor.
    async fn beginning(&self, at: Seq) -> StoreResult<Beginning> {
        let saved = self.engine.saved(self.id.clone(), self.epoch.clone());
        let saved = saved.await?.filter(|(seq, _)| *seq <= at);
        let base = self.base();
        Ok(match saved {
            Some((seq, snapshot)) => Beginning {
                seq,
                snapshot,
                complete: true,
            },
            None => Beginning {
                seq: base,
                snapshot: Snapshot::default(),
                complete: base == Seq::ZERO,
            },
        })
    }

    /// Folds what follows on the beginning, page by page, off the async threads; `None` when the store
    /// has let go of what comes next.
    async fn fold(&self, from: Beginning, at: Seq) -> StoreResult<Option<Snapshot>> {
        let (mut seq, mut snapshot) = (from.seq, from.snapshot);
        if seq > at {
            return Ok(None);
        }
        while seq < at {
            let limit = usize::try_from(PAGE.min(at.0 - seq.0)).unwrap_or(usize::MAX);
            let stretch = Stretch::After(seq);
            let (id, epoch) = (self.id.clone(), self.epoch.clone());
            let events = self.engine.read(id, epoch, stretch, limit).await?;
            let replica = Replica::at(self.id.clone(), self.position(seq), snapshot);
            let fold = tokio::task::spawn_blocking(move || fold_page(replica, &events, at));
            match fold.await.map_err(StoreError::failed)? {
                Some(folded) => (seq, snapshot) = folded,
                None => return Ok(None),
            }
        }
        Ok(Some(snapshot))
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

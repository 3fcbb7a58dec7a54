//! What a watcher was told of one channel, judged by what happened.

use pilothouse_shared::limits::snapshot::RECENT;
use pilothouse_shared::link::Change;
use pilothouse_shared::{Author, Position, RelayFrame, Replica};

use super::oracle::Oracle;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Track {
    /// The seq of the last snapshot; everything after it was told.
    since: u64,
    /// Whether what is known is the whole state: it began with a snapshot, and had no gap since.
    is_whole: bool,
    has_gap: bool,
}

impl Track {
    /// Begins at a position from before, without the state.
    pub(super) fn after(seq: u64) -> Self {
        Self {
            since: seq,
            is_whole: false,
            has_gap: false,
        }
    }

    /// A frame moved the position from `before` to `after`: by just the next event, told as the
    /// viewer may see it, or by a gap.
    pub(super) fn moved(
        &mut self,
        truth: &Oracle,
        viewer: &Author,
        frame: &RelayFrame,
        before: Option<Position>,
        after: Option<Position>,
    ) {
        let (Some(before), Some(after)) = (before, after) else {
            return;
        };
        let from = before.seq.0;
        let is_moved = before != after && !matches!(frame, RelayFrame::Subscribed(_));
        if let RelayFrame::Gap(gap) = frame {
            assert!(!is_moved || (gap.from.0, gap.to) == (from + 1, after.seq));
        } else if is_moved {
            assert_eq!((&after.epoch, after.seq.0), (&before.epoch, from + 1));
        }
        let (channel, seq, told) = match frame {
            RelayFrame::Event(delivery) => (
                &delivery.channel,
                delivery.event.seq.0,
                Some(&delivery.event),
            ),
            RelayFrame::Skipped(skipped) => (&skipped.channel, skipped.seq.0, None),
            _ => return,
        };
        if is_moved {
            let run = truth.run(channel, &after.epoch).expect("an epoch that was");
            let event = run.event(seq).expect("an event that was");
            let seen = Some(event).filter(|event| event.is_visible_to(&viewer.member, viewer.kind));
            assert_eq!(told, seen, "told as it is, to those who may see it");
        }
    }

    /// The link says that the replica changed.
    pub(super) fn changed(
        &mut self,
        truth: &Oracle,
        viewer: &Author,
        replica: Option<&Replica>,
        change: Change,
    ) {
        match (change, replica) {
            (Change::Snapshot, Some(replica)) => {
                let position = replica.position().expect("a snapshot has a position");
                *self = Self {
                    since: position.seq.0,
                    is_whole: true,
                    has_gap: false,
                };
                self.check(truth, viewer, replica);
            }
            (Change::CaughtUp { .. }, Some(replica)) => self.check(truth, viewer, replica),
            (Change::Gap { .. }, _) => {
                self.is_whole = false;
                self.has_gap = true;
            }
            _ => {}
        }
    }

    /// Checks that what is known is what happened, as far as the viewer may see it.
    pub(super) fn check(&self, truth: &Oracle, viewer: &Author, replica: &Replica) {
        let Some(Position { epoch, seq }) = replica.position() else {
            return;
        };
        let run = truth.run(replica.channel(), epoch);
        let run = run.expect("an epoch that was");
        if !self.has_gap {
            let told: Vec<_> = replica
                .recent()
                .iter()
                .filter(|event| event.seq.0 > self.since)
                .collect();
            let mut was = run.visible(viewer, self.since, seq.0);
            if replica.recent().len() == RECENT {
                was.drain(..was.len().saturating_sub(told.len()));
            }
            assert_eq!(told, was, "every event once, in order");
        }
        if self.is_whole {
            let fold = run.fold(replica.channel(), viewer, seq.0);
            assert_eq!(*replica.snapshot(), fold, "at {seq}");
        }
    }
}

//! States that were folded, kept for whoever asks for a moment after one of them: who moves a slider
//! through a long history asks for many.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pilothouse_shared::{Epoch, Seq, Snapshot};

/// States kept, of all channels together; who was of no use for longest leaves first. Usually three
/// megabytes, with nothing but the largest states fifty.
const MAX_KNOWN: usize = 32;

/// A state and what it was folded from.
#[derive(Debug, Clone)]
pub(super) struct State {
    /// The last event in it.
    pub(super) seq: Seq,
    /// As if history had begun after this seq; 0 when it did.
    pub(super) base: Seq,
    pub(super) snapshot: Arc<Snapshot>,
}

impl State {
    /// Whether everything that happened is in it.
    pub(super) fn is_complete(&self) -> bool {
        self.base == Seq::ZERO
    }

    /// Which of two states to go on from.
    pub(super) fn worth(&self) -> (bool, Seq) {
        (self.is_complete(), self.seq)
    }
}

/// See the module. An epoch is of one channel.
#[derive(Debug, Default)]
pub(crate) struct Known(Mutex<VecDeque<(Epoch, State)>>);

impl Known {
    /// The newest state at or before `at` that was folded from the beginning or else from `base`.
    pub(super) fn before(&self, epoch: &Epoch, at: Seq, base: Seq) -> Option<State> {
        let mut states = self.states();
        let fits = |(of, state): &(Epoch, State)| {
            of == epoch && state.seq <= at && (state.is_complete() || state.base == base)
        };
        let fitting = states.iter().enumerate().filter(|(_, held)| fits(held));
        let best = fitting.max_by_key(|(_, (_, state))| state.worth());
        let (index, _) = best?;
        let found = states.remove(index)?;
        let state = found.1.clone();
        states.push_back(found);
        Some(state)
    }

    pub(super) fn keep(&self, epoch: &Epoch, state: State) {
        let mut states = self.states();
        let is_same = |(of, held): &(Epoch, State)| {
            of == epoch && (held.seq, held.base) == (state.seq, state.base)
        };
        states.retain(|held| !is_same(held));
        if states.len() == MAX_KNOWN {
            states.pop_front();
        }
        states.push_back((epoch.clone(), state));
    }

    /// The lock. A panic while it was held leaves a state more or less.
    fn states(&self) -> MutexGuard<'_, VecDeque<(Epoch, State)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(name: &str) -> Epoch {
        Epoch::new(name).unwrap()
    }

    fn state(seq: u64, base: u64) -> State {
        let snapshot = Arc::default();
        let (seq, base) = (Seq(seq), Seq(base));
        State {
            seq,
            base,
            snapshot,
        }
    }

    fn before(known: &Known, name: &str, at: u64, base: u64) -> Option<(u64, u64)> {
        let found = known.before(&epoch(name), Seq(at), Seq(base))?;
        Some((found.seq.0, found.base.0))
    }

    #[test]
    fn the_nearest_state_before_is_found_and_a_whole_one_first() {
        let known = Known::default();
        for (seq, base) in [(10, 0), (20, 0), (30, 5), (40, 7)] {
            known.keep(&epoch("e"), state(seq, base));
        }
        assert_eq!(before(&known, "e", 9, 5), None);
        assert_eq!(before(&known, "e", 19, 5), Some((10, 0)));
        assert_eq!(before(&known, "e", 50, 5), Some((20, 0)));
        assert_eq!(before(&known, "f", 50, 5), None);
    }

    #[test]
    fn a_state_from_another_floor_is_not_gone_on_from() {
        let known = Known::default();
        known.keep(&epoch("e"), state(30, 5));
        assert_eq!(before(&known, "e", 50, 6), None);
        assert_eq!(before(&known, "e", 50, 5), Some((30, 5)));
    }

    #[test]
    fn who_was_of_no_use_for_longest_leaves_first() {
        let known = Known::default();
        for seq in 1..=MAX_KNOWN as u64 {
            known.keep(&epoch("e"), state(seq * 10, 0));
            known.keep(&epoch("e"), state(seq * 10, 0));
        }
        assert_eq!(before(&known, "e", 10, 0), Some((10, 0)));
        known.keep(&epoch("f"), state(1, 0));
        assert_eq!(before(&known, "e", 19, 0), Some((10, 0)));
        assert_eq!(before(&known, "e", 29, 0), Some((10, 0)), "20 left");
        assert_eq!(known.states().len(), MAX_KNOWN);
    }
}

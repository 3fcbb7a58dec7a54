//! The end of a schedule: the faults are over, everybody comes back, and everybody knows the truth.

use std::sync::Arc;

use pilothouse_shared::link::SendState;
use pilothouse_shared::{ErrorCode, Event, Replica, Seq};

use super::act::{CHANNELS, WATCHERS};
use super::verdict;
use super::world::{World, channel};
use crate::channel::{Opening, Waker};
use crate::engine::Stretch;

/// The longest way back: a half-open socket is noticed (30 s + 10 s), a reconnect waits (30 s), and
/// so does a question that went unanswered (30 s), perhaps twice.
const BACK_WITHIN_MS: u64 = 300_000;

impl World<'_> {
    /// Ends the faults, lets everybody come back, and checks what they know.
    pub(super) fn settle(mut self) {
        self.calm();
        self.come_back();
        for at in 0..WATCHERS {
            let watcher = &self.watchers[at];
            for replica in watcher.link.replicas() {
                self.check_replica(at, replica);
            }
            for entry in watcher.link.outbox() {
                let is_over = match &entry.state {
                    SendState::Accepted { .. } => true,
                    SendState::Failed { code, .. } => *code != ErrorCode::Unavailable,
                    SendState::Pending | SendState::Sent => false,
                };
                assert!(is_over, "{entry:?}");
            }
        }
        for of in 0..CHANNELS {
            self.check_store(of);
        }
    }

    fn come_back(&mut self) {
        let until: Vec<_> = self
            .watchers
            .iter()
            .map(|w| w.now + BACK_WITHIN_MS)
            .collect();
        loop {
            let mut is_busy = false;
            for at in 0..WATCHERS {
                is_busy |= self.serve(at) | self.take(at, usize::MAX);
            }
            let away = self
                .watchers
                .iter()
                .position(|watcher| !watcher.is_settled());
            match away {
                _ if is_busy => {}
                Some(at) => {
                    let watcher = &mut self.watchers[at];
                    watcher.wake();
                    let state = watcher.link.state();
                    assert!(watcher.now <= until[at], "not back in time: {state:?}");
                    self.leave_closed();
                }
                None => return,
            }
        }
    }

    fn check_replica(&self, at: usize, replica: &Replica) {
        let truth = self.truth.lock();
        let (watcher, channel) = (&self.watchers[at], replica.channel());
        let run = truth.current(channel).expect("a channel that is there");
        let position = replica.position().expect("it has come back");
        assert_eq!((&position.epoch, position.seq.0), (&run.epoch, run.head()));
        watcher.tracks[channel].check(&truth, &watcher.viewer, replica);
        drop(truth);
        let (found, waker) = (self.hub.find(channel).unwrap(), Arc::<Waker>::default());
        let viewer = Arc::new(watcher.viewer.clone());
        let opening = Opening {
            after: None,
            history: Some(0),
        };
        let subscribing = found.subscribe(&viewer, &opening, waker);
        let (_, mut reply) = self.runtime.block_on(subscribing).unwrap();
        verdict::reply(&self.truth, &watcher.viewer, &opening, false, &reply);
        reply.signals.sort_by(|one, other| one.key.cmp(&other.key));
        assert_eq!(replica.signal_list(), reply.signals);
    }

    /// What is held is what was acknowledged, from the floor on.
    fn check_store(&self, of: usize) {
        let id = channel(of);
        let Some(epoch) = self.truth.lock().current(&id).map(|run| run.epoch.clone()) else {
            return;
        };
        let read = |after| {
            let stretch = Stretch::After(after);
            let reading = self.engine.read(id.clone(), epoch.clone(), stretch, 1000);
            self.runtime.block_on(reading).unwrap()
        };
        let mut held = read(Seq::ZERO);
        while let Some(last) = held.last() {
            let more = read(last.seq);
            if more.is_empty() {
                break;
            }
            held.extend(more);
        }
        let truth = self.truth.lock();
        let run = truth.run(&id, &epoch).expect("a run that is there");
        let is_held = |event: &&Event| event.seq.0 > run.base;
        let kept: Vec<_> = run.events.iter().filter(is_held).collect();
        assert_eq!(held.iter().collect::<Vec<_>>(), kept);
    }
}

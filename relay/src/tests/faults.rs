//! What goes wrong: sockets that are half open, and a relay that ends; and the end of all faults.

use super::act::WATCHERS;
use super::watcher::{End, Socket};
use super::world::{World, open_hub, open_store, work};

/// Sockets that are half open and not noticed yet. One more, and the oldest is.
const MAX_GHOSTS: usize = 4;

impl World<'_> {
    pub(super) fn half_open(&mut self, at: usize) {
        let watcher = &mut self.watchers[at];
        if watcher.socket == Socket::Open {
            watcher.socket = Socket::HalfOpen;
            watcher.up.clear();
            if let Some(pipe) = watcher.down.take() {
                pipe.leads_nowhere();
            }
            self.ghosts.extend(watcher.end.take());
        }
        if self.ghosts.len() > MAX_GHOSTS {
            let end = self.ghosts.pop_front();
            self.end(end);
        }
    }

    /// The relay serves sockets that nobody reads.
    pub(super) fn haunt(&mut self) {
        for end in std::mem::take(&mut self.ghosts) {
            let end = match end {
                End::Idle(wire) => work(self.runtime, &self.gate, wire, Vec::new()),
                End::Busy(task) if task.is_finished() => End::Idle(self.outcome(task)),
                busy => busy,
            };
            self.ghosts.push_back(end);
        }
    }

    /// The faults end, and all that was held up goes on.
    pub(super) fn calm(&mut self) {
        self.gate.open_all();
        while self.gate.release() {
            self.run();
        }
        while let Some(end) = self.ghosts.pop_front() {
            self.end(Some(end));
        }
    }

    pub(super) fn restart(&mut self) {
        self.gate.cut();
        for at in 0..WATCHERS {
            let end = self.watchers[at].end.take();
            self.end(end);
            if self.watchers[at].socket == Socket::Open {
                self.watchers[at].lost();
            }
        }
        for end in std::mem::take(&mut self.ghosts) {
            self.end(Some(end));
        }
        for task in std::mem::take(&mut self.tasks) {
            self.abort(task);
        }
        match self.folder {
            Some(_) => {
                self.runtime.block_on(self.engine.close());
                self.engine = open_store(self.folder.as_ref(), &self.truth, &self.gate);
            }
            // What was under way is stored before anybody looks.
            None => self.runtime.block_on(self.engine.ready()).unwrap(),
        }
        self.hub = self
            .runtime
            .block_on(open_hub(&self.engine, self.keep_events));
    }
}

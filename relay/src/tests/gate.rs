//! The real store behind a gate: it tells the oracle what the store has done, and can hold a call up
//! before or after, so that anything may happen meanwhile.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::BoxFuture;
use pilothouse_shared::{ChannelId, Epoch, Event, EventId, Millis, Seq, Snapshot};
use tokio::sync::{Notify, oneshot};
use tokio::task::yield_now;

use super::oracle::Truth;
use crate::engine::{Aged, Append, Embedded, Engine, Found, Log, Receipt, StoreResult, Stretch};

/// A place where a call can be held up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    BeforeRead,
    AfterRead,
    BeforeSave,
    AfterSave,
    BeforePrune,
    AfterPrune,
    BeforeRemove,
    AfterRemove,
    BeforeCreate,
    AfterCreate,
}

impl Door {
    fn is_of_housekeeping(self) -> bool {
        use Door::{AfterPrune, AfterSave, BeforePrune, BeforeSave};
        matches!(self, BeforeSave | AfterSave | BeforePrune | AfterPrune)
    }
}

/// Turns of the runtime in which whatever can go on without the store does.
const TURNS: usize = 4;

/// Who is held up, and whether anything else is still going on.
#[derive(Debug, Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    quiet: Notify,
    /// Held while the store reads or forgets: which of two came first must not be a matter of luck.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Doors that hold the next call that comes.
    shut: Vec<Door>,
    waiting: VecDeque<(Door, oneshot::Sender<Running>)>,
    n_running: isize,
}

impl Gate {
    fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn shut(&self, door: Door) {
        self.with(|state| state.shut.push(door));
    }

    /// Lets the call go that was held up first. It counts as running although nobody has polled it.
    pub(super) fn release(self: &Arc<Self>) -> bool {
        while let Some((_, first)) = self.with(|state| state.waiting.pop_front()) {
            if first.send(self.running()).is_ok() {
                return true;
            }
        }
        false
    }

    pub(super) fn open_all(&self) {
        self.with(|state| state.shut.clear());
    }

    /// Whether a channel is being made: whoever wants it, too, waits without being held up here.
    pub(super) fn is_making(&self) -> bool {
        let makes = |door: &Door| matches!(door, Door::BeforeCreate | Door::AfterCreate);
        self.with(|state| state.waiting.iter().any(|(door, _)| makes(door)))
    }

    /// Those who wait do so for ever: their relay is gone.
    pub(super) fn cut(&self) {
        self.with(|state| {
            state.shut.clear();
            state.waiting.clear();
        });
    }

    /// Counts as running until dropped.
    pub(super) fn running(self: &Arc<Self>) -> Running {
        self.count(1);
        Running(Arc::clone(self), 1)
    }

    fn count(&self, n: isize) {
        let n_running = self.with(|state| {
            state.n_running += n;
            state.n_running
        });
        if n_running == 0 {
            self.quiet.notify_one();
        }
    }

    /// Waits until everything has ended or is held up: what was begun, calls of housekeeping, and what
    /// follows on them without a call.
    pub(super) async fn quiet(&self) {
        let is_running = || self.with(|state| state.n_running) > 0;
        let mut n_idle = 0;
        while n_idle < TURNS {
            n_idle += 1;
            yield_now().await;
            while is_running() {
                self.quiet.notified().await;
                n_idle = 0;
            }
        }
    }

    async fn pass(self: &Arc<Self>, door: Door) {
        let held = self.with(|state| {
            let at = state.shut.iter().position(|shut| *shut == door)?;
            state.shut.remove(at);
            let (go, released) = oneshot::channel();
            state.waiting.push_back((door, go));
            Some(released)
        });
        let Some(released) = held else { return };
        self.count(-1);
        let held = Running(Arc::clone(self), -1);
        match released.await {
            Ok(running) => drop((running, held)),
            // Who began a call is stopped; housekeeping, which nobody began, counted itself.
            Err(_) if door.is_of_housekeeping() => pending().await,
            Err(_) => {
                drop(held);
                pending().await
            }
        }
    }
}

/// Undoes a count when dropped.
#[derive(Debug)]
pub(super) struct Running(Arc<Gate>, isize);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.count(-self.1);
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Gated {
    pub(super) engine: Embedded,
    pub(super) truth: Truth,
    pub(super) gate: Arc<Gate>,
}

/// Tells the oracle, and then the channel.
#[derive(Debug)]
struct Tap {
    channel: ChannelId,
    epoch: Epoch,
    truth: Truth,
    log: Arc<dyn Log>,
}

impl Log for Tap {
    fn committed(&self, events: Vec<Event>) {
        self.truth
            .lock()
            .committed(&self.channel, &self.epoch, &events);
        self.log.committed(events);
    }
}

impl Engine for Gated {
    fn channels(&self) -> BoxFuture<'_, StoreResult<Vec<Found>>> {
        self.engine.channels()
    }

    fn create(&self, channel: ChannelId, epoch: Epoch) -> BoxFuture<'_, StoreResult<()>> {
        Box::pin(async move {
            self.gate.pass(Door::BeforeCreate).await;
            self.engine.create(channel.clone(), epoch.clone()).await?;
            self.truth.lock().created(channel, epoch);
            self.gate.pass(Door::AfterCreate).await;
            Ok(())
        })
    }

    fn remove(&self, channel: ChannelId, epoch: Epoch) -> BoxFuture<'_, StoreResult<()>> {
        Box::pin(async move {
            self.gate.pass(Door::BeforeRemove).await;
            self.engine.remove(channel.clone(), epoch).await?;
            self.truth.lock().removed(&channel);
            self.gate.pass(Door::AfterRemove).await;
            Ok(())
        })
    }

    fn was_removed(&self, channel: ChannelId) -> BoxFuture<'_, StoreResult<bool>> {
        self.engine.was_removed(channel)
    }

    fn append(&self, append: Append) -> BoxFuture<'_, StoreResult<Receipt>> {
        let tap = Tap {
            channel: append.channel.clone(),
            epoch: append.epoch.clone(),
            truth: self.truth.clone(),
            log: Arc::clone(&append.log),
        };
        let log = Arc::new(tap);
        self.engine.append(Append { log, ..append })
    }

    fn find(&self, channel: ChannelId, id: EventId) -> BoxFuture<'_, StoreResult<Option<Seq>>> {
        self.engine.find(channel, id)
    }

    fn read(
        &self,
        channel: ChannelId,
        epoch: Epoch,
        stretch: Stretch,
        limit: usize,
    ) -> BoxFuture<'_, StoreResult<Vec<Event>>> {
        Box::pin(async move {
            self.gate.pass(Door::BeforeRead).await;
            let turn = self.gate.turn.lock().await;
            let events = self.engine.read(channel, epoch, stretch, limit).await;
            drop(turn);
            self.gate.pass(Door::AfterRead).await;
            events
        })
    }

    fn save(
        &self,
        channel: ChannelId,
        epoch: Epoch,
        seq: Seq,
        snapshot: Snapshot,
    ) -> BoxFuture<'_, StoreResult<()>> {
        Box::pin(async move {
            let _running = self.gate.running();
            self.gate.pass(Door::BeforeSave).await;
            let turn = self.gate.turn.lock().await;
            let saved = self.engine.save(channel, epoch, seq, snapshot).await;
            drop(turn);
            self.gate.pass(Door::AfterSave).await;
            saved
        })
    }

    fn saved(
        &self,
        channel: ChannelId,
        epoch: Epoch,
    ) -> BoxFuture<'_, StoreResult<Option<(Seq, Snapshot)>>> {
        self.engine.saved(channel, epoch)
    }

    fn prune(
        &self,
        channel: ChannelId,
        epoch: Epoch,
        through: Seq,
    ) -> BoxFuture<'_, StoreResult<Seq>> {
        Box::pin(async move {
            let _running = self.gate.running();
            self.truth.lock().pruning(&channel, &epoch, through.0);
            self.gate.pass(Door::BeforePrune).await;
            let turn = self.gate.turn.lock().await;
            let pruned = self.engine.prune(channel.clone(), epoch.clone(), through);
            let base = pruned.await?;
            self.truth.lock().pruned(&channel, &epoch, base.0);
            drop(turn);
            self.gate.pass(Door::AfterPrune).await;
            Ok(base)
        })
    }

    fn aged(&self, before: Millis, now: Millis) -> BoxFuture<'_, StoreResult<Vec<Aged>>> {
        self.engine.aged(before, now)
    }

    fn tidy(&self) -> BoxFuture<'_, StoreResult<bool>> {
        self.engine.tidy()
    }

    fn ready(&self) -> BoxFuture<'_, StoreResult<()>> {
        self.engine.ready()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.engine.close()
    }
}

//! A subscriber is a cursor: the last seq it was given and the last tick of the signals. What it has
//! not been given lies in the tail or in the store, never in a queue of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pilothouse_shared::limits::{DEFAULT_HISTORY, MAX_HISTORY};
use pilothouse_shared::{Author, Position, Refusal, Seq, Subscribed};
use tokio::sync::Notify;

use super::prepared::{Prepared, PreparedSignal};
use super::presence::{Present, Wake};
use super::signals::Tick;
use super::{Channel, refusal};
use crate::engine::{StoreError, Stretch};

/// Events handed out at a time: enough to fill a write, few enough to be fair to the other
/// subscriptions of a connection.
const BATCH: usize = 128;

/// Wakes a connection. One for all its subscriptions.
#[derive(Debug, Default)]
pub(crate) struct Waker(Notify);

impl Waker {
    /// A wake-up is kept when nobody waits, so none is lost between a look and a wait.
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }

    pub(crate) async fn woken(&self) {
        self.0.notified().await;
    }
}

/// What a watcher asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Opening {
    pub(crate) after: Option<Position>,
    pub(crate) history: Option<usize>,
}

/// Something for a subscriber.
#[derive(Debug)]
pub(crate) enum Item {
    /// An event, whole or only its place.
    Event(Arc<Prepared>),
    /// A signal changed.
    Signal(Arc<PreparedSignal>),
    /// These events are gone for good.
    Gap { from: Seq, to: Seq },
    /// The subscription is over: `removed`, or `resync`.
    Ended(&'static str),
}

/// See the module. Dropping it ends the subscription.
#[derive(Debug)]
pub(crate) struct Subscription {
    present: Present,
    viewer: Author,
    due: Arc<AtomicBool>,
    waker: Arc<Waker>,
    seq: Seq,
    tick: Tick,
}

/// What the tail could say of a cursor.
enum Ahead {
    Here(Vec<Item>),
    Behind,
}

impl Channel {
    /// Subscribes, and says where that leaves the watcher.
    ///
    /// One look under the lock decides position, snapshot and cursor, so each event is either in the
    /// reply or comes later.
    pub(crate) async fn subscribe(
        self: &Arc<Self>,
        viewer: &Author,
        opening: &Opening,
        waker: &Arc<Waker>,
    ) -> Result<(Subscription, Subscribed), Refusal> {
        let (subscription, mut reply) = self.register(viewer, opening, waker)?;
        let history = opening.history.unwrap_or(DEFAULT_HISTORY).min(MAX_HISTORY);
        if reply.recovered != Some(true) && history > 0 {
            let before = Stretch::Before(Seq(reply.position.seq.0.saturating_add(1)));
            (reply.events, _) = self.page(viewer, before, history).await?;
        }
        Ok((subscription, reply))
    }

    fn register(
        self: &Arc<Self>,
        viewer: &Author,
        opening: &Opening,
        waker: &Arc<Waker>,
    ) -> Result<(Subscription, Subscribed), Refusal> {
        let mut core = self.core();
        let position = core
            .position()
            .filter(|_| !core.is_removed())
            .ok_or_else(super::removed)?;
        let resumed = opening.after.as_ref().filter(|after| {
            after.epoch == self.epoch && after.seq <= position.seq && after.seq >= core.base()
        });
        let recovered = opening.after.as_ref().map(|_| resumed.is_some());
        let head = position.seq;
        let position = resumed.cloned().unwrap_or(position);
        let snapshot = resumed.is_none().then(|| {
            core.replica()
                .snapshot()
                .visible_to(&viewer.member, viewer.kind)
        });
        let due = Arc::new(AtomicBool::new(true));
        let wake = Wake {
            waker: Arc::clone(waker),
            due: Arc::clone(&due),
        };
        let id = core.presence.enter(viewer.clone(), Some(wake));
        let subscription = Subscription {
            present: Present::new(Arc::clone(self), id),
            viewer: viewer.clone(),
            due,
            waker: Arc::clone(waker),
            seq: position.seq,
            tick: core.signals.now(),
        };
        let reply = Subscribed {
            r#ref: None,
            channel: self.id.clone(),
            position,
            head,
            recovered,
            snapshot,
            events: Vec::new(),
            signals: core.signals.all(),
            floor: core.floor(),
        };
        drop(core);
        self.metrics.subscriptions.inc();
        waker.wake();
        Ok((subscription, reply))
    }
}

impl Subscription {
    pub(crate) fn channel(&self) -> &Arc<Channel> {
        self.present.channel()
    }

    pub(crate) fn viewer(&self) -> &Author {
        &self.viewer
    }

    /// What there is for the subscriber now, oldest first; empty when it has everything.
    pub(crate) async fn take(&mut self) -> Result<Vec<Item>, Refusal> {
        // The flag before the look: what comes after the look sets it again.
        if !self.due.swap(false, Ordering::AcqRel) {
            return Ok(Vec::new());
        }
        let items = match self.look() {
            Ahead::Here(items) => items,
            Ahead::Behind => match self.refill().await {
                Ok(items) => items,
                Err(StoreError::Removed) => vec![Item::Ended("removed")],
                Err(error) => return Err(refusal(error)),
            },
        };
        if !items.is_empty() {
            self.due.store(true, Ordering::Release);
            self.waker.wake();
        }
        Ok(items)
    }

    fn look(&mut self) -> Ahead {
        let channel = Arc::clone(self.channel());
        let core = channel.core();
        if core.is_removed() {
            return Ahead::Here(vec![Item::Ended("removed")]);
        }
        let Some(events) = core.tail.after(self.seq, BATCH) else {
            return Ahead::Behind;
        };
        let Some(signals) = core.signals.since(self.tick) else {
            return Ahead::Here(vec![Item::Ended("resync")]);
        };
        self.tick = core.signals.now();
        drop(core);
        self.seq = events.last().map_or(self.seq, |event| event.seq());
        let events = events.into_iter().map(Item::Event);
        Ahead::Here(
            events
                .chain(signals.into_iter().map(Item::Signal))
                .collect(),
        )
    }

    /// Reads what fell out of the tail. Whatever the store no longer has is told as a gap.
    async fn refill(&mut self) -> Result<Vec<Item>, StoreError> {
        let channel = Arc::clone(self.channel());
        channel.metrics.refills.inc();
        let stretch = Stretch::After(self.seq);
        let events = channel
            .engine
            .read(channel.id.clone(), stretch, BATCH)
            .await?;
        let resumes_at = match events.first() {
            Some(event) => event.prev,
            None => channel.core().head(),
        };
        let mut items = Vec::with_capacity(events.len() + 1);
        if resumes_at > self.seq {
            channel.metrics.gaps.inc();
            items.push(Item::Gap {
                from: Seq(self.seq.0 + 1),
                to: resumes_at,
            });
            self.seq = resumes_at;
        }
        self.seq = events.last().map_or(self.seq, |event| event.seq);
        let prepared = |event| Item::Event(Arc::new(Prepared::new(channel.id.clone(), event)));
        items.extend(events.into_iter().map(prepared));
        Ok(items)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.channel().metrics.subscriptions.dec();
    }
}

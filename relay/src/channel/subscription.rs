//! A subscriber is a cursor: the last seq it was given and the last tick of the signals. What it has
//! not been given lies in the tail or in the store, never in a queue of its own.

use std::sync::Arc;

use pilothouse_shared::limits::{DEFAULT_HISTORY, MAX_HISTORY};
use pilothouse_shared::{Author, Event, Position, Refusal, Seq, Subscribed};

use super::batch::{Cursor, News};
use super::core::Look;
use super::outlet::Outlet;
use super::prepared::{Prepared, PreparedSignal};
use super::presence::Present;
use super::recall::Recalled;
use super::seat::{Seat, State};
use super::{Channel, refusal};
use crate::engine::{StoreError, Stretch};

/// Events read from the store at a time: enough to fill a write, few enough to be fair to the other
/// subscriptions of a connection.
const BATCH: usize = 128;

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
    seat: Arc<Seat>,
}

impl Channel {
    /// Subscribes, and says where that leaves the watcher. Nothing is offered to the outlet before
    /// [`Subscription::take`] has found nothing more.
    ///
    /// One look under the lock decides position, snapshot and cursor, so each event is either in the
    /// reply or comes later.
    pub(crate) async fn subscribe(
        self: &Arc<Self>,
        viewer: &Arc<Author>,
        opening: &Opening,
        outlet: Arc<dyn Outlet>,
    ) -> Result<(Subscription, Subscribed), Refusal> {
        let (subscription, mut reply) = self.register(viewer, opening, outlet)?;
        let history = opening.history.unwrap_or(DEFAULT_HISTORY).min(MAX_HISTORY);
        if reply.recovered != Some(true) && history > 0 {
            reply.events = self.begin(viewer, &reply, history).await?;
        }
        Ok((subscription, reply))
    }

    /// What a subscriber that does not resume begins with.
    async fn begin(
        &self,
        viewer: &Author,
        reply: &Subscribed,
        limit: usize,
    ) -> Result<Vec<Event>, Refusal> {
        let through = reply.position.seq;
        let base = match reply.floor {
            Seq::ZERO => through,
            floor => Seq(floor.0 - 1),
        };
        let newest = self.newest(viewer, base, through, limit).await;
        if let Some(events) = newest.map_err(refusal)? {
            return Ok(events);
        }
        let before = Stretch::Before(Seq(through.0.saturating_add(1)));
        let (events, _) = self.page(viewer, before, limit).await?;
        Ok(events)
    }

    fn register(
        self: &Arc<Self>,
        viewer: &Arc<Author>,
        opening: &Opening,
        outlet: Arc<dyn Outlet>,
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
        let cursor = Cursor {
            seq: position.seq,
            ..core.cursor()
        };
        let seat = Seat::new(Arc::clone(viewer), outlet, cursor);
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
        let id = core
            .presence
            .enter(Arc::clone(viewer), Some(Arc::clone(&seat)));
        drop(core);
        self.metrics.subscriptions.inc();
        seat.outlet.wake();
        let present = Present::new(Arc::clone(self), id);
        Ok((Subscription { present, seat }, reply))
    }
}

impl Subscription {
    pub(crate) fn channel(&self) -> &Arc<Channel> {
        self.present.channel()
    }

    pub(crate) fn viewer(&self) -> &Author {
        &self.seat.viewer
    }

    /// What there is for the subscriber now, oldest first. Empty when it has everything, and from then
    /// on the channel offers what comes to its outlet; or when it must wait, and is woken then.
    pub(crate) async fn take(&mut self) -> Result<Vec<Item>, Refusal> {
        let items = match self.look() {
            Some(items) => items,
            None => match self.refill().await {
                Ok(items) => items,
                Err(StoreError::Removed) => vec![Item::Ended("removed")],
                Err(error) => return Err(refusal(error)),
            },
        };
        if !items.is_empty() {
            // There may be more.
            self.seat.outlet.wake();
        }
        Ok(items)
    }

    /// What memory has for it; `None` when the store must be asked.
    fn look(&mut self) -> Option<Vec<Item>> {
        let mut place = self.seat.place();
        if place.state != State::Behind {
            return Some(Vec::new());
        }
        // Both locks: what is committed after this look finds the subscriber up to date.
        match self.channel().core().look(place.cursor) {
            Look::Here(news) => {
                if news.is_empty() {
                    place.state = State::Current;
                }
                place.cursor = news.end(place.cursor);
                Some(items(news))
            }
            Look::Behind => None,
            Look::Resync => Some(vec![Item::Ended("resync")]),
            Look::Removed => Some(vec![Item::Ended("removed")]),
        }
    }

    /// Reads what fell out of the tail. Whatever the store no longer has is told as a gap.
    async fn refill(&mut self) -> Result<Vec<Item>, StoreError> {
        let channel = Arc::clone(self.channel());
        channel.metrics.refills.inc();
        let mut at = self.seat.place().cursor.seq;
        match channel.recall(at).await? {
            Recalled::Yes => {
                if let Some(items) = self.look() {
                    return Ok(items);
                }
            }
            Recalled::No => {}
            Recalled::Busy => return Ok(Vec::new()),
        }
        let stretch = Stretch::After(at);
        let mut events = channel
            .engine
            .read(channel.id.clone(), channel.epoch.clone(), stretch, BATCH)
            .await?;
        // The store has an event a moment before everybody is told of it. Nobody is ahead of that.
        let head = channel.core().head();
        events.retain(|event| event.seq <= head);
        let resumes_at = events.first().map_or(head, |event| event.prev);
        let mut items = Vec::with_capacity(events.len() + 1);
        if resumes_at > at {
            channel.metrics.gaps.inc();
            items.push(Item::Gap {
                from: Seq(at.0 + 1),
                to: resumes_at,
            });
            at = resumes_at;
        }
        self.seat.place().cursor.seq = events.last().map_or(at, |event| event.seq);
        let prepared = |event| Item::Event(Arc::new(Prepared::new(channel.id.clone(), event)));
        items.extend(events.into_iter().map(prepared));
        Ok(items)
    }
}

fn items(news: News) -> Vec<Item> {
    let events = news.events.into_iter().map(Item::Event);
    let signals = news.signals.into_iter();
    events
        .chain(signals.map(|(_, signal)| Item::Signal(signal)))
        .collect()
}

impl Drop for Subscription {
    fn drop(&mut self) {
        // A lane that is under way keeps the seat for a moment, and must not use it any more.
        self.seat.place().state = State::Over;
        self.channel().metrics.subscriptions.dec();
    }
}

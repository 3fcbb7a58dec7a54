//! Every channel at once: the relay's list of them, and those that are followed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use gloo_timers::callback::Interval;
use pilothouse_shared::link::{Change, Input, Link, State};
use pilothouse_shared::{Body, ChannelId, Millis, Replica, Sorted};

use super::Board;
use super::keeper::{Keeper, bump};
use crate::dom::{keep, spawn};
use crate::view::ask::{Asked, Request};
use crate::view::card::{Card, Listing};
use crate::view::fleet::{Plan, plan};
use crate::{api, clock, page};

/// How often the page asks for the list, in milliseconds: for new channels and those not followed.
const ASK_EVERY_MS: Millis = 3_000;

/// The same while nobody looks.
const ASK_HIDDEN_EVERY_MS: Millis = 30_000;

/// What is known of all channels.
#[derive(Default)]
pub(super) struct Fleet {
    /// Every channel of the relay, at most [`pilothouse_shared::limits::MAX_CHANNELS`].
    cards: RefCell<Sorted<ChannelId, Arc<Card>>>,
    /// As [`plan`] bounds it.
    followed: RefCell<Vec<ChannelId>>,
    /// Followed channels whose card is older than their replica.
    dirty: RefCell<Vec<ChannelId>>,
    /// Why there was no answer the last time.
    error: RefCell<Option<String>>,
    is_listed: Cell<bool>,
    is_asking: Cell<bool>,
    /// When the relay is asked again.
    due: Cell<Millis>,
}

impl Fleet {
    /// Takes note of a change; whether it may have changed what is asked of people.
    pub(super) fn note(&self, channel: &ChannelId, change: &Change) -> bool {
        if let Change::Ended { .. } = change {
            self.followed.borrow_mut().retain(|known| known != channel);
            self.cards.borrow_mut().remove(channel);
        } else if self.follows(channel) && !self.dirty.borrow().contains(channel) {
            self.dirty.borrow_mut().push(channel.clone());
        }
        match change {
            Change::Event(event) => matches!(
                event.body,
                Body::PermissionRequested(_)
                    | Body::PermissionResolved(_)
                    | Body::QuestionAsked(_)
                    | Body::QuestionAnswered(_)
            ),
            Change::Signal(_) | Change::CaughtUp { .. } => false,
            _ => true,
        }
    }

    pub(super) fn follows(&self, channel: &ChannelId) -> bool {
        self.followed.borrow().contains(channel)
    }

    /// Makes the cards of what changed.
    fn refresh(&self, link: &Link) {
        let dirty = std::mem::take(&mut *self.dirty.borrow_mut());
        let mut cards = self.cards.borrow_mut();
        for channel in dirty {
            let known = link
                .replica(&channel)
                .filter(|replica| replica.position().is_some());
            if let Some(replica) = known {
                cards.insert(channel, Arc::new(Card::of(replica)));
            }
        }
    }

    /// Takes up the relay's list; what to follow from now on.
    fn list(&self, listing: Listing) -> Plan {
        let mut followed = self.followed.borrow_mut();
        let plan = plan(&listing.channels, &followed);
        followed.retain(|channel| !plan.leave.contains(channel));
        followed.extend_from_slice(&plan.follow);
        let mut cards = Sorted::default();
        for card in listing.channels {
            cards.insert(card.id.clone(), Arc::new(card));
        }
        *self.cards.borrow_mut() = cards;
        self.dirty.borrow_mut().clone_from(&followed);
        self.is_listed.set(true);
        plan
    }

    /// Whether it is time to ask the relay; not before it has answered the last time.
    fn begin(&self) -> bool {
        let now = clock::now();
        if self.due.get() > now || self.is_asking.get() {
            return false;
        }
        let every = if page::is_hidden() {
            ASK_HIDDEN_EVERY_MS
        } else {
            // A long list is asked for less often.
            ASK_EVERY_MS + 2 * self.cards.borrow().len() as Millis
        };
        self.due.set(now + every);
        self.is_asking.set(true);
        true
    }
}

fn is_off(link: &Link) -> bool {
    matches!(link.state(), State::Idle | State::Stopped { .. })
}

impl Keeper {
    fn listed(&self, answer: Result<Listing, String>) {
        self.fleet.is_asking.set(false);
        let failed = answer.as_ref().err().cloned();
        *self.fleet.error.borrow_mut() = failed;
        let plan = answer.map(|listing| self.fleet.list(listing));
        let Plan { follow, leave } = plan.unwrap_or_default();
        for channel in leave {
            if !self.shows(&channel) {
                self.driver.feed(Input::Unsubscribe { channel });
            }
        }
        for channel in follow {
            if !self.shows(&channel) {
                self.driver.feed(Input::Follow { channel });
            }
        }
        bump(true, self.versions.fleet);
        bump(true, self.versions.asks);
    }

    /// A channel is no longer shown.
    pub(super) fn leave(&self, channel: ChannelId) {
        self.driver.feed(match self.fleet.follows(&channel) {
            true => Input::Follow { channel },
            false => Input::Unsubscribe { channel },
        });
    }
}

impl Board {
    /// Knows of every channel from now on. Call it once, from the root.
    pub(crate) fn follow_fleet(self) {
        self.ask_for_list();
        let often = Interval::new(1_000, move || self.ask_for_list());
        keep(Box::new(often));
    }

    fn ask_for_list(self) {
        let keeper = self.keeper();
        // Who is not let in need not ask.
        if keeper.driver.read(is_off) {
            *keeper.fleet.error.borrow_mut() = None;
            return keeper.fleet.due.set(0);
        }
        if keeper.fleet.begin() {
            spawn(async move {
                let answer = api::channels(&keeper.who()).await;
                keeper.listed(answer);
            });
        }
    }

    /// Every channel; nothing before the first answer.
    pub(crate) fn cards(self) -> Option<Vec<Arc<Card>>> {
        self.versions.fleet.track();
        let keeper = self.fresh();
        let cards = keeper.fleet.cards.borrow();
        let is_listed = keeper.fleet.is_listed.get();
        is_listed.then(|| cards.values().cloned().collect())
    }

    /// One channel.
    pub(crate) fn card(self, channel: &ChannelId) -> Option<Arc<Card>> {
        self.versions.fleet.track();
        self.fresh().fleet.cards.borrow().get(channel).cloned()
    }

    /// What the channel's oldest open request asks, as far as the channel is followed: who asks for what, and
    /// what it is about.
    pub(crate) fn asks(self, channel: &ChannelId) -> Option<Request> {
        self.versions.asks.track();
        self.keeper().driver.read(|link| {
            let mut requests = link.replica(channel)?.snapshot().requests.iter();
            requests.find(|entry| entry.is_open()).map(Request::of)
        })
    }

    /// Why the list may be old.
    pub(crate) fn list_error(self) -> Option<String> {
        self.versions.fleet.track();
        self.keeper().fleet.error.borrow().clone()
    }

    fn fresh(self) -> Rc<Keeper> {
        let keeper = self.keeper();
        keeper.driver.read(|link| keeper.fleet.refresh(link));
        keeper
    }

    /// Requests that are open, or were resolved since then.
    pub(crate) fn asked(self, since: Millis) -> Vec<Asked> {
        self.versions.asks.track();
        let of = |replica: &Replica| {
            let snapshot = replica.snapshot();
            let requests = snapshot.requests.iter().filter(|entry| {
                let ended = entry.resolution.as_ref();
                ended.is_none_or(|ended| ended.at >= since)
            });
            let asked = |entry| Asked {
                channel: replica.channel().clone(),
                place: Card::named(snapshot.name.as_deref(), replica.channel()),
                request: Request::of(entry),
            };
            requests.map(asked).collect::<Vec<_>>()
        };
        self.keeper()
            .driver
            .read(|link| link.replicas().flat_map(of).collect())
    }

    /// Requests that wait for somebody, in every channel.
    pub(crate) fn n_asked(self) -> u64 {
        self.versions.asks.track();
        let keeper = self.keeper();
        keeper.driver.read(|link| {
            let open = |replica: &Replica| {
                let requests = replica.snapshot().requests.iter();
                requests.filter(|entry| entry.is_open()).count() as u64
            };
            let cards = keeper.fleet.cards.borrow();
            let others = cards
                .values()
                .filter(|card| link.replica(&card.id).is_none());
            let of_others: u64 = others.map(|card| card.n_open_requests).sum();
            of_others + link.replicas().map(open).sum::<u64>()
        })
    }
}

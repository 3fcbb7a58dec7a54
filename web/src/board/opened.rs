//! A channel that is shown: its feed, and what else is kept of it beside the replica.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use pilothouse_shared::link::{Change, Link, State};
use pilothouse_shared::{ChannelId, Event, Replica};

use super::Older;
use super::keeper::bump;
use crate::api::Page;
use crate::dom::Held;
use crate::view::feed::{CALM, Feed};
use crate::view::news::News;
use crate::view::stretch::{Led, Stretch};

/// Seconds between two sentences read out.
const NEWS_EVERY: u32 = 4;

/// Milliseconds between two drawings of the panels: nobody reads figures faster.
const PANELS_EVERY_MS: u32 = 100;

/// Milliseconds between two drawings of the feed when more comes than can be read.
const FLOOD_EVERY_MS: u32 = 50;

/// The plain state behind a board that shows a channel.
pub(super) struct Opened {
    pub(super) channel: ChannelId,
    pub(super) versions: ChannelVersions,
    pub(super) feed: RefCell<Feed>,
    pub(super) ended: RefCell<Option<String>>,
    /// What was known at a past moment, on a board that shows one: instead of what the link knows.
    pub(super) past: Option<RefCell<Replica>>,
    older: RefCell<Older>,
    news: RefCell<News>,
    calm_state: Calm,
    calm_feed: Calm,
}

/// Tells of a change at once, and then together of those that come within `every_ms`.
#[derive(Clone)]
struct Calm {
    version: Held<u64>,
    every_ms: u32,
    /// Whether there was a change since it told of one, if that is less than so long ago.
    is_late: Rc<Cell<Option<bool>>>,
}

/// One number per panel; it grows when what the panel reads may have changed.
#[derive(Clone, Copy)]
pub(super) struct ChannelVersions {
    pub(super) state: Held<u64>,
    pub(super) feed: Held<u64>,
    pub(super) signals: Held<u64>,
    pub(super) news: Held<Option<String>>,
}

/// What a batch of changes did to a channel.
#[derive(Default)]
pub(super) struct Dirty {
    state: bool,
    feed: bool,
    signals: bool,
    /// Taken up together: a burst is one change of the feed.
    events: Vec<Event>,
}

impl Opened {
    pub(super) fn new(channel: ChannelId) -> Self {
        let versions = ChannelVersions {
            state: Held::new(0),
            feed: Held::new(0),
            signals: Held::new(0),
            news: Held::new(None),
        };
        Self {
            channel,
            versions,
            feed: RefCell::default(),
            ended: RefCell::default(),
            past: None,
            older: RefCell::new(Older::Unknown),
            news: RefCell::default(),
            calm_state: Calm::new(versions.state, PANELS_EVERY_MS),
            calm_feed: Calm::new(versions.feed, FLOOD_EVERY_MS),
        }
    }

    /// A channel as it was.
    pub(super) fn of_past(channel: ChannelId) -> Self {
        let nothing = Replica::new(channel.clone());
        Self {
            past: Some(RefCell::new(nothing)),
            ..Self::new(channel)
        }
    }

    /// Shows the moment at a seq of a stretch.
    pub(super) fn show_past(&self, stretch: &Stretch, seq: u64) {
        let Some(past) = &self.past else { return };
        match stretch.lead(&mut past.borrow_mut(), seq) {
            Led::On(events) => self.feed.borrow_mut().extend(&events),
            Led::Anew(events) => {
                *self.feed.borrow_mut() = Feed::of(&events);
                *self.older.borrow_mut() = Older::Unknown;
            }
        }
        bump(true, self.versions.state);
        bump(true, self.versions.feed);
        bump(true, self.versions.signals);
    }

    /// Whether the channel's events have come; a channel that was followed before is known without them.
    pub(super) fn is_loaded(&self, link: &Link) -> bool {
        if let Some(past) = &self.past {
            return past.borrow().position().is_some();
        }
        let is_known = link
            .replica(&self.channel)
            .is_some_and(|replica| replica.position().is_some());
        is_known && (link.is_caught_up(&self.channel) || !self.feed.borrow().rows().is_empty())
    }

    pub(super) fn has_ended(&self) -> bool {
        self.ended.borrow().is_some()
    }

    pub(super) fn tell_news(&self, n_seconds: u32) {
        if n_seconds.is_multiple_of(NEWS_EVERY)
            && let Some(news) = self.news.borrow_mut().take()
        {
            self.versions.news.try_set(Some(news));
        }
    }

    pub(super) fn older(&self) -> Older {
        self.older.borrow().clone()
    }

    /// The seq to load before, unless a page is on its way or there is none.
    pub(super) fn begin_older(&self) -> Option<u64> {
        let feed = self.feed.borrow();
        let first = feed.first_seq()?;
        let mut older = self.older.borrow_mut();
        if matches!(*older, Older::Loading | Older::None) {
            return None;
        }
        if !feed.has_room() {
            *older = Older::Full;
            return None;
        }
        *older = Older::Loading;
        Some(first)
    }

    /// Puts a page in front of the row it was asked for; not when other rows came to stand there meanwhile.
    pub(super) fn end_older(&self, first: u64, answer: Result<Page, String>) -> bool {
        let is_late = self.feed.borrow().first_seq() != Some(first);
        let (older, has_grown) = match answer {
            _ if is_late => (Older::Unknown, false),
            Err(why) => (Older::Failed(why), false),
            Ok(page) => {
                self.feed.borrow_mut().prepend(&page.events);
                let older = if page.more {
                    Older::Unknown
                } else {
                    Older::None
                };
                (older, !page.events.is_empty())
            }
        };
        *self.older.borrow_mut() = older;
        has_grown
    }

    pub(super) fn changed(&self, link: &Link, change: &Change, dirty: &mut Dirty) {
        match change {
            Change::Event(event) => {
                self.news.borrow_mut().note(event);
                dirty.events.push(Event::clone(event));
            }
            Change::Signal(_) => {
                dirty.signals = true;
                return;
            }
            Change::Snapshot => {
                dirty.events.clear();
                *self.ended.borrow_mut() = None;
                self.replace(link);
            }
            Change::Resumed { .. } | Change::CaughtUp { .. } => {}
            Change::Gap { from, to } => {
                self.take_up(&mut dirty.events);
                self.feed.borrow_mut().push_gap(from.0, to.0);
            }
            Change::Ended { reason } => *self.ended.borrow_mut() = Some(reason.clone()),
        }
        dirty.state = true;
        dirty.feed = true;
        dirty.signals |= !matches!(link.state(), State::Live);
    }

    /// Takes the feed from the replica: at a snapshot, and when a replica was there before this view of it.
    pub(super) fn replace(&self, link: &Link) {
        if let Some(replica) = link.replica(&self.channel) {
            *self.feed.borrow_mut() = Feed::of(replica.recent());
            let first = self.feed.borrow().first_seq();
            let is_whole = first.is_none_or(|first| first <= replica.floor().0);
            *self.older.borrow_mut() = if is_whole {
                Older::None
            } else {
                Older::Unknown
            };
        }
    }

    fn take_up(&self, events: &mut Vec<Event>) {
        if !events.is_empty() {
            self.feed.borrow_mut().extend(events);
            events.clear();
        }
    }

    /// After a batch: says what it changed.
    pub(super) fn settle(&self, mut dirty: Dirty) {
        let is_flood = dirty.events.len() > CALM;
        self.take_up(&mut dirty.events);
        if dirty.state {
            self.calm_state.tell();
        }
        if is_flood {
            self.calm_feed.tell();
        } else {
            bump(dirty.feed, self.versions.feed);
        }
        bump(dirty.signals, self.versions.signals);
    }
}

impl Calm {
    fn new(version: Held<u64>, every_ms: u32) -> Self {
        let is_late = Rc::default();
        Self {
            version,
            every_ms,
            is_late,
        }
    }

    fn tell(&self) {
        if self.is_late.get().is_some() {
            return self.is_late.set(Some(true));
        }
        bump(true, self.version);
        self.is_late.set(Some(false));
        let this = self.clone();
        let again = move || {
            if this.is_late.take() == Some(true) {
                this.tell();
            }
        };
        Timeout::new(self.every_ms, again).forget();
    }
}

//! What stands behind the board: the link's driver, the open channel's feed, the last outage.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pilothouse_shared::link::{Change, Command, Link};
use pilothouse_shared::{ChannelId, Event, Hello, Millis};

use super::{Older, Versions};
use crate::api::Page;
use crate::clock;
use crate::link::Driver;
use crate::prefs::Identity;
use crate::view::feed::Feed;
use crate::view::news::News;
use crate::view::standing::Outage;

/// Seconds between two sentences read out.
const NEWS_EVERY: u32 = 4;

/// Seconds between two questions for a channel that there is not; divides [`NEWS_EVERY`].
const ASK_AGAIN_EVERY: u32 = 2;

/// The plain state behind the board.
pub(super) struct Keeper {
    pub(super) who: Identity,
    pub(super) driver: Rc<Driver>,
    pub(super) outage: RefCell<Outage>,
    pub(super) feed: RefCell<Feed>,
    pub(super) ended: RefCell<Option<String>>,
    channel: RefCell<Option<ChannelId>>,
    older: RefCell<Older>,
    news: RefCell<News>,
    n_seconds: Cell<u32>,
    /// The relay's clock less ours, in milliseconds.
    skew: Cell<i64>,
    versions: Versions,
}

/// Which versions a batch of changes bumps.
#[derive(Default)]
struct Dirty {
    link: bool,
    state: bool,
    feed: bool,
    signals: bool,
    outbox: bool,
}

impl Keeper {
    pub(super) fn new(who: Identity, hello: Hello, versions: Versions) -> Rc<Self> {
        Rc::new_cyclic(|this: &std::rc::Weak<Self>| {
            let this = this.clone();
            let driver = Driver::new(Some(hello), move |link, told| {
                if let Some(keeper) = this.upgrade() {
                    keeper.hear(link, told);
                }
            });
            Self {
                who,
                driver,
                outage: RefCell::default(),
                feed: RefCell::default(),
                ended: RefCell::default(),
                channel: RefCell::default(),
                older: RefCell::new(Older::Unknown),
                news: RefCell::default(),
                n_seconds: Cell::default(),
                skew: Cell::default(),
                versions,
            }
        })
    }

    pub(super) fn channel(&self) -> Option<ChannelId> {
        self.channel.borrow().clone()
    }

    pub(super) fn open(&self, channel: ChannelId) {
        *self.channel.borrow_mut() = Some(channel);
        *self.feed.borrow_mut() = Feed::default();
        *self.older.borrow_mut() = Older::Unknown;
        *self.ended.borrow_mut() = None;
    }

    pub(super) fn close(&self, channel: &ChannelId) {
        if self.channel.borrow().as_ref() == Some(channel) {
            *self.channel.borrow_mut() = None;
        }
    }

    pub(super) fn relay_now(&self) -> Millis {
        clock::now().saturating_add_signed(self.skew.get())
    }

    pub(super) fn tell_news(&self) {
        self.n_seconds.set((self.n_seconds.get() + 1) % NEWS_EVERY);
        if self.n_seconds.get() == 0
            && let Some(news) = self.news.borrow_mut().take()
        {
            self.versions.news.set(Some(news));
        }
    }

    /// The open channel, now and then, while the relay does not serve it: the first event makes it.
    pub(super) fn due_again(&self) -> Option<ChannelId> {
        let is_due =
            self.n_seconds.get().is_multiple_of(ASK_AGAIN_EVERY) && self.ended.borrow().is_some();
        self.channel().filter(|_| is_due)
    }

    pub(super) fn older(&self) -> Older {
        self.older.borrow().clone()
    }

    /// The seq to load before, unless a page is on its way or there is none.
    pub(super) fn begin_older(&self) -> Option<u64> {
        let first = self.feed.borrow().first_seq()?;
        let mut older = self.older.borrow_mut();
        if matches!(*older, Older::Loading | Older::None) {
            return None;
        }
        *older = Older::Loading;
        Some(first)
    }

    pub(super) fn end_older(&self, channel: &ChannelId, answer: Result<Page, String>) -> bool {
        if self.channel.borrow().as_ref() != Some(channel) {
            return false;
        }
        let (older, has_grown) = match answer {
            Err(why) => (Older::Failed(why), false),
            Ok(page) => {
                self.feed.borrow_mut().prepend(&page.events);
                (
                    if page.more {
                        Older::Unknown
                    } else {
                        Older::None
                    },
                    !page.events.is_empty(),
                )
            }
        };
        *self.older.borrow_mut() = older;
        has_grown
    }

    fn hear(&self, link: &Link, told: Vec<Command>) {
        let mut dirty = Dirty::default();
        let mut events = Vec::new();
        for command in told {
            match command {
                Command::State => {
                    self.note_state(link);
                    dirty.link = true;
                }
                Command::Outbox(_) => dirty.outbox = true,
                Command::Changed { channel, change } if self.is_open(&channel) => {
                    self.changed(link, change, &mut events, &mut dirty);
                }
                _ => {}
            }
        }
        self.take_up(&mut events);
        self.bump(&dirty);
    }

    fn is_open(&self, channel: &ChannelId) -> bool {
        self.channel.borrow().as_ref() == Some(channel)
    }

    fn note_state(&self, link: &Link) {
        if let Some(welcome) = link.welcome() {
            // Taken once: later welcomes are read long after they came, such as in a hidden tab.
            if self.skew.get() == 0 {
                self.skew
                    .set(welcome.now.cast_signed() - clock::now().cast_signed());
            }
        }
        self.outage.borrow_mut().note(link.state(), clock::now());
    }

    fn changed(&self, link: &Link, change: Change, events: &mut Vec<Event>, dirty: &mut Dirty) {
        match change {
            Change::Event(event) => {
                self.news.borrow_mut().note(&event);
                events.push(*event);
            }
            Change::Signal(_) => {
                dirty.signals = true;
                return;
            }
            Change::Snapshot => {
                events.clear();
                *self.ended.borrow_mut() = None;
                self.replace(link);
            }
            Change::Resumed { .. } => {}
            Change::CaughtUp { n_missed } => {
                self.outage.borrow_mut().note_missed(n_missed, clock::now());
                dirty.link = true;
            }
            Change::Gap { from, to } => {
                self.take_up(events);
                self.feed.borrow_mut().push_gap(from.0, to.0);
            }
            Change::Ended { reason } => *self.ended.borrow_mut() = Some(reason),
        }
        dirty.state = true;
        dirty.feed = true;
        dirty.signals |= !matches!(link.state(), pilothouse_shared::link::State::Live);
    }

    fn replace(&self, link: &Link) {
        let channel = self.channel.borrow();
        let replica = channel.as_ref().and_then(|channel| link.replica(channel));
        if let Some(replica) = replica {
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

    fn bump(&self, dirty: &Dirty) {
        let versions = &self.versions;
        let flags = [
            (dirty.link, versions.link),
            (dirty.state, versions.state),
            (dirty.feed, versions.feed),
            (dirty.signals, versions.signals),
            (dirty.outbox, versions.outbox),
        ];
        for (is_dirty, version) in flags {
            if is_dirty {
                version.update(|version| *version += 1);
            }
        }
    }
}

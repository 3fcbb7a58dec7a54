//! What stands behind the board: the link's driver, the channels that are shown, the last outage.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pilothouse_shared::link::{Change, Command, Link};
use pilothouse_shared::{ChannelId, Hello, Millis};

use super::Versions;
use super::opened::{Dirty, Opened};
use crate::clock;
use crate::link::Driver;
use crate::prefs::Identity;
use crate::view::standing::Outage;

/// Seconds between two questions for a channel that there is not.
const ASK_AGAIN_EVERY: u32 = 2;

/// The plain state behind the boards of one relay.
pub(super) struct Keeper {
    pub(super) who: Identity,
    pub(super) driver: Rc<Driver>,
    pub(super) outage: RefCell<Outage>,
    /// The channels that are shown: one on the dashboard, one for each widget.
    shown: RefCell<Vec<Rc<Opened>>>,
    n_seconds: Cell<u32>,
    /// The relay's clock less ours, in milliseconds.
    skew: Cell<i64>,
    versions: Versions,
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
                shown: RefCell::default(),
                n_seconds: Cell::default(),
                skew: Cell::default(),
                versions,
            }
        })
    }

    pub(super) fn open(&self, opened: Rc<Opened>) {
        self.shown.borrow_mut().push(opened);
    }

    /// Whether nobody shows its channel any more.
    pub(super) fn close(&self, opened: &Rc<Opened>) -> bool {
        let mut shown = self.shown.borrow_mut();
        shown.retain(|one| !Rc::ptr_eq(one, opened));
        !shown.iter().any(|one| one.channel == opened.channel)
    }

    pub(super) fn relay_now(&self) -> Millis {
        clock::now().saturating_add_signed(self.skew.get())
    }

    /// A second has passed; the channels to ask for again, because the relay does not serve them: the
    /// first event makes a channel.
    pub(super) fn tick(&self) -> Vec<ChannelId> {
        self.n_seconds.set(self.n_seconds.get().wrapping_add(1));
        let n_seconds = self.n_seconds.get();
        let shown = self.shown.borrow();
        for opened in shown.iter() {
            opened.tell_news(n_seconds);
        }
        let lost = shown.iter().filter(|opened| opened.has_ended());
        lost.filter(|_| n_seconds.is_multiple_of(ASK_AGAIN_EVERY))
            .map(|opened| opened.channel.clone())
            .collect()
    }

    fn hear(&self, link: &Link, told: Vec<Command>) {
        let (mut is_link_dirty, mut is_outbox_dirty) = (false, false);
        let shown = self.shown.borrow().clone();
        let mut dirty: Vec<Dirty> = shown.iter().map(|_| Dirty::default()).collect();
        for command in told {
            match command {
                Command::State => {
                    self.note_state(link);
                    is_link_dirty = true;
                }
                Command::Outbox(_) => is_outbox_dirty = true,
                Command::Changed { channel, change } => {
                    is_link_dirty |= self.note_change(&change);
                    for (opened, dirty) in shown.iter().zip(&mut dirty) {
                        if opened.channel == channel {
                            opened.changed(link, &change, dirty);
                        }
                    }
                }
                _ => {}
            }
        }
        for (opened, dirty) in shown.iter().zip(dirty) {
            opened.settle(dirty);
        }
        bump(is_link_dirty, self.versions.link);
        bump(is_outbox_dirty, self.versions.outbox);
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

    fn note_change(&self, change: &Change) -> bool {
        if let Change::CaughtUp { n_missed } = change {
            self.outage
                .borrow_mut()
                .note_missed(*n_missed, clock::now());
        }
        matches!(change, Change::CaughtUp { .. })
    }
}

pub(super) fn bump(is_dirty: bool, version: crate::dom::Held<u64>) {
    if is_dirty {
        version.update(|version| *version += 1);
    }
}

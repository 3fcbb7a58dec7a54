//! What stands behind the board: the link's driver, the channels that are shown, the last outage.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use pilothouse_shared::link::{Change, Command, Link, State};
use pilothouse_shared::{ChannelId, Hello, MemberId, Millis};

use super::fleet::Fleet;
use super::opened::{Dirty, Opened};
use super::{Judge, Versions};
use crate::link::{Driver, Writer};
use crate::prefs::{self, Identity};
use crate::view::standing::{Banner, Outage};
use crate::{clock, page};

/// Seconds between two questions for a channel that there is not.
const ASK_AGAIN_EVERY: u32 = 2;

/// The plain state behind the boards of one relay.
pub(super) struct Keeper {
    who: RefCell<Identity>,
    pub(super) driver: Rc<Driver>,
    pub(super) outage: RefCell<Outage>,
    pub(super) fleet: Fleet,
    /// The channels that are shown: one on the dashboard, one for each widget.
    shown: RefCell<Vec<Rc<Opened>>>,
    /// The version of the relay that served this page, and the newest one if it is another.
    served_by: RefCell<Option<String>>,
    upgraded_to: RefCell<Option<String>>,
    /// Knows better than the last `welcome` what one may do in a channel.
    pub(super) judge: Judge,
    n_seconds: Cell<u32>,
    /// The relay's clock less ours, in milliseconds.
    skew: Cell<i64>,
    pub(super) versions: Versions,
}

impl Keeper {
    pub(super) fn new(
        who: Identity,
        writer: Writer,
        judge: Judge,
        hello: Hello,
        versions: Versions,
    ) -> Rc<Self> {
        Rc::new_cyclic(|this: &std::rc::Weak<Self>| {
            let this = this.clone();
            let driver = Driver::new(
                page::socket_url(&who.relay),
                writer,
                Some(hello),
                move |link, told| {
                    if let Some(keeper) = this.upgrade() {
                        keeper.hear(link, told);
                    }
                },
            );
            Self {
                who: RefCell::new(who),
                driver,
                outage: RefCell::default(),
                fleet: Fleet::default(),
                shown: RefCell::default(),
                served_by: RefCell::default(),
                upgraded_to: RefCell::default(),
                judge,
                n_seconds: Cell::default(),
                skew: Cell::default(),
                versions,
            }
        })
    }

    pub(super) fn who(&self) -> Identity {
        self.who.borrow().clone()
    }

    /// Takes another name, and keeps it.
    pub(super) fn rename(&self, name: &str) -> Identity {
        prefs::rename(name);
        self.who.borrow_mut().name = name.to_owned();
        self.who()
    }

    /// Is whom the relay takes one for.
    pub(super) fn known_as(&self, member: MemberId, name: &str) -> Identity {
        let mut who = self.who.borrow_mut();
        who.member = member;
        name.clone_into(&mut who.name);
        who.clone()
    }

    /// Whether somebody shows this channel.
    pub(super) fn shows(&self, channel: &ChannelId) -> bool {
        let shown = self.shown.borrow();
        shown.iter().any(|opened| opened.channel == *channel)
    }

    pub(super) fn open(&self, opened: Rc<Opened>) {
        self.shown.borrow_mut().push(opened);
    }

    /// Whether nobody shows its channel any more.
    pub(super) fn close(&self, opened: &Rc<Opened>) -> bool {
        self.shown
            .borrow_mut()
            .retain(|one| !Rc::ptr_eq(one, opened));
        !self.shows(&opened.channel)
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
        let (mut is_fleet_dirty, mut are_asks_dirty) = (false, false);
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
                    is_fleet_dirty = true;
                    are_asks_dirty |= self.fleet.note(&channel, &change);
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
        bump(is_fleet_dirty, self.versions.fleet);
        bump(are_asks_dirty, self.versions.asks);
    }

    fn note_state(&self, link: &Link) {
        if let Some(welcome) = link.welcome() {
            self.note_version(&welcome.relay.version);
            // Taken once: later welcomes are read long after they came, such as in a hidden tab.
            if self.skew.get() == 0 {
                self.skew
                    .set(welcome.now.cast_signed() - clock::now().cast_signed());
            }
        }
        self.outage.borrow_mut().note(link.state(), clock::now());
    }

    fn note_version(&self, version: &str) {
        let mut served_by = self.served_by.borrow_mut();
        let served_by = served_by.get_or_insert_with(|| version.to_owned());
        let is_other = served_by != version;
        *self.upgraded_to.borrow_mut() = is_other.then(|| version.to_owned());
    }

    /// What the banner says now.
    pub(super) fn banner(&self, state: &State) -> Option<Banner> {
        let said = self.outage.borrow().banner(state, clock::now());
        let upgraded = || self.upgraded_to.borrow().as_deref().map(Banner::upgraded);
        match said {
            None | Some(Banner::Back(_)) => upgraded().or(said),
            said => said,
        }
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

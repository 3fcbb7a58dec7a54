//! What the page knows, for components to read: named accessors over the link and the feed, which
//! live outside the reactive graph. Each accessor depends on one version, bumped at most once per
//! animation frame.

mod channel;
mod fleet;
mod keeper;
mod opened;
mod past;
mod rights;
mod rows;
mod screens;
mod steer;

use std::rc::Rc;

use gloo_timers::callback::Interval;
use pilothouse_shared::link::{Input, Link, State};
use pilothouse_shared::{Hello, MemberKind, Millis, Replica};
use reactive_graph::owner::{LocalStorage, StoredValue, expect_context};
use reactive_graph::prelude::*;
use web_sys::Event;

use crate::dom::{keep, listen_to_window};
use crate::kept::Held;
use crate::link::Writer;
use crate::prefs::Identity;
use crate::view::standing::Banner;
use crate::{clock, page};
use keeper::Keeper;
use opened::{ChannelVersions, Opened};
pub(crate) use past::Player;
pub(crate) use rights::Judge;
pub(crate) use rows::Older;

/// What the page knows; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Board {
    keeper: StoredValue<Rc<Keeper>, LocalStorage>,
    /// The channel that is shown where this board is; none on pages of all channels.
    opened: Option<StoredValue<Rc<Opened>, LocalStorage>>,
    versions: Versions,
    now: Held<Millis>,
    /// What the page that is shown is called.
    title: Held<String>,
    /// What others see of who watches.
    name: Held<String>,
}

/// One number for the link, for what waits to be sent, for all channels, and for what agents ask; each
/// grows when it may have changed, at most once for what an animation frame brought.
#[derive(Clone, Copy)]
struct Versions {
    link: Held<u64>,
    outbox: Held<u64>,
    fleet: Held<u64>,
    asks: Held<u64>,
}

impl Board {
    /// A board whose link has not begun, and lives as long as the current owner; `writer` writes the frames
    /// it sends, and `judge` is asked, too, what one may do.
    pub(crate) fn new(who: Identity, writer: Writer, judge: Judge) -> Self {
        let versions = Versions {
            link: Held::new(0),
            outbox: Held::new(0),
            fleet: Held::new(0),
            asks: Held::new(0),
        };
        let hello = hello(&who);
        let name = Held::new(who.name.clone());
        let keeper = Keeper::new(who, writer, judge, hello, versions);
        Self {
            keeper: StoredValue::new_local(keeper),
            opened: None,
            versions,
            now: Held::new(clock::now()),
            title: Held::new(String::new()),
            name,
        }
    }

    /// Connects, now and whenever it can. Call it once.
    pub(crate) fn begin(self) {
        self.listen();
        self.connect();
    }

    /// The board here: under a channel's page, the one that shows this channel.
    #[track_caller]
    pub(crate) fn get() -> Self {
        expect_context()
    }

    fn listen(self) {
        listen_to_window("online", move |_: Event| self.feed(Input::Online));
        listen_to_window("visibilitychange", move |_: Event| {
            // Animation frames that were asked for before the page was hidden do not come.
            self.keeper().driver.pump();
            if !page::is_hidden() {
                self.tick();
                self.feed(Input::Online);
            }
        });
        // A page one may go back to is kept, and its socket with it: whoever left would count as here.
        listen_to_window("pagehide", move |_: Event| self.feed(Input::Stop));
        listen_to_window("pageshow", move |_: Event| self.connect());
        let tick = move || {
            if !page::is_hidden() {
                self.tick();
            }
        };
        keep(Box::new(Interval::new(1_000, tick)));
    }

    fn tick(self) {
        self.now.set(self.keeper().relay_now());
        for channel in self.keeper().tick() {
            self.subscribe(channel);
        }
    }

    fn keeper(self) -> Rc<Keeper> {
        self.keeper.get_value()
    }

    fn feed(self, input: Input) {
        self.keeper().driver.feed(input);
    }

    /// Who watches here.
    pub(crate) fn identity(self) -> Identity {
        self.keeper().who()
    }

    /// What others see of who watches.
    pub(crate) fn name(self) -> String {
        self.name.get()
    }

    /// Is somebody else to others from now on: connects anew, under another name.
    pub(crate) fn rename(self, name: String) {
        let who = self.keeper().rename(&name);
        self.name.set(name);
        self.keeper().driver.set_hello(hello(&who));
        self.feed(Input::Stop);
        self.feed(Input::Start);
    }

    /// Calls the page that is shown something.
    pub(crate) fn entitle(self, title: impl Into<String>) {
        self.title.set(title.into());
    }

    /// What the page that is shown is called.
    pub(crate) fn title(self) -> String {
        self.title.get()
    }

    /// The relay's time, as of the last second; on a board of the past, the time that is shown.
    pub(crate) fn now(self) -> Millis {
        self.now.get()
    }

    /// The relay's time, as of the last second, read outside the graph.
    pub(crate) fn now_untracked(self) -> Millis {
        self.now.get_untracked()
    }

    /// The time here, to the millisecond where that is the relay's.
    pub(crate) fn clock(self) -> Millis {
        match self.is_past() {
            true => self.now_untracked(),
            false => self.keeper().relay_now(),
        }
    }

    /// Where the link stands.
    pub(crate) fn link_state(self) -> State {
        self.versions.link.track();
        self.keeper().driver.read(|link| link.state().clone())
    }

    /// What the banner says, if anything.
    pub(crate) fn banner(self) -> Option<Banner> {
        self.now.track();
        let state = self.link_state();
        self.keeper().banner(&state)
    }

    /// Tries again at once.
    pub(crate) fn retry(self) {
        self.feed(Input::RetryNow);
    }

    /// Calls `ear` with the text of every frame before it is applied.
    pub(crate) fn overhear(self, ear: Box<dyn Fn(&str)>) {
        self.keeper().driver.overhear(ear);
    }

    /// Leaves: closes the connection for good.
    pub(crate) fn stop(self) {
        self.feed(Input::Stop);
    }

    /// Connects, also after the link stopped.
    pub(crate) fn connect(self) {
        self.feed(Input::Start);
    }

    fn opened(self) -> Option<Rc<Opened>> {
        self.opened?.try_get_value()
    }

    /// Whether it shows a past moment, in which nothing can be done any more.
    pub(crate) fn is_past(self) -> bool {
        self.opened().is_some_and(|opened| opened.past.is_some())
    }

    /// Depends on one of the numbers of the channel.
    fn track(self, which: fn(&ChannelVersions) -> Held<u64>) {
        if let Some(opened) = self.opened() {
            which(&opened.versions).track();
        }
    }

    fn replica<T>(self, read: impl FnOnce(&Replica) -> T) -> Option<T> {
        let opened = self.opened()?;
        if let Some(past) = &opened.past {
            return Some(read(&past.borrow()));
        }
        let keeper = self.keeper();
        let read = |link: &Link| link.replica(&opened.channel).map(read);
        keeper.driver.read(read)
    }
}

fn hello(who: &Identity) -> Hello {
    Hello {
        member: Some(who.member.clone()),
        name: Some(who.name.clone()),
        kind: MemberKind::Human,
        token: who.token.clone(),
    }
}

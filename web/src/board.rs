//! What the page knows, for components to read: named accessors over the link and the feed, which
//! live outside the reactive graph. Each accessor depends on one version, bumped at most once per
//! animation frame.

mod keeper;

use std::rc::Rc;
use std::sync::Arc;

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use pilothouse_shared::link::{Input, State};
use pilothouse_shared::{
    Body, ChannelId, EventId, Hello, Hint, HintGiven, MemberKind, Millis, Replica, SignalKey,
    Visibility,
};

use crate::prefs::{self, Identity};
use crate::view::ask::Request;
use crate::view::feed::Feed;
use crate::view::head::{self, Head, WarmFile};
use crate::view::heights::{Heights, Window};
use crate::view::live::{Dial, Presence, Stream};
use crate::view::receipt::{Receipt, receipts};
use crate::view::row::Row;
use crate::view::standing::{Banner, is_online};
use crate::{api, clock, page};
use keeper::Keeper;

/// Events asked for when a channel is opened.
const HISTORY: usize = 200;

/// Events in one older page.
const PAGE: usize = 200;

/// What the page knows; a handle, cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Board {
    keeper: StoredValue<Rc<Keeper>, LocalStorage>,
    versions: Versions,
    now: RwSignal<Millis>,
}

/// One number per panel; it grows when what the panel reads may have changed.
#[derive(Clone, Copy)]
struct Versions {
    link: RwSignal<u64>,
    state: RwSignal<u64>,
    feed: RwSignal<u64>,
    signals: RwSignal<u64>,
    outbox: RwSignal<u64>,
    news: RwSignal<Option<String>>,
}

/// Whether there is more history above the first row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Older {
    /// Nobody asked yet.
    Unknown,
    /// On its way.
    Loading,
    /// There is none.
    None,
    /// It could not be loaded.
    Failed(String),
}

/// A window of the feed.
#[derive(Clone, Default)]
pub(crate) struct Slice {
    pub(crate) window: Window,
    pub(crate) rows: Vec<Arc<Row>>,
}

impl PartialEq for Slice {
    fn eq(&self, other: &Self) -> bool {
        let same = |(a, b): (&Arc<Row>, &Arc<Row>)| Arc::ptr_eq(a, b);
        self.window == other.window
            && self.rows.len() == other.rows.len()
            && self.rows.iter().zip(&other.rows).all(same)
    }
}

impl Board {
    /// A board whose link connects at once. Call it once, from the root.
    pub(crate) fn start() -> Option<Self> {
        let who = Identity::load()?;
        let versions = Versions {
            link: RwSignal::new(0),
            state: RwSignal::new(0),
            feed: RwSignal::new(0),
            signals: RwSignal::new(0),
            outbox: RwSignal::new(0),
            news: RwSignal::new(None),
        };
        let hello = Hello {
            member: Some(who.member.clone()),
            name: Some(who.name.clone()),
            kind: MemberKind::Human,
            token: None,
        };
        let keeper = Keeper::new(who, hello, versions);
        let board = Self {
            keeper: StoredValue::new_local(keeper),
            versions,
            now: RwSignal::new(clock::now()),
        };
        board.listen();
        board.feed(Input::Start);
        Some(board)
    }

    /// The board of this page.
    #[track_caller]
    pub(crate) fn get() -> Self {
        expect_context()
    }

    fn listen(self) {
        let online = window_event_listener(leptos::ev::online, move |_| self.feed(Input::Online));
        let seen = window_event_listener_untyped("visibilitychange", move |_| {
            // Animation frames that were asked for before the page was hidden do not come.
            self.keeper().driver.pump();
            if !page::is_hidden() {
                self.tick();
                self.feed(Input::Online);
            }
        });
        on_cleanup(move || {
            online.remove();
            seen.remove();
        });
        let tick = move || {
            if !page::is_hidden() {
                self.tick();
            }
        };
        Interval::new(1_000, tick).forget();
    }

    fn tick(self) {
        self.now.set(self.keeper().relay_now());
        self.keeper().tell_news();
        if let Some(channel) = self.keeper().due_again() {
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
        self.keeper().who.clone()
    }

    /// The relay's time, as of the last second.
    pub(crate) fn now(self) -> Millis {
        self.now.get()
    }

    // The link.

    /// Where the link stands.
    pub(crate) fn link_state(self) -> State {
        self.versions.link.track();
        self.keeper().driver.read(|link| link.state().clone())
    }

    /// What the banner says, if anything.
    pub(crate) fn banner(self) -> Option<Banner> {
        self.now.track();
        let state = self.link_state();
        self.keeper().outage.borrow().banner(&state, clock::now())
    }

    /// Tries again at once.
    pub(crate) fn retry(self) {
        self.feed(Input::RetryNow);
    }

    /// Connects again after the link stopped.
    pub(crate) fn restart(self) {
        self.feed(Input::Start);
    }

    // The channel.

    /// Watches a channel, and no other.
    pub(crate) fn watch(self, channel: &ChannelId) {
        self.keeper().open(channel.clone());
        self.subscribe(channel.clone());
        self.versions.feed.update(|version| *version += 1);
        self.versions.state.update(|version| *version += 1);
    }

    fn subscribe(self, channel: ChannelId) {
        let history = HISTORY;
        self.feed(Input::Subscribe {
            channel,
            history,
            after: None,
        });
    }

    /// No longer watches it.
    pub(crate) fn leave(self, channel: &ChannelId) {
        self.feed(Input::Unsubscribe {
            channel: channel.clone(),
        });
        self.keeper().close(channel);
    }

    /// Whether the channel's state has come.
    pub(crate) fn is_loaded(self) -> bool {
        self.versions.state.track();
        self.replica(|replica| replica.position().is_some())
            .unwrap_or_default()
    }

    /// Why the relay does not serve the channel, or no longer does.
    pub(crate) fn ended(self) -> Option<String> {
        self.versions.state.track();
        self.keeper().ended.borrow().clone()
    }

    /// Whether it is known that there is nothing to show.
    pub(crate) fn is_blank(self) -> bool {
        let is_known = self.is_loaded() || self.ended().is_some();
        is_known && self.feed_rows(|feed| feed.rows().is_empty())
    }

    /// Who works here, on what, how far.
    pub(crate) fn head(self) -> Head {
        self.versions.state.track();
        self.versions.signals.track();
        let read = |replica: &Replica| {
            let doer = replica
                .snapshot()
                .operation
                .as_ref()
                .map(|operation| operation.author.member.as_str());
            let mut activities = replica
                .signals()
                .filter_map(|(key, value)| Some((key.strip("activity/")?, value)));
            let first = activities.next();
            let doers = first
                .into_iter()
                .chain(activities)
                .find(|(member, _)| Some(*member) == doer);
            Head::of(replica.snapshot(), doers.or(first).map(|(_, value)| value))
        };
        self.replica(read).unwrap_or_default()
    }

    /// Requests, newest first.
    pub(crate) fn requests(self) -> Vec<Request> {
        self.versions.state.track();
        let read = |replica: &Replica| {
            replica
                .snapshot()
                .requests
                .iter()
                .rev()
                .map(Request::of)
                .collect()
        };
        self.replica(read).unwrap_or_default()
    }

    /// The board of stages: name, and the titles of its items.
    pub(crate) fn stages(self) -> Vec<(String, Vec<String>)> {
        self.versions.state.track();
        let read = |replica: &Replica| {
            let stages = replica.snapshot().pipeline.iter();
            let title = |item: &pilothouse_shared::WorkItem| {
                item.title.clone().unwrap_or_else(|| item.item.clone())
            };
            stages
                .map(|stage| (stage.name.clone(), stage.items.iter().map(title).collect()))
                .collect()
        };
        self.replica(read).unwrap_or_default()
    }

    /// The files touched last.
    pub(crate) fn files(self) -> Vec<WarmFile> {
        self.versions.state.track();
        self.replica(|replica| head::files(&replica.snapshot().files))
            .unwrap_or_default()
    }

    // Signals.

    /// Who is here.
    pub(crate) fn presence(self) -> Presence {
        self.versions.signals.track();
        let key = SignalKey::new("presence").ok();
        self.replica(|replica| Presence::of(key.and_then(|key| replica.signal(&key))))
            .unwrap_or_default()
    }

    /// Messages that are being written.
    pub(crate) fn streams(self) -> Vec<Stream> {
        self.versions.signals.track();
        self.versions.feed.track();
        let read = |replica: &Replica| {
            let said = &replica.snapshot().messages;
            let tokens = replica
                .signals()
                .filter_map(|(key, value)| Some((key.strip("tokens/")?, value)));
            tokens
                .filter_map(|(message, value)| Stream::of(message, value, said))
                .collect()
        };
        self.replica(read).unwrap_or_default()
    }

    /// Parameters and where they stand.
    pub(crate) fn dials(self) -> Vec<Dial> {
        self.versions.state.track();
        self.versions.signals.track();
        let read = |replica: &Replica| {
            let stand = |parameter: &pilothouse_shared::Parameter| {
                let key = SignalKey::new(format!("parameter/{}", parameter.name)).ok();
                Dial::of(parameter, key.and_then(|key| replica.signal(&key)))
            };
            replica.snapshot().parameters.iter().map(stand).collect()
        };
        self.replica(read).unwrap_or_default()
    }

    /// The last sentence for those who do not look.
    pub(crate) fn news(self) -> Option<String> {
        self.versions.news.get()
    }

    // The feed.

    /// The rows in view, up to `until`, of a box of `height` scrolled by `top`.
    pub(crate) fn slice(
        self,
        heights: &Heights,
        until: Option<u64>,
        top: f64,
        height: f64,
    ) -> Slice {
        self.feed_rows(|feed| {
            let n_rows = match until {
                Some(until) => feed.rows().partition_point(|row| row.seq <= until),
                None => feed.rows().len(),
            };
            let seqs = feed.rows().iter().take(n_rows).map(|row| row.seq);
            let window = heights.window(seqs, top, height);
            let rows = feed
                .rows()
                .range(window.first..window.end)
                .map(Arc::clone)
                .collect();
            Slice { window, rows }
        })
    }

    /// Reads the feed.
    pub(crate) fn feed_rows<T>(self, read: impl FnOnce(&Feed) -> T) -> T {
        self.versions.feed.track();
        read(&self.keeper().feed.borrow())
    }

    /// Reads the feed outside the graph.
    pub(crate) fn feed_rows_untracked<T>(self, read: impl FnOnce(&Feed) -> T) -> T {
        read(&self.keeper().feed.borrow())
    }

    /// Whether there may be more above the first row, read outside the graph.
    pub(crate) fn older_untracked(self) -> Older {
        self.keeper().older()
    }

    /// Whether there may be more above the first row.
    pub(crate) fn older(self) -> Older {
        self.versions.feed.track();
        self.keeper().older()
    }

    /// Puts the page before the first row in front of it; false when there was none to be had.
    pub(crate) async fn load_older(self) -> bool {
        let keeper = self.keeper();
        let (Some(channel), Some(first)) = (keeper.channel(), keeper.begin_older()) else {
            return false;
        };
        self.versions.feed.update(|version| *version += 1);
        let answer = api::before(&keeper.who, &channel, first, PAGE).await;
        let has_grown = keeper.end_older(&channel, answer);
        self.versions.feed.update(|version| *version += 1);
        has_grown
    }

    // Steering.

    /// Every hint of the channel and its receipt, oldest first.
    pub(crate) fn receipts(self) -> Vec<Receipt> {
        self.versions.state.track();
        self.versions.outbox.track();
        let state = self.link_state();
        let keeper = self.keeper();
        let Some(channel) = keeper.channel() else {
            return Vec::new();
        };
        keeper.driver.read(|link| {
            let hints = link
                .replica(&channel)
                .map(|replica| replica.snapshot().hints.as_slice());
            let outbox = link.outbox().filter(|out| out.channel == channel);
            receipts(hints.unwrap_or_default(), outbox, is_online(&state))
        })
    }

    /// Gives a hint to whoever works in the channel; it waits here while there is no connection.
    pub(crate) fn give(self, hint: Hint) {
        let (Some(channel), Some(id)) = (self.keeper().channel(), prefs::new_id()) else {
            return;
        };
        let given = HintGiven {
            hint,
            to: None,
            expires_at: None,
            extra: pilothouse_shared::Extra::new(),
        };
        let body = Body::HintGiven(given);
        self.feed(Input::Publish {
            id,
            channel,
            body,
            visibility: Visibility::Public,
        });
    }

    /// Sends a refused hint again.
    pub(crate) fn resend(self, id: &str) {
        if let Ok(id) = EventId::new(id) {
            self.feed(Input::Resend { id });
        }
    }

    /// Forgets a refused hint.
    pub(crate) fn discard(self, id: &str) {
        if let Ok(id) = EventId::new(id) {
            self.feed(Input::Dismiss { id });
        }
    }

    /// Resolves a request: `outcome` is `allowed`, `denied` or `answered`.
    pub(crate) async fn resolve(
        self,
        request: String,
        outcome: &'static str,
        answer: Option<String>,
    ) -> Result<(), String> {
        let keeper = self.keeper();
        let Some(channel) = keeper.channel() else {
            return Ok(());
        };
        api::resolve(&keeper.who, &channel, &request, outcome, answer).await
    }

    fn replica<T>(self, read: impl FnOnce(&Replica) -> T) -> Option<T> {
        let keeper = self.keeper();
        let channel = keeper.channel()?;
        keeper.driver.read(|link| link.replica(&channel).map(read))
    }
}

//! What is known of the open channel.

use std::rc::Rc;

use pilothouse_shared::link::Input;
use pilothouse_shared::{ChannelId, MemberKind, Replica, SignalKey};
use reactive_graph::owner::StoredValue;
use reactive_graph::prelude::*;

use super::Board;
use super::opened::Opened;
use crate::dom::keep;
use crate::view::ask::Request;
use crate::view::dial::Dial;
use crate::view::head::{self, Head, WarmFile};
use crate::view::live::{Presence, Someone, Stream};

/// Events asked for when a channel is opened.
const HISTORY: usize = 200;

impl Board {
    /// A board that shows a channel, as long as the current owner lives.
    pub(crate) fn watch(self, channel: &ChannelId) -> Self {
        let opened = Rc::new(Opened::new(channel.clone()));
        let keeper = self.keeper();
        keeper.driver.read(|link| opened.replace(link));
        keeper.open(Rc::clone(&opened));
        let board = Self {
            opened: Some(StoredValue::new_local(Rc::clone(&opened))),
            ..self
        };
        board.subscribe(channel.clone());
        keep(Box::new(Showing {
            board: self,
            opened,
        }));
        board
    }

    pub(super) fn subscribe(self, channel: ChannelId) {
        let history = HISTORY;
        self.feed(Input::Subscribe {
            channel,
            history,
            after: None,
        });
    }

    /// Whether the channel's state has come.
    pub(crate) fn is_loaded(self) -> bool {
        self.track(|versions| versions.state);
        let Some(opened) = self.opened() else {
            return false;
        };
        self.keeper().driver.read(|link| opened.is_loaded(link))
    }

    /// Why the relay does not serve the channel, or no longer does.
    pub(crate) fn ended(self) -> Option<String> {
        self.track(|versions| versions.state);
        self.opened()?.ended.borrow().clone()
    }

    /// Whether it is known that there is nothing to show.
    pub(crate) fn is_blank(self) -> bool {
        let is_known = self.is_loaded() || self.ended().is_some();
        is_known && self.feed_rows(|feed| feed.rows().is_empty())
    }

    /// Who works here, on what, how far.
    pub(crate) fn head(self) -> Head {
        self.track(|versions| versions.state);
        self.track(|versions| versions.signals);
        self.replica(|replica| Head::of(replica.snapshot(), head::activity(replica)))
            .unwrap_or_default()
    }

    /// Requests, newest first.
    pub(crate) fn requests(self) -> Vec<Request> {
        self.track(|versions| versions.state);
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
        self.track(|versions| versions.state);
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
        self.track(|versions| versions.state);
        self.replica(|replica| head::files(&replica.snapshot().files))
            .unwrap_or_default()
    }

    /// Who is here.
    pub(crate) fn presence(self) -> Presence {
        self.track(|versions| versions.signals);
        let key = SignalKey::new("presence").ok();
        self.replica(|replica| Presence::of(key.and_then(|key| replica.signal(&key))))
            .unwrap_or_default()
    }

    /// Everybody of the channel.
    pub(crate) fn people(self) -> Vec<Someone> {
        self.track(|versions| versions.state);
        let here = self.presence();
        self.name.track();
        let me = self.identity().member;
        self.replica(|replica| Someone::all(&here, &replica.snapshot().members, me.as_str()))
            .unwrap_or_default()
    }

    /// The names of the people who type now, without one's own.
    pub(crate) fn typists(self) -> Vec<String> {
        let people = self.people();
        let is_typing = |replica: &Replica, member: &str| {
            let keys = replica
                .signals()
                .filter_map(|(key, _)| key.strip("typing/"));
            keys.into_iter().any(|typist| typist == member)
        };
        let named = |replica: &Replica| {
            let others = people.iter().filter(|one| {
                !one.is_me
                    && one.who.kind == MemberKind::Human
                    && is_typing(replica, &one.who.member)
            });
            others.map(|one| one.who.name.clone()).collect()
        };
        self.replica(named).unwrap_or_default()
    }

    /// Messages that are being written.
    pub(crate) fn streams(self) -> Vec<Stream> {
        self.track(|versions| versions.signals);
        self.track(|versions| versions.feed);
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
        self.track(|versions| versions.state);
        self.track(|versions| versions.signals);
        let read = |replica: &Replica| {
            let stand = |parameter: &pilothouse_shared::Parameter| {
                let key = SignalKey::new(format!("parameter/{}", parameter.name)).ok();
                let signal = key.and_then(|key| replica.signal(&key));
                Dial::of(parameter, signal, replica.recent().iter().rev())
            };
            replica.snapshot().parameters.iter().map(stand).collect()
        };
        self.replica(read).unwrap_or_default()
    }

    /// The last sentence for those who do not look.
    pub(crate) fn news(self) -> Option<String> {
        self.opened()?.versions.news.get()
    }
}

/// That a channel is shown; says when it no longer is.
struct Showing {
    board: Board,
    opened: Rc<Opened>,
}

impl Drop for Showing {
    fn drop(&mut self) {
        let Some(keeper) = self.board.keeper.try_get_value() else {
            return;
        };
        if keeper.close(&self.opened) {
            keeper.leave(self.opened.channel.clone());
        }
    }
}

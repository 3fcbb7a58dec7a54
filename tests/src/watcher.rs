//! A person's connected view, without a screen: the native client and what it has seen.

use pilothouse_relay::client::{Client, Handle, Update};
use pilothouse_shared::link::{Change, Link, SendState, State};
use pilothouse_shared::{Body, ChannelId, Event, EventId, Hello, MemberKind, Replica};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::{DEADLINE, door};

/// A watcher of one channel.
#[derive(Debug)]
pub struct Watcher {
    client: Client,
    channel: ChannelId,
    seen: Seen,
}

/// What a watcher has seen so far, in its order.
#[derive(Debug, Default)]
pub struct Seen {
    /// Every event it was given, those of a snapshot too: what a feed would show.
    pub events: Vec<Event>,
    /// For each `subscribed`, whether it was recovered.
    pub recovered: Vec<bool>,
    /// Close codes of connections that were lost.
    pub closed: Vec<u16>,
    /// Every state a publish of its own went through.
    pub outbox: Vec<(EventId, SendState)>,
}

impl Seen {
    /// The seqs, in the order they came.
    #[must_use]
    pub fn seqs(&self) -> Vec<u64> {
        self.events.iter().map(|event| event.seq.0).collect()
    }

    /// The states one publish went through.
    #[must_use]
    pub fn states_of(&self, id: &EventId) -> Vec<&SendState> {
        let of = |(of, state)| (of == id).then_some(state);
        self.outbox
            .iter()
            .map(|(id, state)| (id, state))
            .filter_map(of)
            .collect()
    }
}

impl Watcher {
    /// Connects and subscribes to a channel that exists, with all its history; returns when it is
    /// live.
    pub async fn connect(url: &str, channel: &str, member: &str) -> Self {
        let hello = Hello {
            member: Some(member.parse().unwrap()),
            name: Some(member.to_owned()),
            kind: MemberKind::Human,
            token: None,
        };
        let client = Client::start(&door::relay_url(url), hello);
        let channel: ChannelId = channel.parse().unwrap();
        client.subscribe(channel.clone(), 1000).await;
        let seen = Seen::default();
        let mut watcher = Self {
            client,
            channel,
            seen,
        };
        let is_live =
            |link: &Link, seen: &Seen| *link.state() == State::Live && !seen.recovered.is_empty();
        watcher.link("a watcher to be live", is_live).await;
        watcher
    }

    /// Receives until the replica is as wanted.
    ///
    /// # Panics
    /// When the deadline passes: `what` says what was waited for.
    pub async fn until(&mut self, what: &str, is_wanted: impl Fn(&Replica) -> bool) {
        let channel = self.channel.clone();
        self.link(what, |link, _| {
            link.replica(&channel).is_some_and(&is_wanted)
        })
        .await;
    }

    /// Receives until what was seen is as wanted.
    ///
    /// # Panics
    /// When the deadline passes: `what` says what was waited for.
    pub async fn sees(&mut self, what: &str, is_wanted: impl Fn(&Seen) -> bool) {
        self.link(what, |_, seen| is_wanted(seen)).await;
    }

    /// Receives until link and sightings are as wanted.
    ///
    /// # Panics
    /// When the deadline passes: `what` says what was waited for.
    pub async fn link(&mut self, what: &str, is_wanted: impl Fn(&Link, &Seen) -> bool) {
        let end = Instant::now() + 2 * DEADLINE;
        while !self.client.read(|link| is_wanted(link, &self.seen)) {
            match timeout_at(end, self.client.recv()).await {
                Ok(update) => self.see(update.expect("the driver lives")),
                Err(_) => panic!("waited for {what}; seen: {:#?}", self.seen),
            }
        }
    }

    /// Publishes a body, now or when there is a connection; its id.
    pub async fn publish(&self, body: &Value) -> EventId {
        let body: Body = serde_json::from_value(body.clone()).unwrap();
        self.client.publish(self.channel.clone(), body).await
    }

    /// Publishes a body and waits until it is stored; its id.
    pub async fn publish_surely(&mut self, body: &Value) -> EventId {
        let id = self.publish(body).await;
        let is_accepted = |seen: &Seen| {
            let last = seen.states_of(&id).into_iter().next_back();
            matches!(last, Some(SendState::Accepted { .. }))
        };
        self.sees("a publish to be accepted", is_accepted).await;
        id
    }

    /// What it has seen.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.seen
    }

    /// The sending half.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.client.handle()
    }

    fn see(&mut self, update: Update) {
        match update {
            Update::Snapshot { events, .. } => {
                self.seen.recovered.push(false);
                self.seen.events.extend(events);
            }
            Update::Changed { change, .. } => match change {
                Change::Resumed { .. } => self.seen.recovered.push(true),
                Change::Event(event) => self.seen.events.push(*event),
                Change::Gap { from, to } => panic!("events {from} to {to} were lost"),
                Change::Ended { reason } => panic!("the subscription ended: {reason}"),
                Change::Snapshot | Change::CaughtUp { .. } | Change::Signal(_) => {}
            },
            Update::Disconnected { code, .. } => self.seen.closed.push(code.number()),
            Update::Outbox {
                id,
                state: Some(state),
            } => self.seen.outbox.push((id, state)),
            Update::State(_) | Update::Outbox { .. } | Update::Reply(_) => {}
        }
    }
}

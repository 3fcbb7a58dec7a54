//! What members and watchers do.

use std::sync::Arc;

use pilothouse_shared::link::Input;
use pilothouse_shared::{ChannelId, EventId, Op, Position, Seq, SignalKey, True};

use super::act::{Audience, From, Saying};
use super::sayings::member;
use super::track::Track;
use super::verdict;
use super::world::{World, channel};

impl World<'_> {
    pub(super) fn publish(&mut self, saying: Saying, n: u16) {
        let by = member(saying.by);
        // Entries that not everybody may see share one bound: above it, a snapshot has fewer of them
        // than somebody who saw all that were meant for it.
        let to = if n > 8 {
            Audience::Everybody
        } else {
            saying.to
        };
        let saying = Saying { to, ..saying };
        let proposals: Vec<_> = (0..n)
            .map(|index| {
                let id = saying.id.filter(|_| index == 0);
                let saying = Saying { id, ..saying };
                self.sayings.proposal(saying, by.clone(), &self.truth)
            })
            .collect();
        let (hub, truth) = (Arc::clone(&self.hub), self.truth.clone());
        let id = channel(saying.channel);
        self.begin(async move {
            let found = hub.find_or_create_for(&id, &by, &proposals).await;
            if let Ok(found) = found.map_err(verdict::fair) {
                drop(verdict::publish(&found, &truth, proposals).await);
            }
        });
    }

    pub(super) fn tell(&mut self, at: usize, saying: Saying) {
        let watcher = &mut self.watchers[at];
        let by = watcher.viewer.clone();
        let proposal = self.sayings.proposal(saying, by, &self.truth);
        let fresh = || crate::clock::fresh(EventId::new);
        watcher.feed(Input::Publish {
            id: proposal.id.unwrap_or_else(fresh),
            channel: channel(saying.channel),
            body: proposal.body,
            visibility: proposal.visibility,
        });
    }

    pub(super) fn watch(&mut self, at: usize, of: usize, from: From) {
        let channel = channel(of);
        let (after, track) = self.start(&channel, from);
        let history = match from {
            From::History(history) => history,
            From::Behind(_) | From::Ahead(_) | From::Before(_) => 5,
        };
        let watcher = &mut self.watchers[at];
        watcher.feed(Input::Unsubscribe {
            channel: channel.clone(),
        });
        watcher.tracks.insert(channel.clone(), track);
        watcher.feed(Input::Subscribe {
            channel,
            history,
            after,
        });
    }

    fn start(&self, channel: &ChannelId, from: From) -> (Option<Position>, Track) {
        let truth = self.truth.lock();
        let run = match from {
            From::History(_) => None,
            From::Behind(_) | From::Ahead(_) => truth.current(channel),
            From::Before(_) => truth.former(channel),
        };
        let Some(run) = run else {
            return (None, Track::default());
        };
        let seq = match from {
            From::Behind(n) | From::Before(n) => run.head().saturating_sub(n),
            From::Ahead(n) => run.head() + n,
            From::History(_) => 0,
        };
        let epoch = run.epoch.clone();
        let after = Position {
            epoch,
            seq: Seq(seq),
        };
        (Some(after), Track::after(seq))
    }

    pub(super) fn signal(&mut self, of: usize, clears: bool) {
        if let Ok(channel) = self.hub.find(&channel(of)) {
            let key = SignalKey::new("tokens/m").unwrap();
            let op = match clears {
                true => Op::Clear(True),
                false => Op::Append("x".to_owned()),
            };
            // A channel that is gone refuses it.
            drop(channel.signal(&key, &op));
        }
    }
}

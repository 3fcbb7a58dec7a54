//! Who is connected now, and how they are woken. Presence is derived from guards: being here is
//! holding a [`Present`], leaving is dropping it, whatever the reason.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use pilothouse_shared::limits::MAX_PRESENT_MEMBERS;
use pilothouse_shared::{Author, MemberKind};
use serde_json::{Value, json};

use super::Channel;
use super::subscription::Waker;

/// See the module. Bounded by the connections of the relay times their subscriptions.
#[derive(Debug, Default)]
pub(super) struct Presence {
    next: u64,
    here: HashMap<u64, Here>,
    changed: bool,
}

#[derive(Debug)]
struct Here {
    member: Author,
    /// Absent for one that is here without a subscription: an agent that waits for hints.
    wake: Option<Wake>,
}

/// How to tell a subscriber that there is something for it.
#[derive(Debug, Clone)]
pub(super) struct Wake {
    /// Wakes its connection.
    pub(super) waker: Arc<Waker>,
    /// Tells its connection which of its subscriptions it is.
    pub(super) due: Arc<AtomicBool>,
}

impl Presence {
    pub(super) fn enter(&mut self, member: Author, wake: Option<Wake>) -> u64 {
        self.next += 1;
        self.here.insert(self.next, Here { member, wake });
        self.changed = true;
        self.next
    }

    fn leave(&mut self, id: u64) {
        self.here.remove(&id);
        self.changed = true;
    }

    pub(super) fn is_watched(&self) -> bool {
        self.here.values().any(|here| here.wake.is_some())
    }

    pub(super) fn wake_all(&self) {
        for wake in self.here.values().filter_map(|here| here.wake.as_ref()) {
            // The flag first: a connection that wakes must see it.
            wake.due.store(true, Ordering::Release);
            wake.waker.wake();
        }
    }

    /// Connections of people and of agents.
    pub(super) fn counts(&self) -> (usize, usize) {
        let is_agent = |here: &&Here| here.member.kind == MemberKind::Agent;
        let agents = self.here.values().filter(is_agent).count();
        (self.here.len() - agents, agents)
    }

    /// The value of the `presence` signal, if it changed since it was last taken.
    pub(super) fn take_changed(&mut self) -> Option<Value> {
        std::mem::take(&mut self.changed).then(|| self.value())
    }

    fn value(&self) -> Value {
        let (watchers, agents) = self.counts();
        let mut members: Vec<_> = self
            .here
            .iter()
            .map(|(id, here)| (id, &here.member))
            .collect();
        members.sort_by_key(|(id, _)| **id);
        let mut seen = std::collections::HashSet::new();
        members.retain(|(_, member)| seen.insert(&member.member));
        let members: Vec<_> = members
            .iter()
            .take(MAX_PRESENT_MEMBERS)
            .map(|(_, member)| member)
            .collect();
        json!({ "watchers": watchers, "agents": agents, "members": members })
    }
}

/// Proof of being here. Dropping it is leaving.
#[derive(Debug)]
pub(crate) struct Present {
    channel: Arc<Channel>,
    id: u64,
}

impl Present {
    pub(super) fn new(channel: Arc<Channel>, id: u64) -> Self {
        Self { channel, id }
    }

    pub(super) fn channel(&self) -> &Arc<Channel> {
        &self.channel
    }
}

impl Drop for Present {
    fn drop(&mut self) {
        let mut core = self.channel.core();
        core.presence.leave(self.id);
        if !core.presence.is_watched() {
            let head = core.head();
            core.tail.clear(head);
        }
    }
}

impl Channel {
    /// Marks a member as here until the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>, member: Author) -> Present {
        let id = self.core().presence.enter(member, None);
        Present::new(Arc::clone(self), id)
    }
}

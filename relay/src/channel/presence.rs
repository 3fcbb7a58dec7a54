//! Who is connected now. Presence is derived from guards: being here is holding a [`Present`],
//! leaving is dropping it, whatever the reason.

use std::collections::HashMap;
use std::sync::Arc;

use pilothouse_shared::limits::MAX_PRESENT_MEMBERS;
use pilothouse_shared::{Author, MemberId, MemberKind, Millis};
use serde_json::{Value, json};

use super::Channel;
use super::seat::Seat;

/// A thousand subscribers are told twice a second who is there.
const SEATS_PER_MS: usize = 2;

/// See the module. Bounded by the connections of the relay times their subscriptions.
#[derive(Debug, Default)]
pub(super) struct Presence {
    next: u64,
    here: HashMap<u64, Here>,
    n_seats: usize,
    changed: bool,
    told_at: Millis,
}

#[derive(Debug)]
struct Here {
    member: Arc<Author>,
    /// Absent for one that is here without a subscription: an agent that waits for hints.
    seat: Option<Arc<Seat>>,
}

impl Presence {
    pub(super) fn enter(&mut self, member: Arc<Author>, seat: Option<Arc<Seat>>) -> u64 {
        self.next += 1;
        self.n_seats += usize::from(seat.is_some());
        self.here.insert(self.next, Here { member, seat });
        self.changed = true;
        self.next
    }

    /// The seat is left to whoever holds the lock no longer: with it may go a socket.
    fn leave(&mut self, id: u64) -> Option<Arc<Seat>> {
        self.changed = true;
        let seat = self.here.remove(&id)?.seat;
        self.n_seats -= usize::from(seat.is_some());
        seat
    }

    /// Whether any connection is this member's.
    pub(super) fn has(&self, member: &MemberId) -> bool {
        self.here.values().any(|here| here.member.member == *member)
    }

    pub(super) fn is_watched(&self) -> bool {
        self.n_seats > 0
    }

    pub(super) fn all_seats(&self) -> Vec<Arc<Seat>> {
        self.seats(0, 1)
    }

    /// The seats that one of several lanes serves.
    pub(super) fn seats(&self, lane: usize, n_lanes: usize) -> Vec<Arc<Seat>> {
        let is_ours = |id: u64| usize::try_from(id).unwrap_or(0) % n_lanes == lane;
        let ours = self.here.iter().filter(|(id, _)| is_ours(**id));
        ours.filter_map(|(_, here)| here.seat.clone()).collect()
    }

    /// Connections of people and of agents.
    pub(super) fn counts(&self) -> (usize, usize) {
        let is_agent = |here: &&Here| here.member.kind == MemberKind::Agent;
        let agents = self.here.values().filter(is_agent).count();
        (self.here.len() - agents, agents)
    }

    /// The value of the `presence` signal, if it changed since it was last taken. A crowd is told less
    /// often: that many come and go one by one must not cost as much as all they came for.
    pub(super) fn take_changed(&mut self, now: Millis) -> Option<Value> {
        let pause = Millis::try_from(self.n_seats / SEATS_PER_MS).unwrap_or(Millis::MAX);
        if !self.changed || now < self.told_at.saturating_add(pause) {
            return None;
        }
        self.changed = false;
        self.told_at = now;
        Some(self.value())
    }

    fn value(&self) -> Value {
        let (watchers, agents) = self.counts();
        let mut members: Vec<_> = self
            .here
            .iter()
            .map(|(id, here)| (id, &*here.member))
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
        let seat = core.presence.leave(self.id);
        if !core.presence.is_watched() {
            core.nobody_watches();
        }
        drop(core);
        drop(seat);
    }
}

impl Channel {
    /// Marks a member as here until the guard is dropped.
    pub(crate) fn enter(self: &Arc<Self>, member: Arc<Author>) -> Present {
        let id = self.core().presence.enter(member, None);
        Present::new(Arc::clone(self), id)
    }

    /// Connections of people.
    pub(crate) fn n_people(&self) -> usize {
        self.core().presence.counts().0
    }
}

//! What each member is at in each channel: its operation, and how far it has listened.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pilothouse_shared::{ChannelId, MemberId, Position};

use super::parcel::Held;

/// Most members and channels remembered of a kind. The one not heard of for longest leaves first; it then
/// listens anew from the last events, and its operation is what the channel knows.
const MAX_REMEMBERED: usize = 4096;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    places: Mutex<Recent<Position>>,
    operations: Mutex<Recent<String>>,
}

type Key = (MemberId, ChannelId);

/// Holds at most [`MAX_REMEMBERED`].
#[derive(Debug)]
struct Recent<V> {
    /// Grows with every change.
    clock: u64,
    held: HashMap<Key, (u64, V)>,
}

/// A step of a member that is taken back when its result does not arrive.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) memory: Arc<Memory>,
    pub(super) member: MemberId,
    pub(super) channel: ChannelId,
    pub(super) before: Option<Position>,
    pub(super) after: Position,
}

impl Held for Step {
    fn delivered(mut self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.before = Some(self.after.clone());
        Box::pin(async move { drop(self) })
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if self.before.as_ref() == Some(&self.after) {
            return;
        }
        // Unless it has gone further meanwhile.
        if self.memory.place(&self.member, &self.channel).as_ref() == Some(&self.after) {
            let before = self.before.take();
            self.memory.set_place(&self.member, &self.channel, before);
        }
    }
}

impl Memory {
    /// Where a member is in a channel.
    pub(super) fn place(&self, member: &MemberId, channel: &ChannelId) -> Option<Position> {
        lock(&self.places).get(member, channel)
    }

    /// Remembers where a member is; forgets it without a place.
    pub(super) fn set_place(
        &self,
        member: &MemberId,
        channel: &ChannelId,
        place: Option<Position>,
    ) {
        lock(&self.places).set(member, channel, place);
    }

    /// What a member does in a channel.
    pub(super) fn operation(&self, member: &MemberId, channel: &ChannelId) -> Option<String> {
        lock(&self.operations).get(member, channel)
    }

    /// Remembers what a member does; forgets it without an operation.
    pub(super) fn set_operation(
        &self,
        member: &MemberId,
        channel: &ChannelId,
        operation: Option<String>,
    ) {
        lock(&self.operations).set(member, channel, operation);
    }
}

fn lock<V>(recent: &Mutex<Recent<V>>) -> MutexGuard<'_, Recent<V>> {
    recent.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self {
            clock: 0,
            held: HashMap::new(),
        }
    }
}

impl<V: Clone> Recent<V> {
    fn get(&self, member: &MemberId, channel: &ChannelId) -> Option<V> {
        let key = (member.clone(), channel.clone());
        self.held.get(&key).map(|(_, value)| value.clone())
    }

    fn set(&mut self, member: &MemberId, channel: &ChannelId, value: Option<V>) {
        let key = (member.clone(), channel.clone());
        let Some(value) = value else {
            self.held.remove(&key);
            return;
        };
        self.clock += 1;
        if !self.held.contains_key(&key) && self.held.len() >= MAX_REMEMBERED {
            let oldest = self.held.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.held.remove(&oldest);
            }
        }
        self.held.insert(key, (self.clock, value));
    }
}

#[cfg(test)]
mod tests {
    use pilothouse_shared::{Epoch, Seq};

    use super::*;

    #[tokio::test]
    async fn a_step_whose_result_does_not_arrive_is_taken_back() {
        let memory = Arc::new(Memory::default());
        let (member, channel): (MemberId, ChannelId) =
            ("m".parse().unwrap(), "room".parse().unwrap());
        let place = |seq| Position {
            epoch: Epoch::new("e").unwrap(),
            seq: Seq(seq),
        };
        let step = |before, after| {
            memory.set_place(&member, &channel, Some(place(after)));
            Box::new(Step {
                memory: Arc::clone(&memory),
                member: member.clone(),
                channel: channel.clone(),
                before,
                after: place(after),
            })
        };
        step(None, 5).delivered().await;
        assert_eq!(memory.place(&member, &channel), Some(place(5)));
        drop(step(Some(place(5)), 9));
        assert_eq!(memory.place(&member, &channel), Some(place(5)));
        drop(step(None, 9));
        assert_eq!(memory.place(&member, &channel), None);
    }

    #[test]
    fn the_member_not_heard_of_for_longest_is_forgotten_first() {
        let memory = Memory::default();
        let channel = ChannelId::new("room").unwrap();
        let member = |n: usize| MemberId::new(format!("m{n}")).unwrap();
        let place = |n: usize| Position {
            epoch: Epoch::new("e").unwrap(),
            seq: Seq(n as u64),
        };
        for n in 0..MAX_REMEMBERED {
            memory.set_place(&member(n), &channel, Some(place(n)));
        }
        memory.set_place(&member(0), &channel, Some(place(7)));
        memory.set_place(&member(MAX_REMEMBERED), &channel, Some(place(1)));
        assert_eq!(memory.place(&member(0), &channel), Some(place(7)));
        assert_eq!(memory.place(&member(1), &channel), None);
        assert!(memory.place(&member(2), &channel).is_some());
    }
}

//! How far each member has listened in each channel.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pilothouse_shared::{ChannelId, MemberId, Position};

use super::parcel::Held;

/// Most members and channels remembered together; the one not heard of for longest leaves first, and
/// then listens anew from the last events.
const MAX_REMEMBERED: usize = 4096;

/// See the module. Holds at most [`MAX_REMEMBERED`].
#[derive(Debug, Default)]
pub(crate) struct Memory {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// Grows with every use.
    clock: u64,
    places: HashMap<(MemberId, ChannelId), (u64, Position)>,
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
            self.memory.put_back(&self.member, &self.channel, before);
        }
    }
}

impl Memory {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put_back(&self, member: &MemberId, channel: &ChannelId, place: Option<Position>) {
        match place {
            Some(place) => self.set(member, channel, place),
            None => {
                let key = (member.clone(), channel.clone());
                self.inner().places.remove(&key);
            }
        }
    }

    /// Where a member is in a channel.
    pub(super) fn place(&self, member: &MemberId, channel: &ChannelId) -> Option<Position> {
        let inner = self.inner();
        let key = (member.clone(), channel.clone());
        inner.places.get(&key).map(|(_, place)| place.clone())
    }

    /// Remembers where a member is.
    pub(super) fn set(&self, member: &MemberId, channel: &ChannelId, place: Position) {
        let mut inner = self.inner();
        inner.clock += 1;
        let key = (member.clone(), channel.clone());
        if !inner.places.contains_key(&key) && inner.places.len() >= MAX_REMEMBERED {
            let oldest = inner.places.iter().min_by_key(|(_, (used, _))| *used);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                inner.places.remove(&oldest);
            }
        }
        let used = inner.clock;
        inner.places.insert(key, (used, place));
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
            memory.set(&member, &channel, place(after));
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
            memory.set(&member(n), &channel, place(n));
        }
        memory.set(&member(0), &channel, place(7));
        memory.set(&member(MAX_REMEMBERED), &channel, place(1));
        assert_eq!(memory.place(&member(0), &channel), Some(place(7)));
        assert_eq!(memory.place(&member(1), &channel), None);
        assert!(memory.place(&member(2), &channel).is_some());
    }
}

//! The meters of everybody who did something lately.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::What;
use super::bucket::{Bucket, Rate};

/// Meters of a kind at once. About 100 bytes each.
const MAX_METERS: usize = 16_384;

/// Between two looks for meters that nobody needs: else each new one would look through all of them.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// Meters that are looked at for one to let go.
const LOOKS: usize = 64;

/// A bucket for each [`What`].
#[derive(Debug, Default)]
pub(super) struct Meter(Mutex<[Bucket; 5]>);

impl Meter {
    /// The lock. A panic while it was held leaves a number more or less.
    fn buckets(&self) -> MutexGuard<'_, [Bucket; 5]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn spend(&self, what: What, rate: &Rate, n: u64, now: Duration) -> Duration {
        self.buckets()[what as usize].spend(rate, n, now)
    }

    pub(super) fn wait(&self, what: What, rate: &Rate, n: u64, now: Duration) -> Duration {
        self.buckets()[what as usize].wait_for(rate, n, now)
    }

    fn is_idle(&self, now: Duration) -> bool {
        self.buckets().iter().all(|bucket| bucket.is_full(now))
    }
}

/// At most [`MAX_METERS`]. Who leaves first is whose meter is as a new one would be, then anybody: somebody
/// who comes under ever new names gets no further than the limits of the address and the relay.
#[derive(Debug)]
pub(super) struct Ledger<K>(Mutex<Meters<K>>);

#[derive(Debug)]
struct Meters<K> {
    held: HashMap<K, Arc<Meter>>,
    swept_at: Duration,
}

impl<K> Default for Ledger<K> {
    fn default() -> Self {
        Self(Mutex::new(Meters {
            held: HashMap::new(),
            swept_at: Duration::ZERO,
        }))
    }
}

impl<K: Eq + Hash + Clone> Ledger<K> {
    pub(super) fn meter(&self, key: &K, now: Duration) -> Arc<Meter> {
        let mut meters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(meter) = meters.held.get(key) {
            return Arc::clone(meter);
        }
        if meters.held.len() >= MAX_METERS {
            meters.make_room(now);
        }
        Arc::clone(meters.held.entry(key.clone()).or_default())
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.lock().unwrap().held.len()
    }
}

impl<K: Eq + Hash + Clone> Meters<K> {
    fn make_room(&mut self, now: Duration) {
        if self.swept_at + SWEEP_EVERY <= now {
            self.swept_at = now;
            self.held
                .retain(|_, meter| Arc::strong_count(meter) > 1 || !meter.is_idle(now));
        }
        if self.held.len() < MAX_METERS {
            return;
        }
        let is_free = |meter: &Arc<Meter>| Arc::strong_count(meter) == 1 && meter.is_idle(now);
        let mut some = self.held.iter().take(LOOKS);
        let free = some.find(|(_, meter)| is_free(meter));
        let key = free.or_else(|| self.held.iter().next());
        if let Some(key) = key.map(|(key, _)| key.clone()) {
            self.held.remove(&key);
        }
    }
}

//! Signals with versions and conflation. Each change gets the next tick of the channel's clock; a
//! subscriber remembers one tick, and whatever changed after it is sent: the delta when the
//! subscriber had the version before, else the whole value. So a slow one skips versions, and no
//! subscriber costs memory.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use pilothouse_shared::limits::{MAX_SIGNAL_BYTES, MAX_SIGNALS, MAX_SIGNALS_BYTES};
use pilothouse_shared::{ChannelId, ErrorCode, Millis, Op, Refusal, Signal, SignalKey, True};
use serde_json::Value;

use super::prepared::PreparedSignal;

/// A tick of a channel's signal clock.
pub(crate) type Tick = u64;

/// See the module. Cleared signals stay as marks until [`MAX_SIGNALS`] of them push the oldest out.
#[derive(Debug)]
pub(super) struct Signals {
    channel: ChannelId,
    now: Tick,
    slots: HashMap<SignalKey, Slot>,
    /// Every slot by the tick of its last change.
    by_tick: BTreeMap<Tick, SignalKey>,
    /// The last tick whose mark was forgotten: who stands before it may hold signals that are gone.
    forgotten: Tick,
}

#[derive(Debug)]
struct Slot {
    version: u64,
    /// `None` once cleared.
    value: Option<Value>,
    /// Of the value, as JSON.
    bytes: usize,
    changed: Tick,
    changed_before: Tick,
    changed_at: Millis,
    delta: Arc<PreparedSignal>,
    whole: Arc<PreparedSignal>,
}

impl Signals {
    pub(super) fn new(channel: ChannelId) -> Self {
        let (slots, by_tick) = (HashMap::new(), BTreeMap::new());
        Self {
            channel,
            now: 0,
            slots,
            by_tick,
            forgotten: 0,
        }
    }

    pub(super) fn now(&self) -> Tick {
        self.now
    }

    /// Every value, and the tick they are of.
    pub(super) fn all(&self) -> Vec<Signal> {
        let signal = |(key, slot): (&SignalKey, &Slot)| {
            let (key, version) = (key.clone(), slot.version);
            slot.value.clone().map(|value| Signal {
                key,
                version,
                value,
            })
        };
        self.slots.iter().filter_map(signal).collect()
    }

    pub(super) fn get(&self, key: &SignalKey) -> Option<&Value> {
        self.slots.get(key)?.value.as_ref()
    }

    /// Of a value, as JSON.
    pub(super) fn n_bytes(&self, key: &SignalKey) -> u64 {
        let bytes = self.slots.get(key).map_or(0, |slot| slot.bytes);
        u64::try_from(bytes).unwrap_or(u64::MAX)
    }

    /// The value that was changed last of those with this prefix.
    pub(super) fn first(&self, prefix: &str) -> Option<&Value> {
        let newest_first = self.by_tick.values().rev();
        newest_first
            .filter(|key| key.strip(prefix).is_some())
            .find_map(|key| self.get(key))
    }

    /// Applies an op.
    pub(super) fn change(&mut self, key: &SignalKey, op: &Op, at: Millis) -> Result<(), Refusal> {
        let slot = self.slots.get(key);
        let before = slot.and_then(|slot| slot.value.as_ref());
        if before.is_none() {
            if matches!(op, Op::Clear(True)) {
                return Ok(());
            }
            self.check_room()?;
        }
        let value = op
            .apply(before)
            .map_err(|error| Refusal::new(ErrorCode::Invalid, error.to_string()))?;
        let bytes = check_size(value.as_ref())?;
        self.check_total(key, bytes)?;
        let had_value = before.is_some();
        self.store(key, value, op, at, had_value, bytes);
        Ok(())
    }

    fn store(
        &mut self,
        key: &SignalKey,
        value: Option<Value>,
        op: &Op,
        at: Millis,
        had_value: bool,
        bytes: usize,
    ) {
        let slot = self.slots.get(key);
        let version = slot.map_or(0, |slot| slot.version) + 1;
        let before = slot.map(|slot| slot.changed);
        let prepared = |op| {
            Arc::new(PreparedSignal::new(
                self.channel.clone(),
                key.clone(),
                version,
                op,
            ))
        };
        let whole = prepared(value.clone().map_or(Op::Clear(True), Op::Set));
        // Nobody holds a value to append to when there was none.
        let delta = if had_value {
            prepared(op.clone())
        } else {
            Arc::clone(&whole)
        };
        self.now += 1;
        if let Some(before) = before {
            self.by_tick.remove(&before);
        }
        self.by_tick.insert(self.now, key.clone());
        let changed_before = before.unwrap_or(0);
        let slot = Slot {
            version,
            value,
            bytes,
            changed: self.now,
            changed_before,
            changed_at: at,
            delta,
            whole,
        };
        self.slots.insert(key.clone(), slot);
        self.forget();
    }

    /// Whatever changed after this tick, and when; `None` when that can no longer be told. What comes
    /// after one of these ticks is right for a subscriber that stands there, too.
    pub(super) fn since(&self, tick: Tick) -> Option<Vec<(Tick, Arc<PreparedSignal>)>> {
        if tick < self.forgotten {
            return None;
        }
        let changed = self
            .by_tick
            .range(tick + 1..)
            .filter_map(|(_, key)| self.slots.get(key));
        let frame = |slot: &Slot| match slot.changed_before <= tick {
            true => (slot.changed, Arc::clone(&slot.delta)),
            false => (slot.changed, Arc::clone(&slot.whole)),
        };
        Some(changed.map(frame).collect())
    }

    /// The keys with this prefix that were last changed before `at`.
    pub(super) fn older(&self, prefix: &str, at: Millis) -> Vec<SignalKey> {
        let is_due = |(key, slot): &(&SignalKey, &Slot)| {
            slot.value.is_some() && slot.changed_at < at && key.strip(prefix).is_some()
        };
        self.slots
            .iter()
            .filter(is_due)
            .map(|(key, _)| key.clone())
            .collect()
    }

    fn check_room(&self) -> Result<(), Refusal> {
        let n_held = self
            .slots
            .values()
            .filter(|slot| slot.value.is_some())
            .count();
        if n_held < MAX_SIGNALS {
            return Ok(());
        }
        let message = format!("a channel holds at most {MAX_SIGNALS} signals; clear one first");
        Err(Refusal::new(ErrorCode::RateLimited, message))
    }

    fn check_total(&self, key: &SignalKey, bytes: usize) -> Result<(), Refusal> {
        let others = self.slots.iter().filter(|(held, _)| *held != key);
        let total = bytes + others.map(|(_, slot)| slot.bytes).sum::<usize>();
        if total <= MAX_SIGNALS_BYTES {
            return Ok(());
        }
        let message =
            format!("a channel's signals have at most {MAX_SIGNALS_BYTES} bytes; clear some first");
        Err(Refusal::new(ErrorCode::RateLimited, message))
    }

    fn forget(&mut self) {
        if self.slots.len() <= 2 * MAX_SIGNALS {
            return;
        }
        let is_mark =
            |key: &SignalKey| self.slots.get(key).is_some_and(|slot| slot.value.is_none());
        let oldest = self.by_tick.iter().find(|(_, key)| is_mark(key));
        let Some((&tick, key)) = oldest else { return };
        self.slots.remove(&key.clone());
        self.by_tick.remove(&tick);
        self.forgotten = self.forgotten.max(tick);
    }
}

/// The size of a value as JSON, if a signal may have it.
fn check_size(value: Option<&Value>) -> Result<usize, Refusal> {
    let bytes = value.map_or(Ok(0), |value| {
        serde_json::to_vec(value).map(|bytes| bytes.len())
    });
    match bytes {
        Ok(bytes) if bytes <= MAX_SIGNAL_BYTES => Ok(bytes),
        _ => {
            let message = format!("a signal has at most {MAX_SIGNAL_BYTES} bytes; start a new one");
            Err(Refusal::new(ErrorCode::TooLarge, message))
        }
    }
}

#[cfg(test)]
mod tests;

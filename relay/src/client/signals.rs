//! The live values a client writes: the latest of each, told to the relay as it has room.
//!
//! A value is kept for as long as it stands, and told whole on every new connection: the relay holds
//! signals in memory only. Changes that the socket has no room for are merged, so a slow connection
//! sees fewer versions and no queue grows.

use std::collections::{BTreeMap, VecDeque};

use pilothouse_shared::limits::MAX_SIGNAL_BYTES;
use pilothouse_shared::{
    ChangeSignal, ChannelId, ClientFrame, Op, OpError, RowsPatch, SignalKey, True,
};
use serde_json::Value;
use thiserror::Error;

/// Most signals that one client keeps.
pub const MAX_OWN_SIGNALS: usize = 64;

/// Why a signal cannot be changed so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SignalError {
    /// The op does not fit the value.
    #[error(transparent)]
    Op(#[from] OpError),
    /// The value would be too large.
    #[error("a signal has at most {MAX_SIGNAL_BYTES} bytes; start a new one")]
    TooLarge,
    /// There are too many.
    #[error("a client keeps at most {MAX_OWN_SIGNALS} signals; clear one first")]
    TooMany,
}

type Place = (ChannelId, SignalKey);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Signals {
    /// At most [`MAX_OWN_SIGNALS`]; a cleared one leaves once the relay was told.
    held: BTreeMap<Place, Held>,
    /// Those with something to tell, each once, the one that waits longest first.
    turns: VecDeque<Place>,
}

#[derive(Debug)]
struct Held {
    /// `None` when it is cleared and the relay does not know yet.
    value: Option<Value>,
    untold: Untold,
}

/// What the relay does not know yet.
#[derive(Debug, PartialEq)]
enum Untold {
    Nothing,
    /// It has the value before this op.
    Delta(Op),
    /// It may have anything.
    Whole,
}

impl Signals {
    /// Changes a value, as the relay will.
    pub(super) fn change(
        &mut self,
        channel: ChannelId,
        key: SignalKey,
        op: Op,
    ) -> Result<(), SignalError> {
        let place = (channel, key);
        let before = self.held.get(&place).and_then(|held| held.value.as_ref());
        let value = op.apply(before)?;
        if value.as_ref().is_some_and(|value| !fits(value)) {
            return Err(SignalError::TooLarge);
        }
        if !self.held.contains_key(&place) && self.held.len() >= MAX_OWN_SIGNALS {
            return Err(SignalError::TooMany);
        }
        let held = self.held.entry(place.clone()).or_insert(Held {
            value: None,
            untold: Untold::Whole,
        });
        let untold = std::mem::replace(&mut held.untold, Untold::Nothing);
        held.untold = untold.and(op);
        held.value = value;
        if !self.turns.contains(&place) {
            self.turns.push_back(place);
        }
        Ok(())
    }

    /// A new socket: whoever is on the other side may know nothing.
    pub(super) fn forget_told(&mut self) {
        for (place, held) in &mut self.held {
            if held.untold == Untold::Nothing {
                self.turns.push_back(place.clone());
            }
            held.untold = Untold::Whole;
        }
    }

    /// The next change to tell; it counts as told.
    pub(super) fn next(&mut self) -> Option<ClientFrame> {
        let place = self.turns.pop_front()?;
        let held = self.held.get_mut(&place)?;
        let op = match std::mem::replace(&mut held.untold, Untold::Nothing) {
            Untold::Delta(op) => op,
            _ => held.value.clone().map_or(Op::Clear(True), Op::Set),
        };
        if held.value.is_none() {
            self.held.remove(&place);
        }
        let (channel, key) = place;
        Some(ClientFrame::Signal(ChangeSignal { channel, key, op }))
    }

    /// Whether there is something to tell.
    pub(super) fn are_untold(&self) -> bool {
        !self.turns.is_empty()
    }
}

impl Untold {
    /// This and then `op`. Whole where the two do not make one op.
    fn and(self, op: Op) -> Self {
        match (self, op) {
            (Self::Nothing, op @ (Op::Append(_) | Op::Rows(_))) => Self::Delta(op),
            (Self::Delta(Op::Append(mut text)), Op::Append(more)) => {
                text.push_str(&more);
                Self::Delta(Op::Append(text))
            }
            (Self::Delta(Op::Rows(patch)), Op::Rows(later)) => merged(patch, later),
            _ => Self::Whole,
        }
    }
}

/// Rows that a smaller height dropped would come back with a larger one.
fn merged(mut patch: RowsPatch, later: RowsPatch) -> Untold {
    if patch.height != later.height {
        return Untold::Whole;
    }
    patch.width = later.width;
    patch.rows.extend(later.rows);
    patch.extra.extend(later.extra);
    Untold::Delta(Op::Rows(patch))
}

fn fits(value: &Value) -> bool {
    serde_json::to_vec(value).is_ok_and(|bytes| bytes.len() <= MAX_SIGNAL_BYTES)
}

#[cfg(test)]
mod tests;

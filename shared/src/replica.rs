//! The fold: the only code that turns frames into knowledge. The relay makes snapshots with it, the
//! dashboard draws from it, tests assert on it.
//!
//! Property: the snapshot at n, and then the frames n+1 to m, give the same as the frames 1 to m.

mod fold;

use std::collections::VecDeque;

use serde_json::Value;

use crate::limits::snapshot::{GAPS, RECENT};
use crate::sorted::Sorted;
use crate::{
    ChannelId, Event, Gap, Op, Position, RelayFrame, Seq, Signal, SignalChanged, SignalKey,
    Skipped, Snapshot, Subscribed,
};

/// What a watcher knows of one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Replica {
    channel: ChannelId,
    position: Option<Position>,
    head: Seq,
    floor: Seq,
    snapshot: Snapshot,
    signals: Sorted<SignalKey, Held>,
    recent: VecDeque<Event>,
    /// Most events in `recent`; at most [`RECENT`].
    n_kept: usize,
    gaps: VecDeque<Gap>,
}

#[derive(Debug, Clone, PartialEq)]
struct Held {
    version: u64,
    value: Value,
}

/// What a frame did to a replica.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// Nothing: the frame is about something else, or about another channel.
    Ignored,
    /// Nothing: it was known already.
    Known,
    /// Everything known was replaced by a snapshot.
    Replaced,
    /// The relay proved that nothing was missed; what is known stays.
    Resumed,
    /// The event was folded in.
    Event,
    /// An event the watcher may not see was passed.
    Skipped,
    /// The signal changed, or is gone.
    Signal(SignalKey),
    /// A range is lost for good; the frames after it follow on.
    Gap,
    /// Nothing: the frame does not follow on what is known. Something was missed; subscribe again
    /// after [`Replica::position`].
    Missed,
}

impl Replica {
    /// Knows nothing yet.
    #[must_use]
    pub fn new(channel: ChannelId) -> Self {
        Self {
            channel,
            position: None,
            head: Seq::ZERO,
            floor: Seq::ZERO,
            snapshot: Snapshot::default(),
            signals: Sorted::default(),
            recent: VecDeque::new(),
            n_kept: RECENT,
            gaps: VecDeque::new(),
        }
    }

    /// Knows a stored snapshot: how a relay starts a channel again.
    #[must_use]
    pub fn at(channel: ChannelId, position: Position, snapshot: Snapshot) -> Self {
        let head = position.seq;
        Self {
            position: Some(position),
            head,
            snapshot,
            ..Self::new(channel)
        }
    }

    /// The channel.
    #[must_use]
    pub fn channel(&self) -> &ChannelId {
        &self.channel
    }

    /// How far it knows; `None` before the first `subscribed`.
    #[must_use]
    pub fn position(&self) -> Option<&Position> {
        self.position.as_ref()
    }

    /// The newest seq it has heard of.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.head
    }

    /// The oldest seq the relay held when it last said so.
    #[must_use]
    pub fn floor(&self) -> Seq {
        self.floor
    }

    /// Whether it knows everything up to the newest seq it has heard of.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        self.position
            .as_ref()
            .is_some_and(|position| position.seq >= self.head)
    }

    /// The state.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// A signal's value.
    #[must_use]
    pub fn signal(&self, key: &SignalKey) -> Option<&Value> {
        self.signals.get(key).map(|held| &held.value)
    }

    /// A signal's version and value.
    #[must_use]
    pub fn versioned(&self, key: &SignalKey) -> Option<(u64, &Value)> {
        self.signals
            .get(key)
            .map(|held| (held.version, &held.value))
    }

    /// Every signal, by key.
    pub fn signals(&self) -> impl Iterator<Item = (&SignalKey, &Value)> {
        self.signals.iter().map(|(key, held)| (key, &held.value))
    }

    /// Every signal as a `subscribed` reply carries it.
    #[must_use]
    pub fn signal_list(&self) -> Vec<Signal> {
        let signal = |(key, held): (&SignalKey, &Held)| Signal {
            key: key.clone(),
            version: held.version,
            value: held.value.clone(),
        };
        self.signals.iter().map(signal).collect()
    }

    /// Keeps at most this many events from now on, and never more than [`RECENT`]: for whoever wants to
    /// know how a channel stands, and not what happened in it.
    pub fn keep(&mut self, n_events: usize) {
        self.n_kept = n_events.min(RECENT);
        let n_surplus = self.recent.len().saturating_sub(self.n_kept);
        self.recent.drain(..n_surplus);
    }

    /// The last events it saw, oldest first; at most [`RECENT`], or as many as it [keeps](Self::keep).
    #[must_use]
    pub fn recent(&self) -> &VecDeque<Event> {
        &self.recent
    }

    /// The last ranges that were lost for good, oldest first.
    #[must_use]
    pub fn gaps(&self) -> &VecDeque<Gap> {
        &self.gaps
    }

    /// Folds one frame in.
    pub fn apply(&mut self, frame: &RelayFrame) -> Applied {
        match frame {
            RelayFrame::Subscribed(reply) => self.begin(Subscribed::clone(reply)),
            _ => self.go_on(frame),
        }
    }

    /// Folds one frame in that is not the reply to a `subscribe`.
    pub fn go_on(&mut self, frame: &RelayFrame) -> Applied {
        match frame {
            RelayFrame::Event(delivery) if delivery.channel == self.channel => {
                self.event(&delivery.event)
            }
            RelayFrame::Skipped(skipped) if skipped.channel == self.channel => {
                self.skipped(skipped)
            }
            RelayFrame::Gap(gap) if gap.channel == self.channel => self.gap(gap),
            RelayFrame::Signal(change) if change.channel == self.channel => self.signalled(change),
            _ => Applied::Ignored,
        }
    }

    /// Folds one event in. The relay itself calls this; everybody else applies frames.
    pub fn event(&mut self, event: &Event) -> Applied {
        let applied = self.advance(event.prev, event.seq, Applied::Event);
        if applied == Applied::Event {
            fold::fold(&mut self.snapshot, event);
            if self.n_kept > 0 {
                push_bounded(&mut self.recent, event.clone(), self.n_kept);
            }
        }
        applied
    }

    /// Tells where history now begins. The relay itself calls this after pruning.
    pub fn set_floor(&mut self, floor: Seq) {
        self.floor = floor;
    }

    /// Takes up the reply to a `subscribe`.
    pub fn begin(&mut self, reply: Subscribed) -> Applied {
        if reply.channel != self.channel {
            return Applied::Ignored;
        }
        self.head = reply.head;
        self.floor = reply.floor;
        self.signals = Sorted::default();
        for Signal {
            key,
            version,
            value,
        } in reply.signals
        {
            self.signals.insert(key, Held { version, value });
        }
        if reply.recovered == Some(true) && self.position.as_ref() == Some(&reply.position) {
            return Applied::Resumed;
        }
        // A relay that says "recovered" of another position answers a question this replica has
        // forgotten: its snapshot is absent, so nothing is known.
        let Some(snapshot) = reply.snapshot else {
            return Applied::Missed;
        };
        self.snapshot = snapshot;
        self.position = Some(reply.position);
        self.recent = reply.events.into();
        self.keep(self.n_kept);
        self.gaps.clear();
        Applied::Replaced
    }

    fn skipped(&mut self, skipped: &Skipped) -> Applied {
        self.advance(skipped.prev, skipped.seq, Applied::Skipped)
    }

    fn gap(&mut self, gap: &Gap) -> Applied {
        let Some(position) = &mut self.position else {
            return Applied::Missed;
        };
        if gap.to <= position.seq {
            return Applied::Known;
        }
        if gap.from.0 > position.seq.0 + 1 {
            return Applied::Missed;
        }
        position.seq = gap.to;
        self.head = self.head.max(gap.to);
        push_bounded(&mut self.gaps, gap.clone(), GAPS);
        Applied::Gap
    }

    fn advance(&mut self, prev: Seq, seq: Seq, done: Applied) -> Applied {
        let Some(position) = &mut self.position else {
            return Applied::Missed;
        };
        self.head = self.head.max(seq);
        if seq <= position.seq {
            return Applied::Known;
        }
        if prev != position.seq {
            return Applied::Missed;
        }
        position.seq = seq;
        done
    }

    fn signalled(&mut self, change: &SignalChanged) -> Applied {
        let held = self.signals.get(&change.key);
        let whole = matches!(change.op, Op::Set(_) | Op::Clear(_));
        if !whole && held.map_or(0, |held| held.version) + 1 != change.version {
            return Applied::Missed;
        }
        match change.op.apply(held.map(|held| &held.value)) {
            Ok(Some(value)) => {
                let held = Held {
                    version: change.version,
                    value,
                };
                self.signals.insert(change.key.clone(), held);
            }
            Ok(None) => {
                self.signals.remove(&change.key);
            }
            Err(_) => return Applied::Missed,
        }
        Applied::Signal(change.key.clone())
    }
}

fn push_bounded<T>(queue: &mut VecDeque<T>, item: T, bound: usize) {
    if queue.len() >= bound {
        queue.pop_front();
    }
    queue.push_back(item);
}

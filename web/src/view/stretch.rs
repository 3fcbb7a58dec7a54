//! A stretch of a channel's history: the state where it begins, and the events after it. Any moment in it is
//! a fold away.

use std::collections::VecDeque;

use pilothouse_shared::{Event, RelayFrame, Replica, Seq, Skipped};

use super::playback::Moment;

/// Events a stretch holds at most, but for the page that was just added; the oldest are folded into its
/// beginning.
pub const MOST_EVENTS: usize = 3_000;

/// Events before the shown moment that stay, so that a step back needs no question to the relay.
pub const KEPT_BEHIND: u64 = 500;

/// Events that a feed is made of anew.
const FEED: usize = 300;

/// A stretch of history.
#[derive(Debug)]
pub struct Stretch {
    beginning: Replica,
    events: VecDeque<Event>,
    end: u64,
}

/// How a replica came to a moment: by the events that were folded in, or anew, with the last events before.
#[derive(Debug, PartialEq)]
pub enum Led {
    /// These events happened since.
    On(Vec<Event>),
    /// It is another state altogether; these are the last events before it.
    Anew(Vec<Event>),
}

impl Stretch {
    /// A stretch that begins and ends with a known state.
    #[must_use]
    pub fn new(beginning: Replica) -> Self {
        let end = seq_of(&beginning);
        Self {
            beginning,
            events: VecDeque::new(),
            end,
        }
    }

    /// The last seq whose state is known.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Whether the state at a seq is known.
    #[must_use]
    pub fn covers(&self, seq: u64) -> bool {
        (seq_of(&self.beginning)..=self.end).contains(&seq)
    }

    /// Puts the events after it at its end. They reach to `end`: later than the last of them, when there are
    /// some that one may not see.
    pub fn extend(&mut self, events: Vec<Event>, end: u64) {
        let known = self.end;
        self.events
            .extend(events.into_iter().filter(|event| event.seq.0 > known));
        let last = self.events.back().map_or(0, |event| event.seq.0);
        self.end = known.max(end).max(last);
    }

    /// Lets go of what is far behind the shown moment.
    pub fn trim(&mut self, shown: u64) {
        while self.events.len() > MOST_EVENTS {
            let is_near = |event: &Event| event.seq.0 + KEPT_BEHIND >= shown;
            if self.events.front().is_none_or(is_near) {
                return;
            }
            if let Some(event) = self.events.pop_front() {
                fold(&mut self.beginning, &event);
            }
        }
    }

    /// The moments of the events after a seq.
    pub fn following(&self, seq: u64) -> impl Iterator<Item = Moment> {
        self.after(seq).map(moment)
    }

    /// The moment at a seq: that of the last event up to it.
    #[must_use]
    pub fn moment(&self, seq: u64) -> Moment {
        let n_before = self.n_before(seq);
        let event = n_before.checked_sub(1).and_then(|n| self.events.get(n));
        let at = match event {
            Some(event) => event.at,
            None => {
                let snapshot = self.beginning.snapshot();
                let first = || self.events.front().map(|event| event.at);
                let known = snapshot.last_at.or(snapshot.created_at).or_else(first);
                known.unwrap_or_default()
            }
        };
        Moment { seq, at }
    }

    /// Leads a replica to a seq of this stretch: on from where it is, if it can, else from the beginning.
    pub fn lead(&self, replica: &mut Replica, to: u64) -> Led {
        let is_on = replica.position().zip(self.beginning.position());
        let is_on = is_on.is_some_and(|(here, beginning)| {
            let reach = beginning.seq.0..=to;
            here.epoch == beginning.epoch && reach.contains(&here.seq.0)
        });
        if !is_on {
            *replica = self.beginning.clone();
        }
        let from = seq_of(replica);
        let events = self.after(from).take_while(|event| event.seq.0 <= to);
        let events: Vec<Event> = events.cloned().collect();
        for event in &events {
            fold(replica, event);
        }
        skip_to(replica, to);
        if is_on {
            return Led::On(events);
        }
        let n_before = self.n_before(to);
        let last = self.events.range(n_before.saturating_sub(FEED)..n_before);
        Led::Anew(last.cloned().collect())
    }

    fn n_before(&self, seq: u64) -> usize {
        self.events.partition_point(|event| event.seq.0 <= seq)
    }

    fn after(&self, seq: u64) -> impl Iterator<Item = &Event> {
        self.events.range(self.n_before(seq)..)
    }
}

fn moment(event: &Event) -> Moment {
    Moment {
        seq: event.seq.0,
        at: event.at,
    }
}

fn seq_of(replica: &Replica) -> u64 {
    replica.position().map_or(0, |position| position.seq.0)
}

/// Folds an event in, past those before it that one may not see.
fn fold(replica: &mut Replica, event: &Event) {
    skip_to(replica, event.prev.0);
    replica.event(event);
}

fn skip_to(replica: &mut Replica, seq: u64) {
    let prev = Seq(seq_of(replica));
    if seq > prev.0 {
        let channel = replica.channel().clone();
        let seq = Seq(seq);
        replica.go_on(&RelayFrame::Skipped(Skipped { channel, seq, prev }));
    }
}

#[cfg(test)]
mod tests {
    use pilothouse_shared::{ChannelId, Epoch, Position, Snapshot};
    use serde_json::json;

    use super::*;

    /// The events of a channel in which the n-th event says "n"; every fifth is hidden.
    fn events(n_events: u64) -> Vec<Event> {
        let seen = (1..=n_events).filter(|seq| !seq.is_multiple_of(5));
        let event = |seq: u64| {
            serde_json::from_value(json!({
                "seq": seq, "prev": seq - 1, "id": format!("e{seq}"), "at": 1_000 * seq,
                "author": {"member": "m", "name": "Claude", "kind": "agent"},
                "body": {"type": "message", "role": "assistant", "text": seq.to_string()},
            }))
            .unwrap()
        };
        seen.map(event).collect()
    }

    fn replica() -> Replica {
        let position = Position {
            epoch: Epoch::new("e").unwrap(),
            seq: Seq(0),
        };
        let channel = ChannelId::new("build").unwrap();
        Replica::at(channel, position, Snapshot::default())
    }

    fn stretch(n_events: u64) -> Stretch {
        let mut stretch = Stretch::new(replica());
        stretch.extend(events(n_events), n_events);
        stretch
    }

    #[test]
    fn any_way_to_a_moment_leads_to_the_same_state() {
        let stretch = stretch(12);
        for from in 0..=12 {
            for to in 0..=12 {
                let mut went = replica();
                stretch.lead(&mut went, from);
                stretch.lead(&mut went, to);
                let mut folded = replica();
                let before = events(12).into_iter().filter(|event| event.seq.0 <= to);
                before.for_each(|event| fold(&mut folded, &event));
                assert_eq!(went.snapshot(), folded.snapshot(), "{from} to {to}");
                assert_eq!(seq_of(&went), to);
            }
        }
    }

    #[test]
    fn forward_only_what_is_new_is_told_and_backward_all_of_it() {
        let stretch = stretch(12);
        let mut replica = replica();
        let seqs = |led: Led| match led {
            Led::On(events) => ("on", events.iter().map(|event| event.seq.0).collect()),
            Led::Anew(events) => (
                "anew",
                events.iter().map(|event| event.seq.0).collect::<Vec<u64>>(),
            ),
        };
        assert_eq!(seqs(stretch.lead(&mut replica, 3)), ("on", vec![1, 2, 3]));
        assert_eq!(seqs(stretch.lead(&mut replica, 6)), ("on", vec![4, 6]));
        assert_eq!(seqs(stretch.lead(&mut replica, 2)), ("anew", vec![1, 2]));
    }

    #[test]
    fn what_is_far_behind_is_folded_into_the_beginning() {
        let n_events = 2 * MOST_EVENTS as u64;
        let mut stretch = stretch(n_events);
        stretch.trim(n_events);
        assert!(stretch.events.len() <= MOST_EVENTS);
        assert!(stretch.covers(n_events) && stretch.covers(n_events - KEPT_BEHIND));
        assert!(!stretch.covers(0));
        let (mut trimmed, mut whole) = (replica(), replica());
        stretch.lead(&mut trimmed, n_events);
        self::stretch(n_events).lead(&mut whole, n_events);
        assert_eq!(trimmed.snapshot(), whole.snapshot());
    }

    #[test]
    fn what_is_near_stays_however_much_it_is() {
        let mut stretch = stretch(2 * MOST_EVENTS as u64);
        stretch.trim(KEPT_BEHIND);
        assert!(stretch.covers(0));
    }

    #[test]
    fn a_moment_is_as_late_as_the_last_event_up_to_it() {
        let stretch = stretch(12);
        assert_eq!(stretch.moment(5), Moment { seq: 5, at: 4_000 });
        assert_eq!(stretch.moment(0), Moment { seq: 0, at: 1_000 });
        assert_eq!(
            stretch.following(4).next(),
            Some(Moment { seq: 6, at: 6_000 })
        );
    }
}

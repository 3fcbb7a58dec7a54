//! A model of a relay that serves one connection: what it stores is what a link is judged by.

use std::collections::BTreeMap;

use super::rig::{channel, event, event_id, welcome};
use crate::*;

#[derive(Default)]
pub(super) struct Relay {
    pub(super) logs: BTreeMap<ChannelId, Log>,
    epoch: u32,
    /// The last seq handed to the connection, for each channel it watches.
    cursors: BTreeMap<ChannelId, u64>,
    /// So many questions to come are put off.
    pub(super) n_busy: u32,
    /// So many publishes to come are refused for good.
    pub(super) n_refused: u32,
    /// So many events to come are left out, as by a relay with a defect.
    pub(super) n_left_out: u32,
}

#[derive(Default)]
pub(super) struct Log {
    pub(super) events: Vec<Stored>,
    pub(super) pruned_to: u64,
}

pub(super) struct Stored {
    pub(super) event: Event,
    pub(super) is_hidden: bool,
}

impl Log {
    pub(super) fn head(&self) -> u64 {
        self.events.last().map_or(0, |stored| stored.event.seq.0)
    }

    /// Seqs leave some numbers out, as `prev` allows.
    pub(super) fn append(&mut self, id: EventId, is_hidden: bool) -> u64 {
        let (prev, step) = (self.head(), 1 + self.events.len() as u64 % 2);
        let event = event(prev + step, prev, id);
        self.events.push(Stored { event, is_hidden });
        prev + step
    }

    /// Forgets all but the newest `keep` events.
    pub(super) fn prune(&mut self, keep: usize) {
        let last = self.events.len().checked_sub(keep + 1);
        let seq = last.map_or(0, |last| self.events[last].event.seq.0);
        self.pruned_to = self.pruned_to.max(seq);
    }

    pub(super) fn find(&self, id: &EventId) -> Option<u64> {
        let mut of_id = self.events.iter().filter(|stored| stored.event.id == *id);
        let first = of_id.next().map(|stored| stored.event.seq.0);
        assert!(of_id.next().is_none(), "{id} was stored twice");
        first
    }

    /// Visible events after `from`, up to `to`.
    pub(super) fn visible(&self, from: u64, to: u64) -> Vec<Event> {
        let is_in = |stored: &&Stored| {
            !stored.is_hidden && stored.event.seq.0 > from && stored.event.seq.0 <= to
        };
        self.events
            .iter()
            .filter(is_in)
            .map(|stored| stored.event.clone())
            .collect()
    }
}

impl Relay {
    pub(super) fn epoch(&self) -> Epoch {
        Epoch::new(format!("epoch{}", self.epoch)).unwrap()
    }

    pub(super) fn restart(&mut self, is_proved: bool) {
        self.epoch += u32::from(!is_proved);
    }

    pub(super) fn other(&mut self, name: &str, is_hidden: bool) {
        let log = self.logs.entry(channel(name)).or_default();
        let id = event_id(&format!("other{}", log.events.len()));
        log.append(id, is_hidden);
    }

    /// A new connection: it watches nothing.
    pub(super) fn accept(&mut self) -> RelayFrame {
        self.cursors.clear();
        welcome()
    }

    pub(super) fn receive(&mut self, frame: ClientFrame) -> Option<RelayFrame> {
        match frame {
            ClientFrame::Hello(_) => Some(welcome()),
            ClientFrame::Ping => Some(RelayFrame::Pong(Pong { now: 0 })),
            ClientFrame::Subscribe(subscribe) => Some(self.subscribe(subscribe)),
            ClientFrame::Publish(publish) => Some(self.publish(publish)),
            ClientFrame::Unsubscribe(Unsubscribe { r#ref, channel }) => {
                self.cursors.remove(&channel);
                let r#ref = Some(r#ref);
                Some(RelayFrame::Unsubscribed(Unsubscribed {
                    r#ref,
                    channel,
                    reason: None,
                }))
            }
            ClientFrame::Signal(_) | ClientFrame::History(_) | ClientFrame::TakeHints(_) => None,
        }
    }

    /// Hands each watched channel up to `limit` frames on.
    pub(super) fn fan_out(&mut self, limit: usize) -> Vec<RelayFrame> {
        let mut frames = Vec::new();
        for (channel, cursor) in &mut self.cursors {
            let log = &self.logs[channel];
            for _ in 0..limit {
                let Some(frame) = next(channel, log, cursor, &mut self.n_left_out) else {
                    break;
                };
                frames.push(frame);
            }
        }
        frames
    }

    /// Ends every subscription, to be taken up again.
    pub(super) fn resync(&mut self) -> Vec<RelayFrame> {
        let ended = |channel| {
            let reason = Some("resync".to_owned());
            RelayFrame::Unsubscribed(Unsubscribed {
                r#ref: None,
                channel,
                reason,
            })
        };
        std::mem::take(&mut self.cursors)
            .into_keys()
            .map(ended)
            .collect()
    }

    fn subscribe(&mut self, asked: Subscribe) -> RelayFrame {
        if take(&mut self.n_busy) {
            return error(asked.r#ref, ErrorCode::RateLimited);
        }
        let epoch = self.epoch();
        let log = self.logs.entry(asked.channel.clone()).or_default();
        let is_proved = |after: &&Position| {
            after.epoch == epoch && after.seq.0 <= log.head() && after.seq.0 >= log.pruned_to
        };
        let resumed = asked.after.as_ref().filter(is_proved).cloned();
        // A snapshot may lag behind the head.
        let last = log.events.iter().rev().nth(log.events.len() % 3);
        let seq = last
            .map_or(0, |stored| stored.event.seq.0)
            .max(log.pruned_to);
        let is_resumed = resumed.is_some();
        let position = resumed.unwrap_or(Position {
            epoch,
            seq: Seq(seq),
        });
        let mut events = log.visible(log.pruned_to, position.seq.0);
        let too_many = events.len().saturating_sub(asked.history.unwrap_or(50));
        events.drain(..too_many);
        self.cursors.insert(asked.channel.clone(), position.seq.0);
        RelayFrame::Subscribed(Box::new(Subscribed {
            r#ref: Some(asked.r#ref),
            channel: asked.channel,
            position,
            head: Seq(log.head()),
            recovered: asked.after.map(|_| is_resumed),
            snapshot: (!is_resumed).then(Snapshot::default),
            events: if is_resumed { Vec::new() } else { events },
            signals: Vec::new(),
            floor: Seq(log.pruned_to + 1),
        }))
    }

    fn publish(&mut self, publish: Publish) -> RelayFrame {
        let Publish {
            r#ref, channel, id, ..
        } = publish;
        let id = id.unwrap();
        let log = self.logs.entry(channel.clone()).or_default();
        let known = log.find(&id);
        if known.is_none() && take(&mut self.n_busy) {
            return error(r#ref, ErrorCode::Unavailable);
        }
        if known.is_none() && take(&mut self.n_refused) {
            return error(r#ref, ErrorCode::Invalid);
        }
        let seq = Seq(known.unwrap_or_else(|| log.append(id.clone(), false)));
        let duplicate = known.map(|_| true);
        RelayFrame::Published(Published {
            r#ref,
            channel,
            id,
            seq,
            duplicate,
        })
    }
}

fn next(
    channel: &ChannelId,
    log: &Log,
    cursor: &mut u64,
    n_left_out: &mut u32,
) -> Option<RelayFrame> {
    let channel = channel.clone();
    if *cursor < log.pruned_to {
        let (from, to) = (Seq(*cursor + 1), Seq(log.pruned_to));
        *cursor = log.pruned_to;
        return Some(RelayFrame::Gap(Gap {
            channel,
            from,
            to,
            reason: "pruned".to_owned(),
        }));
    }
    let mut rest = log
        .events
        .iter()
        .filter(|stored| stored.event.seq.0 > *cursor);
    let mut stored = rest.next()?;
    if let Some(after) = rest.next().filter(|_| take(n_left_out)) {
        stored = after;
    }
    *cursor = stored.event.seq.0;
    let Event { seq, prev, .. } = stored.event;
    Some(if stored.is_hidden {
        RelayFrame::Skipped(Skipped { channel, seq, prev })
    } else {
        RelayFrame::Event(Delivery {
            channel,
            event: stored.event.clone(),
        })
    })
}

fn take(n: &mut u32) -> bool {
    let is_any = *n > 0;
    *n -= u32::from(is_any);
    is_any
}

fn error(of: String, code: ErrorCode) -> RelayFrame {
    let message = "no".to_owned();
    RelayFrame::Error(ErrorFrame {
        r#ref: Some(of),
        code,
        message,
    })
}

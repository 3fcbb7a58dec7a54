//! A link, a model relay, and a network between them that can do everything a network does.

use std::collections::{BTreeMap, VecDeque};

use super::model::Relay;
use super::rig::{body, channel, event_id, goodbye};
use crate::link::{Change, Command, Input, Link, SendState, State};
use crate::*;

pub(super) const CHANNELS: [&str; 2] = ["a", "b"];

/// What the network does with an attempt to connect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Network {
    Up,
    Down,
    Hanging,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Socket {
    Absent,
    Opening,
    Open,
    /// The other end is gone, and nobody says so.
    HalfOpen,
}

/// What a watcher was told of a channel since its last snapshot.
#[derive(Default)]
pub(super) struct Track {
    pub(super) base: u64,
    pub(super) recent: Vec<EventId>,
    pub(super) gaps: Vec<(u64, u64)>,
}

pub(super) struct World {
    pub(super) link: Link,
    pub(super) relay: Relay,
    pub(super) network: Network,
    pub(super) now: Millis,
    pub(super) tracks: BTreeMap<ChannelId, Track>,
    /// How every publish stands, by the last word on it.
    pub(super) publishes: BTreeMap<EventId, SendState>,
    pub(super) n_connects: usize,
    wake_at: Option<Millis>,
    socket: Socket,
    upstream: VecDeque<ClientFrame>,
    downstream: VecDeque<RelayFrame>,
    luck: u64,
}

impl World {
    pub(super) fn new(luck: u64) -> Self {
        let mut world = Self {
            link: Link::new(Some(Hello::default())),
            relay: Relay::default(),
            network: Network::Up,
            now: 1_000_000,
            tracks: BTreeMap::new(),
            publishes: BTreeMap::new(),
            n_connects: 0,
            wake_at: None,
            socket: Socket::Absent,
            upstream: VecDeque::new(),
            downstream: VecDeque::new(),
            luck,
        };
        for name in CHANNELS {
            world.watch(name);
        }
        world.feed(Input::Start);
        world
    }

    pub(super) fn watch(&mut self, name: &str) {
        self.tracks.insert(channel(name), Track::default());
        self.feed(Input::Subscribe {
            channel: channel(name),
            history: 5,
            after: None,
        });
    }

    pub(super) fn publish(&mut self, name: &str) {
        let id = event_id(&format!("p{}", self.publishes.len()));
        self.publishes.insert(id.clone(), SendState::Pending);
        let visibility = Visibility::Public;
        self.feed(Input::Publish {
            id,
            channel: channel(name),
            body: body(),
            visibility,
        });
    }

    /// Lets the time pass, waking the link up when it asked for it.
    pub(super) fn pass(&mut self, ms: Millis) {
        let until = self.now + ms;
        while self.wake_at.is_some_and(|at| at <= until) {
            self.wake();
        }
        self.now = until;
    }

    /// Lets the time pass to the next wake-up.
    pub(super) fn wake(&mut self) {
        self.now = self
            .now
            .max(self.wake_at.take().expect("there is always a wake-up"));
        self.feed(Input::Tick);
    }

    /// The relay works off `limit` frames. Whether there was anything to do.
    pub(super) fn pump_relay(&mut self, limit: usize) -> bool {
        if self.socket != Socket::Open {
            return false;
        }
        let n_asked = limit.min(self.upstream.len());
        for frame in self.upstream.drain(..n_asked) {
            self.downstream.extend(self.relay.receive(frame));
        }
        let frames = self.relay.fan_out(limit);
        let is_any = n_asked > 0 || !frames.is_empty();
        self.downstream.extend(frames);
        is_any
    }

    /// The socket opens, or brings up to `limit` frames. Whether there was anything to do.
    pub(super) fn pump_client(&mut self, limit: usize) -> bool {
        match (self.socket, self.network) {
            (Socket::Opening, Network::Up) => {
                self.socket = Socket::Open;
                self.downstream.push_back(self.relay.accept());
                self.feed(Input::Opened);
            }
            (Socket::Opening, Network::Down) => self.drop_connection(CloseCode::Other(1006)),
            (Socket::Open, _) if !self.downstream.is_empty() => {
                for _ in 0..limit {
                    let Some(frame) = self.downstream.pop_front() else {
                        break;
                    };
                    self.feed(Input::Frame(Box::new(frame)));
                }
            }
            _ => return false,
        }
        true
    }

    pub(super) fn drop_connection(&mut self, code: CloseCode) {
        if self.socket != Socket::Absent {
            self.forget_socket();
            self.feed(Input::Closed {
                code,
                reason: String::new(),
            });
        }
    }

    pub(super) fn half_open(&mut self) {
        if self.socket == Socket::Open {
            self.forget_socket();
            self.socket = Socket::HalfOpen;
        }
    }

    pub(super) fn restart(&mut self, is_proved: bool) {
        self.relay.restart(is_proved);
        if self.socket == Socket::Open {
            self.drop_connection(CloseCode::Other(1006));
        }
    }

    pub(super) fn goodbye(&mut self, after_ms: Millis) {
        if self.socket == Socket::Open {
            self.feed(Input::Frame(Box::new(goodbye(true, Some(after_ms)))));
            self.drop_connection(CloseCode::Draining);
        }
    }

    pub(super) fn resync(&mut self) {
        if self.socket == Socket::Open {
            self.downstream.extend(self.relay.resync());
        }
    }

    pub(super) fn feed(&mut self, input: Input) {
        let jitter = self.jitter();
        for command in self.link.step(input, self.now, jitter) {
            self.obey(command);
        }
        let is_stopped = matches!(self.link.state(), State::Idle | State::Stopped { .. });
        assert!(
            is_stopped || self.wake_at.is_some(),
            "nothing would ever wake it up"
        );
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Connect => {
                self.forget_socket();
                self.socket = Socket::Opening;
                self.n_connects += 1;
            }
            Command::Send(frame) => {
                assert!(matches!(self.socket, Socket::Open | Socket::HalfOpen));
                if self.socket == Socket::Open {
                    self.upstream.push_back(frame);
                }
            }
            Command::Close(_) => self.forget_socket(),
            Command::WakeAt(at) => self.wake_at = Some(at),
            Command::Changed { channel, change } => self.track(&channel, change),
            Command::Outbox(id) => {
                // One that is gone had ended before.
                if let Some(entry) = self.link.outbox().find(|entry| entry.id == id) {
                    self.publishes.insert(id, entry.state.clone());
                }
            }
            Command::State => {}
            Command::Reply(frame) => panic!("an answer to nothing: {frame:?}"),
        }
    }

    fn track(&mut self, channel: &ChannelId, change: Change) {
        let track = self.tracks.get_mut(channel).unwrap();
        match change {
            Change::Snapshot => {
                let replica = self.link.replica(channel).unwrap();
                track.base = replica.position().unwrap().seq.0;
                track.recent = replica
                    .recent()
                    .iter()
                    .map(|event| event.id.clone())
                    .collect();
                track.gaps.clear();
            }
            Change::Event(event) => track.recent.push(event.id),
            Change::Gap { from, to } => track.gaps.push((from.0, to.0)),
            Change::Ended { reason } => panic!("{channel} ended: {reason}"),
            Change::Resumed { .. } | Change::CaughtUp { .. } | Change::Signal(_) => {}
        }
    }

    fn forget_socket(&mut self) {
        self.socket = Socket::Absent;
        self.upstream.clear();
        self.downstream.clear();
    }

    /// Never quite 0, which would make virtual time stand still.
    fn jitter(&mut self) -> f64 {
        self.luck = self
            .luck
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let upper = u32::try_from(self.luck >> 32).unwrap();
        f64::from(upper.max(1 << 24)) / f64::from(u32::MAX)
    }
}

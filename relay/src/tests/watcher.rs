//! A watcher: the real link and its replicas, in virtual time, at the end of a network that can do
//! everything a network does.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use pilothouse_shared::link::{Command, Input, Link, State};
use pilothouse_shared::{
    Author, ChannelId, ClientFrame, CloseCode, Delivery, Encoding, Millis, Op, RelayFrame, Signal,
    SignalKey, Skipped,
};
use tokio::task::JoinHandle;

use super::oracle::{Truth, secrets_in};
use super::pipe::{Pipe, next_frame};
use super::track::Track;
use super::wire::Wire;

/// What the network does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Socket {
    Absent,
    Opening,
    Open,
    /// It takes frames, and none arrives.
    HalfOpen,
}

/// The relay's end of a socket.
pub(super) enum End {
    Idle(Wire),
    Busy(JoinHandle<Wire>),
}

/// Frames that were read once: the relay encodes an event once for all.
pub(super) type Known = HashMap<(bool, Bytes), (RelayFrame, Vec<usize>)>;

/// See the module.
pub(super) struct Watcher {
    pub(super) link: Link,
    pub(super) viewer: Author,
    pub(super) encoding: Encoding,
    pub(super) socket: Socket,
    pub(super) end: Option<End>,
    pub(super) up: VecDeque<ClientFrame>,
    pub(super) down: Option<Arc<Pipe>>,
    read: BytesMut,
    /// The last seq this connection was told of each channel.
    told: BTreeMap<ChannelId, u64>,
    /// And the last version of each signal.
    versions: BTreeMap<(ChannelId, SignalKey), u64>,
    pub(super) tracks: BTreeMap<ChannelId, Track>,
    pub(super) now: Millis,
    wake_at: Option<Millis>,
    truth: Truth,
}

impl Watcher {
    pub(super) fn new(viewer: Author, encoding: Encoding, truth: Truth) -> Self {
        let mut watcher = Self {
            link: Link::new(None),
            viewer,
            encoding,
            socket: Socket::Absent,
            end: None,
            up: VecDeque::new(),
            down: None,
            read: BytesMut::new(),
            told: BTreeMap::new(),
            versions: BTreeMap::new(),
            tracks: BTreeMap::new(),
            now: 1_000_000,
            wake_at: None,
            truth,
        };
        watcher.feed(Input::Start);
        watcher
    }

    /// The socket opens, towards this pipe.
    pub(super) fn opened(&mut self, pipe: Arc<Pipe>) {
        self.down = Some(pipe);
        self.socket = Socket::Open;
        self.feed(Input::Opened);
    }

    /// The socket brings up to `limit` frames. Whether it brought anything.
    pub(super) fn take(&mut self, limit: usize, known: &mut Known) -> bool {
        let mut is_any = false;
        for _ in 0..limit {
            let frame = loop {
                if let Some(frame) = next_frame(&mut self.read) {
                    break frame;
                }
                let Some(pipe) = &self.down else {
                    return is_any;
                };
                if !pipe.read(&mut self.read) {
                    return is_any;
                }
                is_any = true;
            };
            is_any = true;
            self.deliver(&frame, known);
        }
        is_any
    }

    fn deliver(&mut self, bytes: &Bytes, known: &mut Known) {
        let encoding = self.encoding;
        let read = || {
            let frame = encoding.decode_relay(bytes).expect("a frame");
            (frame, secrets_in(bytes))
        };
        let key = (encoding == Encoding::Json, bytes.clone());
        let (frame, secrets) = known.entry(key).or_insert_with(read);
        let frame = frame.clone();
        {
            let truth = self.truth.lock();
            let check = |number: &usize| truth.check_secret(*number, &self.viewer);
            secrets.iter().for_each(check);
        }
        self.check_order(&frame);
        self.frame(&frame);
    }

    /// What a connection brings is whole by itself: a link never has to ask for what was left out.
    fn check_order(&mut self, frame: &RelayFrame) {
        let (channel, after, at) = match frame {
            RelayFrame::Subscribed(reply) => {
                let seq = reply.position.seq.0;
                self.told.insert(reply.channel.clone(), seq);
                self.versions
                    .retain(|(channel, _), _| *channel != reply.channel);
                let held =
                    |signal: &Signal| ((reply.channel.clone(), signal.key.clone()), signal.version);
                self.versions.extend(reply.signals.iter().map(held));
                return;
            }
            RelayFrame::Signal(change) => {
                let key = (change.channel.clone(), change.key.clone());
                let held = self.versions.insert(key, change.version).unwrap_or(0);
                let is_whole = matches!(change.op, Op::Set(_) | Op::Clear(_));
                assert!(
                    is_whole || held + 1 == change.version,
                    "{change:?} after {held}"
                );
                return;
            }
            RelayFrame::Event(Delivery { channel, event }) => (channel, event.prev.0, event.seq.0),
            RelayFrame::Skipped(Skipped { channel, seq, prev }) => (channel, prev.0, seq.0),
            RelayFrame::Gap(gap) => (&gap.channel, gap.from.0 - 1, gap.to.0),
            _ => return,
        };
        let told = self.told.insert(channel.clone(), at);
        assert_eq!(told, Some(after), "{frame:?} follows on what came before");
    }

    /// Feeds a frame in, and checks that what is known moved on by what it says.
    fn frame(&mut self, frame: &RelayFrame) {
        let channel = channel_of(frame).cloned();
        let position = |watcher: &Self| {
            let replica = watcher.link.replica(channel.as_ref()?)?;
            replica.position().cloned()
        };
        let before = position(self);
        self.feed(Input::Frame(Box::new(frame.clone())));
        let after = position(self);
        if let Some(channel) = &channel
            && let Some(track) = self.tracks.get_mut(channel)
        {
            let truth = self.truth.lock();
            track.moved(&truth, &self.viewer, frame, before, after);
        }
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
        let wake_at = self.wake_at.take().expect("there is always a wake-up");
        self.now = self.now.max(wake_at);
        self.feed(Input::Tick);
    }

    /// The socket breaks, and this side learns of it.
    pub(super) fn lost(&mut self) {
        if self.socket != Socket::Absent {
            self.forget_socket();
            let (code, reason) = (CloseCode::Other(1006), String::new());
            self.feed(Input::Closed { code, reason });
        }
    }

    pub(super) fn feed(&mut self, input: Input) {
        for command in self.link.step(input, self.now, 0.5) {
            self.obey(command);
        }
        let is_stopped = matches!(self.link.state(), State::Idle | State::Stopped { .. });
        assert!(is_stopped || self.wake_at.is_some(), "nothing wakes it up");
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Connect => {
                self.forget_socket();
                self.socket = Socket::Opening;
            }
            Command::Send(frame) => {
                assert!(matches!(self.socket, Socket::Open | Socket::HalfOpen));
                if self.socket == Socket::Open {
                    self.up.push_back(frame);
                }
            }
            Command::Close(_) => self.forget_socket(),
            Command::WakeAt(at) => self.wake_at = Some(at),
            Command::Changed { channel, change } => {
                let truth = self.truth.lock();
                let replica = self.link.replica(&channel);
                let track = self.tracks.entry(channel).or_default();
                track.changed(&truth, &self.viewer, replica, change);
            }
            Command::State | Command::Outbox(_) => {}
            Command::Reply(frame) => panic!("an answer to nothing: {frame:?}"),
        }
    }

    fn forget_socket(&mut self) {
        self.socket = Socket::Absent;
        self.up.clear();
        self.down = None;
        self.read.clear();
        self.told.clear();
    }

    /// Whether everything asked for was answered, and nothing is on its way.
    pub(super) fn is_settled(&self) -> bool {
        *self.link.state() == State::Live
            && self.socket == Socket::Open
            && self.up.is_empty()
            && self.read.is_empty()
            && self.down.as_ref().is_some_and(|pipe| pipe.is_empty())
            && !self.link.outbox().any(|entry| entry.state.is_under_way())
    }
}

fn channel_of(frame: &RelayFrame) -> Option<&ChannelId> {
    match frame {
        RelayFrame::Subscribed(reply) => Some(&reply.channel),
        RelayFrame::Event(delivery) => Some(&delivery.channel),
        RelayFrame::Skipped(skipped) => Some(&skipped.channel),
        RelayFrame::Gap(gap) => Some(&gap.channel),
        _ => None,
    }
}

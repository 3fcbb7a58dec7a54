//! A link with a clock of its own, and the frames a relay would send.

use crate::link::{Command, Input, Link, State};
use crate::*;

/// Half of every wait, so that a wait shows which step of the backoff it is.
pub(super) const JITTER: f64 = 0.5;

pub(super) struct Rig {
    pub(super) link: Link,
    pub(super) now: Millis,
    pub(super) wake_at: Option<Millis>,
}

impl Rig {
    pub(super) fn new() -> Self {
        Self {
            link: Link::new(None),
            now: 1_000_000,
            wake_at: None,
        }
    }

    /// Started, opened and welcomed.
    pub(super) fn welcomed() -> Self {
        let mut rig = Self::new();
        rig.step(Input::Start);
        rig.step(Input::Opened);
        rig.frame(welcome());
        rig
    }

    /// Watching `a` at seq 5.
    pub(super) fn watching() -> Self {
        let mut rig = Self::welcomed();
        let asked = rig.subscribe("a");
        rig.frame(snapshot(&asked, 5, 5));
        rig
    }

    pub(super) fn step(&mut self, input: Input) -> Vec<Command> {
        let commands = self.link.step(input, self.now, JITTER);
        for command in &commands {
            if let Command::WakeAt(at) = command {
                self.wake_at = Some(*at);
            }
        }
        commands
    }

    pub(super) fn frame(&mut self, frame: RelayFrame) -> Vec<Command> {
        self.step(Input::Frame(Box::new(frame)))
    }

    pub(super) fn closed(&mut self, code: CloseCode) -> Vec<Command> {
        self.step(Input::Closed {
            code,
            reason: "why".to_owned(),
        })
    }

    pub(super) fn publish(&mut self, id: &str) -> Vec<Command> {
        self.step(Input::Publish {
            id: event_id(id),
            channel: channel("a"),
            body: body(),
            visibility: Visibility::Public,
        })
    }

    /// Begins to watch; the `ref` of the question, if one was sent.
    pub(super) fn subscribe(&mut self, name: &str) -> String {
        let input = Input::Subscribe {
            channel: channel(name),
            history: 50,
            after: None,
        };
        let asked = subscribes(&self.step(input));
        asked
            .first()
            .map(|asked| asked.r#ref.clone())
            .unwrap_or_default()
    }

    /// Lets the time pass to the last wake-up, and feeds it.
    pub(super) fn wake(&mut self) -> Vec<Command> {
        self.now = self.wake_at.take().unwrap().max(self.now);
        self.step(Input::Tick)
    }

    /// Lets the time pass, waking up whenever it was asked for.
    pub(super) fn pass(&mut self, ms: Millis) -> Vec<Command> {
        let until = self.now + ms;
        let mut commands = Vec::new();
        while self.wake_at.is_some_and(|at| at <= until) {
            commands.extend(self.wake());
        }
        self.now = until;
        commands
    }

    /// Fails to connect or breaks, and says how long it waits then.
    pub(super) fn break_off(&mut self) -> Millis {
        self.closed(CloseCode::Other(1006));
        let State::Waiting { until } = self.link.state() else {
            panic!("{:?}", self.link.state())
        };
        until - self.now
    }

    pub(super) fn open(&mut self) -> Vec<Command> {
        self.step(Input::Opened);
        self.frame(welcome())
    }
}

pub(super) fn sent(commands: &[Command]) -> Vec<ClientFrame> {
    let frame = |command: &Command| match command {
        Command::Send(frame) => Some(frame.clone()),
        _ => None,
    };
    commands.iter().filter_map(frame).collect()
}

pub(super) fn subscribes(commands: &[Command]) -> Vec<Subscribe> {
    let subscribe = |frame| match frame {
        ClientFrame::Subscribe(subscribe) => Some(subscribe),
        _ => None,
    };
    sent(commands).into_iter().filter_map(subscribe).collect()
}

pub(super) fn published_ids(commands: &[Command]) -> Vec<String> {
    let id = |frame| match frame {
        ClientFrame::Publish(publish) => publish.id.map(|id| id.to_string()),
        _ => None,
    };
    sent(commands).into_iter().filter_map(id).collect()
}

pub(super) fn changes(commands: &[Command]) -> Vec<crate::link::Change> {
    let change = |command: &Command| match command {
        Command::Changed { change, .. } => Some(change.clone()),
        _ => None,
    };
    commands.iter().filter_map(change).collect()
}

pub(super) fn channel(name: &str) -> ChannelId {
    ChannelId::new(name).unwrap()
}

pub(super) fn event_id(id: &str) -> EventId {
    EventId::new(id).unwrap()
}

pub(super) fn body() -> Body {
    Body::CancelRequested(CancelRequested::default())
}

pub(super) fn position(epoch: &str, seq: u64) -> Position {
    Position {
        epoch: Epoch::new(epoch).unwrap(),
        seq: Seq(seq),
    }
}

pub(super) fn event(seq: u64, prev: u64, id: EventId) -> Event {
    let member = MemberId::new("m").unwrap();
    Event {
        seq: Seq(seq),
        prev: Seq(prev),
        id,
        at: 0,
        author: Author {
            member,
            name: "M".to_owned(),
            kind: MemberKind::Human,
        },
        visibility: Visibility::Public,
        body: body(),
        extra: Extra::default(),
    }
}

/// Event `seq` of `a`, following on the one before.
pub(super) fn delivery(seq: u64) -> RelayFrame {
    let event = event(seq, seq - 1, event_id(&format!("e{seq}")));
    RelayFrame::Event(Delivery {
        channel: channel("a"),
        event,
    })
}

pub(super) fn welcome() -> RelayFrame {
    RelayFrame::Welcome(Welcome {
        protocol: 1,
        connection: ConnectionId::new("c").unwrap(),
        member: MemberId::new("m").unwrap(),
        access: vec![Right::Watch],
        relay: RelayInfo {
            name: "relay".to_owned(),
            version: "1".to_owned(),
        },
        ping_every_ms: limits::PING_EVERY_MS,
        max_frame_bytes: limits::MAX_FRAME_BYTES,
        now: 0,
    })
}

pub(super) fn pong() -> RelayFrame {
    RelayFrame::Pong(Pong { now: 0 })
}

pub(super) fn snapshot(asked: &str, seq: u64, head: u64) -> RelayFrame {
    let RelayFrame::Subscribed(mut reply) = resumed(asked, seq, head) else {
        unreachable!()
    };
    reply.recovered = None;
    reply.snapshot = Some(Snapshot::default());
    RelayFrame::Subscribed(reply)
}

pub(super) fn resumed(asked: &str, seq: u64, head: u64) -> RelayFrame {
    RelayFrame::Subscribed(Box::new(Subscribed {
        r#ref: Some(asked.to_owned()),
        channel: channel("a"),
        position: position("x", seq),
        head: Seq(head),
        recovered: Some(true),
        snapshot: None,
        events: Vec::new(),
        signals: Vec::new(),
        floor: Seq(1),
    }))
}

pub(super) fn published(id: &str, seq: u64) -> RelayFrame {
    RelayFrame::Published(Published {
        r#ref: id.to_owned(),
        channel: channel("a"),
        id: event_id(id),
        seq: Seq(seq),
        duplicate: None,
    })
}

pub(super) fn error(of: &str, code: ErrorCode) -> RelayFrame {
    let message = "no".to_owned();
    RelayFrame::Error(ErrorFrame {
        r#ref: Some(of.to_owned()),
        code,
        message,
    })
}

pub(super) fn goodbye(retry: bool, after_ms: Option<Millis>) -> RelayFrame {
    RelayFrame::Goodbye(Goodbye {
        reason: "restarting".to_owned(),
        retry,
        after_ms,
    })
}

//! Frames: one unit on the wire, either way.

mod hints;

use serde::Serialize;
use serde_json::Value;
use serde_with::skip_serializing_none;

pub use hints::*;

use crate::read::{Read, Reading, deserialize_by_reading, read_fields, read_tagged, required};
use crate::{
    Body, ChannelId, ConnectionId, ErrorCode, Event, EventId, Extra, MemberId, MemberKind, Millis,
    Op, Position, Right, Seq, Signal, SignalKey, Snapshot, Visibility,
};

/// What pairs a reply with its question: any text of the client's, at most
/// [`MAX_ID_BYTES`](crate::limits::MAX_ID_BYTES) long.
pub type Ref = String;

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientFrame {
    /// Who I am; optional, and first if sent.
    Hello(Hello),
    /// Send me this channel from here on.
    Subscribe(Subscribe),
    /// No longer send me this channel.
    Unsubscribe(Unsubscribe),
    /// Store this event and tell me when it is durable.
    Publish(Publish),
    /// Change this live value.
    Signal(ChangeSignal),
    /// Send me a page of what was.
    History(AskHistory),
    /// Hand me the hints that are for me, as soon as there is one.
    TakeHints(TakeHints),
    /// Are you there?
    Ping,
}

read_tagged!(ClientFrame {
    "hello" => Hello,
    "subscribe" => Subscribe,
    "unsubscribe" => Unsubscribe,
    "publish" => Publish,
    "signal" => Signal,
    "history" => History,
    "take_hints" => TakeHints;
    "ping" => Ping
} else Self::Ping);

/// Who a client is.
#[skip_serializing_none]
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Hello {
    /// A stable id; made by the relay when absent.
    pub member: Option<MemberId>,
    /// What people call it; the member id when absent.
    pub name: Option<String>,
    /// Program or person.
    pub kind: MemberKind,
    /// Credentials, when the upgrade carried none.
    pub token: Option<String>,
}

read_fields!(Hello {
    required: [],
    optional: [member, name, kind, token]
});

/// Never prints the token.
impl std::fmt::Debug for Hello {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hello")
            .field("member", &self.member)
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("token", &self.token.as_ref().map(|_| "…"))
            .finish()
    }
}

/// Asks for a channel.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subscribe {
    /// Comes back in the reply.
    pub r#ref: Ref,
    /// The channel; it must exist.
    pub channel: ChannelId,
    /// The last position seen, to resume there.
    pub after: Option<Position>,
    /// How many past events to send, 0 to 1000; 50 when absent. Not used by a resume that succeeds.
    pub history: Option<usize>,
}

read_fields!(Subscribe {
    required: [r#ref, channel],
    optional: [after, history]
});

/// Ends a subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unsubscribe {
    /// Comes back in the reply.
    pub r#ref: Ref,
    /// The channel.
    pub channel: ChannelId,
}

read_fields!(Unsubscribe {
    required: [r#ref, channel],
    optional: []
});

/// Publishes an event.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Publish {
    /// Comes back in the reply.
    pub r#ref: Ref,
    /// The channel.
    pub channel: ChannelId,
    /// What happened.
    pub body: Body,
    /// Idempotency: the same id in a channel is stored once. Made by the relay when absent.
    pub id: Option<EventId>,
    /// Who may see it.
    #[serde(skip_serializing_if = "Visibility::is_public")]
    pub visibility: Visibility,
}

read_fields!(Publish {
    required: [r#ref, channel, body],
    optional: [id, visibility]
});

/// Changes a signal. Has no reply; a refusal comes as an `error` without `ref`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChangeSignal {
    /// The channel.
    pub channel: ChannelId,
    /// Which signal.
    pub key: SignalKey,
    /// What to do to it.
    pub op: Op,
}

read_fields!(ChangeSignal {
    required: [channel, key, op],
    optional: []
});

/// Asks for a page of past events: the newest ones, or those before or after a seq.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AskHistory {
    /// Comes back in the reply.
    pub r#ref: Ref,
    /// The channel.
    pub channel: ChannelId,
    /// The newest events before this seq.
    pub before: Option<Seq>,
    /// The oldest events after this seq; not together with `before`.
    pub after: Option<Seq>,
    /// Page size, 1 to 1000; 50 when absent.
    pub limit: Option<usize>,
}

read_fields!(AskHistory {
    required: [r#ref, channel],
    optional: [before, after, limit]
});

/// What a relay sends.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RelayFrame {
    /// You are connected, and this is who you are.
    Welcome(Welcome),
    /// You are subscribed, and this is where you stand.
    Subscribed(Box<Subscribed>),
    /// You are no longer subscribed.
    Unsubscribed(Unsubscribed),
    /// Your event is durable.
    Published(Published),
    /// This happened.
    Event(Delivery),
    /// Something happened that you may not see.
    Skipped(Skipped),
    /// This live value changed.
    Signal(SignalChanged),
    /// The page you asked for.
    History(History),
    /// These hints are yours now.
    Hints(Hints),
    /// You will never get these.
    Gap(Gap),
    /// I am here.
    Pong(Pong),
    /// I did not do what you asked.
    Error(ErrorFrame),
    /// I close this connection now, and this is what to do next.
    Goodbye(Goodbye),
}

read_tagged!(RelayFrame {
    "welcome" => Welcome,
    "subscribed" => Subscribed,
    "unsubscribed" => Unsubscribed,
    "published" => Published,
    "event" => Event,
    "skipped" => Skipped,
    "signal" => Signal,
    "history" => History,
    "hints" => Hints,
    "gap" => Gap,
    "pong" => Pong,
    "error" => Error,
    "goodbye" => Goodbye
} else Self::Pong(Pong { now: 0 }));

/// The first frame of every connection; again after a `hello`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Welcome {
    /// Version of the wire: 1.
    pub protocol: u32,
    /// This connection, for logs.
    pub connection: ConnectionId,
    /// Who the relay takes you for.
    pub member: MemberId,
    /// What you may do.
    pub access: Vec<Right>,
    /// Who speaks.
    pub relay: RelayInfo,
    /// How often the relay pings.
    pub ping_every_ms: Millis,
    /// Largest frame the relay accepts.
    pub max_frame_bytes: usize,
    /// The relay's clock, for relative times.
    pub now: Millis,
}

read_fields!(Welcome {
    required: [
        protocol,
        connection,
        member,
        access,
        relay,
        ping_every_ms,
        max_frame_bytes,
        now
    ],
    optional: []
});

/// The relay's name and version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RelayInfo {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

read_fields!(RelayInfo {
    required: [name, version],
    optional: []
});

/// The reply to `subscribe`.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subscribed {
    /// Of the `subscribe`; absent when the URL implied it.
    pub r#ref: Option<Ref>,
    /// The channel.
    pub channel: ChannelId,
    /// Where this reply leaves you: the snapshot's position, or your own when recovered.
    pub position: Position,
    /// Seq of the newest event now. Above `position`, the events in between follow.
    pub head: Seq,
    /// Present if `after` was given: whether every event after it is in this reply or follows.
    pub recovered: Option<bool>,
    /// The complete state at `position`; absent when recovered.
    pub snapshot: Option<Snapshot>,
    /// The last events up to `position`, oldest first; empty when recovered.
    pub events: Vec<Event>,
    /// Every signal of the channel.
    pub signals: Vec<Signal>,
    /// Seq of the oldest event still held; 0 when there is none.
    pub floor: Seq,
}

read_fields!(Subscribed {
    required: [channel, position, head, events, signals, floor],
    optional: [r#ref, recovered, snapshot]
});

/// The end of a subscription: asked for, or the relay's doing.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unsubscribed {
    /// Of the `unsubscribe`; absent when the relay ended it.
    pub r#ref: Option<Ref>,
    /// The channel.
    pub channel: ChannelId,
    /// Why the relay ended it: `removed` (stop), `resync` (subscribe again).
    pub reason: Option<String>,
}

read_fields!(Unsubscribed {
    required: [channel],
    optional: [r#ref, reason]
});

/// An acknowledgement: the event is durable to the relay's configured level.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Published {
    /// Of the `publish`.
    pub r#ref: Ref,
    /// The channel.
    pub channel: ChannelId,
    /// The event's id.
    pub id: EventId,
    /// The event's seq.
    pub seq: Seq,
    /// Present and true when the id was stored before, and nothing was stored now.
    pub duplicate: Option<bool>,
}

read_fields!(Published {
    required: [r#ref, channel, id, seq],
    optional: [duplicate]
});

/// An event of a subscribed channel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Delivery {
    /// The channel.
    pub channel: ChannelId,
    /// The event, its fields beside `channel`.
    #[serde(flatten)]
    pub event: Event,
}

impl Read for Delivery {
    fn take(value: Value, reading: &mut Reading) -> Self {
        let mut fields = Extra::take(value, reading);
        Self {
            channel: required(&mut fields, "channel", reading),
            event: Event::take(Value::Object(fields), reading),
        }
    }
}

deserialize_by_reading!(Delivery);

/// An event the receiver may not see: only its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The channel.
    pub channel: ChannelId,
    /// The event's seq.
    pub seq: Seq,
    /// The seq before it.
    pub prev: Seq,
}

read_fields!(Skipped {
    required: [channel, seq, prev],
    optional: []
});

/// A change of a signal. An op other than `set` or `clear` applies to version − 1 only.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SignalChanged {
    /// The channel.
    pub channel: ChannelId,
    /// Which signal.
    pub key: SignalKey,
    /// The version after the change.
    pub version: u64,
    /// What to do to the value held.
    pub op: Op,
}

read_fields!(SignalChanged {
    required: [channel, key, version, op],
    optional: []
});

/// A page of past events, oldest first; those the receiver may not see are left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct History {
    /// Of the question.
    pub r#ref: Ref,
    /// The channel.
    pub channel: ChannelId,
    /// The events, oldest first.
    pub events: Vec<Event>,
    /// Whether there are more in the direction asked for.
    pub more: bool,
}

read_fields!(History {
    required: [r#ref, channel, events, more],
    optional: []
});

/// A range the receiver will never get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// The channel.
    pub channel: ChannelId,
    /// First missing seq.
    pub from: Seq,
    /// Last missing seq.
    pub to: Seq,
    /// Why: `pruned`.
    pub reason: String,
}

read_fields!(Gap {
    required: [channel, from, to, reason],
    optional: []
});

/// The answer to `ping`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pong {
    /// The relay's clock.
    pub now: Millis,
}

read_fields!(Pong {
    required: [now],
    optional: []
});

/// A refusal. The connection lives on.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorFrame {
    /// Of the refused frame, when it had one.
    pub r#ref: Option<Ref>,
    /// For programs.
    pub code: ErrorCode,
    /// For people: one sentence that says what to do.
    pub message: String,
}

read_fields!(ErrorFrame {
    required: [code, message],
    optional: [r#ref]
});

/// The last frame before the relay closes.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Goodbye {
    /// Why, for people.
    pub reason: String,
    /// Whether to come back.
    pub retry: bool,
    /// When to come back, at the earliest.
    pub after_ms: Option<Millis>,
}

read_fields!(Goodbye {
    required: [reason, retry],
    optional: [after_ms]
});

//! The reconnect machine: `(state, input, now, jitter) → commands`. A driver owns the socket and
//! the clock, feeds what happens and does what it is told; nothing in here waits or sends.
//!
//! Safety: a publish accepted by [`Input::Publish`] is stored at most once (its id makes repeats
//! harmless) and never disappears without [`Command::Outbox`] saying how it ended. Liveness: from
//! every state but `Idle` and `Stopped` there is always a wake-up, a connection attempt or a dead-man
//! timer under way, so the link comes back whenever the relay does.

use std::collections::BTreeMap;

use crate::{
    Body, ChannelId, CloseCode, ClientFrame, ErrorCode, Event, EventId, Hello, Millis, Position,
    RelayFrame, Replica, Seq, SignalKey, Visibility, Welcome,
};

/// Where a link stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not started.
    Idle,
    /// A socket is being opened, or is open and not yet welcomed.
    Connecting,
    /// Connected; at least one subscription has not caught up with its head.
    Replaying,
    /// Connected and caught up.
    Live,
    /// Not connected; the next attempt is due then.
    Waiting {
        /// When.
        until: Millis,
    },
    /// Not connected, and not going to be until it is started again.
    Stopped {
        /// Why.
        reason: StopReason,
    },
}

/// Why a link stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// The driver asked.
    Asked,
    /// The relay wants credentials, or newer ones.
    Unauthenticated,
    /// The relay closed with a code that means stop, or said goodbye without retry.
    Refused {
        /// The close code.
        code: CloseCode,
        /// What the relay said.
        reason: String,
    },
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Connect, from `Idle` or `Stopped`.
    Start,
    /// Disconnect and stay so.
    Stop,
    /// The socket opened.
    Opened,
    /// The socket brought a frame.
    Frame(Box<RelayFrame>),
    /// The socket closed, or could not be opened (1006 then).
    Closed {
        /// The close code.
        code: CloseCode,
        /// What the peer said.
        reason: String,
    },
    /// The time of the last [`Command::WakeAt`] has come (early or late does no harm).
    Tick,
    /// The network came back, or the page became visible: try at once if waiting.
    Online,
    /// A person pressed "Retry now".
    RetryNow,
    /// Watch a channel.
    Subscribe {
        /// Which.
        channel: ChannelId,
        /// How many past events to ask for.
        history: usize,
        /// Where to resume, when something is known from before.
        after: Option<Position>,
    },
    /// No longer watch a channel.
    Unsubscribe {
        /// Which.
        channel: ChannelId,
    },
    /// Publish, now or as soon as there is a connection.
    Publish {
        /// Idempotency id, chosen by the driver (randomness is a parameter).
        id: EventId,
        /// Where.
        channel: ChannelId,
        /// What.
        body: Body,
        /// Who may see it.
        visibility: Visibility,
    },
    /// Send a failed publish again.
    Resend {
        /// Which.
        id: EventId,
    },
    /// Forget a publish that failed or was accepted.
    Dismiss {
        /// Which.
        id: EventId,
    },
    /// Send this if connected, else forget it: signals and history questions are live only.
    Send(ClientFrame),
}

/// What the driver does next, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Open a socket; a former one, if any, is to be ignored from now on.
    Connect,
    /// Send a frame on the open socket.
    Send(ClientFrame),
    /// Close the socket and ignore whatever it still brings.
    Close(CloseCode),
    /// Feed [`Input::Tick`] at this time; replaces the wake-up before.
    WakeAt(Millis),
    /// [`Link::state`] changed.
    State,
    /// A channel's replica changed.
    Changed {
        /// Which channel.
        channel: ChannelId,
        /// How.
        change: Change,
    },
    /// The outbox entry with this id changed, see [`Link::outbox`].
    Outbox(EventId),
    /// A frame that answers a [`Input::Send`]: `history`, or an `error` that is about no publish
    /// and no subscription.
    Reply(Box<RelayFrame>),
}

/// How a replica changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It was replaced by a snapshot: at first, or because continuity could not be proved.
    Snapshot,
    /// It resumed where it was; events that were missed follow as [`Change::Event`].
    Resumed {
        /// The newest seq when it resumed.
        head: Seq,
    },
    /// It has caught up with the head it had on subscribing.
    CaughtUp {
        /// Events that came between the resume and now.
        n_missed: usize,
    },
    /// An event was folded in.
    Event(Box<Event>),
    /// A signal changed.
    Signal(SignalKey),
    /// A range was lost for good.
    Gap {
        /// First missing seq.
        from: Seq,
        /// Last missing seq.
        to: Seq,
    },
    /// The relay ended the subscription and will not take it up again, such as for a removed channel.
    Ended {
        /// What the relay said.
        reason: String,
    },
}

/// A publish on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// Idempotency id.
    pub id: EventId,
    /// Where.
    pub channel: ChannelId,
    /// What.
    pub body: Body,
    /// Who may see it.
    pub visibility: Visibility,
    /// How far it has come.
    pub stage: Stage,
}

/// How far a publish has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Not handed to a socket yet.
    Pending,
    /// Handed to a socket; not acknowledged.
    Sent,
    /// Durable.
    Accepted {
        /// Its seq.
        seq: Seq,
    },
    /// Refused, or dropped because the outbox was full.
    Failed {
        /// Why, for programs.
        code: ErrorCode,
        /// Why, for people.
        message: String,
    },
}

/// One link: subscriptions with their replicas, an outbox, and the state of the connection.
#[derive(Debug)]
pub struct Link {
    hello: Option<Hello>,
    state: State,
    replicas: BTreeMap<ChannelId, Replica>,
    welcome: Option<Welcome>,
}

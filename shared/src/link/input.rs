//! What can happen to a link.

use crate::{Body, ChannelId, ClientFrame, CloseCode, EventId, Position, RelayFrame, Visibility};

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
    /// The time of the last [`WakeAt`](super::Command::WakeAt) has come (early or late does no harm).
    Tick,
    /// The network came back, or the page became visible: if waiting, try at once (but not before
    /// a `goodbye` allows it); if connected, ask at once whether the relay still answers.
    Online,
    /// A person pressed "Retry now": if waiting, try at once.
    RetryNow,
    /// Watch a channel. One too many comes back at once as [`Change::Ended`](super::Change::Ended). One that
    /// is only followed is asked for anew, and what is known of it stays until the answer.
    Subscribe {
        /// Which.
        channel: ChannelId,
        /// How many past events to ask for.
        history: usize,
        /// Where to resume, when something is known from before. The replica then holds only what
        /// follows, unless the relay answers with a snapshot.
        after: Option<Position>,
    },
    /// Watch how a channel stands: its replica keeps no events. One that is watched already stays so, and
    /// lets go of its events.
    Follow {
        /// Which.
        channel: ChannelId,
    },
    /// No longer watch a channel.
    Unsubscribe {
        /// Which.
        channel: ChannelId,
    },
    /// Publish, now or as soon as there is a connection. An id that is in the outbox already
    /// changes nothing, and its entry is told again; one too many under way comes back at once as failed.
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
    /// Send this if connected, else forget it: signals and history questions are live only. A `ref`
    /// that starts with `link-` is the link's own.
    Send(ClientFrame),
}

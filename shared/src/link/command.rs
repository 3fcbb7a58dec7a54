//! What a link tells its driver to do.

use crate::{
    ChannelId, ClientFrame, CloseCode, Event, EventId, Millis, RelayFrame, Seq, SignalKey,
};

/// What the driver does next, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Open a socket; a former one, if any, is to be ignored from now on.
    Connect,
    /// Send a frame on the open socket.
    Send(ClientFrame),
    /// Close the socket and ignore whatever it still brings.
    Close(CloseCode),
    /// Feed [`Input::Tick`](super::Input::Tick) at this time; replaces the wake-up before.
    WakeAt(Millis),
    /// [`Link::state`](super::Link::state) or [`Link::welcome`](super::Link::welcome) changed.
    State,
    /// A channel's replica changed.
    Changed {
        /// Which channel.
        channel: ChannelId,
        /// How.
        change: Change,
    },
    /// The outbox entry with this id changed, or is gone: dismissed, or too old to be remembered
    /// once it had ended. See [`Link::outbox`](super::Link::outbox).
    Outbox(EventId),
    /// A frame that answers an [`Input::Send`](super::Input::Send): `history`, `hints`, or an `error` or a
    /// `published` that is about nothing in the outbox and no subscription.
    Reply(Box<RelayFrame>),
}

/// How a replica changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// It was replaced by a snapshot: at first, or because continuity could not be proved.
    Snapshot,
    /// It resumed where it was; events that were missed follow as [`Change::Event`]. Every signal
    /// has its newest value.
    Resumed {
        /// The newest seq when it resumed.
        head: Seq,
    },
    /// After a snapshot or a resume: it has caught up with the head there was then.
    CaughtUp {
        /// Events that came in between, not counting those in a snapshot.
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
    /// The channel is no longer watched, and its replica is gone: the relay refused or ended the
    /// subscription for good, as for a removed channel, or there are too many.
    Ended {
        /// What the relay said.
        reason: String,
    },
}

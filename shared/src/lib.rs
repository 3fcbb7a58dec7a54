//! The contract of Pilothouse: what travels between agents, relay and watchers, and the two
//! state machines both ends share. No I/O, no clock, no randomness, no async.
//!
//! `PROTOCOL.md` beside this crate says the same for readers of other languages.

mod body;
mod close;
pub mod codec;
mod error;
mod event;
mod frame;
mod id;
pub mod limits;
pub mod link;
pub mod pattern;
pub mod read;
mod replica;
mod right;
mod signal;
mod snapshot;
mod sorted;

pub use body::*;
pub use close::{AfterClose, CloseCode};
pub use codec::{DecodeError, EncodeError, Encoding};
pub use error::{ErrorCode, Refusal};
pub use event::{Author, Event, MemberKind, Position, Visibility};
pub use frame::*;
pub use id::{
    CallId, ChannelId, ConnectionId, Epoch, EventId, IdError, MemberId, MessageId, RequestId, Seq,
    SignalKey,
};
pub use replica::{Applied, Replica};
pub use right::Right;
pub use signal::{Display, Op, OpError, RowsPatch, Signal, True};
pub use snapshot::*;
pub use sorted::Sorted;

/// Milliseconds since the Unix epoch, UTC.
pub type Millis = u64;

/// Fields this version does not know, kept so that they survive a round trip.
pub type Extra = serde_json::Map<String, serde_json::Value>;

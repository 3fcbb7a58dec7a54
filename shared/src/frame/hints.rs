//! Hints handed over on a socket.

use serde::Serialize;
use serde_with::skip_serializing_none;

use super::Ref;
use crate::read::read_fields;
use crate::{ChannelId, HintEntry};

/// Asks for hints, once: the answer comes when there is at least one, be it hours later. The next
/// hints need another question. On a new connection ask anew: what was asked before went with the old.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TakeHints {
    /// Comes back in the reply.
    pub r#ref: Ref,
    /// The channel.
    pub channel: ChannelId,
    /// The session whose hints to take, beside those for any session.
    pub session: Option<String>,
}

read_fields!(TakeHints {
    required: [r#ref, channel],
    optional: [session]
});

/// The answer to `take_hints`. Once it is written, each of them counts as delivered to the member.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hints {
    /// Of the question.
    pub r#ref: Ref,
    /// The channel.
    pub channel: ChannelId,
    /// The hints, oldest first; at least one.
    pub hints: Vec<HintEntry>,
}

read_fields!(Hints {
    required: [r#ref, channel, hints],
    optional: []
});

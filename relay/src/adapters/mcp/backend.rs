//! What the tools stand on.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use pilothouse_shared::{Body, ChannelId, EventId, HintEntry, Op, Refusal, Seq, SignalKey};
use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::api::ApiCall;
use super::parcel::Lease;
use crate::access::Speaker;

/// A way to a relay: inside it, or from another process.
pub(crate) trait Backend: std::fmt::Debug + Send + Sync + 'static {
    /// Asks the HTTP API in the name of `who`; answers its JSON, null when there is none.
    fn call(
        &self,
        who: &Arc<Speaker>,
        call: ApiCall,
    ) -> impl Future<Output = Result<Value, Fault>> + Send;

    /// Publishes for everybody; answers when it is durable. Makes the channel if need be.
    fn publish(
        &self,
        who: &Arc<Speaker>,
        channel: &ChannelId,
        body: Body,
    ) -> impl Future<Output = Result<Published, Fault>> + Send;

    /// The same, waiting for a relay that is away for as long as it takes. Who gives up recalls nothing,
    /// but what is kept then is followed by `over`.
    fn publish_patiently(
        &self,
        who: &Arc<Speaker>,
        channel: &ChannelId,
        body: Body,
        over: Option<Body>,
    ) -> impl Future<Output = Result<Published, Fault>> + Send {
        drop(over);
        self.publish(who, channel, body)
    }

    /// Changes a live value that `who` alone writes. Makes the channel if need be.
    fn signal(
        &self,
        who: &Arc<Speaker>,
        channel: &ChannelId,
        key: SignalKey,
        op: Op,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Takes the pending hints for `who`, at most 50; waits for the first one this long, at most a
    /// minute. Makes the channel if need be.
    fn take_hints(
        &self,
        who: &Arc<Speaker>,
        channel: &ChannelId,
        wait: Duration,
    ) -> impl Future<Output = Result<Taken, Fault>> + Send;

    /// Shows `who` in a channel that exists, at least until the guard is dropped.
    fn enter(
        &self,
        who: &Arc<Speaker>,
        channel: &ChannelId,
    ) -> impl Future<Output = Result<Here, Fault>> + Send;
}

/// Keeps a member present in a channel.
pub(crate) type Here = Box<dyn Any + Send + Sync>;

/// Where an event is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Published {
    pub(crate) id: EventId,
    pub(crate) seq: Seq,
}

/// Hints that are the taker's once they have been handed on; until then they can go back.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) hints: Vec<HintEntry>,
    /// Absent when there is nothing to give back.
    pub(crate) lease: Option<Lease>,
}

/// Why a tool cannot do what it was called for. The model reads it.
#[derive(Debug, Clone, PartialEq, Error)]
pub(crate) enum Fault {
    /// The relay refused it.
    #[error("the relay refused this: {0}")]
    Refused(#[from] Refusal),
    /// There is no relay at the moment.
    #[error("the relay is unreachable, and the connection is tried again all the time: {0}")]
    Unreachable(String),
    /// There is no relay at the moment; what was published is kept, and sent when there is.
    #[error("the relay is unreachable, and the connection is tried again all the time: {0}")]
    Kept(String),
    /// The arguments are not what the tool takes.
    #[error("{0}")]
    Misused(String),
    /// The caller no longer waits.
    #[error("the call was cancelled; what it asked was withdrawn")]
    Over,
}

/// The fault of an answer that is not what it should be.
#[expect(clippy::needless_pass_by_value, reason = "`map_err` gives it away")]
pub(crate) fn unreadable(error: serde_json::Error) -> Fault {
    Fault::Unreachable(format!("its answer cannot be read: {error}"))
}

impl From<pilothouse_shared::IdError> for Fault {
    fn from(error: pilothouse_shared::IdError) -> Self {
        Self::Misused(error.to_string())
    }
}

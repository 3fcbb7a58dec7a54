//! The seam to durability: what a channel needs of a store, whatever the store is.

mod embedded;
mod register;
mod trouble;

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use pilothouse_shared::{
    Author, Body, ChannelId, Epoch, Event, EventId, Millis, Seq, Snapshot, Visibility,
};
use thiserror::Error;
use tokio::sync::oneshot;

pub use embedded::Copied;
pub(crate) use embedded::{Embedded, backup, restore};
pub(crate) use register::{Kept, Register};
pub(crate) use trouble::{Failure, Trouble};

/// An event before it has its place.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) id: EventId,
    pub(crate) at: Millis,
    pub(crate) author: Author,
    pub(crate) visibility: Visibility,
    pub(crate) body: Body,
}

/// Drafts for one channel, stored all or none.
#[derive(Debug)]
pub(crate) struct Append {
    pub(crate) channel: ChannelId,
    /// The epoch the channel had when this was written; another one means it was removed since.
    pub(crate) epoch: Epoch,
    pub(crate) drafts: Vec<Draft>,
    pub(crate) log: Arc<dyn Log>,
    /// Dropped when the append is over, however it ends: after the log was told.
    pub(crate) keep: Box<dyn Any + Send>,
}

/// An append under way. It happens whether or not anybody waits for it.
#[derive(Debug)]
pub(crate) struct Receipt(oneshot::Receiver<StoreResult<Vec<Stored>>>);

impl Receipt {
    pub(crate) fn new(answer: oneshot::Receiver<StoreResult<Vec<Stored>>>) -> Self {
        Self(answer)
    }

    /// Waits until it is durable; one [`Stored`] for each draft, in order.
    pub(crate) async fn stored(self) -> StoreResult<Vec<Stored>> {
        let stopped = |_| StoreError::failed("the store has stopped");
        self.0.await.map_err(stopped)?
    }
}

/// Where an engine reports what has become durable.
pub(crate) trait Log: Send + Sync + std::fmt::Debug {
    /// These events are durable. Called in the order of their seqs, one call at a time for a
    /// channel, before the append is answered.
    fn committed(&self, events: Vec<Event>);
}

/// Where an event is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) id: EventId,
    pub(crate) seq: Seq,
    /// The id was there before; nothing was stored now.
    pub(crate) duplicate: bool,
}

/// A channel as a relay finds it when it starts.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) channel: ChannelId,
    pub(crate) epoch: Epoch,
    pub(crate) head: Seq,
    /// The seq before the oldest event held.
    pub(crate) base: Seq,
    /// The last saved state, if it can be read.
    pub(crate) snapshot: StoreResult<Option<(Seq, Snapshot)>>,
}

/// A stretch of a channel's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stretch {
    /// The oldest events after this seq.
    After(Seq),
    /// The newest events before this seq.
    Before(Seq),
}

/// The old end of a channel's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Aged {
    pub(crate) channel: ChannelId,
    pub(crate) epoch: Epoch,
    /// Everything up to here is too old.
    pub(crate) through: Seq,
}

/// Why a store did not do it.
#[derive(Debug, Clone, Error)]
pub(crate) enum StoreError {
    /// The channel was removed.
    #[error("the channel was removed")]
    Removed,
    /// The channel exists.
    #[error("the channel exists")]
    Exists,
    /// The store is not able to.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl StoreError {
    /// A failure that nobody can name better.
    pub(crate) fn failed(detail: impl fmt::Display) -> Self {
        Self::Failed(Failure::other(detail))
    }
}

pub(crate) type StoreResult<T> = Result<T, StoreError>;

/// A store of channels.
pub(crate) trait Engine: Send + Sync + std::fmt::Debug {
    /// Every channel there is.
    fn channels(&self) -> BoxFuture<'_, StoreResult<Vec<Found>>>;
    /// Makes a channel, or makes a removed one anew.
    fn create(&self, channel: ChannelId, epoch: Epoch) -> BoxFuture<'_, StoreResult<()>>;
    /// Forgets a channel's events; its id stays taken until it is created again. Like an append, it is
    /// for the channel of this epoch alone.
    fn remove(&self, channel: ChannelId, epoch: Epoch) -> BoxFuture<'_, StoreResult<()>>;
    /// Whether a channel of this id was removed and not created again.
    fn was_removed(&self, channel: ChannelId) -> BoxFuture<'_, StoreResult<bool>>;
    /// Takes drafts to be stored. Appends taken one after the other are stored in that order.
    fn append(&self, append: Append) -> BoxFuture<'_, StoreResult<Receipt>>;
    /// Where the event with this id is, if it is stored.
    fn find(&self, channel: ChannelId, id: EventId) -> BoxFuture<'_, StoreResult<Option<Seq>>>;
    /// At most `limit` events of the channel of this epoch, oldest first.
    fn read(
        &self,
        channel: ChannelId,
        epoch: Epoch,
        stretch: Stretch,
        limit: usize,
    ) -> BoxFuture<'_, StoreResult<Vec<Event>>>;
    /// Saves a channel's state so that the next start need not fold everything. Like an append, it is
    /// for the channel of this epoch alone.
    fn save(
        &self,
        channel: ChannelId,
        epoch: Epoch,
        seq: Seq,
        snapshot: Snapshot,
    ) -> BoxFuture<'_, StoreResult<()>>;
    /// The state that was saved last, and the seq it was saved at, of the channel of this epoch.
    fn saved(
        &self,
        channel: ChannelId,
        epoch: Epoch,
    ) -> BoxFuture<'_, StoreResult<Option<(Seq, Snapshot)>>>;
    /// Forgets a channel's oldest events up to and including `through`, a batch of them: ask again until
    /// the new base, which is the answer, says that it is done. Never what no saved state has folded.
    fn prune(
        &self,
        channel: ChannelId,
        epoch: Epoch,
        through: Seq,
    ) -> BoxFuture<'_, StoreResult<Seq>>;
    /// The channels whose oldest events happened before `before`, and how far that goes; not all that
    /// far at once, so ask again after pruning. Never the newest event of a channel. An event later than
    /// `now` has a wrong time, and counts as what follows it.
    fn aged(&self, before: Millis, now: Millis) -> BoxFuture<'_, StoreResult<Vec<Aged>>>;
    /// Gives some of the space that is no longer needed back to the system, unless somebody publishes.
    /// Says whether there is more to do, now or later.
    fn tidy(&self) -> BoxFuture<'_, StoreResult<bool>>;
    /// Whether it can store now.
    fn ready(&self) -> BoxFuture<'_, StoreResult<()>>;
    /// Writes out what is held back and stops.
    fn close(&self) -> BoxFuture<'_, ()>;
}

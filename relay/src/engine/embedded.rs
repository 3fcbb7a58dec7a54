//! The engine for one relay: a SQLite file, one writer thread with group commit, a few readers.

mod commit;
mod copy;
mod failure;
mod lock;
mod prune;
mod readers;
mod run;
mod schema;
mod space;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use pilothouse_shared::{ChannelId, Epoch, Event, EventId, Millis, Seq, Snapshot};
use tokio::sync::{mpsc, oneshot};

pub use self::copy::Copied;
pub(crate) use self::copy::{backup, restore};
pub(super) use self::schema::BUSY;

use self::failure::Health;
use self::readers::Readers;
use self::writer::{Job, Writer};
use super::{Aged, Append, Engine, Found, Receipt, StoreError, StoreResult, Stretch};
use crate::config::Durability;
use crate::metrics::Metrics;

/// Jobs waiting for the writer. Publishers wait above it: the disk sets the pace.
const MAX_JOBS: usize = 1024;

/// Name of the database in the data folder.
const FILE: &str = "pilothouse.sqlite3";

/// See the module.
#[derive(Debug)]
pub(crate) struct Embedded {
    jobs: mpsc::Sender<Job>,
    readers: Readers,
    /// Held by the one prune under way: no turn of the writer has more than one batch to delete.
    pruning: tokio::sync::Mutex<()>,
}

impl Embedded {
    /// Opens or makes the database, and starts the writer. Without a folder everything is in memory
    /// and gone with the process.
    pub(crate) fn open(
        folder: Option<&Path>,
        durability: Durability,
        metrics: Arc<Metrics>,
    ) -> StoreResult<Self> {
        Self::open_on(run::boot().as_deref(), folder, durability, metrics)
    }

    /// On this start of the machine.
    fn open_on(
        boot: Option<&str>,
        folder: Option<&Path>,
        durability: Durability,
        metrics: Arc<Metrics>,
    ) -> StoreResult<Self> {
        let lock = folder.map(lock::take).transpose()?;
        let path = folder.map(|folder| folder.join(FILE));
        let connection = schema::open(path.as_deref(), durability, boot)?;
        let connection = Arc::new(Mutex::new(connection));
        let (jobs, queue) = mpsc::channel(MAX_JOBS);
        let health = Arc::new(Health::default());
        let readers = Readers::new(path, &connection, &health);
        Writer::new(connection, lock, health, metrics).spawn(queue)?;
        Ok(Self {
            jobs,
            readers,
            pruning: tokio::sync::Mutex::default(),
        })
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> StoreResult<T> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(job(reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

/// Where the writer puts an answer.
type Reply<T> = oneshot::Sender<StoreResult<T>>;

fn stopped() -> StoreError {
    StoreError::failed("the writer has stopped")
}

impl Engine for Embedded {
    fn channels(&self) -> BoxFuture<'_, StoreResult<Vec<Found>>> {
        Box::pin(self.readers.read(readers::channels))
    }

    fn create(&self, channel: ChannelId, epoch: Epoch) -> BoxFuture<'_, StoreResult<()>> {
        Box::pin(self.ask(|reply| Job::Create {
            channel,
            epoch,
            reply,
        }))
    }

    fn remove(&self, channel: ChannelId, epoch: Epoch) -> BoxFuture<'_, StoreResult<()>> {
        Box::pin(self.ask(|reply| Job::Remove {
            channel,
            epoch,
            reply,
        }))
    }

    fn was_removed(&self, channel: ChannelId) -> BoxFuture<'_, StoreResult<bool>> {
        Box::pin(
            self.readers
                .read(move |connection| readers::was_removed(connection, &channel)),
        )
    }

    fn append(&self, append: Append) -> BoxFuture<'_, StoreResult<Receipt>> {
        Box::pin(async {
            let (reply, answer) = oneshot::channel();
            self.jobs
                .send(Job::Append { append, reply })
                .await
                .map_err(|_| stopped())?;
            Ok(Receipt::new(answer))
        })
    }

    fn find(&self, channel: ChannelId, id: EventId) -> BoxFuture<'_, StoreResult<Option<Seq>>> {
        Box::pin(
            self.readers
                .read(move |connection| readers::find(connection, &channel, &id)),
        )
    }

    fn read(
        &self,
        channel: ChannelId,
        epoch: Epoch,
        stretch: Stretch,
        limit: usize,
    ) -> BoxFuture<'_, StoreResult<Vec<Event>>> {
        Box::pin(
            self.readers.read(move |connection| {
                readers::events(connection, &channel, &epoch, stretch, limit)
            }),
        )
    }

    fn save(
        &self,
        channel: ChannelId,
        epoch: Epoch,
        seq: Seq,
        snapshot: Snapshot,
    ) -> BoxFuture<'_, StoreResult<()>> {
        Box::pin(self.ask(move |reply| {
            let snapshot = Box::new(snapshot);
            Job::Save {
                channel,
                epoch,
                seq,
                snapshot,
                reply,
            }
        }))
    }

    fn saved(
        &self,
        channel: ChannelId,
        epoch: Epoch,
    ) -> BoxFuture<'_, StoreResult<Option<(Seq, Snapshot)>>> {
        Box::pin(
            self.readers
                .read(move |connection| readers::saved(connection, &channel, &epoch)),
        )
    }

    fn prune(
        &self,
        channel: ChannelId,
        epoch: Epoch,
        through: Seq,
    ) -> BoxFuture<'_, StoreResult<Seq>> {
        Box::pin(async move {
            let _turn = self.pruning.lock().await;
            let job = |reply| Job::Prune {
                channel,
                epoch,
                through,
                reply,
            };
            self.ask(job).await
        })
    }

    fn aged(&self, before: Millis, now: Millis) -> BoxFuture<'_, StoreResult<Vec<Aged>>> {
        Box::pin(
            self.readers
                .read(move |connection| prune::aged(connection, before, now)),
        )
    }

    fn tidy(&self) -> BoxFuture<'_, StoreResult<bool>> {
        Box::pin(self.ask(|reply| Job::Tidy { reply }))
    }

    fn ready(&self) -> BoxFuture<'_, StoreResult<()>> {
        Box::pin(self.ask(|reply| Job::Probe { reply }))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            // The answer comes after every job before it; a writer that is gone has nothing held.
            let _ = self.ask(|reply| Job::Stop { reply }).await;
        })
    }
}

#[cfg(test)]
mod tests;

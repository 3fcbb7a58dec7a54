//! The one thread that writes. It takes all the jobs that wait, does them in one transaction, and
//! answers after the commit: many publishers share one sync to disk.

use std::fs::File;
use std::time::Instant;

use pilothouse_shared::{ChannelId, Epoch, Seq, Snapshot};
use rusqlite::Connection;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

use super::commit::{self, Heads};
use super::failure::Health;
use super::{Reply, StoreError, StoreResult, run, space};
use crate::engine::{Append, Stored};
use crate::metrics::Metrics;

/// Jobs in one transaction: enough to share a sync, few enough to answer soon.
const MAX_GROUP: usize = 256;

/// What the writer can be asked.
#[derive(Debug)]
pub(super) enum Job {
    Create {
        channel: ChannelId,
        epoch: Epoch,
        reply: Reply<()>,
    },
    Remove {
        channel: ChannelId,
        epoch: Epoch,
        reply: Reply<()>,
    },
    Append {
        append: Append,
        reply: Reply<Vec<Stored>>,
    },
    Save {
        channel: ChannelId,
        epoch: Epoch,
        seq: Seq,
        snapshot: Box<Snapshot>,
        reply: Reply<()>,
    },
    Prune {
        channel: ChannelId,
        epoch: Epoch,
        through: Seq,
        reply: Reply<Seq>,
    },
    Tidy {
        reply: Reply<bool>,
    },
    Probe {
        reply: Reply<()>,
    },
    Stop {
        reply: Reply<()>,
    },
}

/// What is owed after a commit: tell the channel, answer the asker. Or after a failure: say so.
pub(super) type Debt = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

pub(super) struct Writer {
    connection: Arc<Mutex<Connection>>,
    /// The folder's, if there is a folder.
    lock: Option<File>,
    heads: Heads,
    health: Arc<Health>,
    metrics: Arc<Metrics>,
}

impl Writer {
    pub(super) fn new(
        connection: Arc<Mutex<Connection>>,
        lock: Option<File>,
        health: Arc<Health>,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            connection,
            lock,
            heads: Heads::default(),
            health,
            metrics,
        }
    }

    /// Gives it a thread of its own, which ends with a [`Job::Stop`] or with the last who could ask.
    pub(super) fn spawn(self, jobs: mpsc::Receiver<Job>) -> StoreResult<()> {
        std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || self.run(jobs))
            .map(|_| ())
            .map_err(|error| StoreError::failed(format!("no thread for the writer: {error}")))
    }

    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut group = Vec::with_capacity(MAX_GROUP);
        while jobs.blocking_recv_many(&mut group, MAX_GROUP) > 0 {
            if matches!(group[..], [Job::Tidy { .. }]) {
                self.tidy(&mut group);
                continue;
            }
            let stop = group.iter().any(|job| matches!(job, Job::Stop { .. }));
            let (outcome, debts) = self.commit(group.drain(..));
            if stop {
                self.end();
                // Before anybody hears that it has stopped: who hears it may open the folder.
                self.lock = None;
            } else {
                self.health.wrote(&outcome);
            }
            for debt in debts {
                debt(outcome.clone());
            }
            if stop {
                return;
            }
        }
    }

    /// Gives space back, when nobody waits for anything else.
    fn tidy(&self, group: &mut Vec<Job>) {
        let connection = self.connection();
        let tidied = self.health.is_whole();
        let tidied = tidied.and_then(|()| space::give_back(&connection));
        drop(connection);
        for job in group.drain(..) {
            if let Job::Tidy { reply } = job {
                commit::owe(reply, tidied.clone())(Ok(()));
            }
        }
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Nothing more will be written.
    fn end(&self) {
        let connection = self.connection();
        let ended = self.health.is_whole().and_then(|()| run::end(&connection));
        let ended = ended.and_then(|()| space::settle(&connection));
        if let Err(error) = ended {
            tracing::warn!(%error, "the end was not written down");
        }
    }

    fn commit(&mut self, group: impl Iterator<Item = Job>) -> (StoreResult<()>, Vec<Debt>) {
        let started = Instant::now();
        let mut debts = Vec::with_capacity(MAX_GROUP);
        let outcome = self.transact(group, &mut debts);
        self.metrics.committed(started.elapsed());
        if outcome.is_err() {
            // What the transaction would have made of the heads is undone with it.
            self.heads.clear();
        }
        (outcome, debts)
    }

    fn transact(
        &mut self,
        group: impl Iterator<Item = Job>,
        debts: &mut Vec<Debt>,
    ) -> StoreResult<()> {
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let begun = self.health.is_whole();
        let begun = begun.and_then(|()| Ok(connection.transaction()?));
        let transaction = match begun {
            Ok(transaction) => transaction,
            Err(error) => {
                debts.extend(group.map(refuse));
                return Err(error);
            }
        };
        self.heads.begin();
        let mut outcome = Ok(());
        for job in group {
            match &outcome {
                Ok(()) => outcome = commit::perform(&transaction, &mut self.heads, job, debts),
                Err(_) => debts.push(refuse(job)),
            }
        }
        outcome?;
        transaction.commit()?;
        Ok(())
    }
}

/// A job that was not begun: all it is owed is the failure of its group.
fn refuse(job: Job) -> Debt {
    match job {
        Job::Create { reply, .. }
        | Job::Remove { reply, .. }
        | Job::Save { reply, .. }
        | Job::Probe { reply }
        | Job::Stop { reply } => commit::owe(reply, Ok(())),
        Job::Append { reply, .. } => commit::owe(reply, Ok(Vec::new())),
        Job::Tidy { reply } => commit::owe(reply, Ok(false)),
        Job::Prune { reply, .. } => commit::owe(reply, Ok(Seq::ZERO)),
    }
}

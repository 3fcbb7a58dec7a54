//! The one thread that writes. It takes all the jobs that wait, does them in one transaction, and
//! answers after the commit: many publishers share one sync to disk.

use std::fs::File;
use std::time::Instant;

use pilothouse_shared::{ChannelId, Epoch, Seq, Snapshot};
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

use super::commit::{self, Heads};
use super::{Reply, StoreError, StoreResult};
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
    Probe {
        reply: Reply<()>,
    },
    Stop {
        reply: Reply<()>,
    },
}

/// What is owed after a commit: tell the channel, answer the asker. Or after a failure: say so.
pub(super) type Debt = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

pub(super) fn spawn(
    connection: Arc<Mutex<Connection>>,
    lock: Option<File>,
    jobs: mpsc::Receiver<Job>,
    metrics: Arc<Metrics>,
) -> StoreResult<()> {
    let run = move || {
        Writer {
            connection,
            lock,
            heads: Heads::default(),
            metrics,
        }
        .run(jobs)
    };
    std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(run)
        .map(|_| ())
        .map_err(|error| StoreError::Failed(format!("no thread for the writer: {error}")))
}

struct Writer {
    connection: Arc<Mutex<Connection>>,
    /// The folder's, if there is a folder.
    lock: Option<File>,
    heads: Heads,
    metrics: Arc<Metrics>,
}

impl Writer {
    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut group = Vec::with_capacity(MAX_GROUP);
        while jobs.blocking_recv_many(&mut group, MAX_GROUP) > 0 {
            let stop = group.iter().any(|job| matches!(job, Job::Stop { .. }));
            let (outcome, debts) = self.commit(group.drain(..));
            if stop {
                // Before anybody hears that it has stopped: who hears it may open the folder.
                self.lock = None;
            }
            for debt in debts {
                debt(outcome.clone());
            }
            if stop {
                return;
            }
        }
    }

    fn commit(&mut self, group: impl Iterator<Item = Job>) -> (StoreResult<()>, Vec<Debt>) {
        let started = Instant::now();
        let mut debts = Vec::with_capacity(MAX_GROUP);
        let outcome = self.transact(group, &mut debts);
        self.metrics.committed(started.elapsed());
        if let Err(error) = &outcome {
            tracing::error!(%error, "commit failed");
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
        let transaction = connection.transaction();
        let transaction = match transaction {
            Ok(transaction) => transaction,
            Err(error) => {
                debts.extend(group.map(refuse));
                return Err(error.into());
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
        Job::Prune { reply, .. } => commit::owe(reply, Ok(Seq::ZERO)),
    }
}

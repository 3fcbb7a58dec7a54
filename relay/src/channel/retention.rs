//! Housekeeping of a channel: its state is saved, its history is bounded. Nobody who publishes waits
//! for it.

use std::sync::Arc;

use pilothouse_shared::Seq;

use super::Channel;
use crate::engine::{Aged, StoreError, StoreResult};

/// Events between two saved snapshots: what a start has to fold at most.
const SAVE_EVERY: u64 = if cfg!(test) { 5 } else { 500 };

impl Channel {
    /// Starts what is due, unless it is under way. A failure is logged and tried again later: the
    /// events themselves are safe.
    pub(crate) fn keep_house(self: &Arc<Self>) {
        if !self.core().is_house_due(SAVE_EVERY, self.keep_events) {
            return;
        }
        let Ok(turn) = Arc::clone(&self.housekeeping).try_lock_owned() else {
            return;
        };
        let channel = Arc::clone(self);
        tokio::spawn(async move {
            let kept = channel.save_and_prune().await;
            drop(turn);
            match kept {
                // What became due meanwhile found the turn taken.
                Ok(()) => channel.keep_house(),
                // There is nothing left to keep.
                Err(StoreError::Removed) => {}
                Err(error) => tracing::warn!(channel = %channel.id, %error, "housekeeping failed"),
            }
        });
    }

    async fn save_and_prune(&self) -> StoreResult<()> {
        if self.core().is_save_due(SAVE_EVERY) {
            self.save().await?;
        }
        let through = self.core().prunable(self.keep_events);
        match through {
            Some(through) => self.prune(through).await,
            None => Ok(()),
        }
    }

    /// Lets what has become too old go. Says whether anything went.
    pub(crate) async fn prune_aged(&self, aged: &Aged) -> StoreResult<bool> {
        let _turn = self.housekeeping.lock().await;
        if aged.epoch != self.epoch || aged.through <= self.core().base() {
            return Ok(false);
        }
        match self.prune(aged.through).await {
            Ok(()) => Ok(true),
            Err(StoreError::Removed) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Saves a snapshot of now.
    async fn save(&self) -> StoreResult<()> {
        let (seq, snapshot) = self.core().state();
        self.engine
            .save(self.id.clone(), self.epoch.clone(), seq, snapshot)
            .await?;
        self.core().saved(seq);
        Ok(())
    }

    /// Deletes history up to `through`, batch by batch, once a snapshot has folded it.
    async fn prune(&self, through: Seq) -> StoreResult<()> {
        if self.core().last_saved() < through {
            self.save().await?;
        }
        // The floor first: nobody may be promised what is about to go.
        self.core().unpromise(through);
        loop {
            let held = self
                .engine
                .prune(self.id.clone(), self.epoch.clone(), through)
                .await?;
            let n_gone = self.core().pruned(held);
            self.metrics.pruned.inc_by(n_gone);
            if held >= through {
                return Ok(());
            }
            if n_gone == 0 {
                let message = format!("{} keeps what comes after {held}", self.id);
                return Err(StoreError::failed(message));
            }
        }
    }
}

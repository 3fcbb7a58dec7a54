//! What the hub does once in a while: history that is too old goes, and its space goes back.

use std::time::Duration;

use pilothouse_shared::Millis;
use tokio::time::MissedTickBehavior;

use super::{Hub, TICK};
use crate::clock;
use crate::engine::StoreError;

/// How often the hub looks for history that is too old. More often when little is kept, so that it is
/// never kept much longer than it should be.
const SWEEP: Duration = Duration::from_secs(60);

/// Between two steps of giving space back, so that publishers come first.
const BREATH: Duration = Duration::from_millis(10);

impl Hub {
    pub(super) async fn sweep_on(&self, keep_for: Duration) {
        let mut interval = tokio::time::interval((keep_for / 100).clamp(TICK, SWEEP));
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let keep_ms = Millis::try_from(keep_for.as_millis()).unwrap_or(Millis::MAX);
        loop {
            interval.tick().await;
            if let Err(error) = self.sweep(keep_ms, clock::now()).await {
                tracing::warn!(%error, "history not swept");
            }
        }
    }

    /// Starts what housekeeping is due, lets go what is older than `keep_ms`, and gives space back.
    pub(super) async fn sweep(&self, keep_ms: Millis, now: Millis) -> Result<(), StoreError> {
        for channel in self.all() {
            channel.keep_house();
        }
        let before = now.saturating_sub(keep_ms);
        loop {
            let mut has_pruned = false;
            for aged in self.engine.aged(before, now).await? {
                if let Ok(channel) = self.find(&aged.channel) {
                    has_pruned |= channel.prune_aged(&aged).await?;
                }
            }
            if !has_pruned {
                break;
            }
        }
        while self.engine.tidy().await? {
            tokio::time::sleep(BREATH).await;
        }
        Ok(())
    }
}

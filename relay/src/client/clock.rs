//! Time as a link wants it: milliseconds since 1970 that never go back.

use std::time::Duration;

use pilothouse_shared::Millis;
use tokio::time::Instant;

/// The wall clock once, and a monotonic one from there on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    started_at: Millis,
    started: Instant,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self {
            started_at: crate::clock::now(),
            started: Instant::now(),
        }
    }

    pub(super) fn now(&self) -> Millis {
        let elapsed = self.started.elapsed().as_millis();
        self.started_at + Millis::try_from(elapsed).unwrap_or(Millis::MAX - self.started_at)
    }

    /// When the clock shows `at`.
    pub(super) fn instant(&self, at: Millis) -> Instant {
        self.started + Duration::from_millis(at.saturating_sub(self.started_at))
    }
}

//! Whether the peer of a connection is still there.

use std::time::Duration;

use pilothouse_shared::limits::{PING_EVERY_MS, PONG_WITHIN_MS};
use tokio::time::Instant;

/// When to ask whether the peer is still there, and whether it has been asked.
pub(super) struct Liveness {
    pub(super) due: Instant,
    pub(super) is_asked: bool,
}

impl Liveness {
    /// The first question comes at a random moment, so that clients that came together are not asked
    /// together.
    pub(super) fn new() -> Self {
        let first = PING_EVERY_MS / 2 + random_below(PING_EVERY_MS / 2);
        Self {
            due: Instant::now() + Duration::from_millis(first),
            is_asked: false,
        }
    }

    pub(super) fn heard(&mut self) {
        if self.is_asked {
            self.is_asked = false;
            self.due = Instant::now() + Duration::from_millis(PING_EVERY_MS);
        }
    }

    pub(super) fn asked(&mut self) {
        self.is_asked = true;
        self.due = Instant::now() + Duration::from_millis(PONG_WITHIN_MS);
    }
}

pub(super) fn random_below(bound: u64) -> u64 {
    let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
    high % bound
}

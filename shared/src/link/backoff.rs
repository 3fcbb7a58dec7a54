//! How long to wait before the next attempt.

use crate::Millis;

/// Longest wait after a first failure.
const FIRST_MS: f64 = 500.0;

/// Longest wait after any failure.
const LONGEST_MS: f64 = 30_000.0;

/// What has held this long is not the failure it was: waits begin small again.
pub(super) const STEADY_MS: Millis = 10_000;

/// Exponential backoff with full jitter: after the n-th failure in a row, a random part of
/// min(30 s, 0.5 s · 2ⁿ⁻¹). It never gives up.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    attempts: u32,
    due: Millis,
}

impl Backoff {
    /// Failures in a row.
    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// When to try again.
    pub(super) fn due(&self) -> Millis {
        self.due
    }

    /// Counts a failure.
    pub(super) fn fail(&mut self, now: Millis, jitter: f64) {
        let exponent = i32::try_from(self.attempts.min(16)).unwrap_or(16);
        let longest = (FIRST_MS * 2f64.powi(exponent)).min(LONGEST_MS);
        self.attempts = self.attempts.saturating_add(1);
        self.due = now + whole_ms(longest * jitter);
    }

    /// Counts a failure of which the first may be tried again at once, but not a second soon after.
    pub(super) fn stumble(&mut self, now: Millis, jitter: f64) {
        if now.saturating_sub(self.due) >= STEADY_MS {
            self.attempts = 0;
        }
        match self.attempts {
            0 => {
                *self = Self {
                    attempts: 1,
                    due: now,
                }
            }
            _ => self.fail(now, jitter),
        }
    }

    /// Forgets every failure.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}

/// The machine clamps the jitter, so this fits.
fn whole_ms(ms: f64) -> Millis {
    ms as Millis
}

//! A token bucket, pure: time is a parameter. It is one point in time, at which the bucket is full again;
//! that is all there is to keep for each of many thousands.

use std::time::Duration;

/// So many in a time, and how many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    n: u64,
    per: Duration,
    burst: u64,
}

impl Rate {
    /// `n` is at least 1.
    pub(super) fn new(n: u64, per: Duration, burst: u64) -> Self {
        let burst = burst.max(1);
        Self { n, per, burst }
    }

    /// The rate of so many together.
    pub(super) fn times(self, factor: u64) -> Self {
        Self {
            n: self.n.saturating_mul(factor),
            burst: self.burst.saturating_mul(factor),
            ..self
        }
    }

    /// How long it takes until so many are there again.
    fn time(&self, units: u64) -> Duration {
        let nanos = self.per.as_nanos() * u128::from(units) / u128::from(self.n.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// See the module. Times are since the same moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bucket {
    full_at: Duration,
}

impl Bucket {
    /// Takes so many out, also those that are not there: then says how long it takes until it is not
    /// overdrawn.
    pub(super) fn spend(&mut self, rate: &Rate, units: u64, now: Duration) -> Duration {
        self.full_at = self.full_at.max(now).saturating_add(rate.time(units));
        self.wait(rate, now)
    }

    /// How long it takes until it is not overdrawn.
    pub(super) fn wait(&self, rate: &Rate, now: Duration) -> Duration {
        self.wait_for(rate, 0, now)
    }

    /// How long it takes until so many more do not overdraw it.
    pub(super) fn wait_for(&self, rate: &Rate, units: u64, now: Duration) -> Duration {
        let missing = self.full_at.max(now).saturating_sub(now);
        let missing = missing.saturating_add(rate.time(units));
        missing.saturating_sub(rate.time(rate.burst))
    }

    pub(super) fn is_full(&self, now: Duration) -> bool {
        self.full_at <= now
    }
}

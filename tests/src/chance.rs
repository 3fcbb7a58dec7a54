//! Chance that can be had again.

use std::io::Write;

use crate::environment;

/// A source of chance. A test that fails prints the seed; `PILOTHOUSE_SEED` brings it back.
#[derive(Debug)]
pub struct Chance {
    seed: u64,
    rng: fastrand::Rng,
}

impl Chance {
    /// Another one each time, unless the environment says which.
    #[must_use]
    pub fn new() -> Self {
        let seed = environment::seed().unwrap_or_else(|| fastrand::u64(..));
        let rng = fastrand::Rng::with_seed(seed);
        Self { seed, rng }
    }

    /// A number below `end`, which is above 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.rng.u64(..end)
    }
}

impl Default for Chance {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Chance {
    fn drop(&mut self) {
        if std::thread::panicking() {
            // The one writer that the test runner captures.
            let _ = writeln!(std::io::stderr(), "PILOTHOUSE_SEED={}", self.seed);
        }
    }
}

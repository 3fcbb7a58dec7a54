//! Counting tests by what `cargo test` prints.

use std::process::Command;

use crate::command;
use crate::failure::Failure;
use crate::say;

/// How many passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) n_passed: u64,
    pub(crate) n_failed: u64,
}

impl Tally {
    pub(crate) const ONE_PASSED: Self = Self {
        n_passed: 1,
        n_failed: 0,
    };
    pub(crate) const ONE_FAILED: Self = Self {
        n_passed: 0,
        n_failed: 1,
    };

    /// Adds what another tally counted.
    pub(crate) fn add(&mut self, other: Self) {
        self.n_passed += other.n_passed;
        self.n_failed += other.n_failed;
    }
}

/// Runs `cargo test`, shows what it prints and counts.
///
/// A run that failed without a failed test (it did not compile, or a test aborted the process)
/// counts as one failure.
pub(crate) fn run(cargo_test: &mut Command) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let succeeded = command::lines(cargo_test, |line| {
        say::line(line);
        tally.add(in_line(line).unwrap_or_default());
    })?;
    if !succeeded && tally.n_failed == 0 {
        tally.add(Tally::ONE_FAILED);
    }
    Ok(tally)
}

/// The counts of a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
fn in_line(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |word| {
        let part = counts
            .split("; ")
            .find_map(|part| part.strip_suffix(word))?;
        part.trim().parse().ok()
    };
    Some(Tally {
        n_passed: count("passed")?,
        n_failed: count("failed")?,
    })
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::{any, prop_assert_eq, proptest};

    use super::{Tally, in_line, run};

    proptest! {
        #[test]
        fn a_result_line_gives_its_counts(n_passed in any::<u64>(), n_failed in any::<u64>()) {
            let verdict = if n_failed == 0 { "ok" } else { "FAILED" };
            let line = format!(
                "test result: {verdict}. {n_passed} passed; {n_failed} failed; 1 ignored; \
                 0 measured; 0 filtered out; finished in 0.01s"
            );
            prop_assert_eq!(in_line(&line), Some(Tally { n_passed, n_failed }));
        }

        #[test]
        fn no_other_line_gives_any(line in "[^t].*") {
            prop_assert_eq!(in_line(&line), None);
        }
    }

    #[test]
    fn a_run_that_fails_without_a_failed_test_counts_as_one_failure() {
        let tally = run(Command::new("sh").args(["-c", "exit 101"])).unwrap();
        assert_eq!(tally, Tally::ONE_FAILED);
    }
}

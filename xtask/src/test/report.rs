//! What came of the parts, and how long each took.

use std::time::Duration;

use super::libtest::Tally;
use super::part::Part;
use crate::say;

/// What came of one part.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    /// It ran, and counted this.
    Run(Tally),
    /// It did not run: the part it needs has not succeeded. That one's failure counts, not this.
    NotRun(Part),
    /// It cannot run on this machine, for this reason: neither a success nor a failure.
    NotHere(&'static str),
}

impl Outcome {
    /// It ran and failed as a whole.
    pub(crate) fn failed() -> Self {
        Self::Run(Tally::ONE_FAILED)
    }
}

/// All parts so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    parts: Vec<(Part, Outcome, Duration)>,
}

impl Report {
    pub(crate) fn add(&mut self, part: Part, outcome: Outcome, took: Duration) {
        self.parts.push((part, outcome, took));
    }

    /// Whether `part` ran without a failure.
    pub(crate) fn is_fine(&self, part: Part) -> bool {
        self.parts.iter().any(|(done, outcome, _)| {
            *done == part && matches!(outcome, Outcome::Run(tally) if tally.n_failed == 0)
        })
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.total().n_failed > 0
    }

    /// The table of parts, then `N passed, N failed` alone on the last line.
    pub(crate) fn print(&self) {
        say::line("\npart            time   passed  failed");
        for (part, outcome, took) in &self.parts {
            say::line(&row(*part, *outcome, *took));
        }
        let took: Duration = self.parts.iter().map(|(.., took)| *took).sum();
        say::line(&format!("{:<12}{:>8}\n", "all", minutes(took)));
        let total = self.total();
        say::line(&format!(
            "{} passed, {} failed",
            total.n_passed, total.n_failed
        ));
    }

    fn total(&self) -> Tally {
        let mut total = Tally::default();
        for (_, outcome, _) in &self.parts {
            if let Outcome::Run(tally) = outcome {
                total.add(*tally);
            }
        }
        total
    }
}

fn row(part: Part, outcome: Outcome, took: Duration) -> String {
    let start = format!("{:<12}{:>8}", part.name(), minutes(took));
    match outcome {
        Outcome::Run(tally) => format!("{start}{:>9}{:>8}", tally.n_passed, tally.n_failed),
        Outcome::NotHere(why) => format!("{start}  not run here: {why}"),
        Outcome::NotRun(need) => format!("{start}  not run: it needs {}", need.name()),
    }
}

fn minutes(duration: Duration) -> String {
    let seconds = duration.as_secs();
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Outcome, Report, minutes, row};
    use crate::test::libtest::Tally;
    use crate::test::part::Part;

    #[test]
    fn a_part_that_did_not_run_is_not_fine_and_counts_neither_way() {
        let mut report = Report::default();
        report.add(Part::Fmt, Outcome::Run(Tally::ONE_PASSED), Duration::ZERO);
        report.add(
            Part::Relay,
            Outcome::NotRun(Part::Dashboard),
            Duration::ZERO,
        );
        assert!(report.is_fine(Part::Fmt) && !report.is_fine(Part::Relay));
        assert_eq!(report.total(), Tally::ONE_PASSED);
    }

    #[test]
    fn a_part_that_cannot_run_here_says_so_and_counts_neither_way() {
        let mut report = Report::default();
        let outcome = Outcome::NotHere("no network");
        report.add(Part::Advisories, outcome, Duration::ZERO);
        assert!(!report.is_fine(Part::Advisories) && !report.has_failed());
        let row = row(Part::Advisories, outcome, Duration::ZERO);
        assert!(row.ends_with("not run here: no network"), "{row}");
    }

    #[test]
    fn one_failure_fails_the_whole() {
        let mut report = Report::default();
        report.add(Part::Fmt, Outcome::failed(), Duration::ZERO);
        report.add(
            Part::Tests,
            Outcome::Run(Tally {
                n_passed: 9,
                n_failed: 0,
            }),
            Duration::ZERO,
        );
        assert!(report.has_failed());
    }

    #[test]
    fn times_are_shown_in_minutes_and_seconds() {
        assert_eq!(minutes(Duration::from_secs(125)), "2:05");
    }
}

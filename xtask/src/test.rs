//! `cargo xtask test`: every check, in parts, each announced and timed.

mod conformance;
mod deny;
pub(crate) mod libtest;
pub(crate) mod part;
mod report;
pub(crate) mod size;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Instant;

use crate::failure::Failure;
use crate::say;
use crate::setup::cache::Cache;
use crate::workspace::Workspace;
use part::{Part, Place};
use report::{Outcome, Report};

/// Runs all parts, or `only` these and what they need; succeeds if nothing failed.
pub(crate) fn test(
    workspace: &Workspace,
    cache: &Cache,
    only: &[Part],
) -> Result<ExitCode, Failure> {
    let place = Place { workspace, cache };
    let mut report = Report::default();
    for part in wanted(only) {
        let started = Instant::now();
        let outcome = match part.needs().iter().find(|need| !report.is_fine(**need)) {
            Some(need) => Outcome::NotRun(*need),
            None => perform(part, &place),
        };
        report.add(part, outcome, started.elapsed());
    }
    report.print();
    Ok(if report.has_failed() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn perform(part: Part, place: &Place<'_>) -> Outcome {
    say::step(&format!("Part {}", part.name()), part.why());
    match part.run(place) {
        Ok(tally) => Outcome::Run(tally),
        Err(Failure::NotHere(why)) => {
            say::note(&format!("not run here: {why}"));
            Outcome::NotHere(why)
        }
        Err(failure) => {
            say::failed(&failure);
            Outcome::failed()
        }
    }
}

/// The parts to run, in their order; all when none is named.
fn wanted(only: &[Part]) -> BTreeSet<Part> {
    if only.is_empty() {
        return Part::all().collect();
    }
    let mut parts = BTreeSet::new();
    let mut open = only.to_vec();
    while let Some(part) = open.pop() {
        if parts.insert(part) {
            open.extend(part.needs());
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::part::Part;
    use super::wanted;

    #[test]
    fn a_named_part_brings_the_parts_it_needs_in_the_order_of_all_parts() {
        let parts: Vec<Part> = wanted(&[Part::Size]).into_iter().collect();
        assert_eq!(parts, [Part::Tools, Part::Dashboard, Part::Size]);
    }

    #[test]
    fn a_part_never_needs_a_later_one() {
        for part in Part::all() {
            assert!(part.needs().iter().all(|need| *need < part));
        }
    }
}

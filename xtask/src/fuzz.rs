//! `cargo xtask fuzz`: every parser of outside bytes, tried by libFuzzer with inputs that it makes up.

mod target;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::cli;
use crate::command;
use crate::failure::Failure;
use crate::say;
use crate::setup::cxx;
use crate::test::libtest::Tally;
use crate::workspace::Workspace;
use target::{Outcome, TARGETS, Target};

/// What all targets together take as a part of the tests.
const BRIEFLY: Duration = Duration::from_secs(60);

/// Runs the targets that are named, or all; succeeds if nothing was found.
pub(crate) fn fuzz(workspace: &Workspace, wanted: &cli::Fuzz) -> Result<ExitCode, Failure> {
    let targets = named(&wanted.targets)?;
    let place = Place::built(workspace, "found")?;
    let seconds = Duration::from_secs(wanted.seconds.into());
    let mut n_found = 0;
    for target in targets {
        match target.run(&place, seconds)? {
            Outcome::Found => n_found += 1,
            Outcome::Nothing if wanted.keep => target.keep(&place)?,
            Outcome::Nothing => {}
        }
    }
    Ok(match n_found {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Every target for some seconds: all inputs that are kept first, then new ones, the same in every run.
pub(crate) fn briefly(workspace: &Workspace) -> Result<Tally, Failure> {
    let place = Place::built(workspace, "brief")?;
    if place.found.exists() {
        std::fs::remove_dir_all(&place.found).map_err(Failure::file(&place.found))?;
    }
    let mut tally = Tally::default();
    for target in &TARGETS {
        let seconds = BRIEFLY / u32::try_from(TARGETS.len()).unwrap_or(1);
        tally.add(match target.run(&place, seconds)? {
            Outcome::Nothing => Tally::ONE_PASSED,
            Outcome::Found => Tally::ONE_FAILED,
        });
    }
    Ok(tally)
}

/// What a target runs with.
#[derive(Debug)]
struct Place {
    root: PathBuf,
    program: PathBuf,
    /// Where inputs go that reach something new.
    found: PathBuf,
}

impl Place {
    /// Builds the targets so that libFuzzer sees where an input leads. The compiler's flags for that are
    /// stable ones; only what is in the workspace is built anew.
    fn built(workspace: &Workspace, found: &str) -> Result<Self, Failure> {
        cxx::ready()?;
        say::step(
            "Building the fuzz targets",
            "libFuzzer has to see which code an input reaches; a minute",
        );
        let wrapper = workspace.root.join("fuzz/instrumented.sh");
        let mut cargo = workspace.cargo("build --locked -p pilothouse-fuzz");
        cargo.env("RUSTC_WORKSPACE_WRAPPER", wrapper);
        command::run(cargo.env("CARGO_INCREMENTAL", "0"))?;
        Ok(Self {
            root: workspace.root.clone(),
            program: workspace.target.join("debug/pilothouse-fuzz"),
            found: workspace.target.join("fuzz").join(found),
        })
    }
}

/// The targets of these names; all when none is named.
fn named(names: &[String]) -> Result<Vec<&'static Target>, Failure> {
    let find = |name: &String| TARGETS.iter().find(|target| target.name == name);
    let unknown = names.iter().find(|name| find(name).is_none());
    if let Some(name) = unknown {
        let all: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        let all = all.join(", ");
        return Err(Failure::Missing(format!(
            "there is no target `{name}`; there are {all}"
        )));
    }
    Ok(match names {
        [] => TARGETS.iter().collect(),
        names => names.iter().filter_map(find).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::named;
    use super::target::TARGETS;
    use crate::workspace::Workspace;

    #[test]
    fn a_name_that_is_none_is_answered_with_the_list() {
        assert_eq!(named(&[]).unwrap().len(), TARGETS.len());
        let error = named(&["frames".to_owned(), "frame".to_owned()]).unwrap_err();
        assert!(error.to_string().contains("websocket"), "{error}");
    }

    #[test]
    fn every_target_has_a_corpus_and_every_corpus_a_target() {
        let folder = Workspace::find().unwrap().root.join("fuzz/corpus");
        let mut corpora: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        corpora.sort();
        assert_eq!(corpora, TARGETS.map(|target| target.name));
    }
}

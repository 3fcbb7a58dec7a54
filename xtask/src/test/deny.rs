//! What may be among the dependencies: deny.toml says, cargo-deny judges.

use std::process::Command;

use crate::command;
use crate::failure::Failure;
use crate::setup::cache::Cache;
use crate::setup::cargo_deny;
use crate::workspace::Workspace;

/// Why known faults are not looked for on some machines.
const NO_DATABASE: &str = "the RustSec advisory database cannot be reached: run it where it can";

/// Licences, duplicates and where packages come from.
pub(super) fn dependencies(workspace: &Workspace, cache: &Cache) -> Result<(), Failure> {
    let checks = ["check", "bans", "licenses", "sources"];
    command::run(cargo_deny(workspace, cache)?.args(checks))
}

/// Known faults and yanked versions, by a database that is a repository on GitHub.
pub(super) fn advisories(workspace: &Workspace, cache: &Cache) -> Result<(), Failure> {
    let mut fetch = cargo_deny(workspace, cache)?;
    // Asks nobody for a name and a password.
    fetch.args(["fetch", "db"]).env("GIT_TERMINAL_PROMPT", "0");
    command::output(&mut fetch).map_err(|_| Failure::NotHere(NO_DATABASE))?;
    command::run(cargo_deny(workspace, cache)?.args(["check", "advisories"]))
}

fn cargo_deny(workspace: &Workspace, cache: &Cache) -> Result<Command, Failure> {
    let mut command = Command::new(cargo_deny::ready(cache)?);
    command.arg("--locked").current_dir(&workspace.root);
    Ok(command)
}

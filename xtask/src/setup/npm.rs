//! Packages of npm, each installed once.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::Cache;
use super::debian;
use crate::command;
use crate::failure::Failure;
use crate::say;

/// The `node_modules` that has `package`, such as `binaryen@132`. `why` says what it is for.
pub(crate) fn modules(cache: &Cache, package: &str, why: &str) -> Result<PathBuf, Failure> {
    let key = package.replace(['@', '/'], "-");
    let key = key.trim_start_matches('-');
    let is_whole = |place: &Path| place.join("node_modules/.package-lock.json").is_file();
    let install = |place: &Path| install(place, package, why);
    Ok(cache.provide(key, is_whole, install)?.join("node_modules"))
}

/// Has `node` and `npm`, installed if missing.
pub(crate) fn ready() -> Result<(), Failure> {
    let answers = |program| command::output(Command::new(program).arg("--version")).is_ok();
    if answers("node") && answers("npm") {
        return Ok(());
    }
    debian::install(
        &["nodejs", "npm"],
        "clients of the tests that are not ours run on Node",
    )
}

fn install(folder: &Path, package: &str, why: &str) -> Result<(), Failure> {
    say::step(&format!("Installing {package} with npm, once"), why);
    command::run(
        Command::new("npm")
            .args([
                "install",
                "--no-audit",
                "--no-fund",
                "--ignore-scripts",
                "--prefix",
            ])
            .arg(folder)
            .arg(package),
    )
}

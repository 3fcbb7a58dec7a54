//! Packages of a Debian system.

use std::path::Path;
use std::process::Command;

use crate::command;
use crate::failure::Failure;
use crate::say;

/// Installs `packages` with apt-get, or says why it cannot: not Debian, or not root.
pub(crate) fn install(packages: &[&str], why: &str) -> Result<(), Failure> {
    let names = packages.join(" ");
    if !Path::new("/etc/debian_version").exists() {
        return Err(Failure::Missing(format!(
            "this is not Debian: install {names} by hand"
        )));
    }
    if command::output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Err(Failure::Missing(format!(
            "not root: run `sudo apt-get install {names}`"
        )));
    }
    say::step(&format!("Installing {names} with apt-get"), why);
    apt_get(&["update", "--quiet=2"])?;
    apt_get(
        &[
            &["install", "--yes", "--quiet=2", "--no-install-recommends"],
            packages,
        ]
        .concat(),
    )
}

fn apt_get(arguments: &[&str]) -> Result<(), Failure> {
    command::run(
        Command::new("apt-get")
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive"),
    )
}

//! Getting the peers: from npm into the tools cache, or from the distribution.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::command;
use crate::failure::Failure;
use crate::say;
use crate::setup::cache::Cache;
use crate::setup::debian;

/// The npm package that brings uWebSockets, and its version.
const BUN: &str = "1.4.5";
/// Where Debian puts servers; not on every user's PATH.
const SERVERS: &str = "/usr/sbin";
const WHY: &str = "`--peers` measures it beside the relay";

/// Bun's binary.
pub(super) fn bun(cache: &Cache) -> Result<PathBuf, Failure> {
    let binary = Path::new("node_modules/@oven/bun-linux-x64/bin/bun");
    let answers = |place: &Path| {
        let mut bun = Command::new(place.join(binary));
        command::output(bun.arg("--version")).is_ok()
    };
    let install = |folder: &Path| {
        say::step(
            &format!("Installing bun {BUN} with npm, once"),
            "it has uWebSockets built in; npm downloads about 40 MB",
        );
        let options = "install --no-audit --no-fund --ignore-scripts --prefix";
        let mut npm = Command::new("npm");
        npm.args(options.split(' ')).arg(folder);
        command::run(npm.arg(format!("bun@{BUN}")))
    };
    let place = cache.provide(&format!("bun-{BUN}"), answers, install)?;
    Ok(place.join(binary))
}

/// nginx's binary, with the module beside it.
pub(super) fn nchan() -> Result<PathBuf, Failure> {
    let nginx = Path::new(SERVERS).join("nginx");
    if !nginx.exists() || !Path::new(super::configuration::NCHAN_MODULE).exists() {
        debian::install(&["nginx-core", "libnginx-mod-nchan"], WHY)?;
    }
    Ok(nginx)
}

/// The server of the Debian package that is called like it.
pub(super) fn from_debian(name: &str) -> Result<PathBuf, Failure> {
    let binary = Path::new(SERVERS).join(name);
    if !binary.exists() {
        debian::install(&[name], WHY)?;
    }
    Ok(binary)
}

//! Build tools written in Rust: one on PATH if its version fits, else built once from source.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::Cache;
use super::wasm_target::{self, WasmTarget};
use crate::command;
use crate::failure::Failure;
use crate::say;
use crate::workspace::Workspace;

/// The newest trunk that the workspace's compiler builds.
const TRUNK: &str = "0.21.14";

/// What a dashboard build runs with.
#[derive(Debug)]
pub(crate) struct Tools {
    /// The compiler that has the wasm target.
    pub(crate) target: WasmTarget,
    /// Folders to put in front of PATH.
    folders: Vec<PathBuf>,
}

impl Tools {
    /// Finds or installs everything a dashboard build needs.
    pub(crate) fn ready(workspace: &Workspace, cache: &Cache) -> Result<Self, Failure> {
        let target = wasm_target::smallest(workspace)?;
        let why = "the dashboard build needs it";
        let trunk = Tool {
            package: "trunk",
            binary: "trunk",
            version: TRUNK.to_owned(),
            why,
        };
        // The glue that wasm-bindgen writes fits only the library of exactly the same version.
        let version = workspace.locked_version("wasm-bindgen")?;
        let wasm_bindgen = Tool {
            package: "wasm-bindgen-cli",
            binary: "wasm-bindgen",
            version,
            why,
        };
        let folders = [wasm_bindgen.ready(cache)?, trunk.ready(cache)?];
        Ok(Self {
            target,
            folders: folders.into_iter().flatten().collect(),
        })
    }

    /// The PATH under which trunk finds its tools.
    pub(crate) fn path(&self) -> Result<OsString, Failure> {
        let usual = std::env::var_os("PATH").unwrap_or_default();
        let folders = self
            .folders
            .iter()
            .cloned()
            .chain(std::env::split_paths(&usual));
        std::env::join_paths(folders)
            .map_err(|error| Failure::Missing(format!("PATH cannot be extended: {error}")))
    }
}

/// A binary of a package on crates.io.
#[derive(Debug)]
pub(super) struct Tool {
    pub(super) package: &'static str,
    pub(super) binary: &'static str,
    pub(super) version: String,
    /// Who needs it.
    pub(super) why: &'static str,
}

impl Tool {
    /// The folder of the tool's binary; `None` when the one on PATH fits.
    pub(super) fn ready(&self, cache: &Cache) -> Result<Option<PathBuf>, Failure> {
        if self.fits(Path::new(self.binary)) {
            return Ok(None);
        }
        let key = format!("{}-{}", self.binary, self.version);
        let binary = Path::new("bin").join(self.binary);
        let place = cache.provide(
            &key,
            |place| self.fits(&place.join(&binary)),
            |root| self.build(root),
        )?;
        Ok(Some(place.join("bin")))
    }

    fn fits(&self, binary: &Path) -> bool {
        let answer = command::output(Command::new(binary).arg("--version"));
        answer.is_ok_and(|text| version_in(&text) == Some(&self.version))
    }

    /// Builds without optimisation: these tools wait for the compiler more than they compute.
    fn build(&self, root: &Path) -> Result<(), Failure> {
        say::step(
            &format!("Building {} {}, once", self.package, self.version),
            &format!(
                "{} and none on PATH has this version; one to four minutes, kept for later runs",
                self.why
            ),
        );
        command::run(
            Command::new("cargo")
                .args(["install", "--locked", "--debug", self.package])
                .args(["--version", &self.version, "--root"])
                .arg(root)
                .envs([("CARGO_PROFILE_DEV_DEBUG", "0"), ("CARGO_INCREMENTAL", "0")])
                .env("CARGO_PROFILE_DEV_OPT_LEVEL", "0")
                // Its own, or the tool would be left in the workspace's build folder as well.
                .env("CARGO_TARGET_DIR", root.join("build")),
        )?;
        let build = root.join("build");
        std::fs::remove_dir_all(&build).map_err(Failure::file(&build))
    }
}

/// The first word of a `--version` answer that is a version, as in `wasm-bindgen 0.2.126`.
fn version_in(answer: &str) -> Option<&str> {
    answer
        .split_whitespace()
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn a_version_answer_is_read_whatever_surrounds_the_number() {
        assert_eq!(version_in("trunk 0.21.14\n"), Some("0.21.14"));
        assert_eq!(
            version_in("wasm-bindgen 0.2.126 (abc def)"),
            Some("0.2.126")
        );
        assert_eq!(
            version_in("wasm-opt version 108 (version_108)"),
            Some("108")
        );
        assert_eq!(version_in("no number"), None);
    }
}

//! The compiler that builds for the browser.

use std::path::PathBuf;
use std::process::Command;

use super::distribution;
use crate::command;
use crate::failure::Failure;
use crate::say;
use crate::workspace::Workspace;

pub(crate) const TRIPLE: &str = "wasm32-unknown-unknown";

/// Which compiler has the standard library for the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WasmTarget {
    /// The workspace's own.
    Own,
    /// The distribution's, linked into rustup.
    Distribution,
}

impl WasmTarget {
    /// Makes `command` build for the browser with this compiler.
    ///
    /// The distribution's compiler gets its own build folder: libraries of two compilers do not
    /// mix, and changing back stays free.
    pub(crate) fn apply(self, command: &mut Command, workspace: &Workspace) {
        if self == Self::Distribution {
            command.env("RUSTUP_TOOLCHAIN", distribution::TOOLCHAIN);
            command.env("CARGO_TARGET_DIR", self.folder(workspace));
        }
    }

    /// Where this compiler's builds go.
    pub(crate) fn folder(self, workspace: &Workspace) -> PathBuf {
        match self {
            Self::Own => workspace.target.clone(),
            Self::Distribution => workspace.target.join(distribution::TOOLCHAIN),
        }
    }
}

/// Finds a compiler with the wasm target, or adds the target.
pub(crate) fn ready(workspace: &Workspace) -> Result<WasmTarget, Failure> {
    if has_target(workspace, None) {
        return Ok(WasmTarget::Own);
    }
    if has_target(workspace, Some(distribution::TOOLCHAIN)) {
        return Ok(WasmTarget::Distribution);
    }
    say::step(
        &format!("Adding the {TRIPLE} target"),
        "the dashboard is compiled to WebAssembly; rustup downloads about 20 MB",
    );
    // Named, because a `targets` line in rust-toolchain.toml installs nothing by itself where
    // automatic installation is off.
    let added = Command::new("rustup")
        .args(["target", "add", TRIPLE])
        // A server that does not answer is an ordinary case, not one to trace.
        .env_remove("RUST_BACKTRACE")
        .current_dir(&workspace.root)
        .status()
        .is_ok_and(|status| status.success());
    if added && has_target(workspace, None) {
        return Ok(WasmTarget::Own);
    }
    say::note("rustup could not add it: trying the distribution's packages instead");
    distribution::install()?;
    if has_target(workspace, Some(distribution::TOOLCHAIN)) {
        return Ok(WasmTarget::Distribution);
    }
    Err(Failure::Missing(format!(
        "the distribution's compiler has no {TRIPLE} target either"
    )))
}

/// Whether the compiler (of `toolchain`, else the workspace's) has the target's standard library.
///
/// Asks the compiler and not rustup, so that compilers without rustup do as well.
fn has_target(workspace: &Workspace, toolchain: Option<&str>) -> bool {
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--print", "target-libdir", "--target", TRIPLE])
        .current_dir(&workspace.root);
    rustc.envs(toolchain.map(|name| ("RUSTUP_TOOLCHAIN", name)));
    let Ok(answer) = command::output(&mut rustc) else {
        return false;
    };
    let Ok(files) = PathBuf::from(answer.trim()).read_dir() else {
        return false;
    };
    files
        .flatten()
        .any(|file| file.file_name().to_string_lossy().starts_with("libstd-"))
}

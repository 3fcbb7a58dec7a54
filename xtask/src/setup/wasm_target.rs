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
    /// The workspace's own, which builds the standard library anew for size.
    Small,
    /// The workspace's own, with the standard library that comes with it.
    Own,
    /// The distribution's, linked into rustup.
    Distribution,
}

impl WasmTarget {
    /// Makes `command` build for the browser with this compiler.
    ///
    /// All but the usual one get a build folder of their own: their libraries do not mix with others, and
    /// changing back stays free.
    pub(crate) fn apply(self, command: &mut Command, workspace: &Workspace) {
        match self {
            Self::Own => return,
            Self::Small => drop(command.envs(SMALL)),
            Self::Distribution => drop(command.env("RUSTUP_TOOLCHAIN", distribution::TOOLCHAIN)),
        }
        command.env("CARGO_TARGET_DIR", self.folder(workspace));
    }

    /// Where this compiler's builds go.
    pub(crate) fn folder(self, workspace: &Workspace) -> PathBuf {
        match self {
            Self::Own => workspace.target.clone(),
            Self::Small => workspace.target.join("small"),
            Self::Distribution => workspace.target.join(distribution::TOOLCHAIN),
        }
    }
}

/// A standard library whose panics say nothing and end the module at once: with what they would say, the
/// dashboard is 18 KB larger. Its sources come with each release of the compiler, the flags are not stable:
/// where they fail, the library that comes with the compiler does.
const SMALL: [(&str, &str); 4] = [
    ("RUSTC_BOOTSTRAP", "1"),
    ("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort"),
    ("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size"),
    (
        "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS",
        "-Zunstable-options -Cpanic=immediate-abort",
    ),
];

/// The compiler that makes the smallest module here.
pub(crate) fn smallest(workspace: &Workspace) -> Result<WasmTarget, Failure> {
    match ready(workspace)? {
        WasmTarget::Own if has_sources(workspace) => Ok(WasmTarget::Small),
        other => Ok(other),
    }
}

/// Whether the workspace's own compiler has the sources of its standard library, added if missing.
fn has_sources(workspace: &Workspace) -> bool {
    let found = || {
        let mut rustc = Command::new("rustc");
        rustc
            .args(["--print", "sysroot"])
            .current_dir(&workspace.root);
        let sysroot = command::output(&mut rustc).unwrap_or_default();
        let library = PathBuf::from(sysroot.trim()).join("lib/rustlib/src/rust/library");
        library.join("std/Cargo.toml").is_file()
    };
    if !found() {
        say::step(
            "Adding the sources of the standard library",
            "built for size, it makes the dashboard smaller; rustup downloads about 3 MB",
        );
        let mut rustup = Command::new("rustup");
        rustup.args(["component", "add", "rust-src"]);
        let added = command::run(
            rustup
                .env_remove("RUST_BACKTRACE")
                .current_dir(&workspace.root),
        );
        if added.is_err() {
            say::note("rustup could not add them: the dashboard works, but is a little larger");
        }
    }
    found()
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

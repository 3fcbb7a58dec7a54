//! The wasm target without rustup's server: the distribution's compiler, and a standard library
//! built from the distribution's sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::debian;
use super::wasm_target::TRIPLE;
use crate::command;
use crate::failure::Failure;
use crate::say;

/// What rustup calls the distribution's compiler once it is linked.
pub(crate) const TOOLCHAIN: &str = "wasm-distro";

const PACKAGES: &[&str] = &["rustc-web", "libstd-rust-web-dev", "rust-web-src", "lld-22"];
const RUSTC: &str = "/usr/bin/rustc";
const WASM_LINKER: &str = "/usr/bin/wasm-ld-22";
const LINKER: &str = "/usr/bin/lld-22";

/// Installs the compiler, builds the standard library and links both into rustup.
pub(crate) fn install() -> Result<(), Failure> {
    debian::install(
        PACKAGES,
        "a compiler and the sources of its standard library",
    )
    .map_err(|failure| {
        Failure::Missing(format!(
            "the {TRIPLE} target is missing: run `rustup target add {TRIPLE}` where rustup's \
                 server answers, or install {} as root ({failure})",
            PACKAGES.join(", "),
        ))
    })?;
    let rustlib = sysroot()?.join("lib/rustlib");
    let build = std::env::temp_dir().join(format!("pilothouse-wasm-std-{}", std::process::id()));
    let built = build_library(&build).and_then(|deps| place_library(&deps, &rustlib));
    // Nothing depends on the folder being gone.
    let _ = fs::remove_dir_all(&build);
    built?;
    link_linker(&rustlib)?;
    command::run(Command::new("rustup").args(["toolchain", "link", TOOLCHAIN, "/usr"]))
}

fn sysroot() -> Result<PathBuf, Failure> {
    let answer = command::output(Command::new(RUSTC).args(["--print", "sysroot"]))?;
    Ok(PathBuf::from(answer.trim()))
}

/// Builds the standard library beside an empty crate; returns the folder with the libraries.
fn build_library(folder: &Path) -> Result<PathBuf, Failure> {
    say::step(
        "Building the standard library for the browser, once",
        "the distribution has its sources only; about a minute",
    );
    let manifest = "[package]\nname = \"empty\"\nedition = \"2024\"\n\n\
                    [lib]\npath = \"empty.rs\"\ncrate-type = [\"cdylib\"]\n\n[workspace]\n";
    fs::create_dir_all(folder).map_err(Failure::file(folder))?;
    for (name, text) in [("Cargo.toml", manifest), ("empty.rs", "")] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(Failure::file(&path))?;
    }
    command::run(
        Command::new("cargo")
            .args(["build", "--release", "-Zbuild-std=std,panic_abort", "--target", TRIPLE])
            .current_dir(folder)
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .env("RUSTC", RUSTC)
            // `-Zbuild-std` is refused by stable compilers without it.
            .env("RUSTC_BOOTSTRAP", "1")
            // The dashboard is linked with LTO, which reads bitcode from these libraries.
            .env("RUSTFLAGS", "-Cembed-bitcode=yes")
            .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", WASM_LINKER),
    )?;
    Ok(folder.join("target").join(TRIPLE).join("release/deps"))
}

/// Copies the libraries to where the compiler looks; the folder appears whole or not at all.
fn place_library(deps: &Path, rustlib: &Path) -> Result<(), Failure> {
    let place = rustlib.join(TRIPLE);
    let partial = rustlib.join(format!("{TRIPLE}.partial"));
    let libraries = partial.join("lib");
    fs::create_dir_all(&libraries).map_err(Failure::file(&libraries))?;
    for file in deps.read_dir().map_err(Failure::file(deps))?.flatten() {
        if file
            .path()
            .extension()
            .is_some_and(|extension| extension == "rlib")
        {
            let to = libraries.join(file.file_name());
            fs::copy(file.path(), &to).map_err(Failure::file(&to))?;
        }
    }
    if place.exists() {
        fs::remove_dir_all(&place).map_err(Failure::file(&place))?;
    }
    fs::rename(&partial, &place).map_err(Failure::file(&place))
}

/// Puts the distribution's linker where the compiler expects its own.
fn link_linker(rustlib: &Path) -> Result<(), Failure> {
    let folder = rustlib.join(host()?).join("bin");
    fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    let link = folder.join("rust-lld");
    if link.exists() {
        return Ok(());
    }
    command::run(Command::new("ln").args(["-s", LINKER]).arg(&link))
}

fn host() -> Result<String, Failure> {
    Ok(
        command::output(Command::new(RUSTC).args(["--print", "host-tuple"]))?
            .trim()
            .to_owned(),
    )
}

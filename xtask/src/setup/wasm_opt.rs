//! wasm-opt: makes the dashboard smaller where it can be had.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache::Cache;
use super::npm;
use crate::command;
use crate::dashboard::names::Renamed;
use crate::failure::Failure;
use crate::say;

/// The npm package that brings wasm-opt, and its version.
const BINARYEN: &str = "132";

/// What makes the module smallest once it is compressed: a pass that makes it shorter but less
/// regular, as most of `-Oz` do, costs bytes over the wire. Nobody reads alignments. The first
/// addresses are the far end of the stack, so that sums of addresses may be folded.
const PASSES: [&str; 4] = [
    "-O1",
    "--dealign",
    "--low-memory-unused",
    "--minify-imports-and-exports-and-modules",
];

/// The features that the compiler uses by default, all named: the module no longer lists them
/// once its symbols are stripped, and old versions do not assume them.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Optimises `module` and the `script` that loads it in place for size: with the wasm-opt on PATH, else
/// with npm's.
///
/// Without either, or if both fail, both files stay as they are and a note says so.
pub(crate) fn shrink(module: &Path, script: &Path, cache: &Cache) -> Result<(), Failure> {
    if answers(Path::new("wasm-opt")) {
        match optimise(Path::new("wasm-opt"), module, script) {
            Ok(()) => return Ok(()),
            Err(failure) => say::note(&format!("{failure}: trying npm's instead")),
        }
    }
    let done = from_npm(cache).and_then(|wasm_opt| optimise(&wasm_opt, module, script));
    if let Err(failure) = done {
        say::note(&format!(
            "no wasm-opt: the dashboard works, but is a little larger ({failure})"
        ));
    }
    Ok(())
}

fn answers(wasm_opt: &Path) -> bool {
    command::output(Command::new(wasm_opt).arg("--version")).is_ok()
}

fn from_npm(cache: &Cache) -> Result<PathBuf, Failure> {
    let package = format!("binaryen@{BINARYEN}");
    let why = "its wasm-opt makes the dashboard smaller; npm downloads about 11 MB";
    Ok(npm::modules(cache, &package, why)?.join(".bin/wasm-opt"))
}

fn optimise(wasm_opt: &Path, module: &Path, script: &Path) -> Result<(), Failure> {
    let output = module.with_extension("wasm.optimised");
    let renamed = command::output(
        Command::new(wasm_opt)
            .args(PASSES)
            .args(FEATURES)
            .arg(module)
            .arg("-o")
            .arg(&output),
    )?;
    let renamed: Renamed = serde_json::from_str(&renamed).map_err(|_| {
        Failure::Missing("this wasm-opt does not say how it renamed things".to_owned())
    })?;
    let written = fs::read_to_string(script).map_err(Failure::file(script))?;
    fs::rename(&output, module).map_err(Failure::file(module))?;
    fs::write(script, renamed.apply(&written)).map_err(Failure::file(script))
}

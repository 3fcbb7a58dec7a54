//! esbuild: makes scripts and style sheets shorter where it can be had.

use std::path::Path;
use std::process::Command;

use super::cache::Cache;
use super::npm;
use crate::command;
use crate::failure::Failure;
use crate::say;

/// The npm package, with its version.
const PACKAGE: &str = "esbuild@0.25.12";

/// Takes what only people read out of scripts and sheets, in place.
///
/// Where npm cannot be had, they stay as they are and a note says so.
pub(crate) fn minify(files: &[impl AsRef<Path>], cache: &Cache) -> Result<(), Failure> {
    let why = "the dashboard's scripts arrive without what only people read; about 10 MB";
    let done = npm::modules(cache, PACKAGE, why).and_then(|modules| {
        let esbuild = modules.join(".bin/esbuild");
        files
            .iter()
            .try_for_each(|file| shorten(&esbuild, file.as_ref()))
    });
    if let Err(failure) = done {
        say::note(&format!(
            "no esbuild: the dashboard works, but is a little larger ({failure})"
        ));
    }
    Ok(())
}

fn shorten(esbuild: &Path, file: &Path) -> Result<(), Failure> {
    let mut output = "--outfile=".to_owned();
    output += &file.to_string_lossy();
    command::run(
        Command::new(esbuild)
            // Agents' text may be anything, and so may ours.
            .args(["--minify", "--charset=utf8", "--log-level=error"])
            .args(["--allow-overwrite", &output])
            .arg(file),
    )
}

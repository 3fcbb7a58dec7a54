//! esbuild: makes scripts and style sheets shorter where it can be had.

use std::fs;
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

/// Puts the widget's script into the `replay` beside it, which imports it in a line of its own.
pub(crate) fn bundle(replay: &Path, cache: &Cache) -> Result<(), Failure> {
    let bundled =
        npm::modules(cache, PACKAGE, "exported files carry one script").and_then(|modules| {
            let esbuild = modules.join(".bin/esbuild");
            run(&esbuild, &["--bundle", "--format=esm"], replay)
        });
    if bundled.is_ok() {
        return Ok(());
    }
    // Not minified then, so that no names meet.
    let read = |path: &Path| fs::read_to_string(path).map_err(Failure::file(path));
    let widget = read(&replay.with_file_name("widget.js"))?;
    let own = read(replay)?;
    let own = own.lines().filter(|line| !line.starts_with("import "));
    let joined = format!("{widget}\n{}", own.collect::<Vec<_>>().join("\n"));
    fs::write(replay, joined).map_err(Failure::file(replay))
}

fn shorten(esbuild: &Path, file: &Path) -> Result<(), Failure> {
    run(esbuild, &[], file)
}

/// Minifies a file in place.
fn run(esbuild: &Path, flags: &[&str], file: &Path) -> Result<(), Failure> {
    let output = format!("--outfile={}", file.display());
    let mut command = Command::new(esbuild);
    command.args(["--minify", "--charset=utf8", "--log-level=error"]);
    command.args(["--allow-overwrite", &output]).args(flags);
    command::run(command.arg(file))
}

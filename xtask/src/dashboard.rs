//! The release build of the dashboard: trunk, wasm-opt, compressed variants, a stamp.

pub(crate) mod sidecars;
mod stamp;
mod widget;

use std::path::{Path, PathBuf};

use crate::command;
use crate::failure::Failure;
use crate::say;
use crate::setup::cache::Cache;
use crate::setup::tool::Tools;
use crate::setup::wasm_opt;
use crate::workspace::Workspace;

/// Builds web/dist unless it is what the sources say already.
pub(crate) fn build(workspace: &Workspace, cache: &Cache) -> Result<(), Failure> {
    let stamp = workspace.target.join("dashboard.stamp");
    if stamp::is_fresh(&stamp, &workspace.root)? {
        say::note("the dashboard is up to date");
        return Ok(());
    }
    let tools = Tools::ready(workspace, cache)?;
    trunk(workspace, &tools)?;
    // After trunk, which empties the folder.
    widget::build(workspace, &tools)?;
    // After trunk and not as a step of trunk: trunk would fail where wasm-opt cannot be had, and
    // runs it with the same flags whatever its version. Trunk.toml turns integrity hashes off, so
    // the module may change; file names are hashed before trunk's own wasm-opt step as well.
    for module in files(&workspace.dist(), &["wasm"])? {
        say::step(
            "Optimising the dashboard with wasm-opt",
            "a smaller page starts sooner",
        );
        wasm_opt::shrink(&module, cache)?;
    }
    say::step(
        "Compressing the dashboard",
        "the relay serves the brotli and gzip variants as is",
    );
    sidecars::write(&workspace.dist())?;
    // Last: an interrupted build has no stamp and starts anew.
    stamp::write(&stamp, &workspace.root)
}

fn trunk(workspace: &Workspace, tools: &Tools) -> Result<(), Failure> {
    say::step(
        "Building the dashboard with trunk",
        "the relay carries it inside; about two minutes at first, less when little changed",
    );
    let mut trunk = std::process::Command::new("trunk");
    trunk.args(["build", "--release", "--locked", "--skip-version-check"]);
    trunk
        .current_dir(&workspace.root)
        .env("PATH", tools.path()?);
    // trunk 0.21 takes only `true` and `false` for it and stops at the usual `1`.
    trunk.env_remove("NO_COLOR");
    tools.target.apply(&mut trunk, workspace);
    command::run(&mut trunk)
}

/// All files under `folder` with one of `extensions`, sorted.
pub(crate) fn files(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    let mut found = all_files(folder)?;
    found.retain(|path| {
        path.extension()
            .is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted))
    });
    Ok(found)
}

/// All files under `folder`, sorted; none when it does not exist.
fn all_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in folder.read_dir().map_err(Failure::file(folder))? {
        let path = entry.map_err(Failure::file(folder))?.path();
        if path.is_dir() {
            found.extend(all_files(&path)?);
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

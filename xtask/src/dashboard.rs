//! The release build of the dashboard: trunk, wasm-opt, esbuild, compressed variants, a stamp.

mod address;
pub(crate) mod names;
mod sheet;
pub(crate) mod sidecars;
mod stamp;
mod widget;

use std::fs;
use std::path::{Path, PathBuf};

use crate::command;
use crate::failure::Failure;
use crate::say;
use crate::setup::cache::Cache;
use crate::setup::esbuild;
use crate::setup::tool::Tools;
use crate::setup::wasm_opt;
use crate::setup::wasm_target::WasmTarget;
use crate::workspace::Workspace;

/// Builds web/dist unless it is what the sources say already.
pub(crate) fn build(workspace: &Workspace, cache: &Cache) -> Result<(), Failure> {
    let stamp = workspace.target.join("dashboard.stamp");
    if stamp::is_fresh(&stamp, &workspace.root)? {
        say::note("the dashboard is up to date");
        return Ok(());
    }
    let sources = stamp::sources(&workspace.root)?;
    let mut tools = Tools::ready(workspace, cache)?;
    let built = trunk(workspace, &tools);
    if tools.target == WasmTarget::Small && built.is_err() {
        say::note("again, with the standard library that comes with the compiler");
        tools.target = WasmTarget::Own;
        trunk(workspace, &tools)?;
    } else {
        built?;
    }
    let mark = small_mark(workspace);
    match tools.target {
        WasmTarget::Small => fs::write(&mark, "").map_err(Failure::file(&mark))?,
        // Nothing to take away is as good.
        _ => drop(fs::remove_file(&mark)),
    }
    // After trunk, which empties the folder.
    widget::build(workspace, &tools)?;
    // After trunk and not as a step of trunk: trunk would fail where wasm-opt cannot be had, and
    // runs it with the same flags whatever its version. Trunk.toml turns integrity hashes off, so
    // the module may change.
    say::step(
        "Making the dashboard smaller with wasm-opt and esbuild",
        "a smaller page starts sooner",
    );
    let dist = workspace.dist();
    for module in files(&dist, &["wasm"])? {
        let script = script_of(&module);
        wasm_opt::shrink(&module, &script, cache)?;
        // After wasm-opt, which finds names in scripts as wasm-bindgen wrote them.
        esbuild::minify(&[&script], cache)?;
        // What pages of others name keeps its address.
        if module.parent() == Some(&*dist) {
            address::renew(&dist, &module, &script)?;
        }
    }
    sheet::join(&dist)?;
    let others = [
        "sw.js",
        "register-sw.js",
        "fault.js",
        "embed.js",
        "embed/frame.js",
        "embed/widget.css",
    ];
    esbuild::bundle(&dist.join("embed/replay.js"), cache)?;
    esbuild::minify(&others.map(|name| dist.join(name)), cache)?;
    say::step(
        "Compressing the dashboard",
        "the relay serves the brotli and gzip variants as is",
    );
    sidecars::write(&workspace.dist())?;
    // Last: an interrupted build has no stamp and starts anew.
    stamp::write(&stamp, &sources, &workspace.root)
}

/// Whether the dashboard was built with a standard library built for size.
pub(crate) fn is_small(workspace: &Workspace) -> bool {
    small_mark(workspace).exists()
}

fn small_mark(workspace: &Workspace) -> PathBuf {
    workspace.target.join("dashboard.small")
}

/// The script that loads a module: `page.js` of `page_bg.wasm`, `widget.js` of `widget.wasm`.
fn script_of(module: &Path) -> PathBuf {
    let stem = module.file_stem().unwrap_or_default().to_string_lossy();
    let name = stem.trim_end_matches("_bg");
    module.with_file_name(format!("{name}.js"))
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

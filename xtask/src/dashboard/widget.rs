//! The widget: a module of its own beside the dashboard's, under names that stay, because pages of others
//! name them.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::command;
use crate::failure::Failure;
use crate::say;
use crate::setup::tool::Tools;
use crate::setup::wasm_target::TRIPLE;
use crate::workspace::Workspace;

/// The style sheets of the widget, from web/styles, in the order in which they override each other.
const STYLES: [&str; 7] = [
    "tokens.css",
    "base.css",
    "components.css",
    "feed.css",
    "row.css",
    "channel.css",
    "composer.css",
];

/// Overrides all others.
const OWN_STYLE: &str = "widget.css";

/// What is served as it is written: from web to web/dist.
const COPIED: [&str; 5] = [
    "embed.js",
    "embed.html",
    "embed/frame.js",
    "embed/frame.css",
    "embed/replay.js",
];

/// Builds web/dist/embed.js, embed.html and embed/ beside the dashboard that trunk has put into web/dist.
pub(super) fn build(workspace: &Workspace, tools: &Tools) -> Result<(), Failure> {
    say::step(
        "Building the widget",
        "a smaller module of the same parts, for pages of others",
    );
    let mut cargo =
        workspace.cargo("build --locked --package pilothouse-web --bin pilothouse-widget");
    cargo.args(["--profile", "web", "--target", TRIPLE]);
    tools.target.apply(&mut cargo, workspace);
    command::run(&mut cargo)?;

    let folder = workspace.dist().join("embed");
    fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    let built = tools.target.folder(workspace).join(TRIPLE);
    let module = built.join("web/pilothouse-widget.wasm");
    glue(&module, &folder, tools)?;
    style(workspace, &folder)?;
    for name in COPIED {
        let from = workspace.root.join("web").join(name);
        fs::copy(&from, workspace.dist().join(name)).map_err(Failure::file(&from))?;
    }
    Ok(())
}

/// `widget.js` and `widget.wasm`.
fn glue(module: &Path, folder: &Path, tools: &Tools) -> Result<(), Failure> {
    let mut bindgen = Command::new("wasm-bindgen");
    bindgen
        .env("PATH", tools.path()?)
        .args(["--target", "web", "--no-typescript", "--out-name", "widget"])
        .arg("--out-dir")
        .arg(folder)
        .arg(module);
    command::run(&mut bindgen)?;
    let made = folder.join("widget_bg.wasm");
    fs::rename(&made, folder.join("widget.wasm")).map_err(Failure::file(&made))
}

/// `widget.css`: one sheet for a shadow root.
fn style(workspace: &Workspace, folder: &Path) -> Result<(), Failure> {
    let mut sheet = String::new();
    for name in STYLES.into_iter().chain([OWN_STYLE]) {
        let path = workspace.root.join("web/styles").join(name);
        sheet += &fs::read_to_string(&path).map_err(Failure::file(&path))?;
    }
    let path = folder.join("widget.css");
    fs::write(&path, sheet).map_err(Failure::file(&path))
}

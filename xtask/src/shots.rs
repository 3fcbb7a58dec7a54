//! `cargo xtask shots`: pictures of every view, taken while the demo session is played.

use std::process::ExitCode;

use crate::cli;
use crate::command;
use crate::dashboard;
use crate::demo;
use crate::failure::Failure;
use crate::relay::{self, Relay};
use crate::say;
use crate::setup::browser;
use crate::setup::cache::Cache;
use crate::workspace::Workspace;

/// Builds what is missing, plays the demo and takes the pictures.
pub(crate) fn shots(
    workspace: &Workspace,
    cache: &Cache,
    wanted: &cli::Shots,
) -> Result<ExitCode, Failure> {
    browser::ready()?;
    let binary = match &wanted.relay {
        Some(binary) => binary.clone(),
        None => {
            dashboard::build(workspace, cache)?;
            relay::build(workspace)?
        }
    };
    // A session that began before would be in the pictures.
    let data = workspace
        .target
        .join(format!("shots-{}", std::process::id()));
    let flags = ["--listen", "127.0.0.1:0", "--data-dir"].map(str::to_owned);
    let mut serve = relay::serve(&binary, &flags);
    let mut relay = Relay::start(serve.arg(&data))?;
    let taken = match &relay.address {
        Some(address) => take(workspace, wanted, address),
        None => Err(Failure::Missing("the relay does not listen".to_owned())),
    };
    relay.kill();
    // Nothing depends on the folder being gone.
    let _ = std::fs::remove_dir_all(&data);
    taken.map(|()| ExitCode::SUCCESS)
}

fn take(workspace: &Workspace, wanted: &cli::Shots, address: &str) -> Result<(), Failure> {
    const PICTURES: &str = "run --quiet --locked -p pilothouse-tests --example shots --";
    demo::start(address);
    say::step(
        "Taking pictures",
        "each view waits until the demo has something to show in it",
    );
    let usual = || workspace.root.join("docs/images");
    let folder = wanted.out.clone().unwrap_or_else(usual);
    command::run(
        workspace
            .cargo(PICTURES)
            .arg(address)
            .arg(folder)
            .args(&wanted.views),
    )
}

//! `cargo xtask dist`: one release binary with everything inside.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use crate::command;
use crate::dashboard;
use crate::failure::Failure;
use crate::relay;
use crate::say;
use crate::setup::cache::Cache;
use crate::test::size;
use crate::workspace::Workspace;

/// Builds the binary, puts it into target/dist and prints its size.
pub(crate) fn dist(workspace: &Workspace, cache: &Cache) -> Result<ExitCode, Failure> {
    dashboard::build(workspace, cache)?;
    let binary = relay::build(workspace)?;
    relay::check_dashboard(workspace)?;
    let folder = workspace.target.join("dist");
    fs::create_dir_all(&folder).map_err(Failure::file(&folder))?;
    let name = format!("pilothouse-{}-{}", env!("CARGO_PKG_VERSION"), host()?);
    let package = folder
        .join(name)
        .with_added_extension(std::env::consts::EXE_EXTENSION);
    fs::copy(&binary, &package).map_err(Failure::file(&package))?;
    say::line(&format!("{}: {}", package.display(), megabytes(&package)?));
    size::print(&workspace.dist())?;
    Ok(ExitCode::SUCCESS)
}

fn megabytes(path: &Path) -> Result<String, Failure> {
    let n_bytes = fs::metadata(path).map_err(Failure::file(path))?.len();
    Ok(format!(
        "{n_bytes} bytes ({}.{} MB)",
        n_bytes / 1_000_000,
        n_bytes / 100_000 % 10
    ))
}

fn host() -> Result<String, Failure> {
    let answer = command::output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    Ok(answer.trim().to_owned())
}

//! The browsers beside Chromium: Firefox and WebKit, with their drivers.

use std::path::PathBuf;
use std::process::Command;

use super::cache::Cache;
use super::debian;
use super::tool::Tool;
use crate::command;
use crate::failure::Failure;

/// The version that drives Debian's Firefox. Debian brings none.
const GECKODRIVER: &str = "0.37.1";

/// Finds Firefox, WebKit with its driver, and the screen that WebKit needs, or installs Debian's.
pub(crate) fn ready() -> Result<(), Failure> {
    let missing: Vec<&str> = [
        ("firefox-esr", answers("firefox", "--version")),
        ("webkit2gtk-driver", answers("WebKitWebDriver", "--help")),
        ("xvfb", answers("Xvfb", "-help")),
    ]
    .into_iter()
    .filter_map(|(package, present)| (!present).then_some(package))
    .collect();
    if missing.is_empty() {
        return Ok(());
    }
    debian::install(
        &missing,
        "the end-to-end tests open the dashboard in Firefox and in WebKit too",
    )
}

/// Firefox's driver, the binary.
pub(crate) fn geckodriver(cache: &Cache) -> Result<PathBuf, Failure> {
    let binary = "geckodriver";
    let tool = Tool {
        package: "geckodriver",
        binary,
        version: GECKODRIVER.to_owned(),
        why: "it drives Firefox in the end-to-end tests",
    };
    let folder = tool.ready(cache)?;
    Ok(folder.map_or_else(|| PathBuf::from(binary), |folder| folder.join(binary)))
}

/// Whether the program can be started at all: not all of them end with success when they are asked.
fn answers(program: &str, question: &str) -> bool {
    !matches!(
        command::output(Command::new(program).arg(question)),
        Err(Failure::NotStarted { .. })
    )
}

//! The browser of the end-to-end tests and its driver.

use std::path::Path;
use std::process::Command;

use super::debian;
use crate::command;
use crate::failure::Failure;

/// Finds Chromium, its driver and a font on this machine, or installs Debian's.
pub(crate) fn ready() -> Result<(), Failure> {
    let missing: Vec<&str> = [
        ("chromium", answers("chromium")),
        ("chromium-driver", answers("chromedriver")),
        // Without any font a page has no text to measure; other systems bring their own.
        (
            "fonts-dejavu-core",
            Path::new("/usr/share/fonts").exists() || !cfg!(target_os = "linux"),
        ),
    ]
    .into_iter()
    .filter_map(|(package, present)| (!present).then_some(package))
    .collect();
    if missing.is_empty() {
        return Ok(());
    }
    debian::install(
        &missing,
        "the end-to-end tests open the dashboard in a real browser",
    )
}

fn answers(program: &str) -> bool {
    command::output(Command::new(program).arg("--version")).is_ok()
}

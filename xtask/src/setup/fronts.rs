//! What the end-to-end tests put around a relay: web servers before it, and the judge of its unit.

use std::path::Path;
use std::process::Command;

use super::debian;
use crate::command;
use crate::failure::Failure;

/// Finds nginx, Caddy and systemd's `systemd-analyze` on this machine, or installs Debian's.
pub(crate) fn ready() -> Result<(), Failure> {
    // Debian keeps nginx where only the superuser looks.
    let has_nginx = answers("nginx", "-v") || Path::new("/usr/sbin/nginx").exists();
    let missing: Vec<&str> = [
        ("nginx", has_nginx),
        ("caddy", answers("caddy", "version")),
        ("systemd", answers("systemd-analyze", "--version")),
    ]
    .into_iter()
    .filter_map(|(package, present)| (!present).then_some(package))
    .collect();
    if missing.is_empty() {
        return Ok(());
    }
    debian::install(
        &missing,
        "the end-to-end tests try the examples of what stands around a relay",
    )
}

fn answers(program: &str, question: &str) -> bool {
    command::output(Command::new(program).arg(question)).is_ok()
}

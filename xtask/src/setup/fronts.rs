//! The web servers that the end-to-end tests put before a relay.

use std::path::Path;
use std::process::Command;

use super::debian;
use crate::command;
use crate::failure::Failure;

/// Finds nginx and Caddy on this machine, or installs Debian's.
pub(crate) fn ready() -> Result<(), Failure> {
    // Debian keeps nginx where only the superuser looks.
    let has_nginx = answers("nginx", "-v") || Path::new("/usr/sbin/nginx").exists();
    let missing: Vec<&str> = [("nginx", has_nginx), ("caddy", answers("caddy", "version"))]
        .into_iter()
        .filter_map(|(package, present)| (!present).then_some(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    debian::install(
        &missing,
        "the end-to-end tests try the examples of web servers before a relay",
    )
}

fn answers(program: &str, question: &str) -> bool {
    command::output(Command::new(program).arg(question)).is_ok()
}

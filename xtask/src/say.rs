//! Everything these commands print, in one voice.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this is where printing happens"
)]

use crate::failure::Failure;

/// A slow step is about to begin: what, and why it is needed.
pub(crate) fn step(what: &str, why: &str) {
    println!("==> {what}\n    {why}");
}

/// Something worth knowing that is not a step.
pub(crate) fn note(text: &str) {
    println!("    {text}");
}

/// One line as it is.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// The command, or one part of it, failed.
pub(crate) fn failed(failure: &Failure) {
    eprintln!("error: {failure}");
}

//! What is printed: results on standard output, everything else on standard error.

use std::fmt::Display;
use std::io::{ErrorKind, Write, stderr, stdout};

use super::Failure;

/// Prints a line of the result.
pub(crate) fn print(line: impl Display) -> Result<(), Failure> {
    writeln!(stdout(), "{line}").map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::ReaderGone,
        _ => Failure::Failed(format!("cannot write to standard output: {error}")),
    })
}

/// Says something about the command itself. That nobody listens is no reason to stop.
pub(crate) fn say(line: impl Display) {
    let _ = writeln!(stderr(), "pilothouse: {line}");
}

//! The C++ compiler that libFuzzer is built with.

use std::process::Command;

use super::debian;
use crate::command;
use crate::failure::Failure;

/// Finds one on this machine, or installs Debian's.
pub(crate) fn ready() -> Result<(), Failure> {
    if command::output(Command::new("c++").arg("--version")).is_ok() {
        return Ok(());
    }
    debian::install(
        &["g++"],
        "libFuzzer, which drives the fuzz targets, is written in C++",
    )
}

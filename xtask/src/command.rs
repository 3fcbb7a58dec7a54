//! Running other programs.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::failure::Failure;

/// Runs `command` with its output shown.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().map_err(not_started(command))?;
    if status.success() {
        Ok(())
    } else {
        Err(refused(command, &status.to_string()))
    }
}

/// Runs `command` and returns what it wrote to standard output.
///
/// Fails, showing nothing, when the program is missing or exits with an error.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let output = command
        .stderr(Stdio::null())
        .output()
        .map_err(not_started(command))?;
    if !output.status.success() {
        return Err(refused(command, &output.status.to_string()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs `command`, hands every line of its standard output to `each`, and says whether it
/// succeeded.
pub(crate) fn lines(command: &mut Command, mut each: impl FnMut(&str)) -> Result<bool, Failure> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(not_started(command))?;
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .for_each(|line| each(&line));
    }
    let status = child.wait().map_err(not_started(command))?;
    Ok(status.success())
}

fn not_started(command: &Command) -> impl FnOnce(std::io::Error) -> Failure + use<> {
    let program = command.get_program().to_string_lossy().into_owned();
    move |source| Failure::NotStarted { program, source }
}

fn refused(command: &Command, status: &str) -> Failure {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let command = words
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ");
    Failure::Refused {
        command,
        status: status.to_owned(),
    }
}

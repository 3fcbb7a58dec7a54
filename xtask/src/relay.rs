//! The relay's release build, and one running relay.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use crate::command;
use crate::failure::Failure;
use crate::say;
use crate::workspace::Workspace;

/// What the relay's first line says before its address.
const LISTENING: &str = "listening on ";

/// Builds the relay with the dashboard embedded; returns the binary's path.
pub(crate) fn build(workspace: &Workspace) -> Result<PathBuf, Failure> {
    say::step(
        "Building the relay",
        "one binary with the dashboard inside; some minutes at first, seconds when nothing changed",
    );
    command::run(&mut workspace.cargo("build --release --locked -p pilothouse-relay"))?;
    Ok(binary(workspace))
}

/// Where the release build puts the binary.
pub(crate) fn binary(workspace: &Workspace) -> PathBuf {
    workspace
        .target
        .join("release/pilothouse")
        .with_extension(std::env::consts::EXE_EXTENSION)
}

/// A started relay that has said where it listens.
#[derive(Debug)]
pub(crate) struct Relay {
    child: Child,
    rest: BufReader<ChildStdout>,
    /// The base of its URLs, such as `http://127.0.0.1:8420`.
    pub(crate) address: String,
}

impl Relay {
    /// Starts `pilothouse serve` with `flags` and waits for its first line.
    pub(crate) fn start(binary: &PathBuf, flags: &[String]) -> Result<Self, Failure> {
        let mut serve = Command::new(binary);
        serve
            .arg("serve")
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        // In a group of its own the terminal's Ctrl-C does not reach it: it gets one signal, ours.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut serve, 0);
        let mut child = serve.spawn().map_err(Failure::file(binary))?;
        let Some(stdout) = child.stdout.take() else {
            return Err(Failure::Missing(
                "the relay has no standard output".to_owned(),
            ));
        };
        let mut rest = BufReader::new(stdout);
        let mut first = String::new();
        // An error here means what an empty line means: the relay is gone.
        let _ = rest.read_line(&mut first);
        match first.trim_end().strip_prefix(LISTENING) {
            Some(address) => Ok(Self {
                child,
                rest,
                address: address.to_owned(),
            }),
            None => Err(never_listened(child, first.trim_end())),
        }
    }

    /// The process to send signals to.
    pub(crate) fn process(&self) -> &Child {
        &self.child
    }

    /// Passes on what the relay prints until it ends.
    pub(crate) fn wait(mut self) -> Result<ExitStatus, Failure> {
        let mut rest = String::new();
        while self
            .rest
            .by_ref()
            .read_line(&mut rest)
            .is_ok_and(|n_bytes| n_bytes > 0)
        {
            say::line(rest.trim_end());
            rest.clear();
        }
        self.child
            .wait()
            .map_err(|error| Failure::Missing(format!("the relay is lost: {error}")))
    }
}

fn never_listened(mut child: Child, first: &str) -> Failure {
    // It may still run after a first line that is not ours to understand.
    let _ = child.kill();
    let status = child
        .wait()
        .map_or_else(|error| error.to_string(), |status| status.to_string());
    Failure::Missing(format!(
        "the relay did not say where it listens but `{first}` ({status})"
    ))
}

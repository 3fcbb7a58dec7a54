//! The relay's release build, and one running relay.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use crate::command;
use crate::dashboard;
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

/// Fails unless the built relay carries the built dashboard: a relay without it builds and runs as
/// well, and only a browser would show the difference.
pub(crate) fn check_dashboard(workspace: &Workspace) -> Result<(), Failure> {
    let binary = binary(workspace);
    let content = std::fs::read(&binary).map_err(Failure::file(&binary))?;
    for module in dashboard::files(&workspace.dist(), &["wasm"])? {
        let name = module.file_name().unwrap_or_default().as_encoded_bytes();
        if !content.windows(name.len()).any(|window| window == name) {
            let text =
                "the relay was built without the dashboard in web/dist: see its build script";
            return Err(Failure::Missing(text.to_owned()));
        }
    }
    Ok(())
}

/// A started relay.
#[derive(Debug)]
pub(crate) struct Relay {
    child: Child,
    rest: BufReader<ChildStdout>,
    /// The base of its URLs, such as `http://127.0.0.1:8420`; `None` when it ended, or is about to
    /// end, without listening.
    pub(crate) address: Option<String>,
}

/// `pilothouse serve` with `flags`, ready to start.
pub(crate) fn serve(binary: &Path, flags: &[String]) -> Command {
    let mut serve = Command::new(binary);
    serve.arg("serve").args(flags);
    serve
}

impl Relay {
    /// Starts `serve` and waits for its first line.
    pub(crate) fn start(serve: &mut Command) -> Result<Self, Failure> {
        let binary = PathBuf::from(serve.get_program());
        serve.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = serve.spawn().map_err(Failure::file(&binary))?;
        let Some(stdout) = child.stdout.take() else {
            return Err(Failure::Missing(
                "the relay has no standard output".to_owned(),
            ));
        };
        let mut rest = BufReader::new(stdout);
        let mut first = String::new();
        // An error here means what an empty line means: the relay is gone.
        let _ = rest.read_line(&mut first);
        let address = first.trim_end().strip_prefix(LISTENING).map(str::to_owned);
        if address.is_none() {
            say::line(first.trim_end());
        }
        Ok(Self {
            child,
            rest,
            address,
        })
    }

    /// The process to send signals to.
    pub(crate) fn process(&self) -> &Child {
        &self.child
    }

    /// Ends the process at once.
    pub(crate) fn kill(&mut self) {
        // It fails only when the process has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Passes on what the relay prints until it ends.
    pub(crate) fn wait(mut self) -> Result<ExitStatus, Failure> {
        for line in self.rest.lines().map_while(Result::ok) {
            say::line(&line);
        }
        self.child
            .wait()
            .map_err(|error| Failure::Missing(format!("the relay is lost: {error}")))
    }
}

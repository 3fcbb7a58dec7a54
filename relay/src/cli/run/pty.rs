//! The command in a terminal of its own.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::Path;
use std::process::ExitStatus;

use portable_pty::{
    Child, CommandBuilder, MasterPty, PtyPair, PtySize, SlavePty, native_pty_system,
};
use rustix::process::{Pid, Signal, kill_process_group};
use thiserror::Error;
use tokio::sync::oneshot;

use super::frames::Size;

/// What `TERM` says where nothing else does: what the screen understands.
const TERM: &str = "xterm-256color";

/// A command that began.
pub(super) struct Started {
    pub(super) pty: Pty,
    pub(super) output: Box<dyn Read + Send>,
    pub(super) input: Box<dyn Write + Send>,
    pub(super) ended: oneshot::Receiver<std::io::Result<ExitStatus>>,
}

/// The terminal's outer side.
pub(super) struct Pty {
    master: Box<dyn MasterPty + Send>,
    /// The command's, which leads a session and a process group of its own.
    pid: Option<Pid>,
}

/// Why a command did not begin.
#[derive(Debug, Error)]
pub(super) enum StartError {
    #[error("no terminal can be made: {0}")]
    Terminal(String),
    #[error("`{0}` cannot be run: {1}")]
    Command(String, String),
    #[error("`{0}` is not a command; mind the spelling, and put the command after `--`")]
    NotFound(String),
}

impl StartError {
    /// The exit status of a shell in this case (POSIX.1-2024, 2.8.2).
    pub(super) fn code(&self) -> u8 {
        match self {
            Self::NotFound(_) => 127,
            Self::Terminal(_) | Self::Command(..) => 126,
        }
    }
}

/// Starts the command in this folder.
pub(super) fn start(command: &[OsString], size: Size) -> Result<Started, StartError> {
    let pair = native_pty_system().openpty(pty_size(size));
    let PtyPair { master, slave } = pair.map_err(terminal)?;
    let output = master.try_clone_reader().map_err(terminal)?;
    let input = master.take_writer().map_err(terminal)?;
    let child = spawn(&*slave, command)?;
    // The last one who holds it would keep the output from ending.
    drop(slave);
    let pid = child.process_id().and_then(|pid| i32::try_from(pid).ok());
    let pid = pid.and_then(Pid::from_raw);
    Ok(Started {
        pty: Pty { master, pid },
        output,
        input,
        ended: watch(child),
    })
}

fn spawn(
    slave: &(dyn SlavePty + Send),
    command: &[OsString],
) -> Result<Box<dyn Child + Send + Sync>, StartError> {
    let mut builder = CommandBuilder::from_argv(command.to_vec());
    if let Ok(here) = std::env::current_dir() {
        builder.cwd(here);
    }
    if builder.get_env("TERM").is_none_or(|term| term == "dumb") {
        builder.env("TERM", TERM);
    }
    let program = command.first().cloned().unwrap_or_default();
    slave.spawn_command(builder).map_err(|error| {
        let name = program.to_string_lossy().into_owned();
        match Path::new(&program).exists() {
            true => StartError::Command(name, error.to_string()),
            false => StartError::NotFound(name),
        }
    })
}

/// Waits for the end on a thread of its own.
fn watch(
    mut child: Box<dyn Child + Send + Sync>,
) -> oneshot::Receiver<std::io::Result<ExitStatus>> {
    let (end, ended) = oneshot::channel();
    std::thread::spawn(move || {
        let child: &mut dyn Child = &mut *child;
        let status = match child.downcast_mut::<std::process::Child>() {
            Some(child) => child.wait(),
            None => Err(std::io::Error::other("the command is no process")),
        };
        let _ = end.send(status);
    });
    ended
}

impl Pty {
    pub(super) fn resize(&self, size: Size) {
        // It fails only for a terminal that is gone.
        let _ = self.master.resize(pty_size(size));
    }

    /// Signals what runs in the foreground, as a key would.
    pub(super) fn signal_foreground(&self, signal: Signal) {
        let foreground = self.master.process_group_leader().and_then(Pid::from_raw);
        if let Some(group) = foreground.or(self.pid) {
            let _ = kill_process_group(group, signal);
        }
    }

    /// Signals the command and what runs in the foreground, as whoever ends this command means.
    pub(super) fn signal_all(&self, signal: Signal) {
        let foreground = self.master.process_group_leader().and_then(Pid::from_raw);
        if let Some(group) = self.pid {
            let _ = kill_process_group(group, signal);
        }
        if let Some(group) = foreground.filter(|group| Some(*group) != self.pid) {
            let _ = kill_process_group(group, signal);
        }
    }
}

fn pty_size(size: Size) -> PtySize {
    PtySize {
        rows: size.height,
        cols: size.width,
        pixel_width: 0,
        pixel_height: 0,
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what `map_err` hands over")]
fn terminal(error: impl ToString) -> StartError {
    StartError::Terminal(error.to_string())
}

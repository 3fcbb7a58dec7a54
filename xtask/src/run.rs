//! `cargo xtask run`: build what changed, start the relay, stay until it ends.

use std::process::{ExitCode, ExitStatus};

use crate::cli;
use crate::dashboard;
use crate::demo;
use crate::failure::Failure;
use crate::relay::{self, Relay};
use crate::say;
use crate::setup::cache::Cache;
use crate::workspace::Workspace;

/// Builds and runs the relay; its exit code is the command's.
pub(crate) fn run(
    workspace: &Workspace,
    cache: &Cache,
    wanted: &cli::Run,
) -> Result<ExitCode, Failure> {
    dashboard::build(workspace, cache)?;
    let binary = relay::build(workspace)?;
    // Before the start: a signal that comes in between must not leave a relay behind.
    #[cfg(unix)]
    let signals = signals::catch()?;
    let mut serve = relay::serve(&binary, &wanted.serve);
    // In a group of its own the terminal's Ctrl-C does not reach it: it gets one signal, ours.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut serve, 0);
    let relay = Relay::start(&mut serve)?;
    #[cfg(unix)]
    signals::forward(signals, relay.process());
    if let Some(address) = &relay.address {
        say::line(&format!(
            "\n    Pilothouse is at {address}\n    Ctrl-C ends it.\n"
        ));
        if wanted.demo {
            demo::start(address);
        }
    }
    Ok(exit_code(relay.wait()?))
}

/// The exit code; for a process ended by a signal the shell's 128 + its number.
fn exit_code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let by_signal = std::os::unix::process::ExitStatusExt::signal(&status).map(|n| 128 + n);
    #[cfg(not(unix))]
    let by_signal = None;
    let code = status
        .code()
        .or(by_signal)
        .and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

#[cfg(unix)]
mod signals {
    //! Handing the signals that end a program on to the relay.

    use std::process::Child;

    use rustix::process::{Pid, Signal, kill_process};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    use crate::failure::Failure;

    /// From now on these signals wait for [`forward`] instead of ending this program.
    pub(super) fn catch() -> Result<Signals, Failure> {
        Signals::new([SIGHUP, SIGINT, SIGTERM])
            .map_err(|error| Failure::Missing(format!("signals cannot be caught: {error}")))
    }

    /// Sends each caught signal to `child`, on a thread that ends with this program.
    pub(super) fn forward(mut signals: Signals, child: &Child) {
        let child = Pid::from_child(child);
        std::thread::spawn(move || {
            for number in signals.forever() {
                if let Some(signal) = Signal::from_named_raw(number) {
                    // It fails only when the relay has ended, and then so do we.
                    let _ = kill_process(child, signal);
                }
            }
        });
    }
}

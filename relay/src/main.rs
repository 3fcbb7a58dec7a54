//! The `pilothouse` command. Decides exit codes, and nothing more.

mod cli;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Failure};

/// Something went wrong.
const EXIT_FAILURE: u8 = 1;

/// The command line or the configuration is malformed (`EX_USAGE` of sysexits.h).
const EXIT_USAGE: u8 = 64;

/// The relay cannot be reached (`EX_UNAVAILABLE` of sysexits.h).
const EXIT_UNREACHABLE: u8 = 69;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A help text nobody reads to its end is no failure.
            let _ = error.print();
            return match error.use_stderr() {
                true => ExitCode::from(EXIT_USAGE),
                false => ExitCode::SUCCESS,
            };
        }
    };
    let outcome = match tokio::runtime::Runtime::new() {
        Ok(runtime) => {
            let outcome = runtime.block_on(cli.run());
            // A thread may still wait for standard input; the process does not.
            runtime.shutdown_background();
            outcome
        }
        Err(error) => Err(Failure::Failed(error.to_string())),
    };
    let Err(failure) = outcome else {
        return ExitCode::SUCCESS;
    };
    let code = match failure {
        Failure::ReaderGone => return ExitCode::SUCCESS,
        Failure::Exited(code) => return ExitCode::from(code),
        Failure::Failed(_) => EXIT_FAILURE,
        Failure::Usage(_) => EXIT_USAGE,
        Failure::Unreachable(_) => EXIT_UNREACHABLE,
    };
    cli::say(&failure);
    ExitCode::from(code)
}

//! `pilothouse run`: any command, with its terminal shown.

mod ending;
mod frames;
mod names;
mod output;
mod pty;
mod remote;
mod screen;
mod session;
mod terminal;

use std::ffi::OsString;

use clap::Args;
use pilothouse_relay::config::ConnectArgs;
use pilothouse_shared::ChannelId;

use super::{Failure, say};
use frames::Size;
use session::Session;
use terminal::Terminal;

/// Run a command and show its terminal on the dashboard
///
/// The command has a terminal of its own, and works in this one as if it were run directly: keys,
/// sizes and signals reach it, what it prints passes through untouched, and its exit status is that of
/// this command (128 and the signal's number when a signal ended it). People see the screen live, at
/// most 60 times a second, and how the command ended. Without a relay the command runs all the same,
/// and is shown as soon as there is one.
///
/// Nobody but you can touch the terminal unless you say --input.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse run -- cargo test                        watch a build from anywhere
  pilothouse run --channel shell --input -- bash      let people who may steer type, too
  pilothouse run --size 100x30 -- ./train.py </dev/null >train.log
      show it at a size of its own; nothing here needs to be a terminal")]
pub(crate) struct Run {
    /// The channel; made when it does not exist [default: made of the command's name]
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<ChannelId>,

    /// What to call the display in the channel [default: --name, or the command's name]
    #[arg(long, value_name = "DISPLAY")]
    display: Option<String>,

    /// Let people who may steer type, send signals and resize
    #[arg(long)]
    input: bool,

    /// Size of the terminal, such as 100x30 [default: that of this terminal, or 80x24]
    #[arg(long, value_name = "COLUMNSxROWS")]
    size: Option<Size>,

    /// Send colours too, as the escape sequences that set them
    #[arg(long)]
    colour: bool,

    #[command(flatten)]
    connect: ConnectArgs,

    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(super) async fn run(args: Run) -> Result<(), Failure> {
    let terminal = Terminal::here();
    let size = args.size.or_else(|| terminal.size()).unwrap_or_default();
    let started = match pty::start(&args.command, size) {
        Ok(started) => started,
        Err(failure) => {
            say(&failure);
            return Err(Failure::Exited(failure.code()));
        }
    };
    let session = Session::new(args, size, terminal);
    session.run(started).await
}

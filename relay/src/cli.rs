//! The subcommands: what is typed on the outside, the library on the inside.

mod backup;
mod channels;
mod chat;
mod doctor;
mod health;
mod hint;
mod hook;
mod install;
mod link;
mod mcp;
mod notices;
mod observe;
mod output;
mod plain;
mod publish;
#[cfg(unix)]
mod run;
mod secret;
mod sentence;
mod serve;
mod signals;
mod token;
mod vendor;
mod watch;

use clap::{Parser, Subcommand};
use pilothouse_relay::config::ServeArgs;
use thiserror::Error;

pub(crate) use output::say;

/// Watch AI agents work, live in the browser, and steer them
///
/// One relay serves the dashboard and everything that talks to it. Agents publish to channels;
/// people watch the channels and give hints. Start a relay with `pilothouse serve`, open
/// `http://127.0.0.1:8420`, and publish something from a second terminal.
#[derive(Debug, Parser)]
#[command(
    name = "pilothouse",
    version,
    propagate_version = true,
    after_help = EXAMPLES,
    after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}")
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "Examples:
  pilothouse serve                                   the dashboard at http://127.0.0.1:8420
  pilothouse install claude-code                     every session becomes a channel
  cargo test 2>&1 | pilothouse publish tests --lines --tee
  pilothouse run -- cargo test                       a whole terminal
  pilothouse watch tests                             the same channel in a terminal
  pilothouse hint tests 'look at the second failure first'
  pilothouse channels                                what there is to watch
  pilothouse link --name phone --role approver       a link and QR code that let a phone in

`pilothouse help COMMAND` says more about each.";

const EXIT_CODES: &str = "Exit codes:
  0   done
  1   it failed; the last line on standard error says why
  64  the command line or the configuration is malformed
  69  the relay cannot be reached

A flag whose help names an environment variable can also be set by that one, such as --url by
PILOTHOUSE_URL. The flag wins.";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Start a relay, which serves the dashboard, the wire protocol and the HTTP API
    ///
    /// Logs go to standard error. The first line on standard output is the address, as
    /// `listening on http://ADDR:PORT`. SIGINT or SIGTERM shuts it down gracefully: it tells every
    /// client when to come back and waits for them to go. A second signal exits at once.
    #[command(after_help = serve::EXAMPLES)]
    Serve(Box<ServeArgs>),
    Publish(publish::Publish),
    #[cfg(unix)]
    Run(Box<run::Run>),
    Observe(observe::Observe),
    Watch(watch::Watch),
    Hint(hint::Hint),
    Channels(channels::Channels),
    Chat(Box<chat::Chat>),
    Install(install::Install),
    Uninstall(install::Uninstall),
    Hook(hook::Hook),
    Doctor(doctor::Doctor),
    Health(health::Health),
    Mcp(mcp::Mcp),
    Token(token::Token),
    Link(link::Link),
    Backup(backup::Backup),
    Restore(backup::Restore),
}

/// Why a command ends early.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    /// It went wrong.
    #[error("{0}")]
    Failed(String),
    /// What was typed or configured cannot be.
    #[error("{0}")]
    Usage(String),
    /// There is no relay.
    #[error("{0}")]
    Unreachable(String),
    /// The command that was run ended with this status, or could not be run. All is said.
    #[error("exit status {0}")]
    Exited(u8),
    /// Nobody reads standard output any more, as after `| head`. No failure.
    #[error("nobody reads the output any more")]
    ReaderGone,
}

impl Cli {
    /// Does what was typed.
    pub(crate) async fn run(self) -> Result<(), Failure> {
        match self.verb {
            Verb::Serve(args) => serve::run(*args).await,
            Verb::Publish(args) => publish::run(args).await,
            #[cfg(unix)]
            Verb::Run(args) => run::run(*args).await,
            Verb::Observe(args) => observe::run(args).await,
            Verb::Watch(args) => watch::run(args).await,
            Verb::Hint(args) => hint::run(args).await,
            Verb::Channels(args) => channels::run(args).await,
            Verb::Chat(args) => chat::run(*args).await,
            Verb::Install(args) => install::install(&args),
            Verb::Uninstall(args) => install::uninstall(&args),
            Verb::Hook(args) => hook::run(args).await,
            Verb::Doctor(args) => doctor::run(args).await,
            Verb::Health(args) => health::run(args).await,
            Verb::Mcp(args) => mcp::run(args).await,
            Verb::Token(args) => token::run(args),
            Verb::Link(args) => link::run(&args),
            Verb::Backup(args) => backup::backup(args),
            Verb::Restore(args) => backup::restore(args),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().unwrap().to_string();
            assert!(help.starts_with("Examples:\n  "), "{}", command.get_name());
        }
    }
}

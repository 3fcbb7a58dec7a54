//! `pilothouse health`.

use std::time::Duration;

use clap::Args;
use pilothouse_relay::config::RelayArgs;
use tokio::time::timeout;

use super::Failure;
use super::channels::get;
use super::output::print;
use super::plain::plain;

/// How long an answer may take.
const WITHIN: Duration = Duration::from_secs(5);

/// Ask a relay whether it lives
///
/// For what looks after the relay, such as a container's health check or a service manager: it needs no
/// shell and no other program. Ends with 0 when the relay answers within five seconds, else with another
/// status and a sentence.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse health                            the relay at http://127.0.0.1:8420
  pilothouse health --ready                    and whether its history can be written
  HEALTHCHECK CMD [\"pilothouse\", \"health\"]     in a Containerfile")]
pub(crate) struct Health {
    /// Ask whether it can serve, too: it is not about to stop, and its history can be written
    #[arg(long)]
    ready: bool,

    #[command(flatten)]
    relay: RelayArgs,
}

pub(super) async fn run(args: Health) -> Result<(), Failure> {
    let url = &args.relay.url();
    let page = if args.ready { "/ready" } else { "/health" };
    let late = |_| {
        Failure::Unreachable(format!(
            "the relay at {url} did not answer within {} seconds",
            WITHIN.as_secs()
        ))
    };
    let answer = timeout(WITHIN, get(url, page)).await.map_err(late)??;
    match answer["status"].as_str() {
        Some(status) => print(plain(status)),
        None => Err(Failure::Failed(format!(
            "there is something else than a relay at {url}"
        ))),
    }
}

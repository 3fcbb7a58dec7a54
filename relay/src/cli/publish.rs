//! `pilothouse publish`.

mod input;

use std::collections::BTreeMap;

use clap::Args;
use pilothouse_relay::client::{Client, Update};
use pilothouse_relay::config::ConnectArgs;
use pilothouse_shared::link::{Input, MAX_OUTGOING, SendState};
use pilothouse_shared::{ChannelId, EventId, MemberKind};
use tokio::signal::ctrl_c;
use tokio::sync::mpsc;

use super::notices::Notices;
use super::plain::plain;
use super::{Failure, say};
use input::{Line, LineError};

/// Most events that are not acknowledged yet; no more lines are read meanwhile. Below what a link
/// holds, so that none is turned away.
const WINDOW: usize = MAX_OUTGOING / 2;

/// Publish what comes on standard input
///
/// Each line is a body in JSON, as PROTOCOL.md lists them; with --lines each line is plain text and
/// becomes a message. Every event is stored once, also when the relay restarts in between. While the
/// relay cannot be reached, the command keeps trying and reads no further. It ends when everything is
/// acknowledged, and stops at the first line that is not a body.
#[derive(Debug, Args)]
#[command(after_help = r#"Examples:
  cargo test 2>&1 | pilothouse publish tests --lines --tee
      show a command's output on the dashboard, and here as well
  echo '{"type":"operation_started","operation":"nightly build"}' | pilothouse publish builds
      say what an agent is doing
  agent --log-json | pilothouse publish agent-7 --name 'Agent 7' --member agent-7
      publish a stream of bodies under a name of its own"#)]
pub(crate) struct Publish {
    /// The channel; made when it does not exist
    channel: ChannelId,

    /// Take each line as plain text, not as JSON; empty lines are left out
    #[arg(long)]
    lines: bool,

    /// Copy standard input to standard output
    #[arg(long)]
    tee: bool,

    #[command(flatten)]
    connect: ConnectArgs,
}

pub(super) async fn run(args: Publish) -> Result<(), Failure> {
    let url = &args.connect.relay.url();
    let mut publishing = Publishing {
        lines: input::read(args.lines, args.tee),
        client: Client::start(url, args.connect.hello(MemberKind::Agent)),
        notices: Notices::new(url),
        channel: args.channel,
        under_way: BTreeMap::new(),
        n_published: 0,
        is_reading: true,
        failure: None,
    };
    let outcome = tokio::select! {
        outcome = publishing.until_done() => outcome,
        _ = ctrl_c() => Err(publishing.interrupted()),
    };
    say(format!("published {} events", publishing.n_published));
    publishing.client.close().await;
    outcome
}

struct Publishing {
    lines: mpsc::Receiver<Result<Line, LineError>>,
    client: Client,
    notices: Notices,
    channel: ChannelId,
    /// Events not acknowledged yet, at most [`WINDOW`], with the lines they came from.
    under_way: BTreeMap<EventId, usize>,
    n_published: u64,
    is_reading: bool,
    /// Why reading ended before the input did.
    failure: Option<Failure>,
}

impl Publishing {
    async fn until_done(&mut self) -> Result<(), Failure> {
        while self.is_reading || !self.under_way.is_empty() {
            let has_room = self.is_reading && self.under_way.len() < WINDOW;
            tokio::select! {
                line = self.lines.recv(), if has_room => self.line(line).await,
                update = self.client.recv() => {
                    let Some(update) = update else { break };
                    self.notices.hear(&update)?;
                    self.hear(update).await;
                }
            }
        }
        self.failure.take().map_or(Ok(()), Err)
    }

    async fn line(&mut self, line: Option<Result<Line, LineError>>) {
        match line {
            None => self.is_reading = false,
            Some(Ok(line)) => {
                let id = self.client.publish(self.channel.clone(), line.body).await;
                self.under_way.insert(id, line.number);
            }
            Some(Err(error)) => self.stop_reading(error.to_string()),
        }
    }

    async fn hear(&mut self, update: Update) {
        let Update::Outbox { id, state } = update else {
            return;
        };
        match state {
            Some(SendState::Accepted { .. }) if self.under_way.remove(&id).is_some() => {
                self.n_published += 1;
                self.client.send(Input::Dismiss { id }).await;
            }
            Some(SendState::Failed { message, .. }) => {
                if let Some(number) = self.under_way.remove(&id) {
                    let message = plain(&message);
                    self.stop_reading(format!("the relay refused line {number}: {message}"));
                }
            }
            _ => {}
        }
    }

    /// What is under way is still waited for. The first reason is the one to tell.
    fn stop_reading(&mut self, why: String) {
        self.is_reading = false;
        self.failure.get_or_insert(Failure::Failed(why));
    }

    fn interrupted(&self) -> Failure {
        let n_open = self.under_way.len();
        Failure::Failed(format!(
            "interrupted; {n_open} more were not acknowledged yet"
        ))
    }
}

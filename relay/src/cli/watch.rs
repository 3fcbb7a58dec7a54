//! `pilothouse watch`.

use std::ops::ControlFlow;
use std::time::Duration;

use clap::Args;
use pilothouse_relay::client::{Client, Update};
use pilothouse_relay::config::ConnectArgs;
use pilothouse_shared::limits::MAX_HISTORY;
use pilothouse_shared::link::Change;
use pilothouse_shared::{ChannelId, Event, MemberKind, Position, Seq};
use tokio::time::{Instant, sleep_until};

use super::notices::Notices;
use super::output::print;
use super::plain::{plain, plain_json};
use super::{Failure, say, sentence};

/// How long to wait before asking again for a channel that does not exist yet.
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Follow a channel in the terminal
///
/// Prints the last events and then every new one, one a line. Goes on when the relay restarts:
/// what was missed meanwhile is printed, and what cannot be had any more is said on standard error.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse watch tests                         follow a channel; stop with Ctrl-C
  pilothouse watch tests --history 1000 --once   what happened so far, and no more
  pilothouse watch tests --json | jq .body       events as the wire has them, one a line")]
pub(crate) struct Watch {
    /// The channel; waited for when it does not exist yet
    channel: ChannelId,

    /// Print each event as one line of JSON
    #[arg(long)]
    json: bool,

    /// Begin with this many past events, at most 1000
    #[arg(long, value_name = "EVENTS", default_value_t = 50, value_parser = history)]
    history: usize,

    /// Stop as soon as everything that has happened is printed
    #[arg(long)]
    once: bool,

    #[command(flatten)]
    connect: ConnectArgs,
}

/// Prints a channel's events, each once.
struct Feed {
    json: bool,
    /// The last event printed, or passed over because it is not for us.
    at: Option<Position>,
}

struct Watching {
    client: Client,
    notices: Notices,
    feed: Feed,
    ask_again: AskAgain,
    args: Watch,
}

pub(super) async fn run(args: Watch) -> Result<(), Failure> {
    let url = &args.connect.relay.url();
    let mut watching = Watching {
        client: Client::start(url, args.connect.hello(MemberKind::Human)),
        notices: Notices::new(url),
        feed: Feed {
            json: args.json,
            at: None,
        },
        ask_again: AskAgain::default(),
        args,
    };
    watching.subscribe(watching.args.history).await;
    watching.until_done().await?;
    watching.client.close().await;
    Ok(())
}

impl Watching {
    async fn subscribe(&self, history: usize) {
        let channel = self.args.channel.clone();
        self.client.subscribe(channel, history).await;
    }

    async fn until_done(&mut self) -> Result<(), Failure> {
        loop {
            let update = tokio::select! {
                update = self.client.recv() => update,
                () = self.ask_again.due() => {
                    // Whatever it holds by then has happened since the first question.
                    self.subscribe(MAX_HISTORY).await;
                    continue;
                }
            };
            let Some(update) = update else { return Ok(()) };
            if self.hear(&update)?.is_break() {
                return Ok(());
            }
        }
    }

    fn hear(&mut self, update: &Update) -> Result<ControlFlow<()>, Failure> {
        let is_once = self.args.once;
        match update {
            Update::Disconnected { reason, .. } if is_once && !self.notices.was_up() => {
                let (url, reason) = (&self.args.connect.relay.url(), plain(reason));
                let message = format!("the relay at {url} cannot be reached ({reason})");
                return Err(Failure::Unreachable(message));
            }
            Update::Snapshot {
                position, events, ..
            } => self.feed.snapshot(position, events)?,
            Update::Changed { change, .. } => match change {
                Change::CaughtUp { .. } if is_once => return Ok(ControlFlow::Break(())),
                Change::Ended { reason } if self.feed.at.is_none() && !is_once => {
                    self.ask_again.later(reason);
                }
                change => self.feed.change(change)?,
            },
            other => self.notices.hear(other)?,
        }
        Ok(ControlFlow::Continue(()))
    }
}

/// When to ask again for a channel that does not exist yet.
#[derive(Default)]
struct AskAgain {
    at: Option<Instant>,
    has_said: bool,
}

impl AskAgain {
    fn later(&mut self, reason: &str) {
        self.at = Some(Instant::now() + ASK_AGAIN_AFTER);
        if !self.has_said {
            say(format!("waiting for the channel ({})", plain(reason)));
        }
        self.has_said = true;
    }

    /// Comes once for each [`Self::later`]. Cancel-safe.
    async fn due(&mut self) {
        match self.at {
            Some(at) => sleep_until(at).await,
            None => std::future::pending().await,
        }
        self.at = None;
    }
}

impl Feed {
    fn snapshot(&mut self, position: &Position, events: &[Event]) -> Result<(), Failure> {
        if self.at.is_some() {
            say("the relay could not prove what was missed; events may be absent here");
        }
        let same_run = self.at.take().filter(|at| at.epoch == position.epoch);
        let last = same_run.map_or(Seq::ZERO, |at| at.seq);
        for event in events.iter().filter(|event| event.seq > last) {
            self.event(event)?;
        }
        self.at = Some(position.clone());
        Ok(())
    }

    fn change(&mut self, change: &Change) -> Result<(), Failure> {
        match change {
            Change::Event(event) => {
                if let Some(at) = &mut self.at {
                    at.seq = event.seq;
                }
                self.event(event)?;
            }
            Change::Gap { from, to } => {
                say(format!(
                    "events {from} to {to} are no longer held by the relay"
                ));
            }
            Change::Ended { reason } => {
                let message = format!("the channel is no longer to be watched: {}", plain(reason));
                return Err(Failure::Failed(message));
            }
            _ => {}
        }
        Ok(())
    }

    fn event(&self, event: &Event) -> Result<(), Failure> {
        if !self.json {
            return print(sentence::line(event));
        }
        let json = serde_json::to_string(event);
        let json = json.map_err(|error| Failure::Failed(error.to_string()))?;
        print(plain_json(&json))
    }
}

fn history(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(history) if history <= MAX_HISTORY => Ok(history),
        _ => Err(format!("write a number from 0 to {MAX_HISTORY}")),
    }
}

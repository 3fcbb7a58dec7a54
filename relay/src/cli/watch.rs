//! `pilothouse watch`.

use clap::Args;
use pilothouse_relay::client::{Client, Update};
use pilothouse_relay::config::ConnectArgs;
use pilothouse_shared::limits::MAX_HISTORY;
use pilothouse_shared::link::Change;
use pilothouse_shared::{ChannelId, Event, MemberKind, Position, Seq};

use super::notices::Notices;
use super::output::print;
use super::plain::{plain, plain_json};
use super::{Failure, say, sentence};

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
    /// The channel; it need not exist yet
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

pub(super) async fn run(args: Watch) -> Result<(), Failure> {
    let url = &args.connect.relay.url;
    let mut client = Client::start(url, args.connect.hello(MemberKind::Human));
    let mut notices = Notices::new(url);
    client.subscribe(args.channel.clone(), args.history).await;
    let mut feed = Feed {
        json: args.json,
        at: None,
    };
    while let Some(update) = client.recv().await {
        if let Update::Disconnected { reason, .. } = &update
            && args.once
            && !notices.was_up()
        {
            let reason = plain(reason);
            let message = format!("the relay at {url} cannot be reached ({reason})");
            return Err(Failure::Unreachable(message));
        }
        notices.hear(&update)?;
        match update {
            Update::Snapshot {
                position, events, ..
            } => feed.snapshot(position, &events)?,
            Update::Changed { change, .. } => match change {
                Change::CaughtUp { .. } if args.once => break,
                change => feed.change(&change)?,
            },
            _ => {}
        }
    }
    client.close().await;
    Ok(())
}

impl Feed {
    fn snapshot(&mut self, position: Position, events: &[Event]) -> Result<(), Failure> {
        let same_run = self.at.take().filter(|at| at.epoch == position.epoch);
        let last = same_run.map_or(Seq::ZERO, |at| at.seq);
        for event in events.iter().filter(|event| event.seq > last) {
            self.event(event)?;
        }
        self.at = Some(position);
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

//! `pilothouse hint`.

use std::time::Duration;

use clap::Args;
use pilothouse_relay::client::{Client, Update};
use pilothouse_relay::config::ConnectArgs;
use pilothouse_shared::link::SendState;
use pilothouse_shared::{
    Body, ChannelId, EventId, Extra, Hint as HintContent, HintEntry, HintGiven, HintState,
    MemberId, MemberKind,
};
use tokio::time::{Instant, timeout_at};

use super::Failure;
use super::notices::Notices;
use super::output::print;
use super::plain::plain;

/// How long a hint may take to be accepted, whatever the wait is.
const ACCEPT_WITHIN: Duration = Duration::from_secs(5);

/// Give the agents of a channel a hint, and see what becomes of it
///
/// Prints a line when the relay has accepted the hint, when an agent has it, and when the agent says
/// that it has taken it into account. A hint that nobody has taken when the wait is over stays where
/// it is: an agent gets it as soon as it asks.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse hint tests 'look at the second failure first'
  pilothouse hint room 'use the staging database' --to agent-7 --name Ada
  pilothouse hint tests 'stop after this one' --wait 0     give it and do not wait")]
pub(crate) struct Hint {
    /// The channel
    channel: ChannelId,

    /// What to say
    #[arg(value_parser = clap::builder::NonEmptyStringValueParser::new())]
    text: String,

    /// The member it is for [default: the first agent that asks]
    #[arg(long, value_name = "MEMBER")]
    to: Option<MemberId>,

    /// The session it is for, as the agent names it [default: any]
    #[arg(long, value_name = "SESSION")]
    session: Option<String>,

    /// Wait this long for the acknowledgement
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    wait: u64,

    #[command(flatten)]
    connect: ConnectArgs,
}

/// The receipts printed so far.
struct Receipts {
    id: EventId,
    state: Option<HintState>,
}

pub(super) async fn run(args: Hint) -> Result<(), Failure> {
    let url = &args.connect.relay.url();
    let mut client = Client::start(url, args.connect.hello(MemberKind::Human));
    let mut notices = Notices::new(url);
    let body = Body::HintGiven(HintGiven {
        hint: HintContent::text(args.text),
        to: args.to,
        session: args.session,
        expires_at: None,
        extra: Extra::new(),
    });
    let id = client.publish(args.channel.clone(), body).await;
    let mut receipts = Receipts { id, state: None };
    let begun = Instant::now();
    let (accept_by, wait) = (begun + ACCEPT_WITHIN, Duration::from_secs(args.wait));
    while !receipts.are_complete() {
        let deadline = match receipts.state {
            None => accept_by.max(begun + wait),
            Some(_) => begun + wait,
        };
        let Ok(Some(update)) = timeout_at(deadline, client.recv()).await else {
            break;
        };
        notices.hear(&update)?;
        if receipts.hear(&update)? {
            // Not before: the hint may be what makes the channel.
            client.subscribe(args.channel.clone(), 0).await;
        }
        let entry = client.read(|link| {
            let hints = &link.replica(&args.channel)?.snapshot().hints;
            hints.iter().find(|entry| entry.id == receipts.id).cloned()
        });
        receipts.see(entry.as_ref())?;
    }
    client.close().await;
    match receipts.state {
        Some(HintState::Accepted) if args.wait > 0 => print("nobody has taken it yet"),
        Some(HintState::Delivered) => print("not acknowledged yet"),
        Some(_) => Ok(()),
        None => Err(Failure::Unreachable(format!(
            "the relay at {url} did not answer in time; the hint has probably not been given"
        ))),
    }
}

impl Receipts {
    fn are_complete(&self) -> bool {
        self.state >= Some(HintState::Acknowledged)
    }

    /// Whether this is the relay's word that it has the hint.
    fn hear(&mut self, update: &Update) -> Result<bool, Failure> {
        match update {
            Update::Outbox { id, state } if *id == self.id => match state {
                Some(SendState::Accepted { .. }) => {
                    self.reach(HintState::Accepted, String::new)?;
                    Ok(true)
                }
                Some(SendState::Failed { message, .. }) => {
                    let message = plain(message);
                    Err(Failure::Failed(format!(
                        "the relay refused the hint: {message}"
                    )))
                }
                _ => Ok(false),
            },
            _ => Ok(false),
        }
    }

    /// Prints what has happened since: a reconnect may have passed over more than one state.
    fn see(&mut self, entry: Option<&HintEntry>) -> Result<(), Failure> {
        let Some(entry) = entry else {
            return Ok(());
        };
        if let Some(taken) = &entry.delivered {
            self.reach(HintState::Delivered, || {
                format!(" to {} via {}", taken.to.name, taken.via)
            })?;
        }
        if let Some(answer) = &entry.acknowledged {
            self.reach(HintState::Acknowledged, || {
                let note = answer.note.as_deref().map(|note| format!(": {note}"));
                format!(" by {}{}", answer.by.name, note.unwrap_or_default())
            })?;
        }
        match entry.state {
            HintState::Expired => self.reach(HintState::Expired, String::new),
            _ => Ok(()),
        }
    }

    fn reach(&mut self, state: HintState, more: impl FnOnce() -> String) -> Result<(), Failure> {
        if self.state >= Some(state) {
            return Ok(());
        }
        self.state = Some(state);
        let word = match state {
            HintState::Accepted => "accepted",
            HintState::Delivered => "delivered",
            HintState::Acknowledged => "acknowledged",
            HintState::Expired => "expired: nobody took it in time",
        };
        print(format!("{word}{}", plain(&more())))
    }
}

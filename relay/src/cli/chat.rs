//! `pilothouse chat`.

mod answer;
mod chunk;
mod context;
mod endpoint;
mod inbox;
mod room;
mod trouble;

use std::time::Duration;

use clap::Args;
use pilothouse_relay::client::Agent;
use pilothouse_relay::config::{ApiKey, ConnectArgs};
use pilothouse_shared::limits::MAX_ID_BYTES;
use pilothouse_shared::{ChannelId, Hello, MemberId, MemberKind, Seq};
use reqwest::Url;
use tokio_util::sync::CancellationToken;

use self::answer::Answering;
use self::endpoint::Endpoint;
use self::room::Room;
use super::signals::Signals;
use super::{Failure, say};

/// How long the relay may be away before that is said.
const SAY_AFTER: Duration = Duration::from_secs(2);

/// Let a language model answer what people write in a channel
///
/// Works with any OpenAI-compatible endpoint that streams over http, such as Ollama and llama.cpp on this
/// machine. Tokens are shown live, the whole answer and what it cost are recorded. Cancelling in the
/// dashboard stops an answer at once; hints are told to the model with the next one. The conversation is the
/// channel's own history: stopped and started again, the agent goes on where it was, if its member id is
/// the same.
///
/// An endpoint that wants a key gets the one in the environment variable PILOTHOUSE_API_KEY.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse chat room --base-url http://127.0.0.1:11434/v1 --model llama3.2    Ollama
  pilothouse chat room --base-url http://127.0.0.1:8080/v1 --model any          llama.cpp's llama-server
  pilothouse chat room --base-url http://127.0.0.1:8080/v1 --model any --system 'Answer in one sentence.'
  pilothouse chat room --base-url http://127.0.0.1:11434/v1 --model qwen3 --member critic --answer-agents 3")]
pub(crate) struct Chat {
    /// The channel; made when there is none
    channel: ChannelId,

    /// The endpoint's address up to `/chat/completions`, mostly ending in /v1
    #[arg(long, value_name = "URL", value_parser = base_url)]
    base_url: Url,

    /// The model, as the endpoint names it
    #[arg(long, value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    model: String,

    /// What the model is told before everything else
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,

    /// Answer other agents too, at most this often until a person writes again
    #[arg(long, value_name = "TIMES", default_value_t = 0)]
    answer_agents: usize,

    /// Tell the model at most this much of the conversation; the oldest turns are left out
    #[arg(long, value_name = "BYTES", default_value_t = 24_000)]
    context: usize,

    /// Ask a failing endpoint at most this often before giving up
    #[arg(long, value_name = "TIMES", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    tries: u32,

    /// How long the endpoint may be silent; the first token of a large model takes its time
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,

    #[command(flatten)]
    connect: ConnectArgs,
}

pub(super) async fn run(args: Chat) -> Result<(), Failure> {
    let mut signals = Signals::new().map_err(room::failed)?;
    let stop = CancellationToken::new();
    let answering = Answering {
        endpoint: Endpoint::new(
            &args.base_url,
            &args.model,
            ApiKey::from_environment(),
            Duration::from_secs(args.patience),
        )?,
        system: args.system.clone(),
        context_bytes: args.context,
        max_tries: args.tries,
        stop: stop.clone(),
    };
    let me = member(&args)?;
    let chatting = chat(&args, &answering, me);
    tokio::pin!(chatting);
    tokio::select! {
        ended = &mut chatting => return ended,
        () = signals.next() => stop.cancel(),
    }
    tokio::select! {
        ended = chatting => ended,
        () = signals.next() => Err(Failure::Failed("stopped before everything was stored".to_owned())),
    }
}

/// Chats until told to stop.
async fn chat(args: &Chat, answering: &Answering, me: MemberId) -> Result<(), Failure> {
    let url = &args.connect.relay.url();
    let entering = Room::enter(
        Agent::start(url, hello(args, &me)),
        me,
        args.channel.clone(),
        &args.model,
        args.answer_agents,
    );
    tokio::pin!(entering);
    let soon = tokio::time::timeout(SAY_AFTER, &mut entering).await;
    let entered = match soon {
        Ok(entered) => Some(entered),
        Err(_) => {
            say(format!("waiting for the relay at {url}"));
            tokio::select! {
                entered = entering => Some(entered),
                () = answering.stop.cancelled() => None,
            }
        }
    };
    let Some(entered) = entered else {
        return Ok(());
    };
    let mut room = entered?;
    say(format!(
        "{} answers in {url}/c/{}",
        args.model, args.channel
    ));
    serve(&mut room, answering).await?;
    match room.leave().await {
        0 => Ok(()),
        n_left => Err(Failure::Failed(format!(
            "{n_left} events may not have been stored: the relay did not answer in time"
        ))),
    }
}

async fn serve(room: &mut Room, answering: &Answering) -> Result<(), Failure> {
    while !answering.stop.is_cancelled() {
        if room.is_anew() {
            room.settle_in().await?;
        } else if let Some(ask) = room.due() {
            answering.answer(room, &ask).await?;
        } else if room.cancelled(Seq::ZERO).is_some() {
            room.cancel_obeyed("nothing was under way").await?;
            room.finish(true).await;
        } else {
            tokio::select! {
                () = answering.stop.cancelled() => {}
                happened = room.next() => room.hear(happened)?,
            }
        }
    }
    Ok(())
}

/// Who speaks: unless told otherwise a member named after the model, so that a restart finds its own words.
fn member(args: &Chat) -> Result<MemberId, Failure> {
    if let Some(member) = &args.connect.member {
        return Ok(member.clone());
    }
    let is_fit = |c: &char| c.is_ascii_graphic() && *c != '/';
    let model = args.model.chars().filter(is_fit).take(MAX_ID_BYTES / 2);
    MemberId::new(format!("chat-{}", model.collect::<String>())).map_err(room::failed)
}

fn hello(args: &Chat, me: &MemberId) -> Hello {
    let hello = args.connect.hello(MemberKind::Agent);
    let name = || args.model.chars().take(32).collect();
    Hello {
        member: Some(me.clone()),
        name: Some(hello.name.unwrap_or_else(name)),
        ..hello
    }
}

fn base_url(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|error| format!("{error}"))?;
    match url.scheme() {
        "http" if url.has_host() => Ok(url),
        "https" => Err("TLS is not spoken here; let a proxy on this machine add it".to_owned()),
        _ => Err("write an address such as http://127.0.0.1:11434/v1".to_owned()),
    }
}

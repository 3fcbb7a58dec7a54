//! `pilothouse mcp`.

use clap::Args;
use pilothouse_relay::config::ConnectArgs;
use pilothouse_relay::mcp::{self, Settings};
use pilothouse_shared::{ChannelId, MemberKind};

use super::Failure;

/// Serve an agent that speaks the Model Context Protocol, over standard input and output
///
/// Agents start this by themselves: add it to an agent's MCP servers and it gets tools to report what
/// it does, to receive hints, to ask people, and to talk in channels. The relay need not run when the
/// agent starts, and may restart while it works. An agent that speaks MCP over HTTP can use the relay's
/// address with `/mcp` instead, and needs no command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  claude mcp add pilothouse -- pilothouse mcp                     add it to Claude Code
  claude mcp add pilothouse -- pilothouse mcp --channel release   and let it work in this channel
  claude -p 'mend the tests' --permission-prompt-tool mcp__pilothouse__ask_permission
      let people answer what the agent may do")]
pub(crate) struct Mcp {
    /// The channel the agent works in [default: one named after the client, such as claude-code]
    #[arg(long, value_name = "CHANNEL", env = "PILOTHOUSE_CHANNEL")]
    channel: Option<ChannelId>,

    #[command(flatten)]
    connect: ConnectArgs,
}

pub(super) async fn run(args: Mcp) -> Result<(), Failure> {
    let hello = args.connect.hello(MemberKind::Agent);
    let settings = Settings {
        url: args.connect.relay.url(),
        member: hello.member,
        name: hello.name,
        channel: args.channel,
        kind: hello.kind,
    };
    let url = settings.url.clone();
    let served = mcp::serve(settings).await;
    match served.map_err(|error| Failure::Failed(error.to_string()))? {
        0 => Ok(()),
        n => Err(Failure::Unreachable(format!(
            "the agent ended before the relay at {url} had acknowledged {n} of its events"
        ))),
    }
}

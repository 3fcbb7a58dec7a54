//! `pilothouse hook`.

mod accepted;
mod deliver;
mod lines;

use std::time::Duration;

use clap::{Args, ValueEnum};
use pilothouse_relay::config::RelayArgs;
use pilothouse_shared::ChannelId;
use serde_json::Value;

use super::output::print;
use super::plain::plain_json;
use super::vendor::Vendor;
use super::{Failure, say};

/// How long an ordinary event may take, from start to end: an agent waits meanwhile.
const WITHIN: Duration = Duration::from_secs(2);

/// Hand an agent's event to the relay, and its answer back
///
/// Agents run this, as `pilothouse install` tells them to. It reads one event as JSON from standard
/// input and prints what the relay answers, as far as this agent accepts it at this event. It never
/// holds an agent back: if the relay is down, slow or talks nonsense, it prints nothing and ends with
/// success; --verbose says why.
///
/// `pilothouse hook json` is for any other program: standard input is bodies in JSON, as PROTOCOL.md lists
/// them, one or many. After each the hints that wait for the program are printed, one a line. An object
/// without a `type`, such as {}, only asks for them.
#[derive(Debug, Args)]
#[command(after_help = r#"Examples:
  pilothouse hook claude-code < event.json
  echo '{"type":"operation_started","operation":"build"}' | pilothouse hook json --channel builds
  agent --log-json | pilothouse hook json --channel agent-7 | agent --read-hints"#)]
pub(crate) struct Hook {
    /// Whose event it is
    agent: Source,

    /// The channel, for `json` [default: what each line says as `channel`]
    #[arg(long)]
    channel: Option<ChannelId>,

    /// Wait this long for a person who is asked for a permission; no longer than the agent waits
    #[arg(long, value_name = "SECONDS", default_value_t = 590,
        value_parser = clap::value_parser!(u64).range(..=86_400))]
    wait: u64,

    /// Say on standard error why nothing was handed over
    #[arg(long, short)]
    verbose: bool,

    /// The member that speaks, for `json` [default: the channel's id]
    // As text: what the environment says for other commands must not make a hook fail.
    #[arg(long, value_name = "MEMBER", env = "PILOTHOUSE_MEMBER")]
    member: Option<String>,

    /// What people call it, for `json` [default: the member's id]
    #[arg(long, value_name = "NAME", env = "PILOTHOUSE_NAME")]
    name: Option<String>,

    #[command(flatten)]
    relay: RelayArgs,
}

/// Who speaks on standard input.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Source {
    /// Claude Code
    ClaudeCode,
    /// Codex CLI
    Codex,
    /// Any program
    Json,
}

pub(super) async fn run(args: Hook) -> Result<(), Failure> {
    let vendor = match args.agent {
        Source::Json => return lines::run(&args).await,
        Source::ClaudeCode => Vendor::ClaudeCode,
        Source::Codex => Vendor::Codex,
    };
    match answer(vendor, &args).await {
        Ok(Some(answer)) => print(plain_json(&answer.to_string())),
        Ok(None) => Ok(()),
        Err(why) => {
            args.explain(&why);
            Ok(())
        }
    }
}

impl Hook {
    /// Tells whoever wants to know. Agents show what a hook says on standard error as a failure.
    fn explain(&self, why: &str) {
        if self.verbose {
            say(why);
        }
    }
}

/// What the agent is told; `None` is nothing.
async fn answer(vendor: Vendor, args: &Hook) -> Result<Option<Value>, String> {
    let begun = tokio::time::Instant::now();
    let reading = tokio::time::timeout(WITHIN, deliver::read());
    let bytes = reading.await.map_err(|_| "no event came in time")??;
    let event: Value = serde_json::from_slice(&bytes)
        .map_err(|error| format!("what came on standard input is not JSON: {error}"))?;
    let name = event["hook_event_name"].as_str().unwrap_or_default();
    let within = match asks(vendor, name, &event) {
        true => Duration::from_secs(args.wait),
        false => WITHIN,
    };
    // The relay answers a little before that: it knows how long the agent waits.
    let relay = args.relay.url();
    let url = vendor.endpoint(&relay);
    let url = format!("{url}?timeout={}", args.wait);
    let client = deliver::client(&relay)?;
    let posting = deliver::post(client.post(&url), bytes, begun + within);
    let answer = posting.await.map_err(|why| format!("{url} {why}"))?;
    Ok(answer.and_then(|answer| accepted::accepted(vendor, name, answer)))
}

/// Whether a person is asked, who needs time.
fn asks(vendor: Vendor, event: &str, input: &Value) -> bool {
    let tool = input["tool_name"].as_str().unwrap_or_default();
    match (vendor, event) {
        (_, "PermissionRequest") => true,
        (Vendor::ClaudeCode, "PreToolUse") => matches!(tool, "AskUserQuestion" | "ExitPlanMode"),
        _ => false,
    }
}

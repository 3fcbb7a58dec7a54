//! `pilothouse doctor`.

mod attached;
mod mcp;
mod obstacles;
mod pass;
mod relay;
mod report;
mod trip;

use clap::{Args, ValueEnum};
use pilothouse_relay::config::{HomeArgs, RelayArgs};

use super::Failure;
use super::output::print;
use super::token::Place;
use super::vendor::Vendor;
use relay::Relay;
use report::{Check, Section};

/// Check that agents are attached, and that it works
///
/// Says of each agent whether it is attached and where, when it was last heard of, and runs a real round
/// trip in a channel of its own: an event in, a hint given, the hint handed over as the agent would get it,
/// the receipt. The channel is removed afterwards. What does not work comes with what to do about it.
/// Ends with status 1 when something that is attached does not work.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse doctor                       everything
  pilothouse doctor claude-code           one agent
  pilothouse doctor --json | jq .ok       for programs")]
pub(crate) struct Doctor {
    /// What to look at [default: everything]
    subjects: Vec<Subject>,

    /// Print one JSON object
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    relay: RelayArgs,

    #[command(flatten)]
    place: Place,

    #[command(flatten)]
    homes: HomeArgs,
}

/// A way to attach an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Subject {
    /// Claude Code's hooks
    ClaudeCode,
    /// Codex's hooks
    Codex,
    /// The Model Context Protocol, for either
    Mcp,
}

pub(super) async fn run(args: Doctor) -> Result<(), Failure> {
    let all = [Subject::ClaudeCode, Subject::Codex, Subject::Mcp];
    let subjects = match args.subjects.is_empty() {
        true => &all[..],
        false => &args.subjects,
    };
    let (url, _pass) = pass::url(&args.relay, &args.place)?;
    let relay = Relay::new(&url).map_err(Failure::Failed)?;
    let health = relay.health().await;
    let is_up = health.is_ok();
    let mut sections = vec![Section::new("relay", vec![reachable(&relay, health)])];
    for subject in subjects {
        let section = match subject {
            Subject::ClaudeCode => hooks(Vendor::ClaudeCode, &args, &relay, is_up).await?,
            Subject::Codex => hooks(Vendor::Codex, &args, &relay, is_up).await?,
            Subject::Mcp => mcp::examine(&args.homes, &relay, is_up).await,
        };
        sections.push(section);
    }
    let is_well = report::is_well(&sections);
    match args.json {
        true => print(report::json(&sections))?,
        false => report::lines(&sections).into_iter().try_for_each(print)?,
    }
    match is_well {
        true => Ok(()),
        false => Err(Failure::Failed(
            "something that is attached does not work; see above what to do".to_owned(),
        )),
    }
}

fn reachable(relay: &Relay, health: Result<String, String>) -> Check {
    match health {
        Ok(version) => Check::ok("reachable", format!("{}, version {version}", relay.url())),
        Err(why) => Check::failed("reachable", why).mend(
            "start it with `pilothouse serve`, or name the one that runs with --url; until then \
             agents work as if it were not there",
        ),
    }
}

/// What there is to say about an agent that hooks attach.
async fn hooks(
    vendor: Vendor,
    args: &Doctor,
    relay: &Relay,
    is_up: bool,
) -> Result<Section, Failure> {
    let program = super::install::program()?;
    let url = super::install::attach::url(vendor, &args.relay, &args.place, true)?;
    let hooks = vendor.hooks(&url, &program);
    let mut checks = attached::examine(vendor, &hooks, &args.homes);
    let is_attached = checks.iter().any(|check| !check.is_absent());
    if is_attached {
        checks.extend(obstacles::found(
            vendor,
            &vendor.endpoint(&args.relay.url()),
            &args.homes,
        ));
    }
    if is_up {
        checks.push(relay.last_heard(vendor.id()).await);
        if is_attached {
            checks.push(trip::by_hooks(vendor, relay, &url, &program).await);
        }
    }
    Ok(Section::new(vendor.id(), checks))
}

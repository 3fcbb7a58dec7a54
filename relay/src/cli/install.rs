//! `pilothouse install` and `pilothouse uninstall`.

pub(crate) mod attach;
mod edit;
pub(crate) mod file;
pub(crate) mod merge;

use std::io::{IsTerminal, Write, stderr, stdin};

use clap::Args;
use pilothouse_relay::config::{HomeArgs, RelayArgs};
use similar::TextDiff;

use super::output::print;
use super::plain::plain;
use super::token::Place;
use super::vendor::{Scope, Vendor};
use super::{Failure, say};
use file::Settings;

/// Attach an agent: have it tell the relay what it does, and take hints
///
/// Adds hooks to the agent's own settings and touches nothing else in them. Shows the change and asks
/// before it writes. Without --project the hooks go to your own settings, so that every session you
/// start becomes a channel. Doing it again changes nothing, or brings older hooks up to date. A relay
/// that is down never holds an agent back. Where your relay has keys, the agent gets a token of its own, in a
/// file: it may publish in its own channels and take the hints for it, and nothing else.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse install claude-code               every session you start from now on
  pilothouse install claude-code --project     only sessions in this folder: .claude/settings.json
  pilothouse install codex --dry-run           show what would change, and change nothing
  pilothouse uninstall claude-code             leave the settings as they were")]
pub(crate) struct Install {
    #[command(flatten)]
    target: Target,

    #[command(flatten)]
    relay: RelayArgs,

    #[command(flatten)]
    place: Place,
}

/// Detach an agent: take our hooks out of its settings
///
/// Takes out exactly what `pilothouse install` put there. Shows the change and asks before it writes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pilothouse uninstall claude-code
  pilothouse uninstall codex --yes")]
pub(crate) struct Uninstall {
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Args)]
struct Target {
    /// The agent
    agent: Vendor,

    /// Your own settings, for every session you start; this is the default
    #[arg(long, conflicts_with = "project")]
    user: bool,

    /// The settings of the current folder, for sessions in it
    #[arg(long)]
    project: bool,

    /// Show what would change, and change nothing
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    #[command(flatten)]
    homes: HomeArgs,
}

pub(super) fn install(args: &Install) -> Result<(), Failure> {
    let Install {
        target,
        relay,
        place,
    } = args;
    let agent = target.agent;
    let settings = target.settings()?;
    let url = attach::url(agent, relay, place, target.dry_run)?;
    let hooks = agent.hooks(&url, &program()?);
    let text = merge::install(settings.text(), agent, &hooks);
    let text = text.map_err(|misfit| refused(&settings, &misfit))?;
    if settings.text() == Some(&text) {
        return print(format!(
            "{} is already installed in {}",
            agent.name(),
            settings.path().display()
        ));
    }
    if target.change(&settings, Some(&text))? {
        print(after_install(agent, &relay.url().to_string()))?;
    }
    Ok(())
}

pub(super) fn uninstall(args: &Uninstall) -> Result<(), Failure> {
    let target = &args.target;
    let settings = target.settings()?;
    let text = settings
        .text()
        .map(|text| merge::uninstall(text, target.agent));
    let text = text.transpose();
    let text = text
        .map_err(|misfit| refused(&settings, &misfit))?
        .flatten();
    if settings.text() == text.as_deref() {
        return print(format!(
            "{} is not installed in {}",
            target.agent.name(),
            settings.path().display()
        ));
    }
    if target.change(&settings, text.as_deref())? {
        print(format!(
            "{} is detached; sessions that run already keep the hooks until they end",
            target.agent.name()
        ))?;
    }
    Ok(())
}

impl Target {
    fn settings(&self) -> Result<Settings, Failure> {
        let scope = match self.project {
            true => Scope::Project,
            false => Scope::User,
        };
        let path = self.agent.settings(scope, &self.homes).ok_or_else(|| {
            let words =
                "there is no home folder; use --project, or name the agent's folder, see --help";
            Failure::Usage(words.to_owned())
        })?;
        Settings::read(path).map_err(Failure::Failed)
    }

    /// Shows the change, asks, and writes; whether it did.
    fn change(&self, settings: &Settings, text: Option<&str>) -> Result<bool, Failure> {
        let path = settings.path().display().to_string();
        let before = settings.text().unwrap_or_default();
        show(&path, before, text.unwrap_or_default())?;
        if self.dry_run {
            return Ok(false);
        }
        if !self.yes && !confirmed(&path, text.is_none())? {
            say("nothing was changed");
            return Ok(false);
        }
        settings.replace(text).map_err(Failure::Failed)?;
        Ok(true)
    }
}

/// Prints the change as a unified diff.
fn show(path: &str, before: &str, after: &str) -> Result<(), Failure> {
    let diff = TextDiff::from_lines(before, after);
    let mut diff = diff.unified_diff();
    let diff = diff.header(path, path).to_string();
    diff.lines().try_for_each(|line| print(plain(line)))
}

fn confirmed(path: &str, is_removal: bool) -> Result<bool, Failure> {
    if !stdin().is_terminal() {
        return Err(Failure::Usage(
            "there is no terminal to ask on; add --yes to write this, or --dry-run to only look"
                .to_owned(),
        ));
    }
    let question = match is_removal {
        true => format!("Remove {path}, which has nothing else in it? [y/N] "),
        false => format!("Write this to {path}? [y/N] "),
    };
    let mut answer = String::new();
    let asked = write!(stderr(), "{question}").and_then(|()| stdin().read_line(&mut answer));
    asked.map_err(|error| Failure::Failed(format!("cannot ask: {error}")))?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn refused(settings: &Settings, misfit: &merge::Misfit) -> Failure {
    Failure::Failed(format!("{} {misfit}", settings.path().display()))
}

/// The path of this command, for others to run.
pub(crate) fn program() -> Result<String, Failure> {
    let path = std::env::current_exe()
        .map_err(|error| Failure::Failed(format!("cannot tell where this program is: {error}")))?;
    path.into_os_string().into_string().map_err(|path| {
        let path = path.display();
        Failure::Failed(format!("the path of this program is not UTF-8: {path}"))
    })
}

fn after_install(agent: Vendor, url: &str) -> String {
    let next = match agent {
        Vendor::ClaudeCode => "",
        Vendor::Codex => {
            "\nCodex runs no hook before you trust it: start `codex`, type /hooks, and trust these."
        }
    };
    format!(
        "{} is attached: every session that starts from now on is a channel at {url}{next}\n\
         `pilothouse doctor {}` says whether it works.",
        agent.name(),
        agent.id()
    )
}

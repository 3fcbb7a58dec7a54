//! Whether our hooks stand in an agent's settings, and whether the agent will run them.

use std::path::Path;

use pilothouse_relay::config::HomeArgs;

use super::report::{ATTACHED, Check};
use crate::cli::install::file::Settings;
use crate::cli::install::merge::{self, Place};
use crate::cli::vendor::{Hook, Scope, Vendor};

/// What there is to say of the settings of the user and of the current folder.
pub(super) fn examine(vendor: Vendor, hooks: &[Hook], homes: &HomeArgs) -> Vec<Check> {
    let mut checks = Vec::new();
    for scope in [Scope::User, Scope::Project] {
        let Some(path) = vendor.settings(scope, homes) else {
            continue;
        };
        let settings = match Settings::read(path) {
            Ok(settings) => settings,
            Err(why) => {
                checks.push(Check::failed(ATTACHED, why));
                continue;
            }
        };
        let Some(text) = settings.text() else {
            continue;
        };
        checks.extend(within(vendor, hooks, scope, &settings, text));
        if vendor == Vendor::Codex {
            checks.extend(trusted(settings.path(), text, homes));
        }
    }
    if checks.is_empty() {
        let nothing = format!("{} has no hooks of ours", vendor.name());
        let mend = format!("attach it with `pilothouse install {}`", vendor.id());
        checks.push(Check::absent(ATTACHED, nothing).mend(mend));
    }
    checks
}

fn within(
    vendor: Vendor,
    hooks: &[Hook],
    scope: Scope,
    settings: &Settings,
    text: &str,
) -> Option<Check> {
    let path = settings.path().display();
    let again = match scope {
        Scope::User => format!("pilothouse install {}", vendor.id()),
        Scope::Project => format!("pilothouse install {} --project", vendor.id()),
    };
    let places = match merge::places(text, vendor) {
        Ok(places) => places,
        Err(misfit) => return Some(Check::failed(ATTACHED, format!("{path} {misfit}"))),
    };
    if places.is_empty() {
        return None;
    }
    let is_current = merge::install(Some(text), vendor, hooks).is_ok_and(|same| same == text);
    let older = || format!("the hooks in {path} are older, or for another relay or program");
    match is_current {
        true => Some(Check::ok(ATTACHED, format!("in {path}"))),
        false => {
            let mend = format!("bring them up to date with `{again}`");
            Some(Check::failed(ATTACHED, older()).mend(mend))
        }
    }
}

/// Whether Codex was told to run our hooks: it keeps that in its `config.toml`, hook by hook.
fn trusted(path: &Path, text: &str, homes: &HomeArgs) -> Option<Check> {
    const WHAT: &str = "trusted";
    let places = merge::places(text, Vendor::Codex).ok()?;
    let config = homes.codex()?.join("config.toml");
    let config = std::fs::read_to_string(config).unwrap_or_default();
    let config: toml::Table = config.parse().unwrap_or_default();
    let state = config.get("hooks").and_then(|hooks| hooks.get("state"));
    // By the name it was found under; links may be in it or not.
    let paths = [std::path::absolute(path).ok()?, path.canonicalize().ok()?];
    let is_trusted = |place: &&Place| {
        let event = snake(&place.event);
        paths.iter().any(|path| {
            let path = path.display();
            let key = format!("{path}:{event}:{}:{}", place.group, place.handler);
            let hook = state.and_then(|state| state.get(key));
            hook.is_some_and(|hook| hook.get("trusted_hash").is_some())
        })
    };
    let (n, of) = (places.iter().filter(is_trusted).count(), places.len());
    match n {
        _ if of == 0 => None,
        n if n == of => Some(Check::ok(WHAT, "Codex was told to run them")),
        n => Some(
            Check::failed(WHAT, format!("Codex was told to run {n} of {of} hooks"))
                .mend("start `codex`, type /hooks, and trust those of Pilothouse"),
        ),
    }
}

/// `PreToolUse` as `pre_tool_use`.
fn snake(event: &str) -> String {
    let mut snake = String::new();
    for char in event.chars() {
        if char.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(char.to_ascii_lowercase());
    }
    snake
}

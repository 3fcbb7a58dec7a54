//! The agents that hooks attach: where their settings are, which hooks they get, and which are ours.

mod claude_code;
mod codex;

use std::path::PathBuf;

use clap::ValueEnum;
use pilothouse_relay::client::{Credentials, RelayUrl};
use pilothouse_relay::config::HomeArgs;
use serde::Serialize;
use serde_json::Value;

/// How long a hook may hold the agent that asks a person, in seconds.
const ASK_SECONDS: u64 = 600;

/// How long any other hook may hold the agent, in seconds. A relay answers in milliseconds and one that
/// is down refuses at once: this is for one that hangs.
const SECONDS: u64 = 5;

/// What follows the vendor in the commands that we install.
const FLAGS: [&str; 3] = ["--url", "--fingerprint", "--token-file"];

/// An agent with hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Vendor {
    /// Claude Code
    ClaudeCode,
    /// Codex CLI
    Codex,
}

/// Whose sessions are attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every session of this user.
    User,
    /// Sessions in the current folder.
    Project,
}

/// A hook that is to stand in the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hook {
    /// The agent's name of the event.
    pub(crate) event: &'static str,
    /// The tools it is for; all without one.
    pub(crate) matcher: Option<&'static str>,
    /// What happens then.
    pub(crate) handler: Handler,
}

/// What an agent does when a hook's event happens, as it stands in the settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(crate) enum Handler {
    /// It posts the event.
    Http {
        /// Where.
        url: String,
        /// In seconds.
        timeout: u64,
    },
    /// It runs a command in a shell, with the event on standard input.
    Command {
        /// The line.
        command: String,
        /// In seconds.
        timeout: u64,
    },
}

/// A group of handlers, as it stands in the settings.
#[derive(Debug, Serialize)]
pub(crate) struct Group<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    matcher: Option<&'a str>,
    hooks: [&'a Handler; 1],
}

impl Hook {
    /// The group that has it alone: nothing in a group of somebody else is touched.
    pub(crate) fn group(&self) -> Group<'_> {
        let Self {
            matcher, handler, ..
        } = self;
        Group {
            matcher: *matcher,
            hooks: [handler],
        }
    }
}

impl Vendor {
    /// Every agent with hooks.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 2] = [Self::ClaudeCode, Self::Codex];

    /// What it is called in commands and URLs.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
        }
    }

    /// What people call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::Codex => "Codex",
        }
    }

    /// The file its hooks stand in; `None` where there is no home.
    pub(crate) fn settings(self, scope: Scope, homes: &HomeArgs) -> Option<PathBuf> {
        let (home, folder, file) = match self {
            Self::ClaudeCode => (homes.claude_code(), ".claude", "settings.json"),
            Self::Codex => (homes.codex(), ".codex", "hooks.json"),
        };
        match scope {
            Scope::Project => Some(PathBuf::from(folder).join(file)),
            Scope::User => Some(home?.join(file)),
        }
    }

    /// The hooks that bring its sessions to the relay. `program` is the path of this command.
    pub(crate) fn hooks(self, url: &RelayUrl, program: &str) -> Vec<Hook> {
        let command = self.command(url, program);
        match self {
            // A token is in a file of its own, which only a command reads: settings are often shared.
            Self::ClaudeCode if url.credentials().is_some() => claude_code::hooks(None, &command),
            Self::ClaudeCode => claude_code::hooks(Some(&self.endpoint(url)), &command),
            Self::Codex => codex::hooks(&command),
        }
    }

    /// Where its events are posted.
    pub(crate) fn endpoint(self, url: &RelayUrl) -> String {
        url.page(&format!("/hooks/{}", self.id()))
    }

    /// Whether a handler in its settings is one of ours, whatever version wrote it.
    pub(crate) fn is_ours(self, handler: &Value) -> bool {
        let url = handler["url"].as_str().unwrap_or_default();
        let command = handler["command"].as_str().unwrap_or_default();
        let path = url
            .strip_prefix("http")
            .and_then(|url| url.split_once("//"));
        let path = path.and_then(|(_, rest)| rest.split_once('/'));
        let is_url = path.is_some_and(|(_, path)| {
            let path = path.split(['?', '#']).next().unwrap_or_default();
            path.strip_prefix("hooks/") == Some(self.id())
        });
        is_url || self.is_our_command(command)
    }

    fn is_our_command(self, command: &str) -> bool {
        let words = shlex::split(command).unwrap_or_default();
        let [program, hook, vendor, rest @ ..] = &words[..] else {
            return false;
        };
        let program = program.rsplit(['/', '\\']).next().unwrap_or_default();
        // The program may go by another name; the words it was installed with are the same.
        let is_named = matches!(program, "pilothouse" | "pilothouse.exe");
        let flags = rest.chunks(2).map(|pair| pair[0].as_str());
        let is_as_installed = rest.len().is_multiple_of(2)
            && rest.first().is_some_and(|first| first == FLAGS[0])
            && flags.clone().all(|flag| FLAGS.contains(&flag));
        hook == "hook" && vendor == self.id() && (is_named || is_as_installed)
    }

    /// The line for a shell that hands an event to the relay.
    fn command(self, url: &RelayUrl, program: &str) -> String {
        let (url_pin, url_credentials) = (url.pin(), url.credentials());
        let url = url.to_string();
        let mut words = vec![program, "hook", self.id(), FLAGS[0], &url];
        let pin = url_pin.map(|pin| pin.to_string());
        if let Some(pin) = &pin {
            words.extend([FLAGS[1], pin]);
        }
        let token = url_credentials.and_then(Credentials::path);
        let token = token.map(|path| path.to_string_lossy());
        if let Some(path) = &token {
            words.extend([FLAGS[2], path]);
        }
        // No path and no URL has a NUL, which is all that cannot be quoted.
        shlex::try_join(words).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_we_write_is_recognised_as_ours_wherever_the_program_is() {
        let url = "http://localhost:9".parse().unwrap();
        for program in ["/opt/pilothouse", "/home/it's me/my $tools/pilothouse"] {
            for vendor in Vendor::ALL {
                for hook in vendor.hooks(&url, program) {
                    let handler = serde_json::to_value(&hook.handler).unwrap();
                    assert!(vendor.is_ours(&handler), "{handler}");
                    let other = Vendor::ALL.into_iter().find(|it| *it != vendor).unwrap();
                    assert!(!other.is_ours(&handler), "{handler}");
                }
            }
        }
    }

    #[test]
    fn what_somebody_else_wrote_is_not_ours() {
        let others = [
            json!({"type": "command", "command": "echo pilothouse hook claude-code"}),
            json!({"type": "command", "command": "pilothouse hook json"}),
            json!({"type": "command", "command": "pilothouse publish claude-code"}),
            json!({"type": "http", "url": "http://localhost:1/hooks/claude-code/mine"}),
            json!({"type": "http", "url": "http://localhost:1/x?/hooks/claude-code"}),
            json!({"type": "prompt", "prompt": "hook claude-code"}),
            json!("http://localhost:1/hooks/claude-code"),
            json!(null),
        ];
        for handler in others {
            assert!(!Vendor::ClaudeCode.is_ours(&handler), "{handler}");
        }
    }

    #[test]
    fn a_path_with_anything_in_it_reaches_the_shell_whole() {
        let url = "http://localhost:9".parse().unwrap();
        let program = "/home/it's me/`x` $(y)/pilothouse";
        let line = Vendor::Codex.command(&url, program);
        let words = shlex::split(&line).unwrap();
        assert_eq!(
            words,
            [program, "hook", "codex", "--url", "http://localhost:9"]
        );
    }
}

//! Codex's hooks, as version 0.169 has them: <https://developers.openai.com/codex/hooks>.

use super::{ASK_SECONDS, Handler, Hook, SECONDS};

/// The longest that Codex lets a hook of the last two events take.
const END_SECONDS: u64 = 3;

/// What is worth showing, and where hints get in.
const EVENTS: [(&str, u64); 12] = [
    ("SessionStart", SECONDS),
    ("UserPromptSubmit", SECONDS),
    ("PreToolUse", SECONDS),
    ("PermissionRequest", ASK_SECONDS),
    ("PostToolUse", SECONDS),
    ("SubagentStart", SECONDS),
    ("SubagentStop", SECONDS),
    ("PreCompact", SECONDS),
    ("PostCompact", SECONDS),
    ("Stop", SECONDS),
    ("Interrupt", END_SECONDS),
    ("SessionEnd", END_SECONDS),
];

/// Its hooks: commands, for it runs nothing else.
pub(super) fn hooks(command: &str) -> Vec<Hook> {
    let hook = |(event, timeout)| Hook {
        event,
        matcher: None,
        handler: Handler::Command {
            command: command.to_owned(),
            timeout,
        },
    };
    EVENTS.map(hook).to_vec()
}

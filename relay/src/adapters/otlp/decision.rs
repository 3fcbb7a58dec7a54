//! A permission that was decided in the agent's own terminal.

use pilothouse_shared::{Ask, RequestEntry};

use super::attributes::Attributes;

/// What Claude Code's `tool_decision` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decision {
    tool: String,
    /// The call it is about, where the version says so.
    call: Option<String>,
    is_accepted: bool,
    /// Who or what decided: `user_temporary`, `user_permanent`, `user_reject`, `user_abort`, `config` or
    /// `hook`.
    source: String,
}

pub(super) fn read(attributes: &Attributes<'_>) -> Option<Decision> {
    Some(Decision {
        tool: attributes.word("tool_name")?.to_owned(),
        call: attributes.text("tool_use_id").map(Into::into),
        is_accepted: attributes.word("decision")? == "accept",
        source: attributes.word("source").unwrap_or_default().to_owned(),
    })
}

/// Which open request a decision ends, if that is certain: the one named after the call; or the only one
/// for the tool, if a person decided. A rule may at the same moment decide another call of the same tool.
pub(crate) fn settled<'a>(
    decision: &Decision,
    requests: &'a [RequestEntry],
) -> Option<&'a RequestEntry> {
    let is_for_tool = |entry: &&RequestEntry| match &entry.ask {
        Ask::Permission { tool, .. } => entry.is_open() && *tool == decision.tool,
        Ask::Question { .. } => false,
    };
    let mut open = requests.iter().filter(is_for_tool);
    if let Some(call) = &decision.call
        && let Some(named) = open
            .clone()
            .find(|entry| entry.request.as_str().ends_with(call))
    {
        return Some(named);
    }
    let is_of_person = decision.source.starts_with("user_");
    let only = open.next().filter(|_| is_of_person)?;
    open.next().is_none().then_some(only)
}

/// What people read beside the outcome.
pub(crate) fn message(decision: &Decision) -> String {
    let what = match decision.is_accepted {
        true => "allowed",
        false => "denied",
    };
    let by = match decision.source.as_str() {
        "config" => " by a rule of the settings",
        "hook" => " by a hook",
        "user_permanent" => " in the terminal, for good",
        "user_abort" => " in the terminal, and the turn was stopped",
        _ => " in the terminal",
    };
    format!("{what}{by}")
}

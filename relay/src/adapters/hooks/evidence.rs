//! What a call tells of requests that were asked before it. Pure.

use pilothouse_shared::{Author, Outcome, RequestEntry, RequestId};
use serde_json::Value;

use super::{Call, ask};

/// The open requests that this call shows to be over, and how they ended: what ran or was refused
/// without an answer from here was decided in another place, and an agent that goes on to another turn
/// no longer asks. `author` is who calls.
pub(super) fn settled(
    call: &Call,
    requests: &[RequestEntry],
    author: &Author,
) -> Vec<(RequestId, Outcome)> {
    let open = requests.iter().filter(|entry| {
        entry.is_open()
            && entry.author.member == author.member
            && entry.request.as_str().starts_with(ask::PREFIX)
    });
    let stems = stems(call);
    let how = |entry: &RequestEntry| match call.event() {
        "SessionEnd" => Some(Outcome::Withdrawn),
        _ if call.ends_turn() => Some(Outcome::Elsewhere),
        _ => {
            let id = entry.request.as_str();
            let is_meant = stems.iter().any(|stem| id.starts_with(stem.as_str()));
            is_meant.then_some(Outcome::Elsewhere)
        }
    };
    open.filter_map(|entry| Some((entry.request.clone(), how(entry)?)))
        .collect()
}

/// What the ids of requests begin with that were about the tool calls this call tells of.
fn stems(call: &Call) -> Vec<String> {
    match (call.event(), call.tool()) {
        ("PostToolUse" | "PostToolUseFailure" | "PermissionDenied", Some(tool)) => {
            vec![ask::stem(call, tool, call.input())]
        }
        // Not `PreToolUse`: beside the call that asks there may be another just like it.
        ("PostToolBatch", _) => {
            let calls = call.value("tool_calls").and_then(Value::as_array);
            let stem = |item: &Value| {
                let tool = item.get("tool_name")?.as_str()?;
                Some(ask::stem(call, tool, item.get("tool_input")?))
            };
            calls.into_iter().flatten().filter_map(stem).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;

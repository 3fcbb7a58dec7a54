//! What hooks are answered, in the vendors' words. Codex takes hooks that answer with fields it does not
//! know for failed, so everything said here is said to both, or only where [`Vendor`] says so.
//!
//! [`Vendor`]: super::Vendor

use serde_json::{Map, Value, json};

/// Longest text that an agent reads whole from a hook, in characters: what is longer Claude Code puts
/// into a file and shows the start of.
pub(super) const MAX_TEXT: usize = 10_000;

/// Most continuations in a row that Claude Code takes at the end of a turn.
pub(super) const MAX_CONTINUATIONS: u32 = 8;

/// Nothing to say.
pub(super) fn nothing() -> Value {
    json!({})
}

/// Something for the agent to read with what it is doing.
pub(super) fn context(event: &str, text: &str) -> Value {
    specific(event, json!({ "additionalContext": text }))
}

/// The turn does not end yet, because of this.
pub(super) fn continuation(text: &str) -> Value {
    json!({ "decision": "block", "reason": text })
}

/// The agent is to stop.
pub(super) fn stop(reason: &str) -> Value {
    json!({ "continue": false, "stopReason": reason })
}

/// The tool may be used; with another input, and with rules that hold from now on.
pub(super) fn allow(input: Option<Value>, rules: Option<Vec<Value>>) -> Value {
    let mut decision = Map::from_iter([("behavior".to_owned(), json!("allow"))]);
    decision.extend(input.map(|input| ("updatedInput".to_owned(), input)));
    decision.extend(rules.map(|rules| ("updatedPermissions".to_owned(), rules.into())));
    specific("PermissionRequest", json!({ "decision": decision }))
}

/// The tool may not be used.
pub(super) fn deny(message: &str) -> Value {
    let decision = json!({ "behavior": "deny", "message": message });
    specific("PermissionRequest", json!({ "decision": decision }))
}

/// Before a tool runs: go on with this input, and ask nobody.
pub(super) fn go_on(input: &Value) -> Value {
    let decision = json!({ "permissionDecision": "allow", "updatedInput": input });
    specific("PreToolUse", decision)
}

/// Before a tool runs: do not.
pub(super) fn hold_back(reason: &str) -> Value {
    let decision = json!({ "permissionDecision": "deny", "permissionDecisionReason": reason });
    specific("PreToolUse", decision)
}

fn specific(event: &str, mut output: Value) -> Value {
    output["hookEventName"] = event.into();
    json!({ "hookSpecificOutput": output })
}

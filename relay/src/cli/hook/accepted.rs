//! What an agent accepts as a hook's answer, event by event. The relay knows it too; this is the second
//! lock: an agent that rejects one field it does not know rejects the whole answer, or even refuses
//! what was asked.

#[cfg(test)]
mod tests;

use serde_json::{Map, Value, json};

use crate::cli::vendor::Vendor;

/// Longest text, in characters: what Claude Code takes before it puts the text into a file.
const MAX_TEXT: usize = 10_000;

/// What may be said at an event, each piece whole or not at all.
#[derive(Debug, Clone, Copy, Default)]
struct Grammar {
    /// `hookSpecificOutput.additionalContext`: what the model is told.
    context: bool,
    /// `decision: block` with a `reason`.
    block: bool,
    /// `continue: false` with a `stopReason`.
    stop: bool,
    /// `hookSpecificOutput.permissionDecision`, and whether one may change what the tool is given.
    tool: Option<Decisions>,
    /// `hookSpecificOutput.decision`, likewise.
    permission: Option<Decisions>,
}

/// How much of a decision is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decisions {
    /// Everything the agent documents: changes of the input, permissions for ever.
    All,
    /// To allow or to deny.
    Plain,
    /// To deny: to say nothing allows.
    Deny,
}

/// What is left of an answer for this agent at this event; `None` is nothing.
pub(super) fn accepted(vendor: Vendor, event: &str, answer: Value) -> Option<Value> {
    let Value::Object(mut answer) = answer else {
        return None;
    };
    let specific = answer.remove("hookSpecificOutput");
    let specific = specific.as_ref().and_then(Value::as_object);
    let grammar = grammar(vendor, event);
    let mut kept = Map::new();
    let blocks = grammar.block && answer.get("decision") == Some(&json!("block"));
    if let Some(reason) = text(&answer, "reason").filter(|_| blocks) {
        kept.insert("decision".into(), json!("block"));
        kept.insert("reason".into(), reason);
    }
    if grammar.stop && answer.get("continue") == Some(&json!(false)) {
        kept.insert("continue".into(), json!(false));
        keep(&mut kept, &answer, "stopReason");
    }
    if let Some(specific) = specific.and_then(|it| within(grammar, event, it)) {
        kept.insert("hookSpecificOutput".into(), specific);
    }
    (!kept.is_empty()).then_some(Value::Object(kept))
}

fn within(grammar: Grammar, event: &str, answer: &Map<String, Value>) -> Option<Value> {
    let mut kept = Map::new();
    if grammar.context {
        keep(&mut kept, answer, "additionalContext");
    }
    if let Some(decisions) = grammar.tool {
        tool(&mut kept, answer, decisions);
    }
    let decision = answer.get("decision").and_then(Value::as_object);
    let decision = grammar.permission.zip(decision);
    if let Some(decision) = decision.and_then(|(decisions, it)| permission(it, decisions)) {
        kept.insert("decision".into(), decision);
    }
    if kept.is_empty() {
        return None;
    }
    kept.insert("hookEventName".into(), json!(event));
    Some(Value::Object(kept))
}

fn tool(kept: &mut Map<String, Value>, answer: &Map<String, Value>, decisions: Decisions) {
    let reason = text(answer, "permissionDecisionReason");
    let decision = answer.get("permissionDecision").and_then(Value::as_str);
    match (decision, &reason) {
        (Some("deny"), Some(_)) => {}
        (Some("allow" | "ask" | "deny"), _) if decisions == Decisions::All => {
            if let Some(input) = answer.get("updatedInput").filter(|it| it.is_object()) {
                kept.insert("updatedInput".into(), input.clone());
            }
        }
        _ => return,
    }
    kept.insert("permissionDecision".into(), json!(decision));
    if let Some(reason) = reason {
        kept.insert("permissionDecisionReason".into(), reason);
    }
}

fn permission(answer: &Map<String, Value>, decisions: Decisions) -> Option<Value> {
    let mut kept = Map::new();
    let behavior = answer.get("behavior").and_then(Value::as_str);
    let behavior = behavior.filter(|it| matches!(*it, "allow" | "deny"))?;
    kept.insert("behavior".into(), json!(behavior));
    if behavior == "deny" {
        keep(&mut kept, answer, "message");
    }
    if decisions == Decisions::All {
        let is_true = |value: &&Value| value.as_bool() == Some(true);
        let extra = [
            (
                "updatedInput",
                answer.get("updatedInput").filter(|it| it.is_object()),
            ),
            (
                "updatedPermissions",
                answer.get("updatedPermissions").filter(|it| it.is_array()),
            ),
            ("interrupt", answer.get("interrupt").filter(is_true)),
        ];
        let fits = |key: &str| (key == "interrupt") == (behavior == "deny");
        for (key, value) in extra {
            if let Some(value) = value.filter(|_| fits(key)) {
                kept.insert(key.into(), value.clone());
            }
        }
    }
    Some(Value::Object(kept))
}

fn keep(kept: &mut Map<String, Value>, answer: &Map<String, Value>, key: &str) {
    if let Some(text) = text(answer, key) {
        kept.insert(key.into(), text);
    }
}

/// A text that says something, cut where the agent would.
fn text(answer: &Map<String, Value>, key: &str) -> Option<Value> {
    let text = answer
        .get(key)?
        .as_str()
        .filter(|it| !it.trim().is_empty())?;
    let cut = text
        .char_indices()
        .nth(MAX_TEXT)
        .map_or(text.len(), |(at, _)| at);
    Some(json!(text[..cut]))
}

fn grammar(vendor: Vendor, event: &str) -> Grammar {
    match vendor {
        Vendor::ClaudeCode => claude_code(event),
        Vendor::Codex => codex(event),
    }
}

/// <https://code.claude.com/docs/en/hooks>
fn claude_code(event: &str) -> Grammar {
    let none = Grammar::default();
    let context = Grammar {
        context: true,
        ..none
    };
    let turn = Grammar {
        block: true,
        stop: true,
        ..context
    };
    match event {
        "SessionStart" | "Setup" | "SubagentStart" => context,
        "PostToolUseFailure" => Grammar {
            stop: true,
            ..context
        },
        "UserPromptSubmit"
        | "UserPromptExpansion"
        | "PostToolUse"
        | "PostToolBatch"
        | "Stop"
        | "SubagentStop" => turn,
        "PreToolUse" => Grammar {
            tool: Some(Decisions::All),
            stop: true,
            ..context
        },
        "PermissionRequest" => Grammar {
            permission: Some(Decisions::All),
            ..none
        },
        _ => none,
    }
}

/// Codex 0.169, whose readers refuse fields they do not know; what they know and reserve for later, such
/// as `updatedInput` of a permission, makes them fail closed.
fn codex(event: &str) -> Grammar {
    let none = Grammar::default();
    let context = Grammar {
        context: true,
        ..none
    };
    match event {
        "SessionStart" | "SubagentStart" => context,
        "UserPromptSubmit" | "PostToolUse" => Grammar {
            block: true,
            stop: true,
            ..context
        },
        "PreToolUse" => Grammar {
            tool: Some(Decisions::Deny),
            ..context
        },
        "PermissionRequest" => Grammar {
            permission: Some(Decisions::Plain),
            ..none
        },
        "Stop" | "SubagentStop" => Grammar {
            block: true,
            stop: true,
            ..none
        },
        _ => none,
    }
}

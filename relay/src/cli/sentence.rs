//! Events, each as one line for people.

use pilothouse_shared::{Body, Event, Hint, Millis, Outcome, Role, Visibility};
use serde::Serialize;
use serde_json::Value;

use super::plain::plain;

/// Longest line, in characters; the rest is on the dashboard.
const MAX_CHARS: usize = 400;

/// An event in one line: when (UTC), who, what. Safe for a terminal.
pub(crate) fn line(event: &Event) -> String {
    let audience = match event.visibility {
        Visibility::Public => "",
        Visibility::Agents => "(to agents) ",
        Visibility::Only(_) => "(in private) ",
    };
    let what = shorten(plain(&what(&event.body)));
    let name = plain(&event.author.name);
    format!("{}  {name}  {audience}{what}", time(event.at))
}

/// The time of day, UTC.
fn time(at: Millis) -> String {
    let seconds = at / 1000 % 86_400;
    format!(
        "{:02}:{:02}:{:02}Z",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

fn what(body: &Body) -> String {
    match body {
        Body::ChannelCreated(body) => format!("created the channel {}", body.name),
        Body::Joined(_) => "joined".to_owned(),
        Body::Left(_) => "left".to_owned(),
        Body::SessionStarted(body) => {
            let place = body.cwd.as_deref().map(|cwd| format!(" in {cwd}"));
            format!(
                "session of {} started{}",
                body.agent,
                place.unwrap_or_default()
            )
        }
        Body::SessionEnded(body) => format!("session ended: {}", body.reason),
        Body::OperationStarted(body) => with("▶", &body.operation, body.status.as_deref()),
        Body::OperationFinished(body) if body.ok => "■ finished".to_owned(),
        Body::OperationFinished(_) => "■ failed".to_owned(),
        Body::ToolStarted(body) => with("→", &body.tool, body.input.as_ref().map(brief).as_deref()),
        Body::ToolFinished(body) => {
            let how = match (&body.error, body.ok) {
                (Some(error), _) => Some(error.clone()),
                (None, true) => body.duration_ms.map(|ms| format!("{ms} ms")),
                (None, false) => Some("failed".to_owned()),
            };
            with(if body.ok { "✓" } else { "✗" }, &body.tool, how.as_deref())
        }
        Body::FileAccessed(body) => format!("{} {}", word(&body.access), body.path),
        Body::Message(body) => match body.role {
            Role::Assistant | Role::Tool => body.text.clone(),
            Role::User | Role::System => format!("[{}] {}", word(&body.role), body.text),
        },
        Body::CancelRequested(_) => "asks to cancel".to_owned(),
        Body::HintGiven(body) => {
            let to = body.to.as_ref().map(|to| format!(" to {to}"));
            format!("hint{}: {}", to.unwrap_or_default(), hint(&body.hint))
        }
        Body::HintDelivered(body) => format!("took the hint {} (via {})", body.hint, body.via),
        Body::HintAcknowledged(body) => with(
            "acknowledged the hint",
            body.hint.as_str(),
            body.note.as_deref(),
        ),
        Body::HintExpired(body) => format!("the hint {} expired", body.hint),
        Body::ParametersDeclared(body) => {
            let names: Vec<_> = body
                .parameters
                .iter()
                .map(|one| one.name.as_str())
                .collect();
            format!("parameters: {}", names.join(", "))
        }
        Body::PermissionRequested(body) => with(
            "may I use",
            &body.tool,
            Some(&format!("{} ?", brief(&body.input))),
        ),
        Body::PermissionResolved(body) => outcome(body.outcome, body.message.as_deref()),
        Body::QuestionAsked(body) => match &body.options {
            Some(options) => format!("asks: {} ({})", body.text, options.join(" / ")),
            None => format!("asks: {}", body.text),
        },
        Body::QuestionAnswered(body) => outcome(body.outcome, body.answer.as_deref()),
        Body::PipelineChanged(body) => {
            let stages = body.stages.iter();
            let stages = stages.map(|stage| format!("{} {}", stage.name, stage.items.len()));
            format!("pipeline: {}", stages.collect::<Vec<_>>().join(", "))
        }
        Body::WorkItemChanged(body) => format!("{} {} in {}", body.item, body.action, body.stage),
        Body::ConfigChanged(body) => format!("configuration changed: {}", body.what),
        Body::ReconciliationProgress(body) => {
            with("reconciliation:", &body.status, body.item.as_deref())
        }
        Body::Usage(body) => {
            let cost = body.cost_usd.map(|cost| format!(", ${cost:.4}"));
            let (read, written) = (body.input_tokens, body.output_tokens);
            format!(
                "{read} tokens read, {written} written{}",
                cost.unwrap_or_default()
            )
        }
        Body::Custom(body) => format!("{}: {}", body.name, brief(&body.data)),
        Body::Unknown(fields) => brief(&Value::Object(fields.clone())),
    }
}

fn with(mark: &str, subject: &str, more: Option<&str>) -> String {
    match more {
        Some(more) => format!("{mark} {subject} · {more}"),
        None => format!("{mark} {subject}"),
    }
}

fn outcome(outcome: Outcome, more: Option<&str>) -> String {
    match more {
        Some(more) => format!("{}: {more}", word(&outcome)),
        None => word(&outcome),
    }
}

/// What a hint says.
fn hint(hint: &Hint) -> String {
    match hint {
        Hint::Text { text, .. } => text.clone(),
        Hint::Voice { transcript, .. } => format!("“{transcript}” (spoken)"),
        Hint::Click { target, .. } => format!("points at {target}"),
        Hint::Parameter { name, value, .. } => format!("{name} = {}", brief(value)),
        Hint::Cancel { .. } => "stop".to_owned(),
    }
}

fn brief(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// An enum as the wire writes it.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).map_or_else(|_| String::new(), |value| brief(&value))
}

fn shorten(text: String) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shown(body: &Value) -> String {
        let event = json!({
            "seq": 1, "prev": 0, "id": "e", "at": 1_763_650_000_123_u64, "body": body,
            "author": {"member": "m", "name": "Claude", "kind": "agent"},
        });
        line(&serde_json::from_value(event).unwrap())
    }

    #[test]
    fn a_line_says_when_who_and_what() {
        let body = json!({"type": "tool_started", "call": "c", "tool": "Bash", "input": {"a": 1}});
        assert_eq!(shown(&body), "14:46:40Z  Claude  → Bash · {\"a\":1}");
    }

    #[test]
    fn a_tool_that_failed_says_why() {
        let body =
            json!({"type": "tool_finished", "call": "c", "tool": "T", "ok": false, "error": "no"});
        assert!(shown(&body).ends_with("✗ T · no"));
    }

    #[test]
    fn an_agents_text_stays_on_its_line_and_gives_no_orders() {
        let body = json!({"type": "message", "role": "assistant", "text": "a\nb\u{1b}[2J"});
        assert!(shown(&body).ends_with("  a ⏎ b\\u{1b}[2J"));
    }

    #[test]
    fn a_long_text_is_cut() {
        let body = json!({"type": "message", "role": "assistant", "text": "ü".repeat(1000)});
        assert!(shown(&body).ends_with("ü…"));
    }

    #[test]
    fn what_nobody_knows_is_shown_as_it_came() {
        let body = json!({"type": "brand_new", "x": 1});
        assert!(shown(&body).ends_with("{\"type\":\"brand_new\",\"x\":1}"));
    }
}

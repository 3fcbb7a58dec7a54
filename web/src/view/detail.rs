//! Everything about a row, for those who open it.

use pilothouse_shared::{Body, Event};
use serde_json::Value;

use super::row::Row;
use super::summary::whole;

/// The parts of a row, each with its name: what telling fields there are, else the whole body.
#[must_use]
pub fn details(row: &Row) -> Vec<(&'static str, String)> {
    row.events.iter().flat_map(parts).collect()
}

fn parts(event: &Event) -> Vec<(&'static str, String)> {
    let value = |name, value: Option<&Value>| value.map(|value| (name, whole(value)));
    let text = |name, text: Option<&String>| text.map(|text| (name, text.clone()));
    let found = match &event.body {
        Body::ToolStarted(tool) => vec![value("Input", tool.input.as_ref())],
        Body::ToolFinished(tool) => {
            vec![
                value("Output", tool.output.as_ref()),
                text("Error", tool.error.as_ref()),
            ]
        }
        Body::PermissionRequested(asked) => vec![value("Input", Some(&asked.input))],
        Body::Message(_) => Vec::new(),
        other => {
            let body = serde_json::to_value(other).unwrap_or_default();
            vec![value("Body", Some(&body))]
        }
    };
    found.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_opened_tool_call_shows_what_went_in_and_what_came_out() {
        let event = |seq: u64, body: Value| -> Event {
            let author = json!({"member": "m", "name": "Claude"});
            serde_json::from_value(
                json!({"seq": seq, "prev": 0, "id": "e", "at": 1, "author": author, "body": body}),
            )
            .unwrap()
        };
        let started = json!({"type": "tool_started", "call": "c", "tool": "Bash", "input": "ls"});
        let finished = json!({"type": "tool_finished", "call": "c", "tool": "Bash", "ok": true, "output": "a b"});
        let mut row = Row::of(&event(1, started));
        row.join(&event(2, finished));
        assert_eq!(
            details(&row),
            [("Input", "ls".to_owned()), ("Output", "a b".to_owned())]
        );
    }
}

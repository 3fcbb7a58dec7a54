//! One call of a hook, as the agent's program posts it.

use pilothouse_shared::limits::MAX_LABEL_BYTES;
use pilothouse_shared::{ErrorCode, Extra, Refusal};
use serde_json::Value;

use super::Vendor;

/// What is remembered from call to call, so that its length is bounded.
const IDS: [&str; 3] = ["session_id", "agent_id", "message_id"];

/// See the module. Fields are looked up when they are needed, so that one of another shape than
/// expected costs what it would have said and nothing else.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(super) vendor: Vendor,
    event: String,
    session: String,
    fields: Extra,
}

impl Call {
    /// Reads what was posted: an object with `hook_event_name` and `session_id`, and whatever else.
    /// Refused with `bad_frame` otherwise, or if an id is longer than [`MAX_LABEL_BYTES`].
    pub(crate) fn read(vendor: Vendor, value: Value) -> Result<Self, Refusal> {
        let Value::Object(fields) = value else {
            return Err(bad(
                "a hook posts the JSON object that it gets on its input",
            ));
        };
        let named = |name: &str| {
            let text = fields.get(name).and_then(Value::as_str).unwrap_or_default();
            match text.trim() {
                "" => Err(bad(&format!(
                    "a hook's `{name}` is a text that is not empty"
                ))),
                text => Ok(text.to_owned()),
            }
        };
        for name in IDS {
            let id = fields.get(name).and_then(Value::as_str);
            if id.is_some_and(|id| id.len() > MAX_LABEL_BYTES) {
                return Err(bad(&format!(
                    "a hook's `{name}` has at most {MAX_LABEL_BYTES} bytes"
                )));
            }
        }
        let (event, session) = (named("hook_event_name")?, named("session_id")?);
        Ok(Self {
            vendor,
            event,
            session,
            fields,
        })
    }

    /// What happened, in the vendor's words.
    pub(crate) fn event(&self) -> &str {
        &self.event
    }

    /// The session, in the vendor's words.
    pub(super) fn session(&self) -> &str {
        &self.session
    }

    /// A field, unless it is absent or null.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// A text that is not blank.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        text_of(self.fields.get(name)?)
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.fields.get(name)?.as_u64()
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.fields.get(name).and_then(Value::as_bool) == Some(true)
    }

    /// Whether what the agent was doing before this is over.
    pub(super) fn ends_turn(&self) -> bool {
        let ends = [
            "Stop",
            "SubagentStop",
            "StopFailure",
            "Interrupt",
            "UserPromptSubmit",
        ];
        ends.contains(&self.event())
    }

    /// The sub-agent that calls; none when it is the session's main agent. An `agent_type` alone says
    /// only which role the main agent plays.
    pub(super) fn sub_agent(&self) -> Option<&str> {
        self.text("agent_id")
    }

    pub(super) fn tool(&self) -> Option<&str> {
        self.text("tool_name")
    }

    /// What the tool is called with; null when the call does not say.
    pub(super) fn input(&self) -> &Value {
        self.fields.get("tool_input").unwrap_or(&Value::Null)
    }
}

/// A text that is not blank.
pub(super) fn text_of(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.trim().is_empty())
}

fn bad(message: &str) -> Refusal {
    Refusal::new(ErrorCode::BadFrame, message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_that_would_fill_the_memory_is_refused() {
        // Was remembered, with up to 16 MiB for each of 1024 agents.
        let call = |name: &str, id: &str| {
            let mut call = json!({"hook_event_name": "Stop", "session_id": "s"});
            call[name] = json!(id);
            Call::read(Vendor::ClaudeCode, call)
        };
        for name in IDS {
            assert!(call(name, &"x".repeat(MAX_LABEL_BYTES)).is_ok());
            let refused = call(name, &"x".repeat(MAX_LABEL_BYTES + 1)).unwrap_err();
            assert!(refused.message.contains(name), "{refused:?}");
        }
    }
}

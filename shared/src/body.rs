//! Bodies: the typed content of an event.

mod ask;
mod channel;
mod cost;
mod open;
mod pipeline;
mod steer;
mod talk;
mod work;

use serde::{Serialize, Serializer};
use serde_json::Value;

pub use ask::*;
pub use channel::*;
pub use cost::*;
pub use open::*;
pub use pipeline::*;
pub use steer::*;
pub use talk::*;
pub use work::*;

use crate::Extra;
use crate::codec::check_depth;
use crate::limits::{LONG_FIELDS, MAX_DEPTH, MAX_LABEL_BYTES};
use crate::read::{Read, ReadError, Reading, deserialize_by_reading, tagged};

/// The typed content of an event, tagged `type` on the wire.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(remote = "Self", tag = "type", rename_all = "snake_case")]
pub enum Body {
    /// The channel was created. Written by the relay.
    ChannelCreated(ChannelCreated),
    /// The author joined the channel and stays a member when its socket closes. Written by the relay.
    Joined(Joined),
    /// The author left the channel. Written by the relay.
    Left(Left),
    /// An agent began a session in this channel.
    SessionStarted(SessionStarted),
    /// The session is over; what was running is no longer.
    SessionEnded(SessionEnded),
    /// The agent began an operation; it replaces the one before.
    OperationStarted(OperationStarted),
    /// The current operation ended.
    OperationFinished(OperationFinished),
    /// A tool was called.
    ToolStarted(ToolStarted),
    /// A tool returned.
    ToolFinished(ToolFinished),
    /// A file was touched.
    FileAccessed(FileAccessed),
    /// Something was said.
    Message(Message),
    /// A person asks the agent to stop what it does.
    CancelRequested(CancelRequested),
    /// A person's advisory steering. The event's id is the hint's id.
    #[serde(rename = "hint")]
    HintGiven(HintGiven),
    /// The author took the hint. Written by the relay.
    HintDelivered(HintDelivered),
    /// The author says it has taken the hint into account.
    HintAcknowledged(HintAcknowledged),
    /// Nobody took the hint in time. Written by the relay.
    HintExpired(HintExpired),
    /// Parameters that people may move; replaces earlier ones of the same name.
    ParametersDeclared(ParametersDeclared),
    /// May the agent use this tool?
    PermissionRequested(PermissionRequested),
    /// The permission's one outcome.
    PermissionResolved(PermissionResolved),
    /// The agent asks people something.
    QuestionAsked(QuestionAsked),
    /// The question's one outcome.
    QuestionAnswered(QuestionAnswered),
    /// The whole board; replaces the one before.
    #[serde(rename = "pipeline")]
    PipelineChanged(PipelineChanged),
    /// One item moved or changed.
    WorkItemChanged(WorkItemChanged),
    /// A configuration changed.
    ConfigChanged(ConfigChanged),
    /// Start-up reconciliation moved on.
    ReconciliationProgress(ReconciliationProgress),
    /// Tokens and money since the last `usage` of this author.
    Usage(Usage),
    /// Something Pilothouse has no word for.
    Custom(Custom),
    /// A type this version does not know, or a known one with content it cannot read: kept as it
    /// came, shown generically.
    #[serde(skip)]
    Unknown(Extra),
}

tagged!(Body {
    "channel_created" => ChannelCreated,
    "joined" => Joined,
    "left" => Left,
    "session_started" => SessionStarted,
    "session_ended" => SessionEnded,
    "operation_started" => OperationStarted,
    "operation_finished" => OperationFinished,
    "tool_started" => ToolStarted,
    "tool_finished" => ToolFinished,
    "file_accessed" => FileAccessed,
    "message" => Message,
    "cancel_requested" => CancelRequested,
    "hint" => HintGiven,
    "hint_delivered" => HintDelivered,
    "hint_acknowledged" => HintAcknowledged,
    "hint_expired" => HintExpired,
    "parameters_declared" => ParametersDeclared,
    "permission_requested" => PermissionRequested,
    "permission_resolved" => PermissionResolved,
    "question_asked" => QuestionAsked,
    "question_answered" => QuestionAnswered,
    "pipeline" => PipelineChanged,
    "work_item_changed" => WorkItemChanged,
    "config_changed" => ConfigChanged,
    "reconciliation_progress" => ReconciliationProgress,
    "usage" => Usage,
    "custom" => Custom
} else Self::Unknown(Extra::new()));

impl Body {
    /// The `type` on the wire; empty when an unknown body has none.
    #[must_use]
    pub fn type_name(&self) -> &str {
        match self {
            Self::ChannelCreated(_) => "channel_created",
            Self::Joined(_) => "joined",
            Self::Left(_) => "left",
            Self::SessionStarted(_) => "session_started",
            Self::SessionEnded(_) => "session_ended",
            Self::OperationStarted(_) => "operation_started",
            Self::OperationFinished(_) => "operation_finished",
            Self::ToolStarted(_) => "tool_started",
            Self::ToolFinished(_) => "tool_finished",
            Self::FileAccessed(_) => "file_accessed",
            Self::Message(_) => "message",
            Self::CancelRequested(_) => "cancel_requested",
            Self::HintGiven(_) => "hint",
            Self::HintDelivered(_) => "hint_delivered",
            Self::HintAcknowledged(_) => "hint_acknowledged",
            Self::HintExpired(_) => "hint_expired",
            Self::ParametersDeclared(_) => "parameters_declared",
            Self::PermissionRequested(_) => "permission_requested",
            Self::PermissionResolved(_) => "permission_resolved",
            Self::QuestionAsked(_) => "question_asked",
            Self::QuestionAnswered(_) => "question_answered",
            Self::PipelineChanged(_) => "pipeline",
            Self::WorkItemChanged(_) => "work_item_changed",
            Self::ConfigChanged(_) => "config_changed",
            Self::ReconciliationProgress(_) => "reconciliation_progress",
            Self::Usage(_) => "usage",
            Self::Custom(_) => "custom",
            Self::Unknown(fields) => fields.get("type").and_then(Value::as_str).unwrap_or(""),
        }
    }

    /// Why a relay refuses to store this body: it nests too deep for a frame, has no `type`, or a
    /// known one whose fields do not fit. Readers are lenient, so that a later version's values pass; writers are told.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        let value = serde_json::to_value(self).ok()?;
        // A body over HTTP has not been in a frame yet.
        if let Err(error) = check_depth(&value, MAX_DEPTH - 1) {
            return Some(error.message);
        }
        let Self::Unknown(fields) = self else {
            return long_label(&value);
        };
        match fields.get("type").and_then(Value::as_str) {
            None | Some("") => Some("a body needs a `type`, a text that is not empty".to_owned()),
            Some(name) if Self::TYPES.contains(&name) => {
                let error = Self::read_known(Value::Object(fields.clone())).err()?;
                Some(format!("body `{name}`: {error}"))
            }
            Some(_) => None,
        }
    }
}

impl Body {
    /// Reads a body whose type is known and whose fields fit.
    fn read_known(value: Value) -> Result<Self, ReadError> {
        let mut reading = Reading::default();
        let read = Self::take_known(value, &mut reading);
        reading.done(read)
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown(fields) => fields.serialize(serializer),
            known => Self::serialize(known, serializer),
        }
    }
}

impl Read for Body {
    fn take(value: Value, reading: &mut Reading) -> Self {
        let fields = Extra::take(value, reading);
        let known = fields
            .get("type")
            .and_then(Value::as_str)
            .is_some_and(|name| Self::TYPES.contains(&name));
        if !known {
            return Self::Unknown(fields);
        }
        let value = Value::Object(fields.clone());
        Self::read_known(value).unwrap_or(Self::Unknown(fields))
    }
}

deserialize_by_reading!(Body);

fn long_label(value: &Value) -> Option<String> {
    let is_long = |(name, value): &(&String, &Value)| {
        let bytes = value.as_str().map_or(0, str::len);
        bytes > MAX_LABEL_BYTES && !LONG_FIELDS.contains(&name.as_str())
    };
    let (name, _) = value.as_object()?.iter().find(is_long)?;
    Some(format!(
        "the field `{name}` has at most {MAX_LABEL_BYTES} bytes"
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A tool's output of 5 KiB used to be refused when it was a text, and taken when it was a map.
    #[test]
    fn what_tools_take_and_give_may_be_a_long_text() {
        let long = "x".repeat(MAX_LABEL_BYTES + 1);
        let body = |field: &str| {
            let mut body = json!({"type": "tool_finished", "call": "c", "tool": "t", "ok": true});
            body[field] = json!(long);
            serde_json::from_value::<Body>(body).unwrap().problem()
        };
        assert_eq!(body("output"), None);
        assert!(body("tool").is_some());
    }
}

//! What is said.

use serde::Serialize;
use serde_with::skip_serializing_none;

use crate::read::{read_fields, words};
use crate::{Extra, MemberId, MessageId, Millis};

/// Something was said.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// Who speaks in the conversation.
    pub role: Role,
    /// The whole text; Markdown allowed, never HTML.
    pub text: String,
    /// What sort of text it is.
    #[serde(skip_serializing_if = "MessageKind::is_default")]
    pub kind: MessageKind,
    /// The message whose tokens streamed in `tokens/<message>`.
    pub message: Option<MessageId>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(Message {
    required: [role, text],
    optional: [kind, message],
    extra
});

/// A person asks the agent to stop what it does. Reaches the agent as a hint of kind `cancel`, with the
/// same receipts; the event's id is the hint's id.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CancelRequested {
    /// The member that is to stop; whoever takes it first when absent.
    pub to: Option<MemberId>,
    /// The session that is to stop; any when absent.
    pub session: Option<String>,
    /// After this it is no longer handed over.
    pub expires_at: Option<Millis>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(CancelRequested {
    required: [],
    optional: [to, session, expires_at],
    extra
});

/// Who speaks in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// The person the agent works for.
    User,
    /// The agent.
    Assistant,
    /// Pilothouse or the agent's own machinery.
    System,
    /// A tool.
    Tool,
}

words!(Role {
    "user" => User,
    "assistant" => Assistant,
    "system" => System,
    "tool" => Tool
});

/// What sort of text a message is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum MessageKind {
    /// Said by its author.
    #[default]
    Text,
    /// About the channel: somebody came, something was set.
    System,
    /// What a tool returned.
    ToolResult,
}

words!(MessageKind {
    "text" => Text,
    "system" => System,
    "tool_result" => ToolResult
});

impl MessageKind {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

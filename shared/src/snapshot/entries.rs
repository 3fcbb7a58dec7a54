//! What was said and asked: the entries that carry their own visibility.

use serde::Serialize;
use serde_json::Value;
use serde_with::skip_serializing_none;

use crate::read::{Read, Reading, deserialize_by_reading, optional, read_fields, required, words};
use crate::{
    Author, EventId, Extra, Hint, MemberId, MessageId, MessageKind, Millis, Outcome, RequestId,
    Role, Seq, Visibility,
};

/// Something that was said.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageEntry {
    /// The event.
    pub id: EventId,
    /// Its seq.
    pub seq: Seq,
    /// When.
    pub at: Millis,
    /// Who.
    pub author: Author,
    /// Who may see it.
    #[serde(skip_serializing_if = "Visibility::is_public")]
    pub visibility: Visibility,
    /// Who speaks in the conversation.
    pub role: Role,
    /// What sort of text.
    pub kind: MessageKind,
    /// The text.
    pub text: String,
    /// The stream it came from.
    pub message: Option<MessageId>,
}

read_fields!(MessageEntry {
    required: [id, seq, at, author, role, kind, text],
    optional: [visibility, message]
});

/// A hint and how far it has come.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HintEntry {
    /// The hint's id, which is its event's.
    pub id: EventId,
    /// Its seq.
    pub seq: Seq,
    /// When it was given.
    pub at: Millis,
    /// Who gave it.
    pub author: Author,
    /// Who may see it.
    #[serde(skip_serializing_if = "Visibility::is_public")]
    pub visibility: Visibility,
    /// What it says.
    pub hint: Hint,
    /// Who it is for; anyone when absent.
    pub to: Option<MemberId>,
    /// The session it is for; any when absent.
    pub session: Option<String>,
    /// After this it is no longer handed over.
    pub expires_at: Option<Millis>,
    /// How far it has come.
    pub state: HintState,
    /// Who took it, when and by which path.
    pub delivered: Option<HandOver>,
    /// Who acknowledged it, when and how.
    pub acknowledged: Option<Acknowledgement>,
}

read_fields!(HintEntry {
    required: [id, seq, at, author, hint, state],
    optional: [visibility, to, session, expires_at, delivered, acknowledged]
});

/// How far a hint has come. Each state follows only from the one before; `expired` from
/// `accepted`. A cancellation whose operation ended while it was handed over goes from `expired` on to
/// `delivered`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HintState {
    /// The relay has stored it; it waits to be handed over.
    Accepted,
    /// An agent has it.
    Delivered,
    /// The agent says it has taken it into account.
    Acknowledged,
    /// Nobody took it in time.
    Expired,
}

words!(HintState {
    "accepted" => Accepted,
    "delivered" => Delivered,
    "acknowledged" => Acknowledged,
    "expired" => Expired
});

/// Who took a hint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandOver {
    /// Who.
    pub to: Author,
    /// By which path.
    pub via: String,
    /// When.
    pub at: Millis,
}

read_fields!(HandOver {
    required: [to, via, at],
    optional: []
});

/// What an agent says of a hint.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acknowledgement {
    /// Who.
    pub by: Author,
    /// What it made of it.
    pub note: Option<String>,
    /// When.
    pub at: Millis,
}

read_fields!(Acknowledgement {
    required: [by, at],
    optional: [note]
});

/// A request and its outcome.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RequestEntry {
    /// The request's id.
    pub request: RequestId,
    /// The seq of the event that asked.
    pub seq: Seq,
    /// When it was asked.
    pub at: Millis,
    /// Who asks.
    pub author: Author,
    /// Who may see it.
    #[serde(skip_serializing_if = "Visibility::is_public")]
    pub visibility: Visibility,
    /// What is asked.
    pub ask: Ask,
    /// After this nobody waits for it.
    pub expires_at: Option<Millis>,
    /// Whether the relay withdraws it when its asker is gone.
    pub waits: Option<bool>,
    /// Its one outcome.
    pub resolution: Option<Resolution>,
}

read_fields!(RequestEntry {
    required: [request, seq, at, author, ask],
    optional: [visibility, expires_at, waits, resolution]
});

/// What is asked.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Ask {
    /// May the agent use this tool?
    Permission {
        /// The tool.
        tool: String,
        /// What it would be called with.
        input: Value,
        /// Rules that would answer this for good.
        suggestions: Option<Vec<Value>>,
    },
    /// A question in words.
    Question {
        /// The question.
        text: String,
        /// Answers to choose from.
        options: Option<Vec<String>>,
    },
}

impl Read for Ask {
    fn take(value: Value, reading: &mut Reading) -> Self {
        let mut fields = Extra::take(value, reading);
        let kind: String = required(&mut fields, "kind", reading);
        if kind == "permission" {
            return Self::Permission {
                tool: required(&mut fields, "tool", reading),
                input: required(&mut fields, "input", reading),
                suggestions: optional(&mut fields, "suggestions", reading),
            };
        }
        if kind != "question" {
            reading.fail_none_of(&["permission", "question"]);
        }
        Self::Question {
            text: required(&mut fields, "text", reading),
            options: optional(&mut fields, "options", reading),
        }
    }
}

deserialize_by_reading!(Ask);

/// How a request ended.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Resolution {
    /// Which of the six ways.
    pub outcome: Outcome,
    /// When.
    pub at: Millis,
    /// Who published the outcome.
    pub author: Author,
    /// What the agent is told.
    pub message: Option<String>,
    /// Input to use instead.
    pub updated_input: Option<Value>,
    /// Suggestions that hold from now on.
    pub suggestions: Option<Vec<Value>>,
    /// The answer to a question.
    pub answer: Option<String>,
}

read_fields!(Resolution {
    required: [outcome, at, author],
    optional: [message, updated_input, suggestions, answer]
});

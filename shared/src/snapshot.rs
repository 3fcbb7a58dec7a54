//! The complete state of a channel at one position: what the fold knows.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_with::skip_serializing_none;

use crate::read::read_fields;
use crate::{
    Access, Author, CallId, EventId, Hint, MemberId, MemberKind, MessageId, MessageKind, Millis,
    Outcome, Parameter, RequestId, Role, Seq, Stage, Visibility,
};

/// The complete state of a channel at one position. Every list is bounded, see
/// [`limits::snapshot`](crate::limits::snapshot); the oldest entries leave first.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Snapshot {
    /// What people call the channel.
    pub name: Option<String>,
    /// When it was created.
    pub created_at: Option<Millis>,
    /// When the last public event happened.
    pub last_at: Option<Millis>,
    /// Public events so far.
    pub n_events: u64,
    /// The last session.
    pub session: Option<Session>,
    /// The current operation.
    pub operation: Option<Operation>,
    /// Tools running now, oldest first.
    pub tools: Vec<RunningTool>,
    /// Tools that returned so far.
    pub n_tools: u64,
    /// Tools that failed so far.
    pub n_failed: u64,
    /// A cancellation nobody has acted on: no operation or session ended since.
    pub cancel_requested: Option<CancelMark>,
    /// Members that joined and have not left, first come first.
    pub members: Vec<Participant>,
    /// The last messages, oldest first.
    pub messages: Vec<MessageEntry>,
    /// The last hints, oldest first.
    pub hints: Vec<HintEntry>,
    /// The last requests, oldest first.
    pub requests: Vec<RequestEntry>,
    /// The board.
    pub pipeline: Vec<Stage>,
    /// How far reconciliation is.
    pub reconciliation: Option<Reconciliation>,
    /// Declared parameters, in the order of their first declaration.
    pub parameters: Vec<Parameter>,
    /// Files touched, the most recently touched last.
    pub files: Vec<FileEntry>,
    /// What it has cost.
    pub usage: UsageTotals,
}

read_fields!(Snapshot {
    required: [],
    optional: [
        name,
        created_at,
        last_at,
        n_events,
        session,
        operation,
        tools,
        n_tools,
        n_failed,
        cancel_requested,
        members,
        messages,
        hints,
        requests,
        pipeline,
        reconciliation,
        parameters,
        files,
        usage
    ]
});

/// An agent's session.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Session {
    /// The program.
    pub agent: String,
    /// Its working folder.
    pub cwd: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// Why it started.
    pub source: Option<String>,
    /// Who runs it.
    pub author: Author,
    /// When it started.
    pub started_at: Millis,
    /// When and why it ended.
    pub ended: Option<Ended>,
}

read_fields!(Session {
    required: [agent, author, started_at],
    optional: [cwd, model, source, ended]
});

/// The end of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// When.
    pub at: Millis,
    /// Why.
    pub reason: String,
}

read_fields!(Ended {
    required: [at, reason],
    optional: []
});

/// What an agent does now.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// In a few words.
    pub operation: String,
    /// More about it.
    pub status: Option<String>,
    /// Who does it.
    pub author: Author,
    /// When it began.
    pub started_at: Millis,
}

read_fields!(Operation {
    required: [operation, author, started_at],
    optional: [status]
});

/// A tool that has not returned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunningTool {
    /// The call.
    pub call: CallId,
    /// The tool.
    pub tool: String,
    /// Who called it.
    pub author: Author,
    /// When.
    pub started_at: Millis,
}

read_fields!(RunningTool {
    required: [call, tool, author, started_at],
    optional: []
});

/// Who asked to cancel, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CancelMark {
    /// Who.
    pub author: Author,
    /// When.
    pub at: Millis,
}

read_fields!(CancelMark {
    required: [author, at],
    optional: []
});

/// A member that joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Participant {
    /// Who.
    pub member: MemberId,
    /// What people call it.
    pub name: String,
    /// Program or person.
    pub kind: MemberKind,
    /// When it joined.
    pub joined_at: Millis,
}

read_fields!(Participant {
    required: [member, name, kind, joined_at],
    optional: []
});

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
    optional: [visibility, to, expires_at, delivered, acknowledged]
});

/// How far a hint has come. Each state follows only from the one before; `expired` from `accepted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// Its one outcome.
    pub resolution: Option<Resolution>,
}

read_fields!(RequestEntry {
    required: [request, seq, at, author, ask],
    optional: [visibility, expires_at, resolution]
});

/// What is asked.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// The answer to a question.
    pub answer: Option<String>,
}

read_fields!(Resolution {
    required: [outcome, at, author],
    optional: [message, updated_input, answer]
});

/// How far reconciliation is.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// The item it works on.
    pub item: Option<String>,
    /// Where it stands.
    pub status: String,
    /// More about it.
    pub message: Option<String>,
    /// When.
    pub at: Millis,
}

read_fields!(Reconciliation {
    required: [status, at],
    optional: [item, message]
});

/// A file and how warm it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileEntry {
    /// Its path.
    pub path: String,
    /// The last access.
    pub access: Access,
    /// When it was last touched.
    pub at: Millis,
    /// Times it was touched without being changed.
    pub n_reads: u64,
    /// Times it was changed.
    pub n_writes: u64,
    /// Heat at `at`: 1000 for each access, halved every 30 s. Integers, so that every machine
    /// computes the same.
    pub heat: u64,
}

read_fields!(FileEntry {
    required: [path, access, at, n_reads, n_writes, heat],
    optional: []
});

/// What a channel has cost so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct UsageTotals {
    /// Tokens read.
    pub input_tokens: u64,
    /// Tokens written.
    pub output_tokens: u64,
    /// Tokens read from a cache.
    pub cache_read_tokens: u64,
    /// US dollars, of those reports that said it.
    pub cost_usd: f64,
    /// Tokens read and written for each model named, at most 16 models.
    pub models: BTreeMap<String, u64>,
}

read_fields!(UsageTotals {
    required: [],
    optional: [
        input_tokens,
        output_tokens,
        cache_read_tokens,
        cost_usd,
        models
    ]
});

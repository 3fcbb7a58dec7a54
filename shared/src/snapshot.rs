//! The complete state of a channel at one position: what the fold knows.

mod entries;

use serde::Serialize;
use serde_with::skip_serializing_none;

pub use entries::*;

use crate::read::read_fields;
use crate::sorted::Sorted;
use crate::{Access, Author, CallId, MemberId, MemberKind, Millis, Parameter, Stage};

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
    /// A cancellation nobody has acted on: whoever was at work has not ended its operation or session.
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
    pub models: Sorted<String, u64>,
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

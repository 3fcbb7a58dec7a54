//! What an agent does.

use serde::Serialize;
use serde_json::Value;
use serde_with::skip_serializing_none;

use crate::read::{read_fields, words};
use crate::{CallId, Extra, Millis};

/// The agent began an operation; it replaces the one before.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperationStarted {
    /// What it does, in a few words.
    pub operation: String,
    /// More about it.
    pub status: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(OperationStarted {
    required: [operation],
    optional: [status],
    extra
});

/// The current operation ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OperationFinished {
    /// Whether it did what it was to do.
    pub ok: bool,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(OperationFinished {
    required: [ok],
    optional: [],
    extra
});

/// A tool was called.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolStarted {
    /// Pairs this with its `tool_finished`.
    pub call: CallId,
    /// The tool's name.
    pub tool: String,
    /// What it was called with.
    pub input: Option<Value>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(ToolStarted {
    required: [call, tool],
    optional: [input],
    extra
});

/// A tool returned.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolFinished {
    /// The call that ended.
    pub call: CallId,
    /// The tool's name.
    pub tool: String,
    /// Whether it succeeded.
    pub ok: bool,
    /// How long it took.
    pub duration_ms: Option<Millis>,
    /// What it returned.
    pub output: Option<Value>,
    /// Why it failed.
    pub error: Option<String>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(ToolFinished {
    required: [call, tool, ok],
    optional: [duration_ms, output, error],
    extra
});

/// A file was touched.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileAccessed {
    /// Its path, as the agent sees it.
    pub path: String,
    /// How it was touched.
    pub access: Access,
    /// The tool that touched it.
    pub tool: Option<String>,
    /// How long it took.
    pub duration_ms: Option<Millis>,
    /// Fields of later versions.
    #[serde(flatten)]
    pub extra: Extra,
}

read_fields!(FileAccessed {
    required: [path, access],
    optional: [tool, duration_ms],
    extra
});

/// How a file was touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Access {
    /// Its content was read.
    Read,
    /// Its content was changed.
    Write,
    /// It came into being.
    Create,
    /// It is gone.
    Delete,
    /// It was searched.
    Search,
    /// Something was derived from it.
    Analyze,
}

words!(Access {
    "read" => Read,
    "write" => Write,
    "create" => Create,
    "delete" => Delete,
    "search" => Search,
    "analyze" => Analyze
});

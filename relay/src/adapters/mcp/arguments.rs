//! What the tools take. The descriptions are for the model: rmcp makes the schemas of them.

use rmcp::schemars::{self, JsonSchema};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Of `report`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Report {
    /// What you are doing, in a few words, such as "migrating the schema". Keep the same words while you are at it; other words begin another operation. May be left out to say more about the current one.
    pub(super) operation: Option<String>,
    /// More about it, such as "3 of 7 tables".
    pub(super) status: Option<String>,
    /// How far you are, from 0 to 1.
    pub(super) progress: Option<f64>,
    /// True when the operation is over.
    #[serde(default)]
    pub(super) done: bool,
    /// With `done`: whether it did what it was to do. True when left out.
    pub(super) ok: Option<bool>,
    /// The channel to report to, instead of your own.
    pub(super) channel: Option<String>,
}

/// Of `report_file_access`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReportFileAccess {
    /// The file's path.
    pub(super) path: String,
    /// How you touched it.
    pub(super) access: Access,
    /// The tool you used.
    pub(super) tool: Option<String>,
    /// How long it took, in milliseconds.
    pub(super) duration_ms: Option<u64>,
    /// The channel to report to, instead of your own.
    pub(super) channel: Option<String>,
}

/// How a file was touched.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(super) enum Access {
    Read,
    Write,
    Create,
    Delete,
    Search,
    Analyze,
}

/// Of `check_hints`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckHints {
    /// The channel to look in, instead of your own.
    pub(super) channel: Option<String>,
}

/// Of `wait_for_hint`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WaitForHint {
    /// How long to wait, in seconds, from 1 to 600. 60 when left out.
    pub(super) seconds: Option<u64>,
    /// The channel to wait in, instead of your own.
    pub(super) channel: Option<String>,
}

/// Of `acknowledge_hint`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcknowledgeHint {
    /// The hint's id, as it was given with the hint.
    pub(super) hint: String,
    /// What you made of it, for the one who gave it, such as "using the staging database now".
    pub(super) note: Option<String>,
    /// The channel the hint came from, if not your own.
    pub(super) channel: Option<String>,
}

/// Of `ask_permission`. Takes fields it does not know: clients that call it by themselves send more.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct AskPermission {
    /// The tool you would use, such as "Bash".
    pub(super) tool_name: String,
    /// What you would call it with.
    #[serde(default)]
    pub(super) input: Map<String, Value>,
    /// The id of the tool call, if it has one.
    pub(super) tool_use_id: Option<String>,
    /// Stop waiting after this many seconds, at most 86400, and take it for denied. Waits as long as the client does when left out.
    pub(super) wait_seconds: Option<u64>,
    /// The channel to ask in, instead of your own.
    pub(super) channel: Option<String>,
}

/// Of `ask_question`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AskQuestion {
    /// The question, with all a person needs to know to answer it.
    pub(super) question: String,
    /// Answers to choose from, if there are only a few. Any text can be answered when left out.
    pub(super) options: Option<Vec<String>>,
    /// Stop waiting after this many seconds, at most 86400. Waits as long as the client does when left out.
    pub(super) wait_seconds: Option<u64>,
    /// The channel to ask in, instead of your own.
    pub(super) channel: Option<String>,
}

/// Of `send_message`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendMessage {
    /// What to say. Markdown is shown as it is.
    pub(super) text: String,
    /// The channel to say it in, instead of your own.
    pub(super) channel: Option<String>,
}

/// Of `listen`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Listen {
    /// The channel to listen to, instead of your own.
    pub(super) channel: Option<String>,
    /// If there is nothing new, wait for it this many seconds, at most 600. 0 when left out.
    pub(super) wait_seconds: Option<u64>,
    /// Where to go on: the `cursor` of an earlier answer. Goes on where you last were when left out.
    pub(super) cursor: Option<String>,
}

/// Of `channel`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Channel {
    /// What to do: `list` all channels; `create` one; `join` one, which answers its last messages; `leave` it; its `history`, older messages page by page; or its `status`.
    pub(super) action: Action,
    /// The channel, except for `list`; your own when left out. Letters, digits, `.`, `_` and `-`.
    pub(super) channel: Option<String>,
    /// For `create`: what people call it. The id when left out.
    pub(super) name: Option<String>,
    /// For `history`: how many messages, from 1 to 200. 50 when left out.
    pub(super) limit: Option<usize>,
    /// For `history`: the `before` of an earlier answer, to go further back.
    pub(super) before: Option<u64>,
}

/// What to do with a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub(super) enum Action {
    List,
    Create,
    Join,
    Leave,
    History,
    Status,
}

//! Tools, and the files that they touch.

use pilothouse_shared::limits::{MAX_SAID_BYTES, MAX_TOOL_BYTES, MAX_TOOL_TEXT_BYTES};
use pilothouse_shared::{Access, Body, CallId, Extra, FileAccessed, ToolFinished, ToolStarted};
use serde_json::Value;

use super::super::call::text_of;
use super::super::{Call, place, trim};
use super::{Story, first, id, label};

/// Most files of one call that are told of.
const MAX_FILES: usize = 50;

/// Fields of a tool's input that say best what it is about, best first.
const SUBJECTS: [&str; 9] = [
    "command",
    "file_path",
    "notebook_path",
    "pattern",
    "path",
    "url",
    "query",
    "description",
    "prompt",
];

pub(super) fn started(call: &Call) -> Story {
    let (Some(tool), Some(id_of_call)) = (call.tool(), call_id(call)) else {
        return Story::default();
    };
    let body = ToolStarted {
        call: id_of_call,
        tool: label(tool),
        input: call.value("tool_input").map(shortened),
        extra: Extra::new(),
    };
    let status = match first(call.input(), &SUBJECTS) {
        Some(subject) => format!("{tool} · {subject}"),
        None => tool.to_owned(),
    };
    Story::default()
        .and(id_of(call, "started"), Body::ToolStarted(body))
        .doing(call, &status)
}

pub(super) fn finished(call: &Call) -> Story {
    let output = call.value("tool_response").map(shortened);
    let story = ended(call, Ok(output));
    let story = files(call)
        .into_iter()
        .enumerate()
        .fold(story, |story, (n, file)| {
            story.and(id_of(call, &format!("file {n}")), Body::FileAccessed(file))
        });
    story.doing(call, "working")
}

pub(super) fn failed(call: &Call) -> Story {
    let error = call.text("error").unwrap_or("the tool failed");
    let error = match call.is("is_interrupt") {
        true => format!("interrupted: {error}"),
        false => error.to_owned(),
    };
    ended(call, Err(&error)).doing(call, "working")
}

pub(super) fn denied(call: &Call) -> Story {
    let reason = call.text("reason").unwrap_or("no reason given");
    ended(call, Err(&format!("denied: {reason}")))
}

fn ended(call: &Call, result: Result<Option<Value>, &str>) -> Story {
    let (Some(tool), Some(id_of_call)) = (call.tool(), call_id(call)) else {
        return Story::default();
    };
    let ok = result.is_ok();
    let (output, error) = match result {
        Ok(output) => (output, None),
        Err(error) => (None, Some(trim::text(error, MAX_SAID_BYTES))),
    };
    let body = ToolFinished {
        call: id_of_call,
        tool: label(tool),
        ok,
        duration_ms: call.number("duration_ms"),
        output,
        error,
        extra: Extra::new(),
    };
    Story::default().and(id_of(call, "finished"), Body::ToolFinished(body))
}

/// A file that changed while the agent watched it, whoever changed it.
pub(super) fn changed(call: &Call) -> Story {
    let access = match call.text("event") {
        Some("add") => Access::Create,
        Some("unlink") => Access::Delete,
        _ => Access::Write,
    };
    touched(call, access)
}

/// A file of instructions that the agent took in.
pub(super) fn instructed(call: &Call) -> Story {
    touched(call, Access::Read)
}

fn touched(call: &Call, access: Access) -> Story {
    let file = call.text("file_path").map(|path| FileAccessed {
        path: label(path),
        access,
        tool: None,
        duration_ms: None,
        extra: Extra::new(),
    });
    file.map_or_else(Story::default, |file| Story::of(Body::FileAccessed(file)))
}

/// The files that a tool touched, as far as its input says.
fn files(call: &Call) -> Vec<FileAccessed> {
    let tool = call.tool().unwrap_or_default();
    let path = || first(call.input(), &["file_path", "notebook_path", "path"]);
    let one = |path: Option<&str>, access| path.map(|path| vec![(path.to_owned(), access)]);
    let touched = match tool {
        "Read" | "NotebookRead" => one(path(), Access::Read),
        "Write" => one(path(), written(call)),
        "Edit" | "MultiEdit" | "NotebookEdit" => one(path(), Access::Write),
        "Glob" | "Grep" | "LS" => one(path().or(call.text("cwd")), Access::Search),
        "apply_patch" => first(call.input(), &["command", "input", "patch"]).map(patched),
        _ => None,
    };
    let file = |(path, access): (String, Access)| FileAccessed {
        path: label(&path),
        access,
        tool: Some(label(tool)),
        duration_ms: call.number("duration_ms"),
        extra: Extra::new(),
    };
    touched.unwrap_or_default().into_iter().map(file).collect()
}

fn written(call: &Call) -> Access {
    let kind = call
        .value("tool_response")
        .and_then(|response| text_of(response.get("type")?));
    match kind {
        Some("create") => Access::Create,
        _ => Access::Write,
    }
}

/// The files that a patch in Codex's format names in its headings.
fn patched(patch: &str) -> Vec<(String, Access)> {
    let headings = [
        ("*** Add File: ", Access::Create),
        ("*** Update File: ", Access::Write),
        ("*** Move to: ", Access::Create),
        ("*** Delete File: ", Access::Delete),
    ];
    let named = |line: &str| {
        let mut named = headings.iter().filter_map(|(heading, access)| {
            let path = line.strip_prefix(heading)?.trim();
            (!path.is_empty()).then(|| (path.to_owned(), *access))
        });
        named.next()
    };
    patch.lines().filter_map(named).take(MAX_FILES).collect()
}

/// The vendor's id of a tool call; made of what is known of the call when it has none, or one that
/// cannot be an id.
fn call_id(call: &Call) -> Option<CallId> {
    let given = call.text("tool_use_id").map(CallId::new);
    if let Some(Ok(id)) = given {
        return Some(id);
    }
    let (agent, input) = (
        call.sub_agent().unwrap_or_default(),
        call.input().to_string(),
    );
    let digest = place::digest(&[call.session(), agent, call.tool()?, &input]);
    CallId::new(format!("call-{}", &digest[..32])).ok()
}

/// The same for the same step of the same tool call.
fn id_of(call: &Call, step: &str) -> Option<pilothouse_shared::EventId> {
    id(&["tool", step, call.text("tool_use_id")?])
}

fn shortened(value: &Value) -> Value {
    trim::value(value, MAX_TOOL_TEXT_BYTES, MAX_TOOL_BYTES)
}

//! The session itself: its beginning and end, its sub-agents, tasks, memory and settings.

use pilothouse_shared::limits::MAX_SAID_BYTES;
use pilothouse_shared::{
    Body, ConfigChanged, Extra, SessionEnded, SessionStarted, WorkItemChanged,
};

use super::super::{Call, place, trim};
use super::talk::about;
use super::{Record, Story, id, label};

pub(super) fn began(call: &Call) -> Story {
    let source = call.text("source");
    let id = match source {
        // Begins once; what is told of it twice, by settings of user and project say, is one thing.
        Some("startup") => id(&["session", call.session()]),
        _ => None,
    };
    Story::default().and(id, body(call, source))
}

/// The beginning of a session of which nobody told: it ran before the relay, or before its hooks.
/// `after` names what came before it in the channel, so that many calls at once begin it once.
pub(in super::super) fn started(call: &Call, after: &str) -> Record {
    Record {
        id: id(&["session found", call.session(), after]),
        body: body(call, None),
    }
}

fn body(call: &Call, source: Option<&str>) -> Body {
    let mut extra = Extra::new();
    extra.insert("session".to_owned(), label(call.session()).into());
    Body::SessionStarted(SessionStarted {
        agent: call.vendor.slug().to_owned(),
        cwd: call.text("cwd").map(label),
        model: call.text("model").map(label),
        source: source.map(label),
        extra,
    })
}

pub(super) fn ended(call: &Call) -> Story {
    let body = SessionEnded {
        reason: label(call.text("reason").unwrap_or("other")),
        extra: Extra::new(),
    };
    Story::of(Body::SessionEnded(body)).idle(call)
}

pub(super) fn sub_agent_began(call: &Call) -> Story {
    let Ok(author) = place::author(call) else {
        return Story::default();
    };
    let id = call.sub_agent().and_then(|agent| id(&["sub-agent", agent]));
    let body = about(&format!("The sub-agent {} began", author.name));
    Story::default().and(id, body).doing(call, "working")
}

/// A task of the agent's own list, as an item on the board.
pub(super) fn task(call: &Call, stage: &str, action: &str) -> Story {
    let Some(item) = call.text("task_subject").or(call.text("task_id")) else {
        return Story::default();
    };
    let body = WorkItemChanged {
        item: label(item),
        stage: stage.to_owned(),
        action: action.to_owned(),
        commit: None,
        extra: Extra::new(),
    };
    Story::of(Body::WorkItemChanged(body))
}

pub(super) fn compacting(call: &Call) -> Story {
    Story::default().doing(call, "compacting its context")
}

pub(super) fn compacted(call: &Call) -> Story {
    let why = match call.text("trigger") {
        Some("manual") => "because its user asked for it",
        _ => "because it was nearly full",
    };
    let text = match call.text("compact_summary") {
        Some(summary) => {
            let summary = trim::text(summary, MAX_SAID_BYTES / 2);
            format!("The context was compacted {why}. What is left of it:\n\n{summary}")
        }
        None => format!("The context was compacted {why}"),
    };
    Story::of(about(&text)).doing(call, "working")
}

pub(super) fn changed(call: &Call) -> Story {
    let what = match call.event() {
        "CwdChanged" => call
            .text("new_cwd")
            .map(|cwd| format!("working folder: {cwd}")),
        "DirectoryAdded" => call
            .text("directory")
            .map(|path| format!("folder added: {path}")),
        _ => call
            .text("source")
            .map(|source| match call.text("file_path") {
                Some(path) => format!("{source}: {path}"),
                None => source.to_owned(),
            }),
    };
    let body = |what: String| {
        Body::ConfigChanged(ConfigChanged {
            what: label(&what),
            extra: Extra::new(),
        })
    };
    what.map_or_else(Story::default, |what| Story::of(body(what)))
}

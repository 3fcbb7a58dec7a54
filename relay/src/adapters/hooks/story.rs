//! What a call adds to its channel. Pure: the same call tells the same story, under the same ids where
//! its vendor gives it any, so that a call that comes twice is stored once.

mod session;
mod talk;
mod tools;

use pilothouse_shared::limits::MAX_LABEL_BYTES;
use pilothouse_shared::{Body, EventId, Op, SignalKey, True};
use serde_json::{Value, json};

use super::{Call, place, trim};

pub(super) use session::started;
pub(super) use talk::{last_words, spoken};

/// Longest operation or status, in bytes: a few words.
const MAX_WORDS: usize = 120;

/// See the module. Records are stored before signals change.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Story {
    pub(super) records: Vec<Record>,
    pub(super) signals: Vec<(SignalKey, Op)>,
}

/// An event to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    /// Absent where a repetition cannot be told from the same thing done twice.
    pub(super) id: Option<EventId>,
    pub(super) body: Body,
}

/// What a call says by itself. An event that nobody needs to see, or that this version does not know,
/// says nothing.
pub(super) fn tell(call: &Call) -> Story {
    match call.event() {
        "SessionStart" => session::began(call),
        "SessionEnd" => session::ended(call),
        "UserPromptSubmit" => talk::prompted(call),
        "Notification" => talk::notified(call),
        "Elicitation" => talk::elicited(call),
        "StopFailure" => talk::failed(call),
        "Interrupt" => talk::interrupted(call),
        "PreToolUse" => tools::started(call),
        "PostToolUse" => tools::finished(call),
        "PostToolUseFailure" => tools::failed(call),
        "PermissionDenied" => tools::denied(call),
        "FileChanged" => tools::changed(call),
        "InstructionsLoaded" => tools::instructed(call),
        "SubagentStart" => session::sub_agent_began(call),
        "TaskCreated" => session::task(call, "open", "created"),
        "TaskCompleted" => session::task(call, "done", "completed"),
        "PreCompact" => session::compacting(call),
        "PostCompact" => session::compacted(call),
        "CwdChanged" | "DirectoryAdded" | "ConfigChange" => session::changed(call),
        _ => Story::default(),
    }
}

impl Story {
    fn of(body: Body) -> Self {
        Self::default().and(None, body)
    }

    fn and(mut self, id: Option<EventId>, body: Body) -> Self {
        self.records.push(Record { id, body });
        self
    }

    /// What the agent is doing, for as long as it does nothing else.
    fn doing(mut self, call: &Call, status: &str) -> Self {
        let status = json!({ "status": words(status) });
        self.signals
            .extend(activity(call).map(|key| (key, Op::Set(status))));
        self
    }

    /// The agent is no longer doing anything.
    fn idle(mut self, call: &Call) -> Self {
        self.signals
            .extend(activity(call).map(|key| (key, Op::Clear(True))));
        self
    }
}

/// The key of the agent's activity.
pub(super) fn activity(call: &Call) -> Option<SignalKey> {
    let author = place::author(call).ok()?;
    SignalKey::new(format!("activity/{}", author.member)).ok()
}

/// An event id that stands for these texts.
pub(super) fn id(texts: &[&str]) -> Option<EventId> {
    let digest = place::digest(texts);
    EventId::new(format!("hook-{}", &digest[..32])).ok()
}

/// The first line of a text, in a few words.
fn words(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    trim::start(line.trim(), MAX_WORDS)
}

/// A text for one of a body's short fields.
fn label(text: &str) -> String {
    trim::start(text.trim(), MAX_LABEL_BYTES)
}

/// The first of these fields that is a text.
fn first<'a>(value: &'a Value, names: &[&str]) -> Option<&'a str> {
    let mut texts = names
        .iter()
        .filter_map(|name| super::call::text_of(value.get(name)?));
    texts.next()
}

#[cfg(test)]
mod tests;

//! Agents' hooks: an agent posts what it does, call by call, and takes with the answers what people say.
//!
//! What a call says ([`story`]), asks ([`ask`]) and proves ([`evidence`]), and what it is answered, is pure.
//! [`Hooks::answer`] does something about it. Claude Code's hooks are those of
//! <https://code.claude.com/docs/en/hooks>, Codex's those of its `codex-rs/hooks`.

mod ask;
mod call;
mod evidence;
mod generic;
mod memory;
mod output;
pub(super) mod phrase;
mod place;
mod story;
mod trim;
mod visit;
mod waiting;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pilothouse_shared::{ChannelId, ErrorCode, IdError, Refusal, RequestId};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub(crate) use call::Call;
pub(crate) use generic::take as take_generic;
pub(crate) use place::short as short_session;

use self::memory::Memory;
use self::visit::Visit;
use crate::access::Action;
use crate::channel::{Channel, Lease};
use crate::hub::Entrance;

/// Whose hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vendor {
    /// Claude Code.
    ClaudeCode,
    /// The Codex command line.
    Codex,
}

impl Vendor {
    fn slug(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::Codex => "Codex",
        }
    }

    /// The event, if its answer may carry something to read for the agent. Codex learnt it later for what
    /// comes before a tool, and takes the whole answer for failed where it has not.
    fn reading(self, event: &str) -> Option<&'static str> {
        let all = [
            "SessionStart",
            "UserPromptSubmit",
            "PostToolUse",
            "PreToolUse",
            "PostToolUseFailure",
            "PostToolBatch",
        ];
        let known = match self {
            Self::ClaudeCode => &all[..],
            Self::Codex => &all[..3],
        };
        known.iter().copied().find(|known| *known == event)
    }

    /// Whether the agent stops when the answer to this event says so.
    fn stops_at(self, event: &str) -> bool {
        match self {
            Self::ClaudeCode => [
                "PreToolUse",
                "PostToolUse",
                "PostToolUseFailure",
                "PostToolBatch",
            ]
            .contains(&event),
            Self::Codex => event == "PostToolUse",
        }
    }
}

/// How long a call may take that waits for people.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// For a permission: what the hook is given, less what the way back takes.
    pub(crate) timeout: Duration,
    /// Before a tool that asks the user runs: for as long as the terminal stays silent.
    pub(crate) hold: Duration,
    /// Cancelled when the relay stops: then nobody waits any more.
    pub(crate) stopping: CancellationToken,
}

/// What a call is answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) json: Value,
    /// The hints that the agent has once it has the answer, and the path they take.
    pub(crate) hints: Option<(Lease, &'static str)>,
}

impl Answer {
    fn of(json: Value) -> Self {
        Self { json, hints: None }
    }

    fn nothing() -> Self {
        Self::of(output::nothing())
    }
}

/// What the relay keeps for hooks between their calls.
#[derive(Debug, Default)]
pub(crate) struct Hooks {
    memory: Mutex<Memory>,
    /// Calls that wait for each request. Bounded by the connections of the relay.
    waiting: Mutex<HashMap<(ChannelId, RequestId), usize>>,
}

impl Hooks {
    /// Takes a call: stores what it says, and answers it. Waits only where people are asked.
    pub(crate) async fn answer(
        self: &Arc<Self>,
        hub: &Entrance<'_>,
        call: &Call,
        terms: &Terms,
    ) -> Result<Answer, Refusal> {
        // Whatever is answered here would be taken for the path of a worktree.
        if call.event() == "WorktreeCreate" {
            return Ok(Answer::nothing());
        }
        let speaker = place::author(call).map_err(|error| invalid(&error))?;
        hub.access().check_speaker(&speaker.member)?;
        let Some(channel) = self.channel(hub, call).await? else {
            return Ok(Answer::nothing());
        };
        let visit = Visit::new(Arc::clone(self), channel, call)?;
        visit.record().await?;
        visit.settle().await;
        visit.answer(terms).await
    }

    /// The channel of the session; made when there is none. None when somebody removed it: a session that
    /// begins anew brings it back, one that goes on does not.
    async fn channel(
        &self,
        hub: &Entrance<'_>,
        call: &Call,
    ) -> Result<Option<Arc<Channel>>, Refusal> {
        let known = self.memory().channel(call);
        if let Some(channel) = known.and_then(|id| hub.find(Action::Report, &id).ok()) {
            return Ok(Some(channel));
        }
        let found = match hub.find_by(Action::Report, |id| place::is_of(call, id)) {
            Some(channel) => channel,
            None => match make(hub, call).await {
                Err(refusal) if refusal.code == ErrorCode::NotFound => return Ok(None),
                made => made?,
            },
        };
        self.memory().keep_channel(call, found.id());
        Ok(Some(found))
    }

    /// The lock. Nothing that holds it can leave it half changed.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn make(hub: &Entrance<'_>, call: &Call) -> Result<Arc<Channel>, Refusal> {
    let (id, name) = (
        place::channel(call).map_err(|error| invalid(&error))?,
        place::name(call),
    );
    let author = place::main_author(call).map_err(|error| invalid(&error))?;
    match hub
        .find_or_create_named(Action::Report, &id, &name, &author)
        .await
    {
        Err(refusal) if refusal.code == ErrorCode::NotFound && call.event() == "SessionStart" => {
            hub.create(&id, &name, &author).await
        }
        found => found,
    }
}

fn invalid(error: &IdError) -> Refusal {
    Refusal::new(ErrorCode::Invalid, error.to_string())
}

#[cfg(test)]
mod tests;

//! Which channel a record belongs to.

use pilothouse_shared::{Author, ChannelId, MemberId, MemberKind};

use super::attributes::Attributes;
use crate::adapters::hooks::short_session;

/// Longest part of a channel's id that is taken from a session's id, in characters.
const SESSION_CHARS: usize = 64;

/// Longest part of a name that is taken from a text of the sender's, in characters: 128 bytes at most.
const PART_CHARS: usize = 32;

/// Who speaks, and in which of its sessions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Origin {
    /// The program.
    agent: String,
    /// As the program names it; absent when it does not.
    session: Option<String>,
}

pub(super) fn origin(attributes: &Attributes<'_>, is_claude_code: bool) -> Origin {
    let session = ["session.id", "gen_ai.conversation.id"];
    let mut session = session.iter().filter_map(|key| attributes.text(key));
    let agent = ["gen_ai.agent.name", "service.name"];
    let mut agent = agent.iter().filter_map(|key| attributes.word(key));
    Origin {
        agent: match is_claude_code {
            true => "claude-code".to_owned(),
            false => agent.next().unwrap_or("telemetry").to_owned(),
        },
        session: session.next().map(Into::into),
    }
}

impl Origin {
    /// Whether a channel is that of the session, as hooks name it: after the agent, its folder and the
    /// session.
    pub(crate) fn is_of(&self, channel: &ChannelId) -> bool {
        let Some(session) = &self.session else {
            return false;
        };
        let rest = channel.as_str().strip_prefix(&self.stem());
        rest.and_then(|rest| rest.strip_suffix(&short_session(session)))
            .is_some_and(|folder| folder.starts_with('-') && folder.ends_with('-'))
    }

    /// The channel for a session that has none: `claude-code-1a2b3c4d`.
    pub(crate) fn own_channel(&self) -> Option<ChannelId> {
        let stem = self.stem();
        let id = match &self.session {
            Some(session) => format!("{stem}-{}", short(session)),
            None => stem,
        };
        ChannelId::new(id).ok()
    }

    /// Who speaks where nobody of the session has spoken.
    pub(crate) fn author(&self) -> Option<Author> {
        let member = MemberId::new(self.own_channel()?.as_str()).ok()?;
        let name = match self.agent.as_str() {
            "claude-code" => "Claude Code".to_owned(),
            agent => agent.chars().take(PART_CHARS).collect(),
        };
        let kind = MemberKind::Agent;
        Some(Author { member, name, kind })
    }

    fn stem(&self) -> String {
        part(&self.agent, PART_CHARS)
    }
}

/// What a channel's id has of a session's: what hooks take of a UUID, or all of anything else.
fn short(session: &str) -> String {
    match uuid::Uuid::try_parse(session) {
        Ok(_) => short_session(session),
        Err(_) => part(session, SESSION_CHARS),
    }
}

/// What of a text may stand in a channel's id: at most `n` characters, never none.
fn part(text: &str, n: usize) -> String {
    let is_fit = |c: &char| c.is_ascii_alphanumeric() || *c == '-' || *c == '_';
    let fit: String = text.chars().filter(is_fit).take(n).collect();
    match fit.is_empty() {
        true => "telemetry".to_owned(),
        false => fit,
    }
}

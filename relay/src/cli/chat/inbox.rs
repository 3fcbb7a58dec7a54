//! Which messages wait for an answer. Nothing is queued: the channel's own history is the queue, and this is
//! how far it has been answered.

use pilothouse_shared::{Body, Event, MemberId, MemberKind, MessageEntry, MessageKind, Role, Seq};

/// The field of an answer that says up to which seq it answers.
pub(super) const ANSWERS: &str = "answers";

/// The field of `session_started` that names the session, as hints do.
pub(super) const SESSION: &str = "session";

/// What is known of an agent's time before it was started.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Past {
    /// The session it was in.
    pub(super) session: Option<String>,
    /// The last seq that was answered, or where its first session began.
    pub(super) answered: Option<Seq>,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Inbox {
    me: MemberId,
    answered: Seq,
    /// Answers to agents in a row, without a person in between.
    max_to_agents: usize,
}

/// Messages to answer, all of them together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ask {
    /// The last of them.
    pub(super) through: Seq,
    /// Whose the last one is.
    pub(super) from: String,
}

impl Past {
    /// What `me` has said of itself in these events.
    pub(super) fn of<'a>(events: impl IntoIterator<Item = &'a Event>, me: &MemberId) -> Self {
        let mut past = Self::default();
        for event in events
            .into_iter()
            .filter(|event| event.author.member == *me)
        {
            let answered = match &event.body {
                Body::SessionStarted(body) => {
                    let Some(session) = body.extra.get(SESSION).and_then(|it| it.as_str()) else {
                        continue;
                    };
                    past.session = Some(session.to_owned());
                    past.answered.is_none().then_some(event.seq)
                }
                Body::Message(body) => {
                    let through = body.extra.get(ANSWERS).and_then(|it| it.as_u64());
                    through.map(Seq).filter(|through| *through < event.seq)
                }
                _ => None,
            };
            past.answered = past.answered.max(answered);
        }
        past
    }
}

impl Inbox {
    pub(super) fn new(me: MemberId, max_to_agents: usize) -> Self {
        Self {
            me,
            answered: Seq::ZERO,
            max_to_agents,
        }
    }

    /// Everything up to here needs no answer any more.
    pub(super) fn answered(&mut self, through: Seq) {
        self.answered = through;
    }

    /// What waits for an answer, if anything does. A person always gets one; agents get one for as long as
    /// the bound allows, so that two of them do not go on for ever.
    pub(super) fn due(&self, messages: &[MessageEntry]) -> Option<Ask> {
        let waiting = messages.iter().filter(|entry| entry.seq > self.answered);
        let mut waiting = waiting.filter(|entry| self.is_asked_by(entry).is_some());
        let is_human = |entry: &&MessageEntry| self.is_asked_by(entry) == Some(MemberKind::Human);
        let is_wanted = waiting.clone().any(|entry| is_human(&entry)) || self.may_go_on(messages);
        let last = waiting.next_back().filter(|_| is_wanted)?;
        Some(Ask {
            through: last.seq,
            from: last.author.name.clone(),
        })
    }

    /// Who asks with this message; `None` when it is nothing to answer.
    fn is_asked_by(&self, entry: &MessageEntry) -> Option<MemberKind> {
        let kind = entry.author.kind;
        let is_for_me = match kind {
            MemberKind::Human => entry.role == Role::User,
            MemberKind::Agent => {
                self.max_to_agents > 0 && matches!(entry.role, Role::User | Role::Assistant)
            }
        };
        let is_talk = entry.kind == MessageKind::Text && entry.visibility.is_public();
        let is_said = entry.author.member != self.me && !entry.text.trim().is_empty();
        (is_for_me && is_talk && is_said).then_some(kind)
    }

    fn may_go_on(&self, messages: &[MessageEntry]) -> bool {
        let newest = messages.iter().rev();
        let since = newest.take_while(|entry| entry.author.kind == MemberKind::Agent);
        let mine =
            |entry: &&MessageEntry| entry.author.member == self.me && entry.role == Role::Assistant;
        since.filter(mine).count() < self.max_to_agents
    }
}

#[cfg(test)]
mod tests;

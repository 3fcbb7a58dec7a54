//! Hints and cancellations: what is this agent's, and what became of it.

use std::time::Duration;

use pilothouse_relay::client::Agent;
use pilothouse_shared::{
    Author, Body, CancelRequested, ChannelId, Event, Hint, HintEntry, HintState, Replica, Seq,
    Snapshot, Visibility,
};
use tokio::time::{Instant, timeout_at};

use super::Room;
use crate::cli::Failure;

/// How long a call waits for a hint that is being handed over: without another agent that takes it, that
/// is a moment.
const HINT_WITHIN: Duration = Duration::from_secs(1);

/// Somebody wants the agent to stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli::chat) struct Cancel {
    seq: Seq,
    /// Who, if everybody may know that.
    pub(in crate::cli::chat) by: Option<String>,
}

impl Cancel {
    fn new(seq: Seq, author: &Author, visibility: &Visibility) -> Self {
        let by = visibility.is_public().then(|| author.name.clone());
        Self { seq, by }
    }
}

impl Room {
    pub(in crate::cli::chat) fn event(&mut self, event: &Event) {
        if let Body::CancelRequested(CancelRequested { to, session, .. }) = &event.body
            && to.as_ref().is_none_or(|to| *to == self.me)
            && session
                .as_ref()
                .is_none_or(|session| *session == self.session)
            && event.author.member != self.me
        {
            self.cancel = Some(Cancel::new(event.seq, &event.author, &event.visibility));
        }
    }

    /// The cancellation that came after `through`, once.
    pub(in crate::cli::chat) fn cancelled(&mut self, through: Seq) -> Option<Cancel> {
        self.cancel.take().filter(|cancel| cancel.seq > through)
    }

    pub(in crate::cli::chat) fn open_cancel(&self, snapshot: &Snapshot) -> Option<Cancel> {
        let mut hints = snapshot.hints.iter().rev();
        let entry = hints.find(|entry| self.is_for_me(entry) && is_cancel(entry))?;
        Some(Cancel::new(entry.seq, &entry.author, &entry.visibility))
    }

    /// Whether a hint is, or may become, this agent's.
    fn is_for_me(&self, entry: &HintEntry) -> bool {
        let is_meant = entry.to.as_ref().is_none_or(|to| *to == self.me)
            && entry
                .session
                .as_ref()
                .is_none_or(|session| *session == self.session)
            && entry.author.member != self.me;
        match entry.state {
            HintState::Accepted => is_meant,
            HintState::Delivered => {
                let to = entry.delivered.as_ref().map(|taken| &taken.to.member);
                to == Some(&self.me)
            }
            HintState::Acknowledged | HintState::Expired => false,
        }
    }

    /// Waits for hints that are given and not yet handed over.
    pub(in crate::cli::chat) async fn hints_at_hand(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + HINT_WITHIN;
        while self.is_hint_on_its_way() {
            let Ok(happened) = timeout_at(deadline, self.feed.next()).await else {
                break;
            };
            self.hear(happened)?;
        }
        Ok(())
    }

    fn is_hint_on_its_way(&self) -> bool {
        let is_on_its_way =
            |entry: &HintEntry| entry.state == HintState::Accepted && self.is_for_me(entry);
        let is_any = |replica: &Replica| replica.snapshot().hints.iter().any(is_on_its_way);
        self.look(is_any) == Some(true)
    }

    /// Says of every open cancellation that it was obeyed, or why not.
    pub(in crate::cli::chat) async fn cancel_obeyed(&mut self, note: &str) -> Result<(), Failure> {
        self.hints_at_hand().await?;
        let open = self.look(|replica| {
            let hints = replica.snapshot().hints.iter();
            let open = hints.filter(|entry| self.is_for_me(entry) && is_cancel(entry));
            open.map(|entry| entry.id.clone()).collect::<Vec<_>>()
        });
        self.acknowledge(open.unwrap_or_default(), note).await;
        Ok(())
    }
}

/// The relay hands them over one question at a time; each is a hint of the channel's state from then on.
pub(in crate::cli::chat) async fn take_hints(agent: Agent, channel: ChannelId, session: String) {
    while agent.take_hints(&channel, Some(&session)).await.is_ok() {}
}

fn is_cancel(entry: &HintEntry) -> bool {
    matches!(entry.hint, Hint::Cancel { .. })
}

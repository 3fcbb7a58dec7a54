//! What one caller may do, and until when.

use std::sync::Arc;
use std::time::Duration;

use pilothouse_shared::{
    Author, ChannelId, ErrorCode, MemberId, Millis, Refusal, Right, SignalKey,
};
use tokio_util::sync::CancellationToken;

use super::grant::EVERY_RIGHT;
use super::{Action, Grant, Pattern, SYSTEM_PREFIX};
use crate::clock;

/// What a caller may do. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Access(Option<Arc<Pass>>);

/// A caller: who speaks, and what it may do.
#[derive(Debug, Clone)]
pub(crate) struct Speaker {
    pub(crate) author: Author,
    pub(crate) access: Access,
}

impl std::ops::Deref for Speaker {
    type Target = Author;

    fn deref(&self) -> &Author {
        &self.author
    }
}

/// What a token says, once it was proved.
#[derive(Debug)]
pub(crate) struct Pass {
    /// The token's id, which is no secret.
    pub(crate) token: String,
    /// Who holds it.
    pub(crate) author: Author,
    /// At most [`MAX_GRANTS`](super::MAX_GRANTS).
    pub(crate) grants: Vec<Grant>,
    /// Members it may speak as besides its own: an attachment speaks for each of its agents.
    pub(crate) speaks_for: Vec<Pattern>,
    /// When it ends.
    pub(crate) expires_at: Millis,
    /// Cancelled when it is taken back.
    pub(crate) revoked: CancellationToken,
}

impl Access {
    /// That of open mode: everything.
    pub(crate) fn open() -> Self {
        Self(None)
    }

    pub(crate) fn of(pass: Pass) -> Self {
        Self(Some(Arc::new(pass)))
    }

    /// What was proved; none in open mode.
    pub(crate) fn pass(&self) -> Option<&Pass> {
        self.0.as_deref()
    }

    /// Whether it was taken back, or has expired.
    pub(crate) fn is_over(&self) -> bool {
        let is_over = |pass: &Pass| pass.revoked.is_cancelled() || pass.expires_at <= clock::now();
        self.0.as_deref().is_some_and(is_over)
    }

    /// Whether one may do this in a channel.
    pub(crate) fn allows(&self, action: Action<'_>, channel: &ChannelId) -> bool {
        let Some(pass) = &self.0 else { return true };
        // Asked again each time: what works through a long list does not outlive its access.
        if self.is_over() {
            return false;
        }
        if channel.as_str().starts_with(SYSTEM_PREFIX) {
            return matches!(action, Action::Watch | Action::Await) && self.is_admin();
        }
        pass.grants
            .iter()
            .any(|grant| grant.covers(action.any_of(), channel))
    }

    /// The same, with the refusal.
    pub(crate) fn check(&self, action: Action<'_>, channel: &ChannelId) -> Result<(), Refusal> {
        match self.allows(action, channel) {
            true => Ok(()),
            false => Err(action.refusal()),
        }
    }

    /// Whether one may look after the relay itself.
    pub(crate) fn is_admin(&self) -> bool {
        let is_whole = |grant: &Grant| grant.channels.is_any() && grant.gives(&[Right::Admin]);
        self.0
            .as_ref()
            .is_none_or(|pass| pass.grants.iter().any(is_whole))
    }

    /// The same, with the refusal.
    pub(crate) fn check_admin(&self) -> Result<(), Refusal> {
        if self.is_admin() {
            return Ok(());
        }
        let message =
            "this is for who looks after the relay: a token with the right to admin in `*`";
        Err(Refusal::new(ErrorCode::Forbidden, message))
    }

    /// The rights one has in some channel or other.
    pub(crate) fn rights(&self) -> Vec<Right> {
        let has = |right: &Right| match &self.0 {
            None => true,
            Some(pass) => pass.grants.iter().any(|grant| grant.gives(&[*right])),
        };
        EVERY_RIGHT.into_iter().filter(has).collect()
    }

    /// Who speaks, for one who says to be `said`: in open mode that one, else the token's holder, unless the
    /// token speaks for that member too.
    pub(crate) fn speaker(&self, said: Author) -> Author {
        let Some(pass) = &self.0 else { return said };
        match self.speaks_for(&said.member) && said.member != pass.author.member {
            true => said,
            false => pass.author.clone(),
        }
    }

    /// Whether what is said may be said as this member.
    pub(crate) fn speaks_for(&self, member: &MemberId) -> bool {
        self.0.as_ref().is_none_or(|pass| {
            let fits = |pattern: &Pattern| pattern.matches(member.as_str());
            pass.author.member == *member || pass.speaks_for.iter().any(fits)
        })
    }

    /// The same, with the refusal.
    pub(crate) fn check_speaker(&self, member: &MemberId) -> Result<(), Refusal> {
        if self.speaks_for(member) {
            return Ok(());
        }
        let message = format!("your token does not speak for the member `{member}`");
        Err(Refusal::new(ErrorCode::Forbidden, message))
    }

    /// Whether a signal may be changed: who is doing what, and who types, is said by nobody else.
    pub(crate) fn check_key(&self, member: &MemberId, key: &SignalKey) -> Result<(), Refusal> {
        let owner = key.strip("activity/").or_else(|| key.strip("typing/"));
        let is_own = owner.is_none_or(|owner| {
            owner == member.as_str() || MemberId::new(owner).is_ok_and(|id| self.speaks_for(&id))
        });
        if self.0.is_none() || is_own {
            return Ok(());
        }
        let message = "a member's activity and typing are its own to say";
        Err(Refusal::new(ErrorCode::Forbidden, message))
    }

    /// Ends when it was taken back, or is over; never in open mode. Says which.
    pub(crate) async fn over(self) -> &'static str {
        let Some(pass) = self.0 else {
            return std::future::pending().await;
        };
        let left = pass.expires_at.saturating_sub(clock::now());
        tokio::select! {
            () = pass.revoked.cancelled() => "your access was taken back",
            () = tokio::time::sleep(Duration::from_millis(left)) => "your access has expired",
        }
    }
}

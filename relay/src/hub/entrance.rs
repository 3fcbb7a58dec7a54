//! The hub as one caller may use it: whoever wants a channel says what for.

use std::sync::Arc;

use pilothouse_shared::{Author, ChannelId, ErrorCode, MemberId, Outcome, Refusal};

use super::Hub;
use crate::access::{Access, Action};
use crate::channel::{Channel, Proposal};

/// See the module.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entrance<'a> {
    hub: &'a Arc<Hub>,
    access: &'a Access,
}

impl Hub {
    /// The hub for one who may do this.
    pub(crate) fn entrance<'a>(self: &'a Arc<Self>, access: &'a Access) -> Entrance<'a> {
        Entrance { hub: self, access }
    }
}

impl Entrance<'_> {
    /// What the caller may do.
    pub(crate) fn access(&self) -> &Access {
        self.access
    }

    /// Every channel that the caller may watch, in no order.
    pub(crate) fn all(&self) -> Vec<Arc<Channel>> {
        let may_watch = |channel: &Arc<Channel>| self.access.allows(Action::Watch, channel.id());
        self.hub.all().into_iter().filter(may_watch).collect()
    }

    /// The channel, if there is one. Who may not is told so whether or not there is.
    pub(crate) fn find(&self, action: Action<'_>, id: &ChannelId) -> Result<Arc<Channel>, Refusal> {
        self.access.check(action, id)?;
        self.hub.find(id)
    }

    /// A channel whose id is meant, among those where the caller may do this.
    pub(crate) fn find_by(
        &self,
        action: Action<'_>,
        is_meant: impl Fn(&ChannelId) -> bool,
    ) -> Option<Arc<Channel>> {
        self.hub
            .find_by(|id| is_meant(id) && self.access.allows(action, id))
    }

    /// The channel; made when there is none, if the caller may do that too.
    pub(crate) async fn find_or_create(
        &self,
        action: Action<'_>,
        id: &ChannelId,
        author: &Author,
    ) -> Result<Arc<Channel>, Refusal> {
        self.find_or_create_named(action, id, id.as_str(), author)
            .await
    }

    /// The same, with a name for one that is made.
    pub(crate) async fn find_or_create_named(
        &self,
        action: Action<'_>,
        id: &ChannelId,
        name: &str,
        author: &Author,
    ) -> Result<Arc<Channel>, Refusal> {
        self.access.check(action, id)?;
        self.access.check_speaker(&author.member)?;
        match self.access.allows(Action::Create, id) {
            true => self.hub.find_or_create_named(id, name, author).await,
            false => self.hub.find(id),
        }
    }

    /// The channel to publish these to; made when there is none, unless they could not be stored anyway.
    pub(crate) async fn find_or_create_for(
        &self,
        id: &ChannelId,
        author: &Author,
        proposals: &[Proposal],
    ) -> Result<Arc<Channel>, Refusal> {
        for Proposal { author, body, .. } in proposals {
            self.access.check(Action::Publish(body), id)?;
            self.access.check_speaker(&author.member)?;
        }
        match self.access.allows(Action::Create, id) {
            true => self.hub.find_or_create_for(id, author, proposals).await,
            false => self.hub.find(id),
        }
    }

    /// Makes a channel.
    pub(crate) async fn create(
        &self,
        id: &ChannelId,
        name: &str,
        author: &Author,
    ) -> Result<Arc<Channel>, Refusal> {
        self.access.check(Action::Create, id)?;
        if id.as_str().starts_with(crate::access::SYSTEM_PREFIX) {
            let message = "ids that begin with `pilothouse-system-` are the relay's own";
            return Err(Refusal::new(ErrorCode::Forbidden, message));
        }
        self.hub.create(id, name, author).await
    }

    /// Removes a channel.
    pub(crate) async fn remove(&self, id: &ChannelId) -> Result<(), Refusal> {
        self.access.check(Action::Remove, id)?;
        self.hub.remove(id).await
    }

    /// Whether the caller sees the request of this asker.
    pub(crate) fn sees_request_of(&self, id: &ChannelId, asker: &MemberId) -> bool {
        let sees_all = [Action::Watch, Action::Resolve(Outcome::Allowed)];
        let sees_all = sees_all
            .into_iter()
            .any(|action| self.access.allows(action, id));
        sees_all || self.access.speaks_for(asker)
    }
}

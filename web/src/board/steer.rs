//! What people do: hints and answers.

use pilothouse_shared::link::{Input, Outgoing};
use pilothouse_shared::{Body, CancelRequested, ChannelId, EventId, Hint, HintGiven, Visibility};
use serde_json::Value;

use super::Board;
use crate::view::receipt::{Receipt, receipts};
use crate::view::standing::is_online;
use crate::{api, prefs};

impl Board {
    /// Every hint of the channel and its receipt, oldest first.
    pub(crate) fn receipts(self) -> Vec<Receipt> {
        self.track(|versions| versions.state);
        self.versions.outbox.track();
        let is_online = is_online(&self.link_state());
        let keeper = self.keeper();
        let Some(channel) = self.channel() else {
            return Vec::new();
        };
        let hints = self.replica(|replica| replica.snapshot().hints.clone());
        let hints = hints.unwrap_or_default();
        keeper.driver.read(|link| {
            let is_own = |out: &&Outgoing| out.channel == channel && !self.is_past();
            let outbox = link.outbox().filter(is_own);
            receipts(&hints, outbox, is_online)
        })
    }

    /// The channel that is shown here.
    pub(crate) fn channel(self) -> Option<ChannelId> {
        self.opened().map(|opened| opened.channel.clone())
    }

    /// Gives a hint to whoever works in the channel; it waits here while there is no connection.
    pub(crate) fn give(self, hint: Hint) {
        self.say(Body::HintGiven(HintGiven {
            hint,
            to: None,
            session: None,
            expires_at: None,
            extra: pilothouse_shared::Extra::new(),
        }));
    }

    /// Asks whoever works in the channel to stop.
    pub(crate) fn cancel(self) {
        self.say(Body::CancelRequested(CancelRequested::default()));
    }

    fn say(self, body: Body) {
        self.say_to(body, Visibility::Public);
    }

    pub(super) fn say_to(self, body: Body, visibility: Visibility) {
        if self.is_past() {
            return;
        }
        let (Some(channel), Some(id)) = (self.channel(), prefs::new_id()) else {
            return;
        };
        self.feed(Input::Publish {
            id,
            channel,
            body,
            visibility,
        });
    }

    /// Sends a refused hint again.
    pub(crate) fn resend(self, id: &str) {
        if let Ok(id) = EventId::new(id) {
            self.feed(Input::Resend { id });
        }
    }

    /// Forgets a refused hint.
    pub(crate) fn discard(self, id: &str) {
        if let Ok(id) = EventId::new(id) {
            self.feed(Input::Dismiss { id });
        }
    }

    /// Resolves a request with the body that [`Answer`](crate::view::ask::answer::Answer) makes.
    pub(crate) async fn resolve(
        self,
        channel: &ChannelId,
        request: &str,
        answer: &Value,
    ) -> Result<(), String> {
        if self.is_past() {
            return Ok(());
        }
        api::resolve(&self.identity(), channel, request, answer).await
    }
}

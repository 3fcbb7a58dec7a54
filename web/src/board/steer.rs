//! What people do: hints and answers.

use pilothouse_shared::link::{Input, Link, Outgoing};
use pilothouse_shared::{
    Body, CancelRequested, ChangeSignal, ChannelId, ClientFrame, EventId, Extra, Hint, HintEntry,
    HintGiven, MemberId, Message, MessageKind, Op, Role, SignalKey, True, Visibility,
};
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
        let is_own = |out: &&Outgoing| out.channel == channel && !self.is_past();
        let told = |hints: &[HintEntry]| {
            let of = |link: &Link| receipts(hints, link.outbox().filter(is_own), is_online);
            keeper.driver.read(of)
        };
        let known = self.replica(|replica| told(&replica.snapshot().hints));
        known.unwrap_or_else(|| told(&[]))
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
            extra: Extra::new(),
        }));
    }

    /// Gives a hint to one agent, which everybody may see or nobody else.
    pub(crate) fn give_to(self, hint: Hint, to: MemberId, is_alone: bool) {
        let visibility = match is_alone {
            true => Visibility::Only(vec![to.clone()]),
            false => Visibility::Public,
        };
        let given = HintGiven {
            hint,
            to: Some(to),
            session: None,
            expires_at: None,
            extra: Extra::new(),
        };
        self.say_to(Body::HintGiven(given), visibility);
    }

    /// Says something in the channel.
    pub(crate) fn tell(self, text: &str, visibility: Visibility) {
        let message = Message {
            role: Role::User,
            text: text.to_owned(),
            kind: MessageKind::default(),
            message: None,
            extra: Extra::new(),
        };
        self.say_to(Body::Message(message), visibility);
    }

    /// Shows others that one types, or no longer does. Lost without a connection, and no loss.
    pub(crate) fn type_along(self, is_typing: bool) {
        if self.is_past() {
            return;
        }
        let key = SignalKey::new(format!("typing/{}", self.identity().member));
        let (Some(channel), Ok(key)) = (self.channel(), key) else {
            return;
        };
        let op = match is_typing {
            true => Op::Set(Value::Bool(true)),
            false => Op::Clear(True),
        };
        let change = ChangeSignal { channel, key, op };
        self.feed(Input::Send(ClientFrame::Signal(change)));
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

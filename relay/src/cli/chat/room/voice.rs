//! What the agent says.

use pilothouse_relay::client::Receipt;
use pilothouse_shared::{
    Body, EventId, Extra, HintAcknowledged, Message, MessageId, MessageKind, Op, OperationFinished,
    OperationStarted, Role, SignalKey, True, Usage, Visibility,
};
use serde_json::{Value, json};

use super::{Room, extra, failed};
use crate::cli::Failure;
use crate::cli::chat::inbox::{ANSWERS, Ask};

impl Room {
    /// Names the answer to a question. The same question has the same answer, so that one that was stored
    /// just before the agent was killed is not stored twice.
    pub(in crate::cli::chat) fn message_id(&self, ask: &Ask) -> Result<MessageId, Failure> {
        MessageId::new(format!("{}-{}", self.session, ask.through)).map_err(failed)
    }

    /// Shows that an answer is being given.
    pub(in crate::cli::chat) async fn begin(&self, ask: &Ask) {
        let operation = format!("answering {}", ask.from);
        self.activity(Some(json!({"operation": operation, "status": self.model})));
        let started = Body::OperationStarted(OperationStarted {
            operation,
            status: Some(self.model.clone()),
            extra: Extra::new(),
        });
        let _ = self.agent.submit(&self.channel, started).await;
    }

    /// Shows that it is over.
    pub(in crate::cli::chat) async fn finish(&self, ok: bool) {
        let extra = Extra::new();
        let finished = Body::OperationFinished(OperationFinished { ok, extra });
        let _ = self.agent.submit(&self.channel, finished).await;
        self.activity(None);
    }

    fn activity(&self, value: Option<Value>) {
        if let Ok(key) = SignalKey::new(format!("activity/{}", self.me)) {
            self.signal(key, value.map_or(Op::Clear(True), Op::Set));
        }
    }

    /// Adds to the stream of an answer, or ends it.
    pub(in crate::cli::chat) fn stream(&self, message: &MessageId, op: Op) {
        if let Ok(key) = SignalKey::new(format!("tokens/{message}")) {
            self.signal(key, op);
        }
    }

    pub(in crate::cli::chat) fn signal(&self, key: SignalKey, op: Op) {
        // A live view that cannot be is no reason to end; the answer itself is an event.
        if let Err(error) = self.agent.signal(&self.channel, key, op) {
            tracing::debug!(%error, "not shown live");
        }
    }

    /// Records an answer; the receipt says when it is stored.
    pub(in crate::cli::chat) async fn record(
        &self,
        ask: &Ask,
        message: &MessageId,
        text: String,
    ) -> Result<Receipt, Failure> {
        let extra = match self.is_anew {
            true => Extra::new(),
            false => extra(ANSWERS, ask.through.0),
        };
        let body = Body::Message(Message {
            role: Role::Assistant,
            text,
            kind: MessageKind::Text,
            message: Some(message.clone()),
            extra,
        });
        let id = EventId::new(message.as_str()).map_err(failed)?;
        let public = Visibility::Public;
        Ok(self.agent.submit_as(id, &self.channel, body, public).await)
    }

    pub(in crate::cli::chat) async fn spent(&self, usage: Usage) {
        let _ = self.agent.submit(&self.channel, Body::Usage(usage)).await;
    }

    /// Tells people something that is no answer.
    pub(in crate::cli::chat) async fn notice(&self, text: String) {
        let body = Body::Message(Message {
            role: Role::System,
            text,
            kind: MessageKind::System,
            message: None,
            extra: Extra::new(),
        });
        let _ = self.agent.submit(&self.channel, body).await;
    }

    /// Says of hints what became of them.
    pub(in crate::cli::chat) async fn acknowledge(&self, hints: Vec<EventId>, note: &str) {
        for hint in hints {
            let note = Some(note.to_owned());
            let extra = Extra::new();
            let body = HintAcknowledged { hint, note, extra };
            let _ = self
                .agent
                .submit(&self.channel, Body::HintAcknowledged(body))
                .await;
        }
    }
}

//! Asking people, and answering.

use pilothouse_shared::link::Link;
use pilothouse_shared::{
    Ask, Body, ChannelId, ErrorCode, Extra, Outcome, PermissionRequested, PermissionResolved,
    QuestionAnswered, QuestionAsked, RequestEntry, RequestId, Resolution, Seq,
};
use serde_json::Value;

use super::{Agent, Refused};

/// How a request is resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Which way.
    pub outcome: Outcome,
    /// What the asker is told, of a permission.
    pub message: Option<String>,
    /// Input to use instead, of a permission.
    pub updated_input: Option<Value>,
    /// Those of the permission's suggestions that are to hold from now on: "always".
    pub suggestions: Option<Vec<Value>>,
    /// The answer to a question.
    pub answer: Option<String>,
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        Self {
            outcome,
            message: None,
            updated_input: None,
            suggestions: None,
            answer: None,
        }
    }
}

impl Agent {
    /// Asks for a permission and waits for its outcome, however long that takes and however often the
    /// relay restarts meanwhile. A program that was restarted asks again with the same id, and goes on
    /// waiting for the same request.
    ///
    /// # Errors
    /// [`Refused`] when the relay does not take the request, or the link has stopped for good.
    pub async fn ask_permission(
        &self,
        channel: &ChannelId,
        ask: PermissionRequested,
    ) -> Result<Resolution, Refused> {
        let request = ask.request.clone();
        self.ask(channel, Body::PermissionRequested(ask), &request)
            .await
    }

    /// Asks a question and waits for its outcome, as [`Self::ask_permission`] does.
    ///
    /// # Errors
    /// [`Refused`] when the relay does not take the request, or the link has stopped for good.
    pub async fn ask_question(
        &self,
        channel: &ChannelId,
        ask: QuestionAsked,
    ) -> Result<Resolution, Refused> {
        let request = ask.request.clone();
        self.ask(channel, Body::QuestionAsked(ask), &request).await
    }

    /// Waits for the outcome of a request.
    ///
    /// # Errors
    /// [`Refused`] when there is no such request, or the link has stopped for good.
    pub async fn outcome(
        &self,
        channel: &ChannelId,
        request: &RequestId,
    ) -> Result<Resolution, Refused> {
        self.request(channel, request, false, outcome).await
    }

    /// Resolves a request; the first answer wins.
    ///
    /// # Errors
    /// [`Refused`], with [`ErrorCode::AlreadyResolved`] when somebody else was first.
    pub async fn resolve(
        &self,
        channel: &ChannelId,
        request: &RequestId,
        answer: Answer,
    ) -> Result<Seq, Refused> {
        let ask = |entry: &RequestEntry| Some(entry.ask.clone());
        let ask = self.request(channel, request, false, ask).await?;
        self.publish(channel, body(&ask, request.clone(), answer))
            .await
    }

    async fn ask(
        &self,
        channel: &ChannelId,
        body: Body,
        request: &RequestId,
    ) -> Result<Resolution, Refused> {
        match self.publish(channel, body).await {
            // By this program before it was restarted.
            Err(refused) if refused.code() != Some(ErrorCode::AlreadyExists) => Err(refused),
            // It may be on its way here.
            _ => self.request(channel, request, true, outcome).await,
        }
    }

    /// Waits until `look` finds something in the request, and until there is one if it `exists`.
    async fn request<T>(
        &self,
        channel: &ChannelId,
        request: &RequestId,
        exists: bool,
        look: impl Fn(&RequestEntry) -> Option<T>,
    ) -> Result<T, Refused> {
        let _here = self.subscribe(channel, 0).await;
        let found = self.until(|link, books| {
            if let Some(reason) = books.followed(channel)?.ended.clone() {
                return Some(Err(Refused::relay(ErrorCode::NotFound, &reason)));
            }
            match entry(link, channel, request)? {
                Some(entry) => look(entry).map(Ok),
                None if exists => None,
                None => {
                    let message = "no such request, or it is too old";
                    Some(Err(Refused::relay(ErrorCode::NotFound, message)))
                }
            }
        });
        found.await?
    }
}

/// The request; nothing at all while the channel is not caught up.
fn entry<'a>(
    link: &'a Link,
    channel: &ChannelId,
    request: &RequestId,
) -> Option<Option<&'a RequestEntry>> {
    let replica = link.replica(channel).filter(|it| it.is_caught_up())?;
    let requests = &replica.snapshot().requests;
    Some(requests.iter().find(|entry| entry.request == *request))
}

fn outcome(entry: &RequestEntry) -> Option<Resolution> {
    entry.resolution.clone()
}

fn body(ask: &Ask, request: RequestId, answer: Answer) -> Body {
    let Answer {
        outcome,
        message,
        updated_input,
        suggestions,
        answer,
    } = answer;
    match ask {
        Ask::Permission { .. } => Body::PermissionResolved(PermissionResolved {
            request,
            outcome,
            by: None,
            message,
            updated_input,
            suggestions,
            extra: Extra::new(),
        }),
        Ask::Question { .. } => Body::QuestionAnswered(QuestionAnswered {
            request,
            outcome,
            answer,
            extra: Extra::new(),
        }),
    }
}

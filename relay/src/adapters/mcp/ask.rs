//! Asking people, and waiting for them.

use std::time::Duration;

use pilothouse_shared::{
    Body, ChannelId, ErrorCode, Extra, Outcome as End, PermissionRequested, QuestionAsked, Refusal,
    RequestEntry, RequestId, Resolution,
};
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::api::ApiCall;
use super::backend::{Backend, Fault, unreadable};
use super::call::{Call, Outcome};
use super::hints::{ONE_WAIT, TRY_AGAIN_AFTER};
use super::{arguments, asked};
use crate::clock;

/// Longest a request may be told to wait: a day.
const MAX_SECONDS: u64 = 24 * 60 * 60;

impl<B: Backend> Call<'_, B> {
    pub(super) async fn ask_permission(&self, ask: arguments::AskPermission) -> Outcome {
        let channel = self.channel(ask.channel.as_deref())?;
        let expires_at = expires_at(ask.wait_seconds)?;
        let call = ask.tool_use_id.as_deref();
        let mut ids = asked::ids(call, &self.who, &ask.tool_name, &ask.input).into_iter();
        loop {
            let Some(request) = ids.next() else {
                let message = "every id for this request is taken; ask again".to_owned();
                return Err(Fault::Refused(Refusal::new(
                    ErrorCode::AlreadyExists,
                    message,
                )));
            };
            let body = Body::PermissionRequested(PermissionRequested {
                request: request.clone(),
                tool: ask.tool_name.clone(),
                input: Value::Object(ask.input.clone()),
                suggestions: None,
                expires_at,
                waits: Some(true),
                extra: Extra::new(),
            });
            match self.ask(&channel, &request, &body).await {
                Err(fault) if is_taken(&fault) => {}
                resolution => return Ok(permission(ask.input, resolution?).to_string()),
            }
        }
    }

    pub(super) async fn ask_question(&self, ask: arguments::AskQuestion) -> Outcome {
        let channel = self.channel(ask.channel.as_deref())?;
        let request = clock::fresh(RequestId::new);
        let body = Body::QuestionAsked(QuestionAsked {
            request: request.clone(),
            text: ask.question,
            options: ask.options,
            expires_at: expires_at(ask.wait_seconds)?,
            waits: Some(true),
            extra: Extra::new(),
        });
        let resolution = self.ask(&channel, &request, &body).await?;
        Ok(answer(&resolution))
    }

    /// Asks, and waits for the outcome; `already_exists` when something else was asked under this id.
    /// Who no longer waits withdraws the request.
    async fn ask(
        &self,
        channel: &ChannelId,
        request: &RequestId,
        body: &Body,
    ) -> Result<Resolution, Fault> {
        let over = asked::withdrawal(body);
        let waiting = async {
            self.put(channel, request, body, over.clone()).await?;
            let _here = self.backend.enter(&self.who, channel).await;
            self.outcome(channel, request).await
        };
        let outcome = self.while_waited("waiting for a person", waiting).await;
        if outcome == Err(Fault::Over)
            && let Some(over) = over
        {
            self.withdraw(channel, over).await;
        }
        outcome
    }

    async fn put(
        &self,
        channel: &ChannelId,
        request: &RequestId,
        body: &Body,
        over: Option<Body>,
    ) -> Result<(), Fault> {
        let asking = self
            .backend
            .publish_patiently(&self.who, channel, body.clone(), over);
        let Err(fault) = asking.await else {
            return Ok(());
        };
        if !is_taken(&fault) {
            return Err(fault);
        }
        match self.entry(channel, request, Duration::ZERO).await {
            // Asked before: its outcome is that of this.
            Ok(entry) if asked::is_the_same(&entry, &self.who, body) => Ok(()),
            // Asked of others, who alone see it.
            Err(Fault::Refused(refusal)) if refusal.code == ErrorCode::NotFound => Err(fault),
            entry => entry.and(Err(fault)),
        }
    }

    async fn outcome(&self, channel: &ChannelId, request: &RequestId) -> Result<Resolution, Fault> {
        loop {
            let entry = self.entry(channel, request, ONE_WAIT).await?;
            if let Some(resolution) = entry.resolution {
                return Ok(resolution);
            }
        }
    }

    /// The request, after waiting this long for its outcome. It outlives the relay's restart, and so
    /// does this.
    async fn entry(
        &self,
        channel: &ChannelId,
        request: &RequestId,
        wait: Duration,
    ) -> Result<RequestEntry, Fault> {
        let segments = ["channels", channel.as_str(), "requests", request.as_str()];
        let wait = [("wait", wait.as_secs().to_string())];
        loop {
            let call = ApiCall::get(&segments, &wait);
            match self.backend.call(&self.who, call).await {
                Ok(entry) => return serde_json::from_value(entry).map_err(unreadable),
                Err(Fault::Unreachable(_)) => sleep(TRY_AGAIN_AFTER).await,
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Not over HTTP: when the relay is away now it is told later.
    async fn withdraw(&self, channel: &ChannelId, over: Body) {
        let withdrawing = self.backend.publish(&self.who, channel, over);
        // When this fails there is nothing to withdraw, or not yet: see `publish_patiently`.
        if let Err(fault) = withdrawing.await {
            tracing::debug!(%fault, "not withdrawn");
        }
    }
}

fn is_taken(fault: &Fault) -> bool {
    matches!(fault, Fault::Refused(refusal) if refusal.code == ErrorCode::AlreadyExists)
}

fn expires_at(seconds: Option<u64>) -> Result<Option<u64>, Fault> {
    match seconds {
        None => Ok(None),
        Some(seconds @ 1..=MAX_SECONDS) => Ok(Some(clock::now() + seconds * 1000)),
        Some(seconds) => {
            let message = format!("`wait_seconds` is from 1 to {MAX_SECONDS}, not {seconds}");
            Err(Fault::Misused(message))
        }
    }
}

/// What a permission prompt tool answers
/// (<https://code.claude.com/docs/en/agent-sdk/permissions>).
fn permission(input: Map<String, Value>, resolution: Resolution) -> Value {
    let by = &resolution.author.name;
    let denied = match resolution.outcome {
        End::Allowed => {
            let input = resolution.updated_input.unwrap_or(Value::Object(input));
            return json!({ "behavior": "allow", "updatedInput": input });
        }
        End::Denied => resolution
            .message
            .unwrap_or_else(|| format!("{by} denied this")),
        End::Expired => "nobody answered in time, so this is not allowed".to_owned(),
        End::Withdrawn => "the request was withdrawn before anybody answered".to_owned(),
        End::Elsewhere | End::Answered => "this was answered in another place".to_owned(),
    };
    json!({ "behavior": "deny", "message": denied })
}

fn answer(resolution: &Resolution) -> String {
    let by = &resolution.author.name;
    match (resolution.outcome, &resolution.answer) {
        (End::Answered, Some(answer)) => format!("{by} answered: {answer}"),
        (End::Expired, _) => {
            "Nobody answered in time. Decide by yourself, or ask again.".to_owned()
        }
        (End::Elsewhere, _) => "This was answered in another place.".to_owned(),
        (End::Withdrawn, _) => "The question was withdrawn before anybody answered.".to_owned(),
        _ => match &resolution.message {
            Some(message) => format!("{by} did not answer: {message}"),
            None => format!("{by} did not want to answer."),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolution(fields: &Value) -> Resolution {
        let mut whole = json!({
            "at": 1, "author": {"member": "ada", "name": "Ada", "kind": "human"},
        });
        let fields = fields.as_object().unwrap().clone();
        whole.as_object_mut().unwrap().extend(fields);
        serde_json::from_value(whole).unwrap()
    }

    #[test]
    fn an_outcome_becomes_what_a_permission_prompt_tool_answers() {
        for (fields, expected) in [
            (
                json!({"outcome": "allowed"}),
                json!({"behavior": "allow", "updatedInput": {"command": "ls"}}),
            ),
            (
                json!({"outcome": "allowed", "updated_input": {"command": "ls -l"}}),
                json!({"behavior": "allow", "updatedInput": {"command": "ls -l"}}),
            ),
            (
                json!({"outcome": "denied", "message": "not today"}),
                json!({"behavior": "deny", "message": "not today"}),
            ),
            (
                json!({"outcome": "denied"}),
                json!({"behavior": "deny", "message": "Ada denied this"}),
            ),
        ] {
            let Value::Object(input) = json!({"command": "ls"}) else {
                unreachable!()
            };
            assert_eq!(permission(input, resolution(&fields)), expected);
        }
        for outcome in ["expired", "withdrawn", "elsewhere"] {
            let resolution = resolution(&json!({"outcome": outcome}));
            assert_eq!(permission(Map::new(), resolution)["behavior"], "deny");
        }
    }

    #[test]
    fn an_answer_names_who_gave_it() {
        let answered = resolution(&json!({"outcome": "answered", "answer": "blue"}));
        assert_eq!(answer(&answered), "Ada answered: blue");
        let denied = resolution(&json!({"outcome": "denied", "message": "no idea"}));
        assert_eq!(answer(&denied), "Ada did not answer: no idea");
    }
}

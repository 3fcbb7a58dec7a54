//! Asking people, and waiting for them.

use pilothouse_shared::{
    Body, ChannelId, ErrorCode, Extra, Outcome as End, PermissionRequested, QuestionAsked,
    RequestEntry, RequestId, Resolution,
};
use serde_json::{Map, Value, json};
use tokio::time::sleep;

use super::api::ApiCall;
use super::arguments;
use super::backend::{Backend, Fault};
use super::call::{Call, Outcome};
use super::hints::{ONE_WAIT, TRY_AGAIN_AFTER};
use crate::clock;

/// Longest a request may be told to wait: a day.
const MAX_SECONDS: u64 = 24 * 60 * 60;

impl<B: Backend> Call<'_, B> {
    pub(super) async fn ask_permission(&self, ask: arguments::AskPermission) -> Outcome {
        let channel = self.channel(ask.channel.as_deref())?;
        // Named after the call, so that whatever else reports on the call is about this request.
        let call = ask.tool_use_id.and_then(|call| RequestId::new(call).ok());
        let request = call.unwrap_or_else(|| clock::fresh(RequestId::new));
        let body = Body::PermissionRequested(PermissionRequested {
            request: request.clone(),
            tool: ask.tool_name,
            input: Value::Object(ask.input.clone()),
            suggestions: None,
            expires_at: expires_at(ask.wait_seconds)?,
            waits: Some(true),
            extra: Extra::new(),
        });
        let resolution = self.ask(&channel, &request, body).await?;
        Ok(permission(ask.input, resolution).to_string())
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
        let resolution = self.ask(&channel, &request, body).await?;
        Ok(answer(&resolution))
    }

    /// Asks, and waits for the outcome. Who no longer waits withdraws the request.
    async fn ask(
        &self,
        channel: &ChannelId,
        request: &RequestId,
        body: Body,
    ) -> Result<Resolution, Fault> {
        match self.backend.publish(&self.who, channel, body).await {
            // Asked before: its outcome is that of this.
            Err(Fault::Refused(refusal)) if refusal.code == ErrorCode::AlreadyExists => {}
            published => drop(published?),
        }
        let _here = self.backend.enter(&self.who, channel).await;
        let waiting = self.outcome(channel, request);
        let outcome = self.while_waited("waiting for a person", waiting).await;
        if outcome == Err(Fault::Over) {
            self.withdraw(channel, request).await;
        }
        outcome
    }

    async fn outcome(&self, channel: &ChannelId, request: &RequestId) -> Result<Resolution, Fault> {
        let segments = ["channels", channel.as_str(), "requests", request.as_str()];
        let wait = [("wait", ONE_WAIT.as_secs().to_string())];
        loop {
            let call = ApiCall::get(&segments, &wait);
            let entry = match self.backend.call(&self.who, call).await {
                Ok(entry) => serde_json::from_value::<RequestEntry>(entry),
                // The request outlives the relay's restart, and so does the wait for its outcome.
                Err(Fault::Unreachable(_)) => {
                    sleep(TRY_AGAIN_AFTER).await;
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            let unknown = |error| Fault::Unreachable(format!("its answer cannot be read: {error}"));
            if let Some(resolution) = entry.map_err(unknown)?.resolution {
                return Ok(resolution);
            }
        }
    }

    async fn withdraw(&self, channel: &ChannelId, request: &RequestId) {
        let segments = [
            "channels",
            channel.as_str(),
            "requests",
            request.as_str(),
            "resolve",
        ];
        let call = ApiCall::post(&segments, json!({ "outcome": "withdrawn" }));
        // When this fails the relay withdraws it: the asker is no longer present.
        if let Err(fault) = self.backend.call(&self.who, call).await {
            tracing::debug!(%fault, "not withdrawn");
        }
    }
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

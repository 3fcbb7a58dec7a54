//! Hints: handing them to the model, and its answer.

use std::time::Duration;

use pilothouse_shared::{ChannelId, EventId, HintEntry};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::api::ApiCall;
use super::arguments;
use super::backend::{Backend, Fault, Taken};
use super::call::{Call, Outcome};
use crate::adapters::hooks::phrase::fact;

/// Longest `wait_for_hint` waits.
pub(super) const MAX_SECONDS: u64 = 600;

/// How long `wait_for_hint` waits unless told otherwise.
const DEFAULT_SECONDS: u64 = 60;

/// How long one question to the relay waits.
pub(super) const ONE_WAIT: Duration = Duration::from_secs(20);

/// Pause before a relay that cannot be reached is asked again by one who waits anyway.
pub(super) const TRY_AGAIN_AFTER: Duration = Duration::from_millis(500);

/// Longest text of one hint, in characters: some clients cut results of 25,000 tokens and more.
const MAX_HINT: usize = 10_000;

const NONE: &str = "No hints are waiting.";

impl<B: Backend> Call<'_, B> {
    pub(super) async fn check_hints(&self, check: arguments::CheckHints) -> Outcome {
        let channel = self.channel(check.channel.as_deref())?;
        let wait = Duration::ZERO;
        let taken = self.backend.take_hints(&self.who, &channel, wait).await?;
        Ok(self
            .hand_on(&channel, taken)
            .unwrap_or_else(|| NONE.to_owned()))
    }

    pub(super) async fn wait_for_hint(&self, wait: arguments::WaitForHint) -> Outcome {
        let channel = self.channel(wait.channel.as_deref())?;
        let seconds = wait.seconds.unwrap_or(DEFAULT_SECONDS);
        if !(1..=MAX_SECONDS).contains(&seconds) {
            let message = format!("`seconds` is from 1 to {MAX_SECONDS}, not {seconds}");
            return Err(Fault::Misused(message));
        }
        let what = "waiting for a hint";
        let taken = self
            .while_waited(what, self.first_hint(&channel, seconds))
            .await?;
        let nothing = || format!("Nobody left a hint within {seconds} seconds.");
        Ok(self.hand_on(&channel, taken).unwrap_or_else(nothing))
    }

    async fn first_hint(&self, channel: &ChannelId, seconds: u64) -> Result<Taken, Fault> {
        let deadline = Instant::now() + Duration::from_secs(seconds);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let wait = left.min(ONE_WAIT);
            match self.backend.take_hints(&self.who, channel, wait).await {
                Ok(taken) if taken.hints.is_empty() && !left.is_zero() => {}
                Err(Fault::Unreachable(_)) if !left.is_zero() => sleep(TRY_AGAIN_AFTER).await,
                taken => return taken,
            }
        }
    }

    fn hand_on(&self, channel: &ChannelId, taken: Taken) -> Option<String> {
        taken
            .lease
            .into_iter()
            .for_each(|lease| self.slip.add(lease));
        (!taken.hints.is_empty()).then(|| told(channel, &taken.hints))
    }

    pub(super) async fn acknowledge_hint(
        &self,
        acknowledge: arguments::AcknowledgeHint,
    ) -> Outcome {
        let channel = self.channel(acknowledge.channel.as_deref())?;
        let hint = EventId::new(acknowledge.hint)?;
        let segments = [
            "channels",
            channel.as_str(),
            "hints",
            hint.as_str(),
            "acknowledge",
        ];
        let call = ApiCall::post(&segments, json!({ "note": acknowledge.note }));
        self.backend.call(&self.who, call).await?;
        Ok("The one who gave the hint sees that you have it.".to_owned())
    }
}

/// Hints as facts: who said what, with the id to acknowledge each by.
pub(super) fn told(channel: &ChannelId, hints: &[HintEntry]) -> String {
    let heading = format!(
        "People who watch what you do in `{channel}` left this for you. It is advice; tell its author \
         with `acknowledge_hint` what you made of it."
    );
    let lines = hints.iter().map(|entry| {
        let fact = fact(&entry.author, &entry.hint, MAX_HINT);
        format!("\n- (hint {}) {fact}", entry.id)
    });
    heading + &lines.collect::<String>()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn entry(hint: &Value) -> HintEntry {
        let entry = json!({
            "id": "h1", "seq": 4, "at": 5, "state": "accepted", "hint": hint,
            "author": {"member": "ada", "name": "Ada", "kind": "human"},
        });
        serde_json::from_value(entry).unwrap()
    }

    #[test]
    fn a_hint_is_told_as_a_fact_with_its_author_and_its_id() {
        for (hint, expected) in [
            (
                json!({"kind": "text", "text": "use staging now"}),
                "(hint h1) Ada wrote in Pilothouse: use staging now",
            ),
            (
                json!({"kind": "cancel"}),
                "(hint h1) Ada asked in Pilothouse to stop what is being done",
            ),
        ] {
            let channel = ChannelId::new("room").unwrap();
            let told = told(&channel, &[entry(&hint)]);
            assert_eq!(told.lines().nth(1), Some(format!("- {expected}").as_str()));
            assert_eq!(told.lines().count(), 2);
        }
    }
}

//! What people said, on its way to the agent: at a tool's boundary, at the end of a turn, with a prompt.

use std::sync::Arc;
use std::time::Duration;

use pilothouse_shared::{
    Author, Body, EventId, Extra, Hint, HintAcknowledged, HintEntry, HintState, Op,
    OperationFinished, Refusal, True,
};
use tokio::time::timeout;

use super::super::{Answer, output, phrase, place, story};
use super::{Record, Visit, proposal};
use crate::channel::{Channel, Lease, Taker};

/// How long an agent that was told to stop may take to read it.
const STOPS_WITHIN: Duration = Duration::from_secs(10);

impl Visit<'_> {
    /// Hands over what people said, with whatever the agent is doing.
    pub(super) fn tell_hints(&self, event: &'static str) -> Result<Answer, Refusal> {
        let mut lease = self.lease()?;
        if self.call.vendor.stops_at(event) {
            if let Some(cancel) = lease.hints().iter().find(|entry| is_cancel(entry)) {
                let json = output::stop(&phrase::stopped(&cancel.author));
                self.finish_after(cancel.id.clone());
                lease.keep(is_cancel);
                return Ok(handed(json, lease, event));
            }
            if let Some(by) = self.stopped_with_main() {
                return Ok(Answer::of(output::stop(&phrase::stopped(&by))));
            }
        }
        let (text, fitting) = phrase::facts(lease.hints(), output::MAX_TEXT);
        if fitting.is_empty() {
            return Ok(Answer::nothing());
        }
        lease.keep(|entry| fitting.contains(&entry.id));
        Ok(handed(output::context(event, &text), lease, event))
    }

    /// The turn is over, unless somebody said something that the agent can still act on.
    pub(super) async fn turn_ended(&self, event: &'static str) -> Result<Answer, Refusal> {
        let n_continued = self.hooks.memory().turn_ended(self.call);
        self.acknowledge().await;
        let mut lease = self.lease()?;
        let is_cancelled = lease.hints().iter().any(is_cancel);
        if !is_cancelled && n_continued < output::MAX_CONTINUATIONS {
            let (text, fitting) = phrase::facts(lease.hints(), output::MAX_TEXT);
            if !fitting.is_empty() {
                lease.keep(|entry| fitting.contains(&entry.id));
                return Ok(handed(output::continuation(&text), lease, event));
            }
        }
        // Who asked to stop has what they asked for.
        lease.keep(is_cancel);
        if !lease.is_empty() {
            lease.delivered(event).await?;
            self.acknowledge().await;
        }
        self.finished(true).await?;
        Ok(Answer::nothing())
    }

    /// The agent does nothing more of what it was asked to do.
    async fn finished(&self, ok: bool) -> Result<(), Refusal> {
        if self.call.sub_agent().is_none() {
            self.publish(vec![operation_finished(ok)]).await?;
        }
        if let Some(key) = story::activity(self.call) {
            let op = match self.call.sub_agent() {
                Some(_) => Op::Clear(True),
                None => Op::Set(serde_json::json!({ "status": "waiting for you" })),
            };
            self.signal(&key, &op);
        }
        Ok(())
    }

    /// Who asked this sub-agent's session to stop. The receipt is for the session's own agent, which hears
    /// of it as soon as this one has stopped.
    fn stopped_with_main(&self) -> Option<Author> {
        self.call.sub_agent()?;
        let main = place::main_author(self.call).ok()?;
        let is_meant = |entry: &&HintEntry| {
            let is_to = entry.to.as_ref().is_none_or(|to| *to == main.member);
            let session = entry.session.as_deref();
            let is_here = session.is_none_or(|session| session == self.call.session());
            entry.state == HintState::Accepted && is_cancel(entry) && is_to && is_here
        };
        let by = |entry: &HintEntry| entry.author.clone();
        self.with_snapshot(|snapshot| snapshot.hints.iter().find(is_meant).map(by))
    }

    /// An agent that is told to stop between two tools does not say that it did.
    fn finish_after(&self, hint: EventId) {
        if self.call.sub_agent().is_some() {
            return;
        }
        let (channel, author) = (Arc::clone(&self.channel), self.author.clone());
        tokio::spawn(async move {
            let is_told = timeout(STOPS_WITHIN, is_delivered(&channel, &hint)).await;
            let body = operation_finished(false).body;
            if is_told == Ok(true)
                && let Err(refusal) = channel.publish(vec![proposal(&author, None, body)]).await
            {
                tracing::warn!(channel = %channel.id(), %refusal, "nobody is told of the end");
            }
        });
    }

    /// The hints for whoever calls. A sub-agent gets those that are addressed to it, its session's agent
    /// the others.
    fn lease(&self) -> Result<Lease, Refusal> {
        let is_sub = self.call.sub_agent().is_some();
        let taker = Taker {
            author: self.author.clone(),
            session: (!is_sub).then(|| self.call.session().to_owned()),
        };
        let mut lease = self.channel.pending_hints(&taker)?;
        if is_sub {
            lease.keep(|entry| entry.to.as_ref() == Some(&self.author.member));
        }
        Ok(lease)
    }

    /// What the agent was told before this it has taken into account, or never will.
    pub(super) async fn acknowledge(&self) {
        let is_read = |entry: &&HintEntry| {
            let to = entry
                .delivered
                .as_ref()
                .map(|delivered| &delivered.to.member);
            entry.state == HintState::Delivered && to == Some(&self.author.member)
        };
        let read: Vec<_> = self.with_snapshot(|snapshot| {
            let read = snapshot.hints.iter().filter(is_read);
            read.map(|entry| entry.id.clone()).collect()
        });
        let record = |hint| Record {
            id: None,
            body: Body::HintAcknowledged(HintAcknowledged {
                hint,
                note: Some("the turn ended".to_owned()),
                extra: Extra::new(),
            }),
        };
        if let Err(refusal) = self.publish(read.into_iter().map(record).collect()).await {
            tracing::debug!(channel = %self.channel.id(), %refusal, "not acknowledged");
        }
    }
}

fn is_cancel(entry: &HintEntry) -> bool {
    matches!(entry.hint, Hint::Cancel { .. })
}

fn handed(json: serde_json::Value, lease: Lease, via: &'static str) -> Answer {
    Answer {
        json,
        hints: Some((lease, via)),
    }
}

fn operation_finished(ok: bool) -> Record {
    let extra = Extra::new();
    Record {
        id: None,
        body: Body::OperationFinished(OperationFinished { ok, extra }),
    }
}

/// Waits until a hint is delivered; whether it ever will be.
async fn is_delivered(channel: &Channel, hint: &EventId) -> bool {
    let mut changes = channel.changes();
    loop {
        changes.borrow_and_update();
        let state = channel.with_replica(|replica| {
            let mut hints = replica.snapshot().hints.iter();
            hints
                .find(|entry| entry.id == *hint)
                .map(|entry| entry.state)
        });
        match state {
            Some(HintState::Accepted) => {}
            state => return state.is_some_and(|state| state != HintState::Expired),
        }
        if changes.changed().await.is_err() {
            return false;
        }
    }
}

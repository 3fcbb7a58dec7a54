//! Waiting for the outcome of a request, and ending those whose time is over or whose asker is gone.

mod absence;

use std::sync::Arc;
use std::time::Duration;

use pilothouse_shared::{
    Ask, Author, Body, EventId, Extra, Millis, Outcome, PermissionResolved, QuestionAnswered,
    Refusal, RequestEntry, RequestId,
};
use tokio::time::{Instant, timeout_at};

pub(super) use absence::Absences;

use super::admission::{Admitted, Claim, audience};
use super::{Channel, Core};
use crate::clock;
use crate::engine::Draft;

impl Channel {
    /// The request as it stands once it has an outcome or the wait is over; `None` when there is no
    /// such request, or `viewer` may not see it.
    pub(crate) async fn await_outcome(
        self: &Arc<Self>,
        viewer: &Author,
        request: &RequestId,
        wait: Duration,
    ) -> Option<RequestEntry> {
        let deadline = Instant::now() + wait;
        let mut changes = self.changes();
        loop {
            changes.borrow_and_update();
            let entry = self.request(viewer, request)?;
            if !entry.is_open() || timeout_at(deadline, changes.changed()).await.is_err() {
                return Some(entry);
            }
        }
    }

    fn request(&self, viewer: &Author, request: &RequestId) -> Option<RequestEntry> {
        self.with_replica(|replica| {
            let mut requests = replica.snapshot().requests.iter();
            requests
                .find(|entry| entry.request == *request)
                .filter(|e| {
                    e.visibility
                        .allows(&e.author.member, &viewer.member, viewer.kind)
                })
                .cloned()
        })
    }

    /// Gives every request whose time is over its outcome.
    pub(crate) async fn expire_requests(
        self: &Arc<Self>,
        relay: &Author,
        now: Millis,
    ) -> Result<(), Refusal> {
        let (entries, claims) = self.core().claim_expired_requests(now);
        self.end_requests(&entries, claims, relay, Outcome::Expired)
            .await
    }

    /// Withdraws every request whose asker waits for it and has been gone for `grace`.
    pub(crate) async fn withdraw_abandoned(
        self: &Arc<Self>,
        relay: &Author,
        now: Millis,
        grace: Duration,
    ) -> Result<(), Refusal> {
        let grace = Millis::try_from(grace.as_millis()).unwrap_or(Millis::MAX);
        let (entries, claims) = self.core().claim_abandoned_requests(now, grace);
        self.end_requests(&entries, claims, relay, Outcome::Withdrawn)
            .await
    }

    async fn end_requests(
        self: &Arc<Self>,
        entries: &[RequestEntry],
        claims: Vec<Claim>,
        relay: &Author,
        outcome: Outcome,
    ) -> Result<(), Refusal> {
        if entries.is_empty() {
            return Ok(());
        }
        let drafts = entries.iter().map(|entry| ended(entry, relay, outcome));
        let drafts = drafts.collect();
        self.append(Admitted::new(drafts, self, claims))
            .await?
            .stored()
            .await
            .map(|_| ())
    }

    /// The body that gives a request this outcome.
    pub(crate) fn resolution(
        &self,
        viewer: &Author,
        request: &RequestId,
        resolve: Resolve,
    ) -> Result<Body, Refusal> {
        let not_found = || super::admission::not_found("no such request");
        let entry = self.request(viewer, request).ok_or_else(not_found)?;
        Ok(outcome(&entry, Some(viewer), resolve))
    }
}

/// How somebody resolves a request.
#[derive(Debug)]
pub(crate) struct Resolve {
    pub(crate) outcome: Outcome,
    pub(crate) message: Option<String>,
    pub(crate) updated_input: Option<serde_json::Value>,
    pub(crate) suggestions: Option<Vec<serde_json::Value>>,
    pub(crate) answer: Option<String>,
}

impl Resolve {
    /// An outcome and nothing more.
    pub(crate) fn with(outcome: Outcome) -> Self {
        Self {
            outcome,
            message: None,
            updated_input: None,
            suggestions: None,
            answer: None,
        }
    }
}

fn ended(entry: &RequestEntry, relay: &Author, how: Outcome) -> Draft {
    Draft {
        id: clock::fresh_in_order(EventId::new),
        at: clock::now(),
        author: relay.clone(),
        visibility: audience(&entry.visibility, &entry.author.member),
        body: outcome(entry, None, Resolve::with(how)),
    }
}

impl Core {
    fn claim_expired_requests(&mut self, now: Millis) -> (Vec<RequestEntry>, Vec<Claim>) {
        if self.is_removed() {
            return (Vec::new(), Vec::new());
        }
        self.claim_open_requests(|entry| entry.expires_at.is_some_and(|at| at <= now))
    }

    fn claim_abandoned_requests(
        &mut self,
        now: Millis,
        grace: Millis,
    ) -> (Vec<RequestEntry>, Vec<Claim>) {
        if self.is_removed() {
            return (Vec::new(), Vec::new());
        }
        let mut absences = std::mem::take(&mut self.absences);
        let requests = self.replica().snapshot().requests.iter();
        let waiting = requests.filter(|entry| entry.is_open() && entry.waits == Some(true));
        let looked = waiting.map(|entry| (&entry.request, self.presence.has(&entry.author.member)));
        let abandoned = absences.look(looked, now, grace);
        self.absences = absences;
        self.claim_open_requests(|entry| abandoned.contains(&entry.request))
    }

    fn claim_open_requests(
        &mut self,
        is_over: impl Fn(&RequestEntry) -> bool,
    ) -> (Vec<RequestEntry>, Vec<Claim>) {
        let is_free = |entry: &RequestEntry| {
            let claim = Claim::Resolve(entry.request.clone());
            entry.is_open() && !self.claims.contains(&claim)
        };
        let requests = self.replica().snapshot().requests.iter();
        let over: Vec<_> = requests
            .filter(|entry| is_over(entry) && is_free(entry))
            .cloned()
            .collect();
        let claims: Vec<_> = over
            .iter()
            .map(|entry| Claim::Resolve(entry.request.clone()))
            .collect();
        self.claims.extend(claims.iter().cloned());
        (over, claims)
    }
}

fn outcome(entry: &RequestEntry, by: Option<&Author>, resolve: Resolve) -> Body {
    let Resolve {
        outcome,
        message,
        updated_input,
        suggestions,
        answer,
    } = resolve;
    let request = entry.request.clone();
    match entry.ask {
        Ask::Permission { .. } => Body::PermissionResolved(PermissionResolved {
            request,
            outcome,
            by: by.map(|by| by.member.clone()),
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

#[cfg(test)]
mod tests;

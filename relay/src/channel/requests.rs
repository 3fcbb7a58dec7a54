//! Waiting for the outcome of a request, and ending those whose time is over.

use std::sync::Arc;
use std::time::Duration;

use pilothouse_shared::{
    Ask, Author, Body, EventId, Extra, Millis, Outcome, PermissionResolved, QuestionAnswered,
    Refusal, RequestEntry, RequestId,
};
use tokio::time::{Instant, timeout_at};

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
        if entries.is_empty() {
            return Ok(());
        }
        let drafts = entries.iter().map(|entry| expired(entry, relay)).collect();
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
    pub(crate) answer: Option<String>,
}

fn expired(entry: &RequestEntry, relay: &Author) -> Draft {
    let resolve = Resolve {
        outcome: Outcome::Expired,
        message: None,
        updated_input: None,
        answer: None,
    };
    Draft {
        id: clock::fresh_in_order(EventId::new),
        at: clock::now(),
        author: relay.clone(),
        visibility: audience(&entry.visibility, &entry.author.member),
        body: outcome(entry, None, resolve),
    }
}

impl Core {
    fn claim_expired_requests(&mut self, now: Millis) -> (Vec<RequestEntry>, Vec<Claim>) {
        if self.is_removed() {
            return (Vec::new(), Vec::new());
        }
        let is_over = |entry: &&RequestEntry| {
            let claim = Claim::Resolve(entry.request.clone());
            let is_due = entry.expires_at.is_some_and(|at| at <= now);
            entry.is_open() && is_due && !self.claims.contains(&claim)
        };
        let over: Vec<_> = self
            .replica()
            .snapshot()
            .requests
            .iter()
            .filter(is_over)
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

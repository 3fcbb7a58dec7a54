//! Calls that wait for people.

use std::collections::HashMap;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use pilothouse_shared::{
    Author, Body, ChannelId, ErrorCode, Outcome, Refusal, RequestEntry, RequestId, Visibility,
};
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Hooks;
use crate::channel::{Channel, Present, Proposal, Resolve};

/// How long after a call was given up another may show what became of it: in the terminal, most tools
/// that were allowed have run by then.
const EVIDENCE_WITHIN: Duration = Duration::from_secs(5);

/// A call that waits. When the last one that waits for a request goes, and nothing shows soon that it was
/// decided in another place, the request is withdrawn.
pub(super) struct Waiting {
    hooks: Arc<Hooks>,
    channel: Arc<Channel>,
    author: Author,
    requests: Vec<RequestId>,
    /// The asker is here for as long as it waits.
    _present: Present,
}

impl Waiting {
    pub(super) fn new(
        hooks: &Arc<Hooks>,
        channel: &Arc<Channel>,
        author: &Author,
        requests: &[RequestId],
    ) -> Self {
        let mut waiting = hooks.waiting();
        for request in requests {
            *waiting.entry(key(channel, request)).or_default() += 1;
        }
        drop(waiting);
        Self {
            hooks: Arc::clone(hooks),
            channel: Arc::clone(channel),
            author: author.clone(),
            requests: requests.to_vec(),
            _present: channel.enter(Arc::new(author.clone())),
        }
    }

    /// The requests once all are resolved, or as they stand when the time is over. A relay that stops
    /// leaves them open: they are in its store.
    pub(super) async fn outcome(
        mut self,
        wait: Duration,
        stopping: &CancellationToken,
    ) -> Result<Vec<RequestEntry>, Refusal> {
        let entries = entries(&self.channel, &self.author, &self.requests, wait);
        let entries = tokio::select! {
            entries = entries => entries,
            () = stopping.cancelled() => None,
        };
        entries.ok_or_else(|| {
            self.let_go();
            let message = "the relay is stopping; the agent's own dialog goes on";
            Refusal::new(ErrorCode::Unavailable, message)
        })
    }

    /// Waits no more; the requests for which nobody waits now.
    fn let_go(&mut self) -> Vec<RequestId> {
        let mut waiting = self.hooks.waiting();
        let requests = std::mem::take(&mut self.requests);
        let mut is_last = |request: &RequestId| {
            let key = key(&self.channel, request);
            let n_left = waiting.get(&key).map_or(0, |n| n.saturating_sub(1));
            match n_left {
                0 => waiting.remove(&key),
                n => waiting.insert(key, n),
            };
            n_left == 0
        };
        requests
            .into_iter()
            .filter(|request| is_last(request))
            .collect()
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut left = self.let_go();
        left.retain(|request| is_open(&self.channel, request));
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if !left.is_empty() {
            let (hooks, channel) = (Arc::clone(&self.hooks), Arc::clone(&self.channel));
            runtime.spawn(withdraw(hooks, channel, self.author.clone(), left));
        }
    }
}

async fn withdraw(
    hooks: Arc<Hooks>,
    channel: Arc<Channel>,
    author: Author,
    requests: Vec<RequestId>,
) {
    entries(&channel, &author, &requests, EVIDENCE_WITHIN).await;
    for request in requests {
        let is_waited_for = hooks.waiting().contains_key(&key(&channel, &request));
        if !is_waited_for && is_open(&channel, &request) {
            end_request(&channel, &author, &request, Outcome::Withdrawn).await;
        }
    }
}

/// The requests once all are resolved, or as they stand after `wait`, without those that the channel no
/// longer holds.
async fn entries(
    channel: &Arc<Channel>,
    author: &Author,
    requests: &[RequestId],
    wait: Duration,
) -> Option<Vec<RequestEntry>> {
    let (deadline, mut entries) = (Instant::now() + wait, Vec::new());
    for request in requests {
        let left = deadline.saturating_duration_since(Instant::now());
        entries.extend(channel.await_outcome(author, request, left).await);
    }
    Some(entries)
}

/// Gives a request an outcome that no person chose, unless somebody was first.
pub(super) async fn end_request(
    channel: &Arc<Channel>,
    author: &Author,
    request: &RequestId,
    outcome: Outcome,
) {
    let ended = async {
        let mut body = channel.resolution(author, request, Resolve::with(outcome))?;
        if let Body::PermissionResolved(resolved) = &mut body {
            resolved.by = None;
        }
        let proposal = Proposal {
            author: author.clone(),
            body,
            id: None,
            visibility: Visibility::Public,
        };
        channel.publish(vec![proposal]).await
    };
    if let Err(refusal) = ended.await {
        tracing::debug!(channel = %channel.id(), %request, %refusal, "not ended");
    }
}

fn is_open(channel: &Channel, request: &RequestId) -> bool {
    channel.with_replica(|replica| {
        let mut requests = replica.snapshot().requests.iter();
        requests.any(|entry| entry.request == *request && entry.is_open())
    })
}

fn key(channel: &Channel, request: &RequestId) -> (ChannelId, RequestId) {
    (channel.id().clone(), request.clone())
}

impl Hooks {
    /// The lock. Nothing that holds it can leave it half changed.
    fn waiting(&self) -> MutexGuard<'_, HashMap<(ChannelId, RequestId), usize>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

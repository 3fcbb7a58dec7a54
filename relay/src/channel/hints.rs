//! Handing hints over: each to one agent, once. A hint is leased first and delivered only when the agent
//! has it, so one whose hand-over broke is still there for the next agent.

use std::sync::Arc;
use std::time::Duration;

use pilothouse_shared::{
    Author, Body, ErrorCode, EventId, Extra, HintDelivered, HintEntry, HintExpired, HintState,
    Millis, Refusal,
};

use super::admission::{Admitted, Claim, Claims, audience};
use super::{Channel, Core};
use crate::clock;
use crate::engine::Draft;

/// Hints handed over at once.
const MAX_HINTS: usize = 50;

/// Bytes of hints handed over at once, unless one alone has more: an answer that a socket takes whole.
const MAX_BYTES: usize = 64 * 1024;

/// Between two tries to store a receipt while the store cannot.
const RETRY: Duration = Duration::from_secs(1);

/// Who takes hints: those for anyone, for this member, for this session.
#[derive(Debug, Clone)]
pub(crate) struct Taker {
    pub(crate) author: Author,
    /// What hints call the session; one without gets no hint that names one.
    pub(crate) session: Option<String>,
}

/// Hints that are offered to nobody else for as long as this lives. Dropping it returns them to the
/// queue; [`Lease::delivered`] makes them the agent's.
#[derive(Debug)]
pub(crate) struct Lease {
    channel: Arc<Channel>,
    agent: Author,
    entries: Vec<HintEntry>,
    /// Absent when there is nothing to return.
    claims: Option<Claims>,
}

impl Lease {
    /// Oldest first; at most 50.
    pub(crate) fn hints(&self) -> &[HintEntry] {
        &self.entries
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Keeps only the hints that are `wanted`; the others go back to the queue.
    pub(crate) fn keep(&mut self, mut wanted: impl FnMut(&HintEntry) -> bool) {
        let (kept, rest): (Vec<_>, Vec<_>) = self.entries.drain(..).partition(|e| wanted(e));
        self.entries = kept;
        if rest.is_empty() {
            return;
        }
        if let Some(claims) = &mut self.claims {
            claims.release(rest.into_iter().map(|entry| Claim::Deliver(entry.id)));
        }
        self.channel.stir();
    }

    /// The agent has them, by this path: everybody is told. While the store cannot take the receipts
    /// the hints stay leased, and this tries again.
    pub(crate) async fn delivered(mut self, via: &str) -> Result<(), Refusal> {
        let Some(claims) = self.claims.take() else {
            return Ok(());
        };
        let claims = Arc::new(claims);
        loop {
            let receipt = |entry: &HintEntry| delivered(entry, &self.agent, via);
            let drafts = self.entries.iter().map(receipt).collect();
            let admitted = Admitted::with(drafts, Arc::clone(&claims));
            let stored = match self.channel.append(admitted).await {
                Ok(submitted) => submitted.stored().await,
                Err(refusal) => Err(refusal),
            };
            match stored {
                Err(refusal) if refusal.code == ErrorCode::Unavailable => {}
                stored => return stored.map(|_| ()),
            }
            tokio::time::sleep(RETRY).await;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(claims) = self.claims.take() {
            drop(claims);
            self.channel.stir();
        }
    }
}

impl Channel {
    /// Leases the pending hints for this agent; waits for the first until `over`. May be empty then.
    pub(crate) async fn lease_hints(
        self: &Arc<Self>,
        taker: &Taker,
        over: impl Future<Output = ()>,
    ) -> Result<Lease, Refusal> {
        tokio::pin!(over);
        let mut changes = self.changes();
        loop {
            // Marks the changes so far as seen before looking: what comes later ends the wait.
            changes.borrow_and_update();
            let lease = self.pending_hints(taker)?;
            if !lease.is_empty() {
                return Ok(lease);
            }
            tokio::select! {
                _ = changes.changed() => {}
                () = &mut over => return Ok(lease),
            }
        }
    }

    /// Leases the pending hints for this agent that there are now.
    pub(crate) fn pending_hints(self: &Arc<Self>, taker: &Taker) -> Result<Lease, Refusal> {
        let (entries, held) = self.core().claim_hints(taker, clock::now())?;
        let claims = (!held.is_empty()).then(|| Claims::new(self, held));
        Ok(Lease {
            channel: Arc::clone(self),
            agent: taker.author.clone(),
            entries,
            claims,
        })
    }

    /// Says of every hint that nobody took in time that it expired.
    pub(crate) async fn expire_hints(
        self: &Arc<Self>,
        relay: &Author,
        now: Millis,
    ) -> Result<(), Refusal> {
        let (entries, held) = self.core().claim_expired_hints(now);
        if entries.is_empty() {
            return Ok(());
        }
        let expired = |entry: &HintEntry| {
            let body = HintExpired {
                hint: entry.id.clone(),
                extra: Extra::new(),
            };
            follow_up(entry, relay.clone(), Body::HintExpired(body))
        };
        let drafts = entries.iter().map(expired).collect();
        self.append(Admitted::new(drafts, self, held))
            .await?
            .stored()
            .await
            .map(|_| ())
    }
}

fn delivered(entry: &HintEntry, agent: &Author, via: &str) -> Draft {
    let body = HintDelivered {
        hint: entry.id.clone(),
        via: via.to_owned(),
        extra: Extra::new(),
    };
    follow_up(entry, agent.clone(), Body::HintDelivered(body))
}

fn follow_up(entry: &HintEntry, author: Author, body: Body) -> Draft {
    let mut visibility = audience(&entry.visibility, &entry.author.member);
    visibility = audience(&visibility, &author.member);
    Draft {
        id: clock::fresh_in_order(EventId::new),
        at: clock::now(),
        author,
        visibility,
        body,
    }
}

impl Core {
    fn claim_hints(
        &mut self,
        taker: &Taker,
        now: Millis,
    ) -> Result<(Vec<HintEntry>, Vec<Claim>), Refusal> {
        if self.is_removed() {
            return Err(super::removed());
        }
        Ok(self.claim_pending(|entry| {
            taker.may_take(entry) && entry.expires_at.is_none_or(|at| at > now)
        }))
    }

    fn claim_expired_hints(&mut self, now: Millis) -> (Vec<HintEntry>, Vec<Claim>) {
        if self.is_removed() {
            return (Vec::new(), Vec::new());
        }
        self.claim_pending(|entry| entry.expires_at.is_some_and(|at| at <= now))
    }

    fn claim_pending(
        &mut self,
        is_meant: impl Fn(&HintEntry) -> bool,
    ) -> (Vec<HintEntry>, Vec<Claim>) {
        let (mut entries, mut claims, mut n_bytes) = (Vec::new(), Vec::new(), 0);
        for entry in &self.replica().snapshot().hints {
            let is_free = !self.claims.contains(&Claim::Deliver(entry.id.clone()));
            if entry.state != HintState::Accepted || !is_free || !is_meant(entry) {
                continue;
            }
            n_bytes += serde_json::to_vec(&entry.hint).map_or(0, |hint| hint.len());
            if entries.len() == MAX_HINTS || (n_bytes > MAX_BYTES && !entries.is_empty()) {
                break;
            }
            entries.push(entry.clone());
            claims.push(Claim::Deliver(entry.id.clone()));
        }
        self.claims.extend(claims.iter().cloned());
        (entries, claims)
    }
}

impl Taker {
    /// Whether the hint is for this one, which is never its author.
    fn may_take(&self, entry: &HintEntry) -> bool {
        let Author { member, kind, .. } = &self.author;
        entry.author.member != *member
            && entry.to.as_ref().is_none_or(|to| to == member)
            && entry
                .session
                .as_ref()
                .is_none_or(|session| self.session.as_ref() == Some(session))
            && entry.visibility.allows(&entry.author.member, member, *kind)
    }
}

#[cfg(test)]
mod tests;

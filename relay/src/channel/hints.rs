//! Handing hints over: each to one agent, once.

use std::sync::Arc;

use pilothouse_shared::{
    Author, Body, EventId, Extra, HintDelivered, HintEntry, HintExpired, HintState, Millis, Refusal,
};

use super::admission::{Admitted, Claim, audience};
use super::{Channel, Core};
use crate::clock;
use crate::engine::Draft;

/// Hints handed over at once.
const MAX_HINTS: usize = 50;

impl Channel {
    /// Hands the pending hints for this agent over; waits for the first until `over`. When this
    /// answers, the hand-over is stored and everybody was told of it.
    pub(crate) async fn take_hints(
        self: &Arc<Self>,
        agent: &Author,
        via: &str,
        over: impl Future<Output = ()>,
    ) -> Result<Vec<HintEntry>, Refusal> {
        tokio::pin!(over);
        let mut changes = self.changes();
        loop {
            // Marks the changes so far as seen before looking: what comes later ends the wait.
            changes.borrow_and_update();
            let taken = self.hand_over(agent, via).await?;
            if !taken.is_empty() {
                return Ok(taken);
            }
            // Only the wait may end early: a hand-over that began is answered.
            tokio::select! {
                _ = changes.changed() => {}
                () = &mut over => return Ok(taken),
            }
        }
    }

    async fn hand_over(
        self: &Arc<Self>,
        agent: &Author,
        via: &str,
    ) -> Result<Vec<HintEntry>, Refusal> {
        let (entries, claims) = self.core().claim_hints(agent, clock::now())?;
        if entries.is_empty() {
            return Ok(entries);
        }
        let delivered = |entry: &HintEntry| {
            let (hint, via) = (entry.id.clone(), via.to_owned());
            let body = Body::HintDelivered(HintDelivered {
                hint,
                via,
                extra: Extra::new(),
            });
            follow_up(entry, agent.clone(), body)
        };
        let drafts = entries.iter().map(delivered).collect();
        self.append(Admitted::new(drafts, self, claims))
            .await?
            .stored()
            .await?;
        Ok(entries)
    }

    /// Says of every hint that nobody took in time that it expired.
    pub(crate) async fn expire_hints(
        self: &Arc<Self>,
        relay: &Author,
        now: Millis,
    ) -> Result<(), Refusal> {
        let (entries, claims) = self.core().claim_expired_hints(now);
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
        self.append(Admitted::new(drafts, self, claims))
            .await?
            .stored()
            .await
            .map(|_| ())
    }
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
        agent: &Author,
        now: Millis,
    ) -> Result<(Vec<HintEntry>, Vec<Claim>), Refusal> {
        if self.is_removed() {
            return Err(super::removed());
        }
        let is_for = |entry: &HintEntry| {
            entry.author.member != agent.member
                && entry.to.as_ref().is_none_or(|to| *to == agent.member)
                && entry.expires_at.is_none_or(|at| at > now)
                && entry
                    .visibility
                    .allows(&entry.author.member, &agent.member, agent.kind)
        };
        Ok(self.claim_pending(is_for))
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
        let (mut entries, mut claims) = (Vec::new(), Vec::new());
        for entry in &self.replica().snapshot().hints {
            let is_free = !self.claims.contains(&Claim::Deliver(entry.id.clone()));
            if entry.state == HintState::Accepted && is_free && is_meant(entry) {
                entries.push(entry.clone());
                claims.push(Claim::Deliver(entry.id.clone()));
            }
            if entries.len() == MAX_HINTS {
                break;
            }
        }
        self.claims.extend(claims.iter().cloned());
        (entries, claims)
    }
}

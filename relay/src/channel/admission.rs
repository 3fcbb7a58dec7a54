//! What may be published, decided under the lock before anything is stored. What a publish decides,
//! such as the one outcome of a request, it claims until it is durable: two at once cannot both win.

mod resolving;
mod room;

use std::sync::Arc;

use pilothouse_shared::limits::MAX_BODY_BYTES;
use pilothouse_shared::{
    Author, Body, ErrorCode, EventId, Hint, HintState, MemberId, Outcome, PermissionResolved,
    QuestionAnswered, Refusal, RequestId, Visibility,
};

use super::{Channel, Core, Proposal};
use crate::engine::Draft;
use crate::limits::What;
use crate::{clock, name};
use room::Room;

/// Something only one publish may decide.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Claim {
    /// Hand this hint over.
    Deliver(EventId),
    /// Acknowledge this hint.
    Acknowledge(EventId),
    /// Ask a request of this id.
    Ask(RequestId),
    /// Resolve this request.
    Resolve(RequestId),
    /// Wait beside the others.
    Room(Room),
}

/// What is claimed together; dropping it lets go.
#[derive(Debug)]
pub(super) struct Claims {
    channel: Option<Arc<Channel>>,
    held: Vec<Claim>,
}

impl Claims {
    /// Of claims that the core has written down.
    pub(super) fn new(channel: &Arc<Channel>, held: Vec<Claim>) -> Self {
        Self {
            channel: Some(Arc::clone(channel)),
            held,
        }
    }

    /// Lets go of some.
    pub(super) fn release(&mut self, claims: impl IntoIterator<Item = Claim>) {
        let Some(channel) = &self.channel else { return };
        let mut core = channel.core();
        for claim in claims {
            self.held.retain(|held| *held != claim);
            core.claims.remove(&claim);
        }
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        let Some(channel) = &self.channel else { return };
        let mut core = channel.core();
        for claim in &self.held {
            core.claims.remove(claim);
        }
    }
}

/// Drafts that may be stored, and what they claim.
#[derive(Debug)]
pub(super) struct Admitted {
    drafts: Vec<Draft>,
    claims: Arc<Claims>,
}

impl Admitted {
    pub(super) fn without_claims(drafts: Vec<Draft>) -> Self {
        let (channel, held) = (None, Vec::new());
        Self::with(drafts, Arc::new(Claims { channel, held }))
    }

    pub(super) fn new(drafts: Vec<Draft>, channel: &Arc<Channel>, held: Vec<Claim>) -> Self {
        Self::with(drafts, Arc::new(Claims::new(channel, held)))
    }

    /// With claims that may outlive the publish.
    pub(super) fn with(drafts: Vec<Draft>, claims: Arc<Claims>) -> Self {
        Self { drafts, claims }
    }

    pub(super) fn into_parts(self) -> (Vec<Draft>, Arc<Claims>) {
        (self.drafts, self.claims)
    }
}

impl Channel {
    /// The proposals without secrets, unless there are too many of what people have to read.
    pub(super) fn masked(&self, mut proposals: Vec<Proposal>) -> Result<Vec<Proposal>, Refusal> {
        for proposal in &mut proposals {
            if let Some(what) = counted(&proposal.body) {
                self.rules.limits.take(&proposal.author.member, what)?;
            }
            if self.rules.mask.body(&mut proposal.body)? {
                self.metrics.masked.inc();
            }
        }
        Ok(proposals)
    }

    pub(super) fn admit(self: &Arc<Self>, proposals: Vec<Proposal>) -> Result<Admitted, Refusal> {
        for proposal in &proposals {
            check_form(proposal)?;
        }
        let mut core = self.core();
        if core.is_removed() {
            return Err(super::removed());
        }
        let (mut drafts, mut held) = (Vec::with_capacity(proposals.len()), Vec::new());
        for proposal in proposals {
            match core.consider(&proposal) {
                Ok((visibility, claim)) => {
                    held.extend(claim);
                    drafts.push(draft(proposal, visibility));
                }
                Err(refusal) => {
                    held.iter().for_each(|claim| {
                        core.claims.remove(claim);
                    });
                    return Err(refusal);
                }
            }
        }
        drop(core);
        Ok(Admitted::new(drafts, self, held))
    }
}

/// What is counted by itself.
fn counted(body: &Body) -> Option<What> {
    match body {
        Body::HintGiven(_) | Body::CancelRequested(_) => Some(What::Hints),
        Body::PermissionRequested(_) | Body::QuestionAsked(_) => Some(What::Requests),
        _ => None,
    }
}

fn draft(proposal: Proposal, visibility: Visibility) -> Draft {
    let Proposal {
        author, body, id, ..
    } = proposal;
    let id = id.unwrap_or_else(|| clock::fresh_in_order(EventId::new));
    Draft {
        id,
        at: clock::now(),
        author,
        visibility,
        body,
    }
}

/// What can be said of a proposal without knowing the channel.
pub(crate) fn check_form(proposal: &Proposal) -> Result<(), Refusal> {
    let invalid = |message: String| Err(Refusal::new(ErrorCode::Invalid, message));
    if let Some(problem) = proposal.body.problem() {
        return invalid(problem);
    }
    let bytes = serde_json::to_vec(&proposal.body).map_or(usize::MAX, |body| body.len());
    if bytes > MAX_BODY_BYTES {
        let message = format!("a body has at most {MAX_BODY_BYTES} bytes, this one has {bytes}");
        return Err(Refusal::new(ErrorCode::TooLarge, message));
    }
    name::check_author(&proposal.author)?;
    match &proposal.body {
        Body::ChannelCreated(_)
        | Body::Joined(_)
        | Body::Left(_)
        | Body::HintDelivered(_)
        | Body::HintExpired(_) => {
            let name = proposal.body.type_name();
            invalid(format!(
                "the relay alone writes `{name}`; use the matching HTTP call"
            ))
        }
        Body::HintGiven(body) if matches!(body.hint, Hint::Cancel { .. }) => {
            invalid("to stop an agent publish `cancel_requested`".to_owned())
        }
        Body::HintGiven(_)
        | Body::CancelRequested(_)
        | Body::PermissionRequested(_)
        | Body::QuestionAsked(_)
            if proposal.visibility == Visibility::Agents =>
        {
            invalid("a hint or a request is public or for named members".to_owned())
        }
        Body::PermissionResolved(PermissionResolved {
            outcome: Outcome::Expired,
            ..
        })
        | Body::QuestionAnswered(QuestionAnswered {
            outcome: Outcome::Expired,
            ..
        }) => invalid("the relay alone says `expired`; set `expires_at` when asking".to_owned()),
        _ => Ok(()),
    }
}

impl Core {
    /// Whether a proposal fits what the channel knows; with the visibility it must have and what it
    /// claims. A follow-up is seen by just those who see what it follows up.
    fn consider(&mut self, proposal: &Proposal) -> Result<(Visibility, Vec<Claim>), Refusal> {
        let room = self.room_for(proposal)?;
        let found = match &proposal.body {
            Body::HintAcknowledged(body) => Some((
                self.hint_to_acknowledge(&body.hint, &proposal.author)?,
                Claim::Acknowledge(body.hint.clone()),
            )),
            Body::PermissionRequested(body) => Some((
                self.free_request(&body.request, proposal)?,
                Claim::Ask(body.request.clone()),
            )),
            Body::QuestionAsked(body) => Some((
                self.free_request(&body.request, proposal)?,
                Claim::Ask(body.request.clone()),
            )),
            Body::PermissionResolved(body) => Some((
                self.permission_to_resolve(body, &proposal.author)?,
                Claim::Resolve(body.request.clone()),
            )),
            Body::QuestionAnswered(body) => Some((
                self.question_to_resolve(body, &proposal.author)?,
                Claim::Resolve(body.request.clone()),
            )),
            _ => None,
        };
        let (visibility, claim) = match found {
            Some((visibility, claim)) => (visibility, Some(claim)),
            None => (proposal.visibility.clone(), None),
        };
        if claim
            .as_ref()
            .is_some_and(|claim| self.claims.contains(claim))
        {
            return Err(already_resolved());
        }
        let claims: Vec<_> = claim.into_iter().chain(room).collect();
        self.claims.extend(claims.iter().cloned());
        Ok((visibility, claims))
    }

    fn hint_to_acknowledge(&self, id: &EventId, by: &Author) -> Result<Visibility, Refusal> {
        let hints = &self.replica().snapshot().hints;
        let entry = hints
            .iter()
            .find(|entry| entry.id == *id)
            .filter(|entry| {
                entry
                    .visibility
                    .allows(&entry.author.member, &by.member, by.kind)
            })
            .ok_or_else(|| not_found("no such hint, or it is too old to be acknowledged"))?;
        match entry.state {
            HintState::Accepted | HintState::Delivered => {
                Ok(audience(&entry.visibility, &entry.author.member))
            }
            HintState::Acknowledged | HintState::Expired => Err(already_resolved()),
        }
    }

    fn free_request(&self, id: &RequestId, proposal: &Proposal) -> Result<Visibility, Refusal> {
        if self
            .replica()
            .snapshot()
            .requests
            .iter()
            .any(|entry| entry.request == *id)
        {
            let message = "a request of this id exists; wait for it, or use another id";
            return Err(Refusal::new(ErrorCode::AlreadyExists, message));
        }
        Ok(proposal.visibility.clone())
    }
}

/// The visibility that gives a follow-up the audience of what it follows up, whoever writes it.
pub(super) fn audience(visibility: &Visibility, author: &MemberId) -> Visibility {
    match visibility {
        Visibility::Only(members) => {
            let mut members = members.clone();
            if !members.contains(author) {
                members.push(author.clone());
            }
            Visibility::Only(members)
        }
        other => other.clone(),
    }
}

pub(super) fn not_found(message: &str) -> Refusal {
    Refusal::new(ErrorCode::NotFound, message)
}

pub(super) fn already_resolved() -> Refusal {
    Refusal::new(
        ErrorCode::AlreadyResolved,
        "somebody else was first; nothing was changed",
    )
}

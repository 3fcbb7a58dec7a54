//! Hints and their life, parameters.

use super::{Entry, weight_of};
use crate::limits::snapshot::{HINTS, PARAMETERS};
use crate::{
    Acknowledgement, Author, Body, CancelRequested, Event, EventId, Extra, HandOver, Hint,
    HintEntry, HintGiven, HintState, MemberId, Parameter, ParametersDeclared, Visibility,
};

pub(super) fn hint(hints: &mut Vec<HintEntry>, event: &Event) {
    match &event.body {
        Body::HintGiven(body) => given(hints, event, body),
        Body::CancelRequested(body) => given(hints, event, &stop(body)),
        Body::HintDelivered(body) => {
            // What it was to cancel may have ended while it was handed over.
            let open = [HintState::Accepted, HintState::Expired];
            let Some(entry) = in_state(hints, event, &body.hint, &open) else {
                return;
            };
            let (to, via) = (event.author.clone(), body.via.clone());
            entry.delivered = Some(HandOver {
                to,
                via,
                at: event.at,
            });
            entry.state = HintState::Delivered;
        }
        Body::HintAcknowledged(body) => {
            // An agent that read the hint in the stream may acknowledge before any hand-over.
            let open = [HintState::Accepted, HintState::Delivered];
            let Some(entry) = in_state(hints, event, &body.hint, &open) else {
                return;
            };
            let (by, note) = (event.author.clone(), body.note.clone());
            entry.acknowledged = Some(Acknowledgement {
                by,
                note,
                at: event.at,
            });
            entry.state = HintState::Acknowledged;
        }
        Body::HintExpired(body) => {
            let Some(entry) = in_state(hints, event, &body.hint, &[HintState::Accepted]) else {
                return;
            };
            entry.state = HintState::Expired;
        }
        _ => {}
    }
}

fn given(hints: &mut Vec<HintEntry>, event: &Event, body: &HintGiven) {
    hints.push(HintEntry {
        id: event.id.clone(),
        seq: event.seq,
        at: event.at,
        author: event.author.clone(),
        visibility: event.visibility.clone(),
        hint: body.hint.clone(),
        to: body.to.clone(),
        session: body.session.clone(),
        expires_at: body.expires_at,
        state: HintState::Accepted,
        delivered: None,
        acknowledged: None,
    });
    super::evict(hints, HINTS);
}

/// A cancellation is handed over as a hint is.
fn stop(body: &CancelRequested) -> HintGiven {
    HintGiven {
        hint: Hint::Cancel {
            extra: Extra::new(),
        },
        to: body.to.clone(),
        session: body.session.clone(),
        expires_at: body.expires_at,
        extra: Extra::new(),
    }
}

/// What this member was to cancel has ended, and with it what was for nobody in particular if `for_any`:
/// nobody needs to be told any more.
pub(super) fn nothing_to_cancel(hints: &mut [HintEntry], member: &MemberId, for_any: bool) {
    let is_idle = |entry: &&mut HintEntry| {
        let is_for = entry.to.as_ref().map_or(for_any, |to| to == member);
        matches!(entry.hint, Hint::Cancel { .. }) && entry.is_public() && is_for
    };
    for entry in hints.iter_mut().filter(is_idle) {
        if entry.state == HintState::Accepted {
            entry.state = HintState::Expired;
        }
    }
}

fn in_state<'a>(
    hints: &'a mut [HintEntry],
    event: &Event,
    id: &EventId,
    states: &[HintState],
) -> Option<&'a mut HintEntry> {
    hints.iter_mut().find(|entry| {
        entry.id == *id && states.contains(&entry.state) && entry.is_changed_by(event)
    })
}

impl Entry for HintEntry {
    fn visibility(&self) -> &Visibility {
        &self.visibility
    }

    fn author(&self) -> &Author {
        &self.author
    }

    fn weight(&self) -> usize {
        match &self.hint {
            Hint::Text { text, .. } => text.len(),
            Hint::Voice { transcript, .. } => transcript.len(),
            Hint::Click {
                target, signature, ..
            } => target.len() + signature.as_ref().map_or(0, String::len),
            Hint::Parameter { name, value, .. } => name.len() + weight_of(value),
            Hint::Cancel { .. } => 0,
        }
    }

    fn is_open(&self) -> bool {
        self.state == HintState::Accepted
    }
}

impl HintEntry {
    /// Whether it may still be delivered or acknowledged.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, HintState::Accepted | HintState::Delivered)
    }
}

pub(super) fn parameters(held: &mut Vec<Parameter>, body: &ParametersDeclared) {
    for parameter in &body.parameters {
        match held.iter_mut().find(|known| known.name == parameter.name) {
            Some(known) => *known = parameter.clone(),
            None => held.push(parameter.clone()),
        }
    }
    super::keep_last(held, PARAMETERS);
}

//! What each event does to a snapshot. Deterministic: integers, event times, no clock.
//!
//! An event that not everybody may see touches only the entries that carry their visibility
//! (messages, hints, requests), so that a snapshot can be made for each watcher by filtering, see
//! [`Snapshot::visible_to`].

mod ask;
mod pipeline;
mod steer;
mod work;

use serde_json::Value;

use crate::limits::snapshot::{LIST_BYTES, MEMBERS, MESSAGES};
use crate::{
    Author, Body, Ended, Event, MemberId, MemberKind, Message, MessageEntry, Participant, Session,
    SessionStarted, Snapshot, Usage, UsageTotals, Visibility,
};

/// Models that usage is told apart for.
const MAX_MODELS: usize = 16;

pub(super) fn fold(snapshot: &mut Snapshot, event: &Event) {
    if fold_visible(snapshot, event) || !event.visibility.is_public() {
        return;
    }
    fold_public(snapshot, event);
}

/// Folds what carries its own visibility. Says whether that was all there is to this body.
fn fold_visible(snapshot: &mut Snapshot, event: &Event) -> bool {
    if event.visibility.is_public() {
        snapshot.last_at = Some(event.at);
        snapshot.n_events += 1;
    }
    match &event.body {
        Body::Message(message) => said(snapshot, event, message),
        Body::CancelRequested(_) => {
            steer::hint(&mut snapshot.hints, event);
            // The mark beside it is folded with what everybody may see.
            return false;
        }
        Body::HintGiven(_)
        | Body::HintDelivered(_)
        | Body::HintAcknowledged(_)
        | Body::HintExpired(_) => steer::hint(&mut snapshot.hints, event),
        Body::PermissionRequested(_)
        | Body::PermissionResolved(_)
        | Body::QuestionAsked(_)
        | Body::QuestionAnswered(_) => ask::request(&mut snapshot.requests, event),
        _ => return false,
    }
    true
}

fn fold_public(snapshot: &mut Snapshot, event: &Event) {
    match &event.body {
        Body::ChannelCreated(body) => {
            snapshot.name = Some(body.name.clone());
            snapshot.created_at = Some(event.at);
        }
        Body::Joined(_) => joined(snapshot, event),
        Body::Left(_) => snapshot
            .members
            .retain(|held| held.member != event.author.member),
        Body::SessionStarted(body) => session_started(snapshot, event, body),
        Body::SessionEnded(body) => {
            let ended = Ended {
                at: event.at,
                reason: body.reason.clone(),
            };
            if let Some(session) = &mut snapshot.session {
                session.ended = Some(ended);
            }
            work::stopped(snapshot, event);
        }
        Body::ParametersDeclared(body) => steer::parameters(&mut snapshot.parameters, body),
        Body::Usage(body) => used(&mut snapshot.usage, body),
        _ if work::fold(snapshot, event) => {}
        _ => pipeline::fold(snapshot, event),
    }
}

fn said(snapshot: &mut Snapshot, event: &Event, message: &Message) {
    let entry = MessageEntry {
        id: event.id.clone(),
        seq: event.seq,
        at: event.at,
        author: event.author.clone(),
        visibility: event.visibility.clone(),
        role: message.role,
        kind: message.kind,
        text: message.text.clone(),
        message: message.message.clone(),
    };
    snapshot.messages.push(entry);
    evict(&mut snapshot.messages, MESSAGES);
}

fn joined(snapshot: &mut Snapshot, event: &Event) {
    let author = &event.author;
    if snapshot
        .members
        .iter()
        .any(|held| held.member == author.member)
    {
        return;
    }
    snapshot.members.push(Participant {
        member: author.member.clone(),
        name: author.name.clone(),
        kind: author.kind,
        joined_at: event.at,
    });
    keep_last(&mut snapshot.members, MEMBERS);
}

fn session_started(snapshot: &mut Snapshot, event: &Event, body: &SessionStarted) {
    work::stopped(snapshot, event);
    snapshot.session = Some(Session {
        agent: body.agent.clone(),
        cwd: body.cwd.clone(),
        model: body.model.clone(),
        source: body.source.clone(),
        author: event.author.clone(),
        started_at: event.at,
        ended: None,
    });
}

fn used(totals: &mut UsageTotals, usage: &Usage) {
    totals.input_tokens = totals.input_tokens.saturating_add(usage.input_tokens);
    totals.output_tokens = totals.output_tokens.saturating_add(usage.output_tokens);
    let cached = usage.cache_read_tokens.unwrap_or(0);
    totals.cache_read_tokens = totals.cache_read_tokens.saturating_add(cached);
    totals.cost_usd += usage
        .cost_usd
        .filter(|cost| cost.is_finite())
        .unwrap_or(0.0);
    let Some(model) = &usage.model else { return };
    let known = totals.models.get(model).copied();
    if totals.models.len() < MAX_MODELS || known.is_some() {
        let tokens = known
            .unwrap_or(0)
            .saturating_add(usage.input_tokens)
            .saturating_add(usage.output_tokens);
        totals.models.insert(model.clone(), tokens);
    }
}

/// An entry of a list that carries its own visibility.
trait Entry {
    fn visibility(&self) -> &Visibility;
    fn author(&self) -> &Author;
    /// About how many bytes it takes in a frame.
    fn weight(&self) -> usize;
    fn is_public(&self) -> bool {
        self.visibility().is_public()
    }

    /// Whether all who see this entry see the event that would change it. Else the change does not
    /// count: two watchers of one channel must not disagree about what both see.
    fn is_changed_by(&self, event: &Event) -> bool {
        event
            .visibility
            .covers(&event.author, self.visibility(), self.author())
    }

    /// Whether it leaves only after all that are closed.
    fn is_open(&self) -> bool {
        false
    }
}

impl Entry for MessageEntry {
    fn visibility(&self) -> &Visibility {
        &self.visibility
    }

    fn author(&self) -> &Author {
        &self.author
    }

    fn weight(&self) -> usize {
        self.text.len()
    }
}

/// Drops the oldest entries above `bound` in number or [`LIST_BYTES`] in weight, of the public and
/// of the other ones apart: what one watcher may not see must not push out what it may. The newest
/// entry stays whatever it weighs.
fn evict<T: Entry>(entries: &mut Vec<T>, bound: usize) {
    for public in [true, false] {
        let of_kind = |entry: &&T| entry.is_public() == public;
        let mut count = entries.iter().filter(of_kind).count();
        let mut weight = entries.iter().filter(of_kind).map(T::weight).sum::<usize>();
        while count > 1 && (count > bound || weight > LIST_BYTES) {
            let Some(index) = oldest(entries, public) else {
                break;
            };
            weight -= entries.remove(index).weight();
            count -= 1;
        }
    }
}

/// The oldest entry that is closed, else the oldest; never the last one of all.
fn oldest<T: Entry>(entries: &[T], public: bool) -> Option<usize> {
    let candidates = &entries[..entries.len().saturating_sub(1)];
    let closed = |entry: &T| entry.is_public() == public && !entry.is_open();
    candidates.iter().position(closed).or_else(|| {
        candidates
            .iter()
            .position(|entry| entry.is_public() == public)
    })
}

/// What the open ones of a list take.
fn room<T: Entry>(entries: &[T], public: bool) -> (usize, usize) {
    let open = entries.iter();
    let open = open.filter(|entry| entry.is_public() == public && entry.is_open());
    open.fold((0, 0), |(n, bytes), entry| (n + 1, bytes + entry.weight()))
}

/// About how many bytes a value takes in a frame.
fn weight_of(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight_of).sum(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| key.len() + weight_of(value))
            .sum(),
        _ => 8,
    }
}

fn keep_last<T>(entries: &mut Vec<T>, bound: usize) {
    if entries.len() > bound {
        entries.drain(..entries.len() - bound);
    }
}

impl Snapshot {
    /// Hints nobody has taken: how many, and about how many bytes. Of those for everybody, or of the others.
    #[must_use]
    pub fn open_hints(&self, public: bool) -> (usize, usize) {
        room(&self.hints, public)
    }

    /// Requests without an outcome: how many, and about how many bytes, as [`Self::open_hints`].
    #[must_use]
    pub fn open_requests(&self, public: bool) -> (usize, usize) {
        room(&self.requests, public)
    }

    /// This snapshot for one watcher: without the entries it may not see.
    #[must_use]
    pub fn visible_to(&self, viewer: &MemberId, kind: MemberKind) -> Self {
        let mut seen = self.clone();
        seen.messages
            .retain(|e| e.visibility.allows(&e.author.member, viewer, kind));
        seen.hints
            .retain(|e| e.visibility.allows(&e.author.member, viewer, kind));
        seen.requests
            .retain(|e| e.visibility.allows(&e.author.member, viewer, kind));
        seen
    }
}

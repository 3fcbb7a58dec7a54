//! What the relay says, judged at the moment it says it.

use std::sync::Arc;

use pilothouse_shared::limits::MAX_REPLY_BYTES;
use pilothouse_shared::{Author, ChannelId, Epoch, ErrorCode, Event, Refusal, Subscribed};

use super::oracle::{Run, Truth};
use crate::channel::{Channel, Opening, Proposal};
use crate::engine::Stored;

/// Publishes, and judges the acknowledgement.
pub(super) async fn publish(
    channel: &Arc<Channel>,
    truth: &Truth,
    proposals: Vec<Proposal>,
) -> Result<Vec<Stored>, Refusal> {
    let stored = channel.publish(proposals.clone()).await.map_err(fair)?;
    let truth = truth.lock();
    truth.acknowledged(channel.id(), &proposals, &stored);
    Ok(stored)
}

/// The store works, so nothing is refused for its sake.
pub(super) fn fair(refusal: Refusal) -> Refusal {
    assert_ne!(refusal.code, ErrorCode::Unavailable, "{refusal:?}");
    refusal
}

/// Judges the answer to a `subscribe`; `must` says whether it had to be a resume.
pub(super) fn reply(
    truth: &Truth,
    viewer: &Author,
    opening: &Opening,
    must: bool,
    reply: &Subscribed,
) {
    let truth = truth.lock();
    let run = truth.run(&reply.channel, &reply.position.epoch);
    let run = run.expect("an epoch that was");
    assert!(reply.position.seq <= reply.head && reply.head.0 <= run.head());
    assert!(reply.floor.0 <= run.promised_to_go + 1, "not yet to go");
    assert_eq!(reply.recovered.is_some(), opening.after.is_some());
    match &opening.after {
        Some(after) if reply.recovered == Some(true) => {
            let (is_proved, _) = truth.provable(&reply.channel, after);
            assert!(is_proved, "recovered after {after:?} of {}", run.base);
            assert_eq!(*after, reply.position);
            assert!(reply.snapshot.is_none() && reply.events.is_empty());
        }
        _ => {
            assert!(!must, "could have resumed after {:?}", opening.after);
            let to = reply.position.seq.0;
            let fold = run.fold(&reply.channel, viewer, to);
            assert_eq!(reply.snapshot.as_ref(), Some(&fold));
            past(run, viewer, opening.history.unwrap_or(50), reply);
        }
    }
}

/// The events of a reply are the last ones up to its position, none left out that is not to go.
fn past(run: &Run, viewer: &Author, history: usize, reply: &Subscribed) {
    let (to, events) = (reply.position.seq.0, &reply.events);
    assert!(events.len() <= history);
    if history == 0 {
        return;
    }
    let first = events.first().map_or(to + 1, |event| event.seq.0);
    let got: Vec<_> = events.iter().collect();
    assert_eq!(got, run.visible(viewer, first - 1, to));
    let asked = to.saturating_sub(history as u64);
    let reach = if events.is_empty() { 0 } else { asked };
    let base = match reply.floor.0 {
        0 => to,
        floor => floor - 1,
    };
    let held = base.max(run.base);
    let left_out = run.visible(viewer, reach.max(held), first - 1);
    let bytes = |event: &Event| serde_json::to_vec(event).unwrap().len();
    let next = left_out.last().map_or(0, |event| bytes(event));
    let is_full = next + events.iter().map(bytes).sum::<usize>() > MAX_REPLY_BYTES;
    assert!(left_out.is_empty() || is_full, "left out: {left_out:?}");
}

/// A gap is told exactly where history was pruned.
pub(super) fn gap(truth: &Truth, channel: &ChannelId, epoch: &Epoch, from: u64, to: u64) {
    let truth = truth.lock();
    let run = truth.run(channel, epoch).expect("an epoch that was");
    assert!(from <= to, "a gap of nothing: {from} to {to}");
    assert!(to <= run.base, "a gap to {to}, pruned to {}", run.base);
}

/// A subscription ends only with its channel.
pub(super) fn ended(truth: &Truth, channel: &ChannelId, epoch: &Epoch, reason: &str) {
    let truth = truth.lock();
    let run = truth.run(channel, epoch).expect("an epoch that was");
    assert!(run.is_removed, "ended as {reason}");
}

//! What a list of channels says of each.

use pilothouse_shared::{
    Author, ChannelId, Epoch, HintState, Millis, Operation, Seq, Session, Snapshot,
};
use serde::Serialize;
use serde_json::Value;

use super::{Channel, Core};

/// A channel in a few words.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Summary {
    /// The channel.
    #[schema(value_type = String)]
    pub(crate) id: ChannelId,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// When it was created, in milliseconds since the Unix epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub(crate) created_at: Option<Millis>,
    /// When the last public event happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<u64>)]
    pub(crate) last_at: Option<Millis>,
    /// Public events so far.
    pub(crate) n_events: u64,
    /// The run of seqs.
    #[schema(value_type = String)]
    pub(crate) epoch: Epoch,
    /// The newest seq; 0 when there is none.
    #[schema(value_type = u64)]
    pub(crate) head: Seq,
    /// The oldest seq held; 0 when there is none.
    #[schema(value_type = u64)]
    pub(crate) floor: Seq,
    /// People connected to it.
    pub(crate) watchers: usize,
    /// Agents connected to it.
    pub(crate) agents: usize,
    /// The last session.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) session: Option<Session>,
    /// The current operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) operation: Option<Operation>,
    /// The value of the `activity/…` signal of the session's agent, or of any.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) activity: Option<Value>,
    /// Requests that wait for a person.
    pub(crate) n_open_requests: usize,
    /// Hints that nobody has taken yet.
    pub(crate) n_open_hints: usize,
    /// US dollars so far.
    pub(crate) cost_usd: f64,
}

impl Channel {
    /// This channel for one viewer.
    pub(crate) fn summary(&self, viewer: &Author) -> Summary {
        let core = self.core();
        let snapshot = core.replica().snapshot();
        let (watchers, agents) = core.presence.counts();
        Summary {
            id: self.id.clone(),
            name: snapshot.name.clone(),
            created_at: snapshot.created_at,
            last_at: snapshot.last_at,
            n_events: snapshot.n_events,
            epoch: self.epoch.clone(),
            head: core.head(),
            floor: core.floor(),
            watchers,
            agents,
            session: snapshot.session.clone(),
            operation: snapshot.operation.clone(),
            activity: core.activity(snapshot.session.as_ref()),
            n_open_requests: n_open_requests(snapshot, viewer),
            n_open_hints: n_open_hints(snapshot, viewer),
            cost_usd: snapshot.usage.cost_usd,
        }
    }
}

fn n_open_requests(snapshot: &Snapshot, viewer: &Author) -> usize {
    let is_seen = |e: &&pilothouse_shared::RequestEntry| {
        e.is_open()
            && e.visibility
                .allows(&e.author.member, &viewer.member, viewer.kind)
    };
    snapshot.requests.iter().filter(is_seen).count()
}

fn n_open_hints(snapshot: &Snapshot, viewer: &Author) -> usize {
    let is_seen = |e: &&pilothouse_shared::HintEntry| {
        e.state == HintState::Accepted
            && e.visibility
                .allows(&e.author.member, &viewer.member, viewer.kind)
    };
    snapshot.hints.iter().filter(is_seen).count()
}

impl Core {
    fn activity(&self, session: Option<&Session>) -> Option<Value> {
        let of_agent = session.and_then(|session| {
            let key = format!("activity/{}", session.author.member);
            pilothouse_shared::SignalKey::new(key).ok()
        });
        of_agent
            .and_then(|key| self.signals.get(&key))
            .or_else(|| self.signals.first("activity/"))
            .cloned()
    }
}

//! What is known of a channel in short, and where it stands.

use pilothouse_shared::read::Read;
use pilothouse_shared::{ChannelId, Ended, HintState, Millis, Replica, SignalKey, read_fields};

use super::head;

/// A channel not heard of for longer than this is called quiet, in milliseconds: a long tool call.
pub const QUIET_AFTER_MS: Millis = 20_000;

/// A channel not heard of for longer than this is called stale, in milliseconds: it may be stuck.
pub const STALE_AFTER_MS: Millis = 5 * 60_000;

/// A channel without an agent and not heard of for longer than this is gone, in milliseconds. Agents that
/// attach with hooks are connected only now and then.
pub const GONE_AFTER_MS: Millis = 30 * 60_000;

/// The answer of `GET /api/channels`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listing {
    /// Every channel.
    pub channels: Vec<Card>,
}

read_fields!(Listing {
    required: [channels],
    optional: []
});

/// One channel in short.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Its id.
    pub id: ChannelId,
    /// What people call it.
    pub name: Option<String>,
    /// When its last event happened.
    pub last_at: Option<Millis>,
    /// Events so far.
    pub n_events: u64,
    /// People who watch it now.
    pub watchers: u64,
    /// Agents connected to it now.
    pub agents: u64,
    /// Who works in it.
    pub session: Option<CardSession>,
    /// What it works on, from its history.
    pub operation: Option<CardOperation>,
    /// What it does now, from its signal.
    pub activity: Option<CardActivity>,
    /// Requests nobody has answered.
    pub n_open_requests: u64,
    /// Hints nobody has taken.
    pub n_open_hints: u64,
    /// US dollars.
    pub cost_usd: Option<f64>,
}

read_fields!(Card {
    required: [id],
    optional: [
        name,
        last_at,
        n_events,
        watchers,
        agents,
        session,
        operation,
        activity,
        n_open_requests,
        n_open_hints,
        cost_usd
    ]
});

/// An agent's session.
#[derive(Debug, Clone, PartialEq)]
pub struct CardSession {
    /// The program.
    pub agent: String,
    /// Its working folder.
    pub cwd: Option<String>,
    /// Its model.
    pub model: Option<String>,
    /// When and why it ended.
    pub ended: Option<Ended>,
}

read_fields!(CardSession {
    required: [agent],
    optional: [cwd, model, ended]
});

/// The current operation.
#[derive(Debug, Clone, PartialEq)]
pub struct CardOperation {
    /// In a few words.
    pub operation: String,
    /// More about it.
    pub status: Option<String>,
    /// When it began.
    pub started_at: Option<Millis>,
}

read_fields!(CardOperation {
    required: [operation],
    optional: [status, started_at]
});

/// The activity signal of the agent that spoke last.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CardActivity {
    /// In a few words.
    pub operation: Option<String>,
    /// More about it.
    pub status: Option<String>,
    /// From 0 to 1.
    pub progress: Option<f64>,
}

read_fields!(CardActivity {
    required: [],
    optional: [operation, status, progress]
});

/// Where a channel stands; the order is the order on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// It waits for a person.
    Waiting,
    /// It does something.
    Working,
    /// It does nothing.
    Idle,
    /// Its session ended, or nobody has been at it for long.
    Gone,
}

impl Standing {
    /// Every standing, in the order of the page.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Working, Self::Idle, Self::Gone];

    /// For headings.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting for you",
            Self::Working => "Working",
            Self::Idle => "Idle",
            Self::Gone => "Gone",
        }
    }

    /// For class names and tests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Working => "working",
            Self::Idle => "idle",
            Self::Gone => "gone",
        }
    }
}

/// How long ago a channel was last heard of. Not whether somebody is connected: an agent that hangs is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Liveness {
    /// A moment ago.
    Fresh,
    /// A while ago.
    Quiet,
    /// So long ago that it may be stuck.
    Stale,
}

impl Liveness {
    /// For class names, and for people where it is worth a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Quiet => "quiet",
            Self::Stale => "stale",
        }
    }
}

impl Card {
    /// What a replica says.
    #[must_use]
    pub fn of(replica: &Replica) -> Self {
        let snapshot = replica.snapshot();
        let presence = SignalKey::new("presence")
            .ok()
            .and_then(|key| replica.signal(&key));
        let here = |kind| presence.and_then(|presence| presence.get(kind)?.as_u64());
        let activity = head::activity(replica);
        let requests = snapshot.requests.iter();
        let hints = snapshot.hints.iter();
        Self {
            id: replica.channel().clone(),
            name: snapshot.name.clone(),
            last_at: snapshot.last_at,
            n_events: snapshot.n_events,
            watchers: here("watchers").unwrap_or_default(),
            agents: here("agents").unwrap_or_default(),
            session: snapshot.session.as_ref().map(|session| CardSession {
                agent: session.agent.clone(),
                cwd: session.cwd.clone(),
                model: session.model.clone(),
                ended: session.ended.clone(),
            }),
            operation: snapshot.operation.as_ref().map(|now| CardOperation {
                operation: now.operation.clone(),
                status: now.status.clone(),
                started_at: Some(now.started_at),
            }),
            activity: activity.and_then(|value| CardActivity::read(value.clone()).ok()),
            n_open_requests: requests.filter(|asked| asked.is_open()).count() as u64,
            n_open_hints: hints
                .filter(|hint| hint.state == HintState::Accepted)
                .count() as u64,
            cost_usd: Some(snapshot.usage.cost_usd),
        }
    }

    /// Where it stands.
    #[must_use]
    pub fn standing(&self, now: Millis) -> Standing {
        if self.n_open_requests > 0 {
            return Standing::Waiting;
        }
        let is_doing = self.doing().is_some();
        let is_over = self
            .session
            .as_ref()
            .is_some_and(|session| session.ended.is_some());
        if is_over && !is_doing || self.agents == 0 && self.is_silent(now, GONE_AFTER_MS) {
            Standing::Gone
        } else if is_doing {
            Standing::Working
        } else {
            Standing::Idle
        }
    }

    /// How long ago it was heard of, where that matters: when it claims to work. One that waits is silent.
    #[must_use]
    pub fn liveness(&self, now: Millis) -> Option<Liveness> {
        let is_at_work = self.standing(now) == Standing::Working;
        is_at_work.then(|| match self.last_at {
            Some(_) if !self.is_silent(now, QUIET_AFTER_MS) => Liveness::Fresh,
            Some(_) if !self.is_silent(now, STALE_AFTER_MS) => Liveness::Quiet,
            _ => Liveness::Stale,
        })
    }

    fn is_silent(&self, now: Millis, span: Millis) -> bool {
        self.last_at.is_some_and(|at| now.saturating_sub(at) > span)
    }

    /// When what it does began.
    #[must_use]
    pub fn since(&self) -> Option<Millis> {
        self.operation.as_ref()?.started_at
    }

    /// What people call it; its id when it has no name.
    #[must_use]
    pub fn title(&self) -> String {
        Self::named(self.name.as_deref(), &self.id)
    }

    /// What people call a channel of this name and id.
    #[must_use]
    pub fn named(name: Option<&str>, id: &ChannelId) -> String {
        let name = name.filter(|name| !name.trim().is_empty());
        name.unwrap_or(id.as_str()).to_owned()
    }

    /// What it does now, in a few words.
    #[must_use]
    pub fn doing(&self) -> Option<String> {
        let live = self
            .activity
            .as_ref()
            .and_then(|activity| activity.operation.clone());
        live.or_else(|| {
            self.operation
                .as_ref()
                .map(|operation| operation.operation.clone())
        })
    }

    /// More about what it does.
    #[must_use]
    pub fn status(&self) -> Option<String> {
        let live = self
            .activity
            .as_ref()
            .and_then(|activity| activity.status.clone());
        live.or_else(|| {
            self.operation
                .as_ref()
                .and_then(|operation| operation.status.clone())
        })
    }

    /// How far it is, from 0 to 1.
    #[must_use]
    pub fn progress(&self) -> Option<f64> {
        self.activity
            .as_ref()
            .and_then(|activity| activity.progress)
    }

    /// Agent and model, as far as known.
    #[must_use]
    pub fn crew(&self) -> Option<String> {
        let session = self.session.as_ref()?;
        Some(match &session.model {
            Some(model) => format!("{} · {model}", session.agent),
            None => session.agent.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn card(value: serde_json::Value) -> Card {
        serde_json::from_value(value).unwrap()
    }

    fn listing() -> Vec<Card> {
        let listing: Listing = serde_json::from_value(json!({"channels": [
            {"id": "idle", "last_at": 9},
            {"id": "old", "last_at": 1, "operation": {"operation": "Testing"}},
            {"id": "new", "last_at": 5, "activity": {"operation": "Reading", "progress": 0.5}},
            {"id": "asks", "last_at": 0, "n_open_requests": 1, "session": {"agent": "codex", "model": "m"}},
        ]}))
        .unwrap();
        listing.channels
    }

    #[test]
    fn what_it_does_now_wins_over_what_it_set_out_to_do() {
        let cards = listing();
        assert_eq!(cards[1].doing().as_deref(), Some("Testing"));
        assert_eq!(cards[2].doing().as_deref(), Some("Reading"));
        assert_eq!(cards[3].crew().as_deref(), Some("codex · m"));
    }

    #[test]
    fn a_channel_is_gone_when_its_session_ended_or_nobody_is_left() {
        let cards = listing();
        let at = |card: &Card, now| card.standing(now);
        assert_eq!(at(&cards[0], 9 + GONE_AFTER_MS), Standing::Idle);
        assert_eq!(at(&cards[0], 10 + GONE_AFTER_MS), Standing::Gone);
        assert_eq!(at(&cards[1], 10 + GONE_AFTER_MS), Standing::Gone);
        assert_eq!(at(&cards[3], 10 + GONE_AFTER_MS), Standing::Waiting);
        let ended = json!({"agent": "codex", "ended": {"at": 3, "reason": "exit"}});
        let over = card(json!({"id": "over", "last_at": 3, "session": ended.clone()}));
        assert_eq!(at(&over, 4), Standing::Gone);
        let other = json!({"id": "o", "session": ended, "activity": {"operation": "Cleaning up"}});
        assert_eq!(at(&card(other), 4), Standing::Working);
        let agent = card(json!({"id": "agent", "last_at": 3, "agents": 1}));
        assert_eq!(at(&agent, 9 + GONE_AFTER_MS), Standing::Idle);
    }

    #[test]
    fn a_working_channel_falls_quiet_and_then_stale() {
        let cards = listing();
        assert_eq!(cards[1].liveness(2), Some(Liveness::Fresh));
        assert_eq!(cards[1].liveness(2 + QUIET_AFTER_MS), Some(Liveness::Quiet));
        assert_eq!(cards[1].liveness(2 + STALE_AFTER_MS), Some(Liveness::Stale));
        assert_eq!(cards[0].liveness(9), None);
    }

    #[test]
    fn a_replica_says_the_same_as_the_relay() {
        use pilothouse_shared::{ChannelId, Position, Seq, Snapshot};
        let author = json!({"member": "a", "name": "Claude", "kind": "agent"});
        let snapshot: Snapshot = serde_json::from_value(json!({
            "name": "Build", "last_at": 7, "n_events": 3,
            "operation": {"operation": "Testing", "author": author, "started_at": 5},
            "requests": [
                {"request": "r", "seq": 1, "at": 5, "author": author, "ask": {"kind": "question", "text": "?"}},
                {"request": "s", "seq": 2, "at": 5, "author": author, "ask": {"kind": "question", "text": "?"},
                 "resolution": {"outcome": "expired", "at": 6, "author": author}},
            ],
        }))
        .unwrap();
        let position = Position {
            epoch: serde_json::from_value(json!("x")).unwrap(),
            seq: Seq(3),
        };
        let channel = ChannelId::new("build").unwrap();
        let card = Card::of(&Replica::at(channel, position, snapshot));
        assert_eq!((card.title().as_str(), card.n_open_requests), ("Build", 1));
        assert_eq!(
            (card.doing().as_deref(), card.since()),
            (Some("Testing"), Some(5))
        );
    }
}

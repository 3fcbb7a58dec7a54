//! The overview: what the relay says of each channel, and in which order people want to see them.

use pilothouse_shared::{ChannelId, Millis, read_fields};

/// A working channel without an event for this long is called quiet, in milliseconds.
pub const QUIET_AFTER_MS: Millis = 60_000;

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
}

read_fields!(CardSession {
    required: [agent],
    optional: [cwd, model]
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
}

impl Standing {
    /// Every standing, in the order of the page.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Working, Self::Idle];

    /// For headings.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting for you",
            Self::Working => "Working",
            Self::Idle => "Idle",
        }
    }

    /// For class names and tests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Working => "working",
            Self::Idle => "idle",
        }
    }
}

impl Card {
    /// Where it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        if self.n_open_requests > 0 {
            return Standing::Waiting;
        }
        match self.doing() {
            Some(_) => Standing::Working,
            None => Standing::Idle,
        }
    }

    /// What people call it; its id when it has no name.
    #[must_use]
    pub fn title(&self) -> String {
        self.name
            .clone()
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| self.id.to_string())
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

    /// Whether it claims to work and has not been heard of for a while.
    #[must_use]
    pub fn is_quiet(&self, now: Millis) -> bool {
        let silent = self
            .last_at
            .is_some_and(|at| now.saturating_sub(at) > QUIET_AFTER_MS);
        self.standing() == Standing::Working && silent
    }
}

/// Puts the cards in the order of the page: by standing, then the most recently heard of first.
pub fn sort(cards: &mut [Card]) {
    cards.sort_unstable_by(|a, b| {
        let by_age = b.last_at.cmp(&a.last_at);
        a.standing()
            .cmp(&b.standing())
            .then(by_age)
            .then_with(|| a.id.cmp(&b.id))
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listing() -> Listing {
        serde_json::from_value(json!({"channels": [
            {"id": "idle", "last_at": 9},
            {"id": "old", "last_at": 1, "operation": {"operation": "Testing"}},
            {"id": "new", "last_at": 5, "activity": {"operation": "Reading", "progress": 0.5}},
            {"id": "asks", "last_at": 0, "n_open_requests": 1, "session": {"agent": "codex", "model": "m"}},
        ]}))
        .unwrap()
    }

    #[test]
    fn waiting_comes_first_then_working_then_idle() {
        let mut cards = listing().channels;
        sort(&mut cards);
        let order: Vec<_> = cards.iter().map(|card| card.id.as_str()).collect();
        assert_eq!(order, ["asks", "new", "old", "idle"]);
    }

    #[test]
    fn what_it_does_now_wins_over_what_it_set_out_to_do() {
        let cards = listing().channels;
        assert_eq!(cards[1].doing().as_deref(), Some("Testing"));
        assert_eq!(cards[2].doing().as_deref(), Some("Reading"));
        assert_eq!(cards[3].crew().as_deref(), Some("codex · m"));
    }

    #[test]
    fn only_a_working_channel_falls_quiet() {
        let cards = listing().channels;
        assert!(cards[1].is_quiet(QUIET_AFTER_MS + 2));
        assert!(!cards[1].is_quiet(QUIET_AFTER_MS));
        assert!(!cards[0].is_quiet(QUIET_AFTER_MS * 9));
    }
}

//! The socket's side of a link: which one is under way, and until when.

use crate::limits::{CLIENT_PING_AFTER_MS, PONG_WITHIN_MS};
use crate::link::backoff::STEADY_MS;
use crate::link::{State, StopReason};
use crate::{Goodbye, Millis};

/// How long a publish or a subscription may go without an answer on a connection that lives. It may
/// live one way only, or the relay may have lost the question: asking again does no harm.
pub const ANSWER_WITHIN_MS: Millis = 30_000;

/// How long a socket may take to open, and then to bring the first `welcome`.
pub const CONNECT_WITHIN_MS: Millis = 10_000;

#[derive(Debug)]
pub(super) enum Connection {
    Idle,
    Stopped(StopReason),
    /// `earliest` is what the relay advised; only a person may be faster.
    Waiting {
        until: Millis,
        earliest: Millis,
    },
    Opening {
        since: Millis,
    },
    Open(Open),
}

#[derive(Debug)]
pub(super) struct Open {
    since: Millis,
    pub(super) welcomed_at: Option<Millis>,
    heard_at: Millis,
    pinged_at: Option<Millis>,
    /// The last answer, or the first question after it.
    unanswered_since: Option<Millis>,
    /// Something was answered: a `hello`, which comes before everything else, was heard by then.
    pub(super) has_answered: bool,
    goodbye: Option<(Goodbye, Millis)>,
}

/// What a timer asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Due {
    Nothing,
    Connect,
    Ping,
    /// Too long without a word.
    Silent,
}

impl Connection {
    /// When [`Self::due`] changes without an input.
    pub(super) fn deadline(&self) -> Option<Millis> {
        match self {
            Self::Idle | Self::Stopped(_) => None,
            Self::Waiting { until, .. } => Some(*until),
            Self::Opening { since } => Some(since + CONNECT_WITHIN_MS),
            Self::Open(open) => Some(open.deadline()),
        }
    }

    pub(super) fn due(&self, now: Millis) -> Due {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return Due::Nothing;
        }
        match self {
            Self::Waiting { .. } => Due::Connect,
            Self::Open(open) if open.may_ping() && !open.is_unanswered(now) => Due::Ping,
            _ => Due::Silent,
        }
    }

    /// Whether frames may be sent: from the first `welcome` on.
    pub(super) fn is_welcomed(&self) -> bool {
        matches!(self, Self::Open(open) if open.welcomed_at.is_some())
    }

    pub(super) fn has_socket(&self) -> bool {
        matches!(self, Self::Opening { .. } | Self::Open(_))
    }

    pub(super) fn state(&self, is_following: bool) -> State {
        match self {
            Self::Idle => State::Idle,
            Self::Stopped(reason) => State::Stopped {
                reason: reason.clone(),
            },
            Self::Waiting { until, .. } => State::Waiting { until: *until },
            Self::Opening { .. } => State::Connecting,
            Self::Open(open) if open.welcomed_at.is_none() => State::Connecting,
            Self::Open(_) if is_following => State::Live,
            Self::Open(_) => State::Replaying,
        }
    }
}

impl Open {
    pub(super) fn new(now: Millis) -> Self {
        Self {
            since: now,
            welcomed_at: None,
            heard_at: now,
            pinged_at: None,
            unanswered_since: None,
            has_answered: false,
            goodbye: None,
        }
    }

    /// Any frame proves that the relay lives.
    pub(super) fn heard(&mut self, now: Millis) {
        self.heard_at = now;
        self.pinged_at = None;
    }

    pub(super) fn pinged(&mut self, now: Millis) {
        self.pinged_at = Some(now);
    }

    /// A question was answered, whichever.
    pub(super) fn answered(&mut self) {
        self.unanswered_since = None;
        self.has_answered = true;
    }

    /// Whether any question is open now.
    pub(super) fn awaits(&mut self, is_any: bool, now: Millis) {
        if is_any {
            self.unanswered_since.get_or_insert(now);
        } else {
            self.unanswered_since = None;
        }
    }

    pub(super) fn parting(&mut self, goodbye: Goodbye, now: Millis) {
        self.goodbye = Some((goodbye, now));
    }

    /// The last words, and when they were said.
    pub(super) fn into_goodbye(self) -> Option<(Goodbye, Millis)> {
        self.goodbye
    }

    /// Whether it served long enough for a failure now to be the first of a row.
    pub(super) fn is_steady(&self, now: Millis) -> bool {
        self.welcomed_at
            .is_some_and(|at| now.saturating_sub(at) >= STEADY_MS)
    }

    pub(super) fn may_ping(&self) -> bool {
        self.goodbye.is_none() && self.welcomed_at.is_some() && self.pinged_at.is_none()
    }

    fn is_unanswered(&self, now: Millis) -> bool {
        self.unanswered_since
            .is_some_and(|since| now >= since + ANSWER_WITHIN_MS)
    }

    fn deadline(&self) -> Millis {
        let silent = match (&self.goodbye, self.welcomed_at, self.pinged_at) {
            (Some((_, at)), _, _) => at + PONG_WITHIN_MS,
            (None, None, _) => self.since + CONNECT_WITHIN_MS,
            (None, Some(_), Some(at)) => at + PONG_WITHIN_MS,
            (None, Some(_), None) => self.heard_at + CLIENT_PING_AFTER_MS,
        };
        let unanswered = self.unanswered_since.map(|since| since + ANSWER_WITHIN_MS);
        unanswered.map_or(silent, |unanswered| unanswered.min(silent))
    }
}

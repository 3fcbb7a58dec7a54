//! Where the link stands, in words: the badge and the banner.

use pilothouse_shared::Millis;
use pilothouse_shared::link::{State, StopReason};

use super::age::seconds_until;

/// Shorter interruptions are not worth a banner, in milliseconds.
const BLIP_MS: Millis = 2_500;

/// How long the page says that it is back, in milliseconds.
pub const BACK_FOR_MS: Millis = 3_000;

/// The name of a state, for class names and tests.
#[must_use]
pub fn name(state: &State) -> &'static str {
    match state {
        State::Idle => "idle",
        State::Connecting => "connecting",
        State::Replaying => "replaying",
        State::Live => "live",
        State::Waiting { .. } => "waiting",
        State::Stopped { .. } => "stopped",
    }
}

/// The name of a state, for people.
#[must_use]
pub fn title(state: &State) -> &'static str {
    match state {
        State::Idle => "Not connected",
        State::Connecting => "Connecting",
        State::Replaying => "Replaying",
        State::Live => "Live",
        State::Waiting { .. } => "Waiting",
        State::Stopped { .. } => "Stopped",
    }
}

/// Whether frames come.
#[must_use]
pub fn is_online(state: &State) -> bool {
    matches!(state, State::Live | State::Replaying)
}

/// What the banner says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Banner {
    /// Trying to come back.
    Lost {
        /// What is going on.
        text: String,
        /// Whether there is something to hurry.
        can_retry: bool,
    },
    /// Given up, until a person says otherwise.
    Stopped(String),
    /// The relay is another than the one this page came from.
    Upgraded(String),
    /// Back.
    Back(String),
}

impl Banner {
    /// Says that the relay is of this version now, and this page is not.
    #[must_use]
    pub fn upgraded(version: &str) -> Self {
        Self::Upgraded(format!(
            "The relay is now version {version}, and this page is of the one before. What you are writing stays."
        ))
    }
}

/// An interruption and its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outage {
    /// Before the first connection nothing can have been missed.
    has_been_online: bool,
    /// When the link was lost, while it is.
    since: Option<Millis>,
    /// Back, but not yet told how much was missed.
    is_recovering: bool,
    /// When it came back, and how many events it had missed.
    back: Option<(Millis, usize)>,
}

impl Outage {
    /// Takes note of a state.
    pub fn note(&mut self, state: &State, now: Millis) {
        match (is_online(state), self.since) {
            (true, since) => {
                let lost_for = since.map_or(0, |since| now.saturating_sub(since));
                self.is_recovering |= since.is_some() && self.has_been_online;
                if self.is_recovering && lost_for >= BLIP_MS {
                    self.back = Some((now, 0));
                }
                self.has_been_online = true;
                self.since = None;
            }
            (false, None) => {
                self.since = Some(now);
                self.back = None;
            }
            (false, Some(_)) => {}
        }
    }

    /// Takes note of how many events were missed and have been loaded.
    pub fn note_missed(&mut self, n_missed: usize, now: Millis) {
        if std::mem::take(&mut self.is_recovering) && n_missed > 0 {
            self.back = Some((now, n_missed));
        }
    }

    /// What the banner says now.
    #[must_use]
    pub fn banner(&self, state: &State, now: Millis) -> Option<Banner> {
        if let State::Stopped { reason } = state {
            return Some(Banner::Stopped(why(reason)));
        }
        if let Some(since) = self.since {
            return (now.saturating_sub(since) >= BLIP_MS).then(|| lost(state, now));
        }
        let (at, n_missed) = self.back?;
        let text = match n_missed {
            0 => "Back online".to_owned(),
            _ => format!("Back online, {n_missed} missed loaded"),
        };
        (now.saturating_sub(at) < BACK_FOR_MS).then_some(Banner::Back(text))
    }
}

fn lost(state: &State, now: Millis) -> Banner {
    match state {
        State::Waiting { until } => {
            let seconds = seconds_until(now, *until);
            let when = if seconds == 0 {
                "now".to_owned()
            } else {
                format!("in {seconds} s")
            };
            let text = format!("The relay cannot be reached. Trying again {when}.");
            Banner::Lost {
                text,
                can_retry: true,
            }
        }
        _ => Banner::Lost {
            text: "Connecting to the relay …".to_owned(),
            can_retry: false,
        },
    }
}

fn why(reason: &StopReason) -> String {
    match reason {
        StopReason::Asked => "Disconnected. What is shown is what was known last.".to_owned(),
        StopReason::Unauthenticated => {
            "Your access has expired or was taken back. Open a new link to this relay.".to_owned()
        }
        StopReason::Refused { reason, .. } if !reason.is_empty() => {
            format!("The relay closed the connection: {reason}")
        }
        StopReason::Refused { code, .. } => {
            format!(
                "The relay closed the connection with code {}.",
                code.number()
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAITING: State = State::Waiting { until: 9_000 };

    fn lost_at(at: Millis) -> Outage {
        let mut outage = Outage::default();
        outage.note(&State::Live, 0);
        outage.note(&WAITING, at);
        outage
    }

    #[test]
    fn a_blip_shows_no_banner() {
        let mut outage = lost_at(1_000);
        assert_eq!(outage.banner(&WAITING, 3_400), None);
        outage.note(&State::Live, 3_400);
        assert_eq!(outage.banner(&State::Live, 3_500), None);
    }

    #[test]
    fn a_longer_outage_counts_down_and_can_be_hurried() {
        let banner = lost_at(1_000).banner(&WAITING, 5_000);
        let text = "The relay cannot be reached. Trying again in 4 s.".to_owned();
        assert_eq!(
            banner,
            Some(Banner::Lost {
                text,
                can_retry: true
            })
        );
    }

    #[test]
    fn the_page_says_for_a_moment_that_it_is_back() {
        let mut outage = lost_at(1_000);
        outage.note(&State::Replaying, 6_000);
        outage.note_missed(3, 6_010);
        let text = "Back online, 3 missed loaded".to_owned();
        assert_eq!(outage.banner(&State::Live, 6_100), Some(Banner::Back(text)));
        assert_eq!(outage.banner(&State::Live, 9_100), None);
    }

    #[test]
    fn the_first_connection_missed_nothing() {
        let mut outage = Outage::default();
        outage.note(&State::Connecting, 0);
        outage.note(&State::Live, 5_000);
        outage.note_missed(50, 5_010);
        assert_eq!(outage.banner(&State::Live, 5_020), None);
    }

    #[test]
    fn a_terminal_close_says_why() {
        let reason = StopReason::Refused {
            code: 4403.into(),
            reason: "no right to watch".to_owned(),
        };
        let banner = Outage::default().banner(&State::Stopped { reason }, 0);
        let text = "The relay closed the connection: no right to watch".to_owned();
        assert_eq!(banner, Some(Banner::Stopped(text)));
    }
}

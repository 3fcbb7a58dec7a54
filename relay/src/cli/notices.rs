//! What a person is told about the link while a command runs.

use pilothouse_relay::client::{RelayUrl, Update};
use pilothouse_shared::link::{State, StopReason};

use super::plain::plain;
use super::{Failure, say};

/// Says once that a connection is gone and once that it is back, however many attempts lie between.
#[derive(Debug)]
pub(crate) struct Notices {
    url: RelayUrl,
    is_down: bool,
    was_up: bool,
}

impl Notices {
    pub(crate) fn new(url: &RelayUrl) -> Self {
        Self {
            url: url.clone(),
            is_down: false,
            was_up: false,
        }
    }

    /// Whether there has been a connection.
    pub(crate) fn was_up(&self) -> bool {
        self.was_up
    }

    /// Says what is worth saying. Fails when the link has stopped for good.
    pub(crate) fn hear(&mut self, update: &Update) -> Result<(), Failure> {
        match update {
            Update::Disconnected { reason, .. } if !self.is_down => {
                self.is_down = true;
                say(self.loss(reason));
            }
            Update::State(State::Replaying | State::Live) => {
                if self.is_down {
                    say(format!("connected to the relay at {}", self.url));
                }
                self.is_down = false;
                self.was_up = true;
            }
            Update::State(State::Stopped { reason }) => return self.stopped(reason),
            _ => {}
        }
        Ok(())
    }

    fn loss(&self, reason: &str) -> String {
        let (url, reason) = (&self.url, plain(reason));
        match self.was_up {
            true => format!("lost the relay at {url} ({reason}); trying again until it is back"),
            false => {
                format!("cannot reach the relay at {url} ({reason}); trying again until it answers")
            }
        }
    }

    fn stopped(&self, reason: &StopReason) -> Result<(), Failure> {
        let url = &self.url;
        match reason {
            StopReason::Asked => Ok(()),
            StopReason::Unauthenticated => Err(Failure::Failed(format!(
                "the relay at {url} wants credentials"
            ))),
            StopReason::Refused { reason, .. } => {
                let reason = plain(reason);
                Err(Failure::Failed(format!(
                    "the relay at {url} sent us away: {reason}"
                )))
            }
        }
    }
}

//! One step of the machine, while it is being made.

use crate::link::{Change, Command};
use crate::{ChannelId, ClientFrame, Millis};

/// The time, the luck and the commands of one step.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) now: Millis,
    pub(super) jitter: f64,
    pub(super) commands: Vec<Command>,
}

impl Turn {
    pub(super) fn new(now: Millis, jitter: f64) -> Self {
        // NaN would make every wait 0.
        let jitter = if jitter.is_nan() {
            1.0
        } else {
            jitter.clamp(0.0, 1.0)
        };
        Self {
            now,
            jitter,
            commands: Vec::new(),
        }
    }

    pub(super) fn tell(&mut self, command: Command) {
        self.commands.push(command);
    }

    pub(super) fn send(&mut self, frame: ClientFrame) {
        self.tell(Command::Send(frame));
    }

    pub(super) fn changed(&mut self, channel: &ChannelId, change: Change) {
        self.tell(Command::Changed {
            channel: channel.clone(),
            change,
        });
    }
}

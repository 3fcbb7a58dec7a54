//! What each frame of the relay does to a link.

use crate::link::connection::Connection;
use crate::link::turn::Turn;
use crate::link::{Command, Link};
use crate::{ErrorFrame, RelayFrame};

impl Link {
    /// Takes a frame in. One that comes while there is no connection is of a former one.
    pub(super) fn frame(&mut self, frame: RelayFrame, turn: &mut Turn) {
        let Connection::Open(open) = &mut self.connection else {
            return;
        };
        open.heard(turn.now);
        if is_answer(&frame) {
            open.answered();
        }
        match frame {
            RelayFrame::Welcome(welcome) => {
                open.welcomed_at.get_or_insert(turn.now);
                self.welcome = Some(welcome);
                turn.tell(Command::State);
            }
            RelayFrame::Goodbye(goodbye) => open.parting(goodbye, turn.now),
            RelayFrame::Pong(_) => {}
            RelayFrame::Subscribed(reply) => self.subscriptions.subscribed(reply, turn),
            RelayFrame::Unsubscribed(frame) => self.subscriptions.unsubscribed(frame, turn),
            RelayFrame::Event(ref delivery) => {
                self.subscriptions
                    .delivered(&delivery.channel, &frame, turn);
            }
            RelayFrame::Skipped(ref skipped) => {
                self.subscriptions.delivered(&skipped.channel, &frame, turn);
            }
            RelayFrame::Gap(ref gap) => self.subscriptions.delivered(&gap.channel, &frame, turn),
            RelayFrame::Signal(ref change) => {
                self.subscriptions.delivered(&change.channel, &frame, turn);
            }
            RelayFrame::Published(ref published) => {
                if !self.outbox.accepted(&published.id, published.seq, turn) {
                    turn.tell(Command::Reply(Box::new(frame)));
                }
            }
            RelayFrame::Error(error) => self.refused(error, turn),
            RelayFrame::History(_) | RelayFrame::Hints(_) => {
                turn.tell(Command::Reply(Box::new(frame)))
            }
        }
    }

    fn refused(&mut self, error: ErrorFrame, turn: &mut Turn) {
        let is_ours = error.r#ref.as_deref().is_some_and(|r#ref| {
            self.outbox.refused(r#ref, error.code, &error.message, turn)
                || self.subscriptions.refused(r#ref, &error, turn)
        });
        if !is_ours {
            turn.tell(Command::Reply(Box::new(RelayFrame::Error(error))));
        }
    }
}

fn is_answer(frame: &RelayFrame) -> bool {
    matches!(
        frame,
        RelayFrame::Subscribed(_) | RelayFrame::Published(_) | RelayFrame::Error(_)
    )
}

//! The reconnect machine: `(state, input, now, jitter) → commands`. A driver owns the socket and
//! the clock, feeds what happens and does what it is told; nothing in here waits or sends.
//!
//! Safety: a publish accepted by [`Input::Publish`] is stored at most once (its id makes repeats
//! harmless) and never disappears without [`Command::Outbox`] saying how it ended. Liveness: from
//! every state but `Idle` and `Stopped` there is always a wake-up, a connection attempt or a dead-man
//! timer under way, so the link comes back whenever the relay does.
//!
//! Order on a socket: `hello` when it opens; from the first `welcome` on, a `subscribe` for each
//! channel and then what is pending in the outbox. A relay works frames off in order, so a `hello`
//! is heard before what follows it, whether it is answered by that `welcome` or by a second one.

mod backoff;
mod command;
mod connection;
mod incoming;
mod input;
mod outbox;
mod state;
mod subscriptions;
mod turn;

pub use command::{Change, Command};
pub use connection::{ANSWER_WITHIN_MS, CONNECT_WITHIN_MS};
pub use input::Input;
pub use outbox::{MAX_OUTGOING, Measure, Outgoing, SendState};
pub use state::{State, StopReason};

use crate::limits::MAX_FRAME_BYTES;
use crate::{
    AfterClose, ChannelId, ClientFrame, CloseCode, Goodbye, Hello, MemberId, Millis, Replica,
    Welcome,
};
use backoff::Backoff;
use connection::{Connection, Due, Open};
use outbox::Outbox;
use subscriptions::Subscriptions;
use turn::Turn;

/// One link: subscriptions with their replicas, an outbox, and the state of the connection.
#[derive(Debug)]
pub struct Link {
    hello: Option<Hello>,
    welcome: Option<Welcome>,
    connection: Connection,
    backoff: Backoff,
    subscriptions: Subscriptions,
    outbox: Outbox,
    /// As last told.
    state: State,
    /// As last told, until the driver says it has come.
    wake_at: Option<Millis>,
    measure: Measure,
}

impl Link {
    /// A link that has not started. `hello` opens every connection; none is needed where the
    /// upgrade carries the credentials.
    #[must_use]
    pub fn new(hello: Option<Hello>) -> Self {
        Self::measured(hello, outbox::as_json)
    }

    /// The same, for a driver that writes frames itself.
    #[must_use]
    pub fn measured(hello: Option<Hello>, measure: Measure) -> Self {
        Self {
            measure,
            hello,
            welcome: None,
            connection: Connection::Idle,
            backoff: Backoff::default(),
            subscriptions: Subscriptions::default(),
            outbox: Outbox::default(),
            state: State::Idle,
            wake_at: None,
        }
    }

    /// Opens the connections to come with another `hello`, such as one with newer credentials.
    pub fn set_hello(&mut self, hello: Option<Hello>) {
        self.hello = hello;
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What is known of a channel; `None` when it is not watched.
    #[must_use]
    pub fn replica(&self, channel: &ChannelId) -> Option<&Replica> {
        self.subscriptions.replica(channel)
    }

    /// What is known of every watched channel, by id.
    pub fn replicas(&self) -> impl Iterator<Item = &Replica> {
        self.subscriptions.replicas()
    }

    /// Whether a channel is watched, and what was asked for has come.
    #[must_use]
    pub fn is_caught_up(&self, channel: &ChannelId) -> bool {
        self.subscriptions.is_following(channel)
    }

    /// Every publish that is not forgotten, in the order they were made.
    pub fn outbox(&self) -> impl Iterator<Item = &Outgoing> {
        self.outbox.entries()
    }

    /// The last `welcome`, also of a connection that is gone.
    #[must_use]
    pub fn welcome(&self) -> Option<&Welcome> {
        self.welcome.as_ref()
    }

    /// Who the relay takes this client for, as soon as that is certain: a first `welcome` may come before
    /// the relay has heard the `hello`, and name somebody else.
    #[must_use]
    pub fn member(&self) -> Option<&MemberId> {
        let member = &self.welcome.as_ref()?.member;
        let named = self.hello.as_ref().and_then(|hello| hello.member.as_ref());
        let is_heard = matches!(&self.connection, Connection::Open(open) if open.has_answered);
        let is_certain = named.is_none_or(|named| named == member) || is_heard;
        is_certain.then_some(member)
    }

    /// Connections in a row that failed, or broke less than 10 s after their `welcome`. A connection
    /// that had held longer is the first of a new row; a start, [`Input::Online`] and
    /// [`Input::RetryNow`] begin at 0.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.backoff.attempts()
    }

    /// Takes an input, and says what to do about it. `now` never goes back: a driver whose wall
    /// clock may be set adds up a monotonic one. `jitter` is a fresh random number from 0.0 to 1.0.
    pub fn step(&mut self, input: Input, now: Millis, jitter: f64) -> Vec<Command> {
        let mut turn = Turn::new(now, jitter);
        self.take(input, &mut turn);
        if self.connection.is_welcomed() {
            self.subscriptions.flush(&mut turn);
            let max_bytes = self.max_frame_bytes();
            self.outbox.flush(max_bytes, self.measure, &mut turn);
        }
        if let Connection::Open(open) = &mut self.connection {
            let is_any = self.subscriptions.are_unanswered() || self.outbox.is_unanswered();
            open.awaits(is_any, now);
        }
        self.tell_state(&mut turn);
        self.tell_wake(&mut turn);
        turn.commands
    }

    fn take(&mut self, input: Input, turn: &mut Turn) {
        match input {
            Input::Start => self.start(turn),
            Input::Stop => self.stop(turn),
            Input::Opened => self.opened(turn),
            Input::Frame(frame) => self.frame(*frame, turn),
            Input::Closed { code, reason } => self.lost(code, reason, turn),
            Input::Tick => self.tick(turn),
            Input::Online => self.online(turn),
            Input::RetryNow => self.retry_now(turn),
            Input::Subscribe {
                channel,
                history,
                after,
            } => {
                self.subscriptions.add(channel, history, after, turn);
            }
            Input::Follow { channel } => self.subscriptions.follow(&channel, turn),
            Input::Unsubscribe { channel } => self.subscriptions.remove(&channel, turn),
            Input::Publish {
                id,
                channel,
                body,
                visibility,
            } => {
                let state = SendState::Pending;
                self.outbox.publish(
                    Outgoing {
                        id,
                        channel,
                        body,
                        visibility,
                        state,
                    },
                    turn,
                );
            }
            Input::Resend { id } => self.outbox.resend(&id, turn),
            Input::Dismiss { id } => self.outbox.dismiss(&id, turn),
            Input::Send(frame) if self.connection.is_welcomed() => turn.send(frame),
            Input::Send(_) => {}
        }
    }

    fn start(&mut self, turn: &mut Turn) {
        if matches!(self.connection, Connection::Idle | Connection::Stopped(_)) {
            self.backoff.reset();
            self.connect(turn);
        }
    }

    fn stop(&mut self, turn: &mut Turn) {
        if self.connection.has_socket() {
            turn.tell(Command::Close(CloseCode::Done));
            self.disconnected(turn);
        }
        self.connection = Connection::Stopped(StopReason::Asked);
    }

    fn opened(&mut self, turn: &mut Turn) {
        if matches!(self.connection, Connection::Opening { .. }) {
            self.connection = Connection::Open(Open::new(turn.now));
            if let Some(hello) = &self.hello {
                turn.send(ClientFrame::Hello(hello.clone()));
            }
        }
    }

    fn tick(&mut self, turn: &mut Turn) {
        // Whether early or late, the driver's timer may be spent: whatever is still due is told anew.
        self.wake_at = None;
        match self.connection.due(turn.now) {
            Due::Nothing => {}
            Due::Connect => self.connect(turn),
            Due::Ping => self.ping(turn),
            Due::Silent => {
                turn.tell(Command::Close(CloseCode::Silent));
                self.lost(CloseCode::Silent, String::new(), turn);
            }
        }
    }

    /// At once if waiting, but not before the relay wants it. A socket from before may have died
    /// with the network, or during sleep: it is asked at once, too.
    fn online(&mut self, turn: &mut Turn) {
        match &self.connection {
            Connection::Waiting { earliest, .. } if *earliest <= turn.now => self.retry_now(turn),
            Connection::Waiting { earliest, .. } => {
                let earliest = *earliest;
                self.connection = Connection::Waiting {
                    until: earliest,
                    earliest,
                };
            }
            Connection::Open(open) if open.may_ping() => self.ping(turn),
            _ => {}
        }
    }

    fn retry_now(&mut self, turn: &mut Turn) {
        if matches!(self.connection, Connection::Waiting { .. }) {
            self.backoff.reset();
            self.connect(turn);
        }
    }

    fn connect(&mut self, turn: &mut Turn) {
        self.connection = Connection::Opening { since: turn.now };
        turn.tell(Command::Connect);
    }

    fn ping(&mut self, turn: &mut Turn) {
        if let Connection::Open(open) = &mut self.connection {
            open.pinged(turn.now);
            turn.send(ClientFrame::Ping);
        }
    }

    /// The connection is gone, or never came about: the close code and the last words decide
    /// whether there is a next one. The words win, save that only credentials open a door that
    /// is closed for want of them.
    fn lost(&mut self, code: CloseCode, reason: String, turn: &mut Turn) {
        if !self.connection.has_socket() {
            return;
        }
        let (is_steady, goodbye) = match self.disconnected(turn) {
            Connection::Open(open) => (open.is_steady(turn.now), open.into_goodbye()),
            _ => (false, None),
        };
        self.connection = match (code.after(), goodbye) {
            (AfterClose::Authenticate, _) => Connection::Stopped(StopReason::Unauthenticated),
            (_, Some((goodbye, _))) if !goodbye.retry => Connection::Stopped(StopReason::Refused {
                code,
                reason: goodbye.reason,
            }),
            (AfterClose::Stop, None) => Connection::Stopped(StopReason::Refused { code, reason }),
            (_, goodbye) => {
                // One that comes too fast does not get faster by having been served for a while.
                if is_steady && code != CloseCode::TooFast {
                    self.backoff.reset();
                }
                self.backoff.fail(turn.now, turn.jitter);
                let advised = |(goodbye, at): (Goodbye, Millis)| {
                    at.saturating_add(goodbye.after_ms.unwrap_or(0))
                };
                let earliest = goodbye.map_or(0, advised);
                Connection::Waiting {
                    until: self.backoff.due().max(earliest),
                    earliest,
                }
            }
        };
    }

    /// Everything that hung on the socket is to be done again on the next one.
    fn disconnected(&mut self, turn: &mut Turn) -> Connection {
        self.subscriptions.disconnected();
        self.outbox.disconnected(turn);
        std::mem::replace(&mut self.connection, Connection::Idle)
    }

    fn max_frame_bytes(&self) -> usize {
        let limit = self.welcome.as_ref().map(|welcome| welcome.max_frame_bytes);
        limit.unwrap_or(MAX_FRAME_BYTES)
    }

    fn tell_state(&mut self, turn: &mut Turn) {
        let state = self.connection.state(self.subscriptions.are_following());
        if state != self.state {
            self.state = state;
            if !turn.commands.contains(&Command::State) {
                turn.tell(Command::State);
            }
        }
    }

    /// A wake-up that is too early costs one tick; a new timer for every frame would cost more.
    fn tell_wake(&mut self, turn: &mut Turn) {
        let mut due = self.connection.deadline();
        if self.connection.is_welcomed() {
            let sending = [self.subscriptions.deadline(), self.outbox.deadline()];
            due = sending.into_iter().flatten().chain(due).min();
        }
        if let Some(due) = due
            && self.wake_at.is_none_or(|wake_at| due < wake_at)
        {
            self.wake_at = Some(due);
            turn.tell(Command::WakeAt(due));
        }
    }
}

#[cfg(test)]
mod tests;

//! The task that does what a link says.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use pilothouse_shared::link::{Change, Command, Input, Link, State};
use pilothouse_shared::{ChannelId, CloseCode, EventId, Millis};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::signals::Signals;
use super::socket::Socket;
use super::trust::Target;
use super::{MAX_INPUTS, MAX_UPDATES, RelayUrl, Update};

#[derive(Debug)]
pub(super) struct Driver {
    /// Where the relay is.
    target: Target,
    link: Arc<Mutex<Link>>,
    inputs: mpsc::Receiver<Input>,
    updates: mpsc::Sender<Update>,
    /// Updates the receiver has no room for: those of one step, and of the inputs taken in since,
    /// at most [`MAX_UPDATES`] more.
    unreported: VecDeque<Update>,
    socket: Socket,
    signals: watch::Sender<Signals>,
    closing: CancellationToken,
    clock: Clock,
    wake_at: Option<Millis>,
}

/// Why the driver woke up.
enum Wake {
    /// There is room for an update, or on the socket.
    Room,
    /// Something happened that the link wants to know.
    Input(Input),
    /// A signal is to be told, and there is room for it.
    Signal,
    /// Nobody is left to drive for, or somebody ends it.
    Abandoned,
}

impl Driver {
    pub(super) fn new(
        url: &RelayUrl,
        link: Arc<Mutex<Link>>,
        inputs: mpsc::Receiver<Input>,
        updates: mpsc::Sender<Update>,
        signals: watch::Sender<Signals>,
        closing: CancellationToken,
    ) -> Self {
        Self {
            target: Target::new(url),
            link,
            inputs,
            updates,
            unreported: VecDeque::new(),
            socket: Socket::None,
            signals,
            closing,
            clock: Clock::start(),
            wake_at: None,
        }
    }

    /// Drives the link until its last handle is gone, or it is closed.
    pub(super) async fn run(mut self) {
        self.feed(Input::Start).await;
        loop {
            match self.wake().await {
                Wake::Room => {}
                Wake::Input(input) => self.feed(input).await,
                Wake::Signal => self.tell_signal().await,
                Wake::Abandoned => break,
            }
        }
        self.feed(Input::Stop).await;
    }

    async fn wake(&mut self) -> Wake {
        let is_idle = self.unreported.is_empty();
        let may_take = self.unreported.len() < MAX_UPDATES && self.socket.n_queued() < MAX_INPUTS;
        // One frame at a time: what changes meanwhile is merged.
        let may_signal = is_idle && self.socket.n_queued() == 0 && self.is_welcomed();
        let mut signals = self.signals.subscribe();
        let wake_at = self.wake_at.map(|at| self.clock.instant(at));
        // In this order: what is known is told before more is learnt, and frames that have arrived
        // count before a timer says that none came. Signals are told one for each frame that has
        // arrived at most, since they fill the socket's queue.
        tokio::select! {
            biased;
            permit = self.updates.reserve(), if !is_idle => {
                match (permit, self.unreported.pop_front()) {
                    (Ok(permit), Some(update)) => permit.send(update),
                    // Nobody listens any more; the link is driven on for its handles.
                    _ => self.unreported.clear(),
                }
                Wake::Room
            }
            input = self.inputs.recv(), if may_take => input.map_or(Wake::Abandoned, Wake::Input),
            () = self.closing.cancelled() => Wake::Abandoned,
            _ = signals.wait_for(Signals::are_untold), if may_signal => Wake::Signal,
            input = self.socket.next(is_idle) => input.map_or(Wake::Room, Wake::Input),
            () = sleep_to(wake_at), if is_idle => {
                self.wake_at = None;
                Wake::Input(Input::Tick)
            }
        }
    }

    async fn feed(&mut self, input: Input) {
        match &input {
            Input::Closed { code, reason } => {
                let (code, reason) = (*code, reason.clone());
                self.report(Update::Disconnected { code, reason });
            }
            Input::Opened => self.signals.send_modify(Signals::forget_told),
            _ => {}
        }
        for command in self.step(input) {
            self.execute(command).await;
        }
    }

    async fn tell_signal(&mut self) {
        let mut frame = None;
        self.signals.send_modify(|signals| frame = signals.next());
        if let Some(frame) = frame {
            self.feed(Input::Send(frame)).await;
        }
    }

    fn is_welcomed(&self) -> bool {
        self.look(|link| matches!(link.state(), State::Replaying | State::Live))
    }

    fn step(&self, input: Input) -> Vec<Command> {
        let mut link = self.link.lock().unwrap_or_else(PoisonError::into_inner);
        link.step(input, self.clock.now(), jitter())
    }

    async fn execute(&mut self, command: Command) {
        match command {
            Command::Connect => self.socket = Socket::open(self.target.clone()),
            Command::Send(frame) => self.socket.send(&frame),
            Command::Close(code) => {
                if code == CloseCode::Silent {
                    let reason = "the relay does not answer".to_owned();
                    self.report(Update::Disconnected { code, reason });
                }
                std::mem::take(&mut self.socket).close(code).await;
            }
            Command::WakeAt(at) => self.wake_at = Some(at),
            Command::State => {
                let state = self.look(|link| link.state().clone());
                self.report(Update::State(state));
            }
            Command::Changed { channel, change } => self.changed(channel, change),
            Command::Outbox(id) => self.outbox(id),
            Command::Reply(frame) => self.report(Update::Reply(frame)),
        }
    }

    fn changed(&mut self, channel: ChannelId, change: Change) {
        let update = match change {
            Change::Snapshot => self.look(|link| {
                let replica = link.replica(&channel)?;
                Some(Update::Snapshot {
                    channel: channel.clone(),
                    position: replica.position()?.clone(),
                    events: replica.recent().iter().cloned().collect(),
                })
            }),
            change => Some(Update::Changed { channel, change }),
        };
        update.into_iter().for_each(|update| self.report(update));
    }

    fn outbox(&mut self, id: EventId) {
        let state = self.look(|link| {
            let entry = link.outbox().find(|entry| entry.id == id);
            entry.map(|entry| entry.state.clone())
        });
        self.report(Update::Outbox { id, state });
    }

    fn report(&mut self, update: Update) {
        self.unreported.push_back(update);
    }

    fn look<T>(&self, look: impl FnOnce(&Link) -> T) -> T {
        look(&self.link.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn sleep_to(instant: Option<Instant>) {
    match instant {
        Some(instant) => sleep_until(instant).await,
        None => std::future::pending().await,
    }
}

/// A random number from 0.0 to 1.0.
fn jitter() -> f64 {
    // The id's version is in the lower half of this word.
    let (random, _) = uuid::Uuid::new_v4().as_u64_pair();
    f64::from((random >> 32) as u32) / f64::from(u32::MAX)
}

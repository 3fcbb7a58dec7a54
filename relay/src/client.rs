//! The native client, in two layers.
//!
//! [`Agent`] is what a program uses that reports what it does: it publishes and knows when an event is
//! stored, follows channels, keeps live values up to date, takes hints and asks requests. All of it
//! goes on by itself when the relay restarts. `examples/agent.rs` is a whole program.
//!
//! [`Client`] is the layer below: a [`Link`] driven over a tokio socket, and every [`Update`] of it.
//! One task owns the socket and the clock, feeds the link what happens and does what it says. It
//! ends when the [`Client`] and every [`Handle`] of it are gone.
//!
//! What is bounded, and by what:
//!
//! | what | bound | when it is full |
//! |---|---|---|
//! | publishes under way | [`MAX_OUTGOING`](pilothouse_shared::link::MAX_OUTGOING) | [`Agent::publish`] waits, [`Handle::publish`] fails |
//! | live values of its own | [`MAX_OWN_SIGNALS`] | [`SignalError::TooMany`] |
//! | changes of a live value not told yet | one a value | they are merged |
//! | channels followed | [`MAX_SUBSCRIPTIONS`](pilothouse_shared::limits::MAX_SUBSCRIPTIONS) | the subscription ends at once |
//! | events of a channel not received yet | [`RECENT`](pilothouse_shared::limits::snapshot::RECENT) | [`Happened::Missed`] |
//! | inputs and updates of a [`Client`] | 256 each | the sender waits; the socket is not read |

mod agent;
mod clock;
mod credentials;
mod driver;
mod signals;
mod socket;
mod trust;
mod url;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pilothouse_shared::link::{Change, Input, Link, SendState, State};
use pilothouse_shared::{
    Body, ChannelId, CloseCode, Event, EventId, Hello, Millis, Op, Position, RelayFrame, SignalKey,
    Visibility,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

pub use agent::{Agent, Answer, Happened, Receipt, Refused, Subscription};
pub use credentials::Credentials;
pub use signals::{MAX_OWN_SIGNALS, SignalError};
pub use trust::cause;
pub use url::{RelayUrl, UrlError};

use crate::clock::fresh;
pub use crate::tls::{Fingerprint, FingerprintError};
use driver::Driver;
use signals::Signals;

/// Inputs that wait for the driver; a sender waits when there are more.
const MAX_INPUTS: usize = 256;

/// Updates that wait to be received; the socket is not read while there are more, so a slow
/// receiver slows the relay down and costs no memory.
const MAX_UPDATES: usize = 256;

/// How long a driver may take to end; it closes its socket within a second.
const END_WITHIN: Duration = Duration::from_secs(2);

/// A link to a relay, kept up for as long as this lives.
#[derive(Debug)]
pub struct Client {
    handle: Handle,
    updates: mpsc::Receiver<Update>,
    closing: CancellationToken,
    driver: JoinHandle<()>,
}

/// The sending half of a [`Client`]; cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    inputs: mpsc::Sender<Input>,
    link: Arc<Mutex<Link>>,
    signals: watch::Sender<Signals>,
}

/// What became of the link.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// It stands elsewhere now, or was welcomed anew.
    State(State),
    /// A connection was lost, or could not be made. What follows is a [`Update::State`].
    Disconnected {
        /// The close code, 1006 for a socket that broke or never opened.
        code: CloseCode,
        /// Why, for people.
        reason: String,
    },
    /// A replica was replaced by a snapshot: at first, or because continuity could not be proved.
    Snapshot {
        /// Which channel.
        channel: ChannelId,
        /// Where it stands.
        position: Position,
        /// The last events up to there, oldest first.
        events: Vec<Event>,
    },
    /// A replica changed in another way; never [`Change::Snapshot`].
    Changed {
        /// Which channel.
        channel: ChannelId,
        /// How.
        change: Change,
    },
    /// A publish came further.
    Outbox {
        /// Which.
        id: EventId,
        /// How far; `None` when it was forgotten.
        state: Option<SendState>,
    },
    /// The answer to an [`Input::Send`].
    Reply(Box<RelayFrame>),
}

impl Client {
    /// Starts a link to the relay at `http://HOST:PORT` or `ws://HOST:PORT/ws`, or the same with `https`
    /// and `wss`, and returns at once:
    /// whether it came about is told by [`Client::recv`]. Call it within a tokio runtime.
    ///
    /// # Errors
    /// [`UrlError`] when the text is not the address of a relay.
    pub fn connect(url: &str, hello: Hello) -> Result<Self, UrlError> {
        Ok(Self::start(&url.parse()?, hello))
    }

    /// The same for an address that is known to be one.
    #[must_use]
    pub fn start(url: &RelayUrl, hello: Hello) -> Self {
        let (inputs, pending) = mpsc::channel(MAX_INPUTS);
        let (reports, updates) = mpsc::channel(MAX_UPDATES);
        let link = Arc::new(Mutex::new(Link::new(Some(hello))));
        let signals = watch::Sender::new(Signals::default());
        let closing = CancellationToken::new();
        let driver = Driver::new(
            url,
            Arc::clone(&link),
            pending,
            reports,
            signals.clone(),
            closing.clone(),
        );
        let handle = Handle {
            inputs,
            link,
            signals,
        };
        Self {
            handle,
            updates,
            closing,
            driver: tokio::spawn(driver.run()),
        }
    }

    /// A sending half, for another task.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// The next update, oldest first. Cancel-safe. `None` only when the driver has ended.
    pub async fn recv(&mut self) -> Option<Update> {
        self.updates.recv().await
    }

    /// Closes the connection and ends the driver, also for the handles that are left. Gives the
    /// relay a moment to agree.
    pub async fn close(mut self) {
        // A driver that waits for room would not hear the rest.
        self.updates.close();
        self.closing.cancel();
        let _ = timeout(END_WITHIN, &mut self.driver).await;
        self.driver.abort();
    }
}

impl std::ops::Deref for Client {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Handle {
    /// Feeds the link. Waits while many inputs are under way: receive updates meanwhile, since a
    /// driver that cannot report takes nothing in either. Does nothing once the client is closed.
    pub async fn send(&self, input: Input) {
        let _ = self.inputs.send(input).await;
    }

    /// Watches a channel, with the last `history` events to begin with.
    pub async fn subscribe(&self, channel: ChannelId, history: usize) {
        let after = None;
        self.send(Input::Subscribe {
            channel,
            history,
            after,
        })
        .await;
    }

    /// Publishes for everybody, now or as soon as there is a connection. Returns the event's id,
    /// under which [`Update::Outbox`] tells what became of it.
    pub async fn publish(&self, channel: ChannelId, body: Body) -> EventId {
        let id = fresh(EventId::new);
        self.send(Input::Publish {
            id: id.clone(),
            channel,
            body,
            visibility: Visibility::Public,
        })
        .await;
        id
    }

    /// Changes a live value that this client alone writes, and keeps it so: the relay is told as soon
    /// as there is a connection with room, of the latest value only, and again on every new
    /// connection until it is cleared.
    ///
    /// # Errors
    /// [`SignalError`] when the op does not fit the value, or there are too many; nothing was changed.
    pub fn signal(&self, channel: ChannelId, key: SignalKey, op: Op) -> Result<(), SignalError> {
        let mut outcome = Ok(());
        self.signals.send_if_modified(|signals| {
            outcome = signals.change(channel, key, op);
            outcome.is_ok()
        });
        outcome
    }

    /// Waits until every change of a live value has been handed to the socket.
    pub async fn signals_told(&self) {
        let mut signals = self.signals.subscribe();
        let _ = signals.wait_for(|signals| !signals.are_untold()).await;
    }

    /// Reads the link: its state, replicas and outbox. Keep it short, the driver waits.
    pub fn read<T>(&self, look: impl FnOnce(&Link) -> T) -> T {
        look(&self.link.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The time on this machine, to tell ages by.
#[must_use]
pub fn now() -> Millis {
    crate::clock::now()
}

#[cfg(test)]
mod tests;

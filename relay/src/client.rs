//! The native client: drives a [`Link`] over a tokio socket.
//!
//! One task owns the socket and the clock, feeds the link what happens and does what it says. It
//! ends when the [`Client`] and every [`Handle`] of it are gone.

mod clock;
mod driver;
mod socket;
mod url;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pilothouse_shared::link::{Change, Input, Link, SendState, State};
use pilothouse_shared::{
    Body, ChannelId, CloseCode, Event, EventId, Hello, Millis, Position, RelayFrame, Visibility,
};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

pub use url::{RelayUrl, UrlError};

use crate::clock::fresh;
use driver::Driver;

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
    driver: JoinHandle<()>,
}

/// The sending half of a [`Client`]; cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    inputs: mpsc::Sender<Input>,
    link: Arc<Mutex<Link>>,
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
    /// Starts a link to the relay at `http://HOST:PORT` or `ws://HOST:PORT/ws`, and returns at once:
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
        let driver = Driver::new(url.socket(), Arc::clone(&link), pending, reports);
        Self {
            handle: Handle { inputs, link },
            updates,
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
        self.handle.send(Input::Stop).await;
        drop(self.handle);
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

//! A program's side of Pilothouse: report, be told, ask.

mod books;
mod cursor;
mod hints;
mod pump;
mod refused;
mod requests;
mod subscription;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pilothouse_shared::link::{Input, Link, MAX_OUTGOING, State};
use pilothouse_shared::{
    Body, ChannelId, EventId, Hello, MemberId, Op, Replica, Seq, SignalKey, Visibility,
};
use tokio::sync::{Notify, Semaphore, oneshot, watch};
use tokio::time::timeout;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Client, Handle, RelayUrl, SignalError, UrlError};
use crate::clock::fresh;
use books::{Books, UnderWay};

pub use cursor::Happened;
pub use refused::Refused;
pub use requests::Answer;
pub use subscription::Subscription;

/// A member of the relay that publishes, follows and asks; cheap to clone. The link lives as long as a
/// clone, a [`Subscription`] or a [`Receipt`] does, and comes back whenever the relay does.
#[derive(Debug, Clone)]
pub struct Agent {
    shared: Arc<Shared>,
    _guard: Arc<DropGuard>,
}

/// What the agent's clones and its pump share.
#[derive(Debug)]
struct Shared {
    handle: Handle,
    /// One permit for each publish under way, so that the link turns none away.
    room: Arc<Semaphore>,
    books: Mutex<Books>,
    /// Bumped whenever the link may have something new to read.
    changed: watch::Sender<u64>,
    /// An errand is in the books.
    errand: Notify,
    closing: CancellationToken,
    closed: CancellationToken,
}

/// A publish that is on its way; dropping it recalls nothing.
#[derive(Debug)]
#[must_use = "the event is on its way, but whether it was refused is told here"]
pub struct Receipt {
    id: EventId,
    ended: oneshot::Receiver<Result<Seq, Refused>>,
    _agent: Agent,
}

impl Agent {
    /// Starts a link to the relay at `http://HOST:PORT`, and returns at once: what follows waits for
    /// the relay as long as need be. Call it within a tokio runtime.
    ///
    /// # Errors
    /// [`UrlError`] when the text is not the address of a relay.
    pub fn connect(url: &str, hello: Hello) -> Result<Self, UrlError> {
        Ok(Self::start(&url.parse()?, hello))
    }

    /// The same for an address that is known to be one.
    #[must_use]
    pub fn start(url: &RelayUrl, hello: Hello) -> Self {
        let client = Client::start(url, hello);
        let (closing, closed) = (CancellationToken::new(), CancellationToken::new());
        let shared = Arc::new(Shared {
            handle: client.handle(),
            room: Arc::new(Semaphore::new(MAX_OUTGOING)),
            books: Mutex::default(),
            changed: watch::Sender::default(),
            errand: Notify::new(),
            closing: closing.clone(),
            closed,
        });
        tokio::spawn(pump::run(client, Arc::clone(&shared)));
        let _guard = Arc::new(closing.drop_guard());
        Self { shared, _guard }
    }

    /// Publishes for everybody and waits until the relay has stored it, however often the connection
    /// breaks meanwhile: it is stored once.
    ///
    /// # Errors
    /// [`Refused`] when it is not going to be stored.
    pub async fn publish(&self, channel: &ChannelId, body: Body) -> Result<Seq, Refused> {
        self.submit(channel, body).await.stored().await
    }

    /// Begins to publish for everybody. Returns as soon as the event is on its way, which takes a
    /// while only when [`MAX_OUTGOING`] others are.
    pub async fn submit(&self, channel: &ChannelId, body: Body) -> Receipt {
        let id = fresh(EventId::new);
        self.submit_as(id, channel, body, Visibility::Public).await
    }

    /// The same under an id of your own, for these members: an id is stored once in a channel, also
    /// when a program that was restarted publishes it again.
    pub async fn submit_as(
        &self,
        id: EventId,
        channel: &ChannelId,
        body: Body,
        visibility: Visibility,
    ) -> Receipt {
        let (end, ended) = oneshot::channel();
        // Closed only with the agent, which this borrows.
        if let Ok(permit) = Arc::clone(&self.shared.room).acquire_owned().await
            && self.shared.books().begin(&id, UnderWay { end, permit })
        {
            let input = Input::Publish {
                id: id.clone(),
                channel: channel.clone(),
                body,
                visibility,
            };
            self.shared.handle.send(input).await;
        }
        let _agent = self.clone();
        Receipt { id, ended, _agent }
    }

    /// Changes a live value that this agent alone writes, and keeps it so; see [`Handle::signal`].
    ///
    /// # Errors
    /// [`SignalError`] when the op does not fit the value, or there are too many; nothing was changed.
    pub fn signal(&self, channel: &ChannelId, key: SignalKey, op: Op) -> Result<(), SignalError> {
        self.shared.handle.signal(channel.clone(), key, op)
    }

    /// Who the relay takes this agent for; waits for the first connection.
    ///
    /// # Errors
    /// [`Refused`] when there is not going to be one.
    pub async fn member(&self) -> Result<MemberId, Refused> {
        self.until(|link, _| link.member().cloned()).await
    }

    /// Whether there is a connection now.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.read(|link| matches!(link.state(), State::Replaying | State::Live))
    }

    /// Tries a relay that is away at once, instead of after the pause that follows on the last try: for
    /// when there is reason to think that it is back.
    pub async fn retry(&self) {
        self.shared.handle.send(Input::RetryNow).await;
    }

    /// Reads what is known of a followed channel. Keep it short, the link waits.
    pub fn replica<T>(&self, channel: &ChannelId, look: impl FnOnce(&Replica) -> T) -> Option<T> {
        self.read(|link| link.replica(channel).map(look))
    }

    /// Waits until everything published is acknowledged and every live value told, at most `within`;
    /// then says farewell and ends the link, for the clones too. How many events were not
    /// acknowledged: they may have been stored, or not.
    pub async fn close(self, within: Duration) -> usize {
        let settled = async {
            let all = u32::try_from(MAX_OUTGOING).unwrap_or(u32::MAX);
            let _ = self.shared.room.acquire_many(all).await;
            self.shared.handle.signals_told().await;
        };
        tokio::select! {
            _ = timeout(within, settled) => {}
            () = self.shared.closed.cancelled() => {}
        }
        let n_left = self.shared.books().n_under_way();
        self.shared.closing.cancel();
        self.shared.closed.cancelled().await;
        n_left
    }

    fn read<T>(&self, look: impl FnOnce(&Link) -> T) -> T {
        self.shared.handle.read(look)
    }

    /// Looks at the link after every change until `look` finds something.
    async fn until<T>(
        &self,
        mut look: impl FnMut(&Link, &mut Books) -> Option<T>,
    ) -> Result<T, Refused> {
        let mut changed = self.shared.changed.subscribe();
        loop {
            // Before looking: what changes while looking is looked at again.
            changed.borrow_and_update();
            {
                let mut books = self.shared.books();
                if let Some(found) = self.read(|link| look(link, &mut books)) {
                    return Ok(found);
                }
                books.check()?;
            }
            // The sender is in `shared`, so this ends only with a change.
            let _ = changed.changed().await;
        }
    }
}

impl Shared {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake_pump(&self) {
        self.errand.notify_one();
    }

    fn bump(&self) {
        self.changed.send_modify(|n| *n = n.wrapping_add(1));
    }
}

impl Receipt {
    /// The event's id.
    #[must_use]
    pub fn id(&self) -> &EventId {
        &self.id
    }

    /// Waits until the relay has stored the event; its seq.
    ///
    /// # Errors
    /// [`Refused`] when it is not going to be stored.
    pub async fn stored(self) -> Result<Seq, Refused> {
        self.ended.await.unwrap_or(Err(Refused::Closed))
    }
}

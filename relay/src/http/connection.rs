//! One WebSocket connection: one task, no queue. It reads frames, writes what its subscriptions have
//! for it, and keeps the peer honest about being there.

mod close;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::FuturesOrdered;
use futures_util::{SinkExt, StreamExt};
use pilothouse_shared::limits::{PING_EVERY_MS, PONG_WITHIN_MS};
use pilothouse_shared::{
    Author, ChannelId, CloseCode, ConnectionId, Encoding, MemberKind, RelayFrame,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_websockets::{Error, Message, WebSocketStream};

use super::frames::Acknowledgement;
use crate::channel::{Subscription, Waker, encode};
use crate::{Server, clock};

/// How long a write may take before the watcher counts as stuck. It can resume without loss.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// Publishes of one connection that are not durable yet. Above it the relay stops reading from it.
const MAX_IN_FLIGHT: usize = 64;

/// See the module.
pub(super) struct Connection {
    pub(super) server: Server,
    pub(super) id: ConnectionId,
    pub(super) member: Author,
    pub(super) encoding: Encoding,
    /// At most [`MAX_SUBSCRIPTIONS`](pilothouse_shared::limits::MAX_SUBSCRIPTIONS).
    pub(super) subscriptions: BTreeMap<ChannelId, Subscription>,
    pub(super) waker: Arc<Waker>,
    pub(super) in_flight: FuturesOrdered<Acknowledgement>,
    /// The channel the URL named, until the first frame: a `hello` opens it anew for whom it names.
    pub(super) implied: Option<ChannelId>,
    pub(super) is_first: bool,
    out: Vec<Bytes>,
}

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum End {
    /// The socket broke.
    Gone,
    /// The peer closed, and waits for the answer.
    Closed,
    /// What came cannot be read any further.
    Unreadable(CloseCode, &'static str),
    /// The relay closes, and says why.
    Close(CloseCode, &'static str),
    /// The relay stops.
    Stopping,
}

impl Connection {
    /// A connection may say who it is by `hello`; until then it is whom the headers name, or a person
    /// the relay makes up.
    pub(super) fn new(
        server: Server,
        mut member: Author,
        is_named: bool,
        encoding: Encoding,
    ) -> Self {
        if !is_named {
            member.kind = MemberKind::Human;
        }
        Self {
            server,
            id: clock::fresh(ConnectionId::new),
            member,
            encoding,
            subscriptions: BTreeMap::new(),
            waker: Arc::default(),
            in_flight: FuturesOrdered::new(),
            implied: None,
            is_first: true,
            out: Vec::new(),
        }
    }

    /// Serves the socket until it ends. `channel` is subscribed to from the start.
    pub(super) async fn run<S: AsyncRead + AsyncWrite + Unpin>(
        mut self,
        mut socket: WebSocketStream<S>,
        channel: Option<ChannelId>,
    ) {
        let metrics = Arc::clone(&self.server.metrics);
        metrics.connections.inc();
        let _counted = OnDrop(Some(move || {
            metrics.connections.dec();
        }));
        tracing::info!(connection = %self.id, member = %self.member.member, "connected");
        self.welcome();
        self.implied = channel.clone();
        if let Some(channel) = channel {
            self.subscribe_implied(channel).await;
        }
        let end = match self.write(&mut socket).await {
            Ok(()) => self.serve(&mut socket).await,
            Err(end) => end,
        };
        tracing::info!(connection = %self.id, ?end, "disconnected");
        self.finish(&mut socket, end).await;
    }

    async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        socket: &mut WebSocketStream<S>,
    ) -> End {
        let stopping = self.server.stopping.clone().cancelled_owned();
        tokio::pin!(stopping);
        let mut liveness = Liveness::new();
        loop {
            let outcome = tokio::select! {
                message = socket.next(), if self.in_flight.len() < MAX_IN_FLIGHT => {
                    liveness.heard();
                    self.receive(message).await
                }
                Some(frame) = self.in_flight.next(), if !self.in_flight.is_empty() => {
                    self.send(&frame);
                    Ok(())
                }
                () = woken(&self.waker) => self.gather().await,
                () = sleep_until(liveness.due) => self.check_alive(socket, &mut liveness).await,
                () = &mut stopping => Err(End::Stopping),
            };
            let written = match outcome {
                Ok(()) => self.write(socket).await,
                Err(end) => {
                    // What was to be said before the end, such as the error that explains it.
                    let _ = self.write(socket).await;
                    Err(end)
                }
            };
            if let Err(end) = written {
                return end;
            }
        }
    }

    async fn receive(&mut self, message: Option<Result<Message, Error>>) -> Result<(), End> {
        match message {
            None => Err(End::Gone),
            Some(Ok(message)) => self.message(&message).await,
            Some(Err(Error::PayloadTooLong { .. })) => Err(End::Unreadable(
                CloseCode::TooLarge,
                "a frame has at most 262144 bytes",
            )),
            Some(Err(Error::Protocol(_))) => Err(End::Unreadable(
                CloseCode::BadFrame,
                "text is UTF-8, and frames are those of RFC 6455",
            )),
            Some(Err(_)) => Err(End::Gone),
        }
    }

    async fn message(&mut self, message: &Message) -> Result<(), End> {
        let is_binary = self.encoding == Encoding::MessagePack;
        if message.is_close() {
            return Err(End::Closed);
        }
        if message.is_text() && is_binary {
            return Err(End::Close(
                CloseCode::BadFrame,
                "this connection speaks MessagePack",
            ));
        }
        if message.is_binary() && !is_binary {
            return Err(End::Close(
                CloseCode::BadFrame,
                "this connection speaks JSON, in text",
            ));
        }
        if message.is_text() || message.is_binary() {
            self.frame(message.as_payload()).await;
        }
        Ok(())
    }

    /// Gathers what the subscriptions have for the peer.
    async fn gather(&mut self) -> Result<(), End> {
        let mut ended = Vec::new();
        let (mut out, mut n_events) = (std::mem::take(&mut self.out), 0);
        for (channel, subscription) in &mut self.subscriptions {
            match subscription.take().await {
                Ok(items) => {
                    for item in items {
                        n_events += super::frames::write_item(
                            channel,
                            subscription,
                            item,
                            self.encoding,
                            &mut out,
                            &mut ended,
                        );
                    }
                }
                // The store has trouble: the watcher reconnects and resumes from where it was.
                Err(_) => return Err(End::Close(CloseCode::GoingAway, "the store has trouble")),
            }
        }
        self.out = out;
        self.server.metrics.deliveries.inc_by(n_events);
        for channel in ended {
            self.subscriptions.remove(&channel);
        }
        Ok(())
    }

    /// Puts a frame after those that are to be written.
    pub(super) fn send(&mut self, frame: &RelayFrame) {
        if matches!(frame, RelayFrame::Error(_)) {
            self.server.metrics.refusals.inc();
        }
        self.out.push(encode(self.encoding, frame));
    }

    /// Writes all that is gathered; one flush, so usually one vectored write.
    async fn write<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        socket: &mut WebSocketStream<S>,
    ) -> Result<(), End> {
        if self.out.is_empty() {
            return Ok(());
        }
        let (out, is_text) = (
            std::mem::take(&mut self.out),
            self.encoding == Encoding::Json,
        );
        let writing = async {
            for bytes in out {
                let message = match is_text {
                    true => Message::text(bytes),
                    false => Message::binary(bytes),
                };
                socket.feed(message).await?;
            }
            socket.flush().await
        };
        match timeout(WRITE_WITHIN, writing).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(End::Gone),
            Err(_) => {
                self.server.metrics.slow.inc();
                Err(End::Close(
                    CloseCode::Silent,
                    "what was written was not taken in time",
                ))
            }
        }
    }

    async fn check_alive<S: AsyncRead + AsyncWrite + Unpin>(
        &mut self,
        socket: &mut WebSocketStream<S>,
        liveness: &mut Liveness,
    ) -> Result<(), End> {
        if liveness.is_asked {
            return Err(End::Close(
                CloseCode::Silent,
                "nothing was heard for too long",
            ));
        }
        liveness.asked();
        match timeout(WRITE_WITHIN, socket.send(Message::ping(Bytes::new()))).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(End::Gone),
        }
    }
}

/// Waits without borrowing the connection.
fn woken(waker: &Arc<Waker>) -> impl Future<Output = ()> + use<> {
    let waker = Arc::clone(waker);
    async move { waker.woken().await }
}

/// When to ask whether the peer is still there, and whether it has been asked.
struct Liveness {
    due: Instant,
    is_asked: bool,
}

impl Liveness {
    /// The first question comes at a random moment, so that clients that came together are not asked
    /// together.
    fn new() -> Self {
        let first = PING_EVERY_MS / 2 + random_below(PING_EVERY_MS / 2);
        Self {
            due: Instant::now() + Duration::from_millis(first),
            is_asked: false,
        }
    }

    fn heard(&mut self) {
        if self.is_asked {
            self.is_asked = false;
            self.due = Instant::now() + Duration::from_millis(PING_EVERY_MS);
        }
    }

    fn asked(&mut self) {
        self.is_asked = true;
        self.due = Instant::now() + Duration::from_millis(PONG_WITHIN_MS);
    }
}

fn random_below(bound: u64) -> u64 {
    let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
    high % bound
}

/// Runs when dropped, whatever the reason.
struct OnDrop<F: FnOnce()>(Option<F>);

impl<F: FnOnce()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        if let Some(run) = self.0.take() {
            run();
        }
    }
}

#[cfg(test)]
mod tests;

//! One WebSocket connection: one task, no queue. It reads frames, writes answers and whatever its
//! subscriptions lack, and keeps the peer honest about being there. What comes while they lack nothing
//! is written by the fan-out.

mod close;
mod ending;
mod line;
mod liveness;
mod pace;
mod reading;

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt, StreamExt};
use pilothouse_shared::limits::MAX_FRAME_BYTES;
use pilothouse_shared::{
    Author, ChannelId, CloseCode, ConnectionId, Encoding, MemberKind, RelayFrame,
};
use tokio::net::TcpStream;
use tokio::time::{sleep_until, timeout};

use super::access::Guest;
use super::connected::FULL;
use super::frames::{Acknowledgement, Taking, first_of};
use super::handover::receipt;
use crate::access::Access;
use crate::channel::{Lease, Outlet, Subscription, encode};
use crate::metrics::Metrics;
use crate::websocket::{Decoder, Opcode, frame};
use crate::{Server, clock};

#[cfg(feature = "echo")]
pub(super) use close::tell;
use ending::ended;
pub(super) use ending::{Ending, over};
use line::FULL_BYTES;
pub(super) use line::Line;
use liveness::Liveness;
use pace::Pace;

/// How long a write may take before the watcher counts as stuck. It can resume without loss.
const WRITE_WITHIN: Duration = Duration::from_secs(10);

/// Publishes of one connection that are not durable yet, and the bytes they came in. Above either the
/// relay stops reading from it.
const MAX_IN_FLIGHT: usize = 256;
const MAX_BYTES_IN_FLIGHT: usize = 1024 * 1024;

/// See the module.
pub(super) struct Connection {
    pub(super) server: Server,
    pub(super) id: ConnectionId,
    pub(super) member: Arc<Author>,
    /// What it may do; none until a stranger has shown credentials.
    pub(super) access: Option<Access>,
    /// From where.
    address: Option<IpAddr>,
    /// Ends when the connection may not go on as it is, and says why. Absent where nothing ends it.
    pub(super) over: Option<Ending>,
    pub(super) encoding: Encoding,
    /// At most [`MAX_SUBSCRIPTIONS`](pilothouse_shared::limits::MAX_SUBSCRIPTIONS).
    pub(super) subscriptions: BTreeMap<ChannelId, Subscription>,
    pub(super) in_flight: FuturesOrdered<Acknowledgement>,
    /// Of the frames in flight, in their order.
    pub(super) sizes_in_flight: VecDeque<usize>,
    pub(super) bytes_in_flight: usize,
    /// Questions for hints that have no answer yet. At most
    /// [`MAX_SUBSCRIPTIONS`](pilothouse_shared::limits::MAX_SUBSCRIPTIONS).
    pub(super) taking: Vec<Taking>,
    /// Hints in what is to be written: delivered once it is. No more than there were questions.
    handed: Vec<Lease>,
    /// The channel the URL named, until the first frame: a `hello` opens it anew for whom it names.
    pub(super) implied: Option<ChannelId>,
    pub(super) is_first: bool,
    line: Arc<Line>,
    decoder: Decoder,
    pace: Pace,
}

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum End {
    /// The socket broke.
    Gone,
    /// The peer closed, and waits for this answer.
    Closed(Bytes),
    /// What came cannot be read any further.
    Unreadable(CloseCode, &'static str),
    /// The relay closes, and says why.
    Close(CloseCode, &'static str),
    /// The peer takes no notice of refusals.
    TooFast,
    /// The relay stops.
    Stopping,
}

impl Connection {
    /// A connection may say who it is by `hello`; until then it is whom the headers name, or a person
    /// the relay makes up. `read` was read from the socket before.
    pub(super) fn new(
        server: Server,
        Guest {
            author: mut member,
            access,
            address,
        }: Guest,
        is_named: bool,
        encoding: Encoding,
        socket: TcpStream,
        read: &[u8],
    ) -> Self {
        let is_known = access
            .as_ref()
            .is_some_and(|access| access.pass().is_some());
        if !is_named && !is_known {
            member.kind = MemberKind::Human;
        }
        let mut decoder = Decoder::new(MAX_FRAME_BYTES);
        decoder.push(read);
        Self {
            pace: Pace::new(&server.rules, &member.member, address),
            server,
            id: clock::fresh(ConnectionId::new),
            member: Arc::new(member),
            over: over(access.as_ref()),
            access,
            address,
            encoding,
            subscriptions: BTreeMap::new(),
            in_flight: FuturesOrdered::new(),
            sizes_in_flight: VecDeque::new(),
            bytes_in_flight: 0,
            taking: Vec::new(),
            handed: Vec::new(),
            implied: None,
            is_first: true,
            line: Arc::new(Line::new(socket, encoding)),
            decoder,
        }
    }

    /// Serves the socket until it ends. `channel` is subscribed to from the start.
    pub(super) async fn run(mut self, channel: Option<ChannelId>) {
        let metrics = Arc::clone(&self.server.metrics);
        metrics.connections.inc();
        let _counted = OnDrop(Some(move || {
            metrics.connections.dec();
        }));
        let (connected, access) = (&self.server.connected, self.access.as_ref());
        if access.is_some_and(|access| connected.check_room(access).is_err()) {
            self.server.metrics.of_token();
            let end = End::Close(CloseCode::TooFast, FULL);
            return Box::pin(self.finish(end)).await;
        }
        let _listed = connected.enter(&self.id, &self.member, access, self.address);
        tracing::debug!(connection = %self.id, member = %self.member.member, "connected");
        self.implied = channel.clone();
        if let Some(access) = self.access.clone() {
            self.welcome(&access);
            if let Some(channel) = channel {
                Box::pin(self.subscribe_implied(channel)).await;
            }
        }
        let end = self.serve().await;
        tracing::debug!(connection = %self.id, ?end, "disconnected");
        Box::pin(self.finish(end)).await;
    }

    async fn serve(&mut self) -> End {
        let stopping = self.server.stopping.clone().cancelled_owned();
        tokio::pin!(stopping);
        let mut liveness = Liveness::new();
        loop {
            // Boxed: an idle connection holds no room for what it does when it works.
            if let Err(end) = Box::pin(self.work()).await {
                return end;
            }
            let line = Arc::clone(&self.line);
            let outcome = tokio::select! {
                readable = line.readable(), if self.has_room() => {
                    liveness.heard();
                    self.read(readable)
                }
                Some(frame) = self.in_flight.next(), if !self.in_flight.is_empty() => {
                    self.acknowledge(&frame);
                    Ok(())
                }
                (frame, lease) = first_of(&mut self.taking), if !self.taking.is_empty() => {
                    self.handed.extend(lease);
                    self.send(&frame);
                    Ok(())
                }
                (code, reason) = ended(&mut self.over), if self.over.is_some() => {
                    Err(End::Close(code, reason))
                }
                () = self.pace.freed(), if self.pace.is_held() => Ok(()),
                () = line.woken() => Ok(()),
                () = sleep_until(liveness.due) => self.check_alive(&mut liveness),
                () = &mut stopping => Err(End::Stopping),
            };
            if let Err(end) = outcome {
                return end;
            }
        }
    }

    /// Does what was read, fetches what subscriptions lack, writes.
    async fn work(&mut self) -> Result<(), End> {
        let outcome = match self.receive().await {
            Ok(()) => self.gather().await,
            ended => ended,
        };
        // Before any end, too: an error may explain it.
        let written = self.write().await;
        outcome.and(written)
    }

    /// Gathers what the subscriptions lack.
    async fn gather(&mut self) -> Result<(), End> {
        let (mut out, mut ended, mut n_events) = (Vec::new(), Vec::new(), 0);
        for (channel, subscription) in &mut self.subscriptions {
            // The store has trouble: the watcher reconnects and resumes from where it was.
            let items = subscription.take().await;
            let items =
                items.map_err(|_| End::Close(CloseCode::GoingAway, "the store has trouble"))?;
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
            if out.len() >= FULL_BYTES {
                self.line.put(&std::mem::take(&mut out));
                write(&self.line, &self.server.metrics).await?;
            }
        }
        self.line.put(&out);
        self.server.metrics.deliveries.inc_by(n_events);
        for channel in ended {
            self.subscriptions.remove(&channel);
        }
        Ok(())
    }

    /// Puts a frame after those that are to be written.
    pub(super) fn send(&mut self, frame: &RelayFrame) {
        self.pace.told(frame);
        if matches!(frame, RelayFrame::Error(_)) {
            self.server.metrics.refusals.inc();
        }
        self.line.put(&encode(self.encoding, frame));
    }

    /// Acknowledges a publish, and with it whatever else is durable by now.
    fn acknowledge(&mut self, frame: &RelayFrame) {
        self.landed(frame);
        while let Some(Some(frame)) = self.in_flight.next().now_or_never() {
            self.landed(&frame);
        }
    }

    fn landed(&mut self, frame: &RelayFrame) {
        self.bytes_in_flight -= self.sizes_in_flight.pop_front().unwrap_or(0);
        self.send(frame);
    }

    /// Where the channel writes what comes.
    pub(super) fn outlet(&self) -> Arc<dyn Outlet> {
        Arc::clone(&self.line) as Arc<dyn Outlet>
    }

    /// Writes all that is to be written.
    async fn write(&mut self) -> Result<(), End> {
        write(&self.line, &self.server.metrics).await?;
        for lease in std::mem::take(&mut self.handed) {
            let receipts = &self.server.connections;
            receipts.spawn(receipt(lease, "websocket"));
        }
        Ok(())
    }

    fn check_alive(&mut self, liveness: &mut Liveness) -> Result<(), End> {
        if liveness.is_asked && !self.pace.is_held() {
            let reason = "nothing was heard for too long";
            return Err(End::Close(CloseCode::Silent, reason));
        }
        liveness.asked();
        self.pace.forget();
        self.line.put(&frame(Opcode::Ping, &[]));
        Ok(())
    }
}

async fn write(line: &Line, metrics: &Metrics) -> Result<(), End> {
    match timeout(WRITE_WITHIN, line.flush()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Gone),
        Err(_) => {
            metrics.slow.inc();
            let reason = "what was written was not taken in time";
            Err(End::Close(CloseCode::Silent, reason))
        }
    }
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

//! One socket at a time: being opened, open, or none.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use http::HeaderValue;
use http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use pilothouse_shared::link::Input;
use pilothouse_shared::{ClientFrame, CloseCode, Encoding, ErrorCode};
use tokio::net::TcpStream;
use tokio_websockets::{ClientBuilder, Error, MaybeTlsStream, Message, WebSocketStream, upgrade};

use super::Credentials;
use super::trust::{Target, mend};

/// How long the peer may take to agree to a close.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);

/// A socket that broke, or never opened.
const BROKEN: CloseCode = CloseCode::Other(1006);

/// A peer that sends what cannot be read. Worth another try: a relay may have been replaced.
const UNREADABLE: CloseCode = CloseCode::Other(1007);

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;
type Opening = Pin<Box<dyn Future<Output = Result<Stream, Error>> + Send>>;

/// The socket of a driver.
#[derive(Default)]
pub(super) enum Socket {
    #[default]
    None,
    Opening(Opening),
    Open {
        stream: Box<Stream>,
        /// Frames the stream has no room for yet; the driver takes in no more while there are many.
        queue: VecDeque<Message>,
    },
}

impl Socket {
    /// Begins to open a socket.
    pub(super) fn open(target: Target) -> Self {
        Self::Opening(Box::pin(open(target)))
    }

    /// Frames that wait for room.
    pub(super) fn n_queued(&self) -> usize {
        match self {
            Self::Open { queue, .. } => queue.len(),
            _ => 0,
        }
    }

    /// Queues a frame; [`Self::next`] sends it.
    pub(super) fn send(&mut self, frame: &ClientFrame) {
        let Self::Open { queue, .. } = self else {
            return;
        };
        match serde_json::to_string(frame) {
            Ok(text) => queue.push_back(Message::text(text)),
            Err(err) => tracing::warn!(%err, "frame has no JSON form"),
        }
    }

    /// What happens next: opened, a frame, or closed; writes meanwhile, and says `None` when all that
    /// was queued has found room. Never ready without a socket. Cancel-safe: nothing is held outside
    /// of `self`.
    pub(super) async fn next(&mut self, may_read: bool) -> Option<Input> {
        poll_fn(|cx| self.poll(cx, may_read)).await
    }

    /// Ends the socket. Only a peer that is there is told: of the codes a link closes with, that
    /// is `Done`.
    pub(super) async fn close(self, code: CloseCode) {
        if let Self::Open { mut stream, queue } = self
            && code == CloseCode::Done
        {
            let farewell = async {
                for message in queue {
                    stream.feed(message).await?;
                }
                stream.close().await
            };
            let _ = tokio::time::timeout(CLOSE_WITHIN, farewell).await;
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, may_read: bool) -> Poll<Option<Input>> {
        let had_queue = self.n_queued() > 0;
        let input = match self {
            Self::None => return Poll::Pending,
            Self::Opening(opening) => match ready!(opening.as_mut().poll(cx)) {
                Ok(stream) => {
                    let (stream, queue) = (Box::new(stream), VecDeque::new());
                    *self = Self::Open { stream, queue };
                    return Poll::Ready(Some(Input::Opened));
                }
                Err(error) => refused(&error),
            },
            Self::Open { stream, queue } => match write(stream, queue, cx) {
                Poll::Ready(Err(error)) => broken(&error),
                _ => {
                    let has_room = had_queue && queue.is_empty();
                    match may_read.then(|| read(stream, cx)) {
                        Some(Poll::Ready(input)) => input,
                        _ if has_room => return Poll::Ready(None),
                        _ => return Poll::Pending,
                    }
                }
            },
        };
        if matches!(input, Input::Closed { .. }) {
            *self = Self::None;
        }
        Poll::Ready(Some(input))
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Opening(_) => "Opening",
            Self::Open { .. } => "Open",
        })
    }
}

async fn open(target: Target) -> Result<Stream, Error> {
    let protocol = HeaderValue::from_static("pilothouse.v1.json");
    let connector = target.connector.map_err(io::Error::other)?;
    let shown = target.credentials.as_ref().map(Credentials::header);
    let shown = shown.transpose().map_err(io::Error::other)?;
    let mut builder = ClientBuilder::new()
        .uri(&target.url)
        .map_err(|_| Error::CannotResolveHost)?
        .connector(&connector)
        .add_header(SEC_WEBSOCKET_PROTOCOL, protocol)?;
    if let Some(shown) = shown {
        builder = builder.add_header(AUTHORIZATION, shown)?;
    }
    let (stream, _) = builder.connect().await?;
    let tcp = match stream.get_ref() {
        MaybeTlsStream::Plain(tcp) => tcp,
        MaybeTlsStream::Rustls(encrypted) => encrypted.get_ref().0,
    };
    // Frames are small and wait for no companion.
    tcp.set_nodelay(true)?;
    Ok(stream)
}

fn write(
    stream: &mut Stream,
    queue: &mut VecDeque<Message>,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Error>> {
    while !queue.is_empty() {
        ready!(stream.poll_ready_unpin(cx))?;
        if let Some(message) = queue.pop_front() {
            stream.start_send_unpin(message)?;
        }
    }
    stream.poll_flush_unpin(cx)
}

fn read(stream: &mut Stream, cx: &mut Context<'_>) -> Poll<Input> {
    loop {
        let message = match ready!(stream.poll_next_unpin(cx)) {
            None => return Poll::Ready(closed(BROKEN, "the connection ended")),
            Some(Err(error)) => return Poll::Ready(broken(&error)),
            Some(Ok(message)) => message,
        };
        if let Some((code, reason)) = message.as_close() {
            return Poll::Ready(closed(u16::from(code).into(), reason));
        }
        if message.is_ping() || message.is_pong() {
            continue;
        }
        match Encoding::Json.decode_relay(message.as_payload()) {
            Ok(frame) => return Poll::Ready(Input::Frame(Box::new(frame))),
            Err(error) if error.code == ErrorCode::UnknownType => {}
            Err(error) => return Poll::Ready(closed(UNREADABLE, &error.message)),
        }
    }
}

fn refused(error: &Error) -> Input {
    match error {
        Error::Upgrade(upgrade::Error::DidNotSwitchProtocols(401)) => {
            closed(CloseCode::Unauthenticated, "the relay wants credentials")
        }
        Error::Upgrade(upgrade::Error::DidNotSwitchProtocols(403)) => {
            let reason = "the relay does not allow this connection";
            closed(CloseCode::Forbidden, reason)
        }
        Error::Upgrade(upgrade::Error::DidNotSwitchProtocols(status)) => {
            let reason = format!("answered with HTTP status {status}; is it a relay?");
            closed(BROKEN, &reason)
        }
        other => broken(other),
    }
}

fn broken(error: &Error) -> Input {
    match error {
        Error::Io(error) => match mend(error) {
            Some(mend) => closed(BROKEN, mend),
            None => closed(BROKEN, &error.to_string()),
        },
        other => closed(BROKEN, &other.to_string()),
    }
}

fn closed(code: CloseCode, reason: &str) -> Input {
    let reason = reason.to_owned();
    Input::Closed { code, reason }
}

//! How a connection ends: with a code that says what the client does next.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use pilothouse_shared::{CloseCode, Goodbye, RelayFrame};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;
use tokio_websockets::{Error, Message, WebSocketStream};

use super::{Connection, End, random_below};

/// How long the peer has to take the close frame and answer.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// Over how long the clients of a relay that stops are asked to spread their return.
const RETURN_WITHIN_MS: u64 = 2_000;

/// First byte of a close frame that is whole (RFC 6455, section 5.2).
const CLOSE_FRAME: u8 = 0x88;

impl Connection {
    /// Says how it ends, if there is anybody to tell.
    pub(super) async fn finish<S: AsyncRead + AsyncWrite + Unpin>(
        mut self,
        socket: &mut WebSocketStream<S>,
        end: End,
    ) {
        self.subscriptions.clear();
        let ending = async {
            match end {
                End::Gone => Ok(()),
                End::Closed => timeout(CLOSE_WITHIN, socket.flush())
                    .await
                    .unwrap_or(Ok(())),
                End::Unreadable(code, reason) => abort(socket.get_mut(), code, reason).await,
                End::Close(code, reason) => close(socket, code, reason).await,
                End::Stopping => {
                    self.drain(socket).await;
                    close(socket, CloseCode::Draining, "the relay restarts; come back").await
                }
            }
        };
        if let Err(error) = ending.await {
            tracing::debug!(%error, "the end was not told");
        }
    }

    /// Acknowledges what is under way and says goodbye.
    async fn drain<S: AsyncRead + AsyncWrite + Unpin>(&mut self, socket: &mut WebSocketStream<S>) {
        while let Some(frame) = self.in_flight.next().await {
            self.send(&frame);
        }
        self.send(&RelayFrame::Goodbye(Goodbye {
            reason: "the relay restarts".to_owned(),
            retry: true,
            after_ms: Some(random_below(RETURN_WITHIN_MS)),
        }));
        let _ = self.write(socket).await;
    }
}

/// The peer's answer ends the stream; one that does not answer is left.
async fn close<S: AsyncRead + AsyncWrite + Unpin>(
    socket: &mut WebSocketStream<S>,
    code: CloseCode,
    reason: &str,
) -> Result<(), Error> {
    let code = tokio_websockets::CloseCode::try_from(code.number()).ok();
    let closing = async {
        socket.send(Message::close(code, reason)).await?;
        while let Some(message) = socket.next().await {
            message?;
        }
        Ok(())
    };
    timeout(CLOSE_WITHIN, closing).await.unwrap_or(Ok(()))
}

/// Closes beside the library, which has its own codes for what it cannot read and takes no more
/// frames then. Reads on to the end: a socket closed with unread bytes is reset, and the code with it.
async fn abort<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    code: CloseCode,
    reason: &str,
) -> Result<(), Error> {
    let payload = [&code.number().to_be_bytes(), reason.as_bytes()].concat();
    let length = u8::try_from(payload.len()).unwrap_or(u8::MAX);
    let closing = async {
        stream
            .write_all(&[&[CLOSE_FRAME, length], payload.as_slice()].concat())
            .await?;
        stream.shutdown().await?;
        tokio::io::copy(stream, &mut tokio::io::sink()).await?;
        Ok(())
    };
    timeout(CLOSE_WITHIN, closing).await.unwrap_or(Ok(()))
}

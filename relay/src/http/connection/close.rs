//! How a connection ends: with a code that says what the client does next.

use std::io;
use std::time::Duration;

use futures_util::StreamExt;
use pilothouse_shared::{CloseCode, Goodbye, Millis, RelayFrame};
use tokio::time::timeout;

use super::line::Line;
use super::liveness::random_below;
use super::pace::COME_BACK_AFTER;
use super::{Connection, End};
use crate::websocket::{Decoder, Incoming, Opcode, close_frame, frame};

/// How long the peer has to take the close frame and answer.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// Over how long the clients of a relay that stops are asked to spread their return.
const RETURN_WITHIN_MS: u64 = 2_000;

impl Connection {
    /// Says how it ends, if there is anybody to tell.
    pub(super) async fn finish(mut self, end: End) {
        self.subscriptions.clear();
        let told = match end {
            End::Gone => return,
            End::Closed(answer) => tell(&self.line, &frame(Opcode::Close, &answer)).await,
            End::Unreadable(code, reason) => tell(&self.line, &close_frame(code, reason)).await,
            End::Close(code, reason) => self.close(code, reason).await,
            End::TooFast => {
                let after = COME_BACK_AFTER.as_millis() as u64;
                self.goodbye("too much was refused; come back later", after);
                self.close(CloseCode::TooFast, "too much was refused").await
            }
            End::Stopping => {
                self.drain().await;
                self.close(CloseCode::Draining, "the relay restarts; come back")
                    .await
            }
        };
        if let Err(error) = told {
            tracing::debug!(%error, "the end was not told");
        }
    }

    /// Acknowledges what is under way and says goodbye.
    async fn drain(&mut self) {
        while let Some(frame) = self.in_flight.next().await {
            self.send(&frame);
        }
        self.goodbye("the relay restarts", random_below(RETURN_WITHIN_MS));
        let _ = self.write().await;
    }

    fn goodbye(&mut self, reason: &str, after_ms: Millis) {
        self.send(&RelayFrame::Goodbye(Goodbye {
            reason: reason.to_owned(),
            retry: true,
            after_ms: Some(after_ms),
        }));
    }

    /// Closes first; the peer's answer ends it.
    async fn close(&mut self, code: CloseCode, reason: &str) -> io::Result<()> {
        self.line.put(&close_frame(code, reason));
        let (line, decoder) = (&self.line, &mut self.decoder);
        let closing = async {
            line.flush().await?;
            answered(line, decoder).await
        };
        within(closing).await
    }
}

/// Says the last word. Reads on to the end: a socket closed with unread bytes is reset, and the word
/// with it.
pub(crate) async fn tell(line: &Line, last: &[u8]) -> io::Result<()> {
    line.put(last);
    let closing = async {
        line.flush().await?;
        line.shut_down()?;
        while read(line, |_| {}).await? {}
        Ok(())
    };
    within(closing).await
}

/// Reads until the peer has answered a close, or is gone.
async fn answered(line: &Line, decoder: &mut Decoder) -> io::Result<()> {
    loop {
        match decoder.next() {
            Ok(Some(Incoming::Close(_))) | Err(_) => return Ok(()),
            Ok(Some(_)) => {}
            Ok(None) if read(line, |bytes| decoder.push(bytes)).await? => {}
            Ok(None) => return Ok(()),
        }
    }
}

/// Whether there is more to come.
async fn read(line: &Line, take: impl FnOnce(&[u8])) -> io::Result<bool> {
    line.readable().await?;
    Ok(line.read(take)?.is_some())
}

/// A peer that does not answer in time is left.
async fn within(closing: impl Future<Output = io::Result<()>>) -> io::Result<()> {
    timeout(CLOSE_WITHIN, closing).await.unwrap_or(Ok(()))
}

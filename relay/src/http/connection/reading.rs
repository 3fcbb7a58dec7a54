//! Reading from a socket: what came, frame by frame, for as long as there is room for more.

use std::io;

use pilothouse_shared::{CloseCode, Encoding};

use super::{Connection, End, MAX_BYTES_IN_FLIGHT, MAX_IN_FLIGHT};
use crate::access::Access;
use crate::limits::What;
use crate::websocket::{Incoming, Opcode, Violation, frame};

impl Connection {
    pub(super) fn has_room(&self) -> bool {
        self.in_flight.len() < MAX_IN_FLIGHT
            && self.bytes_in_flight < MAX_BYTES_IN_FLIGHT
            && !self.pace.is_held()
    }

    pub(super) fn read(&mut self, readable: io::Result<()>) -> Result<(), End> {
        let (decoder, mut n_bytes) = (&mut self.decoder, 0);
        let mut take = |bytes: &[u8]| {
            n_bytes = bytes.len() as u64;
            decoder.push(bytes);
        };
        let read = readable.and_then(|()| self.line.read(&mut take));
        self.count(What::Bytes, n_bytes);
        match read {
            Ok(Some(())) => Ok(()),
            Ok(None) | Err(_) => Err(End::Gone),
        }
    }

    pub(super) async fn receive(&mut self) -> Result<(), End> {
        while self.has_room() {
            let end = |code, reason| Err(End::Unreadable(code, reason));
            match self.decoder.next() {
                Ok(None) => return Ok(()),
                Ok(Some(_)) if self.access.as_ref().is_some_and(Access::is_over) => {
                    let reason = "your access is over";
                    return Err(End::Close(CloseCode::Unauthenticated, reason));
                }
                Ok(Some(incoming)) => {
                    self.message(incoming).await?;
                    self.count(What::Frames, 1);
                    self.pace.check()?;
                    // An answer may be a thousand times as long as the question.
                    if self.line.is_full() {
                        self.write().await?;
                    }
                }
                Err(Violation::TooLarge) => {
                    return end(CloseCode::TooLarge, "a frame has at most 262144 bytes");
                }
                Err(Violation::Protocol | Violation::Encoding) => {
                    let reason = "text is UTF-8, and frames are those of RFC 6455";
                    return end(CloseCode::BadFrame, reason);
                }
            }
        }
        Ok(())
    }

    async fn message(&mut self, incoming: Incoming) -> Result<(), End> {
        let wrong = |reason| Err(End::Close(CloseCode::BadFrame, reason));
        match (incoming, self.encoding) {
            (Incoming::Text(bytes), Encoding::Json)
            | (Incoming::Binary(bytes), Encoding::MessagePack) => self.frame(&bytes).await,
            (Incoming::Text(_), _) => return wrong("this connection speaks MessagePack"),
            (Incoming::Binary(_), _) => return wrong("this connection speaks JSON, in text"),
            (Incoming::Ping(payload), _) => self.line.put(&frame(Opcode::Pong, &payload)),
            (Incoming::Pong, _) => {}
            (Incoming::Close(answer), _) => return Err(End::Closed(answer)),
        }
        Ok(())
    }
}

//! A socket that both its connection and the fan-out write to: whole frames, never between the pieces
//! of one.

use std::io::{self, ErrorKind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Buf, BytesMut};
use pilothouse_shared::Encoding;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use crate::channel::{Batch, Outlet};

/// Bytes read at a time.
const READ_BYTES: usize = 16 * 1024;

/// Bytes that are enough for a write of their own: more is put only after they are written.
pub(crate) const FULL_BYTES: usize = 256 * 1024;

/// See the module.
#[derive(Debug)]
pub(crate) struct Line {
    socket: TcpStream,
    encoding: Encoding,
    /// What the socket has not taken yet: the rest of a frame, and what its own connection put after
    /// it: at most [`FULL_BYTES`] and one answer, or what one subscription takes at a time.
    unsent: Mutex<BytesMut>,
    news: Notify,
}

impl Line {
    pub(crate) fn new(socket: TcpStream, encoding: Encoding) -> Self {
        Self {
            socket,
            encoding,
            unsent: Mutex::default(),
            news: Notify::new(),
        }
    }

    fn unsent(&self) -> MutexGuard<'_, BytesMut> {
        self.unsent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the fan-out leaves something to the connection. A wake-up that comes while nobody
    /// waits is kept.
    pub(crate) async fn woken(&self) {
        self.news.notified().await;
    }

    /// Waits until there may be something to read.
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    /// Hands what there is to `take`; `None` when the peer has closed.
    pub(crate) fn read(&self, take: impl FnOnce(&[u8])) -> io::Result<Option<()>> {
        let mut buffer = [0; READ_BYTES];
        match self.socket.try_read(&mut buffer) {
            Ok(0) => Ok(None),
            Ok(n) => {
                take(&buffer[..n]);
                Ok(Some(()))
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(Some(())),
            Err(error) => Err(error),
        }
    }

    /// Puts whole frames after what is still to be written.
    pub(crate) fn put(&self, frames: &[u8]) {
        self.unsent().extend_from_slice(frames);
    }

    #[cfg(test)]
    pub(crate) fn n_unsent(&self) -> usize {
        self.unsent().len()
    }

    /// Whether there is enough for a write of its own.
    pub(crate) fn is_full(&self) -> bool {
        self.unsent().len() >= FULL_BYTES
    }

    /// Writes what is to be written.
    pub(crate) async fn flush(&self) -> io::Result<()> {
        while !self.try_flush()? {
            self.socket.writable().await?;
        }
        Ok(())
    }

    /// Whether all is written.
    fn try_flush(&self) -> io::Result<bool> {
        let mut unsent = self.unsent();
        while !unsent.is_empty() {
            match self.socket.try_write(&unsent) {
                Ok(n) => unsent.advance(n),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        // An idle connection keeps no buffer.
        *unsent = BytesMut::new();
        Ok(true)
    }

    /// Ends the writing side, so that the peer sees the end of what was written.
    pub(crate) fn shut_down(&self) -> io::Result<()> {
        SockRef::from(&self.socket).shutdown(std::net::Shutdown::Write)
    }
}

impl Outlet for Line {
    fn encoding(&self) -> Encoding {
        self.encoding
    }

    fn offer(&self, batch: &Batch, start: usize) -> usize {
        let mut unsent = self.unsent();
        if !unsent.is_empty() {
            return 0;
        }
        // Past the runtime, which would look up first whether it knows the socket to be full. One that
        // is broken is found out by its connection, which reads.
        let Ok(n) = SockRef::from(&self.socket).send(batch.bytes_from(start)) else {
            return 0;
        };
        let (n_taken, rest) = batch.cut(start, n);
        if !rest.is_empty() {
            unsent.extend_from_slice(rest);
            self.news.notify_one();
        }
        n_taken
    }

    fn wake(&self) {
        self.news.notify_one();
    }
}

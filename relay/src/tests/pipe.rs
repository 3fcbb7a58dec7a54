//! A socket as both ends see it: a stream of bytes that takes only so many until they are read.

use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::{Buf, Bytes, BytesMut};
use futures_util::FutureExt;
use pilothouse_shared::Encoding;
use tokio::sync::Notify;

use crate::channel::{Batch, Outlet};

/// See the module. What the relay's end does is what a connection does with its socket.
#[derive(Debug)]
pub(super) struct Pipe {
    encoding: Encoding,
    capacity: usize,
    flow: Mutex<Flow>,
    news: Notify,
}

#[derive(Debug, Default)]
struct Flow {
    /// What the relay has yet to write.
    unsent: BytesMut,
    /// What is on its way.
    sent: BytesMut,
    /// Nothing arrives any more, and nobody says so.
    is_void: bool,
}

impl Flow {
    fn write(&mut self, bytes: &[u8], capacity: usize) -> usize {
        if self.is_void {
            return bytes.len();
        }
        let n = bytes.len().min(capacity.saturating_sub(self.sent.len()));
        self.sent.extend_from_slice(&bytes[..n]);
        n
    }
}

impl Pipe {
    pub(super) fn new(encoding: Encoding, capacity: usize) -> Self {
        Self {
            encoding,
            capacity,
            flow: Mutex::default(),
            news: Notify::new(),
        }
    }

    fn flow(&self) -> MutexGuard<'_, Flow> {
        self.flow.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts whole frames after what is still to be written.
    pub(super) fn put(&self, frames: &[u8]) {
        self.flow().unsent.extend_from_slice(frames);
    }

    /// Writes what there is room for. Whether that was all.
    pub(super) fn flush(&self) -> bool {
        let mut flow = self.flow();
        let unsent = std::mem::take(&mut flow.unsent);
        let n = flow.write(&unsent, self.capacity);
        flow.unsent.extend_from_slice(&unsent[n..]);
        flow.unsent.is_empty()
    }

    /// Whether the connection was woken since it was last asked.
    pub(super) fn is_woken(&self) -> bool {
        self.news.notified().now_or_never().is_some()
    }

    /// Whether something is on its way.
    pub(super) fn has_arrived(&self) -> bool {
        !self.flow().sent.is_empty()
    }

    /// Whether nothing is on its way, nor to be written.
    pub(super) fn is_empty(&self) -> bool {
        let flow = self.flow();
        flow.sent.is_empty() && flow.unsent.is_empty()
    }

    /// The other end reads what has arrived.
    pub(super) fn read(&self, into: &mut BytesMut) -> bool {
        let sent = std::mem::take(&mut self.flow().sent);
        into.extend_from_slice(&sent);
        !sent.is_empty()
    }

    /// From now on it takes everything, and nothing arrives.
    pub(super) fn leads_nowhere(&self) {
        let mut flow = self.flow();
        flow.is_void = true;
        flow.sent.clear();
    }
}

impl Outlet for Pipe {
    fn encoding(&self) -> Encoding {
        self.encoding
    }

    fn offer(&self, batch: &Batch, start: usize) -> usize {
        let mut flow = self.flow();
        if !flow.unsent.is_empty() {
            return 0;
        }
        let n = flow.write(batch.bytes_from(start), self.capacity);
        let (n_taken, rest) = batch.cut(start, n);
        if !rest.is_empty() {
            flow.unsent.extend_from_slice(rest);
            self.news.notify_one();
        }
        n_taken
    }

    fn wake(&self) {
        self.news.notify_one();
    }
}

/// Cuts the payload of the next whole WebSocket frame off what was read (RFC 6455, section 5.2).
pub(super) fn next_frame(read: &mut BytesMut) -> Option<Bytes> {
    let (header, length) = match *read.get(1)? {
        126 => (
            4,
            u64::from(u16::from_be_bytes(read.get(2..4)?.try_into().ok()?)),
        ),
        127 => (10, u64::from_be_bytes(read.get(2..10)?.try_into().ok()?)),
        short => (2, u64::from(short)),
    };
    let length = usize::try_from(length).ok()?;
    if read.len() < header + length {
        return None;
    }
    read.advance(header);
    Some(read.split_to(length).freeze())
}

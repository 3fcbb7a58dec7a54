//! The sockets that are written to, and the frames for them.

use std::io::{self, ErrorKind, Write};
use std::net::TcpStream;

use crate::bench::load::poll::Poll;

/// Bytes of written frames that are kept before they are dropped together.
const KEEP_BYTES: usize = 8 * 1024 * 1024;

/// See the module. All frames have the same length.
#[derive(Debug)]
pub(super) struct Audience {
    per_write: u64,
    frame_bytes: u64,
    /// Frames one after the other; the first byte is number `start` of all that ever were.
    frames: Vec<u8>,
    start: u64,
    readers: Vec<Reader>,
    /// For each socket number its place in `readers`.
    place_of: Vec<Option<usize>>,
}

#[derive(Clone, Copy, Debug)]
struct Reader {
    who: usize,
    /// The number of the byte it is sent next.
    next: u64,
    /// It took less than it was given: it gets more when it has room.
    is_full: bool,
}

impl Audience {
    pub(super) fn new(per_write: usize) -> Self {
        Self {
            per_write: per_write.max(1) as u64,
            frame_bytes: 1,
            frames: Vec::new(),
            start: 0,
            readers: Vec::new(),
            place_of: Vec::new(),
        }
    }

    /// Socket `who` gets what comes from now on.
    pub(super) fn join(&mut self, who: usize) {
        self.place_of.resize(self.place_of.len().max(who + 1), None);
        self.place_of[who] = Some(self.readers.len());
        let next = self.end();
        let is_full = false;
        self.readers.push(Reader { who, next, is_full });
    }

    /// Socket `who` is closed: it counts as full for ever.
    pub(super) fn leave(&mut self, who: usize) {
        if let Some(place) = self.place_of.get(who).copied().flatten() {
            self.readers[place].is_full = true;
            self.readers[place].next = u64::MAX;
        }
    }

    /// Adds a frame; says whether there are now as many as go into one write.
    pub(super) fn push(&mut self, frame: &[u8]) -> bool {
        self.frame_bytes = frame.len() as u64;
        self.frames.extend_from_slice(frame);
        self.end().is_multiple_of(self.per_write * self.frame_bytes)
    }

    /// Gives each its frames, with one write for up to so many.
    pub(super) fn write(&mut self, sockets: &[TcpStream], poll: &Poll) -> io::Result<()> {
        for place in 0..self.readers.len() {
            if !self.readers[place].is_full {
                self.give(place, sockets, poll)?;
            }
        }
        if self.frames.len() > KEEP_BYTES {
            self.drop_written();
        }
        Ok(())
    }

    /// Socket `who` has room again.
    pub(super) fn catch_up(
        &mut self,
        who: usize,
        sockets: &[TcpStream],
        poll: &Poll,
    ) -> io::Result<()> {
        let Some(place) = self.place_of.get(who).copied().flatten() else {
            return Ok(());
        };
        self.readers[place].is_full = false;
        poll.change(who, &sockets[who], false)?;
        self.give(place, sockets, poll)
    }

    fn give(&mut self, place: usize, sockets: &[TcpStream], poll: &Poll) -> io::Result<()> {
        let end = self.end();
        let at_once = self.per_write * self.frame_bytes;
        let reader = &mut self.readers[place];
        while reader.next < end {
            let until = (reader.next / at_once + 1) * at_once;
            let from = (reader.next - self.start) as usize;
            let to = (until.min(end) - self.start) as usize;
            match (&sockets[reader.who]).write(&self.frames[from..to]) {
                Ok(n_bytes) => reader.next += n_bytes as u64,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    reader.is_full = true;
                    return poll.change(reader.who, &sockets[reader.who], true);
                }
                Err(_) => {
                    reader.is_full = true;
                    reader.next = u64::MAX;
                }
            }
        }
        Ok(())
    }

    fn drop_written(&mut self) {
        let next = self.readers.iter().map(|reader| reader.next);
        let written = next.min().unwrap_or(u64::MAX).min(self.end());
        self.frames.drain(..(written - self.start) as usize);
        self.start = written;
    }

    fn end(&self) -> u64 {
        self.start + self.frames.len() as u64
    }
}

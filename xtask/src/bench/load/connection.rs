//! One socket: its handshake, the frames it brings, and what waits to be sent.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with, sockopt};

use super::frames::{self, CLOSE, Frame, PING, PONG};
use super::hear::{Hear, Heard};
use super::poll::Poll;
use crate::bench::plan::Dialect;

/// See the module.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    dialect: Dialect,
    is_open: bool,
    /// The start of a frame whose rest has not come.
    partial: Vec<u8>,
    /// The start of a message whose rest has not come, where messages are not frames.
    carry: Vec<u8>,
    unsent: Vec<u8>,
    is_waiting_to_write: bool,
}

impl Connection {
    /// Begins to connect; `request` is sent by the first [`flush`](Self::flush) that can.
    pub(super) fn begin(target: SocketAddr, dialect: Dialect, request: &[u8]) -> io::Result<Self> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
        sockopt::set_tcp_nodelay(&socket, true)?;
        match rustix::net::connect(&socket, &target) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(Self {
            stream: TcpStream::from(socket),
            dialect,
            is_open: false,
            partial: Vec::new(),
            carry: Vec::new(),
            unsent: request.to_vec(),
            is_waiting_to_write: true,
        })
    }

    /// Adds `bytes` to what is not sent yet.
    pub(super) fn put(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
    }

    /// Sends what the socket takes, and has `poll` wait for room exactly if something is left.
    pub(super) fn flush(&mut self, who: usize, poll: &Poll) -> io::Result<()> {
        while !self.unsent.is_empty() {
            match self.stream.write(&self.unsent) {
                Ok(n_bytes) => drop(self.unsent.drain(..n_bytes)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::NotConnected => break,
                Err(error) => return Err(error),
            }
        }
        if self.is_waiting_to_write == self.unsent.is_empty() {
            self.is_waiting_to_write = !self.unsent.is_empty();
            poll.change(who, &self.stream, self.is_waiting_to_write)?;
        }
        Ok(())
    }

    /// Reads what there is, behind what was kept of the last frame; returns the length of both, or
    /// `None` when there is nothing to read.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> io::Result<Option<usize>> {
        let n_kept = self.partial.len();
        let Some(room) = buffer.get_mut(n_kept..).filter(|room| !room.is_empty()) else {
            return Err(io::Error::other("a frame is larger than can be read"));
        };
        let n_bytes = match self.stream.read(room) {
            Ok(0) => return Err(io::Error::other("the server closed a connection")),
            Ok(n_bytes) => n_bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error),
        };
        buffer[..n_kept].copy_from_slice(&self.partial);
        self.partial.clear();
        Ok(Some(n_kept + n_bytes))
    }

    /// Has `ear` hear all that is whole in `bytes`, which were read at `at_ns`, and keeps the rest.
    /// What it replies waits to be sent.
    pub(super) fn hear(
        &mut self,
        who: usize,
        bytes: &[u8],
        at_ns: u64,
        ear: &mut impl Hear,
    ) -> io::Result<()> {
        let mut rest = bytes;
        if !self.is_open {
            let Some(n_bytes) = answer(bytes)? else {
                self.partial.extend_from_slice(bytes);
                return Ok(());
            };
            self.is_open = true;
            rest = &bytes[n_bytes..];
            self.unsent.extend(self.dialect.introduction());
            ear.opened(who, at_ns, &mut self.unsent);
        }
        while let Some(frame) = frames::first(rest) {
            rest = &rest[frame.n_bytes..];
            match frame.opcode {
                PING => frames::write_client(PONG, frame.payload, &mut self.unsent),
                PONG => {}
                CLOSE => return Err(closed(frame.payload)),
                _ => self.messages(who, frame, at_ns, ear)?,
            }
        }
        self.partial.extend_from_slice(rest);
        Ok(())
    }

    fn messages(
        &mut self,
        who: usize,
        frame: Frame<'_>,
        at_ns: u64,
        ear: &mut impl Hear,
    ) -> io::Result<()> {
        let header_bytes = frame.n_bytes - frame.payload.len();
        let (carry, reply) = (&mut self.carry, &mut self.unsent);
        self.dialect
            .messages(carry, frame.payload, |payload, n_bytes| {
                let n_bytes = n_bytes + header_bytes;
                let heard = Heard {
                    who,
                    payload,
                    n_bytes,
                    at_ns,
                };
                ear.heard(heard, reply)
            })
    }
}

/// The length of the answer to the handshake; `None` until all of it is there.
fn answer(bytes: &[u8]) -> io::Result<Option<usize>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    if bytes.starts_with(b"HTTP/1.1 101") {
        return Ok(Some(end + 4));
    }
    let answer = String::from_utf8_lossy(&bytes[..end]);
    let text = format!("the handshake was answered: {answer}");
    Err(io::Error::other(text))
}

fn closed(payload: &[u8]) -> io::Error {
    let (code, reason) = payload.split_at(payload.len().min(2));
    let code = code
        .iter()
        .fold(0, |code, byte| code * 256 + u32::from(*byte));
    let reason = String::from_utf8_lossy(reason);
    io::Error::other(format!("the server closed a connection: {code} {reason}"))
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use proptest::prelude::{prop_assert_eq, proptest};

    use super::{Connection, answer};
    use crate::bench::load::frames::{self, PING, PONG, TEXT};
    use crate::bench::load::hear::{Hear, Heard};
    use crate::bench::plan::Dialect;

    #[derive(Default)]
    struct Ear {
        messages: Vec<Vec<u8>>,
        n_opened: usize,
    }

    impl Hear for Ear {
        fn opened(&mut self, _: usize, _: u64, _: &mut Vec<u8>) {
            self.n_opened += 1;
        }

        fn heard(&mut self, heard: Heard<'_>, _: &mut Vec<u8>) -> std::io::Result<()> {
            self.messages.push(heard.payload.to_vec());
            Ok(())
        }
    }

    proptest! {
        #[test]
        fn messages_are_heard_and_pings_answered_wherever_the_stream_is_cut(cut in 0usize..400) {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let target = listener.local_addr().unwrap();
            let mut connection = Connection::begin(target, Dialect::Plain, b"").unwrap();
            let mut stream = b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n".to_vec();
            let long = vec![b'x'; 200];
            frames::write_server(TEXT, b"one", &mut stream);
            frames::write_server(PING, b"?", &mut stream);
            frames::write_server(TEXT, &long, &mut stream);
            let mut ear = Ear::default();
            let (start, end) = stream.split_at(cut.min(stream.len()));
            for part in [start, end] {
                let mut bytes = std::mem::take(&mut connection.partial);
                bytes.extend_from_slice(part);
                connection.hear(0, &bytes, 0, &mut ear).unwrap();
            }
            prop_assert_eq!(ear.n_opened, 1);
            prop_assert_eq!(ear.messages, [b"one".to_vec(), long]);
            let mut pong = Vec::new();
            frames::write_client(PONG, b"?", &mut pong);
            prop_assert_eq!(connection.unsent, pong);
        }
    }

    #[test]
    fn a_refused_handshake_is_an_error_that_shows_the_answer() {
        let refused = answer(b"HTTP/1.1 403 Forbidden\r\n\r\n").unwrap_err();
        assert!(refused.to_string().contains("403 Forbidden"));
        assert_eq!(answer(b"HTTP/1.1 101").unwrap(), None);
    }
}

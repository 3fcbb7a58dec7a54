//! The floor: a bare server that writes the frames it is handed to all its sockets.
//!
//! No history, no order to prove, no JSON: what remains is the cost of sockets and writes. A call over HTTP
//! gets a fixed answer.

mod audience;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType};

use super::load::frames;
use super::load::poll::{Poll, Ready};
use crate::failure::Failure;
use crate::say;
use audience::Audience;

/// Connects that wait to be accepted: more than ever come at once.
const BACKLOG: i32 = 4096;
/// The answer to every call.
const FIXED: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\
    Content-Length: 2\r\n\r\n{}";
const READ_BYTES: usize = 64 * 1024;
/// The answer to the one key that the load generator offers (RFC 6455, section 1.3).
const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Serves until it is killed, with up to `per_write` frames in one write.
pub(crate) fn serve(per_write: usize) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::Measurement(format!("the floor: {error}"));
    let mut floor = Floor::listen(per_write).map_err(failed)?;
    say::line(&format!("listening on http://{}", floor.address));
    loop {
        floor.turn().map_err(failed)?;
    }
}

/// See the module.
pub(crate) struct Floor {
    pub(crate) address: SocketAddr,
    listener: OwnedFd,
    poll: Poll,
    ready: Vec<Ready>,
    sockets: Vec<TcpStream>,
    /// The number of the socket that publishes.
    publisher: Option<usize>,
    audience: Audience,
    buffer: Vec<u8>,
    /// The start of a frame whose rest the publisher has not sent.
    partial: Vec<u8>,
}

impl Floor {
    /// The listener's number; sockets have 0, 1, 2, …
    const LISTENER: usize = usize::MAX;

    /// Listens on a free port of this machine.
    pub(crate) fn listen(per_write: usize) -> io::Result<Self> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let kind = SocketType::STREAM;
        let listener = rustix::net::socket_with(AddressFamily::INET, kind, flags, None)?;
        rustix::net::bind(&listener, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        rustix::net::listen(&listener, BACKLOG)?;
        let address = SocketAddr::try_from(rustix::net::getsockname(&listener)?)?;
        let poll = Poll::new()?;
        poll.add(Self::LISTENER, &listener, false)?;
        Ok(Self {
            address,
            listener,
            poll,
            ready: Vec::new(),
            sockets: Vec::new(),
            publisher: None,
            audience: Audience::new(per_write),
            buffer: vec![0; READ_BYTES],
            partial: Vec::new(),
        })
    }

    /// Waits for sockets to be ready, a second at most, and does what they are ready for.
    pub(crate) fn turn(&mut self) -> io::Result<()> {
        let mut ready = std::mem::take(&mut self.ready);
        self.poll.wait(Duration::from_secs(1), &mut ready)?;
        for socket in &ready {
            if socket.who == Self::LISTENER {
                self.accept()?;
                continue;
            }
            if socket.is_writable {
                self.audience
                    .catch_up(socket.who, &self.sockets, &self.poll)?;
            }
            if socket.is_readable {
                self.read(socket.who)?;
            }
        }
        self.ready = ready;
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        while let Ok(socket) = rustix::net::accept_with(&self.listener, flags) {
            let socket = TcpStream::from(socket);
            socket.set_nodelay(true)?;
            self.poll.add(self.sockets.len(), &socket, false)?;
            self.sockets.push(socket);
        }
        Ok(())
    }

    fn read(&mut self, who: usize) -> io::Result<()> {
        let mut socket = &self.sockets[who];
        let n_bytes = match socket.read(&mut self.buffer) {
            Ok(n_bytes) => n_bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(_) => 0,
        };
        let bytes = &self.buffer[..n_bytes];
        if n_bytes == 0 {
            self.audience.leave(who);
            self.poll.remove(socket)
        } else if self.publisher == Some(who) {
            self.partial.extend_from_slice(bytes);
            self.pass_on()
        } else if bytes.starts_with(b"GET /publish") {
            self.publisher = Some(who);
            socket.write_all(ANSWER)
        } else if bytes.starts_with(b"POST ") {
            socket.write_all(FIXED)
        } else if bytes.starts_with(b"GET ") {
            self.audience.join(who);
            socket.write_all(ANSWER)
        } else {
            Ok(())
        }
    }

    /// Writes what the publisher sent, as many frames at once as there are and are allowed.
    fn pass_on(&mut self) -> io::Result<()> {
        let mut n_taken = 0;
        while let Some(frame) = frames::first(&self.partial[n_taken..]) {
            n_taken += frame.n_bytes;
            if self.audience.push(frame.payload) {
                self.audience.write(&self.sockets, &self.poll)?;
            }
        }
        self.partial.drain(..n_taken);
        self.audience.write(&self.sockets, &self.poll)
    }
}

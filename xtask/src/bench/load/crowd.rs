//! Many connections and one loop over them.

use std::io::{self, ErrorKind, Read, Write};
use std::mem;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with, sockopt};

use super::frames::{self, CLOSE, PING, PONG};
use super::poll::{Poll, Ready};
use crate::bench::plan::Dialect;

/// One read takes this much; what is left of a frame at its end waits with its connection.
const BUFFER_BYTES: usize = 1024 * 1024;
/// Nothing from any connection for so long while something is due: the server is stuck.
const STALLED: Duration = Duration::from_secs(45);

/// What hears the frames of a [`Crowd`].
pub(crate) trait Hear {
    /// The connection's handshake is done. What is put into `reply` is sent.
    fn opened(&mut self, _: usize, _at_ns: u64, _reply: &mut Vec<u8>) {}

    /// A message came.
    fn heard(&mut self, heard: Heard<'_>, reply: &mut Vec<u8>) -> io::Result<()>;
}

/// A message, where it came from and when it was read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard<'a> {
    pub(crate) who: usize,
    pub(crate) payload: &'a [u8],
    /// Its bytes on the wire.
    pub(crate) n_bytes: usize,
    pub(crate) at_ns: u64,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    is_open: bool,
    /// The start of a frame whose rest has not come.
    partial: Vec<u8>,
    /// The start of a message whose rest has not come, where messages are not frames.
    carry: Vec<u8>,
    unsent: Vec<u8>,
    is_waiting_to_write: bool,
}

/// See the module. Connections have the numbers 0, 1, 2, … in the order of their making.
pub(crate) struct Crowd {
    target: SocketAddr,
    dialect: Dialect,
    started: Instant,
    poll: Poll,
    ready: Vec<Ready>,
    connections: Vec<Connection>,
    buffer: Vec<u8>,
    reply: Vec<u8>,
}

impl Crowd {
    pub(crate) fn new(target: SocketAddr, dialect: Dialect) -> io::Result<Self> {
        Ok(Self {
            target,
            dialect,
            started: Instant::now(),
            poll: Poll::new()?,
            ready: Vec::new(),
            connections: Vec::new(),
            buffer: vec![0; BUFFER_BYTES],
            reply: Vec::new(),
        })
    }

    /// Nanoseconds since the start: the one clock of all times.
    pub(crate) fn now_ns(&self) -> u64 {
        nanoseconds(self.started)
    }

    /// How many connections there are.
    pub(crate) fn len(&self) -> usize {
        self.connections.len()
    }

    /// Begins a connection that sends `request` once it stands; returns its number.
    pub(crate) fn connect(&mut self, request: &[u8]) -> io::Result<usize> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
        sockopt::set_tcp_nodelay(&socket, true)?;
        match rustix::net::connect(&socket, &self.target) {
            Ok(()) | Err(Errno::INPROGRESS) => {}
            Err(error) => return Err(error.into()),
        }
        let who = self.connections.len();
        self.poll.add(who, &socket, true)?;
        self.connections.push(Connection {
            stream: TcpStream::from(socket),
            is_open: false,
            partial: Vec::new(),
            carry: Vec::new(),
            unsent: request.to_vec(),
            is_waiting_to_write: true,
        });
        Ok(who)
    }

    /// Sends `bytes` after those that are not sent yet.
    pub(crate) fn send(&mut self, who: usize, bytes: &[u8]) -> io::Result<()> {
        self.connections[who].unsent.extend_from_slice(bytes);
        self.flush(who)
    }

    /// Reads nothing from this connection any more; it stays open.
    pub(crate) fn ignore(&mut self, who: usize) -> io::Result<()> {
        self.poll.remove(&self.connections[who].stream)
    }

    /// Turns until `is_done`; fails when nothing comes any more.
    pub(crate) fn run<E: Hear>(
        &mut self,
        ear: &mut E,
        is_done: impl Fn(&E) -> bool,
    ) -> io::Result<()> {
        let mut last = Instant::now();
        while !is_done(ear) {
            if self.turn(Duration::from_secs(1), ear)? {
                last = Instant::now();
            } else if last.elapsed() > STALLED {
                return Err(io::Error::other("stalled: what is due does not come"));
            }
        }
        Ok(())
    }

    /// Waits at most `within` for sockets to be ready and does what they are ready for; says
    /// whether any was.
    pub(crate) fn turn(&mut self, within: Duration, ear: &mut impl Hear) -> io::Result<bool> {
        let mut ready = mem::take(&mut self.ready);
        self.poll.wait(within, &mut ready)?;
        for socket in &ready {
            if socket.is_writable {
                self.flush(socket.who)?;
            }
            if socket.is_readable {
                self.read(socket.who, ear)?;
            }
        }
        let is_any = !ready.is_empty();
        self.ready = ready;
        Ok(is_any)
    }

    fn flush(&mut self, who: usize) -> io::Result<()> {
        let connection = &mut self.connections[who];
        let unsent = &mut connection.unsent;
        while !unsent.is_empty() {
            match connection.stream.write(unsent) {
                Ok(n_bytes) => drop(unsent.drain(..n_bytes)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // Not yet connected.
                Err(error) if error.kind() == ErrorKind::NotConnected => break,
                Err(error) => return Err(error),
            }
        }
        if connection.is_waiting_to_write == unsent.is_empty() {
            connection.is_waiting_to_write = !unsent.is_empty();
            let writing = connection.is_waiting_to_write;
            self.poll.change(who, &connection.stream, writing)?;
        }
        Ok(())
    }

    fn read(&mut self, who: usize, ear: &mut impl Hear) -> io::Result<()> {
        let connection = &mut self.connections[who];
        let n_held = connection.partial.len();
        self.buffer[..n_held].copy_from_slice(&connection.partial);
        let n_read = match connection.stream.read(&mut self.buffer[n_held..]) {
            Ok(0) => return Err(io::Error::other("the server closed a connection")),
            Ok(n_bytes) => n_bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        let at_ns = nanoseconds(self.started);
        let mut rest = &self.buffer[..n_held + n_read];
        connection.partial.clear();
        self.reply.clear();
        if !connection.is_open
            && let Some(n_bytes) = head(rest)?
        {
            connection.is_open = true;
            rest = &rest[n_bytes..];
            self.reply.extend(self.dialect.introduction());
            ear.opened(who, at_ns, &mut self.reply);
        }
        if connection.is_open {
            while let Some(frame) = frames::first(rest) {
                rest = &rest[frame.n_bytes..];
                match frame.opcode {
                    PING => frames::write_client(PONG, frame.payload, &mut self.reply),
                    PONG => {}
                    CLOSE => return Err(closed(frame.payload)),
                    _ => {
                        let (payload, n_frame) = (frame.payload, frame.n_bytes);
                        let header_bytes = n_frame - payload.len();
                        let (carry, reply) = (&mut connection.carry, &mut self.reply);
                        self.dialect.messages(carry, payload, |payload, n_bytes| {
                            let n_bytes = n_bytes + header_bytes;
                            let heard = Heard {
                                who,
                                payload,
                                n_bytes,
                                at_ns,
                            };
                            ear.heard(heard, reply)
                        })?;
                    }
                }
            }
        }
        if rest.len() == self.buffer.len() {
            return Err(io::Error::other("a frame is larger than can be read"));
        }
        connection.partial.extend_from_slice(rest);
        if self.reply.is_empty() {
            return Ok(());
        }
        let reply = mem::take(&mut self.reply);
        self.send(who, &reply)?;
        self.reply = reply;
        Ok(())
    }
}

/// The length of the answer to the handshake; `None` until all of it is there.
fn head(bytes: &[u8]) -> io::Result<Option<usize>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    if bytes.starts_with(b"HTTP/1.1 101") {
        return Ok(Some(end + 4));
    }
    let answer = String::from_utf8_lossy(&bytes[..end]);
    Err(io::Error::other(format!(
        "the handshake was answered: {answer}"
    )))
}

fn closed(payload: &[u8]) -> io::Error {
    let (code, reason) = payload.split_at(payload.len().min(2));
    let code = code
        .iter()
        .fold(0, |code, byte| code * 256 + u32::from(*byte));
    let reason = String::from_utf8_lossy(reason);
    io::Error::other(format!("the server closed a connection: {code} {reason}"))
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

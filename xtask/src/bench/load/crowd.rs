//! Many connections and one loop over them.

use std::io;
use std::mem;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::hear::Hear;
use super::poll::{Poll, Ready};
use crate::bench::plan::Dialect;

/// One read takes this much; what is left of a frame at its end waits with its connection.
const BUFFER_BYTES: usize = 1024 * 1024;
/// Nothing from any connection for so long while something is due: the server is stuck.
const STALLED: Duration = Duration::from_secs(45);

/// See the module. Connections have the numbers 0, 1, 2, … in the order of their making.
pub(crate) struct Crowd {
    target: SocketAddr,
    dialect: Dialect,
    started: Instant,
    poll: Poll,
    ready: Vec<Ready>,
    connections: Vec<Connection>,
    buffer: Vec<u8>,
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
        let who = self.connections.len();
        let connection = Connection::begin(self.target, self.dialect, request)?;
        self.poll.add(who, &connection.stream, true)?;
        self.connections.push(connection);
        Ok(who)
    }

    /// Sends `bytes` after those that are not sent yet.
    pub(crate) fn send(&mut self, who: usize, bytes: &[u8]) -> io::Result<()> {
        self.connections[who].put(bytes);
        self.connections[who].flush(who, &self.poll)
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
                self.connections[socket.who].flush(socket.who, &self.poll)?;
            }
            if socket.is_readable {
                self.read(socket.who, ear)?;
            }
        }
        let is_any = !ready.is_empty();
        self.ready = ready;
        Ok(is_any)
    }

    fn read(&mut self, who: usize, ear: &mut impl Hear) -> io::Result<()> {
        let connection = &mut self.connections[who];
        let Some(n_bytes) = connection.fill(&mut self.buffer)? else {
            return Ok(());
        };
        let at_ns = nanoseconds(self.started);
        connection.hear(who, &self.buffer[..n_bytes], at_ns, ear)?;
        connection.flush(who, &self.poll)
    }
}

fn nanoseconds(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}

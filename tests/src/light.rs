//! A client so light that thousands of them fit a test: no library, no task, no JSON unless asked for.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;

use bytes::{Buf, Bytes, BytesMut};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

/// Bytes read at a time.
const READ_BYTES: usize = 16 * 1024;

/// Bytes of a segment to a narrow client. The sender's buffer is a multiple of it.
const NARROW_SEGMENT: u32 = 536;

/// What a relay said.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A frame, in JSON.
    Frame(Bytes),
    /// It closed, with this code.
    Closed(u16),
    /// The socket ended without a word.
    Gone,
}

/// See the module. It answers pings while it listens.
#[derive(Debug)]
pub(crate) struct Light {
    socket: TcpStream,
    held: BytesMut,
}

/// Lets this process, and those it starts, have this many sockets.
///
/// # Panics
/// When the system does not allow as many.
pub fn make_room_for(n_sockets: u64) {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= n_sockets) {
        return;
    }
    let current = Some(n_sockets);
    setrlimit(Resource::Nofile, Rlimit { current, maximum })
        .expect("the system allows the sockets");
}

impl Light {
    /// Opens a socket.
    ///
    /// # Errors
    /// What the system says, such as that nobody listens.
    pub(crate) async fn open(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?.connect(address).await?;
        Self::greet(socket, address).await
    }

    /// Opens one through which little fits before it is read.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) async fn open_narrow(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(1)?;
        SockRef::from(&socket).set_tcp_mss(NARROW_SEGMENT)?;
        Self::greet(socket.connect(address).await?, address).await
    }

    async fn greet(mut socket: TcpStream, address: SocketAddr) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let request = format!(
            "GET /ws HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        socket.write_all(request.as_bytes()).await?;
        let held = BytesMut::new();
        let mut light = Self { socket, held };
        loop {
            light.read().await?;
            let end = light.held.windows(4).position(|bytes| bytes == b"\r\n\r\n");
            if let Some(end) = end {
                assert!(light.held.starts_with(b"HTTP/1.1 101 "));
                light.held.advance(end + 4);
                return Ok(light);
            }
        }
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// What the system says, such as that the socket broke.
    pub(crate) async fn say(&mut self, frame: &Value) -> io::Result<()> {
        self.send(1, frame.to_string().as_bytes()).await
    }

    /// What the relay says next.
    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            match self.frame().await {
                Ok((1, payload)) => return Heard::Frame(payload),
                Ok((8, mut payload)) => return Heard::Closed(payload.get_u16()),
                // A peer that is gone is found out by reading.
                Ok((9, payload)) => drop(self.send(10, &payload).await),
                Ok(_) => {}
                Err(_) => return Heard::Gone,
            }
        }
    }

    /// A masked frame; a mask of zeros is one, too.
    async fn send(&mut self, opcode: u8, payload: &[u8]) -> io::Result<()> {
        let length = u16::try_from(payload.len()).expect("what a test says is short");
        let mut frame = vec![0x80 | opcode];
        match u8::try_from(length) {
            Ok(length) if length < 126 => frame.push(0x80 | length),
            _ => {
                frame.push(0x80 | 126);
                frame.extend(length.to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        self.socket.write_all(&frame).await
    }

    /// The next whole frame: its opcode and its payload. Cancel-safe.
    async fn frame(&mut self) -> io::Result<(u8, Bytes)> {
        loop {
            if let Some((header, length)) = header(&self.held)
                && self.held.len() >= header + length
            {
                let opcode = self.held[0] & 0x0f;
                self.held.advance(header);
                return Ok((opcode, self.held.split_to(length).freeze()));
            }
            self.read().await?;
        }
    }

    async fn read(&mut self) -> io::Result<()> {
        self.held.reserve(READ_BYTES);
        match self.socket.read_buf(&mut self.held).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Bytes of the header of a relay's frame and of its payload, once they are known.
fn header(bytes: &[u8]) -> Option<(usize, usize)> {
    match *bytes {
        [_, length @ 0..=125, ..] => Some((2, length.into())),
        [_, 126, high, low, ..] => Some((4, u16::from_be_bytes([high, low]).into())),
        [_, 127, ..] => {
            let length = bytes.get(2..10)?.try_into().ok()?;
            Some((10, usize::try_from(u64::from_be_bytes(length)).ok()?))
        }
        _ => None,
    }
}

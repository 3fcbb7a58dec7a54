//! The stream below a WebSocket, as plain TCP whatever it is.
//!
//! A connection and the fan-out write to their socket without waiting, past the runtime; nothing that
//! encrypts can be written to like that. So an encrypted stream gets a pair of sockets inside the process
//! and a task that copies between them: what is written to one end is plain, and back-pressure, half
//! closes and the end go through as they are.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::upgrade::downcast;
use tokio::io::copy_bidirectional_with_sizes;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use crate::tls::Encrypted;

/// Bytes copied at a time: what people say is short, what they are told is not. As much as a TLS record
/// has.
const READ_BYTES: usize = 4 * 1024;
const WRITE_BYTES: usize = 16 * 1024;

/// How long the last of what a connection wrote may take to leave after it has ended. Its peer had time
/// to take it already.
const LEAVE_WITHIN: Duration = Duration::from_secs(2);

/// Hands the stream to `serve`, with what was read of it before.
pub(super) async fn give<F: Future<Output = ()>>(
    upgraded: Upgraded,
    serve: impl FnOnce(TcpStream, Bytes) -> F,
) {
    let upgraded = match downcast::<TokioIo<TcpStream>>(upgraded) {
        Ok(parts) => return serve(parts.io.into_inner(), parts.read_buf).await,
        Err(upgraded) => upgraded,
    };
    let Ok(parts) = downcast::<TokioIo<Encrypted>>(upgraded) else {
        return tracing::error!("the listener gave something that is no socket");
    };
    let (plain, inner) = match pair() {
        Ok(pair) => pair,
        Err(error) => return tracing::error!(%error, "no socket for an encrypted connection"),
    };
    let copying = tokio::spawn(copy(parts.io.into_inner(), inner));
    let mut copying = AbortOnDropHandle::new(copying);
    serve(plain, parts.read_buf).await;
    let _ = timeout(LEAVE_WITHIN, &mut copying).await;
}

/// Copies both ways until both have ended, or one breaks.
async fn copy(mut encrypted: Encrypted, mut plain: TcpStream) {
    let copied =
        copy_bidirectional_with_sizes(&mut encrypted, &mut plain, READ_BYTES, WRITE_BYTES).await;
    if let Err(error) = copied {
        tracing::debug!(%error, "an encrypted connection broke");
    }
}

/// Two sockets that are each other's peer. They are no TCP, but read, written and shut down like it, which
/// is all that is done to them.
#[cfg(unix)]
fn pair() -> io::Result<(TcpStream, TcpStream)> {
    use socket2::{Domain, Socket, Type};
    let (one, other) = Socket::pair(Domain::UNIX, Type::STREAM, None)?;
    let stream = |socket: Socket| {
        socket.set_nonblocking(true)?;
        TcpStream::from_std(socket.into())
    };
    Ok((stream(one)?, stream(other)?))
}

#[cfg(not(unix))]
fn pair() -> io::Result<(TcpStream, TcpStream)> {
    Err(io::ErrorKind::Unsupported.into())
}

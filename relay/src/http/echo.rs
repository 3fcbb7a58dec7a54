//! A socket that says everything back, made of a connection's own pieces: the handshake, the decoder
//! and the line. Conformance suites of RFC 6455 speak to it. Not in a shipped relay.

use std::io;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::get;
use bytes::Bytes;
use pilothouse_shared::{CloseCode, Encoding};
use tokio::net::TcpStream;

use super::connection::{Line, tell};
use super::error::HttpResult;
use super::socket::switch;
use crate::Server;
use crate::websocket::{Decoder, Incoming, Opcode, Violation, close_frame, frame};

/// Bytes of a message at most: as much as the suites send.
const MAX_MESSAGE_BYTES: usize = 16 * 1024 * 1024;

/// Its place in the URL map of such a build.
pub(super) fn routes() -> Router<Server> {
    Router::new().route("/echo", get(open))
}

async fn open(State(server): State<Server>, request: Request) -> HttpResult<Response> {
    switch(&server.connections, request, serve)
}

async fn serve(socket: TcpStream, read: Bytes) {
    let line = Line::new(socket, Encoding::Json);
    let mut decoder = Decoder::new(MAX_MESSAGE_BYTES);
    decoder.push(&read);
    let ended = match echo(&line, &mut decoder).await {
        Ok(Some(last)) => tell(&line, &last).await,
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "the socket broke");
    }
}

/// Answers until there is a last word to say; `None` when the peer is gone.
async fn echo(line: &Line, decoder: &mut Decoder) -> io::Result<Option<Bytes>> {
    loop {
        match decoder.next() {
            Ok(None) => {
                line.readable().await?;
                if line.read(|bytes| decoder.push(bytes))?.is_none() {
                    return Ok(None);
                }
            }
            Ok(Some(Incoming::Text(text))) => line.put(&frame(Opcode::Text, &text)),
            Ok(Some(Incoming::Binary(bytes))) => line.put(&frame(Opcode::Binary, &bytes)),
            Ok(Some(Incoming::Ping(payload))) => line.put(&frame(Opcode::Pong, &payload)),
            Ok(Some(Incoming::Pong)) => {}
            Ok(Some(Incoming::Close(answer))) => return Ok(Some(frame(Opcode::Close, &answer))),
            Err(violation) => return Ok(Some(close_frame(code(violation), ""))),
        }
        line.flush().await?;
    }
}

/// What RFC 6455 (section 7.4.1) closes with. A relay's own codes say what a client does next.
fn code(violation: Violation) -> CloseCode {
    CloseCode::Other(match violation {
        Violation::Protocol => 1002,
        Violation::Encoding => 1007,
        Violation::TooLarge => 1009,
    })
}

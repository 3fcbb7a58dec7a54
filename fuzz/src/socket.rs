//! A WebSocket of the relay: what comes, it goes on serving or closes in order.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::relay::connect;

/// A relay that has not answered a ping after this hangs.
const PATIENCE: Duration = Duration::from_secs(8);

const CLOSE: u8 = 0x88;
const PONG: u8 = 0x8a;

/// The first byte chooses the encoding, the rest are messages parted by empty lines; then a ping. It is
/// answered, or the relay has closed the connection.
pub(crate) fn run(input: &[u8]) {
    let Some((socket, is_text)) = opened(input) else {
        return;
    };
    let mut reader = BufReader::new(socket);
    let opcode = if is_text { 0x81 } else { 0x82 };
    for part in crate::parts(input) {
        // The relay may have closed it by now.
        let _ = reader.get_mut().write_all(&frame(opcode, part));
    }
    let _ = reader.get_mut().write_all(&frame(0x89, b""));
    loop {
        match next(&mut reader) {
            Ok(PONG | CLOSE) => return,
            Ok(_) => {}
            Err(error) => {
                let is_late = matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                );
                assert!(!is_late, "the relay neither answered nor closed");
                return;
            }
        }
    }
}

/// After the handshake.
fn opened(input: &[u8]) -> Option<(TcpStream, bool)> {
    let is_text = !matches!(input.first(), Some(0x80..));
    let encoding = if is_text { "json" } else { "msgpack" };
    let mut socket = connect()?;
    socket.set_read_timeout(Some(PATIENCE)).ok()?;
    let request = format!(
        "GET /ws HTTP/1.1\r\nhost: 127.0.0.1\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
         sec-websocket-protocol: pilothouse.v1.{encoding}\r\n\r\n"
    );
    socket.write_all(request.as_bytes()).ok()?;
    let mut reader = BufReader::new(&mut socket);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    assert!(line.starts_with("HTTP/1.1 101"), "{line}");
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).ok()?;
    }
    // The relay says nothing before it is spoken to, so nothing is lost in the reader.
    drop(reader);
    Some((socket, is_text))
}

/// A whole frame with a mask of zeros (RFC 6455, section 5.2).
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    match u8::try_from(payload.len()) {
        Ok(length @ 0..126) => out.push(0x80 | length),
        _ => {
            out.push(0x80 | 127);
            out.extend((payload.len() as u64).to_be_bytes());
        }
    }
    if (126..=65_535).contains(&payload.len()) {
        out.truncate(1);
        out.push(0x80 | 126);
        out.extend((payload.len() as u16).to_be_bytes());
    }
    out.extend([0; 4]);
    out.extend(payload);
    out
}

/// The first byte of the next frame; its payload is passed over.
fn next(reader: &mut impl Read) -> std::io::Result<u8> {
    let mut head = [0; 2];
    reader.read_exact(&mut head)?;
    let length = match head[1] {
        126 => {
            let mut length = [0; 2];
            reader.read_exact(&mut length)?;
            u16::from_be_bytes(length).into()
        }
        127 => {
            let mut length = [0; 8];
            reader.read_exact(&mut length)?;
            u64::from_be_bytes(length)
        }
        short => short.into(),
    };
    std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
    Ok(head[0])
}

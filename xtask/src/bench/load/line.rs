//! One blocking connection, for what waits for an answer: a call over HTTP, or a question on a socket.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::arrival::trouble;
use super::frames::{self, CLOSE, PING, PONG, TEXT};
use super::message::STAMP_DIGITS;
use super::speech::Role;
use crate::bench::plan::Dialect;

/// No answer for so long: the server is stuck. Longer than any long-poll waits.
const STALLED: Duration = Duration::from_secs(90);
/// Ends a chunked body.
const LAST_CHUNK: &[u8] = b"\r\n0\r\n\r\n";

/// See the module.
#[derive(Debug)]
pub(super) struct Line {
    stream: TcpStream,
    target: SocketAddr,
    /// What was read and not yet taken.
    unread: Vec<u8>,
}

impl Line {
    /// A connection for calls.
    pub(super) fn open(target: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(target)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(STALLED))?;
        Ok(Self {
            stream,
            target,
            unread: Vec::new(),
        })
    }

    /// A socket of the relay's, welcomed.
    pub(super) fn socket(target: SocketAddr) -> io::Result<Self> {
        let mut line = Self::open(target)?;
        let upgrade = Dialect::Pilothouse.upgrade(target, Role::Publisher);
        line.stream.write_all(&upgrade)?;
        let n_bytes = line.until(|bytes| position(bytes, b"\r\n\r\n"))? + 4;
        line.unread.drain(..n_bytes);
        line.hear("welcome")?;
        Ok(line)
    }

    /// Sends a request, such as `GET /path`, with headers that each end in a line break; the body of the
    /// answer, as it is on the wire.
    pub(super) fn call(&mut self, what: &str, headers: &str, body: &str) -> io::Result<Vec<u8>> {
        let (target, length) = (self.target, body.len());
        let request = format!(
            "{what} HTTP/1.1\r\nHost: {target}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\n{headers}\r\n{body}"
        );
        self.stream.write_all(request.as_bytes())?;
        let start = self.until(|bytes| position(bytes, b"\r\n\r\n"))? + 4;
        let head = String::from_utf8_lossy(&self.unread[..start]).to_lowercase();
        if !head.starts_with("http/1.1 2") {
            return Err(trouble(head.as_bytes()));
        }
        let mut lines = head.lines();
        let length: Option<usize> =
            lines.find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let end = match length {
            Some(length) => {
                self.until(|bytes| (bytes.len() >= start + length).then_some(start + length))?
            }
            // From the line break before the first chunk on, since a body may be empty.
            None => {
                let last = |bytes: &[u8]| position(&bytes[start - 2..], LAST_CHUNK);
                self.until(last)? + start - 2 + LAST_CHUNK.len()
            }
        };
        let answer = self.unread[start..end].to_vec();
        self.unread.drain(..end);
        Ok(answer)
    }

    /// Says one frame.
    pub(super) fn say(&mut self, text: &str) -> io::Result<()> {
        let mut frame = Vec::new();
        frames::write_client(TEXT, text.as_bytes(), &mut frame);
        self.stream.write_all(&frame)
    }

    /// Waits for a frame of this type, past all others.
    pub(super) fn hear(&mut self, kind: &str) -> io::Result<Vec<u8>> {
        let start = format!(r#"{{"type":"{kind}""#);
        loop {
            let n_bytes = self.until(|bytes| Some(frames::first(bytes)?.n_bytes))?;
            let bytes: Vec<u8> = self.unread.drain(..n_bytes).collect();
            let Some(frame) = frames::first(&bytes) else {
                continue;
            };
            match frame.opcode {
                PING => {
                    let mut pong = Vec::new();
                    frames::write_client(PONG, frame.payload, &mut pong);
                    self.stream.write_all(&pong)?;
                }
                CLOSE => return Err(trouble(frame.payload)),
                _ if frame.payload.starts_with(start.as_bytes()) => {
                    return Ok(frame.payload.to_vec());
                }
                _ if frame.payload.starts_with(br#"{"type":"error""#) => {
                    return Err(trouble(frame.payload));
                }
                _ => {}
            }
        }
    }

    /// Reads until `found` finds something in what is unread.
    fn until<T>(&mut self, found: impl Fn(&[u8]) -> Option<T>) -> io::Result<T> {
        let mut some = [0; 16 * 1024];
        loop {
            if let Some(found) = found(&self.unread) {
                return Ok(found);
            }
            match self.stream.read(&mut some)? {
                0 => return Err(io::Error::other("the server closed a connection")),
                n_bytes => self.unread.extend_from_slice(&some[..n_bytes]),
            }
        }
    }
}

/// A time in a text, as [`stamps`] finds it.
pub(super) fn stamp(ns: u64) -> String {
    format!("@{ns:0STAMP_DIGITS$}@")
}

/// Every time in a text.
pub(super) fn stamps(bytes: &[u8]) -> impl Iterator<Item = u64> {
    let windows = bytes.windows(STAMP_DIGITS + 2);
    windows.filter_map(|window| {
        let digits = window.strip_prefix(b"@")?.strip_suffix(b"@")?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    })
}

fn position(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// What a call gives when the server answers so, a few bytes at a time.
    fn answered(answer: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = listener.local_addr().unwrap();
        let serving = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut some = [0; 1024];
            let _ = stream.read(&mut some).unwrap();
            answer
                .as_bytes()
                .chunks(3)
                .for_each(|part| stream.write_all(part).unwrap());
            stream
        });
        let answer = Line::open(target).unwrap().call("GET /", "", "").unwrap();
        serving.join().unwrap();
        String::from_utf8(answer).unwrap()
    }

    #[test]
    fn an_answer_is_read_to_its_end_whichever_way_that_is_told() {
        let counted = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(answered(counted), "{}");
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n";
        assert_eq!(answered(chunked), "2\r\n{}\r\n0\r\n\r\n");
    }

    #[test]
    fn every_time_in_a_text_is_found() {
        let text = format!("a@b {} {} @12@", stamp(77), stamp(1234));
        assert_eq!(stamps(text.as_bytes()).collect::<Vec<_>>(), [77, 1234]);
    }
}

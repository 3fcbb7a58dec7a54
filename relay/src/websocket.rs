//! WebSocket frames (RFC 6455), as bytes alone.
//!
//! A relay's frames are not masked, so the bytes of one serve every receiver: they are made once and
//! written to raw sockets. That is why the frames are here and not in a library that owns its stream.

mod decoder;

use bytes::Bytes;
use pilothouse_shared::CloseCode;

pub(crate) use decoder::{Decoder, Incoming, Violation};

/// Bytes of the longest header of a relay's frame: two, and eight of length (section 5.2).
const MAX_HEADER: usize = 10;

/// The bit of a frame that ends a message (section 5.2).
const FIN: u8 = 0x80;

/// What a frame is (section 5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opcode {
    /// More of the message before.
    Continuation,
    /// A message of text.
    Text,
    /// A message of bytes.
    Binary,
    /// The sender closes.
    Close,
    /// A question whether the peer is there.
    Ping,
    /// The answer to it.
    Pong,
}

impl Opcode {
    fn number(self) -> u8 {
        match self {
            Self::Continuation => 0,
            Self::Text => 1,
            Self::Binary => 2,
            Self::Close => 8,
            Self::Ping => 9,
            Self::Pong => 10,
        }
    }

    fn of(number: u8) -> Option<Self> {
        let all = [
            Self::Continuation,
            Self::Text,
            Self::Binary,
            Self::Close,
            Self::Ping,
            Self::Pong,
        ];
        all.into_iter().find(|opcode| opcode.number() == number)
    }

    fn is_control(self) -> bool {
        self.number() >= 8
    }
}

/// One whole frame of a relay around a payload.
pub(crate) fn frame(opcode: Opcode, payload: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(MAX_HEADER + payload.len());
    out.push(FIN | opcode.number());
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if length < 126 => out.push(length),
        (_, Ok(length)) => {
            out.push(126);
            out.extend(length.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend((payload.len() as u64).to_be_bytes());
        }
    }
    out.extend_from_slice(payload);
    out.into()
}

/// A close frame. The reason is short: a control frame has at most 125 bytes.
pub(crate) fn close_frame(code: CloseCode, reason: &str) -> Bytes {
    let payload = [&code.number().to_be_bytes(), reason.as_bytes()].concat();
    frame(Opcode::Close, &payload[..payload.len().min(125)])
}

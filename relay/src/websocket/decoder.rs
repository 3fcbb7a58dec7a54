//! A client's bytes to messages. It holds what is not whole yet and nothing else, so that an idle
//! connection costs no buffer.

use bytes::{Buf, Bytes, BytesMut};

use super::{FIN, Opcode};

/// Bits that no extension has given a meaning (RFC 6455, section 5.2).
const RESERVED: u8 = 0x70;

/// The bit that says a payload is masked; a client must (section 5.3).
const MASKED: u8 = 0x80;

/// Bytes of a payload of a control frame (section 5.5).
const MAX_CONTROL: usize = 125;

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A message of text; it is UTF-8.
    Text(Bytes),
    /// A message of bytes.
    Binary(Bytes),
    /// To be answered with the same bytes.
    Ping(Bytes),
    /// An answer.
    Pong,
    /// The client closes, with what is to be sent back: its code, or nothing.
    Close(Bytes),
}

/// Why nothing more can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A message is larger than the limit.
    TooLarge,
    /// Frames that RFC 6455 does not allow.
    Protocol,
    /// Text that is not UTF-8.
    Encoding,
}

/// See the module. Holds at most one message and one frame of the limit, and what was read beyond.
#[derive(Debug)]
pub(crate) struct Decoder {
    limit: usize,
    /// Bytes not decoded yet.
    held: BytesMut,
    /// The fragments of a message, and what it is.
    message: BytesMut,
    kind: Option<Opcode>,
}

struct Header {
    is_final: bool,
    opcode: Opcode,
    /// Bytes of the header, the mask among them.
    bytes: usize,
    payload: usize,
    mask: [u8; 4],
}

impl Decoder {
    /// For messages of at most `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            held: BytesMut::new(),
            message: BytesMut::new(),
            kind: None,
        }
    }

    /// Takes what was read.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.held.extend_from_slice(bytes);
    }

    /// The next message that is whole.
    ///
    /// # Errors
    /// A [`Violation`], after which nothing can be read.
    pub(crate) fn next(&mut self) -> Result<Option<Incoming>, Violation> {
        while let Some(header) = self.header()? {
            if self.held.len() < header.bytes + header.payload {
                break;
            }
            self.held.advance(header.bytes);
            let mut payload = self.held.split_to(header.payload);
            unmask(&mut payload, header.mask);
            let whole = match header.opcode.is_control() {
                true => Some(control(header.opcode, payload.freeze())?),
                false => self.fragment(&header, payload)?,
            };
            if whole.is_some() {
                return Ok(whole);
            }
        }
        if self.held.is_empty() {
            self.held = BytesMut::new();
        }
        Ok(None)
    }

    /// The header of the next frame, once it is there and if it is allowed here.
    fn header(&self) -> Result<Option<Header>, Violation> {
        let [first, second, ..] = self.held[..] else {
            return Ok(None);
        };
        let is_final = first & FIN != 0;
        let opcode = Opcode::of(first & 0x0f).ok_or(Violation::Protocol)?;
        if first & RESERVED != 0 || second & MASKED == 0 {
            return Err(Violation::Protocol);
        }
        let is_continued = self.kind.is_some();
        let is_in_turn = match opcode {
            Opcode::Continuation => is_continued,
            Opcode::Text | Opcode::Binary => !is_continued,
            Opcode::Close | Opcode::Ping | Opcode::Pong => is_final,
        };
        if !is_in_turn {
            return Err(Violation::Protocol);
        }
        let Some((payload, mask_at)) = self.length(second & !MASKED)? else {
            return Ok(None);
        };
        if opcode.is_control() {
            if payload > MAX_CONTROL {
                return Err(Violation::Protocol);
            }
        } else if self.message.len().saturating_add(payload) > self.limit {
            return Err(Violation::TooLarge);
        }
        let mask = self.held.get(mask_at..mask_at + 4);
        let mask = mask.and_then(|mask| <[u8; 4]>::try_from(mask).ok());
        Ok(mask.map(|mask| Header {
            is_final,
            opcode,
            bytes: mask_at + 4,
            payload,
            mask,
        }))
    }

    /// Bytes of the payload, and where the mask begins. A length is written as short as it can be.
    fn length(&self, short: u8) -> Result<Option<(usize, usize)>, Violation> {
        let (mask_at, least) = match short {
            126 => (4, 126),
            127 => (10, usize::from(u16::MAX) + 1),
            short => return Ok(Some((usize::from(short), 2))),
        };
        let Some(bytes) = self.held.get(2..mask_at) else {
            return Ok(None);
        };
        let number = bytes
            .iter()
            .fold(0_u64, |n, byte| n << 8 | u64::from(*byte));
        let length = usize::try_from(number).unwrap_or(usize::MAX);
        match length >= least {
            true => Ok(Some((length, mask_at))),
            false => Err(Violation::Protocol),
        }
    }

    fn fragment(
        &mut self,
        header: &Header,
        payload: BytesMut,
    ) -> Result<Option<Incoming>, Violation> {
        let kind = *self.kind.get_or_insert(header.opcode);
        let is_first = header.opcode != Opcode::Continuation;
        if is_first {
            self.message = payload;
        } else {
            self.message.unsplit(payload);
        }
        if !header.is_final {
            return Ok(None);
        }
        self.kind = None;
        let message = std::mem::take(&mut self.message).freeze();
        if kind == Opcode::Binary {
            return Ok(Some(Incoming::Binary(message)));
        }
        match std::str::from_utf8(&message) {
            Ok(_) => Ok(Some(Incoming::Text(message))),
            Err(_) => Err(Violation::Encoding),
        }
    }
}

fn control(opcode: Opcode, payload: Bytes) -> Result<Incoming, Violation> {
    match opcode {
        Opcode::Ping => Ok(Incoming::Ping(payload)),
        Opcode::Close => closing(&payload).map(Incoming::Close),
        _ => Ok(Incoming::Pong),
    }
}

/// What is sent back for a close frame's payload (sections 5.5.1 and 7.4).
fn closing(payload: &Bytes) -> Result<Bytes, Violation> {
    let [high, low, reason @ ..] = &payload[..] else {
        return match payload.is_empty() {
            true => Ok(Bytes::new()),
            false => Err(Violation::Protocol),
        };
    };
    if std::str::from_utf8(reason).is_err() {
        return Err(Violation::Encoding);
    }
    match u16::from_be_bytes([*high, *low]) {
        1000..=1003 | 1007..=1014 | 3000..=4999 => Ok(payload.slice(..2)),
        _ => Err(Violation::Protocol),
    }
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    for chunk in payload.chunks_mut(4) {
        for (byte, key) in chunk.iter_mut().zip(mask) {
            *byte ^= key;
        }
    }
}

#[cfg(test)]
mod tests;

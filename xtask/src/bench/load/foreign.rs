//! Other systems' protocols, put into the relay's words: a greeting is a `welcome`, an answer to a
//! subscription `subscribed`, and a message is the event that the publisher put into it.

use std::io;

use super::frames::{self, BINARY, TEXT};
use crate::bench::plan::Dialect;

const WELCOME: &[u8] = br#"{"type":"welcome"}"#;
const SUBSCRIBED: &[u8] = br#"{"type":"subscribed"}"#;
const ASIDE: &[u8] = br#"{"type":"pong"}"#;

/// MQTT 3.1.1: CONNECT with a clean session, no keep-alive and no client id.
const MQTT_CONNECT: &[u8] = b"\x10\x0c\0\x04MQTT\x04\x02\0\0\0\0";
const NATS_CONNECT: &[u8] = b"CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";

impl Dialect {
    /// What to send as soon as the handshake is done, before any welcome.
    pub(crate) fn introduction(self) -> Vec<u8> {
        match self {
            Self::Pilothouse | Self::Floor | Self::Plain => Vec::new(),
            Self::Mqtt => framed(BINARY, MQTT_CONNECT),
            Self::Nats => framed(BINARY, NATS_CONNECT),
        }
    }

    /// What follows `channel` from now on.
    pub(super) fn foreign_subscribe(self, channel: &str) -> Vec<u8> {
        match self {
            Self::Pilothouse | Self::Floor | Self::Plain => Vec::new(),
            Self::Mqtt => {
                let mut packet = vec![0x82, channel.len() as u8 + 5, 0, 1, 0, channel.len() as u8];
                packet.extend_from_slice(channel.as_bytes());
                packet.push(0);
                framed(BINARY, &packet)
            }
            // The answer to the ping comes after the subscription is in place.
            Self::Nats => framed(BINARY, format!("SUB {channel} 1\r\nPING\r\n").as_bytes()),
        }
    }

    /// The client's frame that publishes `event` as it is.
    pub(super) fn foreign_publish(self, channel: &str, event: &[u8]) -> Vec<u8> {
        match self {
            Self::Pilothouse | Self::Floor | Self::Plain => framed(TEXT, event),
            Self::Mqtt => {
                let mut packet = vec![0x30];
                write_length(channel.len() + 2 + event.len(), &mut packet);
                packet.extend_from_slice(&[0, channel.len() as u8]);
                packet.extend_from_slice(channel.as_bytes());
                packet.extend_from_slice(event);
                framed(BINARY, &packet)
            }
            Self::Nats => {
                let mut line = format!("PUB {channel} {}\r\n", event.len()).into_bytes();
                line.extend_from_slice(event);
                line.extend_from_slice(b"\r\n");
                framed(BINARY, &line)
            }
        }
    }

    /// Gives `each` the messages in `payload`, with their bytes. The start of one whose rest is
    /// still to come stays in `carry`.
    pub(crate) fn messages(
        self,
        carry: &mut Vec<u8>,
        payload: &[u8],
        mut each: impl FnMut(&[u8], usize) -> io::Result<()>,
    ) -> io::Result<()> {
        let first = match self {
            Self::Pilothouse | Self::Floor | Self::Plain => return each(payload, payload.len()),
            Self::Mqtt => mqtt_packet,
            Self::Nats => nats_line,
        };
        let joined;
        let mut rest = payload;
        if !carry.is_empty() {
            carry.extend_from_slice(payload);
            joined = std::mem::take(carry);
            rest = &joined;
        }
        while let Some((message, n_bytes)) = first(rest) {
            each(message, n_bytes)?;
            rest = &rest[n_bytes..];
        }
        carry.extend_from_slice(rest);
        Ok(())
    }
}

fn framed(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    frames::write_client(opcode, payload, &mut frame);
    frame
}

/// The first packet in `bytes`, and its length with all that surrounds the message.
fn mqtt_packet(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let (mut length, mut at) = (0, 1);
    loop {
        let byte = *bytes.get(at)?;
        length |= usize::from(byte & 0x7f) << (7 * (at - 1));
        at += 1;
        if byte < 0x80 {
            break;
        }
    }
    let packet = bytes.get(at..at + length)?;
    let message = match bytes[0] >> 4 {
        2 => WELCOME,
        9 => SUBSCRIBED,
        3 => packet.get(2 + usize::from(*packet.get(1)?)..)?,
        _ => ASIDE,
    };
    Some((message, at + length))
}

/// The first line in `bytes`, with the message behind it, and the length of both.
fn nats_line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let line = &bytes[..end];
    let start = end + 2;
    if line.starts_with(b"MSG ") {
        let length = line.rsplit(|byte| *byte == b' ').next()?;
        let length: usize = std::str::from_utf8(length).ok()?.parse().ok()?;
        let message = bytes.get(start..start + length)?;
        let n_bytes = start + length + 2;
        return (bytes.len() >= n_bytes).then_some((message, n_bytes));
    }
    let message = match line {
        _ if line.starts_with(b"INFO ") => WELCOME,
        b"PONG" => SUBSCRIBED,
        b"PING" | b"+OK" => ASIDE,
        error => error,
    };
    Some((message, start))
}

fn write_length(mut length: usize, out: &mut Vec<u8>) {
    while length > 0x7f {
        out.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, prop_assert_eq, prop_oneof, proptest};

    use super::{SUBSCRIBED, WELCOME};
    use crate::bench::load::frames;
    use crate::bench::plan::Dialect;

    /// What a server makes of one publish of `event`, behind its greeting.
    fn stream(dialect: Dialect, event: &[u8]) -> Vec<u8> {
        let published = dialect.foreign_publish("bench", event);
        let published = frames::first(&published).unwrap().payload;
        match dialect {
            Dialect::Mqtt => [b"\x20\x02\0\0\x90\x03\0\x01\0", published].concat(),
            _ => {
                let line = format!("INFO {{}}\r\nPONG\r\nMSG bench 1 {}\r\n", event.len());
                [line.as_bytes(), event, b"\r\n"].concat()
            }
        }
    }

    proptest! {
        #[test]
        fn messages_are_found_wherever_the_stream_is_cut(
            dialect in prop_oneof![Just(Dialect::Mqtt), Just(Dialect::Nats)],
            length in 0usize..400,
            cut in 0usize..400,
        ) {
            let event = vec![b'x'; length];
            let stream = stream(dialect, &event);
            let (start, end) = stream.split_at(cut.min(stream.len()));
            let (mut found, mut carry) = (Vec::new(), Vec::new());
            for part in [start, end] {
                let keep = |message: &[u8], _| {
                    found.push(message.to_vec());
                    Ok(())
                };
                dialect.messages(&mut carry, part, keep).unwrap();
            }
            prop_assert_eq!(found, [WELCOME.to_vec(), SUBSCRIBED.to_vec(), event]);
            prop_assert_eq!(carry.len(), 0);
        }
    }
}

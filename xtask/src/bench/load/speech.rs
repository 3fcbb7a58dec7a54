//! What is said to a server, as bytes ready to send.

use std::net::SocketAddr;

use super::frames::{self, TEXT};
use crate::bench::plan::Dialect;

/// Who connects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Publisher,
    Subscriber,
}

impl Dialect {
    /// Whether a `welcome` follows the handshake, and `subscribe` has to be said and is answered.
    pub(crate) fn greets(self) -> bool {
        matches!(self, Self::Pilothouse | Self::Mqtt | Self::Nats)
    }

    /// Whether a publish is acknowledged, and makes the channel.
    pub(crate) fn acknowledges(self) -> bool {
        self == Self::Pilothouse
    }

    /// The request that opens a WebSocket.
    pub(crate) fn upgrade(self, target: SocketAddr, role: Role) -> Vec<u8> {
        let path = match (self, role) {
            (Self::Floor | Self::Plain, Role::Publisher) => "/publish",
            (Self::Mqtt, _) => "/mqtt",
            _ => "/ws",
        };
        let protocol = match self {
            Self::Mqtt => "Sec-WebSocket-Protocol: mqtt\r\n",
            _ => "",
        };
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {target}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             {protocol}\r\n"
        );
        request.into_bytes()
    }

    /// Asks to follow `channel` from now on.
    pub(crate) fn subscribe(self, channel: &str) -> Vec<u8> {
        match self {
            Self::Pilothouse => subscribe(channel, None),
            other => other.foreign_subscribe(channel),
        }
    }
}

/// Asks the relay to follow `channel`: from now on, or from a position (epoch and seq).
pub(crate) fn subscribe(channel: &str, after: Option<(&str, u64)>) -> Vec<u8> {
    let after = after.map_or_else(String::new, |(epoch, seq)| {
        format!(r#","after":{{"epoch":"{epoch}","seq":{seq}}}"#)
    });
    let text =
        format!(r#"{{"type":"subscribe","ref":"s","channel":"{channel}","history":0{after}}}"#);
    let mut frame = Vec::new();
    frames::write_client(TEXT, text.as_bytes(), &mut frame);
    frame
}

#[cfg(test)]
mod tests {
    use super::subscribe;
    use crate::bench::load::frames;
    use crate::bench::load::message::text;

    #[test]
    fn a_subscribe_names_its_position() {
        let bytes = subscribe("bench", Some(("e-1", 7)));
        let frame = frames::first(&bytes).unwrap();
        assert_eq!(text(frame.payload, "epoch"), Some("e-1"));
        assert!(serde_json::from_slice::<serde_json::Value>(frame.payload).is_ok());
    }
}

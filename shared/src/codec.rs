//! Frames to bytes and back, in the two encodings of the wire.

use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use crate::limits::{MAX_DEPTH, MAX_FRAME_BYTES, MAX_ID_BYTES};
use crate::read::Read;
use crate::{ClientFrame, ErrorCode, Ref, RelayFrame};

/// Deepest nesting of a relay's frame: a reply or a snapshot wraps what a client sent in a few more
/// levels, and every event a client could publish must be readable in them.
const MAX_RELAY_DEPTH: usize = MAX_DEPTH + 16;

/// How frames are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// JSON, in text messages.
    #[default]
    Json,
    /// MessagePack maps, in binary messages.
    MessagePack,
}

/// A frame could not be read. Tells which question it would have answered, if that much was clear.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct DecodeError {
    /// `bad_frame`, `unknown_type` or `too_large`.
    pub code: ErrorCode,
    /// The frame's `ref`, when it had a readable one.
    pub r#ref: Option<Ref>,
    /// One sentence that says what to do.
    pub message: String,
}

/// A frame could not be written.
#[derive(Debug, Error)]
pub enum EncodeError {
    /// JSON refused it.
    #[error("cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// MessagePack refused it.
    #[error("cannot be written as MessagePack: {0}")]
    MessagePack(#[from] rmp_serde::encode::Error),
}

impl Encoding {
    /// The WebSocket subprotocol that stands for this encoding.
    #[must_use]
    pub fn subprotocol(self) -> &'static str {
        match self {
            Self::Json => "pilothouse.v1.json",
            Self::MessagePack => "pilothouse.v1.msgpack",
        }
    }

    /// The encoding for the first known of the offered subprotocols; JSON when none is offered.
    /// `None` when some are offered and none is known.
    #[must_use]
    pub fn negotiate<'a>(offered: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let mut offered = offered.into_iter().peekable();
        if offered.peek().is_none() {
            return Some(Self::Json);
        }
        offered.find_map(|name| {
            [Self::Json, Self::MessagePack]
                .into_iter()
                .find(|known| known.subprotocol() == name)
        })
    }

    /// Writes a frame.
    ///
    /// # Errors
    /// [`EncodeError`] when a value has no form in this encoding.
    pub fn encode(self, frame: &impl Serialize) -> Result<Vec<u8>, EncodeError> {
        match self {
            Self::Json => Ok(serde_json::to_vec(frame)?),
            // By way of a value: one writer for all types keeps the dashboard small.
            Self::MessagePack => Ok(rmp_serde::to_vec_named(&serde_json::to_value(frame)?)?),
        }
    }

    /// Reads a frame that a client sent.
    ///
    /// # Errors
    /// [`DecodeError`], ready to be sent back.
    pub fn decode_client(self, bytes: &[u8]) -> Result<ClientFrame, DecodeError> {
        self.decode(bytes, &ClientFrame::TYPES, MAX_DEPTH)
    }

    /// Reads a frame that a relay sent. A client passes over `unknown_type`: a later relay may say
    /// more than it understands.
    ///
    /// # Errors
    /// [`DecodeError`] when it cannot be read.
    pub fn decode_relay(self, bytes: &[u8]) -> Result<RelayFrame, DecodeError> {
        self.decode(bytes, &RelayFrame::TYPES, MAX_RELAY_DEPTH)
    }

    fn decode<T: Read>(
        self,
        bytes: &[u8],
        types: &[&str],
        max_depth: usize,
    ) -> Result<T, DecodeError> {
        let value = self.read_value(bytes)?;
        let name = value.get("type").and_then(Value::as_str);
        let r#ref = readable_ref(&value)?;
        check_depth(&value, max_depth).map_err(|error| DecodeError {
            r#ref: r#ref.clone(),
            ..error
        })?;
        let fail = |code, message| DecodeError {
            code,
            r#ref: r#ref.clone(),
            message,
        };
        match name {
            None => {
                let message = "a frame is a map with a text `type`".to_owned();
                return Err(fail(ErrorCode::BadFrame, message));
            }
            Some(name) if !types.contains(&name) => {
                let message = format!("there is no frame `{}`", shorten(name));
                return Err(fail(ErrorCode::UnknownType, message));
            }
            Some(_) => {}
        }
        T::read(value).map_err(|error| fail(ErrorCode::BadFrame, error.to_string()))
    }

    fn read_value(self, bytes: &[u8]) -> Result<Value, DecodeError> {
        let bad = |message| DecodeError {
            code: ErrorCode::BadFrame,
            r#ref: None,
            message,
        };
        match self {
            Self::Json => serde_json::from_slice(bytes)
                .map_err(|error| bad(format!("the frame is not JSON: {error}"))),
            Self::MessagePack => read_message_pack(bytes)
                .map_err(|error| bad(format!("the frame is not MessagePack: {error}"))),
        }
    }
}

/// Refuses a client's frame for its size alone.
///
/// # Errors
/// [`DecodeError`] with `too_large`.
pub fn check_size(bytes: usize) -> Result<(), DecodeError> {
    if bytes <= MAX_FRAME_BYTES {
        return Ok(());
    }
    let message = format!("a frame has at most {MAX_FRAME_BYTES} bytes; split it or send less");
    Err(DecodeError {
        code: ErrorCode::TooLarge,
        r#ref: None,
        message,
    })
}

/// Refuses a value for its nesting alone: `limit` counts arrays and maps, the outermost included.
/// For what arrives in another way than as a frame, such as a body over HTTP.
///
/// # Errors
/// [`DecodeError`] with `bad_frame`.
pub fn check_depth(value: &Value, limit: usize) -> Result<(), DecodeError> {
    if depth_within(value, limit) {
        return Ok(());
    }
    Err(DecodeError {
        code: ErrorCode::BadFrame,
        r#ref: None,
        message: format!("it nests deeper than {limit} arrays and maps; flatten it"),
    })
}

fn read_message_pack(bytes: &[u8]) -> Result<Value, rmp_serde::decode::Error> {
    let mut rest = bytes;
    let mut deserializer = rmp_serde::Deserializer::new(&mut rest);
    deserializer.set_max_depth(2 * MAX_DEPTH);
    let value = serde::Deserialize::deserialize(&mut deserializer)?;
    match rest.is_empty() {
        true => Ok(value),
        false => Err(serde::de::Error::custom("bytes follow the frame")),
    }
}

fn readable_ref(value: &Value) -> Result<Option<Ref>, DecodeError> {
    match value.get("ref").and_then(Value::as_str) {
        Some(text) if text.len() > MAX_ID_BYTES => Err(DecodeError {
            code: ErrorCode::BadFrame,
            r#ref: None,
            message: format!("a `ref` has at most {MAX_ID_BYTES} bytes"),
        }),
        other => Ok(other.map(str::to_owned)),
    }
}

fn depth_within(value: &Value, left: usize) -> bool {
    match value {
        Value::Array(items) => left > 0 && items.iter().all(|item| depth_within(item, left - 1)),
        Value::Object(map) => left > 0 && map.values().all(|item| depth_within(item, left - 1)),
        _ => true,
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

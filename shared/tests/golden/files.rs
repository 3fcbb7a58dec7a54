//! The golden files, and what each of them is.

use std::path::Path;

use pilothouse_shared::{Body, ClientFrame, Encoding, Op, RelayFrame};
use serde_json::{Value, json};

/// One file: `<family>.<type>[.<variant>].json`.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// What a file holds, typed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Golden {
    Client(ClientFrame),
    Relay(RelayFrame),
    Body(Body),
    Op(Op),
}

/// Every file, by name.
pub(crate) fn all() -> Vec<File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut files: Vec<File> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            File {
                name: path.file_name().unwrap().to_str().unwrap().to_owned(),
                text: std::fs::read_to_string(&path).unwrap(),
            }
        })
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    files
}

impl File {
    /// The family and the type that the name promises.
    pub(crate) fn promise(&self) -> (&str, &str) {
        let mut parts = self.name.split('.');
        (parts.next().unwrap(), parts.next().unwrap())
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// # Panics
    /// When the text is not what the name promises.
    pub(crate) fn read(&self) -> Golden {
        let bytes = self.text.as_bytes();
        let golden = match self.promise().0 {
            "client" => Encoding::Json
                .decode_client(bytes)
                .map(Golden::Client)
                .map_err(|error| error.to_string()),
            "relay" => Encoding::Json
                .decode_relay(bytes)
                .map(Golden::Relay)
                .map_err(|error| error.to_string()),
            "body" => serde_json::from_slice(bytes)
                .map(Golden::Body)
                .map_err(|error| error.to_string()),
            "op" => serde_json::from_slice(bytes)
                .map(Golden::Op)
                .map_err(|error| error.to_string()),
            other => Err(format!("there is no family `{other}`")),
        };
        golden.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

impl Golden {
    /// The value on the wire.
    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Client(frame) => serde_json::to_value(frame),
            Self::Relay(frame) => serde_json::to_value(frame),
            Self::Body(body) => serde_json::to_value(body),
            Self::Op(op) => serde_json::to_value(op),
        }
        .unwrap()
    }

    /// The frame's bytes; a body or an op travels in the client's frame that carries it.
    pub(crate) fn bytes(&self, encoding: Encoding) -> Vec<u8> {
        match self {
            Self::Client(frame) => encoding.encode(frame),
            Self::Relay(frame) => encoding.encode(frame),
            Self::Body(_) => encoding.encode(
                &json!({"type": "publish", "ref": "1", "channel": "a", "body": self.value()}),
            ),
            Self::Op(_) => encoding
                .encode(&json!({"type": "signal", "channel": "a", "key": "k", "op": self.value()})),
        }
        .unwrap()
    }

    /// Written and read again.
    pub(crate) fn through(&self, encoding: Encoding) -> Self {
        let bytes = self.bytes(encoding);
        if let Self::Relay(_) = self {
            return Self::Relay(encoding.decode_relay(&bytes).unwrap());
        }
        match (self, encoding.decode_client(&bytes).unwrap()) {
            (Self::Body(_), ClientFrame::Publish(publish)) => Self::Body(publish.body),
            (Self::Op(_), ClientFrame::Signal(change)) => Self::Op(change.op),
            (_, frame) => Self::Client(frame),
        }
    }
}

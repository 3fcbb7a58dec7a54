//! What the load generator is told to do, and what it answers: both cross a process border as JSON.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// One measurement of one running server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Plan {
    /// Where the server listens.
    pub(crate) target: SocketAddr,
    pub(crate) dialect: Dialect,
    /// The server's first process: its CPU time and memory, and those of what it started, are read.
    pub(crate) process: u32,
    /// Length of the frames that the publisher hands to the floor, in bytes with their header.
    pub(crate) frame_bytes: usize,
    pub(crate) work: Work,
}

/// How a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Dialect {
    /// The relay's protocol, in JSON.
    Pilothouse,
    /// A WebSocket handshake; then what the publisher sends is written to all others as it is.
    Floor,
    /// A WebSocket handshake; then each message of the publisher is one message to all others.
    Plain,
    /// MQTT 3.1.1 in WebSocket messages.
    Mqtt,
    /// The NATS client protocol in WebSocket messages.
    Nats,
}

/// A workload with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "workload")]
pub(crate) enum Work {
    /// Events at a steady pace to many subscribers.
    Fanout {
        subscribers: usize,
        per_second: u64,
        seconds: u64,
        body_bytes: usize,
    },
    /// As fast as it goes, at most `window` events ahead of the slowest subscriber.
    Saturation {
        subscribers: usize,
        window: u64,
        seconds: u64,
        body_bytes: usize,
    },
    /// Events back to back.
    Burst {
        subscribers: usize,
        events: u64,
        body_bytes: usize,
    },
    /// Subscribed connections to which nothing happens.
    Idle { connections: usize, seconds: u64 },
    /// Connects all at once.
    Storm { connections: usize },
    /// Publishers that wait for acknowledgements, each with up to `depth` open.
    Durable {
        publishers: usize,
        depth: u64,
        seconds: u64,
        body_bytes: usize,
    },
    /// Clients that come back `behind` events later.
    Resume {
        clients: usize,
        behind: u64,
        body_bytes: usize,
    },
    /// Events to `readers`, without and with `stuck` subscribers beside them that never read.
    Stuck {
        readers: usize,
        stuck: usize,
        events: u64,
        per_second: u64,
        body_bytes: usize,
    },
    /// An agent's calls of its hooks, with `watchers` of its session.
    Hooks {
        watchers: usize,
        per_second: u64,
        seconds: u64,
    },
    /// Hints to an agent that waits for them this way.
    Hints {
        way: Way,
        per_second: u64,
        seconds: u64,
    },
}

/// How an agent waits for hints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Way {
    /// A long-poll over HTTP.
    Poll,
    /// A question on a WebSocket.
    Socket,
}

/// One measured number; its name says the unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
}

/// A figure called `name`.
pub(crate) fn figure(name: &str, value: f64) -> Figure {
    Figure {
        name: name.to_owned(),
        value,
    }
}

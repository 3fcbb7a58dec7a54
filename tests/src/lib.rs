//! The harness: relays in this process and in their own, agents, watchers, raw sockets, faults and
//! browsers. Tests say what happens; how it is done is here.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on panics, and clippy does not take a library for a test"
)]

mod agent;
mod browser;
mod chance;
mod codex;
mod deadline;
mod door;
mod environment;
mod follower;
mod front;
mod home;
mod in_process;
mod keyed;
mod light;
mod mcp_client;
mod model;
mod model_stub;
mod npm;
mod otlp_exporter;
mod piped;
mod process;
mod proxy;
mod python;
mod running;
mod socket;
mod stand_in;
mod stub;
mod watcher;

pub use agent::{Agent, Answer};
pub use browser::{Browser, Engine, Row, View, Violation};
pub use chance::Chance;
pub use codex::{AppServer, Codex};
pub use deadline::{DEADLINE, pause_for, until, within};
pub use door::{Certificate, over_tls};
pub use follower::{Ending, Follower};
pub use front::{Front, Program};
pub use home::Home;
pub use in_process::InProcess;
pub use keyed::Keyed;
pub use light::make_room_for;
pub use mcp_client::{McpClient, Peer, Said, Way};
pub use model::{LAST_WORD, Model};
pub use model_stub::{ModelStub, StubCall};
pub use otlp_exporter::export;
pub use piped::Piped;
pub use process::{Finished, Process, binary, run, run_inside};
pub use proxy::Proxy;
pub use python::python;
pub use running::Running;
pub use socket::Socket;
pub use stand_in::{StandIn, Tool};
pub use stub::{Heard, Reply, Stub};
pub use watcher::{Seen, Watcher};

use serde_json::{Value, json};
pub use thirtyfour::Key;

/// A body that says something: the simplest event.
#[must_use]
pub fn message(text: &str) -> Value {
    json!({"type": "message", "role": "assistant", "text": text})
}

/// What a person says to an agent, as a body.
#[must_use]
pub fn hint(text: &str) -> Value {
    json!({"type": "hint", "hint": {"kind": "text", "text": text}})
}

/// The texts of those events that are messages, in their order.
#[must_use]
pub fn texts(events: &[Value]) -> Vec<String> {
    let text = |event: &Value| Some(event["body"]["text"].as_str()?.to_owned());
    events.iter().filter_map(text).collect()
}

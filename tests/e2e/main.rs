//! End to end: real relays, real sockets, a real browser and a client that is not ours.
//!
//! | module            | what must hold                                                           |
//! |-------------------|--------------------------------------------------------------------------|
//! | `publish_and_watch` | what is published, by whichever path, is what a watcher knows          |
//! | `hint_life`       | a hint reaches one agent, once, and the person sees how far it came      |
//! | `requests`        | a request is resolved exactly once, and survives a restart               |
//! | `keys`            | with keys, who has no token is let in nowhere, and each token does what it says |
//! | `resume`          | kill −9 loses nothing that was acknowledged and doubles nothing          |
//! | `kill`            | kill −9 at any instant loses no acknowledged event and invents none        |
//! | `failures`        | a disk that fails harms nothing that is stored, and is said in a sentence |
//! | `secrets`         | no log has what lets somebody in, however much is logged                |
//! | `shutdown`        | SIGTERM says goodbye to everybody and ends with success                  |
//! | `half_open`       | both ends notice a line that carries nothing any more                    |
//! | `stuck`           | watchers that do not read cost the others nothing, and lose nothing      |
//! | `crowds`          | a crowd comes back at once, and is counted exactly                       |
//! | `streams`         | Server-Sent Events resume, long-polls return                             |
//! | `bad_input`       | a frame that cannot be is refused, and the connection lives on           |
//! | `chat`            | a model behind an endpoint answers, is stopped, steered and restarted      |
//! | `python_client`   | PROTOCOL.md is enough to write a client                                  |
//! | `fronts`          | nginx and Caddy before a relay, as the examples say: nothing waits or is lost |
//! | `install`         | hooks come into an agent's settings and out again, and nothing else changes |
//! | `hook`            | an agent is told what it accepts, and is never held back                |
//! | `codex`           | Codex itself shows what it does, takes hints and asks people            |
//! | `doctor`          | what is attached and works is told from what does not                   |
//! | `doors`           | connections are encrypted, bounded, and known for whose they are           |
//! | `steered_by_hooks` | an agent that knows only its hooks is steered, and obeys                   |
//! | `openapi`         | the description of the HTTP API is valid and complete                    |
//! | `mcp`             | agents attach with official MCP clients, report, are steered, ask and talk   |
//! | `packaging`       | the container and the service give the relay no more than it needs        |
//! | `observe`         | what happens to files is published once each, and a board of folders too |
//! | `run_command`     | any command runs as it would, and its terminal is shown                  |
//! | `accessible`      | axe-core finds nothing on any page, wide or narrow, light or dark         |
//! | `dashboard`       | a person watches and steers in a browser                                 |
//! | `engines`         | what people do most works in Chromium, Firefox and WebKit alike          |
//! | `telemetry`       | OpenTelemetry's own exporter tells what a session costs                  |
//! | `widget`          | a channel is shown, and steered, in pages of others and in a file        |
//! | `tidy`            | the tree keeps the rules of the house                                    |
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on panics; what is outside of the test functions serves them"
)]

mod accessible;
mod backup;
mod bad_input;
mod chat;
mod codex;
mod crowds;
mod dashboard;
mod doctor;
mod doors;
mod engines;
mod failures;
mod fronts;
mod half_open;
mod hint_life;
mod hook;
mod install;
mod keys;
mod kill;
mod mcp;
mod observe;
mod openapi;
mod packaging;
mod publish_and_watch;
mod python_client;
mod requests;
mod resume;
mod run_command;
mod secrets;
mod shutdown;
mod steered_by_hooks;
mod streams;
mod stuck;
mod telemetry;
mod tidy;
mod widget;

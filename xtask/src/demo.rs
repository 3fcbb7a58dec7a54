//! `--demo`: agents at work, played from scripts, so that every part of the page moves.
//!
//! Each script is one channel and one agent. It is played again and again at a human pace; beside
//! it the agent takes the hints that people give, and acknowledges them.

mod client;
mod listener;
mod player;
mod script;

use std::thread;

use client::Client;
use script::Script;

use crate::say;

const SCRIPTS: [&str; 3] = [
    include_str!("demo/fix-flaky-login.ndjson"),
    include_str!("demo/release-notes.ndjson"),
    include_str!("demo/delivery.ndjson"),
];

/// Plays the scripts against the relay at `address`, on threads that end with this program.
pub(crate) fn start(address: &str) {
    for text in SCRIPTS {
        let Some(script) = Script::parse(text) else {
            say::note("a demo script cannot be read and is left out");
            continue;
        };
        say::note(&format!(
            "demo: {} works in channel {}",
            script.cast.name, script.cast.channel
        ));
        let (player, listener) = (
            Client::new(address, &script.cast),
            Client::new(address, &script.cast),
        );
        thread::spawn(move || player::play_for_ever(&player, &script));
        thread::spawn(move || listener::listen_for_ever(&listener));
    }
}

/// Lets `seconds` pass.
#[expect(
    clippy::disallowed_methods,
    reason = "a played agent has a person's pace, in seconds"
)]
fn pause(seconds: f64) {
    thread::sleep(std::time::Duration::from_secs_f64(seconds));
}

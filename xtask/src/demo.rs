//! `--demo`: agents at work, played from scripts, so that every part of the page moves.
//!
//! Each agent has a channel, and a script or a loop of its own that is played again and again at a human
//! pace; beside it the agent takes the hints that people give, and acknowledges them.

mod client;
mod dials;
mod listener;
mod player;
mod script;
mod soak;
mod survey;

use std::thread;

use client::Client;
use dials::Dials;
use script::{Cast, Script};

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
        let (player, _) = begin(address, &script.cast);
        thread::spawn(move || player::play_for_ever(&player, &script));
    }
    let (player, dials) = begin(address, &soak::cast());
    thread::spawn(move || soak::play_for_ever(&player, &dials));
    let (player, _) = begin(address, &survey::cast());
    thread::spawn(move || survey::play_for_ever(&player));
}

/// An agent that takes hints from now on; what it plays with, and where people set its parameters.
fn begin(address: &str, cast: &Cast) -> (Client, Dials) {
    say::note(&format!(
        "demo: {} works in channel {}",
        cast.name, cast.channel
    ));
    let player = Client::new(address, cast);
    // First of all: whoever listens to a channel that is not there makes one without a title. A relay that
    // is away is tried again by the player.
    let _ = player.create();
    let (listener, dials) = (Client::new(address, cast), Dials::default());
    let set = dials.clone();
    thread::spawn(move || listener::listen_for_ever(&listener, &set));
    (player, dials)
}

/// Lets `seconds` pass.
#[expect(
    clippy::disallowed_methods,
    reason = "a played agent has a person's pace, in seconds"
)]
fn pause(seconds: f64) {
    thread::sleep(std::time::Duration::from_secs_f64(seconds));
}

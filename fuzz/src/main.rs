//! One program with every fuzz target; libFuzzer drives it. `cargo xtask fuzz` builds it so that libFuzzer
//! sees which code an input reaches, and names the target in `PILOTHOUSE_FUZZ_TARGET`.
//!
//! A target panics when a promise is broken; that, an input that takes too long and one that takes too much
//! memory are what libFuzzer reports. Each target has a folder of its name in `corpus/`.

#![no_main]

mod frames;
mod http;
mod link;
mod relay;
mod settings;
mod socket;
mod terminal;
mod token;

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;

/// What an input is given to.
type Target = fn(&[u8]);

/// Every target, by name.
const TARGETS: [(&str, Target); 12] = [
    ("bodies", http::bodies),
    ("frames", frames::run),
    ("hooks", http::hooks),
    ("link", link::run),
    ("mcp", http::mcp),
    ("otlp", http::otlp),
    ("requests", http::requests),
    ("settings", settings::run),
    ("socket", socket::run),
    ("terminal", terminal::run),
    ("token", token::run),
    // Private to the relay; it has a door of its own.
    ("websocket", pilothouse_relay::fuzz::websocket),
];

static TARGET: OnceLock<Target> = OnceLock::new();

fuzz_target!(|input: &[u8]| TARGET.get_or_init(named)(input));

#[expect(
    clippy::disallowed_methods,
    reason = "libFuzzer has the arguments to itself"
)]
fn named() -> Target {
    let name = std::env::var("PILOTHOUSE_FUZZ_TARGET").unwrap_or_default();
    let mut all = TARGETS.into_iter();
    let Some((_, target)) = all.find(|(target, _)| *target == name) else {
        panic!("PILOTHOUSE_FUZZ_TARGET names no target: `{name}`")
    };
    target
}

/// The parts of an input between empty lines.
fn parts(input: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(input);
    std::iter::from_fn(move || {
        let input = rest?;
        let end = input.windows(2).position(|pair| pair == b"\n\n");
        let (part, after) = match end {
            Some(end) => (&input[..end], Some(&input[end + 2..])),
            None => (input, None),
        };
        rest = after;
        Some(part)
    })
}

//! A played program with a screen: a load test whose lanes fill, streamed as a display.

mod screen;

use std::collections::BTreeMap;

use serde_json::json;

use super::client::Client;
use super::dials::Dials;
use super::pause;
use super::script::Cast;

/// Seconds between two frames.
const FRAME_EVERY: f64 = 0.2;
/// Frames of one run; then the screen is cleared and the next run begins.
const FRAMES: u64 = 1_500;
/// Seconds before a relay that did not answer is tried again, and between two runs.
const BETWEEN_RUNS: f64 = 6.0;
/// The signal that carries the screen.
const KEY: &str = "display/soak";

/// Who plays the load test.
pub(super) fn cast() -> Cast {
    Cast {
        channel: "soak-checkout".to_owned(),
        title: "Soak test of the checkout".to_owned(),
        member: "rig".to_owned(),
        name: "Rig".to_owned(),
    }
}

/// Plays until the program ends; `dials` says how people set it meanwhile.
pub(super) fn play_for_ever(client: &Client, dials: &Dials) {
    loop {
        // What failed is the connection or the relay; the next run tries both again.
        let _ = play(client, dials);
        pause(BETWEEN_RUNS);
    }
}

fn play(client: &Client, dials: &Dials) -> Result<(), ureq::Error> {
    client.create()?;
    client.publish(&json!({
        "type": "session_started", "agent": "rig", "cwd": "~/shop", "source": "startup",
    }))?;
    client.publish(&json!({ "type": "parameters_declared", "parameters": [
        { "name": "lanes", "label": "Lanes", "min": 2, "max": 14, "step": 1, "value": 8 },
        { "name": "chaos", "label": "Break things", "min": 0, "max": 1, "step": 1, "value": 0 },
    ] }))?;
    client.publish(&json!({
        "type": "operation_started", "operation": "Soak the checkout", "status": "8 lanes",
    }))?;
    let mut before: Option<Vec<String>> = None;
    for tick in 0..FRAMES {
        let lanes = dials.value("lanes").unwrap_or(8.0).clamp(2.0, 14.0) as u64;
        let has_chaos = dials.value("chaos").is_some_and(|value| value > 0.5);
        let rows = screen::rows(tick, lanes, has_chaos);
        send(client, before.as_deref(), &rows)?;
        before = Some(rows);
        pause(FRAME_EVERY);
    }
    client.signal(KEY, &json!({ "clear": true }))?;
    client.publish(&json!({ "type": "operation_finished", "ok": true }))
}

/// The whole screen at first, then the rows that changed.
fn send(client: &Client, before: Option<&[String]>, rows: &[String]) -> Result<(), ureq::Error> {
    let is_new = |(number, row): &(usize, &String)| {
        before.and_then(|before| before.get(*number)) != Some(*row)
    };
    let changed: BTreeMap<String, &String> = rows
        .iter()
        .enumerate()
        .filter(is_new)
        .map(|(number, row)| (number.to_string(), row))
        .collect();
    let display = json!({ "width": screen::WIDTH, "height": screen::HEIGHT, "rows": changed });
    match before {
        None => client.signal(KEY, &json!({ "set": display })),
        Some(_) => client.signal(KEY, &json!({ "rows": display })),
    }
}

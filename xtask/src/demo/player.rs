//! Playing a script, step by step, again and again.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::client::{Client, unix_ms};
use super::pause;
use super::script::{Act, Script};

/// Seconds between two words of a speaking agent.
const WORD_EVERY: f64 = 0.09;
/// Seconds before a session starts anew, and before a relay that did not answer is tried again.
const BETWEEN_RUNS: f64 = 8.0;

/// Plays until the program ends; a relay that is away does not stop it.
pub(crate) fn play_for_ever(client: &Client, script: &Script) {
    loop {
        // What failed is the connection or the relay; the next run tries both again.
        let _ = play(client, script, unix_ms() / 1000);
        pause(BETWEEN_RUNS);
    }
}

fn play(client: &Client, script: &Script, run: u64) -> Result<(), ureq::Error> {
    client.create()?;
    for step in script.steps(run) {
        pause(step.after);
        match step.act {
            Act::Event(body) => client.publish(&body)?,
            Act::Signal { key, op } => client.signal(&key, &op)?,
            Act::Speak { message, text } => speak(client, &message, &text)?,
            Act::Ask {
                patience,
                body,
                then,
            } => ask(client, patience, body, &then)?,
        }
    }
    Ok(())
}

/// Streams the words as a signal, publishes the whole, and takes the signal away.
fn speak(client: &Client, message: &str, text: &str) -> Result<(), ureq::Error> {
    let key = format!("tokens/{message}");
    for word in text.split_inclusive(' ') {
        client.signal(&key, &json!({ "append": word }))?;
        pause(WORD_EVERY);
    }
    client.publish(&json!({
        "type": "message", "role": "assistant", "kind": "text", "text": text, "message": message,
    }))?;
    client.signal(&key, &json!({ "clear": true }))
}

fn ask(
    client: &Client,
    patience: u64,
    body: Value,
    then: &BTreeMap<String, String>,
) -> Result<(), ureq::Error> {
    let message = format!("after-{}", body["request"].as_str().unwrap_or_default());
    let resolution = &client.ask(patience, body)?["resolution"];
    // Without a resolution nobody answered while we waited.
    let word = resolution["outcome"].as_str().unwrap_or("expired");
    let answer = resolution["answer"].as_str().unwrap_or_default();
    match then.get(word) {
        Some(text) => speak(client, &message, &text.replace("$answer", answer)),
        None => Ok(()),
    }
}

//! Taking the hints that people give, and saying so.

use serde_json::{Value, json};

use super::client::Client;
use super::dials::Dials;
use super::pause;

/// Seconds one request waits for a hint; the relay allows 60.
const PATIENCE: u64 = 30;
/// Seconds before a relay that did not answer is asked again.
const RETRY_AFTER: f64 = 3.0;
/// Seconds an agent seems to think about a hint.
const THOUGHT: f64 = 1.5;

/// Takes and acknowledges hints until the program ends.
pub(crate) fn listen_for_ever(client: &Client, dials: &Dials) {
    loop {
        if listen_once(client, dials).is_err() {
            pause(RETRY_AFTER);
        }
    }
}

fn listen_once(client: &Client, dials: &Dials) -> Result<(), ureq::Error> {
    for taken in client.hints(PATIENCE)? {
        pause(THOUGHT);
        let hint = &taken["hint"];
        if hint["kind"] == "parameter" {
            let name = hint["name"].as_str().unwrap_or_default();
            dials.set(name, hint["value"].as_f64().unwrap_or_default());
            let key = format!("parameter/{name}");
            client.signal(&key, &json!({ "set": { "value": hint["value"] } }))?;
        }
        client.acknowledge(
            taken["id"].as_str().unwrap_or_default(),
            "taken into account",
        )?;
        client.publish(&json!({
            "type": "message", "role": "assistant", "kind": "text", "text": reply(hint),
        }))?;
    }
    Ok(())
}

/// What the agent says to a hint.
fn reply(hint: &Value) -> String {
    let text = |field: &str| hint[field].as_str().unwrap_or_default();
    match text("kind") {
        "voice" => format!(
            "I heard you: “{}”. I take it into account.",
            text("transcript")
        ),
        "click" => format!("I look at {} next.", text("target")),
        "parameter" => format!("{} is {} from now on.", text("name"), hint["value"]),
        _ => format!("Thank you, I take it into account: “{}”.", text("text")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::reply;

    #[test]
    fn the_reply_names_what_was_hinted() {
        assert!(reply(&json!({ "kind": "text", "text": "use rustls" })).contains("use rustls"));
        assert!(reply(&json!({ "kind": "click", "target": "src/a.rs" })).contains("src/a.rs"));
        assert!(
            reply(&json!({ "kind": "parameter", "name": "retries", "value": 3 })).contains("3")
        );
    }
}

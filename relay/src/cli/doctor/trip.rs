//! A round trip: an event in, a hint out, the receipt. The way an agent's own events take.

use std::ffi::OsStr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use pilothouse_relay::client::{Credentials, RelayUrl};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

use super::relay::{Relay, answer};
use super::report::Check;
use crate::cli::vendor::Vendor;

/// The session that is tried. The same each time, so that no more than one is ever left behind.
const SESSION: &str = "pilothouse-doctor";

/// Where it says it works: its channel is named after that.
pub(super) const FOLDER: &str = "/pilothouse-doctor";

/// What is said to it.
pub(super) const HINT: &str = "a hint from pilothouse doctor";

/// How long the hook's command may take.
const WITHIN: Duration = Duration::from_secs(10);

const WHAT: &str = "round trip";

/// How a round trip went.
pub(super) fn told(went: Result<Duration, String>, mend: &str) -> Check {
    match went {
        Ok(took) => {
            let ms = took.as_millis();
            Check::ok(
                WHAT,
                format!("an event in, a hint out and its receipt in {ms} ms"),
            )
        }
        Err(why) => Check::failed(WHAT, why).mend(mend),
    }
}

/// Tries an agent's hooks.
pub(super) async fn by_hooks(
    vendor: Vendor,
    relay: &Relay,
    attached: &RelayUrl,
    program: &str,
) -> Check {
    leave(vendor, relay).await;
    let went = travel(vendor, relay, attached, program).await;
    leave(vendor, relay).await;
    told(
        went,
        "update the relay and this command to the same version, and look into the relay's log",
    )
}

async fn travel(
    vendor: Vendor,
    relay: &Relay,
    attached: &RelayUrl,
    program: &str,
) -> Result<Duration, String> {
    let begun = Instant::now();
    // Both agents begin a session with the command.
    let start = event("SessionStart", &json!({"source": "startup"}));
    let _ = command(vendor, attached, program, &start).await?;
    let channel = scratch(vendor, relay).await?;
    let channel = channel.ok_or("a session began, but the relay shows no channel of it")?;
    let hint = relay.give_hint(&channel, HINT).await?;
    let tool = json!({
        "tool_name": "Bash", "tool_input": {"command": "true"}, "tool_use_id": "doctor-1",
        "tool_response": "",
    });
    let used = event("PostToolUse", &tool);
    let told = match vendor {
        Vendor::ClaudeCode if attached.credentials().is_none() => {
            let call = relay.call(Method::POST, "/hooks/claude-code").json(&used);
            answer(call).await?
        }
        _ => command(vendor, attached, program, &used).await?,
    };
    let context = told["hookSpecificOutput"]["additionalContext"].as_str();
    if !context.is_some_and(|context| context.contains(HINT)) {
        return Err("a hint was given, but the agent would not have been told it".to_owned());
    }
    relay.receipt(&channel, &hint).await?;
    Ok(begun.elapsed())
}

fn event(name: &str, more: &Value) -> Value {
    let mut event = json!({"hook_event_name": name, "session_id": SESSION, "cwd": FOLDER});
    for (key, value) in more.as_object().into_iter().flatten() {
        event[key] = value.clone();
    }
    event
}

/// Runs the command that the agent runs.
async fn command(
    vendor: Vendor,
    url: &RelayUrl,
    program: &str,
    event: &Value,
) -> Result<Value, String> {
    let failed = |error: std::io::Error| format!("`pilothouse hook` does not run: {error}");
    let pin = url
        .pin()
        .map(|pin| ["--fingerprint".to_owned(), pin.to_string()]);
    let token = url.credentials().and_then(Credentials::path);
    let token = token.map(|path| [OsStr::new("--token-file"), path.as_os_str()]);
    let mut child = Command::new(program)
        .args(["hook", vendor.id(), "--verbose", "--url"])
        .arg(url.to_string())
        .args(pin.iter().flatten())
        .args(token.iter().flatten())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        let event = event.to_string();
        stdin.write_all(event.as_bytes()).await.map_err(failed)?;
    }
    let output = timeout(WITHIN, child.wait_with_output()).await;
    let output = output.map_err(|_| "`pilothouse hook` does not end")?;
    let output = output.map_err(failed)?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !said.trim().is_empty() {
        return Err(said.trim().trim_start_matches("pilothouse: ").to_owned());
    }
    match output.stdout.trim_ascii().is_empty() {
        true => Ok(Value::Null),
        false => serde_json::from_slice(&output.stdout)
            .map_err(|_| "`pilothouse hook` printed something that is not JSON".to_owned()),
    }
}

/// The channel of the session that is tried.
async fn scratch(vendor: Vendor, relay: &Relay) -> Result<Option<String>, String> {
    let channels = relay.channels().await?;
    let is_it = |channel: &&Value| {
        let session = &channel["session"];
        session["cwd"] == FOLDER && session["agent"] == vendor.id()
    };
    let found = channels.iter().find(is_it);
    Ok(found.and_then(|channel| Some(channel["id"].as_str()?.to_owned())))
}

async fn leave(vendor: Vendor, relay: &Relay) {
    if let Ok(Some(channel)) = scratch(vendor, relay).await {
        relay.remove(&channel).await;
    }
}

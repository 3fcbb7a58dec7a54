//! Agents' hooks: a session is a channel, what people say comes back with the answers, and what they
//! decide in the vendor's words.

mod hints;
mod requests;
mod sessions;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::harness::{Answer, Relay, until};

/// A random UUID, as Claude Code has them.
const SESSION: &str = "7f3a9c21-5b1e-4c52-9c0e-2f8f3d1b6a90";

/// The channel of [`SESSION`].
const CHANNEL: &str = "claude-code-website-7f3a9c21";

/// Its agent.
const AGENT: &str = "claude-code-7f3a9c21";

fn call(event: &str, fields: &Value) -> Value {
    let mut call =
        json!({"session_id": SESSION, "cwd": "/home/ana/website", "hook_event_name": event});
    let fields = fields.as_object().unwrap().clone();
    call.as_object_mut().unwrap().extend(fields);
    call
}

/// Calls the hook of Claude Code; what it answers.
async fn claude(relay: &Relay, event: &str, fields: &Value) -> Value {
    let answer = relay
        .post("/hooks/claude-code", call(event, fields).to_string())
        .await;
    assert_eq!(answer.status, 200, "{event}: {}", answer.text);
    answer.json()
}

/// Calls a hook that waits.
fn calling(relay: &Relay, path: &str, event: &str, fields: &Value) -> JoinHandle<Answer> {
    let request = relay.request(Method::POST, path);
    tokio::spawn(Answer::to(request.body(call(event, fields).to_string())))
}

/// Calls as the person Ana.
async fn ana(relay: &Relay, path: &str, body: &Value) -> Value {
    let request = relay.request(Method::POST, path).body(body.to_string());
    let request = request
        .header("pilothouse-member", "ana")
        .header("pilothouse-name", "Ana");
    let answer = Answer::to(request.header("pilothouse-kind", "human")).await;
    assert!(answer.status.is_success(), "{}", answer.text);
    answer.json()
}

/// Ana says something to whoever works in the channel; the hint's id.
async fn says(relay: &Relay, fields: &Value) -> String {
    let mut body = json!({"type": "hint"});
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    let published = ana(relay, &format!("/api/channels/{CHANNEL}/events"), &body).await;
    published["published"][0]["id"].as_str().unwrap().to_owned()
}

async fn writes(relay: &Relay, text: &str) -> String {
    says(relay, &json!({"hint": {"kind": "text", "text": text}})).await
}

/// The channel's events; none while there is no such channel.
async fn events(relay: &Relay, channel: &str) -> Vec<Value> {
    let path = format!("/api/channels/{channel}/events?limit=1000");
    let events = relay.get(&path).await.json()["events"].clone();
    serde_json::from_value(events).unwrap_or_default()
}

/// The bodies of a type, in their order.
async fn bodies(relay: &Relay, of_type: &str) -> Vec<Value> {
    let bodies = events(relay, CHANNEL)
        .await
        .into_iter()
        .map(|event| event["body"].clone());
    bodies.filter(|body| body["type"] == of_type).collect()
}

/// The first body of a type, once there is one.
async fn body(relay: &Relay, of_type: &str) -> Value {
    until(of_type, async || bodies(relay, of_type).await.pop()).await
}

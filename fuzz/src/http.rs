//! What is posted: bodies of the API, agents' hooks, telemetry and calls of tools, each with the path and
//! headers it belongs to; and requests that are bytes from beginning to end.

use std::time::Duration;

use serde_json::Value;

use crate::relay::{exchange, exchange_within};

/// How long a call is waited for that may wait for people.
const BRIEFLY: Duration = Duration::from_millis(50);

/// A request, whole. Most are none; and what is one may be a stream, which goes on.
pub(crate) fn requests(input: &[u8]) {
    exchange_within(input, BRIEFLY);
}

/// The API: a call that takes a body, by the digit an input begins with, and the body.
pub(crate) fn bodies(input: &[u8]) {
    const JSON: &str = "content-type: application/json\r\n";
    const LINES: &str = "content-type: application/x-ndjson\r\n";
    const TEXT: &str = "content-type: text/plain\r\n";
    const CALLS: [(&str, &str); 9] = [
        ("POST /api/channels", JSON),
        ("POST /api/channels/c/events", JSON),
        ("POST /api/channels/c/events", LINES),
        ("POST /api/channels/c/events", TEXT),
        ("PUT /api/channels/c/signals/k/x", JSON),
        ("POST /api/channels/c/requests", JSON),
        ("POST /api/channels/c/requests/r/resolve", JSON),
        ("POST /api/channels/c/hints/h/acknowledge", JSON),
        ("POST /api/channels/c/leases", JSON),
    ];
    let Some((digit, body)) = input.split_first() else {
        return;
    };
    if let Some((call, head)) = CALLS.get(usize::from(digit.wrapping_sub(b'0'))) {
        exchange(&request(call, head, body));
    }
}

/// Agents' hooks, as the recorded ones are: a `vendor` and its `call`. What is none is posted as it is to
/// the hook for anything else.
pub(crate) fn hooks(input: &[u8]) {
    const NO_WAIT: &str = "timeout=0&hold=0";
    let recorded: Value = serde_json::from_slice(input).unwrap_or_default();
    let (path, body) = match (recorded["vendor"].as_str(), recorded.get("call")) {
        (Some("codex"), Some(call)) => ("codex", call.to_string().into_bytes()),
        (Some(_), Some(call)) => ("claude-code", call.to_string().into_bytes()),
        _ => ("json", input.to_owned()),
    };
    exchange(&request(
        &format!("POST /hooks/{path}?{NO_WAIT}"),
        "",
        &body,
    ));
}

/// OpenTelemetry: JSON, and what says that it is packed.
pub(crate) fn otlp(input: &[u8]) {
    const PACKED: &str = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    const PLAIN: &str = "content-type: application/json\r\n";
    let head = match input.first() {
        Some(0x1f) => PACKED,
        _ => PLAIN,
    };
    exchange(&request("POST /v1/logs", head, input));
}

/// Tools: a message of the Model Context Protocol, of its revision without sessions and of an older one.
pub(crate) fn mcp(input: &[u8]) {
    const HEAD: &str = "content-type: application/json\r\n\
        accept: application/json, text/event-stream\r\n\
        pilothouse-member: tester\r\npilothouse-channel: c\r\n";
    for revision in ["2026-07-28", "2025-06-18"] {
        let head = format!("{HEAD}mcp-protocol-version: {revision}\r\n{}", named(input));
        exchange_within(&request("POST /mcp", &head, input), BRIEFLY);
    }
}

/// The headers that repeat what a message says: without them the newest revision reads no further.
fn named(input: &[u8]) -> String {
    let message: Value = serde_json::from_slice(input).unwrap_or_default();
    let is_plain = |text: &&str| text.bytes().all(|byte| byte.is_ascii_graphic());
    let text = |value: &Value| value.as_str().filter(is_plain).map(str::to_owned);
    let method = text(&message["method"]).map(|name| format!("mcp-method: {name}\r\n"));
    let tool = text(&message["params"]["name"]).map(|name| format!("mcp-name: {name}\r\n"));
    method.unwrap_or_default() + &tool.unwrap_or_default()
}

/// A whole request, after which the connection closes.
pub(crate) fn request(call: &str, head: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "{call} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncontent-length: {}\r\n{head}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

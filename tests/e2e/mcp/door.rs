//! The protocol as it is on the wire: both revisions, and who may come in.

use pilothouse_tests::InProcess;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};

fn post(relay: &InProcess, body: &Value) -> RequestBuilder {
    let client = Client::builder().no_proxy().build().unwrap();
    client
        .post(format!("{}/mcp", relay.url()))
        .header("accept", "application/json, text/event-stream")
        .json(body)
}

fn initialize() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {},
        "clientInfo": {"name": "raw", "version": "1"},
    }})
}

/// A call of the current revision, which carries what the handshake did before.
fn call(tool: &str, arguments: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": tool, "arguments": arguments, "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
        },
    }})
}

fn current(request: RequestBuilder, tool: &str) -> RequestBuilder {
    request
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", tool)
}

/// The last message of a stream of Server-Sent Events.
async fn last_message(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let text = response.text().await.unwrap();
    let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    let last = data.map(str::trim).rfind(|data| !data.is_empty());
    serde_json::from_str(last.unwrap()).unwrap()
}

#[tokio::test]
async fn the_previous_revision_begins_with_a_handshake_and_has_a_session() {
    let relay = InProcess::start().await;
    let response = post(&relay, &initialize()).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let session = response.headers()["mcp-session-id"].clone();
    let text = response.text().await.unwrap();
    assert!(text.contains(r#""protocolVersion":"2025-11-25""#), "{text}");
    let list = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"});
    let answer = last_message(post(&relay, &list).header("mcp-session-id", &session)).await;
    assert_eq!(answer["result"]["tools"].as_array().unwrap().len(), 10);
    let stale = post(&relay, &list).header("mcp-session-id", "of-another-relay");
    assert_eq!(stale.send().await.unwrap().status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_current_revision_needs_neither() {
    let relay = InProcess::start().await;
    let body = call("report", &json!({"operation": "testing"}));
    let request = current(post(&relay, &body), "report");
    let response = request.try_clone().unwrap().send().await.unwrap();
    assert!(response.headers().get("mcp-session-id").is_none());
    let answer = last_message(request).await;
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    assert_eq!(answer["result"]["resultType"], "complete");
}

#[tokio::test]
async fn who_calls_and_where_is_what_the_headers_say() {
    let relay = InProcess::start().await;
    let body = call("send_message", &json!({"text": "hello"}));
    let request = current(post(&relay, &body), "send_message");
    let named = request
        .header("pilothouse-member", "agent-7")
        .header("pilothouse-name", "Seven")
        .header("pilothouse-channel", "lab");
    let answer = last_message(named.try_clone().unwrap()).await;
    let sent = answer["result"]["content"][0]["text"].as_str().unwrap();
    let sent: Value = serde_json::from_str(sent).unwrap();
    assert_eq!(sent["sent"]["member"], "agent-7");
    assert_eq!(
        (&sent["sent"]["from"], &sent["sent"]["channel"]),
        (&json!("Seven"), &json!("lab"))
    );
    let bad = current(post(&relay, &body), "send_message").header("pilothouse-channel", "a/b");
    let refused = bad.send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn pages_of_other_sites_stay_outside() {
    let relay = InProcess::start().await;
    let body = call("report", &json!({"operation": "testing"}));
    let port = relay.address().port();
    for (origin, expected) in [
        ("https://evil.example".to_owned(), StatusCode::FORBIDDEN),
        ("null".to_owned(), StatusCode::FORBIDDEN),
        (format!("http://localhost:{port}"), StatusCode::FORBIDDEN),
        (relay.url(), StatusCode::OK),
    ] {
        let request = current(post(&relay, &body), "report").header("origin", &origin);
        assert_eq!(request.send().await.unwrap().status(), expected, "{origin}");
    }
    let rebound = current(post(&relay, &body), "report").header("host", "evil.example");
    assert_eq!(
        rebound.send().await.unwrap().status(),
        StatusCode::FORBIDDEN
    );
}

//! Narrow tokens, by the ways that are not plain calls: MCP, hooks, telemetry; and links opened at once.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::harness::{Answer, message};
use crate::keyed::Keyed;

const SECRET: &str = "hush-9c40";
const SESSION: &str = "1a2b3c4d-0000-4000-8000-000000000000";

fn mcp(keyed: &Keyed, token: &str, body: &Value) -> RequestBuilder {
    let request = keyed.relay.request(Method::POST, "/mcp").bearer_auth(token);
    request
        .header("accept", "application/json, text/event-stream")
        .json(body)
}

/// The result of a tool, in the revision without sessions.
async fn tool(keyed: &Keyed, token: &str, name: &str, arguments: Value) -> Value {
    let body = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": name, "arguments": arguments, "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
        },
    }});
    let request = mcp(keyed, token, &body)
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", name);
    last(&Answer::to(request).await)["result"].clone()
}

/// The last message of an answer, which may be a stream.
fn last(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let data = answer
        .text
        .lines()
        .filter_map(|line| line.strip_prefix("data:"));
    let last = data.map(str::trim).rfind(|data| !data.is_empty());
    serde_json::from_str(last.unwrap_or(&answer.text)).unwrap()
}

/// Every tool, into a channel.
fn tools(channel: &str) -> Vec<(&'static str, Value)> {
    let at = |mut arguments: Value| {
        arguments["channel"] = json!(channel);
        arguments
    };
    let manage = |action| ("channel", at(json!({ "action": action })));
    vec![
        ("report", at(json!({"operation": "testing"}))),
        (
            "report_file_access",
            at(json!({"path": "a", "access": "read"})),
        ),
        ("check_hints", at(json!({}))),
        ("wait_for_hint", at(json!({"seconds": 1}))),
        ("acknowledge_hint", at(json!({"hint": "h"}))),
        (
            "ask_permission",
            at(json!({"tool_name": "Bash", "input": {}, "wait_seconds": 0})),
        ),
        (
            "ask_question",
            at(json!({"question": "?", "wait_seconds": 0})),
        ),
        ("send_message", at(json!({"text": "hello"}))),
        ("listen", at(json!({"wait_seconds": 0}))),
        manage("create"),
        manage("join"),
        manage("leave"),
        manage("history"),
        manage("status"),
    ]
}

async fn with_secret() -> (Keyed, String) {
    let keyed = Keyed::start().await;
    let admin = keyed.admin();
    keyed.publish(&admin, "c", message(SECRET)).await;
    (keyed, admin)
}

#[tokio::test]
async fn no_tool_does_in_a_channel_what_the_token_may_not() {
    let (keyed, admin) = with_secret().await;
    let eve = keyed.agent("eve", &["mine:publish+watch+steer+approve"]);
    for (name, arguments) in tools("c") {
        let result = tool(&keyed, &eve, name, arguments.clone()).await;
        let text = result.to_string();
        // The answer to a permission is one that a program reads.
        let is_refused = result["isError"] == true || text.contains("deny");
        assert!(is_refused, "{name} {arguments}: {text}");
        assert!(!text.contains(SECRET), "{name}: {text}");
    }
    let listed = tool(&keyed, &eve, "channel", json!({"action": "list"})).await;
    assert_eq!(listed["isError"], false, "{listed}");
    assert!(!listed.to_string().contains(r#"\"c\""#), "{listed}");
    let summary = keyed.get(&admin, "/api/channels/c").await.json();
    assert_eq!(summary["head"], 2, "nothing happened");
    assert_eq!(
        tool(
            &keyed,
            &eve,
            "send_message",
            json!({"text": "x", "channel": "mine"})
        )
        .await["isError"],
        false
    );
}

#[tokio::test]
async fn a_session_of_somebody_else_lends_no_rights() {
    let (keyed, admin) = with_secret().await;
    let initialize = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"},
    }});
    let begun = Answer::to(mcp(&keyed, &admin, &initialize)).await;
    let session = begun.headers["mcp-session-id"].to_str().unwrap().to_owned();
    let history = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
        "name": "channel", "arguments": {"action": "history", "channel": "c"},
    }});
    let ask =
        |token: &str| Answer::to(mcp(&keyed, token, &history).header("mcp-session-id", &session));
    assert!(ask(&admin).await.text.contains(SECRET));
    let eve = keyed.agent("eve", &["mine:publish+watch"]);
    let answer = ask(&eve).await;
    assert!(!answer.text.contains(SECRET), "{}", answer.text);
    // Nor does a session outlive the token that it is used with.
    ask("nonsense").await.refused(401, "unauthenticated");
}

#[tokio::test]
async fn telemetry_of_a_narrow_token_stays_in_its_channels() {
    let keyed = Keyed::start().await;
    let admin = keyed.admin();
    let started = json!({"type": "session_started", "agent": "claude-code"});
    let channel = "claude-code-web-1a2b3c4d";
    keyed.publish(&admin, channel, started).await;
    let attribute = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let record = json!({"timeUnixNano": "1", "body": {"stringValue": "claude_code.api_request"}, "attributes": [
        attribute("event.name", "api_request"), attribute("session.id", SESSION), attribute("model", "m"),
        attribute("input_tokens", "1"), attribute("output_tokens", "1"),
    ]});
    let logs = json!({"resourceLogs": [{
        "resource": {"attributes": [attribute("service.name", "claude-code")]},
        "scopeLogs": [{"scope": {"name": "com.anthropic.claude_code.events"}, "logRecords": [record]}],
    }]});
    let eve = keyed.agent("eve", &["mine:publish+watch+steer+approve"]);
    let answer = keyed.post(&eve, "/v1/logs", logs.clone()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let head = async || {
        keyed
            .get(&admin, &format!("/api/channels/{channel}"))
            .await
            .json()["head"]
            .clone()
    };
    assert_eq!(head().await, 2, "{}", answer.text);
    let listed = keyed.get(&admin, "/api/channels").await.text;
    assert!(!listed.contains("\"eve\""), "{listed}");
    // It is the right that was missing.
    keyed.post(&admin, "/v1/logs", logs).await;
    assert_eq!(head().await, 3);
}

#[tokio::test]
async fn of_many_who_open_a_link_at_once_one_is_let_in() {
    let keyed = Keyed::start().await;
    let code = keyed.link("phone", &["ops:watch"]);
    let all = futures_util::future::join_all((0..20).map(|_| keyed.sign_in(&code))).await;
    let statuses: Vec<_> = all.iter().map(|answer| answer.status.as_u16()).collect();
    let n_of = |status| statuses.iter().filter(|given| **given == status).count();
    assert_eq!((n_of(200), n_of(401)), (1, 19), "{statuses:?}");
    let n_cookies = all
        .iter()
        .filter(|answer| answer.headers.contains_key("set-cookie"));
    assert_eq!(n_cookies.count(), 1);
}

//! OpenTelemetry logs become usage and outcomes, each once, in the channel of their session.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, until};

const SESSION: &str = "1a2b3c4d-0000-4000-8000-000000000000";

/// An event as Claude Code exports it.
fn record(event: &str, time: u64, pairs: &[(&str, &str)]) -> Value {
    let all = [("event.name", event), ("session.id", SESSION)];
    let attribute =
        |(key, value): &(&str, &str)| json!({"key": key, "value": {"stringValue": value}});
    let attributes: Value = all.iter().chain(pairs).map(attribute).collect();
    json!({
        "timeUnixNano": time.to_string(),
        "body": {"stringValue": format!("claude_code.{event}")},
        "attributes": attributes,
    })
}

fn export(records: &[Value]) -> String {
    json!({"resourceLogs": [{
        "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "claude-code"}},
        ]},
        "scopeLogs": [{"scope": {"name": "com.anthropic.claude_code.events"}, "logRecords": records}],
    }]})
    .to_string()
}

fn request(time: u64) -> Value {
    let pairs = [
        ("model", "claude-sonnet-4-5"),
        ("input_tokens", "10"),
        ("output_tokens", "20"),
        ("cost_usd", "0.5"),
    ];
    record("api_request", time, &pairs)
}

async fn usages(relay: &Relay, channel: &str) -> Vec<Value> {
    let page = relay.get(&format!("/api/channels/{channel}/events")).await;
    let events = page.json()["events"].as_array().unwrap().clone();
    let is_usage = |event: &Value| event["body"]["type"] == "usage";
    events.into_iter().filter(is_usage).collect()
}

async fn asks(relay: &Relay, channel: &str, request: &str) {
    let ask = json!({
        "type": "permission_requested", "request": request, "tool": "Bash", "input": {"command": "ls"},
    });
    relay.publish(channel, json!([ask])).await;
}

async fn outcome(relay: &Relay, channel: &str, request: &str) -> Value {
    let path = format!("/api/channels/{channel}/requests/{request}");
    relay.get(&path).await.json()["resolution"].clone()
}

#[tokio::test]
async fn usage_joins_the_channel_of_its_session() {
    let relay = Relay::start().await;
    let started = json!({"type": "session_started", "agent": "claude-code"});
    relay
        .publish("claude-code-web-1a2b3c4d", json!([started]))
        .await;
    let answer = relay
        .post("/v1/logs", export(&[request(1), request(2)]))
        .await;
    assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({})));
    let usages = usages(&relay, "claude-code-web-1a2b3c4d").await;
    assert_eq!(usages.len(), 2);
    assert_eq!(usages[0]["author"]["member"], "agent");
    assert_eq!(usages[0]["body"]["cost_usd"], 0.5);
    let listed = relay.get("/api/channels").await.json();
    assert_eq!(listed["channels"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_session_nobody_knows_gets_a_channel_of_its_own() {
    let relay = Relay::start().await;
    relay.post("/v1/logs", export(&[request(1)])).await;
    let usages = usages(&relay, "claude-code-1a2b3c4d").await;
    assert_eq!(usages[0]["author"]["name"], "Claude Code");
    assert_eq!(usages[0]["author"]["kind"], "agent");
}

#[tokio::test]
async fn an_export_that_is_sent_again_counts_once() {
    let relay = Relay::start().await;
    for _ in 0..3 {
        let answer = relay
            .post("/v1/logs", export(&[request(1), request(2)]))
            .await;
        assert_eq!(answer.json(), json!({}));
    }
    relay
        .post("/v1/logs", export(&[request(2), request(3)]))
        .await;
    assert_eq!(usages(&relay, "claude-code-1a2b3c4d").await.len(), 3);
}

#[tokio::test]
async fn a_permission_decided_in_the_terminal_is_elsewhere() {
    let relay = Relay::start().await;
    let channel = "claude-code-web-1a2b3c4d";
    asks(&relay, channel, "r").await;
    let said = |source: &str| {
        let pairs = [
            ("tool_name", "Bash"),
            ("decision", "accept"),
            ("source", source),
        ];
        export(&[record("tool_decision", 1, &pairs)])
    };
    // A rule may have decided another call.
    relay.post("/v1/logs", said("config")).await;
    assert_eq!(outcome(&relay, channel, "r").await, Value::Null);
    relay.post("/v1/logs", said("user_temporary")).await;
    let resolution = outcome(&relay, channel, "r").await;
    assert_eq!(resolution["outcome"], "elsewhere");
    assert_eq!(resolution["message"], "allowed in the terminal");
    // Once it has an outcome, a repetition changes nothing and is no failure.
    let again = relay.post("/v1/logs", said("user_reject")).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, json!({})));
    assert_eq!(outcome(&relay, channel, "r").await, resolution);
}

#[tokio::test]
async fn what_a_person_decided_on_the_page_stays() {
    let relay = Relay::start().await;
    let channel = "claude-code-web-1a2b3c4d";
    asks(&relay, channel, "r").await;
    let path = format!("/api/channels/{channel}/requests/r/resolve");
    relay
        .post(&path, json!({"outcome": "denied"}).to_string())
        .await;
    let pairs = [
        ("tool_name", "Bash"),
        ("decision", "reject"),
        ("source", "hook"),
    ];
    let answer = relay
        .post("/v1/logs", export(&[record("tool_decision", 1, &pairs)]))
        .await;
    assert_eq!(answer.json(), json!({}));
    assert_eq!(outcome(&relay, channel, "r").await["outcome"], "denied");
}

#[tokio::test]
async fn packed_exports_are_read_and_what_is_not_json_is_told_what_to_set() {
    let relay = Relay::start().await;
    let mut packing = GzEncoder::new(Vec::new(), Compression::fast());
    packing.write_all(export(&[request(1)]).as_bytes()).unwrap();
    let send = |encoding: &str, kind: &str, body: Vec<u8>| {
        let request = relay.request(Method::POST, "/v1/logs");
        let request = request.header("content-encoding", encoding);
        Answer::to(request.header("content-type", kind).body(body))
    };
    let packed = packing.finish().unwrap();
    let answer = send("gzip", "application/json", packed.clone()).await;
    assert_eq!(answer.json(), json!({}));
    assert_eq!(usages(&relay, "claude-code-1a2b3c4d").await.len(), 1);

    let answer = send("gzip", "application/x-protobuf", packed).await;
    let sentence = answer.refused(415, "invalid");
    assert!(
        sentence.contains("OTEL_EXPORTER_OTLP_PROTOCOL=http/json"),
        "{sentence}"
    );
    let answer = send("zstd", "application/json", Vec::new()).await;
    let sentence = answer.refused(415, "invalid");
    assert!(
        sentence.contains("OTEL_EXPORTER_OTLP_COMPRESSION"),
        "{sentence}"
    );
    let answer = send("gzip", "application/json", b"{}".to_vec()).await;
    answer.refused(400, "bad_frame");
    relay.post("/v1/logs", "{").await.refused(400, "bad_frame");
}

#[tokio::test]
async fn a_packed_export_may_not_be_larger_than_a_plain_one() {
    let relay = Relay::start().await;
    let mut packing = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..5 {
        packing.write_all(&vec![b' '; 1024 * 1024]).unwrap();
    }
    let request = relay.request(Method::POST, "/v1/logs");
    let request = request.header("content-encoding", "gzip");
    let answer = Answer::to(request.body(packing.finish().unwrap())).await;
    answer.refused(413, "too_large");
}

#[tokio::test]
async fn metrics_are_taken_and_the_answer_says_that_logs_are_wanted() {
    let relay = Relay::start().await;
    let answer = relay
        .post("/v1/metrics", json!({"resourceMetrics": []}).to_string())
        .await;
    let said = &answer.json()["partialSuccess"];
    assert_eq!(said["rejectedDataPoints"], "0");
    assert!(
        said["errorMessage"]
            .as_str()
            .unwrap()
            .contains("OTEL_LOGS_EXPORTER")
    );
    let listed = relay.get("/api/channels").await.json();
    assert_eq!(listed["channels"], json!([]));
}

#[tokio::test]
async fn what_a_removed_channel_refuses_is_counted_and_not_asked_for_again() {
    let relay = Relay::start().await;
    relay.post("/v1/logs", export(&[request(1)])).await;
    let removal = relay.request(Method::DELETE, "/api/channels/claude-code-1a2b3c4d");
    assert!(Answer::to(removal).await.status.is_success());
    let answer = relay
        .post("/v1/logs", export(&[request(2), request(3)]))
        .await;
    assert_eq!(answer.status, 200);
    let said = &answer.json()["partialSuccess"];
    assert_eq!(said["rejectedLogRecords"], "2");
    assert!(said["errorMessage"].as_str().unwrap().contains("removed"));
}

#[tokio::test]
async fn telemetry_and_hooks_of_a_session_meet_in_one_channel() {
    let relay = Relay::start().await;
    let hook = |event: &str| {
        json!({
            "hook_event_name": event, "session_id": SESSION, "cwd": "/home/ada/web",
            "tool_name": "Bash", "tool_input": {"command": "ls"},
        })
        .to_string()
    };
    relay.post("/hooks/claude-code", hook("PostToolUse")).await;
    relay.post("/v1/logs", export(&[request(1)])).await;
    let channels = relay.get("/api/channels").await.json()["channels"].clone();
    let [channel] = channels.as_array().unwrap().as_slice() else {
        panic!("{channels}");
    };
    assert_eq!(channel["cost_usd"], 0.5);
    let channel = channel["id"].as_str().unwrap();

    // The hook waits for a person, and the terminal is faster.
    let asking = relay.post("/hooks/claude-code", hook("PermissionRequest"));
    let answering = async {
        let is_open = async || {
            let summary = relay.get(&format!("/api/channels/{channel}")).await.json();
            (summary["n_open_requests"] == 1).then_some(())
        };
        until("open request", is_open).await;
        let pairs = [
            ("tool_name", "Bash"),
            ("decision", "accept"),
            ("source", "user_temporary"),
        ];
        relay
            .post("/v1/logs", export(&[record("tool_decision", 2, &pairs)]))
            .await
    };
    let (asked, _) = tokio::join!(asking, answering);
    assert_eq!(asked.status, 200, "{}", asked.text);
    let events = relay
        .get(&format!("/api/channels/{channel}/events"))
        .await
        .json();
    let last = events["events"].as_array().unwrap().iter().rev();
    let resolved = last
        .clone()
        .find(|event| event["body"]["type"] == "permission_resolved");
    assert_eq!(resolved.unwrap()["body"]["outcome"], "elsewhere");
}

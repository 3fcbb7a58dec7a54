//! Small things that would become large, deep or endless.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use flate2::Compression;
use flate2::write::GzEncoder;
use pilothouse_shared::Encoding;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_websockets::Message;

use crate::harness::{Answer, Relay, Socket, message, until};
use crate::keyed::Keyed;

/// Every door that reads JSON.
const DOORS: [(&str, &str); 17] = [
    ("POST", "/api/channels"),
    ("POST", "/api/channels/c/events"),
    ("PUT", "/api/channels/c/signals/k"),
    ("POST", "/api/channels/c/requests"),
    ("POST", "/api/channels/c/requests/r/resolve"),
    ("POST", "/api/channels/c/hints/h/acknowledge"),
    ("POST", "/api/channels/c/leases/l/deliver"),
    ("POST", "/api/session"),
    ("POST", "/api/tokens"),
    ("POST", "/api/links"),
    ("POST", "/hooks/claude-code"),
    ("POST", "/hooks/codex"),
    ("POST", "/hooks/json"),
    ("POST", "/v1/logs"),
    ("POST", "/v1/metrics"),
    ("POST", "/mcp"),
    ("POST", "/api/channels/c/leases"),
];

async fn send(relay: &Relay, token: &str, (method, path): (&str, &str), body: String) -> Answer {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    let request = relay.request(method, path).bearer_auth(token);
    let request = request.header("accept", "application/json, text/event-stream");
    Answer::to(request.body(body)).await
}

fn deep(open: &str, middle: &str, close: &str, n: usize) -> String {
    format!("{}{middle}{}", open.repeat(n), close.repeat(n))
}

/// 100,000 levels once would have been as many calls of a function, and the end of the stack that of the relay.
#[tokio::test]
async fn depth_is_refused_at_every_door() {
    let keyed = Keyed::start().await;
    let admin = keyed.admin();
    keyed.publish(&admin, "c", message("a")).await;
    let bombs = [
        deep("[", "", "]", 100_000),
        deep(r#"{"a":"#, "1", "}", 100_000),
        deep(r#"[{"type":"x","a":"#, "1", "}]", 50_000),
        "[".repeat(1_000_000),
    ];
    for door in DOORS {
        for bomb in &bombs {
            let answer = send(&keyed.relay, &admin, door, bomb.clone()).await;
            let is_unread = door.1.ends_with("/leases") || door.1 == "/v1/metrics";
            // What is in the way of nothing that is asked for may be passed over, level by level.
            let is_refused = answer.status.is_client_error();
            assert!(
                is_refused || is_unread,
                "{door:?}: {} {:.200}",
                answer.status,
                answer.text
            );
        }
    }
    let mut socket = keyed.socket(&admin).await;
    for bomb in &bombs[..3] {
        let frame = format!(r#"{{"type":"publish","ref":"1","channel":"c","body":{bomb:.60000}"#);
        socket.refused(frame, "bad_frame").await;
    }
    let packed = [("sec-websocket-protocol", "pilothouse.v1.msgpack")];
    let mut packed = Socket::open(&Relay::start().await, "/ws", &packed).await;
    for start in [0x91, 0x81] {
        let bomb: Vec<u8> = [start, 0xa1].repeat(100_000);
        packed.send_message(Message::binary(bomb)).await;
        let error = packed
            .until("error", |frame| frame["type"] == "error")
            .await;
        assert_eq!(error["code"], "bad_frame");
    }
    assert_eq!(keyed.relay.get("/ready").await.status, 200);
}

#[tokio::test]
async fn a_deep_token_is_none() {
    let keyed = Keyed::start().await;
    let kid = keyed.keyring.id();
    for part in [
        deep("[", "", "]", 1_000),
        deep(r#"{"a":"#, "1", "}", 400),
        format!(
            r#"{{"alg":"EdDSA","kid":"{kid}","x":{}}}"#,
            deep("[", "", "]", 1_000)
        ),
        format!(r#"{{"alg":"EdDSA","kid":"{kid}"}}"#),
        r#"{"exp":1e400}"#.to_owned(),
    ] {
        let part = URL_SAFE_NO_PAD.encode(part);
        for token in [format!("{part}.e30.AAAA"), format!("{part}.{part}.AAAA")] {
            let answer = keyed.get(&token, "/api/channels").await;
            answer.refused(401, "unauthenticated");
        }
    }
}

/// Bodies in which `value` stands wherever anything may.
fn carriers(value: &Value, n: usize) -> Vec<(&'static str, String, Value)> {
    let (ask, events) = (format!("r{n}"), "/api/channels/c/events");
    vec![
        (
            "POST",
            events.to_owned(),
            json!({"type": "custom", "name": "x", "data": value}),
        ),
        (
            "POST",
            events.to_owned(),
            json!({"type": "unheard_of", "x": value}),
        ),
        (
            "POST",
            events.to_owned(),
            json!({"type": "tool_started", "call": ask, "tool": "t", "input": value}),
        ),
        (
            "POST",
            events.to_owned(),
            json!({"type": "message", "role": "user", "text": "x", "more": value}),
        ),
        (
            "PUT",
            "/api/channels/c/signals/display%2Fmain".to_owned(),
            json!({"set": value}),
        ),
        (
            "POST",
            "/api/channels/c/requests".to_owned(),
            json!({
                "type": "permission_requested", "request": ask, "tool": "t", "input": value, "suggestions": [value],
            }),
        ),
        (
            "POST",
            format!("/api/channels/c/requests/{ask}/resolve"),
            json!({
                "outcome": "allowed", "updated_input": value, "suggestions": [value],
            }),
        ),
        (
            "POST",
            "/hooks/json".to_owned(),
            json!({"channel": "c", "type": "custom", "name": "x", "data": value}),
        ),
        (
            "POST",
            "/hooks/claude-code".to_owned(),
            json!({
                "hook_event_name": "PreToolUse", "session_id": "s", "cwd": "/c", "tool_name": "t", "tool_input": value,
            }),
        ),
    ]
}

/// Everything that is kept of `c` is read by a client.
async fn is_readable(relay: &Relay) {
    let mut socket = relay.socket().await;
    for frame in [
        json!({"type": "subscribe", "channel": "c", "history": 1000}),
        json!({"type": "history", "channel": "c", "limit": 1000}),
    ] {
        let reply = socket.ask(frame).await;
        for encoding in [Encoding::Json, Encoding::MessagePack] {
            let bytes = encoding.encode(&reply).unwrap();
            let read = encoding.decode_relay(&bytes);
            assert!(read.is_ok(), "{:?}", read.err());
        }
    }
    for path in ["snapshot", "events?limit=1000", "export", ""] {
        let answer = relay
            .get(format!("/api/channels/c/{path}").trim_end_matches('/'))
            .await;
        assert_eq!(answer.status, 200, "{path}: {:.300}", answer.text);
    }
}

#[tokio::test]
async fn whatever_depth_is_taken_can_be_given_again() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let mut n_taken = 0;
    for (n, depth) in [10, 40, 57, 58, 59, 60, 61, 62, 63, 64, 65, 90, 120]
        .into_iter()
        .enumerate()
    {
        let value: Value = serde_json::from_str(&deep("[", "1", "]", depth)).unwrap();
        for (method, path, body) in carriers(&value, n) {
            let answer = send(&relay, "", (method, &path), body.to_string()).await;
            assert!(
                answer.status.as_u16() < 500,
                "{depth} {path}: {}",
                answer.text
            );
            n_taken += usize::from(answer.status.is_success());
        }
        is_readable(&relay).await;
    }
    assert!(n_taken > 20, "{n_taken}");
}

/// Numbers that are no numbers of a program.
const NUMBERS: [&str; 9] = [
    "1e400",
    "-1e400",
    "1e308",
    "-1",
    "0.1",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775809",
    "1e19",
];

#[tokio::test]
async fn no_number_is_too_large_for_the_relay_or_for_who_reads_it() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    for (n, number) in NUMBERS.into_iter().enumerate() {
        let bodies = [
            r#"{"type":"usage","model":"m","input_tokens":N,"output_tokens":N,"cost_usd":N}"#,
            r#"{"type":"question_asked","request":"qI","text":"?","expires_at":N}"#,
            r#"{"type":"hint","hint":{"kind":"text","text":"x"},"expires_at":N}"#,
            r#"{"type":"parameters_declared","parameters":[{"name":"p","min":N,"max":N,"step":N,"value":N}]}"#,
            r#"{"type":"tool_finished","call":"1","tool":"t","ok":true,"duration_ms":N}"#,
            r#"{"type":"operation_started","operation":"o","progress":N}"#,
            r#"{"type":"custom","name":"x","data":N}"#,
            r#"{"type":"pipeline","stages":[{"name":"s","items":[],"n":N,"limit":N}]}"#,
            r#"{"type":"reconciliation_progress","status":"s","processed":N,"total":N}"#,
        ];
        for body in bodies {
            let body = body.replace("qI", &format!("q{n}")).replace('N', number);
            // Twice: what is summed is summed.
            for _ in 0..2 {
                let answer =
                    send(&relay, "", ("POST", "/api/channels/c/events"), body.clone()).await;
                assert!(answer.status.as_u16() < 500, "{body}: {}", answer.text);
            }
        }
        for (door, body) in [
            (("PUT", "/api/channels/c/signals/k"), r#"{"set":N}"#),
            (
                ("PUT", "/api/channels/c/signals/k"),
                r#"{"rows":{"width":N,"height":N,"lines":[]}}"#,
            ),
            (
                ("POST", "/api/tokens"),
                r#"{"name":"n","role":"observer","expires_in":N}"#,
            ),
            (
                ("POST", "/hooks/claude-code?timeout=N&hold=N"),
                r#"{"hook_event_name":"Stop","session_id":"s","cwd":"/c"}"#,
            ),
            (
                ("POST", "/mcp"),
                r#"{"jsonrpc":"2.0","id":N,"method":"ping"}"#,
            ),
            (
                ("POST", "/v1/logs"),
                r#"{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":N,"severityNumber":N}]}]}]}"#,
            ),
            (("GET", "/api/channels/c/events?after=N&limit=N"), ""),
            (("GET", "/api/channels/c/events?before=N"), ""),
            (("GET", "/api/channels/c/snapshot?at=N"), ""),
            (("GET", "/api/channels/c/hints?wait=N"), ""),
        ] {
            let (path, body) = (door.1.replace('N', number), body.replace('N', number));
            let answer = send(&relay, "", (door.0, &path), body).await;
            let is_without_keys = path == "/api/tokens" && answer.status == 503;
            assert!(
                answer.status.as_u16() < 500 || is_without_keys,
                "{path}: {} {}",
                answer.status,
                answer.text
            );
        }
        is_readable(&relay).await;
    }
    expires(&relay).await;
}

/// Whatever was to expire at the end of time, what expires now does.
async fn expires(relay: &Relay) {
    let soon = crate::keyed::now() + 300;
    let ask = json!({"type": "question_asked", "request": "last", "text": "?", "expires_at": soon});
    relay.publish("c", json!([ask])).await;
    until("end of a question", async || {
        let entry = relay.get("/api/channels/c/requests/last").await.json();
        (entry["resolution"]["outcome"] == "expired").then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_is_packed_is_not_unpacked_beyond_what_a_body_may_have() {
    let relay = Relay::start().await;
    let mut packing = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b' '; 1 << 20];
    for _ in 0..100 {
        packing.write_all(&zeros).unwrap();
    }
    let packed = packing.finish().unwrap();
    assert!(packed.len() < 200_000);
    // Packed twice it is smaller still; what comes out of the first is no JSON.
    for path in ["/v1/logs", "/v1/metrics"] {
        let request = relay.request(Method::POST, path);
        let request = request.header("content-encoding", "gzip");
        let answer = Answer::to(request.body(packed.clone())).await;
        answer.refused(413, "too_large");
    }
    // No other door unpacks anything.
    for path in ["/api/channels/c/events", "/hooks/json", "/api/channels"] {
        let request = relay.request(Method::POST, path);
        let request = request.header("content-encoding", "gzip");
        let answer = Answer::to(request.body(packed.clone())).await;
        answer.refused(400, "bad_frame");
    }
}

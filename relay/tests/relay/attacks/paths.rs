//! Ids of channels that are none: what a path, a frame or a header says is read once, and as it stands.

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{message, soon};
use crate::keyed::Keyed;

/// Ids as they stand in a path.
const TRICKS: [&str; 18] = [
    "..",
    ".",
    "%2e%2e",
    "%2E.",
    "..%2f",
    "%2f",
    "c%2f..%2fd",
    "%252e%252e",
    "c%252fd",
    "c%00",
    "%00",
    "c%0a",
    "c%20",
    "%ff%fe",
    "%e2%80%ae",
    "%ef%bd%83",
    "c;x",
    "c%5c..",
];

/// Every route with a channel: method, what is before the id, what is after it, a body that is right.
const ROUTES: [(&str, &str, &str, &str); 17] = [
    ("GET", "/api/channels/", "", ""),
    ("DELETE", "/api/channels/", "", ""),
    ("POST", "/api/channels/", "/join", ""),
    ("POST", "/api/channels/", "/leave", ""),
    ("GET", "/api/channels/", "/events", ""),
    (
        "POST",
        "/api/channels/",
        "/events",
        r#"{"type":"operation_finished","ok":true}"#,
    ),
    ("GET", "/api/channels/", "/snapshot", ""),
    ("GET", "/api/channels/", "/export", ""),
    ("GET", "/api/channels/", "/stream", ""),
    ("PUT", "/api/channels/", "/signals/k", r#"{"set":1}"#),
    ("GET", "/api/channels/", "/hints", ""),
    ("POST", "/api/channels/", "/leases", ""),
    ("DELETE", "/api/channels/", "/leases/l", ""),
    ("POST", "/api/channels/", "/hints/h/acknowledge", ""),
    (
        "POST",
        "/api/channels/",
        "/requests",
        r#"{"type":"question_asked","request":"q","text":"?"}"#,
    ),
    ("GET", "/api/channels/", "/requests/r", ""),
    (
        "POST",
        "/api/channels/",
        "/requests/r/resolve",
        r#"{"outcome":"allowed"}"#,
    ),
];

/// One request as it stands: a client library would tidy the path.
async fn raw(keyed: &Keyed, token: &str, method: &str, path: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(keyed.relay.address).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        keyed.relay.address,
        body.len()
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon("answer", stream.read_to_string(&mut answer))
        .await
        .unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer)
}

async fn heads(keyed: &Keyed, admin: &str) -> Vec<Value> {
    let listed = keyed.get(admin, "/api/channels").await.json();
    let channels = listed["channels"].as_array().unwrap().iter();
    let channels =
        channels.filter(|channel| !channel["id"].as_str().unwrap().starts_with("pilothouse-"));
    let mut heads: Vec<_> = channels
        .map(|channel| json!([channel["id"], channel["head"]]))
        .collect();
    heads.sort_by_key(Value::to_string);
    heads
}

#[tokio::test]
async fn no_spelling_of_a_path_reaches_a_channel_that_it_does_not_name() {
    let keyed = Keyed::start().await;
    let admin = keyed.admin();
    for channel in ["c", "d"] {
        keyed.publish(&admin, channel, message("a")).await;
    }
    let before = heads(&keyed, &admin).await;
    let long = "x".repeat(129);
    let longer = "%41".repeat(5_000);
    for (method, start, end, body) in ROUTES {
        for id in TRICKS.into_iter().chain([long.as_str(), longer.as_str()]) {
            let path = format!("{start}{id}{end}");
            let (status, answer) = raw(&keyed, &admin, method, &path, body).await;
            assert!(
                [404, 405, 414, 422].contains(&status),
                "{method} {path:.80}: {answer:.300}"
            );
        }
    }
    assert_eq!(heads(&keyed, &admin).await, before);
    for id in TRICKS {
        let (status, answer) = raw(&keyed, &admin, "GET", &format!("/ws/{id}"), "").await;
        assert!([404, 422].contains(&status), "/ws/{id}: {answer:.300}");
    }
}

/// Other ways to write the id of the audit trail, or the start of it.
const AUDIT: [&str; 9] = [
    "pilothouse-system-audit",
    "pilothouse%2dsystem%2daudit",
    "%70ilothouse-system-audit",
    "pilothouse-system-",
    "pilothouse-system-audit2",
    "pilothouse-system-x",
    "pilothouse-system-audit%2e",
    "pilothouse-system-audit.ndjson",
    "pilothouse-system-..",
];

#[tokio::test]
async fn the_audit_trail_is_not_to_be_had_by_another_spelling_or_as_part_of_a_pattern() {
    let keyed = Keyed::start().await;
    let everything = "publish+watch+steer+approve";
    let grants: Vec<_> = [
        "*",
        "pilothouse-system-*",
        "pilothouse-system-audit",
        "pilothouse*",
        "*audit",
    ]
    .map(|pattern| format!("{pattern}:{everything}"))
    .to_vec();
    let grants: Vec<_> = grants.iter().map(String::as_str).collect();
    let eve = keyed.person("eve", &grants);
    for (method, start, end, body) in ROUTES {
        for id in AUDIT {
            let path = format!("{start}{id}{end}");
            let (status, answer) = raw(&keyed, &eve, method, &path, body).await;
            assert_eq!(status, 403, "{method} {path}: {answer:.300}");
        }
    }
    let mut socket = keyed.socket(&eve).await;
    for frame in [
        json!({"type": "subscribe", "channel": "pilothouse-system-audit"}),
        json!({"type": "history", "channel": "pilothouse-system-audit"}),
        json!({"type": "publish", "channel": "pilothouse-system-audit", "body": message("a false trail")}),
        json!({"type": "take_hints", "channel": "pilothouse-system-audit"}),
    ] {
        assert_eq!(
            socket.ask(frame.clone()).await["code"],
            "forbidden",
            "{frame}"
        );
    }
    let new = json!({"id": "pilothouse-system-mine", "name": "n"});
    let admin = keyed.admin();
    for token in [&eve, &admin] {
        keyed
            .post(token, "/api/channels", new.clone())
            .await
            .refused(403, "forbidden");
    }
    // In capitals it is a channel like any other, and not that one.
    let other = keyed
        .publish(&eve, "Pilothouse-System-Audit", message("x"))
        .await;
    assert_eq!(other.status, 200, "{}", other.text);
    let trail = "/api/channels/pilothouse-system-audit/events";
    let trail = keyed.get(&admin, trail).await.text;
    assert!(!trail.contains("a false trail"), "{trail}");
}

#[tokio::test]
async fn a_channel_in_a_header_a_hook_or_a_frame_is_held_to_the_same() {
    let keyed = Keyed::start().await;
    let admin = keyed.admin();
    let long = "x".repeat(129);
    let mut socket = keyed.socket(&admin).await;
    for id in [
        "..",
        ".",
        "",
        "a/b",
        "a%2fb",
        "a b",
        "ä",
        "a\u{202e}",
        "a\0",
        long.as_str(),
    ] {
        let hook = json!({"channel": id, "type": "operation_finished", "ok": true});
        keyed
            .post(&admin, "/hooks/json", hook)
            .await
            .refused(422, "invalid");
        let new = json!({"id": id, "name": "n"});
        keyed
            .post(&admin, "/api/channels", new)
            .await
            .refused(422, "invalid");
        let frame = json!({"type": "publish", "channel": id, "body": message("x")});
        let refused = socket.ask(frame).await["code"].clone();
        assert!(
            ["bad_frame", "invalid"].iter().any(|code| refused == *code),
            "{id}: {refused}"
        );
    }
    assert_eq!(heads(&keyed, &admin).await, Vec::<Value>::new());
    let odd = keyed
        .call(&admin, Method::GET, "/api/channels?id=../c", Value::Null)
        .await;
    assert_eq!(odd.status, 200);
}

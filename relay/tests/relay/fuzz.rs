//! Random bytes at the socket and at every call: whatever comes, the relay answers, never panics and
//! serves the next one.
//!
//! Each run makes 2,000 cases of text frames, of MessagePack frames and of requests, the same in every
//! run, in about a second each. 50,000 of each, in 39 seconds, found nothing. Raise [`CASES`] to search
//! for longer.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use reqwest::Method;
use serde_json::{Value, json};
use tokio_websockets::Message;

use crate::harness::{Answer, Relay, Socket, message};

/// Cases of each test.
const CASES: usize = 2_000;

/// Every example frame, body and op of the protocol.
fn examples() -> Vec<Value> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/golden");
    let files = std::fs::read_dir(folder).unwrap();
    let texts = files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    texts
        .map(|text| serde_json::from_str(&text).unwrap())
        .collect()
}

/// Any JSON value, small.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
        prop_oneof![Just("c"), Just("public"), Just("agent")].prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec(("[a-z]{1,6}", inner), 0..4).prop_map(|pairs| pairs.into_iter().collect()),
        ]
    })
}

/// An example of the protocol in which one field became something else, or went.
fn mutated() -> impl Strategy<Value = Value> {
    let examples = examples();
    let pick = (
        0..examples.len(),
        any::<proptest::sample::Index>(),
        proptest::option::of(any_json()),
    );
    pick.prop_map(move |(example, field, replacement)| {
        let mut frame = examples[example].clone();
        let mut at = &mut frame;
        // A field of the map, or of a map within it.
        loop {
            let Value::Object(map) = at else { return frame };
            if map.is_empty() {
                return frame;
            }
            let key = map.keys().nth(field.index(map.len())).unwrap().clone();
            if map[&key].is_object() && field.index(3) > 0 {
                at = map.get_mut(&key).unwrap();
                continue;
            }
            match replacement {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
            return frame;
        }
    })
}

/// A text: of the protocol, of JSON, cut off, or of anything.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => mutated().prop_map(|frame| frame.to_string()),
        1 => any_json().prop_map(|value| value.to_string()),
        1 => (mutated(), any::<proptest::sample::Index>()).prop_map(|(frame, end)| {
            let text = frame.to_string();
            text.chars().take(end.index(text.len())).collect()
        }),
        1 => ".{0,64}",
    ]
}

fn cases<S: Strategy>(strategy: &S) -> Vec<S::Value> {
    // The same cases in every run: a failure names its case, and comes again.
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    (0..CASES)
        .map(|_| strategy.new_tree(&mut runner).unwrap().current())
        .collect()
}

/// Sends messages one by one; after each the connection must live.
async fn survives(
    relay: &Relay,
    offer: &str,
    ping: Message,
    cases: impl Iterator<Item = (String, Message)>,
) {
    let mut socket = Socket::open(relay, "/ws", &[("sec-websocket-protocol", offer)]).await;
    for (case, message) in cases {
        socket.send_message(message).await;
        socket.send_message(ping.clone()).await;
        // Its own pong may be first when the case was a ping.
        let answer = socket.until("pong", |frame| frame["type"] == "pong").await;
        assert!(answer["now"].is_u64(), "{case}");
        socket.aside();
    }
    assert_eq!(relay.get("/ready").await.status, 200);
}

#[tokio::test]
async fn no_text_breaks_a_connection() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("x")])).await;
    let cases = cases(&any_text())
        .into_iter()
        .map(|text| (text.clone(), Message::text(text)));
    survives(
        &relay,
        "pilothouse.v1.json",
        Message::text(r#"{"type":"ping"}"#),
        cases,
    )
    .await;
}

#[tokio::test]
async fn no_bytes_break_a_connection() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("x")])).await;
    let frame = mutated().prop_map(|frame| rmp_serde::to_vec_named(&frame).unwrap());
    let flipped =
        (mutated(), any::<proptest::sample::Index>(), any::<u8>()).prop_map(|(frame, at, byte)| {
            let mut bytes = rmp_serde::to_vec_named(&frame).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            bytes
        });
    let bytes = prop_oneof![2 => frame, 2 => flipped, 1 => vec(any::<u8>(), 0..64)];
    let ping = Message::binary(rmp_serde::to_vec_named(&json!({"type": "ping"})).unwrap());
    let cases = cases(&bytes)
        .into_iter()
        .map(|bytes| (format!("{bytes:?}"), Message::binary(bytes)));
    survives(&relay, "pilothouse.v1.msgpack", ping, cases).await;
}

#[tokio::test]
async fn no_request_gets_anything_but_an_answer() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("x")])).await;
    let calls = [
        (Method::POST, "/api/channels"),
        (Method::POST, "/api/channels/c/events"),
        (Method::POST, "/api/channels/c/requests"),
        (Method::POST, "/api/channels/c/requests/r/resolve"),
        (Method::POST, "/api/channels/c/hints/h/acknowledge"),
        (Method::PUT, "/api/channels/c/signals/k"),
    ];
    let bytes =
        prop_oneof![4 => any_text().prop_map(String::into_bytes), 1 => vec(any::<u8>(), 0..64)];
    let query = prop_oneof![2 => Just(String::new()), 1 => "[?][a-z]{1,5}=[ -~]{0,8}", 1 => "[?](visibility|after|limit)=[0-9a-z,%]{0,8}"];
    for (call, bytes, query) in cases(&(0..calls.len(), bytes, query)) {
        let (method, path) = calls[call].clone();
        let query: String = query.replace(['#', ' ', '"', '<', '>'], "+");
        let request = relay
            .request(method, &format!("{path}{query}"))
            .body(bytes.clone());
        let answer = Answer::to(request).await;
        let status = answer.status.as_u16();
        assert!(
            status < 500,
            "{path}{query} {}: {}",
            String::from_utf8_lossy(&bytes),
            answer.text
        );
        if status >= 400 {
            assert!(
                answer.json()["error"]["message"].is_string(),
                "{path}{query}"
            );
        }
    }
    assert_eq!(relay.get("/ready").await.status, 200);
}

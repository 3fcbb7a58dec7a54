//! A frame that cannot be is refused, and the connection lives on.

use pilothouse_tests::{InProcess, Socket};
use serde_json::{Value, json};
use tokio_websockets::Message;

/// What is sent, and the code it is refused with.
fn refusals() -> Vec<(String, &'static str)> {
    let publish = |body: Value| {
        json!({"type": "publish", "ref": "r", "channel": "c", "body": body}).to_string()
    };
    vec![
        ("{".to_owned(), "bad_frame"),
        ("[]".to_owned(), "bad_frame"),
        (json!({"type": "fly"}).to_string(), "unknown_type"),
        (
            json!({"type": "subscribe", "ref": 1, "channel": "c"}).to_string(),
            "bad_frame",
        ),
        (
            json!({"type": "subscribe", "channel": "c"}).to_string(),
            "bad_frame",
        ),
        (
            json!({"type": "subscribe", "ref": "r", "channel": "nobody"}).to_string(),
            "not_found",
        ),
        (
            publish(json!({"type": "message", "text": "no role"})),
            "invalid",
        ),
        (
            publish(json!({"type": "hint_expired", "hint": "h"})),
            "invalid",
        ),
        (
            publish(json!({"type": "message", "role": "user", "text": "x".repeat(250_000)})),
            "",
        ),
        (
            publish(json!({"type": "x", "data": "x".repeat(255_000)})),
            "too_large",
        ),
    ]
}

#[tokio::test]
async fn every_bad_frame_is_refused_by_its_code_and_the_next_good_one_is_heard() {
    let relay = InProcess::start().await;
    let mut socket = Socket::open(relay.address()).await;
    for (text, code) in refusals() {
        let start = text.chars().take(100).collect::<String>();
        socket.send(Message::text(text)).await;
        let answer = socket.hear().await;
        match code {
            "" => assert_eq!(answer["type"], "published", "{start}"),
            code => assert_eq!(answer["code"], code, "{start} got {answer}"),
        }
        socket.say(&json!({"type": "ping"})).await;
        socket.hear_type("pong").await;
    }
}

#[tokio::test]
async fn what_is_no_text_or_too_long_closes_with_its_code() {
    let relay = InProcess::start().await;
    for (message, code) in [
        (Message::binary(vec![1, 2, 3]), 4400),
        (Message::text("x".repeat(262_145)), 4413),
    ] {
        let mut socket = Socket::open(relay.address()).await;
        socket.send(message).await;
        assert_eq!(socket.closed().await, code);
    }
}

//! Who asks too much is slowed where that loses nothing, and else refused with when to come back.

use std::num::NonZeroU64;

use pilothouse_relay::config::{Config, MaxRates};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, Socket, in_memory, message};

async fn relay(change: impl FnOnce(&mut MaxRates)) -> Relay {
    let mut max_rates = MaxRates::default();
    change(&mut max_rates);
    let config = Config {
        max_rates,
        ..in_memory()
    };
    Relay::with(config).await
}

fn most(n: u64) -> NonZeroU64 {
    NonZeroU64::new(n).unwrap()
}

fn hint() -> Value {
    json!({"type": "hint", "hint": {"kind": "text", "text": "left"}})
}

async fn post(relay: &Relay, member: &str, path: &str, body: &Value) -> Answer {
    let request = relay.request(Method::POST, path).json(body);
    Answer::to(request.header("pilothouse-member", member)).await
}

/// Checks that it says when to come back; says it.
fn come_back(answer: &Answer) -> u64 {
    let message = answer.refused(429, "rate_limited");
    assert!(message.contains("come back in"), "{message}");
    let after = answer.headers["retry-after"].to_str().unwrap();
    after.parse().unwrap()
}

#[tokio::test]
async fn a_burst_of_ten_thousand_is_not_too_much() {
    let relay = Relay::start().await;
    for _ in 0..10 {
        let bodies = vec![message("x"); 1000];
        relay.publish("c", json!(bodies)).await;
    }
    let answer = relay.get("/metrics").await.text;
    assert!(!answer.contains("pilothouse_limited_total{"));
    relay.stop().await;
}

#[tokio::test]
async fn a_socket_that_is_too_fast_is_read_later_and_loses_nothing() {
    let relay = relay(|most_of| most_of.frames_per_second = most(100)).await;
    let mut agent = relay.member("agent", "agent").await;
    // The burst, and half a second more than that.
    let n_frames = 1050;
    for n in 0..n_frames {
        let body = message(n.to_string());
        agent
            .send(json!({"type": "publish", "ref": "r", "channel": "c", "body": body}))
            .await;
    }
    for _ in 0..n_frames {
        agent
            .until("published", |frame| frame["type"] == "published")
            .await;
    }
    let slowed = relay.metric(r#"pilothouse_limited_total{limit="frames",of="member"}"#);
    assert!(slowed.await > 0.0);
    // Another is not slowed by it.
    let mut other = relay.member("other", "agent").await;
    other.publish("c", message("at once")).await;
    relay.stop().await;
}

#[tokio::test]
async fn a_request_too_many_is_refused_with_when_to_come_back() {
    let relay = relay(|most_of| most_of.frames_per_second = most(1)).await;
    let events = "/api/channels/c/events";
    // A batch counts as its bodies, and is taken whole.
    let bodies = json!(vec![message("x"); 40]);
    assert_eq!(post(&relay, "agent", events, &bodies).await.status, 200);
    let refused = post(&relay, "agent", events, &message("x")).await;
    assert!((20..=31).contains(&come_back(&refused)), "{}", refused.text);
    assert_eq!(
        post(&relay, "other", events, &message("x")).await.status,
        200
    );
    relay.stop().await;
}

#[tokio::test]
async fn a_body_counts_with_its_bytes() {
    let relay = relay(|most_of| most_of.bytes_per_second = most(1000)).await;
    let events = "/api/channels/c/events";
    let long = message("x".repeat(30_000));
    assert_eq!(post(&relay, "agent", events, &long).await.status, 200);
    come_back(&post(&relay, "agent", events, &message("x")).await);
    let metric = r#"pilothouse_limited_total{limit="bytes",of="request"}"#;
    assert!(relay.metric(metric).await > 0.0);
    relay.stop().await;
}

#[tokio::test]
async fn hints_requests_and_channels_have_limits_of_their_own() {
    let relay = relay(|most_of| {
        most_of.hints_per_minute = most(2);
        most_of.requests_per_minute = most(2);
        most_of.channels_per_minute = most(2);
    })
    .await;
    let events = "/api/channels/c/events";
    let question = |n| json!({"type": "question_asked", "request": format!("r{n}"), "text": "?"});
    for n in 0..2 {
        assert_eq!(post(&relay, "ana", events, &hint()).await.status, 200);
        assert_eq!(post(&relay, "ana", events, &question(n)).await.status, 200);
    }
    post(&relay, "ana", events, &hint())
        .await
        .refused(429, "rate_limited");
    post(&relay, "ana", events, &question(2))
        .await
        .refused(429, "rate_limited");
    let channel = |n| json!({"id": format!("c{n}"), "name": "n"});
    let made = post(&relay, "ana", "/api/channels", &channel(1)).await;
    assert_eq!(made.status, 201);
    let refused = post(&relay, "ana", "/api/channels", &channel(2)).await;
    refused.refused(429, "rate_limited");
    assert_eq!(refused.headers["retry-after"], "10");
    let other = post(&relay, "ben", "/api/channels", &channel(2)).await;
    assert_eq!(other.status, 201);
    for limit in ["hints", "requests", "channels"] {
        let metric = format!(r#"pilothouse_limited_total{{limit="{limit}",of="member"}}"#);
        assert!(relay.metric(&metric).await > 0.0, "{limit}");
    }
    relay.stop().await;
}

#[tokio::test]
async fn who_takes_no_notice_of_refusals_is_closed_and_told_when_to_come_back() {
    let relay = relay(|most_of| most_of.hints_per_minute = most(1)).await;
    let mut ana = relay.member("ana", "human").await;
    for _ in 0..300 {
        ana.send(json!({"type": "publish", "ref": "r", "channel": "c", "body": hint()}))
            .await;
    }
    let (code, _, before) = ana.closed().await;
    assert_eq!(code, 4429);
    let goodbye = before.last().unwrap();
    assert_eq!(goodbye["type"], "goodbye");
    assert_eq!(goodbye["after_ms"], 10_000);
    relay.stop().await;
}

/// What is packed could be a thousand times as large: no message is ever unpacked.
#[tokio::test]
async fn packed_messages_are_not_agreed_to() {
    let relay = Relay::start().await;
    let offer = [(
        "sec-websocket-extensions",
        "permessage-deflate; client_max_window_bits",
    )];
    let socket = Socket::open(&relay, "/ws", &offer).await;
    assert!(!socket.headers.contains_key("sec-websocket-extensions"));
    relay.stop().await;
}

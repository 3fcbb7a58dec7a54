//! Plain text over HTTP: a message a line, published as the lines come.

use std::time::Duration;

use futures_util::stream;
use reqwest::{Body, Method};
use serde_json::json;
use tokio::sync::mpsc;

use crate::harness::{Answer, Relay, message};

async fn pipe(relay: &Relay, body: impl Into<Body>, headers: &[(&str, &str)]) -> Answer {
    let request = relay.request(Method::POST, "/api/channels/c/events");
    let request = request.header("content-type", "text/plain; charset=utf-8");
    let request = headers.iter().fold(request, |request, (name, value)| {
        request.header(*name, *value)
    });
    Answer::to(request.body(body)).await
}

async fn texts(relay: &Relay) -> Vec<String> {
    let page = relay.get("/api/channels/c/events?limit=1000").await.json();
    let events = page["events"].as_array().unwrap();
    let text = |event: &serde_json::Value| Some(event["body"]["text"].as_str()?.to_owned());
    events.iter().filter_map(text).collect()
}

#[tokio::test]
async fn every_line_is_a_message_and_empty_ones_are_none() {
    let relay = Relay::start().await;
    let answer = pipe(&relay, "one\n\n  two \r\n{\"type\":\"joined\"}\nlast", &[]).await;
    assert_eq!(answer.json(), json!({"n_published": 4, "last": 5}));
    assert_eq!(
        texts(&relay).await,
        ["one", "  two", "{\"type\":\"joined\"}", "last"]
    );
    let nothing = pipe(&relay, "\n\n", &[]).await;
    assert_eq!(nothing.json(), json!({"n_published": 0}));
}

#[tokio::test]
async fn a_repeated_request_stores_nothing_twice() {
    let relay = Relay::start().await;
    for _ in 0..2 {
        let answer = pipe(&relay, "one\ntwo\nthree\n", &[("idempotency-key", "run")]).await;
        assert_eq!(answer.json()["last"], 4);
    }
    assert_eq!(texts(&relay).await, ["one", "two", "three"]);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_shown_as_such() {
    let relay = Relay::start().await;
    assert_eq!(pipe(&relay, &b"a\xffb\n"[..], &[]).await.status, 200);
    assert_eq!(texts(&relay).await, ["a\u{fffd}b"]);
}

#[tokio::test]
async fn a_line_that_is_too_long_is_refused_and_those_before_it_stay() {
    let relay = Relay::start().await;
    let text = format!("one\n{}", "x".repeat(100_000));
    let sentence = pipe(&relay, text, &[]).await.refused(413, "too_large");
    assert!(sentence.contains("1 messages"), "{sentence}");
    assert_eq!(texts(&relay).await, ["one"]);
}

#[tokio::test]
async fn lines_are_published_while_the_request_still_goes_on() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("first")])).await;
    let mut watcher = relay.socket().await;
    watcher.subscribe("c").await;
    let (lines, queue) = mpsc::channel::<&'static str>(4);
    let body = stream::unfold(queue, |mut queue| async move {
        let line = queue.recv().await?;
        Some((Ok::<_, std::io::Error>(line), queue))
    });
    let request = relay.request(Method::POST, "/api/channels/c/events");
    let request = request
        .header("content-type", "text/plain")
        .timeout(Duration::from_secs(60));
    let piping = tokio::spawn(Answer::to(request.body(Body::wrap_stream(body))));
    for (seq, line) in [(3, "one\n"), (4, "two\n")] {
        lines.send(line).await.unwrap();
        let frames = watcher.follow(seq - 1, seq).await;
        assert_eq!(frames[0]["body"]["text"], line.trim_end());
    }
    lines.send("rest without an end").await.unwrap();
    drop(lines);
    assert_eq!(
        piping.await.unwrap().json(),
        json!({"n_published": 3, "last": 5})
    );
}

//! A disk that fails harms nothing that is stored, and is said in a sentence: in the log, on `/ready` and
//! to those who publish. When it works again, so does the relay.

mod damage;
mod squeeze;

use pilothouse_tests::{Agent, Socket, Watcher, message, until};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use self::squeeze::Squeeze;

#[tokio::test]
async fn a_full_disk_refuses_until_there_is_space_again() {
    let squeeze = Squeeze::small_disk().await;
    outlives(squeeze, &["is full", "cannot be read or written"]).await;
}

#[tokio::test]
async fn files_that_may_not_be_written_any_more_refuse_until_they_may() {
    let squeeze = Squeeze::immutable().await;
    let sentences = ["may not be written", "cannot be read or written"];
    outlives(squeeze, &sentences).await;
}

#[tokio::test]
async fn a_limit_on_the_size_of_files_refuses_until_it_is_lifted() {
    let squeeze = Squeeze::limit().await;
    outlives(squeeze, &["cannot be read or written"]).await;
}

/// Squeezes a relay and lets it go: its sentence is one of these.
async fn outlives(mut squeeze: Squeeze, sentences: &[&str]) {
    let url = squeeze.relay().url();
    let (agent, other) = (
        Agent::new(&url, "build", "claude"),
        Agent::new(&url, "other", "claude"),
    );
    let mut acknowledged = agent.publish(&json!([message("1"), message("2")])).await;
    other.publish(&message("untouched")).await;
    let mut watcher = Watcher::connect(&url, "build", "ada").await;

    squeeze.squeeze();
    let sentence = loop {
        let (status, answer) = ready(&agent).await;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(answer["error"]["code"], "unavailable");
            break answer["error"]["message"].as_str().unwrap().to_owned();
        }
        // There is still room: take it.
        let answer = agent.try_publish(&message(&"x".repeat(10_000))).await;
        if answer.status.is_success() {
            acknowledged.extend(answer.json["published"][0]["seq"].as_u64());
        }
    };
    assert!(
        sentences.iter().any(|it| sentence.contains(it)),
        "{sentence}"
    );
    refuses(&squeeze, &agent, &sentence).await;
    reads(&squeeze, &other, &agent, &acknowledged).await;
    let n_failures = squeeze.relay().log().matches("the store fails").count();
    assert!(n_failures >= 1, "the log says so too");
    refuses(&squeeze, &agent, &sentence).await;
    let n_now = squeeze.relay().log().matches("the store fails").count();
    assert_eq!(n_now, n_failures, "the log does not repeat itself");

    squeeze.relieve();
    let seq = agent.publish_surely("again", &message("again")).await;
    acknowledged.push(seq);
    assert_eq!(ready(&agent).await.0, StatusCode::OK);
    assert!(squeeze.relay().log().contains("the store works again"));
    assert_eq!(
        *acknowledged,
        *(2..=seq).collect::<Vec<_>>(),
        "no hole, no double"
    );
    watcher
        .sees("everything", |seen| {
            seen.seqs() == (1..=seq).collect::<Vec<_>>()
        })
        .await;
    assert_eq!(other.publish(&message("too")).await, [3]);
    if squeeze.outlives_the_process() {
        let relay = squeeze.relay_mut();
        relay.kill().await;
        relay.restart().await;
        assert_eq!(agent.summary().await["head"], seq);
        assert_eq!(agent.events(1, 0).await.len(), acknowledged.len());
    }
}

/// Publishing is refused by every path, with this sentence, and the process lives.
async fn refuses(squeeze: &Squeeze, agent: &Agent, sentence: &str) {
    let answer = agent.try_publish(&message("again")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.code(), "unavailable");
    assert_eq!(answer.json["error"]["message"], sentence);
    let mut socket = Socket::open(squeeze.relay().address()).await;
    for channel in ["build", "new"] {
        let body = message("again");
        let publish =
            json!({"type": "publish", "ref": "1", "channel": channel, "id": "again", "body": body});
        socket.say(&publish).await;
        let error = socket.hear_type("error").await;
        assert_eq!(
            (&error["ref"], &error["code"]),
            (&json!("1"), &json!("unavailable"))
        );
        assert_eq!(error["message"], sentence);
    }
    let alive = agent.request(Method::GET, "/health").send().await.unwrap();
    assert_eq!(alive.status(), StatusCode::OK);
}

/// What is stored is read as before: histories, states and signals.
async fn reads(squeeze: &Squeeze, other: &Agent, agent: &Agent, acknowledged: &[u64]) {
    assert_eq!(other.events(1, 0).await[0]["body"]["text"], "untouched");
    let events = agent.events(1, 0).await;
    let seqs: Vec<_> = events
        .iter()
        .map(|event| event["seq"].as_u64().unwrap())
        .collect();
    assert_eq!(seqs, acknowledged);
    let mut socket = Socket::open(squeeze.relay().address()).await;
    socket
        .say(&json!({"type": "subscribe", "ref": "1", "channel": "build"}))
        .await;
    let reply = socket.hear_type("subscribed").await;
    assert_eq!(reply["head"].as_u64(), acknowledged.last().copied());
    // A signal is not stored.
    agent
        .signal("activity/claude", &json!({"set": {"operation": "waiting"}}))
        .await;
    while socket.hear_type("signal").await["key"] != "activity/claude" {}
}

/// What `/ready` says.
async fn ready(agent: &Agent) -> (StatusCode, Value) {
    let response = agent.request(Method::GET, "/ready").send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

/// Waits until the relay is not ready; its sentence.
async fn not_ready(agent: &Agent) -> String {
    until("the relay to be not ready", || async {
        let (status, answer) = ready(agent).await;
        let sentence = answer["error"]["message"].as_str().map(str::to_owned);
        sentence.filter(|_| status == StatusCode::SERVICE_UNAVAILABLE)
    })
    .await
}

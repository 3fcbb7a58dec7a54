//! SIGTERM says goodbye to everybody and ends with success.

use futures_util::StreamExt;
use pilothouse_shared::link::Input;
use pilothouse_tests::{Agent, DEADLINE, Process, Socket, Watcher, message, until, within};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn every_open_client_is_told_and_the_process_ends_well() {
    let mut relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    let head = agent.publish(&message("before")).await[0];

    let mut socket = Socket::open(relay.address()).await;
    socket
        .say(&json!({"type": "subscribe", "ref": "1", "channel": "build"}))
        .await;
    socket.hear_type("subscribed").await;
    let stream = agent.call(Method::GET, "/stream").send().await.unwrap();
    let for_hints = tokio::spawn({
        let agent = agent.clone();
        async move { agent.hints(60).await }
    });
    let for_events = tokio::spawn({
        let agent = agent.clone();
        async move { agent.events(head, 60).await }
    });
    let question = json!({"type": "question_asked", "request": "q", "text": "Why?"});
    let asking = tokio::spawn({
        // In a channel of its own, so that no event ends the other wait.
        let agent = Agent::new(&relay.url(), "other", "claude");
        async move { agent.ask(&question, 60).await }
    });
    let other = Agent::person(&relay.url(), "other", "ada");
    until("the question", || async {
        let asked = other.call(Method::GET, "/requests/q").send().await.unwrap();
        asked.status().is_success().then_some(())
    })
    .await;
    until("the long-polls", || async {
        // The poller for hints is present; the other one was sent before it could be.
        (agent.summary().await["agents"].as_u64() >= Some(1)).then_some(())
    })
    .await;

    relay.terminate();
    let goodbye = socket.hear_type("goodbye").await;
    assert_eq!(goodbye["retry"], true);
    assert!(goodbye["after_ms"].is_u64(), "{goodbye}");
    assert_eq!(socket.closed().await, 4503);
    drop(socket);
    assert!(for_hints.await.unwrap().is_empty());
    assert!(for_events.await.unwrap().is_empty());
    assert_eq!(asking.await.unwrap().code(), "unavailable");
    let ends = stream.bytes_stream().collect::<Vec<_>>();
    let _ = within(DEADLINE, "the stream to end", ends).await;
    assert!(relay.ended().await.success());
}

#[tokio::test]
pub(super) async fn a_watcher_comes_back_by_itself_after_an_orderly_restart() {
    let mut relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.publish(&message("before")).await;
    let mut watcher = Watcher::connect(&relay.url(), "build", "ada").await;
    relay.terminate();
    assert!(relay.ended().await.success());
    relay.restart().await;
    agent.publish(&message("after")).await;
    watcher
        .sees("what came after", |seen| seen.seqs() == [1, 2, 3])
        .await;
    assert_eq!(watcher.seen().recovered, [false, true]);
    assert_eq!(watcher.seen().closed.first(), Some(&4503));
}

#[tokio::test]
async fn what_is_under_way_is_acknowledged_before_the_goodbye() {
    let mut relay = Process::start().await;
    let mut socket = Socket::open(relay.address()).await;
    for n in 0..50 {
        let body = message(&n.to_string());
        let publish =
            json!({"type": "publish", "ref": n.to_string(), "channel": "build", "body": body});
        socket.say(&publish).await;
    }
    // The first answer: the relay reads.
    socket.hear_type("published").await;
    relay.terminate();
    let mut n_acknowledged = 1;
    loop {
        let frame = socket.hear().await;
        match frame["type"].as_str() {
            Some("published") => n_acknowledged += 1,
            Some("goodbye") => break,
            other => panic!("{other:?}"),
        }
    }
    drop(socket);
    assert!(relay.ended().await.success());
    relay.restart().await;
    let stored = Agent::new(&relay.url(), "build", "claude")
        .events(1, 0)
        .await;
    assert!(
        stored.len() >= n_acknowledged,
        "{} < {n_acknowledged}",
        stored.len()
    );
}

#[tokio::test]
async fn a_link_that_is_sent_away_may_be_told_to_come_back_at_once() {
    let mut relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.create().await;
    let mut watcher = Watcher::connect(&relay.url(), "build", "ada").await;
    relay.terminate();
    watcher
        .sees("the end", |seen| !seen.closed.is_empty())
        .await;
    assert!(relay.ended().await.success());
    relay.restart().await;
    watcher.handle().send(Input::RetryNow).await;
    watcher
        .sees("a resume", |seen| seen.recovered == [false, true])
        .await;
}

//! Kill −9 loses nothing that was acknowledged and doubles nothing.

use std::time::Duration;

use pilothouse_shared::link::{Input, SendState};
use pilothouse_tests::{Agent, InProcess, Process, Proxy, Seen, Watcher, message};
use serde_json::json;

/// Whether the events are exactly those from 1 to `head`.
fn is_whole(seen: &Seen, head: u64) -> bool {
    seen.seqs().last() == Some(&head) && seen.seqs() == (1..=head).collect::<Vec<_>>()
}

#[tokio::test]
pub(super) async fn a_watcher_of_a_killed_relay_recovers_with_nothing_lost_or_doubled() {
    let mut relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.publish(&json!([message("1"), message("2")])).await;
    let mut watcher = Watcher::connect(&relay.url(), "build", "ada").await;
    let mut head = 0;
    for round in 0..3 {
        head = agent.publish(&message(&format!("before {round}"))).await[0];
        watcher
            .sees("what came before", |seen| is_whole(seen, head))
            .await;
        relay.kill().await;
        watcher
            .sees("the loss", |seen| seen.closed.len() > round)
            .await;
        relay.restart().await;
        head = agent.publish(&message(&format!("after {round}"))).await[0];
        watcher.handle().send(Input::RetryNow).await;
        watcher
            .sees("what came after", |seen| is_whole(seen, head))
            .await;
    }
    let recovered = &watcher.seen().recovered;
    assert!(!recovered[0], "the first is no resume");
    assert!(
        recovered.len() > 3 && recovered[1..].iter().all(|it| *it),
        "{recovered:?}"
    );
    assert_eq!(watcher.seen().events.len() as u64, head);
}

#[tokio::test]
pub(super) async fn every_acknowledged_event_outlives_a_kill_in_full_flight() {
    let mut relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.create().await;
    let publishing = tokio::spawn({
        let agent = agent.clone();
        async move {
            let mut acknowledged = Vec::new();
            for n in 0..60 {
                let id = format!("event-{n}");
                let seq = agent.publish_surely(&id, &message(&id)).await;
                acknowledged.push((id, seq));
            }
            acknowledged
        }
    });
    for after in [10, 30, 50] {
        agent.events(after, 30).await;
        relay.kill().await;
        relay.restart().await;
        agent.until_ready().await;
    }
    let acknowledged = publishing.await.unwrap();
    let events = agent.events(1, 0).await;
    let stored = events.iter().map(|event| {
        let id = event["id"].as_str().unwrap().to_owned();
        (id, event["seq"].as_u64().unwrap())
    });
    assert_eq!(stored.collect::<Vec<_>>(), acknowledged);
    let links = events.windows(2);
    assert!(
        links
            .into_iter()
            .all(|pair| pair[0]["seq"] == pair[1]["prev"])
    );
}

#[tokio::test]
pub(super) async fn what_is_published_while_the_relay_is_down_waits_and_is_accepted_once() {
    let mut relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.create().await;
    let mut ada = Watcher::connect(&relay.url(), "build", "ada").await;
    relay.kill().await;
    ada.sees("the loss", |seen| !seen.closed.is_empty()).await;
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(ada.publish(&message(&format!("offline {n}"))).await);
    }
    let last = ids.last().unwrap().clone();
    let waits = |seen: &Seen| seen.states_of(&last) == [&SendState::Pending];
    ada.sees("the last publish to wait", waits).await;

    relay.restart().await;
    ada.handle().send(Input::RetryNow).await;
    let is_accepted = |seen: &Seen| {
        let states = |id| seen.states_of(id).into_iter().next_back();
        let mut last = ids.iter().map(states);
        last.all(|state| matches!(state, Some(SendState::Accepted { .. })))
    };
    ada.sees("all to be accepted", is_accepted).await;
    let stored = agent.events(1, 0).await;
    let stored: Vec<_> = stored
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect();
    assert_eq!(stored, ids.iter().map(|id| id.as_str()).collect::<Vec<_>>());
    ada.sees("its own events", |seen| is_whole(seen, 6)).await;
}

#[tokio::test]
pub(super) async fn a_relay_that_cannot_prove_continuity_sends_a_snapshot() {
    let (first, second) = (InProcess::start().await, InProcess::start().await);
    for (relay, text) in [(&first, "first"), (&second, "second")] {
        let agent = Agent::new(&relay.url(), "build", "claude");
        agent.publish(&message(text)).await;
    }
    let proxy = Proxy::to(first.address()).await;
    let mut watcher = Watcher::connect(&proxy.url(), "build", "ada").await;
    proxy.lead_to(second.address());
    proxy.drop_all();
    watcher
        .until("the other relay's state", |replica| {
            let messages = &replica.snapshot().messages;
            messages.len() == 1 && messages[0].text == "second"
        })
        .await;
    watcher
        .sees("two snapshots", |seen| seen.recovered == [false, false])
        .await;
}

#[tokio::test]
pub(super) async fn a_line_that_breaks_again_and_again_loses_nothing() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.create().await;
    let proxy = Proxy::to(relay.address()).await;
    proxy.delay(Duration::from_millis(2));
    let mut watcher = Watcher::connect(&proxy.url(), "build", "ada").await;
    let mut head = 1;
    for round in 0..5 {
        let batch: Vec<_> = (0..20).map(|n| message(&format!("{round}.{n}"))).collect();
        let batch = json!(batch);
        let breaking = async {
            proxy.drop_all();
            watcher.handle().send(Input::RetryNow).await;
        };
        let (seqs, ()) = tokio::join!(agent.publish(&batch), breaking);
        head = *seqs.last().unwrap();
        let has_some = |seen: &Seen| seen.seqs().last() >= Some(&(head - 20));
        watcher.sees("some of it", has_some).await;
    }
    watcher.sees("all of it", |seen| is_whole(seen, head)).await;
    assert!(watcher.seen().recovered[1..].iter().all(|it| *it));
}

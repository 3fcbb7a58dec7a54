//! A relay that is killed in the middle costs an agent nothing it said or asked.

use pilothouse_tests::{Peer, Process, until};
use serde_json::json;

use super::{Person, id};

/// Each SDK, through `pilothouse mcp`.
const THROUGH_A_PIPE: [Peer; 2] = [Peer::ALL[1], Peer::ALL[5]];

#[tokio::test]
async fn what_an_agent_says_while_the_relay_is_away_is_stored_when_it_is_back() {
    let mut relay = Process::start().await;
    for (n, peer) in THROUGH_A_PIPE.into_iter().enumerate() {
        let channel = format!("room-{n}");
        let client = peer.attach(&relay.url(), "Tester", &channel).await;
        let ada = Person::new(&relay.url(), &channel);
        let report = json!({"operation": "before", "progress": 0.5});
        client.call("report", report).await.ok();
        relay.kill().await;
        let file = json!({"path": "a.rs", "access": "read"});
        let said = client.call("report_file_access", file).await;
        assert!(said.err().contains("unreachable"), "{said:?}");
        assert!(said.err().contains("do not repeat it"), "{said:?}");
        let report = json!({"operation": "meanwhile", "done": true, "ok": false});
        client.call("report", report).await.err();
        let said = client.call("channel", json!({"action": "list"})).await;
        assert!(
            said.err().contains("is `pilothouse serve` running?"),
            "{said:?}"
        );
        relay.restart().await;
        ada.0.until_ready().await;
        assert_eq!(ada.event("file_accessed").await["body"]["path"], "a.rs");
        assert_eq!(ada.event("operation_finished").await["body"]["ok"], false);
        client
            .call("report", json!({"operation": "x", "progress": 0.5}))
            .await
            .ok();
        relay.kill().await;
        relay.restart().await;
        // Live values are not stored: the agent tells the new relay what it is at.
        until("the activity to be told again", async || {
            (ada.0.summary().await["activity"]["progress"] == 0.5).then_some(())
        })
        .await;
        client.call("report", json!({"progress": 0.6})).await.ok();
    }
}

#[tokio::test]
async fn a_question_outlives_the_relay_and_is_answered_after() {
    let mut relay = Process::start().await;
    for (n, peer) in THROUGH_A_PIPE.into_iter().enumerate() {
        let channel = format!("room-{n}");
        let client = peer.attach(&relay.url(), "Tester", &channel).await;
        let ada = Person::new(&relay.url(), &channel);
        let call = client
            .begin("ask_question", json!({"question": "Which?"}))
            .await;
        let asked = ada.asked("question_asked").await;
        relay.kill().await;
        relay.restart().await;
        ada.0.until_ready().await;
        let answer = json!({"outcome": "answered", "answer": "that one"});
        let _ = ada.0.resolve(id(&asked), &answer).await.ok();
        assert_eq!(
            client.end(call).await.ok(),
            "ada answered: that one",
            "{peer:?}"
        );
    }
}

#[tokio::test]
async fn an_agent_may_start_before_its_relay() {
    let mut relay = Process::start().await;
    relay.kill().await;
    let peer = Peer::ALL[1];
    let client = peer.attach(&relay.url(), "Tester", "room").await;
    assert_eq!(client.tools().await.len(), 10);
    let call = client.begin("wait_for_hint", json!({"seconds": 600})).await;
    client.progress(call).await;
    relay.restart().await;
    let ada = Person::new(&relay.url(), "room");
    ada.0.until_ready().await;
    let _ = ada.hint("good morning").await;
    let said = client.end(call).await;
    assert!(said.ok().contains("good morning"), "{said:?}");
}

/// It gave up, while the question went its way: nobody heard the answer.
#[tokio::test]
async fn a_question_asked_while_the_relay_is_away_is_asked_and_answered_after() {
    let mut relay = Process::start().await;
    let client = THROUGH_A_PIPE[0]
        .attach(&relay.url(), "Tester", "room")
        .await;
    let [ada, other] = ["room", "other"].map(|room| Person::new(&relay.url(), room));
    client.call("report", json!({"operation": "x"})).await.ok();
    relay.kill().await;
    // From now on everything else gives up after a moment.
    client
        .call("channel", json!({"action": "list"}))
        .await
        .err();
    let call = client
        .begin("ask_question", json!({"question": "Which?"}))
        .await;
    client.progress(call).await;
    let question = json!({"question": "Whether?", "channel": "other"});
    let cancelled = client.begin("ask_question", question).await;
    client.progress(cancelled).await;
    client.cancel(cancelled).await;
    let file = json!({"path": "a.rs", "access": "read"});
    client.call("report_file_access", file).await.err();
    relay.restart().await;
    ada.0.until_ready().await;
    let asked = ada.asked("question_asked").await;
    let answer = json!({"outcome": "answered", "answer": "that one"});
    let _ = ada.0.resolve(id(&asked), &answer).await.ok();
    assert_eq!(client.end(call).await.ok(), "ada answered: that one");
    let answered = other.event("question_answered").await;
    assert_eq!(answered["body"]["outcome"], "withdrawn");
}

/// It counted as kept: the agent was taken to be at what nobody had heard of.
#[tokio::test]
async fn an_operation_whose_report_is_lost_is_not_under_way() {
    let mut relay = Process::start().await;
    let client = THROUGH_A_PIPE[0]
        .attach(&relay.url(), "Tester", "room")
        .await;
    let ada = Person::new(&relay.url(), "room");
    relay.kill().await;
    client
        .call("channel", json!({"action": "list"}))
        .await
        .err();
    let mut calls = Vec::new();
    for _ in 0..100 {
        let file = json!({"path": "a.rs", "access": "read"});
        calls.push(client.begin("report_file_access", file).await);
    }
    for call in calls {
        assert!(client.end(call).await.err().contains("this is kept"));
    }
    let said = client.call("report", json!({"operation": "lost"})).await;
    assert!(said.err().contains("this is lost"), "{said:?}");
    relay.restart().await;
    ada.0.until_ready().await;
    let said = client.call("report", json!({"progress": 0.5})).await;
    assert!(said.err().contains("no operation is under way"), "{said:?}");
}

//! Hints find their agent by whatever path it takes them, and come back when it is gone.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, Socket, until};

fn hint(text: &str) -> Value {
    json!({"type": "hint", "hint": {"kind": "text", "text": text}})
}

async fn give(ada: &mut Socket, id: &str, body: Value) {
    ada.ask(json!({"type": "publish", "channel": "c", "id": id, "body": body}))
        .await;
}

async fn take(agent: &mut Socket, session: Option<&str>) {
    let mut frame = json!({"type": "take_hints", "ref": "t", "channel": "c"});
    if let Some(session) = session {
        frame["session"] = json!(session);
    }
    agent.send(frame).await;
}

/// The ids of the hints that come.
async fn taken(agent: &mut Socket) -> Vec<String> {
    let frame = agent.until("hints", |frame| frame["type"] == "hints").await;
    assert_eq!(frame["ref"], "t");
    let hints = frame["hints"].as_array().unwrap().iter();
    hints
        .map(|hint| hint["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn polled(relay: &Relay, agent: &str, query: &str) -> Vec<String> {
    let path = format!("/api/channels/c/hints?{query}");
    let request = relay.request(Method::GET, &path);
    let answer = Answer::to(request.header("pilothouse-member", agent)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let hints = answer.json()["hints"].as_array().unwrap().clone();
    hints
        .iter()
        .map(|hint| hint["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn entry(relay: &Relay, hint: &str) -> Value {
    let snapshot = relay.socket().await.subscribe("c").await["snapshot"].clone();
    let hints = snapshot["hints"].as_array().unwrap();
    hints
        .iter()
        .find(|entry| entry["id"] == hint)
        .unwrap()
        .clone()
}

async fn reaches(relay: &Relay, hint: &str, state: &str) -> Value {
    until(state, async || {
        let entry = entry(relay, hint).await;
        (entry["state"] == state).then_some(entry)
    })
    .await
}

#[tokio::test]
async fn a_connected_agent_is_handed_a_hint_the_moment_it_is_given() {
    let relay = Relay::start().await;
    let mut ada = relay.member("ada", "human").await;
    let mut claude = relay.member("claude", "agent").await;
    take(&mut claude, None).await;
    give(&mut ada, "h1", hint("slower")).await;
    assert_eq!(taken(&mut claude).await, ["h1"]);
    let entry = reaches(&relay, "h1", "delivered").await;
    assert_eq!(entry["delivered"]["via"], "websocket");
    assert_eq!(entry["delivered"]["to"]["member"], "claude");
    give(&mut ada, "h2", hint("faster")).await;
    take(&mut claude, None).await;
    assert_eq!(taken(&mut claude).await, ["h2"]);
}

#[tokio::test]
async fn of_agents_that_wait_one_gets_each_hint() {
    let relay = Relay::start().await;
    let mut ada = relay.member("ada", "human").await;
    let mut claude = relay.member("claude", "agent").await;
    let mut codex = relay.member("codex", "agent").await;
    take(&mut claude, None).await;
    take(&mut codex, None).await;
    give(&mut ada, "h1", hint("one")).await;
    give(&mut ada, "h2", hint("two")).await;
    let mut all = [taken(&mut claude).await, taken(&mut codex).await].concat();
    all.sort();
    assert_eq!(all, ["h1", "h2"]);
}

#[tokio::test]
async fn a_hint_is_not_lost_on_an_agent_that_went_while_it_waited() {
    let relay = Relay::start().await;
    let mut ada = relay.member("ada", "human").await;
    give(
        &mut ada,
        "m",
        json!({"type": "message", "role": "user", "text": "go"}),
    )
    .await;
    let mut claude = relay.member("claude", "agent").await;
    take(&mut claude, None).await;
    drop(claude);
    let polling = relay.request(Method::GET, "/api/channels/c/hints?wait=60");
    let polling = tokio::spawn(polling.header("pilothouse-member", "codex").send());
    until("codex", async || {
        let summary = relay.get("/api/channels/c").await.json();
        (summary["agents"] == 1).then_some(())
    })
    .await;
    polling.abort();
    until("nobody", async || {
        let summary = relay.get("/api/channels/c").await.json();
        (summary["agents"] == 0).then_some(())
    })
    .await;
    give(&mut ada, "h", hint("still here?")).await;
    assert_eq!(entry(&relay, "h").await["state"], "accepted");
    assert_eq!(polled(&relay, "gemini", "wait=60").await, ["h"]);
}

#[tokio::test]
async fn a_hint_for_a_session_goes_to_that_session_alone() {
    let relay = Relay::start().await;
    let mut ada = relay.member("ada", "human").await;
    let mut for_one = hint("only you");
    for_one["session"] = json!("s1");
    give(&mut ada, "h", for_one).await;
    assert!(polled(&relay, "claude", "").await.is_empty());
    assert!(polled(&relay, "claude", "session=s2").await.is_empty());
    let mut claude = relay.member("claude", "agent").await;
    take(&mut claude, Some("s1")).await;
    assert_eq!(taken(&mut claude).await, ["h"]);
}

#[tokio::test]
async fn a_cancellation_reaches_the_agent_as_a_hint_with_receipts() {
    let relay = Relay::start().await;
    let mut ada = relay.member("ada", "human").await;
    give(
        &mut ada,
        "c1",
        json!({"type": "cancel_requested", "to": "claude"}),
    )
    .await;
    assert!(polled(&relay, "codex", "").await.is_empty());
    assert_eq!(polled(&relay, "claude", "").await, ["c1"]);
    let entry = reaches(&relay, "c1", "delivered").await;
    assert_eq!(entry["hint"], json!({"kind": "cancel"}));
    let acknowledged = relay.post("/api/channels/c/hints/c1/acknowledge", "").await;
    assert_eq!(acknowledged.status, 204);
}

#[tokio::test]
async fn what_has_ended_is_not_cancelled_any_more() {
    let relay = Relay::start().await;
    let mut ada = relay.member("ada", "human").await;
    give(&mut ada, "c1", json!({"type": "cancel_requested"})).await;
    relay
        .publish("c", json!({"type": "operation_finished", "ok": true}))
        .await;
    assert!(polled(&relay, "claude", "").await.is_empty());
    assert_eq!(entry(&relay, "c1").await["state"], "expired");
}

#[tokio::test]
async fn a_cancel_kind_in_a_hint_body_is_refused() {
    let relay = Relay::start().await;
    let body = json!({"type": "hint", "hint": {"kind": "cancel"}});
    let refusal = relay.post("/api/channels/c/events", body.to_string()).await;
    assert!(refusal.refused(422, "invalid").contains("cancel_requested"));
}

#[tokio::test]
async fn too_many_questions_for_hints_are_refused_and_the_connection_lives() {
    let relay = Relay::start().await;
    let mut claude = relay.member("claude", "agent").await;
    for _ in 0..128 {
        take(&mut claude, None).await;
    }
    let refusal = claude
        .ask(json!({"type": "take_hints", "channel": "c"}))
        .await;
    assert_eq!(refusal["code"], "rate_limited");
    let mut ada = relay.member("ada", "human").await;
    give(&mut ada, "h", hint("one")).await;
    assert_eq!(taken(&mut claude).await, ["h"]);
}

/// Another agent's end used to let a cancellation go that was not for it.
#[tokio::test]
async fn a_cancellation_outlives_the_end_of_another_agent() {
    let relay = Relay::start().await;
    let mut ada = relay.member("ada", "human").await;
    let started = json!({"type": "operation_started", "operation": "sail"});
    let mut claude = relay.member("claude", "agent").await;
    claude.publish("c", started).await;
    give(
        &mut ada,
        "c1",
        json!({"type": "cancel_requested", "to": "claude"}),
    )
    .await;
    give(&mut ada, "c2", json!({"type": "cancel_requested"})).await;
    relay
        .publish("c", json!({"type": "operation_finished", "ok": true}))
        .await;
    assert_eq!(polled(&relay, "claude", "").await, ["c1", "c2"]);
}

/// The oldest hint that nobody had taken used to go without a word when too many waited.
#[tokio::test]
async fn a_hint_that_waits_is_not_pushed_out_by_newer_ones() {
    let relay = Relay::start().await;
    let mut ada = relay.member("ada", "human").await;
    for n in 0..100 {
        give(&mut ada, &format!("h{n}"), hint("x")).await;
    }
    let path = "/api/channels/c/events";
    let refusal = relay.post(path, hint("one too many").to_string()).await;
    refusal.refused(429, "rate_limited");
    assert_eq!(polled(&relay, "claude", "").await[0], "h0");
    until("room", async || {
        let given = relay.post(path, hint("now").to_string()).await;
        (given.status == 200).then_some(())
    })
    .await;
}

/// A picture of another site that names the call used to take the hints: browsers send no origin for it.
#[tokio::test]
async fn a_page_of_another_site_cannot_take_hints() {
    let relay = Relay::start().await;
    let mut ada = relay.member("ada", "human").await;
    give(&mut ada, "h", hint("x")).await;
    let request = relay.request(Method::GET, "/api/channels/c/hints");
    let answer = Answer::to(request.header("sec-fetch-site", "cross-site")).await;
    answer.refused(403, "forbidden");
    assert_eq!(polled(&relay, "claude", "").await, ["h"]);
}

//! Who may not see an event learns its place in the order, and nothing else, by any way.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, Relay, message, soon};
use futures_util::StreamExt;

/// In every private text, so that a leak anywhere in an answer shows.
const SECRET: &str = "hush-7f3a";

/// Publishes a public event, then one of each kind for `bob` only (and one for agents), then a public
/// one. Gives the seq of the last.
async fn tell_secrets(relay: &Relay) -> u64 {
    let mut ada = relay.member("ada", "human").await;
    ada.publish("c", message("public 1")).await;
    let bodies = [
        message(SECRET),
        json!({"type": "hint", "hint": {"kind": "text", "text": SECRET}}),
        json!({"type": "question_asked", "request": SECRET, "text": SECRET}),
        json!({"type": "operation_started", "operation": SECRET}),
        json!({"type": "session_started", "agent": SECRET}),
        json!({"type": "tool_started", "call": SECRET, "tool": SECRET}),
        json!({"type": "file_accessed", "path": SECRET, "access": "read"}),
        json!({"type": "pipeline", "stages": [{"name": SECRET, "items": []}]}),
        json!({"type": "parameters_declared", "parameters": [{"name": SECRET, "min": 0, "max": 1, "step": 1, "value": 0}]}),
        json!({"type": "usage", "model": SECRET, "input_tokens": 1, "output_tokens": 1}),
        json!({"type": "reconciliation_progress", "status": SECRET}),
    ];
    for body in bodies {
        let frame = json!({"type": "publish", "channel": "c", "body": body, "visibility": {"only": ["bob"]}});
        let reply = ada.ask(frame).await;
        assert_eq!(reply["type"], "published", "{reply}");
    }
    let for_agents =
        json!({"type": "publish", "channel": "c", "body": message(SECRET), "visibility": "agents"});
    assert_eq!(ada.ask(for_agents).await["type"], "published");
    let answer = json!({"type": "question_answered", "request": SECRET, "outcome": "answered", "answer": SECRET});
    // The follow-up gets the audience of what it follows, whatever it asks for.
    let mut bob = relay.member("bob", "human").await;
    bob.publish("c", answer).await;
    ada.publish("c", message("public 2")).await
}

#[tokio::test]
async fn others_get_skipped_in_its_place() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("first")])).await;
    let mut eve = relay.member("eve", "human").await;
    let mut bob = relay.member("bob", "human").await;
    let mut agent = relay.member("robot", "agent").await;
    for socket in [&mut eve, &mut bob, &mut agent] {
        socket.subscribe("c").await;
    }
    let last = tell_secrets(&relay).await;
    let frames = eve.follow(2, last).await;
    assert!(!json!(frames).to_string().contains(SECRET));
    let skipped: Vec<_> = frames
        .iter()
        .filter(|frame| frame["type"] == "skipped")
        .collect();
    assert_eq!(skipped.len(), 13);
    for frame in skipped {
        let mut keys: Vec<_> = frame.as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, ["channel", "prev", "seq", "type"]);
    }
    let n_events = |frames: &[Value]| {
        frames
            .iter()
            .filter(|frame| frame["type"] == "event")
            .count()
    };
    assert_eq!(
        n_events(&bob.follow(2, last).await),
        14,
        "all but what is for agents"
    );
    assert_eq!(
        n_events(&agent.follow(2, last).await),
        3,
        "the public ones and what is for agents"
    );
}

#[tokio::test]
async fn nothing_leaks_by_snapshot_history_pages_or_summary() {
    let relay = Relay::start().await;
    let last = tell_secrets(&relay).await;
    let mut eve = relay.member("eve", "human").await;
    let reply = eve
        .ask(json!({"type": "subscribe", "channel": "c", "history": 1000}))
        .await;
    assert_eq!(reply["position"]["seq"], last);
    let history = eve
        .ask(json!({"type": "history", "channel": "c", "limit": 1000}))
        .await;
    let get = |path: &str| {
        let request = relay
            .request(Method::GET, path)
            .header("pilothouse-member", "eve");
        Answer::to(request.header("pilothouse-kind", "human"))
    };
    let mut told = vec![reply.to_string(), history.to_string()];
    for path in [
        "",
        "/events?limit=1000",
        "/events?after=0",
        "/export",
        "/snapshot",
        "/snapshot?at=10",
        "/hints",
        "/requests/none",
    ] {
        told.push(get(&format!("/api/channels/c{path}")).await.text);
    }
    told.push(get("/api/channels").await.text);
    for text in &told {
        assert!(!text.contains(SECRET), "{text}");
    }
    get(&format!("/api/channels/c/requests/{SECRET}"))
        .await
        .refused(404, "not_found");
    let summary = get("/api/channels/c").await.json();
    assert_eq!(
        (&summary["n_open_hints"], &summary["n_events"]),
        (&json!(0), &json!(3))
    );
    let bob = Answer::to(
        relay
            .request(Method::GET, "/api/channels/c/events")
            .header("pilothouse-member", "bob"),
    )
    .await;
    assert!(
        bob.text.contains(SECRET),
        "it is there for whom it is meant"
    );
}

#[tokio::test]
async fn nothing_leaks_by_the_stream() {
    let relay = Relay::start().await;
    tell_secrets(&relay).await;
    let stream = relay
        .request(Method::GET, "/api/channels/c/stream?history=1000")
        .header("pilothouse-kind", "human");
    let mut stream = stream
        .header("pilothouse-member", "eve")
        .send()
        .await
        .unwrap()
        .bytes_stream();
    let first = soon("first event", stream.next()).await.unwrap().unwrap();
    let first = String::from_utf8(first.to_vec()).unwrap();
    assert!(
        first.contains("public 2") && !first.contains(SECRET),
        "{first}"
    );
}

#[tokio::test]
async fn a_page_that_would_have_only_hidden_events_reads_on() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("public 1")])).await;
    let mut ada = relay.member("ada", "human").await;
    for _ in 0..30 {
        let frame = json!({"type": "publish", "channel": "c", "body": message(SECRET), "visibility": {"only": []}});
        assert_eq!(ada.ask(frame).await["type"], "published");
    }
    relay.publish("c", json!([message("public 2")])).await;
    let seqs = |page: &Value| {
        page["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["seq"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    let mut eve = relay.member("eve", "human").await;
    let forward = eve
        .ask(json!({"type": "history", "channel": "c", "after": 2, "limit": 5}))
        .await;
    assert_eq!(
        (seqs(&forward), &forward["more"]),
        (vec![33], &json!(false))
    );
    let backward = eve
        .ask(json!({"type": "history", "channel": "c", "before": 33, "limit": 5}))
        .await;
    assert_eq!(
        (seqs(&backward), &backward["more"]),
        (vec![1, 2], &json!(false))
    );
    let none = eve
        .ask(json!({"type": "history", "channel": "c", "after": 33, "limit": 5}))
        .await;
    assert_eq!((seqs(&none), &none["more"]), (vec![], &json!(false)));
}

#[tokio::test]
async fn a_long_poll_is_not_ended_by_what_the_caller_may_not_see() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("public 1")])).await;
    let eve = relay
        .request(Method::GET, "/api/channels/c/events?after=2&wait=60")
        .header("pilothouse-member", "eve");
    let waiting = tokio::spawn(Answer::to(eve));
    let mut ada = relay.member("ada", "human").await;
    let hidden = json!({"type": "publish", "channel": "c", "body": message(SECRET), "visibility": {"only": []}});
    assert_eq!(ada.ask(hidden).await["type"], "published");
    ada.publish("c", message("public 2")).await;
    let page = waiting.await.unwrap().json();
    assert_eq!(page["events"][0]["body"]["text"], "public 2");
}

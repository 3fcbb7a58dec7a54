//! Order and fan-out: seq only grows, every event names its prev, each event comes exactly once.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Answer, Relay, Socket, in_folder, message, one_at_a_time};
use reqwest::Method;

/// Publishes `n` messages without waiting for the answers in between.
async fn publish_all(mut socket: Socket, channel: &'static str, n: usize) {
    for index in 0..n {
        let frame = json!({"type": "publish", "ref": index.to_string(), "channel": channel, "body": message("x")});
        socket.send(frame).await;
    }
    for index in 0..n {
        // In the order of the questions.
        let reply = socket
            .until("reply", |frame| frame.get("ref").is_some())
            .await;
        assert_eq!(
            (&reply["type"], &reply["ref"]),
            (&json!("published"), &json!(index.to_string()))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_publishers_make_one_unbroken_chain_for_every_watcher() {
    const PUBLISHERS: usize = 8;
    const EACH: usize = 100;
    let relay = Relay::start().await;
    relay.publish("c", json!([message("first")])).await;
    let mut watchers = Vec::new();
    for _ in 0..3 {
        let mut watcher = relay.socket().await;
        watcher.subscribe("c").await;
        watchers.push(watcher);
    }
    let mut publishing = Vec::new();
    for _ in 0..PUBLISHERS {
        publishing.push(tokio::spawn(publish_all(relay.socket().await, "c", EACH)));
    }
    let last = 2 + (PUBLISHERS * EACH) as u64;
    for mut watcher in watchers {
        let events = watcher.follow(2, last).await;
        assert_eq!(events.len(), PUBLISHERS * EACH);
    }
    for publisher in publishing {
        publisher.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_gets_each_event_in_its_reply_or_after_it_never_neither_never_twice() {
    let _turn = one_at_a_time().await;
    const EVENTS: u64 = 600;
    const ROUNDS: usize = 60;
    let folder = tempfile::tempdir().unwrap();
    // Once with readers beside the writer, once with one connection to the store.
    for relay in [Relay::with(in_folder(&folder)).await, Relay::start().await] {
        relay.publish("c", json!([message("first")])).await;
        let publishing = tokio::spawn(publish_all(relay.socket().await, "c", EVENTS as usize));
        let mut socket = relay.socket().await;
        for _ in 0..ROUNDS {
            let reply = socket
                .ask(json!({"type": "subscribe", "channel": "c", "history": 1000}))
                .await;
            let position = reply["position"]["seq"].as_u64().unwrap();
            let held: Vec<_> = reply["events"]
                .as_array()
                .unwrap()
                .iter()
                .map(|event| event["seq"].as_u64().unwrap())
                .collect();
            assert_eq!(held, (1..=position).collect::<Vec<_>>());
            let to = (position + 3).min(EVENTS + 2);
            socket.follow(position, to).await;
            socket
                .ask(json!({"type": "unsubscribe", "channel": "c"}))
                .await;
            socket.aside();
        }
        publishing.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resume_gets_each_event_after_its_position_exactly_once() {
    const EVENTS: u64 = 600;
    let relay = Relay::start().await;
    relay.publish("c", json!([message("first")])).await;
    let mut socket = relay.socket().await;
    let mut position = socket.subscribe("c").await["position"].clone();
    let publishing = tokio::spawn(publish_all(relay.socket().await, "c", EVENTS as usize));
    let mut n_resumes = 0;
    while position["seq"].as_u64().unwrap() < EVENTS + 2 {
        // A new connection each time, as after a drop.
        let mut socket = relay.socket().await;
        let reply = socket.resume("c", &position).await;
        assert_eq!(
            (&reply["recovered"], &reply["position"]),
            (&json!(true), &position)
        );
        let from = position["seq"].as_u64().unwrap();
        let to = (from + 7).min(EVENTS + 2);
        assert_eq!(socket.follow(from, to).await.len() as u64, to - from);
        position["seq"] = json!(to);
        n_resumes += 1;
    }
    publishing.await.unwrap();
    assert!(n_resumes > 80);
}

#[tokio::test]
async fn a_second_subscribe_replaces_the_first() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let mut socket = relay.socket().await;
    socket.subscribe("c").await;
    socket.subscribe("c").await;
    let seqs = relay.publish("c", json!([message("b")])).await;
    socket.follow(2, seqs[0]).await;
    socket.is_alive().await;
    assert!(
        socket.aside().iter().all(|frame| frame["type"] != "event"),
        "once"
    );
}

#[tokio::test]
async fn an_id_is_stored_once_and_answered_with_the_same_seq() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    let frame =
        json!({"type": "publish", "channel": "c", "id": "once", "body": message("first try")});
    let first = socket.ask(frame.clone()).await;
    assert_eq!(
        (first["seq"].as_u64(), first.get("duplicate")),
        (Some(2), None)
    );
    let mut again = frame;
    again["body"] = message("second try");
    for _ in 0..3 {
        let repeated = socket.ask(again.clone()).await;
        assert_eq!(
            (&repeated["seq"], &repeated["duplicate"]),
            (&json!(2), &json!(true))
        );
    }
    let other_channel = socket
        .ask(json!({"type": "publish", "channel": "d", "id": "once", "body": message("x")}))
        .await;
    assert!(
        other_channel.get("duplicate").is_none(),
        "an id belongs to its channel"
    );
    let events = relay.get("/api/channels/c/events").await.json();
    assert_eq!(events["events"].as_array().unwrap().len(), 2);
    assert_eq!(events["events"][1]["body"]["text"], "first try");
}

#[tokio::test]
async fn the_same_id_at_the_same_time_is_stored_once() {
    let relay = Relay::start().await;
    let mut sockets = Vec::new();
    for _ in 0..8 {
        sockets.push(relay.socket().await);
    }
    let mut publishing = Vec::new();
    for mut socket in sockets {
        publishing.push(tokio::spawn(async move {
            let frame =
                json!({"type": "publish", "channel": "c", "id": "once", "body": message("x")});
            socket.ask(frame).await
        }));
    }
    let mut seqs = BTreeSet::new();
    let mut n_first = 0;
    for publisher in publishing {
        let reply = publisher.await.unwrap();
        n_first += usize::from(reply.get("duplicate").is_none());
        seqs.insert(reply["seq"].as_u64().unwrap());
    }
    assert_eq!((n_first, seqs.len()), (1, 1), "{seqs:?}");
}

#[tokio::test]
async fn an_idempotency_key_names_every_event_of_a_batch() {
    let relay = Relay::start().await;
    let publish = || async {
        let request = relay
            .request(Method::POST, "/api/channels/c/events")
            .header("idempotency-key", "k");
        Answer::to(request.json(&[message("a"), message("b")]))
            .await
            .json()
    };
    let ids = |answer: &Value| {
        answer["published"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["id"].clone())
            .collect::<Vec<_>>()
    };
    let first = publish().await;
    assert_eq!(ids(&first), ["k", "k.1"]);
    let again = publish().await;
    for (first, again) in first["published"]
        .as_array()
        .unwrap()
        .iter()
        .zip(again["published"].as_array().unwrap())
    {
        assert_eq!(
            (&again["seq"], &again["duplicate"]),
            (&first["seq"], &json!(true))
        );
    }
    let long = "x".repeat(127);
    let request = relay
        .request(Method::POST, "/api/channels/c/events")
        .header("idempotency-key", &long);
    Answer::to(request.json(&[message("a"), message("b")]))
        .await
        .refused(422, "invalid");
    assert_eq!(relay.get("/api/channels/c").await.json()["head"], 3);
}

#[tokio::test]
async fn a_repeated_hint_acknowledgement_or_outcome_is_a_duplicate_not_a_refusal() {
    let relay = Relay::start().await;
    let mut socket = relay.member("ada", "human").await;
    let bodies = [
        (
            "h",
            json!({"type": "hint", "hint": {"kind": "text", "text": "x"}}),
        ),
        ("a", json!({"type": "hint_acknowledged", "hint": "h"})),
        (
            "q",
            json!({"type": "question_asked", "request": "r", "text": "?"}),
        ),
        (
            "o",
            json!({"type": "question_answered", "request": "r", "outcome": "answered", "answer": "!"}),
        ),
    ];
    let frame =
        |id: &str, body: &Value| json!({"type": "publish", "channel": "c", "id": id, "body": body});
    let mut seqs = Vec::new();
    for (id, body) in &bodies {
        seqs.push(socket.ask(frame(id, body)).await["seq"].clone());
    }
    for ((id, body), seq) in bodies.iter().zip(seqs) {
        let reply = socket.ask(frame(id, body)).await;
        assert_eq!(
            (&reply["seq"], &reply["duplicate"]),
            (&seq, &json!(true)),
            "{reply}"
        );
    }
    // Another event that says the same is refused.
    assert_eq!(
        socket.ask(frame("a2", &bodies[1].1)).await["code"],
        "already_resolved"
    );
    assert_eq!(
        socket.ask(frame("q2", &bodies[2].1)).await["code"],
        "already_exists"
    );
    assert_eq!(
        socket.ask(frame("o2", &bodies[3].1)).await["code"],
        "already_resolved"
    );
    assert_eq!(relay.get("/api/channels/c").await.json()["head"], 5);
}

#[tokio::test]
async fn pages_go_both_ways_without_a_hole_or_a_repeat() {
    let relay = Relay::start().await;
    let bodies: Vec<_> = (0..24).map(|n| message(n.to_string())).collect();
    relay.publish("c", json!(bodies)).await;
    let seqs = |page: &Value| {
        page["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["seq"].as_u64().unwrap())
            .collect::<Vec<_>>()
    };
    let (mut forward, mut after, mut more) = (Vec::new(), 0, true);
    while more {
        let page = relay
            .get(&format!("/api/channels/c/events?after={after}&limit=7"))
            .await
            .json();
        forward.extend(seqs(&page));
        (after, more) = (*forward.last().unwrap(), page["more"] == true);
    }
    let (mut backward, mut before, mut more) = (Vec::new(), u64::MAX / 4096, true);
    while more {
        let page = relay
            .get(&format!("/api/channels/c/events?before={before}&limit=7"))
            .await
            .json();
        backward.splice(0..0, seqs(&page));
        (before, more) = (backward[0], page["more"] == true);
    }
    assert_eq!(forward, (1..=25).collect::<Vec<_>>());
    assert_eq!(backward, forward);
}

#[tokio::test]
async fn a_long_poll_for_events_ends_with_the_first_one() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let waiting = relay.request(Method::GET, "/api/channels/c/events?after=2&wait=60");
    let waiting = tokio::spawn(Answer::to(waiting));
    relay.publish("c", json!([message("b")])).await;
    let page = waiting.await.unwrap().json();
    assert_eq!(page["events"][0]["seq"], 3);
    let over = relay
        .get("/api/channels/c/events?after=3&wait=0")
        .await
        .json();
    assert_eq!(
        (&over["events"], &over["more"]),
        (&json!([]), &json!(false))
    );
    assert_eq!(
        (&over["position"]["seq"], over.get("recovered")),
        (&json!(3), None)
    );
}

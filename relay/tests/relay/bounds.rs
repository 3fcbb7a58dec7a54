//! Every map and queue has a bound, and who meets it is told what to do.

use pilothouse_shared::limits::{MAX_CHANNELS, MAX_SIGNALS, MAX_SUBSCRIPTIONS};
use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, Relay, message, one_at_a_time, until};

/// Sockets that make channels at the same time.
const MAKERS: usize = 20;

#[tokio::test(flavor = "multi_thread")]
async fn the_10_001st_channel_is_refused_until_one_is_removed() {
    let _turn = one_at_a_time().await;
    let relay = Relay::start().await;
    let mut makers = Vec::new();
    for maker in 0..MAKERS {
        let mut socket = relay.socket().await;
        makers.push(tokio::spawn(async move {
            for n in 0..MAX_CHANNELS / MAKERS {
                // Signals make channels too, and have no replies to wait for.
                let channel = format!("c-{maker}-{n}");
                socket
                    .send(
                        json!({"type": "signal", "channel": channel, "key": "k", "op": {"set": 1}}),
                    )
                    .await;
            }
            socket.is_alive().await;
            socket.aside()
        }));
    }
    for maker in makers {
        assert_eq!(maker.await.unwrap(), Vec::<serde_json::Value>::new());
    }
    let mut socket = relay.socket().await;
    let publish = json!({"type": "publish", "channel": "one-more", "body": message("x")});
    assert_eq!(socket.ask(publish.clone()).await["code"], "rate_limited");
    let signal = json!({"type": "signal", "channel": "one-more", "key": "k", "op": {"set": 1}});
    socket.refused(signal.to_string(), "rate_limited").await;
    relay
        .post("/api/channels", r#"{"name":"n"}"#)
        .await
        .refused(429, "rate_limited");
    relay
        .post("/api/channels/one-more/events", message("x").to_string())
        .await
        .refused(429, "rate_limited");
    // Those there are go on.
    assert_eq!(relay.publish("c-0-0", json!([message("x")])).await, [2]);
    let listed = relay.get("/api/channels").await.json();
    assert_eq!(listed["channels"].as_array().unwrap().len(), MAX_CHANNELS);
    let removed = Answer::to(relay.request(Method::DELETE, "/api/channels/c-0-0")).await;
    assert_eq!(removed.status, 204);
    assert_eq!(socket.ask(publish).await["type"], "published");
}

#[tokio::test]
async fn the_129th_subscription_is_refused_until_one_ends() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    for n in 0..=MAX_SUBSCRIPTIONS {
        relay.publish(&format!("c{n}"), json!([message("x")])).await;
    }
    for n in 0..MAX_SUBSCRIPTIONS {
        socket.subscribe(&format!("c{n}")).await;
    }
    let last = format!("c{MAX_SUBSCRIPTIONS}");
    let reply = socket
        .ask(json!({"type": "subscribe", "channel": last}))
        .await;
    assert_eq!(reply["code"], "rate_limited");
    // To renew one takes no more room.
    socket.subscribe("c0").await;
    let ended = socket
        .ask(json!({"type": "unsubscribe", "channel": "c0"}))
        .await;
    assert_eq!(ended["type"], "unsubscribed");
    socket.subscribe(&last).await;
    until("counts", async || {
        let subscriptions = relay.metric("pilothouse_subscriptions").await;
        (subscriptions == MAX_SUBSCRIPTIONS as f64).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_1025th_signal_is_refused_until_one_is_cleared() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    let change = |key: String, op| json!({"type": "signal", "channel": "c", "key": key, "op": op});
    for n in 0..MAX_SIGNALS {
        socket
            .send(change(format!("k{n}"), json!({"set": n})))
            .await;
    }
    socket.is_alive().await;
    let one_more = change("one-more".to_owned(), json!({"set": 1}));
    socket.refused(one_more.to_string(), "rate_limited").await;
    socket
        .send(change(
            "k0".to_owned(),
            json!({"set": "those there are go on"}),
        ))
        .await;
    socket
        .send(change("k1".to_owned(), json!({"clear": true})))
        .await;
    socket.send(one_more).await;
    socket.is_alive().await;
    assert!(socket.aside().is_empty());
}

#[tokio::test]
async fn a_signal_and_all_signals_of_a_channel_have_their_sizes() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    let change = |key: String, op| {
        json!({"type": "signal", "channel": "c", "key": key, "op": op}).to_string()
    };
    let half = "x".repeat(150_000);
    socket
        .send(serde_json::from_str(&change("k".to_owned(), json!({"append": half}))).unwrap())
        .await;
    socket
        .refused(change("k".to_owned(), json!({"append": half})), "too_large")
        .await;
    for n in 0..26 {
        socket
            .send(serde_json::from_str(&change(format!("k{n}"), json!({"set": half}))).unwrap())
            .await;
    }
    socket
        .refused(
            change("last".to_owned(), json!({"set": half})),
            "rate_limited",
        )
        .await;
}

#[tokio::test]
async fn a_reply_has_at_most_1_mib_of_events_and_says_that_there_are_more() {
    let _turn = one_at_a_time().await;
    let relay = Relay::start().await;
    for _ in 0..3 {
        let bodies: Vec<_> = (0..15).map(|_| message("x".repeat(100_000))).collect();
        relay.publish("c", json!(bodies)).await;
    }
    let mut socket = relay.socket().await;
    let (mut after, mut seqs) = (0, Vec::new());
    loop {
        let page = socket
            .ask(json!({"type": "history", "channel": "c", "after": after, "limit": 1000}))
            .await;
        let events = page["events"].as_array().unwrap();
        assert!(page["events"].to_string().len() <= 1024 * 1024 + 100);
        seqs.extend(events.iter().map(|event| event["seq"].as_u64().unwrap()));
        after = *seqs.last().unwrap();
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(seqs, (1..=46).collect::<Vec<_>>());
}

#[tokio::test]
async fn numbers_above_a_maximum_count_as_the_maximum() {
    let relay = Relay::start().await;
    for _ in 0..2 {
        let bodies: Vec<_> = (0..600).map(|_| message("x")).collect();
        relay.publish("c", json!(bodies)).await;
    }
    let mut socket = relay.socket().await;
    let reply = socket
        .ask(json!({"type": "subscribe", "channel": "c", "history": 9_000_000}))
        .await;
    assert_eq!(reply["events"].as_array().unwrap().len(), 1000);
    let reply = socket
        .ask(json!({"type": "history", "channel": "c", "limit": 9_000_000}))
        .await;
    assert_eq!(
        (reply["events"].as_array().unwrap().len(), &reply["more"]),
        (1000, &json!(true))
    );
    let page = relay
        .get("/api/channels/c/events?limit=9000000")
        .await
        .json();
    assert_eq!(page["events"].as_array().unwrap().len(), 1000);
    let none = socket
        .ask(json!({"type": "subscribe", "channel": "c", "history": 0}))
        .await;
    assert_eq!(none["events"], json!([]));
}

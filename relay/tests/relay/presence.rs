//! Counts follow the live connections, however they end.

use reqwest::Method;
use serde_json::{Value, json};
use tokio_websockets::{CloseCode, Message};

use crate::harness::{Answer, Relay, Socket, message, until};

/// Waits until `presence` counts these.
async fn counts(socket: &mut Socket, watchers: u64, agents: u64) -> Value {
    let meant = |frame: &Value| {
        let value = &frame["op"]["set"];
        frame["key"] == "presence" && value["watchers"] == watchers && value["agents"] == agents
    };
    socket.until("presence", meant).await["op"]["set"].clone()
}

#[tokio::test]
async fn a_member_is_there_while_it_is_subscribed_and_gone_after_however_it_leaves() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let mut watcher = relay.member("watcher", "human").await;
    watcher.subscribe("c").await;
    counts(&mut watcher, 1, 0).await;
    for way in ["unsubscribe", "close", "drop", "abort"] {
        let mut other = relay.member("other", "agent").await;
        other.subscribe("c").await;
        let there = counts(&mut watcher, 1, 1).await;
        let members: Vec<_> = there["members"]
            .as_array()
            .unwrap()
            .iter()
            .map(|member| &member["member"])
            .collect();
        assert_eq!(members, ["watcher", "other"], "{way}");
        match way {
            "unsubscribe" => {
                other
                    .ask(json!({"type": "unsubscribe", "channel": "c"}))
                    .await;
            }
            "close" => {
                other
                    .send_message(Message::close(Some(CloseCode::NORMAL_CLOSURE), ""))
                    .await
            }
            "drop" => drop(other),
            // A reset instead of an orderly end.
            _ => other.into_stream().set_zero_linger().unwrap(),
        }
        let gone = counts(&mut watcher, 1, 0).await;
        assert_eq!(gone["members"].as_array().unwrap().len(), 1, "{way}");
    }
    let summary = relay.get("/api/channels/c").await.json();
    assert_eq!(
        (&summary["watchers"], &summary["agents"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn connections_are_counted_and_each_member_is_listed_once() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let mut tabs = Vec::new();
    for _ in 0..3 {
        let mut tab = relay.member("ada", "human").await;
        tab.subscribe("c").await;
        tabs.push(tab);
    }
    let value = counts(&mut tabs[2], 3, 0).await;
    assert_eq!(
        value["members"],
        json!([{"member": "ada", "name": "ada", "kind": "human"}])
    );
    tabs.remove(0);
    let value = counts(&mut tabs[1], 2, 0).await;
    assert_eq!(value["members"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn at_most_100_members_are_listed_and_all_are_counted() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let mut sockets = Vec::new();
    for n in 0..103 {
        let mut socket = relay.member(&format!("m{n}"), "human").await;
        socket.subscribe("c").await;
        sockets.push(socket);
    }
    let value = counts(sockets.last_mut().unwrap(), 103, 0).await;
    assert_eq!(value["members"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn an_agent_that_waits_for_hints_is_there_and_a_stream_too() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let mut watcher = relay.member("watcher", "human").await;
    watcher.subscribe("c").await;
    let request = relay
        .request(Method::GET, "/api/channels/c/hints?wait=60")
        .header("pilothouse-member", "claude");
    let waiting = tokio::spawn(Answer::to(request));
    counts(&mut watcher, 1, 1).await;
    // The caller gives up: its connection is dropped.
    waiting.abort();
    counts(&mut watcher, 1, 0).await;
    let stream = relay
        .request(Method::GET, "/api/channels/c/stream")
        .header("pilothouse-kind", "human");
    let stream = stream.send().await.unwrap();
    counts(&mut watcher, 2, 0).await;
    drop(stream);
    counts(&mut watcher, 1, 0).await;
}

#[tokio::test]
async fn who_joined_stays_a_member_without_a_connection_until_it_leaves() {
    let relay = Relay::start().await;
    let call = |path: &str| {
        let request = relay
            .request(Method::POST, path)
            .header("pilothouse-member", "claude");
        Answer::to(request)
    };
    assert_eq!(call("/api/channels/c/join").await.json()["head"], 2);
    assert_eq!(
        call("/api/channels/c/join").await.json()["head"],
        2,
        "joining again changes nothing"
    );
    let members = relay.socket().await.subscribe("c").await["snapshot"]["members"].clone();
    assert_eq!(members[0]["member"], "claude");
    assert_eq!(call("/api/channels/c/leave").await.json()["head"], 3);
    assert_eq!(call("/api/channels/c/leave").await.json()["head"], 3);
    let members = relay.socket().await.subscribe("c").await["snapshot"]["members"].clone();
    assert_eq!(members, json!([]));
}

#[tokio::test]
async fn the_counters_of_the_relay_follow_too() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let mut sockets = Vec::new();
    for _ in 0..5 {
        let mut socket = relay.socket().await;
        socket.subscribe("c").await;
        sockets.push(socket);
    }
    let counted = async |expected: f64| {
        until("counts", async || {
            let connections = relay.metric("pilothouse_connections").await;
            let subscriptions = relay.metric("pilothouse_subscriptions").await;
            (connections == expected && subscriptions == expected).then_some(())
        })
        .await;
    };
    counted(5.0).await;
    sockets.clear();
    counted(0.0).await;
}

//! Live values over the wire. What depends on who holds which version is tested at the channel.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, Relay, message};

#[tokio::test]
async fn every_change_raises_the_version_and_comes_as_a_delta_to_who_has_the_one_before() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let (mut author, mut watcher) = (relay.socket().await, relay.socket().await);
    watcher.subscribe("c").await;
    let ops = [
        (json!({"append": "Hel"}), json!({"set": "Hel"})),
        (json!({"append": "lo"}), json!({"append": "lo"})),
        (json!({"set": {"a": 1}}), json!({"set": {"a": 1}})),
        (json!({"clear": true}), json!({"clear": true})),
        (json!({"append": "anew"}), json!({"set": "anew"})),
    ];
    for (index, (sent, told)) in ops.into_iter().enumerate() {
        author
            .send(json!({"type": "signal", "channel": "c", "key": "tokens/m", "op": sent}))
            .await;
        let signal = watcher.signal("tokens/m").await;
        assert_eq!(
            (&signal["version"], &signal["op"]),
            (&json!(index + 1), &told)
        );
    }
}

#[tokio::test]
async fn a_display_travels_as_its_changed_rows() {
    let relay = Relay::start().await;
    let (mut author, mut watcher) = (relay.socket().await, relay.socket().await);
    let rows = |height: u32, rows: serde_json::Value| {
        let op = json!({"rows": {"width": 80, "height": height, "rows": rows}});
        json!({"type": "signal", "channel": "c", "key": "display/main", "op": op})
    };
    author
        .send(rows(3, json!({"0": "top", "2": "bottom"})))
        .await;
    author.is_alive().await;
    let held = &watcher.subscribe("c").await["signals"];
    let display = held
        .as_array()
        .unwrap()
        .iter()
        .find(|signal| signal["key"] == "display/main")
        .unwrap();
    assert_eq!(
        display["value"],
        json!({"width": 80, "height": 3, "rows": {"0": "top", "2": "bottom"}})
    );
    author.send(rows(2, json!({"1": "middle"}))).await;
    let signal = watcher.signal("display/main").await;
    assert_eq!(
        signal["op"],
        json!({"rows": {"width": 80, "height": 2, "rows": {"1": "middle"}}})
    );
    let held = relay.socket().await.subscribe("c").await;
    let display = held["signals"]
        .as_array()
        .unwrap()
        .iter()
        .find(|signal| signal["key"] == "display/main")
        .unwrap();
    assert_eq!(display["value"]["rows"], json!({"0": "top", "1": "middle"}));
}

#[tokio::test]
async fn typing_ends_by_itself() {
    let relay = Relay::start().await;
    let (mut author, mut watcher) = (relay.socket().await, relay.socket().await);
    author
        .send(json!({"type": "signal", "channel": "c", "key": "typing/ada", "op": {"set": true}}))
        .await;
    author.is_alive().await;
    watcher.subscribe("c").await;
    // When, is tested at the channel, with a clock of its own.
    let signal = watcher.signal("typing/ada").await;
    assert_eq!(signal["op"], json!({"clear": true}));
}

#[tokio::test]
async fn a_signal_over_http_is_the_same_and_shows_in_the_summary() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let mut watcher = relay.socket().await;
    watcher.subscribe("c").await;
    let op = json!({"set": {"operation": "Reading", "progress": 0.5}});
    let request = relay
        .request(Method::PUT, "/api/channels/c/signals/activity%2Fclaude")
        .json(&op);
    let answer = Answer::to(request).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    assert_eq!(watcher.signal("activity/claude").await["op"], op);
    assert_eq!(
        relay.get("/api/channels/c").await.json()["activity"],
        op["set"]
    );
}

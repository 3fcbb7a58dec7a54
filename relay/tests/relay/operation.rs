//! What an operator sees: health, readiness, metrics, and a store that fails.

use std::time::Duration;

use pilothouse_relay::Server;
use pilothouse_relay::config::Config;
use serde_json::json;

use crate::harness::{Relay, in_folder, in_memory, message, until};

#[tokio::test]
async fn a_relay_says_that_it_lives_and_is_ready() {
    let relay = Relay::start().await;
    assert_eq!(relay.get("/health").await.json()["status"], "alive");
    assert_eq!(relay.get("/ready").await.json()["status"], "ready");
}

#[tokio::test]
async fn the_metrics_count_what_happens() {
    let relay = Relay::start().await;
    relay
        .publish("c", json!([message("a"), message("b")]))
        .await;
    let mut socket = relay.socket().await;
    socket.subscribe("c").await;
    relay.publish("c", json!([message("d")])).await;
    socket.follow(3, 4).await;
    socket.refused("nonsense", "bad_frame").await;
    let counts = [
        ("pilothouse_connections", 1.0),
        ("pilothouse_subscriptions", 1.0),
        ("pilothouse_channels", 1.0),
        ("pilothouse_events_total", 4.0),
        ("pilothouse_pruned_total", 0.0),
        ("pilothouse_deliveries_total", 1.0),
        ("pilothouse_refills_total", 0.0),
        ("pilothouse_gaps_total", 0.0),
        ("pilothouse_slow_subscribers_total", 0.0),
        ("pilothouse_refusals_total", 1.0),
    ];
    for (name, count) in counts {
        assert_eq!(relay.metric(name).await, count, "{name}");
    }
    let text = relay.get("/metrics").await;
    assert!(
        text.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("application/openmetrics-text")
    );
    assert!(relay.metric("pilothouse_commit_seconds_count").await >= 3.0);
    assert!(text.text.contains("pilothouse_commit_seconds_bucket{le="));
    assert!(text.text.ends_with("# EOF\n"));
}

#[tokio::test]
async fn a_store_that_fails_makes_publishers_try_again_and_breaks_no_chain() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    relay.publish("c", json!([message("a")])).await;
    let (mut publisher, mut watcher) = (relay.socket().await, relay.socket().await);
    watcher.subscribe("c").await;
    let store = rusqlite::Connection::open(folder.path().join("pilothouse.sqlite3")).unwrap();
    store
        .execute_batch(
            "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END",
        )
        .unwrap();
    for n in 0..3 {
        let frame =
            json!({"type": "publish", "channel": "c", "id": format!("e{n}"), "body": message("x")});
        let reply = publisher.ask(frame).await;
        assert_eq!(reply["code"], "unavailable", "{reply}");
        assert!(
            !reply["message"].as_str().unwrap().contains("full"),
            "the log says why, not the wire"
        );
    }
    let not_made = publisher
        .ask(json!({"type": "publish", "channel": "new", "body": message("x")}))
        .await;
    assert_eq!(not_made["code"], "unavailable");
    store.execute_batch("DROP TRIGGER full").unwrap();
    for n in 0..3 {
        let frame =
            json!({"type": "publish", "channel": "c", "id": format!("e{n}"), "body": message("x")});
        let reply = publisher.ask(frame).await;
        assert_eq!(
            (&reply["seq"], reply.get("duplicate")),
            (&json!(n + 3), None),
            "{reply}"
        );
    }
    assert_eq!(watcher.follow(2, 5).await.len(), 3);
    publisher.publish("new", message("x")).await;
}

#[tokio::test]
async fn history_that_is_too_old_goes_by_itself() {
    let relay = Relay::with(Config {
        keep_for: Duration::from_millis(1),
        ..in_memory()
    })
    .await;
    let head = relay
        .publish("c", json!([message("a"), message("b")]))
        .await[1];
    until("floor", async || {
        let summary = relay.get("/api/channels/c").await.json();
        (summary["floor"] == head).then_some(())
    })
    .await;
    let reply = relay.socket().await.subscribe("c").await;
    assert_eq!(reply["snapshot"]["n_events"], head, "the state remembers");
    assert_eq!(reply["events"].as_array().unwrap().len(), 1);
    assert_eq!(relay.publish("c", json!([message("on")])).await, [head + 1]);
}

#[tokio::test]
async fn a_store_of_a_newer_relay_is_refused_in_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    Relay::with(in_folder(&folder)).await.stop().await;
    let store = rusqlite::Connection::open(folder.path().join("pilothouse.sqlite3")).unwrap();
    store.pragma_update(None, "user_version", 99).unwrap();
    drop(store);
    let error = Server::new(in_folder(&folder))
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("version 99") && error.contains("use a newer relay"),
        "{error}"
    );
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let mut config = in_folder(&folder);
    config.data_dir = Some(file.clone());
    let error = Server::new(config).await.unwrap_err().to_string();
    assert!(error.contains(file.to_str().unwrap()), "{error}");
    std::fs::write(
        folder.path().join("pilothouse.sqlite3"),
        "this is no database, and long enough to be sure".repeat(40),
    )
    .unwrap();
    let error = Server::new(in_folder(&folder))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("not a database"), "{error}");
}

#[tokio::test]
async fn a_channel_list_names_those_heard_of_last_first() {
    let relay = Relay::start().await;
    for channel in ["a", "b"] {
        relay.publish(channel, json!([message("x")])).await;
    }
    until("a later moment", async || {
        relay.publish("a", json!([message("again")])).await;
        let listed = relay.get("/api/channels").await.json();
        (listed["channels"][0]["id"] == "a").then_some(())
    })
    .await;
}

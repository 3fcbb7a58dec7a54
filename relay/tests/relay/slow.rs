//! A slow watcher costs nobody anything and loses nothing silently: what it was not given is read from
//! the store, and what the store has let go is told as a gap.

use pilothouse_relay::config::Config;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Relay, in_folder, in_memory, message, one_at_a_time, soon, until};

/// Publishes `n` messages of 4 KiB.
async fn publish_4_kib(relay: &Relay, n: usize) {
    for _ in 0..n / 100 {
        relay
            .publish("c", json!(vec![message("x".repeat(4096)); 100]))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_reads_nothing_for_5000_events_gets_all_of_them_afterwards() {
    let _turn = one_at_a_time().await;
    let folder = tempfile::tempdir().unwrap();
    for relay in [Relay::with(in_folder(&folder)).await, Relay::start().await] {
        relay.publish("c", json!([message("first")])).await;
        let (mut slow, mut quick) = (relay.socket().await, relay.socket().await);
        slow.subscribe("c").await;
        quick.subscribe("c").await;
        let (relay, publishing) = {
            let relay = std::sync::Arc::new(relay);
            let publisher = std::sync::Arc::clone(&relay);
            (
                relay,
                tokio::spawn(async move { publish_4_kib(&publisher, 5000).await }),
            )
        };
        // The other one has everything while the slow one has read nothing.
        assert_eq!(quick.follow(2, 5002).await.len(), 5000);
        publishing.await.unwrap();
        let frames = slow.follow(2, 5002).await;
        assert_eq!(frames.len(), 5000);
        assert!(frames.iter().all(|frame| frame["type"] == "event"));
        assert!(relay.metric("pilothouse_refills_total").await >= 1.0);
        assert_eq!(relay.metric("pilothouse_gaps_total").await, 0.0);
        slow.is_alive().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_behind_the_floor_is_told_the_gap_and_gets_the_rest() {
    let _turn = one_at_a_time().await;
    let relay = Relay::with(Config {
        keep_events: 10,
        ..in_memory()
    })
    .await;
    relay.publish("c", json!([message("first")])).await;
    // A stream, because the relay waits for its reader without an end.
    let slow = relay.request(Method::GET, "/api/channels/c/stream");
    let mut slow = slow.send().await.unwrap();
    // More than all buffers between hold: 30 MiB.
    let n_events = 2000;
    for _ in 0..n_events / 100 {
        let bodies = vec![message("x".repeat(16 * 1024)); 100];
        relay.publish("c", json!(bodies)).await;
    }
    let head = until("floor", async || {
        let summary = relay.get("/api/channels/c").await.json();
        (summary["floor"].as_u64() > Some(1900)).then(|| summary["head"].as_u64().unwrap())
    })
    .await;
    let (mut at, mut gaps, mut text) = (2, Vec::new(), String::new());
    while at < head {
        let chunk = soon("chunk", slow.chunk()).await.unwrap().unwrap();
        text.push_str(std::str::from_utf8(&chunk).unwrap());
        for frame in whole_frames(&mut text) {
            if frame["type"] == "event" {
                assert_eq!(frame["prev"], at);
                at = frame["seq"].as_u64().unwrap();
            } else if frame["type"] == "gap" {
                let said = (&frame["from"], &frame["reason"]);
                assert_eq!(said, (&json!(at + 1), &json!("pruned")));
                at = frame["to"].as_u64().unwrap();
                gaps.push(frame);
            }
        }
    }
    assert_eq!(at, head, "the newest came");
    assert!(!gaps.is_empty());
    assert_eq!(
        relay.metric("pilothouse_gaps_total").await,
        gaps.len() as f64
    );
}

/// Takes the frames that are there to their end out of the text of a stream.
fn whole_frames(text: &mut String) -> Vec<Value> {
    let Some(end) = text.rfind("\n\n") else {
        return Vec::new();
    };
    let whole: String = text.drain(..end + 2).collect();
    let data = whole.lines().filter_map(|line| line.strip_prefix("data: "));
    data.map(|data| serde_json::from_str(data).unwrap())
        .collect()
}

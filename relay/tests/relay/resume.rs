//! `recovered` is said only when it is proved; a snapshot replaces everything otherwise.

use pilothouse_relay::config::{Config, Durability};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Relay, in_folder, in_memory, message, soon, until};

/// Subscribes at a position; checks that it was not recovered and that a snapshot says it all.
async fn starts_anew(relay: &Relay, after: &Value) -> Value {
    let reply = relay.socket().await.resume("c", after).await;
    assert_eq!(reply["recovered"], false, "{reply}");
    assert!(reply["snapshot"].is_object());
    assert_eq!(reply["position"]["seq"], reply["head"]);
    reply
}

#[tokio::test]
async fn at_the_head_it_is_recovered_with_nothing_to_come() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let mut socket = relay.socket().await;
    let first = socket.subscribe("c").await;
    assert!(first.get("recovered").is_none(), "nobody asked to resume");
    let reply = socket.resume("c", &first["position"]).await;
    assert_eq!(
        (&reply["recovered"], &reply["head"], &reply["events"]),
        (&json!(true), &json!(2), &json!([]))
    );
    assert!(reply.get("snapshot").is_none());
    assert_eq!(reply["position"], first["position"]);
}

#[tokio::test]
async fn below_what_is_held_is_not_recovered_and_the_edge_is() {
    let relay = Relay::with(Config {
        keep_events: 50,
        ..in_memory()
    })
    .await;
    for _ in 0..12 {
        relay.publish("c", json!(vec![message("x"); 100])).await;
    }
    let floor = until("floor", async || {
        let summary = relay.get("/api/channels/c").await.json();
        let floor = summary["floor"].as_u64().unwrap();
        let n_gone = relay.metric("pilothouse_pruned_total").await;
        (floor > 1201 - 55 && n_gone == (floor - 1) as f64).then_some(floor)
    })
    .await;
    let reply = relay.socket().await.subscribe("c").await;
    let epoch = &reply["position"]["epoch"];
    assert_eq!(reply["floor"], floor);
    let anew = starts_anew(&relay, &json!({"epoch": epoch, "seq": floor - 2})).await;
    assert_eq!(
        anew["snapshot"]["n_events"], 1201,
        "the snapshot remembers what was pruned"
    );
    let mut socket = relay.socket().await;
    let edge = socket
        .resume("c", &json!({"epoch": epoch, "seq": floor - 1}))
        .await;
    assert_eq!(edge["recovered"], true);
    assert_eq!(
        socket.follow(floor - 1, 1201).await.len() as u64,
        1202 - floor
    );
    let page = relay
        .get("/api/channels/c/events?after=0&limit=1")
        .await
        .json();
    assert_eq!(page["events"][0]["seq"], floor);
}

#[tokio::test]
async fn a_new_channel_begins_with_its_creation_and_no_floor_is_zero() {
    let relay = Relay::start().await;
    relay
        .post("/api/channels", r#"{"id":"c","name":"Empty"}"#)
        .await;
    let reply = relay.socket().await.subscribe("c").await;
    assert_eq!((&reply["head"], &reply["floor"]), (&json!(1), &json!(1)));
    assert_eq!(reply["snapshot"]["name"], "Empty");
    let resumed = relay.socket().await.resume("c", &reply["position"]).await;
    assert_eq!(resumed["recovered"], true);
}

#[tokio::test]
async fn a_restart_on_the_same_folder_keeps_epoch_and_history() {
    for durability in [Durability::Full, Durability::Normal] {
        let folder = tempfile::tempdir().unwrap();
        let config = || Config {
            durability,
            ..in_folder(&folder)
        };
        let relay = Relay::with(config()).await;
        for n in 0..7 {
            relay
                .publish("c", json!(vec![message(n.to_string()); 100]))
                .await;
        }
        let mut socket = relay.socket().await;
        socket
            .publish(
                "c",
                json!({"type": "hint", "hint": {"kind": "text", "text": "kept"}}),
            )
            .await;
        let before = socket.subscribe("c").await;
        // A socket that is not read would be waited for.
        drop(socket);
        relay.stop().await;
        let relay = Relay::with(config()).await;
        let mut socket = relay.socket().await;
        let mut earlier = before["position"].clone();
        earlier["seq"] = json!(600);
        let reply = socket.resume("c", &earlier).await;
        assert_eq!(reply["recovered"], true, "{reply}");
        assert_eq!(socket.follow(600, 702).await.len(), 102);
        drop(socket);
        let after = relay.socket().await.subscribe("c").await;
        assert_eq!(after["position"], before["position"]);
        assert_eq!(
            after["snapshot"], before["snapshot"],
            "the state is folded anew, the same"
        );
        assert_eq!(relay.publish("c", json!([message("on")])).await, [703]);
        relay.stop().await;
    }
}

#[tokio::test]
async fn a_relay_without_memory_starts_a_new_epoch() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let position = relay.socket().await.subscribe("c").await["position"].clone();
    relay.stop().await;
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let reply = starts_anew(&relay, &position).await;
    assert_ne!(reply["position"]["epoch"], position["epoch"]);
}

#[tokio::test]
async fn what_is_acknowledged_is_in_the_files_at_that_moment() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    relay.publish("c", json!([message("first")])).await;
    let mut socket = relay.socket().await;
    for n in 0..10_u64 {
        let seq = socket.publish("c", message(n.to_string())).await;
        // What a machine would find that stopped now.
        let copy = tempfile::tempdir().unwrap();
        for file in std::fs::read_dir(folder.path()).unwrap() {
            let file = file.unwrap();
            // Shared memory is made anew from the log.
            if !file.file_name().to_string_lossy().ends_with("-shm") {
                std::fs::copy(file.path(), copy.path().join(file.file_name())).unwrap();
            }
        }
        let found = Relay::with(in_folder(&copy)).await;
        let summary = found.get("/api/channels/c").await.json();
        assert_eq!(summary["head"], seq, "neither less nor more");
        found.stop().await;
    }
}

#[tokio::test]
async fn a_stream_resumes_after_its_last_event_id() {
    let relay = Relay::start().await;
    relay
        .publish("c", json!([message("a"), message("b")]))
        .await;
    let position = relay.socket().await.subscribe("c").await["position"].clone();
    let epoch = position["epoch"].as_str().unwrap();
    let read = async |id: String, until: &str| {
        let request = relay
            .request(Method::GET, "/api/channels/c/stream")
            .header("last-event-id", id);
        let mut response = request.send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut text = String::new();
        while !text.contains(until) {
            let chunk = soon("chunk", response.chunk()).await.unwrap().unwrap();
            text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
        text
    };
    let text = read(format!("{epoch}:1"), "\"text\":\"b\"").await;
    let ids: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("id: "))
        .collect();
    assert_eq!(
        ids,
        [
            format!("{epoch}:1"),
            format!("{epoch}:2"),
            format!("{epoch}:3")
        ]
    );
    let names: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("event: "))
        .collect();
    assert_eq!(names, ["subscribed", "event", "event"]);
    assert!(text.contains("\"recovered\":true"));
    let text = read("another:1".to_owned(), "\n\n").await;
    assert!(text.contains("\"recovered\":false") && text.contains("\"snapshot\""));
    assert!(text.contains(&format!("id: {epoch}:3")));
}

#[tokio::test]
async fn the_socket_of_one_channel_is_subscribed_before_it_asks() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let mut socket = crate::harness::Socket::open(&relay, "/ws/c", &[]).await;
    let reply = socket.next().await;
    assert_eq!(
        (&reply["type"], reply.get("ref")),
        (&json!("subscribed"), None)
    );
    // Who says hello is subscribed anew as whom it names.
    socket.send(json!({"type": "hello", "member": "ada"})).await;
    let named = async |socket: &mut crate::harness::Socket| {
        socket
            .until("again", |frame| frame["type"] == "subscribed")
            .await
    };
    named(&mut socket).await;
    relay.publish("c", json!([message("b")])).await;
    assert_eq!(socket.follow(2, 3).await.len(), 1);
    let mut nowhere = crate::harness::Socket::open(&relay, "/ws/nowhere", &[]).await;
    assert_eq!(nowhere.next().await["code"], "not_found");
    nowhere.is_alive().await;
}

//! Closing is part of the protocol: each code says what the client does next, and a relay that stops
//! says so and loses nothing.

use futures_util::StreamExt;
use pilothouse_relay::config::Config;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_websockets::{CloseCode, Message};

use crate::harness::{Answer, DEADLINE, Relay, Socket, in_folder, in_memory, message, soon, until};

#[tokio::test]
async fn a_frame_above_the_limit_closes_with_4413() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    let most = socket.welcome["max_frame_bytes"].as_u64().unwrap() as usize;
    let padded = |length: usize| {
        let frame = r#"{"type":"ping","x":""}"#;
        frame.replace("\"\"", &format!("\"{}\"", "y".repeat(length - frame.len())))
    };
    socket.send_message(Message::text(padded(most))).await;
    socket.until("pong", |frame| frame["type"] == "pong").await;
    socket.send_message(Message::text(padded(most + 1))).await;
    let (code, reason, _) = socket.closed().await;
    assert_eq!((code, reason.contains("262144")), (4413, true), "{reason}");
}

#[tokio::test]
async fn a_frame_far_above_the_limit_closes_with_4413_before_it_is_whole() {
    let relay = Relay::start().await;
    let mut stream = relay.socket().await.into_stream();
    // A text frame that promises 1 GiB.
    stream
        .write_all(&[0x81, 0xff, 0, 0, 0, 0, 0x40, 0, 0, 0, 1, 2, 3, 4])
        .await
        .unwrap();
    assert_eq!(close_code(&mut stream).await, 4413);
}

#[tokio::test]
async fn fragments_count_together() {
    let relay = Relay::start().await;
    let mut stream = relay.socket().await.into_stream();
    let fragment = |first: u8| {
        let mut bytes = vec![first, 0xfe, 0xf0, 0, 0, 0, 0, 0];
        bytes.resize(8 + 0xf000, b' ');
        bytes
    };
    stream.write_all(&fragment(0x01)).await.unwrap();
    for _ in 0..5 {
        stream.write_all(&fragment(0x00)).await.unwrap();
    }
    assert_eq!(close_code(&mut stream).await, 4413);
}

/// Reads raw bytes until the relay has closed; gives the code of the close frame at the end.
async fn close_code(stream: &mut TcpStream) -> u16 {
    let mut bytes = Vec::new();
    soon("end of the stream", stream.read_to_end(&mut bytes))
        .await
        .unwrap();
    let close = bytes
        .iter()
        .rposition(|byte| *byte == 0x88)
        .expect("a close frame");
    u16::from_be_bytes([bytes[close + 2], bytes[close + 3]])
}

#[tokio::test]
async fn the_wrong_kind_of_message_closes_with_4400() {
    let relay = Relay::start().await;
    let mut json = relay.socket().await;
    json.send_message(Message::binary(&b"{\"type\":\"ping\"}"[..]))
        .await;
    assert_eq!(json.closed().await.0, 4400);
    let offer = [("sec-websocket-protocol", "pilothouse.v1.msgpack")];
    let mut msgpack = Socket::open(&relay, "/ws", &offer).await;
    msgpack
        .send_message(Message::text("{\"type\":\"ping\"}"))
        .await;
    assert_eq!(msgpack.closed().await.0, 4400);
}

#[tokio::test]
async fn text_that_is_not_utf_8_closes_with_4400() {
    let relay = Relay::start().await;
    let mut stream = relay.socket().await.into_stream();
    // Two bytes of text under a mask of zeros.
    stream
        .write_all(&[0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe])
        .await
        .unwrap();
    assert_eq!(close_code(&mut stream).await, 4400);
}

#[tokio::test]
async fn what_is_not_a_websocket_frame_closes_with_4400() {
    let relay = Relay::start().await;
    // A reserved opcode; and a frame without a mask.
    for bytes in [
        [0x83, 0x80, 0, 0, 0, 0],
        [0x81, 0x04, b'p', b'i', b'n', b'g'],
    ] {
        let mut stream = relay.socket().await.into_stream();
        stream.write_all(&bytes).await.unwrap();
        assert_eq!(close_code(&mut stream).await, 4400);
    }
}

#[tokio::test]
async fn a_client_that_closes_is_answered() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    socket
        .send_message(Message::close(Some(CloseCode::NORMAL_CLOSURE), "done"))
        .await;
    assert_eq!(socket.closed().await.0, 1000);
    until("no connection", async || {
        (relay.metric("pilothouse_connections").await == 0.0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn shutdown_says_goodbye_closes_with_4503_and_ends() {
    let relay = Relay::start().await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(relay.socket().await);
    }
    let (server, stopped) = (relay.server.clone(), tokio::spawn(relay.stop()));
    server.shutdown();
    let mut waits = Vec::new();
    for mut socket in sockets {
        let (code, _, frames) = socket.closed().await;
        assert_eq!(code, 4503);
        let goodbye = frames.last().unwrap();
        assert_eq!(
            (&goodbye["type"], &goodbye["retry"]),
            (&json!("goodbye"), &json!(true))
        );
        waits.push(goodbye["after_ms"].as_u64().unwrap());
    }
    stopped.await.unwrap();
    waits.dedup();
    assert!(waits.len() > 1, "the return is spread: {waits:?}");
}

#[tokio::test]
async fn shutdown_ends_streams_and_long_polls() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let stream = relay
        .request(Method::GET, "/api/channels/c/stream")
        .send()
        .await
        .unwrap();
    let ask = |path: &str| {
        let request = relay
            .request(Method::GET, path)
            .header("pilothouse-member", path);
        tokio::spawn(Answer::to(request))
    };
    let events = ask("/api/channels/c/events?after=2&wait=60");
    let hints = ask("/api/channels/c/hints?wait=60");
    let question = json!({"type": "question_asked", "request": "q", "text": "?"});
    relay
        .post("/api/channels/c/requests", question.to_string())
        .await;
    let request = ask("/api/channels/c/requests/q?wait=60");
    // Who waits for hints is present; the others cannot be seen to wait, but end soon either way.
    until("the waiting agent", async || {
        let summary = relay.get("/api/channels/c").await.json();
        (summary["agents"].as_u64().unwrap() >= 2).then_some(())
    })
    .await;
    relay.stop().await;
    let stream = soon("end of the stream", stream.text()).await.unwrap();
    assert!(stream.starts_with("event: subscribed"), "{stream}");
    let events = events.await.unwrap();
    assert_eq!(events.status, 200);
    assert_eq!(hints.await.unwrap().json(), json!({"hints": []}));
    request.await.unwrap().refused(503, "unavailable");
}

#[tokio::test]
async fn everything_acknowledged_before_or_during_shutdown_is_there_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    let mut sockets = Vec::new();
    for _ in 0..4 {
        sockets.push(relay.socket().await);
    }
    let (server, mut publishing) = (relay.server.clone(), Vec::new());
    let (started, mut first) = tokio::sync::mpsc::channel(4);
    for (n, mut socket) in sockets.into_iter().enumerate() {
        let started = started.clone();
        publishing.push(tokio::spawn(async move {
            for index in 0..50 {
                let id = format!("{n}-{index}");
                let frame = json!({"type": "publish", "ref": id, "id": id, "channel": "c", "body": message("x")});
                socket.send(frame).await;
            }
            let first = |frame: &Value| frame["type"] == "published";
            let first = socket.until("acknowledgement", first).await;
            let _ = started.send(()).await;
            let (_, _, mut frames) = socket.closed().await;
            frames.push(first);
            let acknowledged = |frame: &Value| (frame["type"] == "published").then(|| frame["id"].clone());
            frames.iter().filter_map(acknowledged).collect::<Vec<_>>()
        }));
    }
    soon("first publisher", first.recv()).await.unwrap();
    server.shutdown();
    let mut acknowledged = Vec::new();
    for publisher in publishing {
        acknowledged.extend(soon("publisher", publisher).await.unwrap());
    }
    relay.stop().await;
    let relay = Relay::with(in_folder(&folder)).await;
    let events = relay.get("/api/channels/c/events?limit=1000").await.json();
    let events = events["events"].as_array().unwrap();
    for id in &acknowledged {
        assert!(
            events.iter().any(|event| event["id"] == *id),
            "{id} was acknowledged"
        );
    }
    for pair in events.windows(2) {
        assert_eq!(pair[1]["prev"], pair[0]["seq"]);
    }
}

#[tokio::test]
async fn a_relay_that_stops_takes_no_new_connections() {
    let relay = Relay::start().await;
    let address = relay.address;
    relay.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_connection_that_asks_nothing_does_not_hold_up_the_end() {
    let relay = Relay::with(Config {
        grace: 100 * DEADLINE,
        ..in_memory()
    })
    .await;
    // As browsers open them ahead of need; and one that was used.
    let unused = TcpStream::connect(relay.address).await.unwrap();
    relay.get("/health").await;
    relay.stop().await;
    drop(unused);
}

#[tokio::test]
async fn a_removed_channel_ends_its_subscriptions_and_not_the_connection() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let mut socket = relay.socket().await;
    socket.subscribe("c").await;
    let mut stream = relay
        .request(Method::GET, "/api/channels/c/stream")
        .send()
        .await
        .unwrap()
        .bytes_stream();
    let removed = Answer::to(relay.request(Method::DELETE, "/api/channels/c")).await;
    assert_eq!(removed.status, 204);
    let ended = socket
        .until("end", |frame| frame["type"] == "unsubscribed")
        .await;
    assert_eq!(
        (ended.get("ref"), &ended["reason"]),
        (None, &json!("removed"))
    );
    let mut text = String::new();
    while let Some(chunk) = soon("stream", stream.next()).await {
        text.push_str(std::str::from_utf8(&chunk.unwrap()).unwrap());
    }
    assert!(text.contains("event: unsubscribed"), "{text}");
    let reply = socket
        .ask(json!({"type": "publish", "channel": "c", "body": message("b")}))
        .await;
    assert_eq!(reply["code"], "not_found");
    socket.is_alive().await;
}

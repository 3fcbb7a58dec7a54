//! Two encodings of the same structures, and what a relay does not know passes through unchanged.

use reqwest::Method;
use serde_json::{Value, json};
use tokio_websockets::Message;

use crate::harness::{Answer, Relay, Socket, message};

const PROTOCOL: &str = "sec-websocket-protocol";

fn packed(frame: &Value) -> Message {
    Message::binary(rmp_serde::to_vec_named(frame).unwrap())
}

#[tokio::test]
async fn the_first_known_subprotocol_is_taken_and_none_means_json() {
    let relay = Relay::start().await;
    let none = Socket::open(&relay, "/ws", &[]).await;
    assert!(none.headers.get(PROTOCOL).is_none());
    let offers = [
        ("pilothouse.v1.json", "pilothouse.v1.json"),
        (
            "pilothouse.v1.msgpack, pilothouse.v1.json",
            "pilothouse.v1.msgpack",
        ),
        (
            "chat,pilothouse.v9.json , pilothouse.v1.json",
            "pilothouse.v1.json",
        ),
    ];
    for (offer, chosen) in offers {
        let socket = Socket::open(&relay, "/ws", &[(PROTOCOL, offer)]).await;
        assert_eq!(socket.headers[PROTOCOL], chosen);
    }
}

#[tokio::test]
async fn an_upgrade_with_only_unknown_subprotocols_is_refused_with_400() {
    let relay = Relay::start().await;
    let upgrade = |version: &'static str| {
        let request = relay
            .request(Method::GET, "/ws")
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        request.header("sec-websocket-version", version)
    };
    let sentence = Answer::to(upgrade("13").header(PROTOCOL, "chat"))
        .await
        .refused(400, "bad_frame");
    assert!(sentence.contains("pilothouse.v1.json"));
    Answer::to(upgrade("8")).await.refused(400, "bad_frame");
    relay.get("/ws").await.refused(400, "bad_frame");
}

#[tokio::test]
async fn messagepack_speaks_the_whole_protocol() {
    let relay = Relay::start().await;
    let mut socket = Socket::open(&relay, "/ws", &[(PROTOCOL, "pilothouse.v1.msgpack")]).await;
    socket
        .send_message(packed(
            &json!({"type": "hello", "member": "ada", "kind": "human"}),
        ))
        .await;
    assert_eq!(socket.next().await["member"], "ada");
    let body = json!({"type": "custom", "name": "n", "data": {"float": 0.1, "big": 9_007_199_254_740_991_u64, "none": null, "text": "ü\n"}});
    socket
        .send_message(packed(
            &json!({"type": "publish", "ref": "1", "channel": "c", "id": "e", "body": body}),
        ))
        .await;
    assert_eq!(
        socket.next().await,
        json!({"type": "published", "ref": "1", "channel": "c", "id": "e", "seq": 2})
    );
    socket
        .send_message(packed(
            &json!({"type": "subscribe", "ref": "2", "channel": "c"}),
        ))
        .await;
    let reply = socket.next().await;
    assert_eq!(reply["events"][1]["body"], body);
    socket
        .send_message(packed(
            &json!({"type": "signal", "channel": "c", "key": "k", "op": {"append": "x"}}),
        ))
        .await;
    assert_eq!(socket.signal("k").await["op"], json!({"set": "x"}));
    // The same event in both encodings.
    let mut watcher = relay.socket().await;
    watcher.subscribe("c").await;
    relay.publish("c", json!([body])).await;
    let (packed_event, json_event) = (socket.follow(2, 3).await, watcher.follow(2, 3).await);
    assert_eq!(packed_event, json_event);
    socket.send_message(packed(&json!({"type": "ping"}))).await;
    socket.until("pong", |frame| frame["type"] == "pong").await;
}

#[tokio::test]
async fn bad_messagepack_is_refused_and_the_connection_lives_on() {
    let relay = Relay::start().await;
    let mut socket = Socket::open(&relay, "/ws", &[(PROTOCOL, "pilothouse.v1.msgpack")]).await;
    let ping = rmp_serde::to_vec_named(&json!({"type": "ping"})).unwrap();
    let bad = [
        (vec![], "bad_frame"),
        (vec![0xc1], "bad_frame"),
        (b"{\"type\":\"ping\"}".to_vec(), "bad_frame"),
        ([ping.clone(), vec![0]].concat(), "bad_frame"),
        (ping[..ping.len() - 1].to_vec(), "bad_frame"),
        // An array and a text that promise 4 GiB.
        (vec![0xdd, 0xff, 0xff, 0xff, 0xff], "bad_frame"),
        (vec![0xdb, 0xff, 0xff, 0xff, 0xff], "bad_frame"),
        (vec![0x91; 200_000], "bad_frame"),
        (
            rmp_serde::to_vec_named(&json!({"type": "dance", "ref": "r"})).unwrap(),
            "unknown_type",
        ),
    ];
    for (bytes, code) in bad {
        socket.send_message(Message::binary(bytes)).await;
        let error = socket.next().await;
        assert_eq!(
            (&error["type"], &error["code"]),
            (&json!("error"), &json!(code)),
            "{error}"
        );
    }
    socket.send_message(Message::binary(ping)).await;
    assert_eq!(socket.next().await["type"], "pong");
}

#[tokio::test]
async fn unknown_bodies_fields_and_signals_pass_through_unchanged() {
    let relay = Relay::start().await;
    let mut watcher = relay.socket().await;
    relay.publish("c", json!([message("a")])).await;
    watcher.subscribe("c").await;
    let bodies = [
        json!({"type": "of_tomorrow", "with": [1, 2.5, null, {"deep": [true]}], "text": "x"}),
        json!({"type": "message", "role": "user", "text": "x", "mood": {"is": "good"}}),
        json!({"type": "tool_started", "call": "1", "tool": "t", "input": {"a": 1}, "later": [0.1]}),
    ];
    let mut socket = relay.socket().await;
    for body in &bodies {
        let frame = json!({"type": "publish", "channel": "c", "body": body, "unknown": "field"});
        assert_eq!(socket.ask(frame).await["type"], "published");
    }
    let live: Vec<_> = watcher
        .follow(2, 5)
        .await
        .iter()
        .map(|frame| frame["body"].clone())
        .collect();
    assert_eq!(live, bodies);
    let stored = relay.get("/api/channels/c/events?after=2").await.json();
    let stored: Vec<_> = stored["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["body"].clone())
        .collect();
    assert_eq!(stored, bodies);
    let value = json!({"set": {"anything": [1, null]}});
    socket
        .send(json!({"type": "signal", "channel": "c", "key": "of/tomorrow ü", "op": value}))
        .await;
    assert_eq!(watcher.signal("of/tomorrow ü").await["op"], value);
}

#[tokio::test]
async fn text_that_looks_like_a_page_is_only_text() {
    let relay = Relay::start().await;
    let text = "<script>alert(1)</script>\u{202e}\u{0}\n\nevent: goodbye\r\rdata: x";
    relay.publish("c", json!([message(text)])).await;
    let page = relay.get("/api/channels/c/events").await;
    assert_eq!(page.headers["content-type"], "application/json");
    assert_eq!(page.json()["events"][1]["body"]["text"], text);
    let mut stream = relay
        .request(Method::GET, "/api/channels/c/stream")
        .send()
        .await
        .unwrap();
    let first = stream.chunk().await.unwrap().unwrap();
    let first = std::str::from_utf8(&first).unwrap();
    let names: Vec<_> = first
        .lines()
        .filter(|line| line.starts_with("event:"))
        .collect();
    assert_eq!(names, ["event: subscribed"], "a text cannot end its line");
}

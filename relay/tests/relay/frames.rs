//! Bad frames: each has a clear error, and the connection lives on unless the protocol says it closes.

use serde_json::json;
use tokio_websockets::Message;

use crate::harness::{Relay, message};

#[tokio::test]
async fn malformed_json_is_a_bad_frame_without_ref() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    for text in [
        "",
        "{",
        "nonsense",
        "{\"type\":\"ping\"",
        "{\"type\":\"ping\"} {}",
        "\u{0}",
    ] {
        let error = socket.refused(text, "bad_frame").await;
        assert!(error.get("ref").is_none(), "{error}");
    }
}

#[tokio::test]
async fn a_frame_that_is_no_map_with_a_text_type_is_a_bad_frame() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    for text in [
        "null",
        "7",
        "[]",
        "\"ping\"",
        "{}",
        "{\"type\":7}",
        "{\"type\":null,\"ref\":\"1\"}",
    ] {
        let error = socket.refused(text, "bad_frame").await;
        assert!(
            error["message"].as_str().unwrap().contains("type"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_unknown_type_is_named_and_its_ref_comes_back() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    let error = socket
        .refused(r#"{"type":"dance","ref":"r1"}"#, "unknown_type")
        .await;
    assert_eq!(error["ref"], "r1");
    assert!(error["message"].as_str().unwrap().contains("dance"));
    // A relay's frame is none of a client's.
    socket
        .refused(r#"{"type":"welcome","protocol":1}"#, "unknown_type")
        .await;
}

#[tokio::test]
async fn a_field_of_the_wrong_type_is_a_bad_frame_with_the_ref() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    let bad = [
        json!({"type": "subscribe", "channel": 7}),
        json!({"type": "subscribe", "channel": "c", "history": "many"}),
        json!({"type": "subscribe", "channel": "c", "history": -1}),
        json!({"type": "subscribe", "channel": "c", "after": 7}),
        json!({"type": "subscribe", "channel": "c", "after": {"epoch": "e", "seq": 1.5}}),
        json!({"type": "publish", "channel": "c", "body": "text"}),
        json!({"type": "publish", "channel": "c", "body": message("x"), "id": 7}),
        json!({"type": "publish", "channel": "c", "body": message("x"), "visibility": "nobody"}),
        json!({"type": "publish", "channel": "c", "body": message("x"), "visibility": {"only": "ada"}}),
        json!({"type": "history", "channel": "c", "before": "7"}),
        json!({"type": "unsubscribe"}),
    ];
    for mut frame in bad {
        frame["ref"] = json!("r");
        let error = socket.refused(frame.to_string(), "bad_frame").await;
        assert_eq!(error["ref"], "r", "{frame}");
    }
    assert_eq!(
        relay.get("/api/channels/c").await.status,
        404,
        "nothing was made"
    );
}

#[tokio::test]
async fn a_frame_that_needs_a_ref_and_has_none_is_a_bad_frame() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    let bad = [
        json!({"type": "subscribe", "channel": "c"}),
        json!({"type": "unsubscribe", "channel": "c"}),
        json!({"type": "publish", "channel": "c", "body": message("x")}),
        json!({"type": "history", "channel": "c"}),
        json!({"type": "history", "channel": "c", "ref": 7}),
    ];
    for frame in bad {
        let error = socket.refused(frame.to_string(), "bad_frame").await;
        assert!(
            error["message"].as_str().unwrap().contains("ref") || frame["ref"] == 7,
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_ref_an_id_a_key_and_a_name_have_their_lengths() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    let long = "x".repeat(129);
    socket
        .refused(
            json!({"type": "hello", "name": long}).to_string(),
            "invalid",
        )
        .await;
    let bad = [
        json!({"type": "subscribe", "ref": long, "channel": "c"}),
        json!({"type": "subscribe", "ref": "1", "channel": long}),
        json!({"type": "subscribe", "ref": "1", "channel": ""}),
        json!({"type": "subscribe", "ref": "1", "channel": "a/b"}),
        json!({"type": "subscribe", "ref": "1", "channel": ".."}),
        json!({"type": "publish", "ref": "1", "channel": "c", "body": message("x"), "id": long}),
        json!({"type": "publish", "ref": "1", "channel": "c", "body": message("x"), "id": "a\nb"}),
        json!({"type": "signal", "channel": "c", "key": "k".repeat(193), "op": {"set": 1}}),
        json!({"type": "signal", "channel": "c", "key": "", "op": {"set": 1}}),
        json!({"type": "hello", "member": long}),
    ];
    for frame in bad {
        socket.refused(frame.to_string(), "bad_frame").await;
    }
    let just = "x".repeat(128);
    let frame = json!({"type": "publish", "channel": just, "body": message("x"), "id": just});
    assert_eq!(socket.ask(frame).await["type"], "published");
}

#[tokio::test]
async fn a_frame_that_nests_too_deep_is_a_bad_frame_and_one_within_is_stored() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    // The frame and the body are two of the 64.
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let frame = |depth| {
        let data = nested(depth);
        format!(
            r#"{{"type":"publish","ref":"1","channel":"c","body":{{"type":"custom","name":"n","data":{data}}}}}"#
        )
    };
    for depth in [63, 100, 5_000, 100_000] {
        socket.refused(frame(depth), "bad_frame").await;
    }
    socket.send_message(Message::text(frame(62))).await;
    socket
        .until("published", |frame| frame["type"] == "published")
        .await;
    let page = relay.get("/api/channels/c/events").await;
    assert!(page.text.contains(&nested(62)));
}

#[tokio::test]
async fn an_unknown_channel_is_not_found_for_subscribe_and_history() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    for name in ["subscribe", "history", "unsubscribe"] {
        let reply = socket
            .ask(json!({"type": name, "channel": "nowhere"}))
            .await;
        assert_eq!(
            (&reply["type"], &reply["code"]),
            (&json!("error"), &json!("not_found"))
        );
    }
    socket.is_alive().await;
    assert_eq!(
        relay.get("/api/channels/nowhere").await.status,
        404,
        "nothing was made"
    );
}

#[tokio::test]
async fn bodies_that_only_the_relay_writes_are_refused() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    let bodies = [
        json!({"type": "channel_created", "name": "n"}),
        json!({"type": "joined"}),
        json!({"type": "left"}),
        json!({"type": "hint_delivered", "hint": "h", "via": "poll"}),
        json!({"type": "hint_expired", "hint": "h"}),
        json!({"type": "permission_resolved", "request": "r", "outcome": "expired"}),
    ];
    for body in bodies {
        let reply = socket
            .ask(json!({"type": "publish", "channel": "c", "body": body}))
            .await;
        assert_eq!(reply["code"], "invalid", "{body}");
    }
    relay
        .get("/api/channels/c/events")
        .await
        .refused(404, "not_found");
    let presence = json!({"type": "signal", "channel": "c", "key": "presence", "op": {"set": 1}});
    socket.refused(presence.to_string(), "invalid").await;
}

#[tokio::test]
async fn a_body_of_a_known_type_must_fit_its_table() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    let bodies = [
        json!({"no": "type"}),
        json!({"type": ""}),
        json!({"type": "message", "role": "user"}),
        json!({"type": "tool_started", "call": 7, "tool": "Read"}),
        json!({"type": "tool_started", "call": "1", "tool": "x".repeat(4097)}),
        json!({"type": "operation_finished", "ok": "yes"}),
        json!({"type": "hint_acknowledged"}),
        json!({"type": "usage", "input_tokens": -1, "output_tokens": 1}),
    ];
    for body in bodies {
        let reply = socket
            .ask(json!({"type": "publish", "channel": "c", "body": body}))
            .await;
        assert_eq!(reply["code"], "invalid", "{body:.80}");
        assert!(reply["message"].as_str().unwrap().len() > 10, "{reply}");
    }
    let long = message("x".repeat(253_952));
    let reply = socket
        .ask(json!({"type": "publish", "channel": "c", "body": long}))
        .await;
    assert_eq!(reply["code"], "too_large");
    socket.is_alive().await;
}

#[tokio::test]
async fn hints_and_requests_are_not_for_agents_only() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    let hint = json!({"type": "hint", "hint": {"kind": "text", "text": "x"}});
    let question = json!({"type": "question_asked", "request": "q", "text": "?"});
    for body in [hint, question] {
        let frame =
            json!({"type": "publish", "channel": "c", "body": body, "visibility": "agents"});
        assert_eq!(socket.ask(frame).await["code"], "invalid");
    }
}

#[tokio::test]
async fn history_does_not_go_both_ways_at_once() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let mut socket = relay.socket().await;
    let reply = socket
        .ask(json!({"type": "history", "channel": "c", "before": 2, "after": 1}))
        .await;
    assert_eq!(reply["code"], "invalid");
}

#[tokio::test]
async fn hello_comes_first_or_not_at_all() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    socket.is_alive().await;
    socket
        .refused(r#"{"type":"hello","member":"ada"}"#, "invalid")
        .await;
}

#[tokio::test]
async fn a_signal_op_that_does_not_apply_is_an_error_without_ref() {
    let relay = Relay::start().await;
    let mut socket = relay.socket().await;
    let frame = |op| json!({"type": "signal", "channel": "c", "key": "k", "op": op}).to_string();
    socket
        .send_message(Message::text(frame(json!({"set": 7}))))
        .await;
    let rows = json!({"rows": {"width": 2, "height": 1, "rows": {"0": "x"}}});
    for op in [json!({"append": "x"}), rows] {
        let error = socket.refused(frame(op), "invalid").await;
        assert!(error.get("ref").is_none());
    }
    for op in [
        json!({}),
        json!({"dance": 1}),
        json!({"append": 1}),
        json!({"clear": false}),
        json!(7),
    ] {
        socket.refused(frame(op), "bad_frame").await;
    }
}

//! Bad HTTP requests: the right status, the right code, and a sentence that says what to do.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, Relay, message};

const EVENTS: &str = "/api/channels/c/events";

#[tokio::test]
async fn a_malformed_body_is_named_by_its_number_and_its_line() {
    let relay = Relay::start().await;
    let lines = format!(
        "{}\n{}\n{{\"type\": nonsense}}\n",
        message("a"),
        message("b")
    );
    let sentence = relay.post(EVENTS, lines).await.refused(400, "bad_frame");
    assert!(
        sentence.contains("body 3") && sentence.contains("line 3"),
        "{sentence}"
    );
    let sentence = relay
        .post(EVENTS, "{\"type\":\"message\"")
        .await
        .refused(400, "bad_frame");
    assert!(sentence.contains("body 1"), "{sentence}");
    for text in [
        "",
        "  \n ",
        "[]",
        "7",
        "\"text\"",
        "[7]",
        "[",
        "null",
        "\u{feff}{}",
    ] {
        relay.post(EVENTS, text).await.refused(400, "bad_frame");
    }
    relay.get("/api/channels/c").await.refused(404, "not_found");
}

#[tokio::test]
async fn one_bad_body_refuses_all() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("first")])).await;
    let bodies = json!([message("a"), {"type": "message", "role": "user"}]);
    relay
        .post(EVENTS, bodies.to_string())
        .await
        .refused(422, "invalid");
    let bodies = json!([message("a"), {"type": "joined"}]);
    relay
        .post(EVENTS, bodies.to_string())
        .await
        .refused(422, "invalid");
    let bodies = json!([message("a"), {"type": "hint_acknowledged", "hint": "none"}]);
    relay
        .post(EVENTS, bodies.to_string())
        .await
        .refused(404, "not_found");
    assert_eq!(relay.get("/api/channels/c").await.json()["head"], 2);
}

#[tokio::test]
async fn one_body_an_array_and_lines_all_publish() {
    let relay = Relay::start().await;
    let n_published = |answer: &Answer| answer.json()["published"].as_array().unwrap().len();
    let one = relay.post(EVENTS, message("a").to_string()).await;
    let array = relay
        .post(EVENTS, json!([message("a"), message("b")]).to_string())
        .await;
    let lines = format!("{}\r\n\n{}\n{}", message("a"), message("b"), message("c"));
    let lines = relay.post(EVENTS, lines).await;
    assert_eq!(
        [n_published(&one), n_published(&array), n_published(&lines)],
        [1, 2, 3]
    );
}

#[tokio::test]
async fn more_than_1000_bodies_and_more_than_4_mib_are_too_large() {
    let relay = Relay::start().await;
    let lines = |n| format!("{}\n", message("x")).repeat(n);
    assert_eq!(relay.post(EVENTS, lines(1000)).await.status, 200);
    relay
        .post(EVENTS, lines(1001))
        .await
        .refused(413, "too_large");
    let array = vec![message("x"); 1001];
    relay
        .post(EVENTS, json!(array).to_string())
        .await
        .refused(413, "too_large");
    let padded = |bytes: usize| message("x").to_string() + &" ".repeat(bytes);
    relay
        .post(EVENTS, padded(4 * 1024 * 1024))
        .await
        .refused(413, "too_large");
    relay
        .post("/api/channels", padded(4 * 1024 * 1024))
        .await
        .refused(413, "too_large");
    relay
        .post("/api/channels/c/requests", padded(4 * 1024 * 1024))
        .await
        .refused(413, "too_large");
    relay
        .post(
            "/api/channels/c/hints/h/acknowledge",
            padded(4 * 1024 * 1024),
        )
        .await
        .refused(413, "too_large");
    let large = message("x".repeat(253_952));
    relay
        .post(EVENTS, large.to_string())
        .await
        .refused(413, "too_large");
    assert_eq!(relay.get("/api/channels/c").await.json()["head"], 1001);
}

#[tokio::test]
async fn what_is_not_json_where_json_is_wanted_is_a_bad_frame() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let calls = [
        (Method::POST, "/api/channels"),
        (Method::POST, "/api/channels/c/requests"),
        (Method::POST, "/api/channels/c/requests/r/resolve"),
        (Method::POST, "/api/channels/c/hints/h/acknowledge"),
        (Method::PUT, "/api/channels/c/signals/k"),
    ];
    for (method, path) in calls {
        let request = relay.request(method.clone(), path).body("nonsense");
        Answer::to(request).await.refused(400, "bad_frame");
        if !path.ends_with("acknowledge") {
            let request = relay
                .request(method, path)
                .header("content-type", "text/plain")
                .body("{}");
            Answer::to(request).await.refused(400, "bad_frame");
        }
    }
}

#[tokio::test]
async fn json_of_the_wrong_shape_is_invalid() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    for body in [
        "{}",
        r#"{"name":7}"#,
        r#"{"name":""}"#,
        r#"{"id":"a/b","name":"n"}"#,
        r#"{"id":"..","name":"n"}"#,
    ] {
        relay
            .post("/api/channels", body)
            .await
            .refused(422, "invalid");
    }
    let long = json!({"name": "x".repeat(129)});
    relay
        .post("/api/channels", long.to_string())
        .await
        .refused(422, "invalid");
    relay
        .post("/api/channels/c/requests", message("x").to_string())
        .await
        .refused(422, "invalid");
    for body in ["{}", "[{}]", r#"{"type":""}"#, r#"{"type":7}"#] {
        relay.post(EVENTS, body).await.refused(422, "invalid");
    }
    for op in [
        "{}",
        r#"{"set":1,"append":"x"}"#,
        r#"{"append":1}"#,
        r#"{"rows":{"width":1}}"#,
    ] {
        let request = relay.request(Method::PUT, "/api/channels/c/signals/k");
        Answer::to(request.body(op)).await.refused(422, "invalid");
    }
}

#[tokio::test]
async fn a_bad_part_of_a_path_is_invalid() {
    let relay = Relay::start().await;
    let long = "x".repeat(129);
    for id in ["a%20b", "a%2Fb", "%C3%A4", "%FF", long.as_str()] {
        relay
            .get(&format!("/api/channels/{id}"))
            .await
            .refused(422, "invalid");
        relay
            .post(&format!("/api/channels/{id}/events"), "{}")
            .await
            .refused(422, "invalid");
    }
    let key = "k".repeat(193);
    let request = relay.request(Method::PUT, &format!("/api/channels/c/signals/{key}"));
    Answer::to(request.body(r#"{"set":1}"#))
        .await
        .refused(422, "invalid");
    relay
        .get("/api/channels/c/requests/%00")
        .await
        .refused(422, "invalid");
}

#[tokio::test]
async fn bad_questions_are_invalid() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let queries = [
        "events?limit=many",
        "events?limit=-1",
        "events?before=1&after=1",
        "events?after=x",
        "events?after=0&wait=61",
        "events?wait=forever",
        "stream?history=x",
        "hints?wait=61",
        "requests/r?wait=61",
    ];
    for query in queries {
        relay
            .get(&format!("/api/channels/c/{query}"))
            .await
            .refused(422, "invalid");
    }
    relay
        .post(&format!("{EVENTS}?visibility=,"), message("x").to_string())
        .await
        .refused(422, "invalid");
    let stream = relay.request(Method::GET, "/api/channels/c/stream");
    Answer::to(stream.header("last-event-id", "nonsense"))
        .await
        .refused(422, "invalid");
}

#[tokio::test]
async fn a_refused_publish_makes_no_channel() {
    let relay = Relay::start().await;
    let bodies = [
        json!({"type": "joined"}),
        json!({"type": "message"}),
        message("x".repeat(253_952)),
    ];
    for body in bodies {
        let refused = relay.post(EVENTS, body.to_string()).await;
        assert!(refused.status.is_client_error(), "{}", refused.text);
    }
    let request = relay
        .request(Method::POST, EVENTS)
        .header("idempotency-key", "x".repeat(129));
    Answer::to(request.json(&message("x")))
        .await
        .refused(422, "invalid");
    let ask = json!({"type": "question_asked", "request": "q", "text": 7}).to_string();
    relay
        .post("/api/channels/c/requests", ask)
        .await
        .refused(422, "invalid");
    assert_eq!(
        relay.get("/api/channels").await.json(),
        json!({"channels": []})
    );
}

#[tokio::test]
async fn a_refused_wait_asks_nothing() {
    let relay = Relay::start().await;
    let question = json!({"type": "question_asked", "request": "q", "text": "?"}).to_string();
    relay
        .post("/api/channels/c/requests?wait=61", question)
        .await
        .refused(422, "invalid");
    relay.get("/api/channels/c").await.refused(404, "not_found");
}

#[tokio::test]
async fn unknown_calls_and_methods_are_refused_in_json() {
    let relay = Relay::start().await;
    for path in [
        "/api",
        "/api/",
        "/api/nowhere",
        "/api/channels/c/nowhere",
        "/nowhere",
        "/ws/c/d",
    ] {
        relay.get(path).await.refused(404, "not_found");
    }
    for (method, path) in [
        ("DELETE", "/api/channels"),
        ("PATCH", EVENTS),
        ("POST", "/health"),
        ("POST", "/ws"),
    ] {
        let request = relay.request(method.parse().unwrap(), path);
        let sentence = Answer::to(request).await.refused(405, "invalid");
        assert!(sentence.contains("/openapi.json"));
    }
}

#[tokio::test]
async fn an_unknown_channel_is_not_found_for_those_that_only_look() {
    let relay = Relay::start().await;
    for path in ["", "/events", "/stream", "/requests/r"] {
        relay
            .get(&format!("/api/channels/nowhere{path}"))
            .await
            .refused(404, "not_found");
    }
    relay
        .post("/api/channels/nowhere/leave", "")
        .await
        .refused(404, "not_found");
    relay
        .post("/api/channels/nowhere/hints/h/acknowledge", "")
        .await
        .refused(404, "not_found");
    relay
        .post(
            "/api/channels/nowhere/requests/r/resolve",
            r#"{"outcome":"allowed"}"#,
        )
        .await
        .refused(404, "not_found");
    assert_eq!(
        relay.get("/api/channels").await.json(),
        json!({"channels": []})
    );
}

#[tokio::test]
async fn a_removed_channel_is_not_found_until_it_is_created_again_with_a_new_epoch() {
    let relay = Relay::start().await;
    relay.publish("c", json!([message("a")])).await;
    let before = relay.get("/api/channels/c").await.json();
    let remove = || Answer::to(relay.request(Method::DELETE, "/api/channels/c"));
    assert_eq!(remove().await.status, 204);
    remove().await.refused(404, "not_found");
    relay
        .post(EVENTS, message("b").to_string())
        .await
        .refused(404, "not_found");
    relay
        .get("/api/channels/c/hints")
        .await
        .refused(404, "not_found");
    relay
        .post("/api/channels/c/join", "")
        .await
        .refused(404, "not_found");
    let made = relay
        .post("/api/channels", r#"{"id":"c","name":"Again"}"#)
        .await;
    assert_eq!(made.status, 201);
    assert_ne!(made.json()["epoch"], before["epoch"]);
    assert_eq!(
        made.json()["head"],
        1,
        "an empty history but for its creation"
    );
    relay
        .post("/api/channels", r#"{"id":"c","name":"Again"}"#)
        .await
        .refused(409, "already_exists");
    assert_eq!(relay.publish("c", json!([message("b")])).await, [2]);
}

//! The OpenAPI document against the live relay: every call it names is there.

use serde_json::{Value, json};

use crate::harness::{Answer, Relay, message};

#[tokio::test]
async fn the_document_is_served_and_every_call_of_it_answers_as_it_says() {
    let relay = Relay::start().await;
    let answer = relay.get("/openapi.json").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.headers["content-type"]),
        (200, &"application/json".parse().unwrap())
    );
    let document = answer.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3."));
    relay.publish("c", json!([message("a")])).await;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let path = path
                .replace("{channel}", "c")
                .replace("{key}", "k")
                .replace("{hint}", "h")
                .replace("{request}", "r");
            // The stream would not end.
            if path.ends_with("/stream") || method == "delete" {
                continue;
            }
            let request = relay
                .request(method.to_uppercase().parse().unwrap(), &path)
                .body("{}");
            let answer = Answer::to(request).await;
            let said: Vec<_> = operation["responses"].as_object().unwrap().keys().collect();
            assert!(
                said.contains(&&answer.status.as_u16().to_string()),
                "{method} {path}: {answer:?}"
            );
            assert_ne!(answer.status, 405, "{method} {path}");
            assert!(!answer.text.contains("no such call"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_summary_and_a_page_have_the_fields_that_the_document_requires() {
    let relay = Relay::start().await;
    let document = relay.get("/openapi.json").await.json();
    let required = |schema: &str| {
        document["components"]["schemas"][schema]["required"]
            .as_array()
            .unwrap()
            .clone()
    };
    let has = |value: &Value, schema: &str| {
        for field in required(schema) {
            assert!(
                value.get(field.as_str().unwrap()).is_some(),
                "{schema}: {field} in {value}"
            );
        }
    };
    relay
        .publish(
            "c",
            json!([message("a"), {"type": "hint", "hint": {"kind": "text", "text": "x"}}]),
        )
        .await;
    has(&relay.get("/api/channels/c").await.json(), "Summary");
    let page = relay.get("/api/channels/c/events").await.json();
    has(&page, "EventList");
    has(&page["events"][1], "Event");
    has(&page["events"][1]["author"], "Author");
    let hints = relay.get("/api/channels/c/hints").await.json();
    has(&hints["hints"][0], "Hint");
    let ask = json!({"type": "question_asked", "request": "q", "text": "?"});
    has(
        &relay
            .post("/api/channels/c/requests", ask.to_string())
            .await
            .json(),
        "Request",
    );
    has(&relay.get("/api/nowhere").await.json(), "ErrorBody");
}

//! Hints for a program that hands them on are delivered when they arrived, not before.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, Relay};

async fn ask(relay: &Relay, method: Method, path: &str, member: &str, body: Value) -> Answer {
    let path = format!("/api/channels/c/{path}");
    let request = relay.request(method, &path);
    let request = request.header("pilothouse-member", member);
    Answer::to(match body {
        Value::Null => request,
        body => request.json(&body),
    })
    .await
}

async fn lease(relay: &Relay, member: &str) -> Value {
    let answer = ask(relay, Method::POST, "leases", member, Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

async fn with_hint() -> Relay {
    let relay = Relay::start().await;
    let hint = json!({"type": "hint", "hint": {"kind": "text", "text": "slower"}});
    let given = ask(&relay, Method::POST, "events", "ada", hint).await;
    assert_eq!(given.status, 200, "{}", given.text);
    relay
}

async fn state(relay: &Relay) -> Value {
    let snapshot = relay.socket().await.subscribe("c").await["snapshot"].clone();
    snapshot["hints"][0].clone()
}

#[tokio::test]
async fn hints_on_loan_are_delivered_when_it_is_said_that_they_arrived() {
    let relay = with_hint().await;
    let leased = lease(&relay, "claude").await;
    assert_eq!(leased["hints"][0]["hint"]["text"], "slower");
    assert_eq!(state(&relay).await["state"], "accepted");
    assert_eq!(lease(&relay, "codex").await, json!({"hints": []}));
    let path = format!("leases/{}/deliver", leased["lease"].as_str().unwrap());
    let said = ask(&relay, Method::POST, &path, "claude", json!({"via": "mcp"})).await;
    assert_eq!(said.status, StatusCode::NO_CONTENT, "{}", said.text);
    let hint = state(&relay).await;
    assert_eq!(
        (&hint["state"], &hint["delivered"]["via"]),
        (&json!("delivered"), &json!("mcp"))
    );
    assert_eq!(hint["delivered"]["to"]["member"], "claude");
    let again = ask(&relay, Method::POST, &path, "claude", json!({"via": "mcp"})).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn hints_that_are_given_back_are_there_for_the_next_agent() {
    let relay = with_hint().await;
    let leased = lease(&relay, "claude").await;
    let path = format!("leases/{}", leased["lease"].as_str().unwrap());
    let theirs = ask(&relay, Method::DELETE, &path, "codex", Value::Null).await;
    assert_eq!(
        theirs.status,
        StatusCode::NOT_FOUND,
        "only its taker ends a lease"
    );
    let given_back = ask(&relay, Method::DELETE, &path, "claude", Value::Null).await;
    assert_eq!(given_back.status, StatusCode::NO_CONTENT);
    assert!(lease(&relay, "codex").await["lease"].is_string());
}

//! A request lives as long as somebody wants to know, wherever that one is by then.

use std::time::Duration;

use pilothouse_relay::config::Config;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::harness::{Answer, Relay, in_folder, in_memory, until};

fn permission(id: &str) -> Value {
    json!({
        "type": "permission_requested", "request": id, "tool": "Bash", "input": {"command": "ls"},
        "suggestions": [{"type": "addRules", "rules": [{"toolName": "Bash"}]}]
    })
}

/// Asks and waits, as the member `claude`.
fn asking(relay: &Relay, body: &Value) -> JoinHandle<Answer> {
    let path = "/api/channels/c/requests?wait=60";
    let request = relay.request(Method::POST, path).body(body.to_string());
    tokio::spawn(Answer::to(request.header("pilothouse-member", "claude")))
}

async fn resolve(relay: &Relay, id: &str, how: Value) -> Answer {
    let path = format!("/api/channels/c/requests/{id}/resolve");
    relay.post(&path, how.to_string()).await
}

async fn request(relay: &Relay, id: &str) -> Value {
    let path = format!("/api/channels/c/requests/{id}");
    until("the request", async || {
        let answer = relay.get(&path).await;
        (answer.status == 200).then(|| answer.json())
    })
    .await
}

async fn outcome(relay: &Relay, id: &str) -> Value {
    until("an outcome", async || {
        let resolution = request(relay, id).await["resolution"].clone();
        (!resolution.is_null()).then_some(resolution)
    })
    .await
}

fn impatient(config: Config) -> Config {
    Config {
        asker_grace: Duration::from_millis(200),
        ..config
    }
}

#[tokio::test]
async fn a_request_is_withdrawn_when_its_asker_is_gone() {
    let relay = Relay::with(impatient(in_memory())).await;
    let waiting = asking(&relay, &permission("p"));
    assert_eq!(request(&relay, "p").await["waits"], true);
    waiting.abort();
    let resolution = outcome(&relay, "p").await;
    assert_eq!(resolution["outcome"], "withdrawn");
    assert_eq!(resolution["author"]["name"], "Pilothouse");
    resolve(&relay, "p", json!({"outcome": "allowed"}))
        .await
        .refused(409, "already_resolved");
}

#[tokio::test]
async fn a_request_nobody_waits_for_stays_open_without_its_asker() {
    let relay = Relay::with(impatient(in_memory())).await;
    relay.publish("c", permission("quiet")).await;
    let waiting = asking(&relay, &permission("p"));
    request(&relay, "p").await;
    waiting.abort();
    outcome(&relay, "p").await;
    assert!(request(&relay, "quiet").await["resolution"].is_null());
}

#[tokio::test]
async fn an_asker_that_waits_on_a_socket_keeps_its_request_and_loses_it_by_going() {
    let relay = Relay::with(impatient(in_memory())).await;
    let mut claude = relay.member("claude", "agent").await;
    let mut body = permission("p");
    body["waits"] = json!(true);
    claude.publish("c", body).await;
    claude.subscribe("c").await;
    // Another's request is withdrawn meanwhile: the grace is over.
    let gone = asking(&relay, &permission("gone"));
    request(&relay, "gone").await;
    let mut codex = relay.member("codex", "agent").await;
    let mut other = permission("other");
    other["waits"] = json!(true);
    codex.publish("c", other).await;
    drop(codex);
    outcome(&relay, "other").await;
    assert!(request(&relay, "p").await["resolution"].is_null());
    gone.abort();
    drop(claude);
    assert_eq!(outcome(&relay, "p").await["outcome"], "withdrawn");
}

#[tokio::test]
async fn an_asker_that_comes_back_with_the_same_id_gets_the_outcome() {
    let relay = Relay::start().await;
    let waiting = asking(&relay, &permission("p"));
    request(&relay, "p").await;
    waiting.abort();
    let resolved = resolve(
        &relay,
        "p",
        json!({"outcome": "denied", "message": "not now"}),
    )
    .await;
    assert_eq!(resolved.status, 200, "{}", resolved.text);
    let again = asking(&relay, &permission("p")).await.unwrap().json();
    assert_eq!(again["resolution"]["outcome"], "denied");
    assert_eq!(again["resolution"]["message"], "not now");
}

#[tokio::test]
async fn a_request_outlives_the_relay_and_its_asker_gets_the_outcome_from_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    let waiting = asking(&relay, &permission("p"));
    request(&relay, "p").await;
    relay.stop().await;
    waiting.await.unwrap().refused(503, "unavailable");
    let relay = Relay::with(in_folder(&folder)).await;
    let waiting = asking(&relay, &permission("p"));
    let edited = json!({"outcome": "allowed", "updated_input": {"command": "ls -l"}});
    assert_eq!(resolve(&relay, "p", edited).await.status, 200);
    let entry = waiting.await.unwrap().json();
    assert_eq!(entry["resolution"]["updated_input"]["command"], "ls -l");
}

#[tokio::test]
async fn a_request_whose_asker_did_not_come_back_after_a_restart_is_withdrawn() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    let waiting = asking(&relay, &permission("p"));
    request(&relay, "p").await;
    relay.stop().await;
    drop(waiting);
    let relay = Relay::with(impatient(in_folder(&folder))).await;
    assert_eq!(outcome(&relay, "p").await["outcome"], "withdrawn");
}

#[tokio::test]
async fn always_echoes_a_suggestion_of_the_request_and_nothing_else() {
    let relay = Relay::start().await;
    relay.publish("c", permission("p")).await;
    let offered = permission("p")["suggestions"].clone();
    let invented = json!([{"type": "addRules", "rules": [{"toolName": "*"}]}]);
    for how in [
        json!({"outcome": "allowed", "suggestions": invented}),
        json!({"outcome": "denied", "suggestions": offered}),
    ] {
        resolve(&relay, "p", how).await.refused(422, "invalid");
    }
    let always = resolve(
        &relay,
        "p",
        json!({"outcome": "allowed", "suggestions": offered}),
    )
    .await;
    assert_eq!(always.json()["resolution"]["suggestions"], offered);
}

#[tokio::test]
async fn an_outcome_fits_the_request_and_who_says_it() {
    let relay = Relay::start().await;
    let mut claude = relay.member("claude", "agent").await;
    claude.publish("c", permission("p")).await;
    let question = json!({"type": "question_asked", "request": "q", "text": "?"});
    claude.publish("c", question).await;
    for (id, outcome) in [
        ("p", "answered"),
        ("q", "allowed"),
        ("p", "withdrawn"),
        ("q", "elsewhere"),
    ] {
        resolve(&relay, id, json!({"outcome": outcome}))
            .await
            .refused(422, "invalid");
    }
    let withdrawn = json!({"type": "permission_resolved", "request": "p", "outcome": "withdrawn"});
    claude.publish("c", withdrawn).await;
    assert_eq!(outcome(&relay, "p").await["outcome"], "withdrawn");
}

//! A request is resolved exactly once, and survives a restart.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pilothouse_tests::{Agent, InProcess, Process};
use serde_json::{Value, json};

fn permission(request: &str) -> Value {
    let input = json!({"command": "rm -rf target"});
    json!({"type": "permission_requested", "request": request, "tool": "Bash", "input": input})
}

#[tokio::test]
async fn whoever_asks_and_waits_is_told_the_outcome() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    agent.create().await;
    let asking = tokio::spawn({
        let agent = agent.clone();
        async move { agent.ask(&permission("r"), 30).await.ok() }
    });
    // Waits for the request as a page would: by the events.
    agent.events(1, 30).await;
    let ada = Agent::person(&relay.url(), "build", "ada");
    let resolution = json!({"outcome": "allowed", "message": "go on"});
    let _ = ada.resolve("r", &resolution).await.ok();
    let asked = asking.await.unwrap();
    assert_eq!(asked["resolution"]["outcome"], "allowed");
    assert_eq!(asked["resolution"]["message"], "go on");
    assert_eq!(asked["resolution"]["author"]["member"], "ada");
}

#[tokio::test]
async fn of_two_who_answer_at_once_one_wins_and_one_is_told() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    for n in 0..10 {
        let request = format!("r{n}");
        let _ = agent.ask(&permission(&request), 0).await.ok();
        let ada = Agent::person(&relay.url(), "build", "ada");
        let bob = Agent::person(&relay.url(), "build", "bob");
        let (allowed, denied) = (json!({"outcome": "allowed"}), json!({"outcome": "denied"}));
        let (yes, no) = tokio::join!(
            ada.resolve(&request, &allowed),
            bob.resolve(&request, &denied)
        );
        let outcome = agent.outcome(&request, 0).await["resolution"]["outcome"].clone();
        let (winner, loser, wanted) = match yes.status.is_success() {
            true => (yes, no, "allowed"),
            false => (no, yes, "denied"),
        };
        assert_eq!(winner.ok()["resolution"]["outcome"], wanted);
        assert_eq!(
            (loser.status.as_u16(), loser.code()),
            (409, "already_resolved")
        );
        assert_eq!(outcome, wanted);
    }
}

#[tokio::test]
async fn a_question_is_answered_in_words_and_one_withdrawn_stays_so() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    let ada = Agent::person(&relay.url(), "build", "ada");
    let question = json!({"type": "question_asked", "request": "q", "text": "Which port?"});
    let _ = agent.ask(&question, 0).await.ok();
    let answer = json!({"outcome": "answered", "answer": "8420"});
    let answered = ada.resolve("q", &answer).await.ok();
    assert_eq!(answered["resolution"]["answer"], "8420");

    let _ = agent.ask(&permission("w"), 0).await.ok();
    let _ = agent
        .resolve("w", &json!({"outcome": "withdrawn"}))
        .await
        .ok();
    let late = ada.resolve("w", &json!({"outcome": "allowed"})).await;
    assert_eq!(late.code(), "already_resolved");
}

#[tokio::test]
async fn a_request_nobody_answers_in_time_expires() {
    let relay = InProcess::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    let soon = SystemTime::now() + Duration::from_secs(1);
    let soon = soon.duration_since(UNIX_EPOCH).unwrap().as_millis();
    let mut body = permission("r");
    body["expires_at"] = json!(u64::try_from(soon).unwrap());
    let asked = agent.ask(&body, 30).await.ok();
    assert_eq!(asked["resolution"]["outcome"], "expired");
}

#[tokio::test]
async fn a_request_outlives_the_relay() {
    let mut relay = Process::start().await;
    let agent = Agent::new(&relay.url(), "build", "claude");
    let _ = agent.ask(&permission("open"), 0).await.ok();
    let _ = agent.ask(&permission("closed"), 0).await.ok();
    let ada = Agent::person(&relay.url(), "build", "ada");
    let _ = ada
        .resolve("closed", &json!({"outcome": "denied"}))
        .await
        .ok();
    relay.kill().await;
    relay.restart().await;

    assert_eq!(agent.summary().await["n_open_requests"], 1);
    let late = ada.resolve("closed", &json!({"outcome": "allowed"})).await;
    assert_eq!(late.code(), "already_resolved");
    // Asking again with the same id goes on waiting for the same request.
    let asking = tokio::spawn({
        let agent = agent.clone();
        async move { agent.ask(&permission("open"), 30).await.ok() }
    });
    let _ = ada
        .resolve("open", &json!({"outcome": "allowed"}))
        .await
        .ok();
    assert_eq!(asking.await.unwrap()["resolution"]["outcome"], "allowed");
}

//! Requests and hints through the client library, and its example.

#[path = "../../../examples/agent.rs"]
#[expect(dead_code, reason = "its main is not called here")]
mod example;

use pilothouse_relay::client::Answer;
use pilothouse_shared::{
    ErrorCode, Extra, Hint, HintEntry, Outcome, PermissionRequested, QuestionAsked,
};
use serde_json::json;

use super::{CHANNEL, agent, body, restart};
use crate::harness::{Relay, in_folder, message, soon, until};

fn permission(request: &str) -> PermissionRequested {
    PermissionRequested {
        request: request.parse().unwrap(),
        tool: "Bash".to_owned(),
        input: json!({"command": "make"}),
        suggestions: None,
        expires_at: None,
        waits: Some(true),
        extra: Extra::new(),
    }
}

#[tokio::test]
async fn a_permission_is_answered_across_a_restart_and_by_the_first_only() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    let asker = agent(&relay, "asker");
    let asking = {
        let asker = asker.clone();
        tokio::spawn(async move { asker.ask_permission(&CHANNEL, permission("r1")).await })
    };
    until("the request", async || {
        let answer = relay.get("/api/channels/work/requests/r1").await;
        (answer.status == 200).then_some(())
    })
    .await;
    let relay = restart(relay, in_folder(&folder)).await;
    let person = agent(&relay, "ada");
    let mut answer = Answer::from(Outcome::Allowed);
    answer.updated_input = Some(json!({"command": "make test"}));
    let request = "r1".parse().unwrap();
    let resolve = person.resolve(&CHANNEL, &request, answer);
    soon("seq", resolve).await.unwrap();
    let resolution = soon("outcome", asking).await.unwrap().unwrap();
    assert_eq!(resolution.outcome, Outcome::Allowed);
    assert_eq!(
        resolution.updated_input,
        Some(json!({"command": "make test"}))
    );
    let late = person.resolve(&CHANNEL, &request, Outcome::Denied.into());
    let late = soon("refusal", late).await.unwrap_err();
    assert_eq!(late.code(), Some(ErrorCode::AlreadyResolved));
    // As the same program would, restarted before it heard.
    let again = soon("outcome", asker.ask_permission(&CHANNEL, permission("r1"))).await;
    assert_eq!(again.unwrap().outcome, Outcome::Allowed);
}

#[tokio::test]
async fn a_question_is_answered_in_words() {
    let relay = Relay::start().await;
    let asker = agent(&relay, "asker");
    let question = QuestionAsked {
        request: "q1".parse().unwrap(),
        text: "Which one?".to_owned(),
        options: None,
        expires_at: None,
        waits: Some(true),
        extra: Extra::new(),
    };
    let asking = tokio::spawn(async move { asker.ask_question(&CHANNEL, question).await });
    until("the request", async || {
        let answer = relay.get("/api/channels/work/requests/q1").await;
        (answer.status == 200).then_some(())
    })
    .await;
    let person = agent(&relay, "ada");
    let mut answer = Answer::from(Outcome::Answered);
    answer.answer = Some("the left one".to_owned());
    let request = "q1".parse().unwrap();
    let resolve = person.resolve(&CHANNEL, &request, answer);
    soon("seq", resolve).await.unwrap();
    let resolution = soon("outcome", asking).await.unwrap().unwrap();
    assert_eq!(resolution.answer.as_deref(), Some("the left one"));
}

#[tokio::test]
async fn a_request_that_does_not_exist_is_not_waited_for() {
    let relay = Relay::start().await;
    let agent = agent(&relay, "ada");
    agent.publish(&CHANNEL, body(message("now"))).await.unwrap();
    let request = "none".parse().unwrap();
    let outcome = soon("refusal", agent.outcome(&CHANNEL, &request)).await;
    assert_eq!(outcome.unwrap_err().code(), Some(ErrorCode::NotFound));
}

/// A hint for anyone, given over HTTP.
async fn give(relay: &Relay, text: &str) {
    let hint = json!({"type": "hint", "hint": {"kind": "text", "text": text}});
    relay.publish("work", hint).await;
}

fn texts(hints: &[HintEntry]) -> Vec<&str> {
    hints
        .iter()
        .map(|hint| match &hint.hint {
            Hint::Text { text, .. } => text.as_str(),
            other => panic!("{other:?}"),
        })
        .collect()
}

#[tokio::test]
async fn hints_are_taken_once_each_and_acknowledged() {
    let relay = Relay::start().await;
    let agent = agent(&relay, "ada");
    for text in ["one", "two"] {
        give(&relay, text).await;
    }
    let hints = soon("hints", agent.take_hints(&CHANNEL, None))
        .await
        .unwrap();
    assert_eq!(texts(&hints), ["one", "two"]);
    let acknowledge = agent.acknowledge(&CHANNEL, &hints[0].id, Some("done".to_owned()));
    soon("seq", acknowledge).await.unwrap();
    let waiting = {
        let agent = agent.clone();
        tokio::spawn(async move { agent.take_hints(&CHANNEL, None).await })
    };
    give(&relay, "three").await;
    let hints = soon("hints", waiting).await.unwrap().unwrap();
    assert_eq!(texts(&hints), ["three"]);
}

#[tokio::test]
async fn an_agent_that_waits_for_hints_goes_on_waiting_across_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    let agent = agent(&relay, "ada");
    let waiting = tokio::spawn(async move { agent.take_hints(&CHANNEL, None).await });
    until("presence", async || {
        let summary = relay.get("/api/channels/work").await.json();
        (summary["agents"] == 1).then_some(())
    })
    .await;
    let relay = restart(relay, in_folder(&folder)).await;
    give(&relay, "still there?").await;
    let hints = soon("hints", waiting).await.unwrap().unwrap();
    assert_eq!(texts(&hints), ["still there?"]);
}

#[tokio::test]
async fn a_hint_that_comes_when_nobody_waits_any_more_is_there_for_the_next() {
    let relay = Relay::start().await;
    let agent = agent(&relay, "ada");
    let gone = {
        let agent = agent.clone();
        tokio::spawn(async move { agent.take_hints(&CHANNEL, None).await })
    };
    until("presence", async || {
        let answer = relay.get("/api/channels/work").await;
        (answer.status == 200 && answer.json()["agents"] == 1).then_some(())
    })
    .await;
    gone.abort();
    give(&relay, "anyone?").await;
    let hints = soon("hints", agent.take_hints(&CHANNEL, None))
        .await
        .unwrap();
    assert_eq!(texts(&hints), ["anyone?"]);
}

#[tokio::test]
async fn the_example_asks_reports_and_ends_with_a_hint() {
    let relay = Relay::start().await;
    let url = format!("http://{}", relay.address);
    let example = tokio::spawn(async move {
        let outcome = example::work(&url).await;
        outcome.map_err(|error| error.to_string())
    });
    let path = "/api/channels/example/requests/";
    let request = format!("count-{}", std::process::id());
    until("the request", async || {
        let answer = relay.get(&format!("{path}{request}")).await;
        (answer.status == 200).then_some(())
    })
    .await;
    let resolve = format!("{path}{request}/resolve");
    let answer = relay.post(&resolve, r#"{"outcome":"allowed"}"#).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    until("progress", async || {
        let summary = relay.get("/api/channels/example").await.json();
        summary["activity"]["progress"].is_number().then_some(())
    })
    .await;
    let stop = json!({"type": "hint", "hint": {"kind": "text", "text": "stop"}});
    relay.publish("example", stop).await;
    soon("end of the example", example).await.unwrap().unwrap();
    let events = relay.get("/api/channels/example/events").await.json();
    let events = events["events"].as_array().unwrap();
    let is = |name: &str| events.iter().any(|event| event["body"]["type"] == name);
    assert!(is("hint_delivered") && is("hint_acknowledged") && is("operation_finished"));
}

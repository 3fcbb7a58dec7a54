//! A person decides in the browser, or somebody does in the terminal: the first wins, and everybody is
//! told which it was.

use serde_json::{Value, json};
use tokio::task::JoinHandle;

use super::{CHANNEL, ana, body, calling, claude};
use crate::harness::{Answer, Relay, in_folder, until};

fn bash() -> Value {
    json!({"tool_name": "Bash", "tool_input": {"command": "rm -r target"}})
}

fn asking(relay: &Relay, fields: &Value) -> JoinHandle<Answer> {
    calling(relay, "/hooks/claude-code", "PermissionRequest", fields)
}

/// The id of the request, once it is asked.
async fn asked(relay: &Relay) -> String {
    let body = body(relay, "permission_requested").await;
    body["request"].as_str().unwrap().to_owned()
}

async fn resolve(relay: &Relay, request: &str, how: &Value) -> Value {
    ana(
        relay,
        &format!("/api/channels/{CHANNEL}/requests/{request}/resolve"),
        how,
    )
    .await
}

async fn outcome(relay: &Relay, request: &str) -> Value {
    let path = format!("/api/channels/{CHANNEL}/requests/{request}");
    until("an outcome", async || {
        let resolution = relay.get(&path).await.json()["resolution"].clone();
        (!resolution.is_null()).then(|| resolution["outcome"].clone())
    })
    .await
}

/// What the agent is told when Ana resolves its request.
async fn told(fields: &Value, how: &Value) -> Value {
    let relay = Relay::start().await;
    let hook = asking(&relay, fields);
    resolve(&relay, &asked(&relay).await, how).await;
    let answer = hook.await.unwrap().json();
    assert_eq!(
        answer["hookSpecificOutput"]["hookEventName"],
        "PermissionRequest"
    );
    answer["hookSpecificOutput"]["decision"].clone()
}

#[tokio::test]
async fn a_person_allows_denies_edits_and_decides_for_good() {
    let allowed = told(&bash(), &json!({"outcome": "allowed"})).await;
    assert_eq!(allowed, json!({"behavior": "allow"}));
    let denied = told(
        &bash(),
        &json!({"outcome": "denied", "message": "too early"}),
    )
    .await;
    let message = "Ana denied this in Pilothouse: too early";
    assert_eq!(denied, json!({"behavior": "deny", "message": message}));
    let input = json!({"command": "rm -r target/debug"});
    let edited = told(
        &bash(),
        &json!({"outcome": "allowed", "updated_input": input}),
    )
    .await;
    assert_eq!(edited, json!({"behavior": "allow", "updatedInput": input}));
    let rule = json!({"type": "addRules", "behavior": "allow", "destination": "localSettings",
        "rules": [{"toolName": "Bash", "ruleContent": "rm -r target"}]});
    let mut suggesting = bash();
    suggesting["permission_suggestions"] = json!([rule]);
    let always = told(
        &suggesting,
        &json!({"outcome": "allowed", "suggestions": [rule]}),
    )
    .await;
    assert_eq!(
        always,
        json!({"behavior": "allow", "updatedPermissions": [rule]})
    );
}

#[tokio::test]
async fn codex_is_answered_with_what_it_takes() {
    let relay = Relay::start().await;
    let channel = "codex-website-7f3a9c21";
    // Its terminal asks only when the hook has no answer, and nobody is there to have one.
    let alone = calling(&relay, "/hooks/codex", "PermissionRequest", &bash());
    assert_eq!(alone.await.unwrap().json(), json!({}));
    let mut watcher = relay.member("ana", "human").await;
    watcher.subscribe(channel).await;
    let hook = calling(&relay, "/hooks/codex", "PermissionRequest", &bash());
    let request = until("the request", async || {
        let events = relay
            .get(&format!("/api/channels/{channel}/events"))
            .await
            .json();
        let events = events["events"].as_array()?.clone();
        let body = events.into_iter().map(|event| event["body"].clone());
        body.into_iter()
            .find(|body| body["type"] == "permission_requested")
    });
    let request = request.await["request"].as_str().unwrap().to_owned();
    let path = format!("/api/channels/{channel}/requests/{request}/resolve");
    ana(&relay, &path, &json!({"outcome": "denied"})).await;
    let decision = json!({"behavior": "deny", "message": "Ana denied this in Pilothouse"});
    let wanted =
        json!({"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": decision}});
    assert_eq!(hook.await.unwrap().json(), wanted);
}

#[tokio::test]
async fn what_the_terminal_decided_first_is_elsewhere_and_the_hook_says_nothing() {
    for event in [
        "PostToolUse",
        "PostToolUseFailure",
        "PermissionDenied",
        "Stop",
        "UserPromptSubmit",
    ] {
        let relay = Relay::start().await;
        let hook = asking(&relay, &bash());
        let request = asked(&relay).await;
        let mut evidence = bash();
        evidence["tool_use_id"] = json!("t1");
        claude(&relay, event, &evidence).await;
        assert_eq!(hook.await.unwrap().json(), json!({}), "{event}");
        assert_eq!(outcome(&relay, &request).await, "elsewhere", "{event}");
    }
}

#[tokio::test]
async fn a_hook_whose_time_is_over_says_nothing_and_the_request_expires() {
    let relay = Relay::start().await;
    let hook = calling(
        &relay,
        "/hooks/claude-code?timeout=1",
        "PermissionRequest",
        &bash(),
    );
    let request = asked(&relay).await;
    assert_eq!(hook.await.unwrap().json(), json!({}));
    assert_eq!(outcome(&relay, &request).await, "expired");
}

#[tokio::test]
async fn a_hook_that_is_gone_leaves_a_moment_for_evidence() {
    let relay = Relay::start().await;
    let hook = asking(&relay, &bash());
    let request = asked(&relay).await;
    hook.abort();
    let mut ran = bash();
    ran["tool_use_id"] = json!("t1");
    claude(&relay, "PostToolUse", &ran).await;
    assert_eq!(outcome(&relay, &request).await, "elsewhere");
}

#[tokio::test]
async fn a_hook_that_is_gone_for_good_withdraws_its_request() {
    let relay = Relay::start().await;
    let (hook, again) = (asking(&relay, &bash()), asking(&relay, &bash()));
    let request = asked(&relay).await;
    hook.abort();
    again.abort();
    assert_eq!(outcome(&relay, &request).await, "withdrawn");
}

#[tokio::test]
async fn a_hook_that_is_called_again_waits_for_the_same_request_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    let hook = asking(&relay, &bash());
    let request = asked(&relay).await;
    relay.stop().await;
    hook.await.unwrap().refused(503, "unavailable");
    let relay = Relay::with(in_folder(&folder)).await;
    let hook = asking(&relay, &bash());
    resolve(&relay, &request, &json!({"outcome": "allowed"})).await;
    let decision = hook.await.unwrap().json()["hookSpecificOutput"]["decision"].clone();
    assert_eq!(decision, json!({"behavior": "allow"}));
    // What is asked after that is asked anew.
    let hook = asking(&relay, &bash());
    let second = until("another request", async || {
        Some(asked(&relay).await).filter(|asked| *asked != request)
    });
    resolve(&relay, &second.await, &json!({"outcome": "denied"})).await;
    assert_eq!(hook.await.unwrap().status, 200);
}

fn question() -> Value {
    let options = json!([{"label": "8420"}, {"label": "8421"}]);
    let input =
        json!({"questions": [{"question": "Which port?", "header": "Port", "options": options}]});
    json!({"tool_name": "AskUserQuestion", "tool_use_id": "q1", "tool_input": input})
}

fn answered() -> Value {
    let mut input = question()["tool_input"].clone();
    input["answers"] = json!({"Which port?": "8421"});
    input
}

#[tokio::test]
async fn a_question_is_answered_beside_the_terminal() {
    let relay = Relay::start().await;
    // Nobody watches: the terminal asks at once.
    assert_eq!(claude(&relay, "PreToolUse", &question()).await, json!({}));
    let hook = asking(&relay, &question());
    let asked = body(&relay, "question_asked").await;
    assert_eq!(
        (&asked["text"], &asked["options"]),
        (&json!("Which port?"), &json!(["8420", "8421"]))
    );
    let answer = json!({"outcome": "answered", "answer": "8421"});
    resolve(&relay, asked["request"].as_str().unwrap(), &answer).await;
    let decision = hook.await.unwrap().json()["hookSpecificOutput"]["decision"].clone();
    assert_eq!(
        decision,
        json!({"behavior": "allow", "updatedInput": answered()})
    );
}

#[tokio::test]
async fn a_question_is_held_while_somebody_watches_and_then_goes_on_in_the_terminal() {
    let relay = Relay::start().await;
    claude(&relay, "SessionStart", &json!({"source": "startup"})).await;
    let mut watcher = relay.member("ana", "human").await;
    watcher.subscribe(CHANNEL).await;
    let held = calling(
        &relay,
        "/hooks/claude-code?hold=1",
        "PreToolUse",
        &question(),
    );
    let request = body(&relay, "question_asked").await["request"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(held.await.unwrap().json(), json!({}), "nobody answered");
    let hook = asking(&relay, &question());
    let answer = json!({"outcome": "answered", "answer": "8421"});
    resolve(&relay, &request, &answer).await;
    let decision = hook.await.unwrap().json()["hookSpecificOutput"]["decision"].clone();
    assert_eq!(decision["updatedInput"], answered());

    claude(&relay, "PostToolUse", &question()).await;
    let mut again = question();
    again["tool_use_id"] = json!("q2");
    let held = calling(&relay, "/hooks/claude-code?hold=60", "PreToolUse", &again);
    let second = until("another question", async || {
        let asked = body(&relay, "question_asked").await["request"]
            .as_str()
            .unwrap()
            .to_owned();
        Some(asked).filter(|asked| *asked != request)
    });
    resolve(&relay, &second.await, &answer).await;
    let wanted = json!({"hookEventName": "PreToolUse", "permissionDecision": "allow", "updatedInput": answered()});
    assert_eq!(held.await.unwrap().json()["hookSpecificOutput"], wanted);
}

#[tokio::test]
async fn a_plan_is_accepted_or_sent_back() {
    let plan = json!({"tool_name": "ExitPlanMode", "tool_input": {"plan": "1. Mend it"}});
    let allowed = told(&plan, &json!({"outcome": "allowed"})).await;
    assert_eq!(
        allowed,
        json!({"behavior": "allow", "updatedInput": {"plan": "1. Mend it"}})
    );
    let denied = told(&plan, &json!({"outcome": "denied", "message": "smaller"})).await;
    assert_eq!(denied["message"], "Ana denied this in Pilothouse: smaller");
}

#[tokio::test]
async fn an_end_of_the_session_withdraws_what_it_asked() {
    let relay = Relay::start().await;
    let hook = asking(&relay, &bash());
    let request = asked(&relay).await;
    assert_eq!(
        claude(&relay, "SessionEnd", &json!({"reason": "other"})).await,
        json!({})
    );
    assert_eq!(outcome(&relay, &request).await, "withdrawn");
    assert_eq!(hook.await.unwrap().json(), json!({}));
}

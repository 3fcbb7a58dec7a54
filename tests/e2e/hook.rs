//! An agent is told what it accepts, and is never held back.

use std::time::Duration;

use pilothouse_tests::{Agent, Finished, Home, InProcess, Proxy, Reply, Stub, binary, hint};
use serde_json::{Value, json};

fn event(name: &str) -> String {
    json!({"hook_event_name": name, "session_id": "s", "cwd": "/somewhere"}).to_string()
}

async fn hook(agent: &str, url: &str, input: &str) -> Finished {
    Home::new().run(&["hook", agent, "--url", url], input).await
}

fn said(done: &Finished) -> Value {
    serde_json::from_str(&done.stdout).unwrap()
}

/// Nothing that an agent could take for an answer or a failure.
fn is_silent(done: &Finished) {
    assert!(done.status.success(), "{done:?}");
    assert_eq!((&done.stdout[..], &done.stderr[..]), ("", ""));
}

#[tokio::test]
async fn an_event_reaches_the_relay_whole_and_the_answer_comes_back() {
    let answer = json!({"hookSpecificOutput": {
        "hookEventName": "SessionStart", "additionalContext": "Ada wrote: look at the cache",
    }});
    let relay = Stub::start({
        let answer = answer.clone();
        move |_| Reply::json(&answer)
    })
    .await;
    for agent in ["claude-code", "codex"] {
        let done = hook(agent, &relay.url(), &event("SessionStart")).await;
        assert!(done.status.success());
        assert_eq!(said(&done), answer);
    }
    let heard = relay.heard();
    assert!(heard[0].path.starts_with("/hooks/claude-code"));
    assert!(heard[1].path.starts_with("/hooks/codex"));
    assert_eq!(heard[0].body["cwd"], "/somewhere");
}

#[tokio::test]
async fn an_agent_is_told_only_what_it_accepts() {
    let decision = json!({"behavior": "allow", "updatedInput": {}, "updatedPermissions": []});
    let answer = json!({
        "systemMessage": "x", "suppressOutput": true, "continue": false, "news": 1,
        "hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": decision},
    });
    let relay = Stub::start(move |_| Reply::json(&answer)).await;
    let done = hook("codex", &relay.url(), &event("PermissionRequest")).await;
    let allow = json!({"hookEventName": "PermissionRequest", "decision": {"behavior": "allow"}});
    assert_eq!(said(&done), json!({ "hookSpecificOutput": allow }));
    let done = hook("codex", &relay.url(), &event("SessionEnd")).await;
    is_silent(&done);
}

#[tokio::test]
async fn a_relay_that_is_down_or_talks_nonsense_is_no_obstacle() {
    is_silent(&hook("codex", "http://127.0.0.1:1", &event("PreToolUse")).await);
    let page = || "<html>".to_owned();
    for reply in [
        Reply::Text(500, "text/html", page()),
        Reply::Text(200, "text/html", page()),
        Reply::Text(200, "application/json", "[1]".to_owned()),
        Reply::Text(204, "text/plain", String::new()),
        Reply::Text(
            200,
            "application/json",
            format!("\"{}\"", "x".repeat(1 << 20)),
        ),
    ] {
        let relay = Stub::start(move |_| reply.clone()).await;
        is_silent(&hook("claude-code", &relay.url(), &event("Stop")).await);
        is_silent(&hook("codex", &relay.url(), &event("PermissionRequest")).await);
        let any = ["hook", "json", "--channel", "a", "--url", &relay.url()];
        is_silent(&Home::new().run(&any, "{}").await);
    }
}

#[tokio::test]
async fn what_is_set_for_other_commands_makes_no_hook_fail() {
    // Was refused with status 64: the environment's PILOTHOUSE_MEMBER had to be an id.
    let relay = Stub::start(|_| Reply::json(&json!({}))).await;
    let url = relay.url();
    let arguments = [
        "hook", "codex", "--member", "no id\n", "--name", "", "--url", &url,
    ];
    is_silent(&Home::new().run(&arguments, &event("Stop")).await);
    assert_eq!(relay.heard().len(), 1);
}

#[tokio::test]
async fn a_relay_that_hangs_is_given_up_on() {
    let relay = Stub::start(|_| Reply::Never).await;
    let url = relay.url();
    is_silent(&hook("codex", &url, &event("PostToolUse")).await);
    let home = Home::new();
    let short = ["hook", "codex", "--wait", "1", "--url", &url];
    is_silent(&home.run(&short, &event("PermissionRequest")).await);
}

#[tokio::test]
async fn a_person_who_is_asked_has_more_time_than_the_relay() {
    let relay = Stub::start(|heard| {
        let decision = json!({"behavior": "deny", "message": "Ada denied this"});
        let output = json!({"hookEventName": "PermissionRequest", "decision": decision});
        assert!(heard.path.ends_with("timeout=590"), "{}", heard.path);
        Reply::json(&json!({ "hookSpecificOutput": output }))
    })
    .await;
    let slow = Proxy::to(relay.address()).await;
    slow.delay(Duration::from_secs(3));
    let url = slow.url();
    is_silent(&hook("codex", &url, &event("PostToolUse")).await);
    let done = hook("codex", &url, &event("PermissionRequest")).await;
    let decision = &said(&done)["hookSpecificOutput"]["decision"];
    assert_eq!(decision["message"], "Ada denied this");
}

#[tokio::test]
async fn what_is_no_event_is_read_to_its_end_and_left() {
    let relay = Stub::start(|_| Reply::Text(200, "text/plain", String::new())).await;
    is_silent(&hook("codex", &relay.url(), "").await);
    is_silent(&hook("codex", &relay.url(), "no JSON").await);
    let huge = json!({"hook_event_name": "Stop", "x": "x".repeat(17 << 20)}).to_string();
    is_silent(&hook("codex", &relay.url(), &huge).await);
    assert!(relay.heard().is_empty());
}

#[tokio::test]
async fn with_verbose_it_says_why() {
    let home = Home::new();
    let arguments = ["hook", "codex", "--url", "http://127.0.0.1:1", "--verbose"];
    let done = home.run(&arguments, &event("Stop")).await;
    assert!(done.status.success());
    assert!(done.stderr.contains("cannot be reached"), "{}", done.stderr);
    assert_eq!(done.stdout, "");
}

#[tokio::test]
async fn any_program_hands_bodies_over_and_gets_hints() {
    let hint = json!({"id": "h", "hint": {"kind": "text", "text": "slower"}});
    let relay = Stub::start(move |heard| {
        let is_last = heard.body["type"] == "message";
        let hints = if is_last {
            vec![hint.clone()]
        } else {
            Vec::new()
        };
        Reply::json(&json!({ "hints": hints }))
    })
    .await;
    let home = Home::new();
    let url = relay.url();
    let arguments = ["hook", "json", "--channel", "builds", "--url", &url];
    let input = "{\"type\": \"operation_started\",\n \"operation\": \"x\"}\nno JSON\n\n\
        {\"type\": \"message\", \"role\": \"assistant\", \"text\": \"hello\"}";
    let done = home.run(&arguments, input).await;
    assert!(done.status.success() && done.stderr.is_empty(), "{done:?}");
    let lines: Vec<_> = done.stdout.lines().collect();
    assert_eq!(lines.len(), 1, "{}", done.stdout);
    assert_eq!(said(&done)["hint"]["text"], "slower");
    let heard = relay.heard();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].body["operation"], "x");
    for heard in heard {
        assert_eq!(heard.path, "/hooks/json");
        assert_eq!(heard.body["channel"], "builds");
        assert_eq!(heard.member.as_deref(), Some("builds"));
    }
}

#[tokio::test]
async fn a_hint_for_any_program_is_handed_over_once_with_a_receipt() {
    let relay = InProcess::start().await;
    let (home, url) = (Home::new(), relay.url());
    let arguments = ["hook", "json", "--channel", "builds", "--url", &url];
    let begun = r#"{"type": "operation_started", "operation": "nightly build"}"#;
    is_silent(&home.run(&arguments, begun).await);
    let ada = Agent::person(&url, "builds", "ada");
    ada.publish(&hint("skip the slow tests")).await;
    let done = home.run(&arguments, "{}").await;
    assert_eq!(said(&done)["hint"]["text"], "skip the slow tests");
    assert_eq!(said(&done)["author"]["name"], "ada");
    is_silent(&home.run(&arguments, "{}").await);
    let events = ada.events(0, 0).await;
    let of_type = |kind: &str| {
        let is_it = |event: &&Value| event["body"]["type"] == kind;
        events.iter().find(is_it).cloned().unwrap_or_default()
    };
    assert_eq!(of_type("operation_started")["author"]["member"], "builds");
    assert_eq!(of_type("hint_delivered")["author"]["member"], "builds");
}

#[tokio::test]
async fn without_a_relay_any_program_goes_on_too() {
    let home = Home::new();
    let arguments = [
        "hook",
        "json",
        "--channel",
        "a",
        "--url",
        "http://127.0.0.1:1",
    ];
    is_silent(&home.run(&arguments, "{}\n{}\n").await);
}

#[tokio::test]
async fn an_input_that_cannot_be_read_is_the_end() {
    // Was read again and again, for ever.
    let folder = std::fs::File::open(std::env::temp_dir()).unwrap();
    let mut command = tokio::process::Command::new(binary());
    command
        .args(["hook", "json", "--channel", "a"])
        .stdin(folder)
        .kill_on_drop(true);
    let ended = tokio::time::timeout(Duration::from_secs(30), command.output());
    let ended = ended.await.expect("it ends").unwrap();
    assert!(
        ended.status.success() && ended.stderr.is_empty(),
        "{ended:?}"
    );
}

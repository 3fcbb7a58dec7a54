//! What a session does is in its channel, each thing once.

use serde_json::{Value, json};

use super::{AGENT, CHANNEL, bodies, calling, claude, events};
use crate::harness::{Relay, in_folder};

fn read(id: &str) -> Value {
    json!({"tool_name": "Read", "tool_use_id": id, "tool_input": {"file_path": "/a.rs"}})
}

#[tokio::test]
async fn a_session_becomes_a_channel_and_its_agent_a_member() {
    let relay = Relay::start().await;
    let start = json!({"source": "startup", "model": "claude-opus-4-8"});
    assert_eq!(claude(&relay, "SessionStart", &start).await, json!({}));
    claude(
        &relay,
        "UserPromptSubmit",
        &json!({"prompt": "Fix it\nnow"}),
    )
    .await;
    claude(&relay, "PreToolUse", &read("t1")).await;
    let summary = relay.get(&format!("/api/channels/{CHANNEL}")).await.json();
    assert_eq!(summary["name"], "website · 7f3a9c21");
    assert_eq!(summary["session"]["model"], "claude-opus-4-8");
    assert_eq!(summary["session"]["author"]["member"], AGENT);
    assert_eq!(summary["operation"]["operation"], "Fix it");
    assert_eq!(summary["activity"]["status"], "Read · /a.rs");
    claude(&relay, "PostToolUse", &read("t1")).await;
    claude(&relay, "Stop", &json!({"last_assistant_message": "Done."})).await;
    let all = events(&relay, CHANNEL).await;
    // Who typed the prompt is not the agent.
    assert_eq!(all[2]["author"]["name"], "Terminal");
    assert_eq!(all[2]["author"]["kind"], "human");
    assert_eq!(all[7]["author"]["member"], AGENT);
    let types: Vec<_> = all.into_iter().map(|e| e["body"]["type"].clone()).collect();
    let wanted = [
        "channel_created",
        "session_started",
        "message",
        "operation_started",
        "tool_started",
        "tool_finished",
        "file_accessed",
        "message",
        "operation_finished",
    ];
    assert_eq!(types, wanted);
    let summary = relay.get(&format!("/api/channels/{CHANNEL}")).await.json();
    assert_eq!(summary["activity"]["status"], "waiting for you");
}

#[tokio::test]
async fn a_session_of_which_nobody_told_begins_once_with_its_first_calls() {
    let relay = Relay::start().await;
    let calls: Vec<_> = (0..8)
        .map(|n| {
            calling(
                &relay,
                "/hooks/claude-code",
                "PreToolUse",
                &read(&format!("t{n}")),
            )
        })
        .collect();
    for call in calls {
        assert_eq!(call.await.unwrap().status, 200);
    }
    assert_eq!(bodies(&relay, "session_started").await.len(), 1);
    assert_eq!(bodies(&relay, "tool_started").await.len(), 8);
    claude(&relay, "SessionEnd", &json!({"reason": "logout"})).await;
    claude(&relay, "Notification", &json!({"message": "late"})).await;
    assert_eq!(
        bodies(&relay, "session_started").await.len(),
        1,
        "late is no new beginning"
    );
    claude(&relay, "UserPromptSubmit", &json!({"prompt": "Again"})).await;
    assert_eq!(bodies(&relay, "session_started").await.len(), 2);
}

#[tokio::test]
async fn a_hook_that_is_called_twice_stores_nothing_twice() {
    let relay = Relay::start().await;
    for _ in 0..2 {
        claude(&relay, "SessionStart", &json!({"source": "startup"})).await;
        claude(
            &relay,
            "UserPromptSubmit",
            &json!({"prompt": "Fix it", "prompt_id": "p1"}),
        )
        .await;
        claude(&relay, "PreToolUse", &read("t1")).await;
        claude(&relay, "PostToolUse", &read("t1")).await;
    }
    // What created the channel, began the session, was prompted, began and ended.
    assert_eq!(events(&relay, CHANNEL).await.len(), 7);
    claude(&relay, "SessionStart", &json!({"source": "resume"})).await;
    assert_eq!(bodies(&relay, "session_started").await.len(), 2);
}

#[tokio::test]
async fn a_message_streams_as_a_signal_and_is_stored_once() {
    let relay = Relay::start().await;
    let mut watcher = relay.member("ana", "human").await;
    let part = |delta: &str, index: u64, is_final: bool| {
        json!({"message_id": "m1", "turn_id": "t", "delta": delta,
        "index": index, "final": is_final})
    };
    claude(&relay, "MessageDisplay", &part("It passes\n", 0, false)).await;
    let shown = watcher.subscribe(CHANNEL).await;
    assert_eq!(shown["signals"][0]["value"], "It passes\n");
    claude(&relay, "MessageDisplay", &part("and ", 1, false)).await;
    let more = watcher
        .until("more of it", |frame| frame["type"] == "signal")
        .await;
    assert_eq!(more["op"], json!({"append": "and "}));
    claude(&relay, "MessageDisplay", &part("now.", 2, true)).await;
    let cleared = watcher
        .until("the end", |frame| frame["op"]["clear"] == true)
        .await;
    assert_eq!(cleared["key"], "tokens/m1");
    claude(
        &relay,
        "Stop",
        &json!({"last_assistant_message": "It passes\nand now."}),
    )
    .await;
    let messages = bodies(&relay, "message").await;
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["text"], "It passes\nand now.");
    assert_eq!(messages[0]["message"], "m1");
}

/// Only the first of two turns that ended with the same words was shown to have ended with them.
#[tokio::test]
async fn turns_that_end_with_the_same_words_both_do() {
    let relay = Relay::start().await;
    for n in 0..2 {
        claude(
            &relay,
            "UserPromptSubmit",
            &json!({"prompt": format!("Step {n}")}),
        )
        .await;
        claude(&relay, "Stop", &json!({"last_assistant_message": "Done."})).await;
    }
    let said = bodies(&relay, "message").await;
    let done = said.iter().filter(|message| message["text"] == "Done.");
    assert_eq!(done.count(), 2);
}

#[tokio::test]
async fn sub_agents_speak_for_themselves() {
    let relay = Relay::start().await;
    let explore = json!({"agent_id": "a81f", "agent_type": "Explore"});
    let with = |fields: &Value| {
        let mut all = explore.clone();
        all.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        all
    };
    claude(&relay, "UserPromptSubmit", &json!({"prompt": "Look"})).await;
    claude(&relay, "SubagentStart", &explore).await;
    claude(&relay, "PreToolUse", &with(&read("t1"))).await;
    claude(
        &relay,
        "SubagentStop",
        &with(&json!({"last_assistant_message": "Found"})),
    )
    .await;
    let events = events(&relay, CHANNEL).await;
    let said = events
        .iter()
        .find(|event| event["body"]["text"] == "Found")
        .unwrap();
    assert_eq!(said["author"]["name"], "Explore");
    assert_eq!(said["author"]["member"], format!("{AGENT}-a81f"));
    // The main agent is still at it; the tool that nobody told the end of is not.
    let summary = relay.get(&format!("/api/channels/{CHANNEL}")).await.json();
    assert_eq!(summary["operation"]["operation"], "Look");
    let finished = bodies(&relay, "tool_finished").await;
    assert_eq!((finished.len(), &finished[0]["ok"]), (1, &json!(false)));
}

#[tokio::test]
async fn a_session_goes_on_in_its_channel_after_a_restart_and_in_another_folder() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::with(in_folder(&folder)).await;
    claude(&relay, "SessionStart", &json!({"source": "startup"})).await;
    relay.stop().await;
    let relay = Relay::with(in_folder(&folder)).await;
    let moved = json!({"cwd": "/home/ana/website/api", "prompt": "Go on"});
    claude(&relay, "UserPromptSubmit", &moved).await;
    let channels = relay.get("/api/channels").await.json()["channels"].clone();
    assert_eq!(channels.as_array().unwrap().len(), 1);
    assert_eq!(bodies(&relay, "session_started").await.len(), 1);
    assert_eq!(bodies(&relay, "message").await.len(), 1);
}

#[tokio::test]
async fn a_channel_that_somebody_removed_comes_back_only_with_a_new_beginning() {
    let relay = Relay::start().await;
    claude(&relay, "PreToolUse", &read("t1")).await;
    let path = format!("/api/channels/{CHANNEL}");
    let removing = relay
        .request(reqwest::Method::DELETE, &path)
        .send()
        .await
        .unwrap();
    assert!(removing.status().is_success());
    assert_eq!(claude(&relay, "PreToolUse", &read("t2")).await, json!({}));
    assert_eq!(relay.get(&path).await.status, 404);
    claude(&relay, "SessionStart", &json!({"source": "resume"})).await;
    assert_eq!(relay.get(&path).await.status, 200);
}

#[tokio::test]
async fn what_is_no_call_of_a_hook_is_refused_and_what_is_not_known_is_taken() {
    let relay = Relay::start().await;
    for bad in [
        "",
        "{",
        "[1]",
        "7",
        "{\"hook_event_name\": \"Stop\"}",
        "{\"session_id\": \"s\"}",
    ] {
        relay
            .post("/hooks/claude-code", bad)
            .await
            .refused(400, "bad_frame");
        relay
            .post("/hooks/codex", bad)
            .await
            .refused(400, "bad_frame");
    }
    assert_eq!(
        claude(&relay, "TeaBrewed", &json!({"kind": "green"})).await,
        json!({})
    );
    assert_eq!(
        claude(&relay, "WorktreeCreate", &json!({"name": "x"})).await,
        json!({})
    );
    let huge =
        json!({"tool_name": "Read", "tool_use_id": "t", "tool_response": "x".repeat(6_000_000)});
    claude(&relay, "PostToolUse", &huge).await;
    let output = bodies(&relay, "tool_finished").await[0]["output"].clone();
    assert!(output.as_str().unwrap().contains("left out by Pilothouse"));
}

#[tokio::test]
async fn anything_that_can_post_json_publishes_and_takes_hints() {
    let relay = Relay::start().await;
    let author = json!({"member": "builder", "name": "Builder"});
    let said = json!({"channel": "build", "author": author, "type": "message", "role": "assistant", "text": "Hi"});
    let answer = relay.post("/hooks/json", said.to_string()).await;
    assert_eq!(answer.json(), json!({"hints": []}));
    let hint = json!({"type": "hint", "hint": {"kind": "text", "text": "Faster"}});
    super::ana(&relay, "/api/channels/build/events", &hint).await;
    let many = json!([{"channel": "build", "author": author, "type": "operation_started", "operation": "Build"},
        {"type": "operation_finished", "ok": true}]);
    let answer = relay.post("/hooks/json", many.to_string()).await.json();
    assert_eq!(answer["hints"][0]["hint"]["text"], "Faster");
    let asks = json!({"channel": "build", "author": author});
    let answer = relay.post("/hooks/json", asks.to_string()).await.json();
    assert_eq!(answer, json!({"hints": []}), "it was handed over");
    let delivered = crate::harness::until("the receipt", async || {
        let events = events(&relay, "build").await;
        events
            .into_iter()
            .find(|event| event["body"]["type"] == "hint_delivered")
    });
    assert_eq!(
        delivered.await["author"],
        json!({"member": "builder", "name": "Builder", "kind": "agent"})
    );
    for bad in [
        json!({"type": "joined"}),
        json!([{"channel": "a"}, {"channel": "b"}]),
        json!(["x"]),
    ] {
        relay
            .post("/hooks/json", bad.to_string())
            .await
            .refused(422, "invalid");
    }
}

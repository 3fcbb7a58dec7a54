//! What people say reaches the agent with the answer to a hook, once, as a fact.

use reqwest::Method;
use serde_json::{Value, json};

use super::{AGENT, CHANNEL, bodies, body, call, claude, says, writes};
use crate::harness::{Answer, Relay, until};

fn tool(id: &str) -> Value {
    json!({"tool_name": "Bash", "tool_use_id": id, "tool_input": {"command": "ls"}})
}

fn context(event: &str, text: &str) -> Value {
    json!({"hookSpecificOutput": {"hookEventName": event, "additionalContext": text}})
}

#[tokio::test]
async fn each_boundary_hands_over_what_waits_and_says_by_which_path() {
    let relay = Relay::start().await;
    claude(&relay, "SessionStart", &json!({"source": "startup"})).await;
    let boundaries = [
        "PostToolBatch",
        "PostToolUse",
        "PostToolUseFailure",
        "PreToolUse",
        "UserPromptSubmit",
        "SessionStart",
    ];
    for (n, event) in boundaries.into_iter().enumerate() {
        let hint = writes(&relay, &format!("Note {n}")).await;
        let mut fields = tool(&format!("t{n}"));
        fields["prompt"] = json!(format!("Prompt {n}"));
        let wanted = context(event, &format!("Ana wrote in Pilothouse: Note {n}"));
        assert_eq!(claude(&relay, event, &fields).await, wanted);
        let delivered = until("the receipt", async || {
            let receipts = bodies(&relay, "hint_delivered").await;
            receipts
                .into_iter()
                .find(|receipt| receipt["hint"] == hint.as_str())
        });
        assert_eq!(delivered.await["via"], event);
    }
    assert_eq!(
        claude(&relay, "PostToolBatch", &json!({})).await,
        json!({}),
        "each once"
    );
    assert_eq!(
        bodies(&relay, "hint_delivered").await.len(),
        boundaries.len()
    );
}

#[tokio::test]
async fn codex_reads_at_its_own_boundaries_alone() {
    let relay = Relay::start().await;
    let codex = async |event: &str| {
        let answer = relay
            .post("/hooks/codex", call(event, &tool("t1")).to_string())
            .await;
        answer.json()
    };
    codex("SessionStart").await;
    let hint = json!({"type": "hint", "hint": {"kind": "text", "text": "Go on"}});
    let path = "/api/channels/codex-website-7f3a9c21/events";
    super::ana(&relay, path, &hint).await;
    assert_eq!(codex("PreToolUse").await, json!({}));
    assert_eq!(
        codex("PostToolUse").await,
        context("PostToolUse", "Ana wrote in Pilothouse: Go on")
    );
}

#[tokio::test]
async fn a_hint_at_the_end_makes_the_agent_go_on_and_the_next_end_acknowledges_it() {
    let relay = Relay::start().await;
    claude(&relay, "UserPromptSubmit", &json!({"prompt": "Fix it"})).await;
    let hint = writes(&relay, "And the docs").await;
    let stop = claude(&relay, "Stop", &json!({"last_assistant_message": "Done."})).await;
    let wanted = json!({"decision": "block", "reason": "Ana wrote in Pilothouse: And the docs"});
    assert_eq!(stop, wanted);
    assert_eq!(body(&relay, "hint_delivered").await["via"], "Stop");
    assert!(
        bodies(&relay, "operation_finished").await.is_empty(),
        "it goes on"
    );
    let again = json!({"stop_hook_active": true, "last_assistant_message": "Done."});
    assert_eq!(claude(&relay, "Stop", &again).await, json!({}));
    let acknowledged = body(&relay, "hint_acknowledged").await;
    assert_eq!(acknowledged["hint"], hint.as_str());
    assert_eq!(acknowledged["note"], "the turn ended");
    assert_eq!(bodies(&relay, "operation_finished").await.len(), 1);
    assert_eq!(
        bodies(&relay, "message").await.len(),
        3,
        "it said so again after the hint"
    );
}

#[tokio::test]
async fn an_agent_is_kept_going_eight_times_in_a_row_and_then_let_go() {
    let relay = Relay::start().await;
    claude(&relay, "UserPromptSubmit", &json!({"prompt": "Fix it"})).await;
    for n in 0..8 {
        writes(&relay, &format!("More {n}")).await;
        let stop = claude(&relay, "Stop", &json!({"stop_hook_active": n > 0})).await;
        assert_eq!(stop["decision"], "block", "{n}");
        until("the receipt", async || {
            (bodies(&relay, "hint_delivered").await.len() == n + 1).then_some(())
        })
        .await;
    }
    writes(&relay, "One too many").await;
    assert_eq!(
        claude(&relay, "Stop", &json!({"stop_hook_active": true})).await,
        json!({})
    );
    let next = claude(&relay, "UserPromptSubmit", &json!({"prompt": "Next"})).await;
    let wanted = context("UserPromptSubmit", "Ana wrote in Pilothouse: One too many");
    assert_eq!(next, wanted, "it waited");
}

#[tokio::test]
async fn what_does_not_fit_comes_with_the_next_call() {
    let relay = Relay::start().await;
    claude(&relay, "SessionStart", &json!({"source": "startup"})).await;
    for n in 0..3 {
        writes(&relay, &format!("{n}{}", "x".repeat(4_000))).await;
    }
    let text = |answer: Value| {
        let text = answer["hookSpecificOutput"]["additionalContext"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(text.len() <= 10_000);
        text.lines().count()
    };
    assert_eq!(text(claude(&relay, "PostToolBatch", &json!({})).await), 2);
    assert_eq!(text(claude(&relay, "PostToolBatch", &json!({})).await), 1);
}

#[tokio::test]
async fn a_sub_agent_gets_what_is_addressed_to_it_and_nothing_else() {
    let relay = Relay::start().await;
    let explore = json!({"agent_id": "a81f", "agent_type": "Explore"});
    claude(&relay, "SubagentStart", &explore).await;
    writes(&relay, "For everybody").await;
    let to_sub =
        json!({"to": format!("{AGENT}-a81f"), "hint": {"kind": "text", "text": "For you"}});
    says(&relay, &to_sub).await;
    let to_session =
        json!({"session": super::SESSION, "hint": {"kind": "text", "text": "For all of it"}});
    says(&relay, &to_session).await;
    let sub = claude(&relay, "PostToolBatch", &explore).await;
    assert_eq!(
        sub,
        context("PostToolBatch", "Ana wrote in Pilothouse: For you")
    );
    let main = claude(&relay, "PostToolBatch", &json!({})).await;
    let wanted = "Ana wrote in Pilothouse: For everybody\nAna wrote in Pilothouse: For all of it";
    assert_eq!(main, context("PostToolBatch", wanted));
}

#[tokio::test]
async fn a_cancellation_stops_the_agent_at_the_next_boundary_and_ends_the_operation() {
    let relay = Relay::start().await;
    claude(&relay, "UserPromptSubmit", &json!({"prompt": "Fix it"})).await;
    writes(&relay, "Later").await;
    let cancel = json!({"type": "cancel_requested"});
    super::ana(&relay, &format!("/api/channels/{CHANNEL}/events"), &cancel).await;
    let stopped = claude(&relay, "PostToolUse", &tool("t1")).await;
    let reason = "Ana asked in Pilothouse to stop what is being done";
    assert_eq!(stopped, json!({"continue": false, "stopReason": reason}));
    assert_eq!(body(&relay, "operation_finished").await["ok"], false);
    assert_eq!(bodies(&relay, "hint_delivered").await.len(), 1);
    // What was said besides comes with the next prompt, when the cancellation is over and done.
    let next = claude(&relay, "UserPromptSubmit", &json!({"prompt": "Next"})).await;
    assert_eq!(
        next,
        context("UserPromptSubmit", "Ana wrote in Pilothouse: Later")
    );
    assert_eq!(bodies(&relay, "hint_acknowledged").await.len(), 1);
}

#[tokio::test]
async fn a_cancellation_stops_sub_agents_before_the_one_it_is_for() {
    let relay = Relay::start().await;
    claude(&relay, "UserPromptSubmit", &json!({"prompt": "Fix it"})).await;
    let cancel = json!({"type": "cancel_requested"});
    super::ana(&relay, &format!("/api/channels/{CHANNEL}/events"), &cancel).await;
    let mut sub = tool("t1");
    sub["agent_id"] = json!("a81f");
    for _ in 0..2 {
        assert_eq!(claude(&relay, "PreToolUse", &sub).await["continue"], false);
    }
    assert!(bodies(&relay, "hint_delivered").await.is_empty());
    let main = claude(&relay, "PostToolUse", &tool("t2")).await;
    assert_eq!(main["continue"], false);
    assert_eq!(body(&relay, "hint_delivered").await["via"], "PostToolUse");
    until("the end of the operation", async || {
        bodies(&relay, "operation_finished").await.pop()
    })
    .await;
    assert_eq!(claude(&relay, "PostToolUse", &sub).await, json!({}));
}

#[tokio::test]
async fn an_agent_that_stops_anyway_is_not_kept_going_to_be_stopped() {
    let relay = Relay::start().await;
    claude(&relay, "UserPromptSubmit", &json!({"prompt": "Fix it"})).await;
    let cancel = json!({"type": "cancel_requested"});
    super::ana(&relay, &format!("/api/channels/{CHANNEL}/events"), &cancel).await;
    assert_eq!(claude(&relay, "Stop", &json!({})).await, json!({}));
    assert_eq!(body(&relay, "hint_delivered").await["via"], "Stop");
    assert_eq!(bodies(&relay, "hint_acknowledged").await.len(), 1);
}

#[tokio::test]
async fn a_hint_whose_answer_nobody_read_is_still_there() {
    let relay = Relay::start().await;
    claude(&relay, "SessionStart", &json!({"source": "startup"})).await;
    writes(&relay, "Mind the gap").await;
    // Others answer meanwhile: nobody else may take it, and it is not lost.
    let tries = (0..20).map(|_| {
        let request = relay.request(Method::POST, "/hooks/claude-code");
        tokio::spawn(Answer::to(
            request.body(call("PostToolBatch", &json!({})).to_string()),
        ))
    });
    let tries: Vec<_> = tries.collect();
    let mut n_told = 0;
    for answer in tries {
        n_told += usize::from(answer.await.unwrap().json() != json!({}));
    }
    assert_eq!(n_told, 1);
}

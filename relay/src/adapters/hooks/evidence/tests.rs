use pilothouse_shared::{MemberId, MemberKind, Snapshot};
use serde_json::json;

use super::*;
use crate::adapters::hooks::Vendor;

fn call(event: &str, fields: &Value) -> Call {
    let mut all = json!({"session_id": "s", "hook_event_name": event});
    all.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    Call::read(Vendor::ClaudeCode, all).unwrap()
}

fn member(name: &str) -> Author {
    let (member, name) = (MemberId::new(name).unwrap(), name.to_owned());
    let kind = MemberKind::Agent;
    Author { member, name, kind }
}

/// An open request of this call by this member.
fn open(asked: &Call, by: &str) -> RequestEntry {
    let (request, _) = ask::asks(asked, &member(by), &Snapshot::default(), 9)
        .unwrap()
        .remove(0);
    let ask = json!({"kind": "permission", "tool": "Bash", "input": {}});
    let entry = json!({"request": request, "seq": 1, "at": 1, "author": member(by), "ask": ask});
    serde_json::from_value(entry).unwrap()
}

fn bash(event: &str, command: &str) -> Call {
    // Some hooks have the description, some do not.
    let input = json!({"command": command, "description": event});
    call(event, &json!({"tool_name": "Bash", "tool_input": input}))
}

fn outcome(call: &Call, entry: &RequestEntry) -> Option<Outcome> {
    let settled = settled(call, std::slice::from_ref(entry), &member("claude"));
    settled.first().map(|(_, outcome)| *outcome)
}

#[test]
fn what_ran_or_was_refused_without_an_answer_from_here_was_decided_elsewhere() {
    let entry = open(&bash("PermissionRequest", "ls"), "claude");
    for event in ["PostToolUse", "PostToolUseFailure", "PermissionDenied"] {
        assert_eq!(
            outcome(&bash(event, "ls"), &entry),
            Some(Outcome::Elsewhere),
            "{event}"
        );
        assert_eq!(
            outcome(&bash(event, "pwd"), &entry),
            None,
            "{event} of another call"
        );
    }
    let batch = |command: &str| {
        let input = json!({ "command": command });
        call(
            "PostToolBatch",
            &json!({"tool_calls": [{"tool_name": "Bash", "tool_input": input}]}),
        )
    };
    assert_eq!(outcome(&batch("ls"), &entry), Some(Outcome::Elsewhere));
    assert_eq!(outcome(&batch("pwd"), &entry), None);
}

#[test]
fn a_second_call_just_like_the_one_that_asks_decides_nothing() {
    // Was taken for an answer from elsewhere, though nobody had answered.
    let entry = open(&bash("PermissionRequest", "ls"), "claude");
    assert_eq!(outcome(&bash("PreToolUse", "ls"), &entry), None);
}

#[test]
fn an_agent_that_goes_on_to_another_turn_no_longer_asks() {
    let entry = open(&bash("PermissionRequest", "ls"), "claude");
    for event in ["Stop", "StopFailure", "Interrupt", "UserPromptSubmit"] {
        assert_eq!(
            outcome(&call(event, &json!({})), &entry),
            Some(Outcome::Elsewhere),
            "{event}"
        );
    }
    assert_eq!(
        outcome(&call("SessionEnd", &json!({})), &entry),
        Some(Outcome::Withdrawn)
    );
    for event in ["Notification", "SubagentStart", "MessageDisplay"] {
        assert_eq!(outcome(&call(event, &json!({})), &entry), None, "{event}");
    }
}

#[test]
fn a_question_that_comes_back_with_its_answers_is_the_same_question() {
    let questions = json!([{"question": "Which port?"}]);
    let asked = json!({"tool_name": "AskUserQuestion", "tool_input": {"questions": questions}});
    let entry = open(&call("PermissionRequest", &asked), "claude");
    assert_eq!(
        outcome(&call("PreToolUse", &asked), &entry),
        None,
        "it is being asked"
    );
    let input = json!({"questions": questions, "answers": {"Which port?": "8421"}});
    let answered = json!({"tool_name": "AskUserQuestion", "tool_input": input});
    assert_eq!(
        outcome(&call("PostToolUse", &answered), &entry),
        Some(Outcome::Elsewhere)
    );
}

#[test]
fn the_requests_of_others_are_left_alone() {
    let of_sub_agent = open(&bash("PermissionRequest", "ls"), "explore");
    assert_eq!(outcome(&call("Stop", &json!({})), &of_sub_agent), None);
    let mut of_no_hook = open(&bash("PermissionRequest", "ls"), "claude");
    of_no_hook.request = RequestId::new("deploy-1").unwrap();
    assert_eq!(outcome(&call("Stop", &json!({})), &of_no_hook), None);
}

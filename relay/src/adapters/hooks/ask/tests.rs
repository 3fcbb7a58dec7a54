use serde_json::json;

use super::*;

const SUGGESTION: &str = r#"{"type": "addRules", "behavior": "allow", "destination": "localSettings",
    "rules": [{"toolName": "Bash", "ruleContent": "cargo test"}]}"#;

fn call_of(vendor: Vendor, event: &str, tool: &str, input: &Value) -> Call {
    let suggestion: Value = serde_json::from_str(SUGGESTION).unwrap();
    let call = json!({"session_id": "s", "hook_event_name": event, "tool_name": tool, "tool_input": input,
        "permission_suggestions": [suggestion]});
    Call::read(vendor, call).unwrap()
}

fn bash(command: &str) -> Call {
    let input = json!({ "command": command });
    call_of(Vendor::ClaudeCode, "PermissionRequest", "Bash", &input)
}

fn which() -> Value {
    json!({"questions": [
        {"question": "Which port?", "header": "Port", "options": [
            {"label": "8420", "description": "as before"}, {"label": "8421"}]},
        {"question": "Which host?", "options": [{"label": "localhost"}], "multiSelect": true},
    ]})
}

fn author() -> Author {
    let author = json!({"member": "claude-code-s", "name": "Claude Code", "kind": "agent"});
    serde_json::from_value(author).unwrap()
}

/// What a call asks in a channel that holds these requests.
fn asking(
    call: &Call,
    held: &[RequestEntry],
    expires_at: Millis,
) -> Result<Vec<(RequestId, Body)>, IdError> {
    let snapshot = Snapshot {
        requests: held.to_vec(),
        ..Snapshot::default()
    };
    asks(call, &author(), &snapshot, expires_at)
}

/// The channel's requests after these were asked; `outcomes` resolves the first ones.
fn asked(call: &Call, held: &[RequestEntry], outcomes: &[Value]) -> Vec<RequestEntry> {
    let asks = asking(call, held, 1_000).unwrap();
    let entry = |(index, (request, body)): (usize, (RequestId, Body))| {
        let body = json!(body);
        let is_question = body["type"] == "question_asked";
        let mut ask = body.clone();
        ask["kind"] = json!(if is_question {
            "question"
        } else {
            "permission"
        });
        let author = json!({"member": "claude-code-s", "name": "Claude Code", "kind": "agent"});
        let mut entry =
            json!({"request": request, "seq": 1, "at": 1, "author": author, "ask": ask});
        if let Some(outcome) = outcomes.get(index) {
            let mut resolution = json!({"at": 2, "author": {"member": "ana", "name": "Ana"}});
            resolution
                .as_object_mut()
                .unwrap()
                .extend(outcome.as_object().unwrap().clone());
            entry["resolution"] = resolution;
        }
        serde_json::from_value(entry).unwrap()
    };
    asks.into_iter().enumerate().map(entry).collect()
}

fn answer(call: &Call, outcomes: &[Value]) -> Value {
    decision(call, &asked(call, &[], outcomes))
}

fn said(decision: &Value) -> &Value {
    &decision["hookSpecificOutput"]["decision"]
}

#[test]
fn the_same_call_asks_the_same_until_it_is_resolved_and_then_anew() {
    let (first, other) = (bash("ls"), bash("pwd"));
    let open = asked(&first, &[], &[]);
    assert_eq!(asking(&first, &open, 9).unwrap()[0].0, open[0].request);
    assert_ne!(asking(&other, &open, 9).unwrap()[0].0, open[0].request);
    let resolved = asked(&first, &[], &[json!({"outcome": "denied"})]);
    assert_ne!(
        asking(&first, &resolved, 9).unwrap()[0].0,
        resolved[0].request
    );
}

#[test]
fn a_question_of_which_one_is_answered_goes_on_with_the_others() {
    let call = call_of(Vendor::ClaudeCode, "PreToolUse", QUESTIONS, &which());
    let half = asked(
        &call,
        &[],
        &[json!({"outcome": "answered", "answer": "8420"})],
    );
    let again = call_of(Vendor::ClaudeCode, "PermissionRequest", QUESTIONS, &which());
    let ids: Vec<_> = asking(&again, &half, 9)
        .unwrap()
        .into_iter()
        .map(|(id, _)| id)
        .collect();
    assert_eq!(
        ids,
        half.iter()
            .map(|entry| entry.request.clone())
            .collect::<Vec<_>>()
    );
}

/// An answer that came between the hook before the tool and the one of the dialog was asked for again.
#[test]
fn a_question_that_is_answered_between_two_hooks_is_answered() {
    let call = call_of(
        Vendor::ClaudeCode,
        "PermissionRequest",
        PLAN,
        &json!({"plan": "1."}),
    );
    let requests = asked(&call, &[], &[json!({"outcome": "allowed"})]);
    let running = |started_at: Millis| {
        let tool = json!({"call": "c", "tool": PLAN, "author": author(), "started_at": started_at});
        Snapshot {
            requests: requests.clone(),
            tools: vec![serde_json::from_value(tool).unwrap()],
            ..Snapshot::default()
        }
    };
    let id = |snapshot: &Snapshot| asks(&call, &author(), snapshot, 9).unwrap().remove(0).0;
    assert_eq!(id(&running(1)), requests[0].request);
    assert_ne!(
        id(&running(2)),
        requests[0].request,
        "it was asked for another plan"
    );
}

#[test]
fn a_permission_carries_what_is_to_be_decided() {
    let call = bash("cargo test");
    let (request, body) = asking(&call, &[], 1_000).unwrap().remove(0);
    let suggestion: Value = serde_json::from_str(SUGGESTION).unwrap();
    let wanted = json!({"type": "permission_requested", "request": request, "tool": "Bash", "waits": true,
        "input": {"command": "cargo test"}, "suggestions": [suggestion], "expires_at": 1_000});
    assert_eq!(json!(body), wanted);
}

#[test]
fn what_people_decide_is_said_in_the_vendors_words() {
    let call = bash("cargo test");
    let allowed = answer(&call, &[json!({"outcome": "allowed"})]);
    assert_eq!(said(&allowed), &json!({"behavior": "allow"}));
    let edited = json!({"outcome": "allowed", "updated_input": {"command": "cargo test login"}});
    let edited = answer(&call, &[edited]);
    let wanted = json!({"behavior": "allow", "updatedInput": {"command": "cargo test login"}});
    assert_eq!(said(&edited), &wanted);
    let denied = answer(
        &call,
        &[json!({"outcome": "denied", "message": "too slow"})],
    );
    let wanted = json!({"behavior": "deny", "message": "Ana denied this in Pilothouse: too slow"});
    assert_eq!(said(&denied), &wanted);
    for outcome in ["elsewhere", "expired", "withdrawn"] {
        assert_eq!(
            answer(&call, &[json!({ "outcome": outcome })]),
            json!({}),
            "{outcome}"
        );
    }
    assert_eq!(answer(&call, &[]), json!({}), "nobody answered");
}

/// Anybody who may resolve a request could have opened every tool for good.
#[test]
fn only_rules_that_the_vendor_suggested_hold_from_now_on() {
    let suggested: Value = serde_json::from_str(SUGGESTION).unwrap();
    let foreign =
        json!({"type": "setMode", "mode": "bypassPermissions", "destination": "userSettings"});
    let always = json!({"outcome": "allowed", "suggestions": [suggested, foreign]});
    let always = answer(&bash("cargo test"), &[always]);
    assert_eq!(
        said(&always),
        &json!({"behavior": "allow", "updatedPermissions": [suggested]})
    );
}

#[test]
fn an_edit_of_what_was_not_shown_whole_denies_rather_than_use_half_of_it() {
    let input = json!({"file_path": "a.rs", "content": "x".repeat(100_000)});
    let call = call_of(Vendor::ClaudeCode, "PermissionRequest", "Write", &input);
    let shown = shown(&input);
    let mut moved = shown.clone();
    moved["file_path"] = json!("b.rs");
    let moved = answer(
        &call,
        &[json!({"outcome": "allowed", "updated_input": moved})],
    );
    assert_eq!(said(&moved)["updatedInput"]["content"], input["content"]);
    let mut cut = shown;
    cut["content"] = json!(format!("{} and more", cut["content"].as_str().unwrap()));
    let cut = answer(
        &call,
        &[json!({"outcome": "allowed", "updated_input": cut})],
    );
    assert_eq!(said(&cut)["behavior"], "deny");
}

/// Codex denies whatever an answer with these fields decided.
#[test]
fn codex_is_answered_with_behaviour_and_message_alone() {
    let input = json!({"command": "ls"});
    let call = call_of(Vendor::Codex, "PermissionRequest", "Bash", &input);
    let suggested: Value = serde_json::from_str(SUGGESTION).unwrap();
    let always = json!({"outcome": "allowed", "suggestions": [suggested]});
    assert_eq!(
        said(&answer(&call, &[always])),
        &json!({"behavior": "allow"})
    );
    let edited = json!({"outcome": "allowed", "updated_input": {"command": "ls -l"}});
    let edited = answer(&call, &[edited]);
    assert_eq!(said(&edited)["behavior"], "deny");
    let message = said(&edited)["message"].as_str().unwrap();
    assert!(message.contains(r#"{"command":"ls -l"}"#), "{message}");
    let questions = call_of(Vendor::Codex, "PreToolUse", QUESTIONS, &which());
    assert!(!is_question(&questions));
}

#[test]
fn questions_are_asked_one_by_one_and_answered_together() {
    let call = call_of(Vendor::ClaudeCode, "PermissionRequest", QUESTIONS, &which());
    let bodies: Vec<_> = asking(&call, &[], 9)
        .unwrap()
        .into_iter()
        .map(|it| json!(it.1))
        .collect();
    assert_eq!(bodies.len(), 2);
    assert_eq!(bodies[0]["text"], "Which port?\n\n- 8420: as before");
    assert_eq!(bodies[0]["options"], json!(["8420", "8421"]));
    let port = json!({"outcome": "answered", "answer": "8421"});
    assert_eq!(
        answer(&call, std::slice::from_ref(&port)),
        json!({}),
        "one is open"
    );
    let host = json!({"outcome": "answered", "answer": "localhost"});
    let mut input = which();
    input["answers"] = json!({"Which port?": "8421", "Which host?": "localhost"});
    let both = [port, host];
    let decided = answer(&call, &both);
    assert_eq!(
        said(&decided),
        &json!({"behavior": "allow", "updatedInput": input})
    );
    let before = call_of(Vendor::ClaudeCode, "PreToolUse", QUESTIONS, &which());
    let wanted = json!({"hookEventName": "PreToolUse", "permissionDecision": "allow", "updatedInput": input});
    assert_eq!(answer(&before, &both)["hookSpecificOutput"], wanted);
}

#[test]
fn a_plan_is_a_permission_and_comes_back_as_it_was() {
    let plan = json!({"plan": "1. Mend it", "planFilePath": "plan.md"});
    let call = call_of(Vendor::ClaudeCode, "PermissionRequest", PLAN, &plan);
    let allowed = answer(&call, &[json!({"outcome": "allowed"})]);
    assert_eq!(
        said(&allowed),
        &json!({"behavior": "allow", "updatedInput": plan})
    );
    let before = call_of(Vendor::ClaudeCode, "PreToolUse", PLAN, &plan);
    let denied = answer(
        &before,
        &[json!({"outcome": "denied", "message": "too big"})],
    );
    let wanted = json!({"hookEventName": "PreToolUse", "permissionDecision": "deny",
        "permissionDecisionReason": "Ana denied this in Pilothouse: too big"});
    assert_eq!(denied["hookSpecificOutput"], wanted);
}

#[test]
fn questions_that_cannot_be_read_are_a_permission() {
    for input in [
        json!({}),
        json!({"questions": []}),
        json!({"questions": [{"q": 1}]}),
        json!(7),
    ] {
        let call = call_of(Vendor::ClaudeCode, "PermissionRequest", QUESTIONS, &input);
        let asks = asking(&call, &[], 9).unwrap();
        assert!(matches!(asks[0].1, Body::PermissionRequested(_)));
    }
}
